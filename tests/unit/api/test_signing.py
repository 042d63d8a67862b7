"""Packages signed and checked through the library."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

import charthouse
from charthouse.charts.archive import save
from charthouse.charts.loader import load_directory
from charthouse.logs import silent
from tests.unit.provenance.recorded import DATA, NOW

CHART = "apiVersion: v2\nname: web\nversion: 0.1.0\ndescription: A web server\n"


@pytest.fixture
def package(tmp_path: Path) -> Path:
    (tmp_path / "web").mkdir()
    (tmp_path / "web" / "Chart.yaml").write_text(CHART)
    return Path(save(load_directory(str(tmp_path / "web"), log=silent), str(tmp_path)))


@pytest.mark.parametrize("passphrase", ["secret", b"secret", lambda name: b"secret" if "Smith" in name else b""])
def test_round_trip(package: Path, passphrase: object) -> None:
    keyring = DATA / "locked.sec"
    path = charthouse.sign_package(package, keyring=keyring, key="Smith", passphrase=passphrase, now=NOW)  # type: ignore[arg-type]
    assert path == f"{package}.prov"
    text = Path(path).read_text()
    assert text.startswith(
        "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA512\n\n"
        "apiVersion: v2\ndescription: A web server\nname: web\nversion: 0.1.0\n\n...\nfiles:\n  web-0.1.0.tgz: sha256:"
    )
    found = charthouse.verify_package(package, keyring=DATA / "pub.gpg", now=NOW)
    assert found.signers == ("Lock Smith <locked@example.com>",)
    Path(path).rename(package.parent / "moved")
    again = charthouse.verify_package(package, keyring=DATA / "pub.gpg", provenance=package.parent / "moved", now=NOW)
    assert again == found


def test_what_fails(package: Path) -> None:
    for passphrase, text in (
        (None, "the key of Lock Smith <locked@example.com> is locked and no passphrase was given"),
        ("wrong", "openpgp: invalid data: private key checksum failure"),
    ):
        with pytest.raises(charthouse.ProvenanceError) as caught:
            charthouse.sign_package(package, keyring=DATA / "locked.sec", key="Smith", passphrase=passphrase)
        assert str(caught.value) == text
    assert not Path(f"{package}.prov").exists()
    package.write_bytes(b"no archive")
    with pytest.raises(charthouse.ProvenanceError, match=r"^failed to load chart for signing: "):
        charthouse.sign_package(package, keyring=DATA / "rsa.sec", key="Rita")


def test_cosign_bundles(package: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    made = key.sign(package.read_bytes(), ec.ECDSA(hashes.SHA256()))
    folder = package.parent
    (folder / "bundle").write_text(json.dumps({"base64Signature": base64.b64encode(made).decode()}))
    (folder / "pub").write_bytes(key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    assert len(charthouse.verify_cosign_bundle(package, bundle=folder / "bundle", key=folder / "pub")) == 64
    package.write_bytes(b"other")
    with pytest.raises(charthouse.ProvenanceError, match=r"^the signature is not one of this key over this archive$"):
        charthouse.verify_cosign_bundle(package, bundle=folder / "bundle", key=folder / "pub")
