"""Packages signed and checked: what was recorded of Helm and gpg, round trips, and every way it can fail."""

from __future__ import annotations

import base64
import os
import re
from pathlib import Path

import pytest

from charthouse.errors import CharthouseError
from charthouse.provenance import NotVerified, ProvenanceError, clear_sign, parse_keyring, unlock, verify, verify_file
from charthouse.provenance.clearsign import decode, signed_form
from tests.unit.provenance.recorded import DATA, NAME, NEWER, NOW, SIGNERS, octets, ring

METADATA = b"apiVersion: v2\ndescription: '- a web server'\nname: web\nversion: 0.1.0\n"
ARCHIVE = octets(NAME)
DAY = 86400


@pytest.mark.parametrize("signer", SIGNERS)
def test_what_helm_signed_is_checked(signer: str) -> None:
    found = verify(ARCHIVE, octets(f"helm-{signer}.prov"), NAME, ring(), now=NOW)
    (key,) = parse_keyring(octets(f"{signer}.sec"))
    assert found.fingerprint == key.key.fingerprint.hex().upper()
    assert found.file_name == NAME
    assert found.file_hash.startswith("sha256:")
    assert found.signers


@pytest.mark.parametrize("signer", NEWER)
def test_newer_keys_and_locks(signer: str) -> None:
    keyring = parse_keyring(octets(f"{signer}.sec"))
    found = verify(ARCHIVE, octets(f"helm-{signer}.prov"), NAME, keyring, now=NOW)
    assert found.fingerprint == keyring[0].key.fingerprint.hex().upper()
    assert len(found.fingerprint) == (64 if signer.startswith("v6") else 40)
    if not signer.endswith("open"):
        with pytest.raises(ProvenanceError) as caught:
            unlock(keyring[0], lambda who: b"wrong")
        assert str(caught.value) == {
            "eax": "crypto/eax: Tag authentication failed",
            "gcm": "cipher: message authentication failed",
            "sha1": "openpgp: invalid data: private key checksum failure",
        }.get(signer.partition("-")[2], "crypto/ocb: Tag authentication failed")
    key = unlock(keyring[0], lambda who: b"secret")
    made = clear_sign(ARCHIVE, NAME, METADATA, key, now=NOW - 10, salt=os.urandom(32))
    assert verify(ARCHIVE, made, NAME, keyring, now=NOW) == found
    cut = rb"(?s)(?<=SIGNATURE-----\n\n).*(?=\n-----END)"
    assert re.sub(cut, b"", made) == re.sub(cut, b"", octets(f"helm-{signer}.prov"))


def test_what_gpg_signed_is_checked() -> None:
    found = [verify(ARCHIVE, octets(f"gpg-{signer}.prov"), NAME, ring(), now=NOW) for signer in ("rsa", "sub")]
    assert [each.signers for each in found] == [("Rita (work) <rsa@example.com>",), ("Sub Marine <sub@example.com>",)]


@pytest.mark.parametrize("signer", SIGNERS)
def test_what_we_sign_is_laid_out_as_helms(signer: str) -> None:
    (key,) = parse_keyring(octets(f"{signer}.sec"))
    made = clear_sign(ARCHIVE, NAME, METADATA, unlock(key, lambda who: b"secret"), now=NOW - 10, salt=os.urandom(32))
    assert verify(ARCHIVE, made, NAME, ring(), now=NOW).file_name == NAME
    recorded = octets(f"helm-{signer}.prov")
    cut = rb"(?s)(?<=SIGNATURE-----\n\n).*(?=\n-----END)"
    assert re.sub(cut, b"", made) == re.sub(cut, b"", recorded)
    ours, theirs = (base64.b64decode(re.findall(cut, file)[0]) for file in (made, recorded))
    assert ours[:1] == theirs[:1] == b"\xc2"
    start = 3 if ours[1] >= 192 else 2
    assert ours[start : start + 8] == theirs[start : start + 8]  # version, kind, algorithms, first claim
    assert ours[start + 12 : start + 60] == theirs[start + 12 : start + 60]  # issuer, the salt's notation
    assert ours[start + 92 : start + 117] == theirs[start + 92 : start + 117]  # fingerprint, no unhashed claims


PROOF = octets("helm-rsa.prov")
TAMPERED = [
    (ARCHIVE, b"", NAME, "signature block not found"),
    (ARCHIVE, b"hello", NAME, "signature block not found"),
    (ARCHIVE, PROOF[:-30], NAME, "signature block not found"),
    (ARCHIVE, PROOF.replace(b"SIGNED MESSAGE-----", b"SIGNED MESSAGE-----x"), NAME, "signature block not found"),
    (ARCHIVE, PROOF.replace(b"Hash: SHA512", b"Hash: SHA666"), NAME, "signature block not found"),
    (ARCHIVE, PROOF.replace(b"Hash: SHA512", b"Comment: x"), NAME, "signature block not found"),
    (ARCHIVE, PROOF.replace(b"a web", b"a wet"), NAME, "openpgp: invalid signature: RSA verification failure"),
    (ARCHIVE, PROOF.replace(b"sha256:", b"sha256:0"), NAME, "openpgp: invalid signature: RSA verification failure"),
    (ARCHIVE, re.sub(rb"(SIGNATURE-----\n\n..).", rb"\1!", PROOF), NAME, "illegal base64 data at input byte 2"),
    (ARCHIVE, PROOF.replace(b"\n-----END", b"=\n-----END"), NAME, ""),
    (
        b"other" + ARCHIVE,
        PROOF,
        NAME,
        f'sha256 sum does not match for {NAME}: "sha256:<good>" != "sha256:<bad>"',
    ),
    (ARCHIVE, PROOF, "other.tgz", 'provenance does not contain a SHA for a file named "other.tgz"'),
    (ARCHIVE, octets("helm-old.prov"), NAME, "openpgp: key expired"),
    (ARCHIVE, octets("helm-young.prov"), NAME, "openpgp: key expired"),
    (ARCHIVE, octets("helm-revoked.prov"), NAME, "openpgp: signature made by revoked key"),
    (ARCHIVE, octets("helm-sub.prov"), NAME, "openpgp: signature made by unknown entity"),
]


@pytest.mark.parametrize(("archive", "proof", "name", "text"), TAMPERED)
def test_what_was_tampered_with(archive: bytes, proof: bytes, name: str, text: str) -> None:
    try:
        verify(archive, proof, name, ring(), now=NOW)
    except ProvenanceError as error:
        sums = re.findall(r"sha256:([0-9a-f]{64})", str(error))
        found = str(error)
        for sum_, word in zip(sums, ("<good>", "<bad>"), strict=False):
            found = found.replace(sum_, word)
        assert found == text
    else:
        assert text == ""


def test_hints_say_what_to_do() -> None:
    for keyring, word in (((), "no key in the keyring"), (ring("twin.sec"), "not in the keyring")):
        with pytest.raises(ProvenanceError) as caught:
            verify(ARCHIVE, PROOF, NAME, keyring, now=NOW)
        assert str(caught.value) == "openpgp: signature made by unknown entity"
        assert word in caught.value.hint
    with pytest.raises(NotVerified) as wrong:
        verify(ARCHIVE, PROOF, "other.tgz", ring(), now=NOW)
    assert wrong.value.hint == f"it was made for {NAME}; the archive must keep that name"


def test_provenance_files_are_bounded() -> None:
    with pytest.raises(ProvenanceError) as caught:
        verify(ARCHIVE, PROOF + b"\n" * (8 << 20), NAME, ring(), now=NOW)
    assert str(caught.value) == "the provenance file is larger than 8 MiB"


def test_the_clock_is_an_argument() -> None:
    proof = octets("helm-rsa.prov")
    with pytest.raises(ProvenanceError, match="openpgp: key expired"):  # not made yet
        verify(ARCHIVE, proof, NAME, ring(), now=NOW - 10 * DAY)
    assert verify(ARCHIVE, proof, NAME, ring(), now=NOW + 36500 * DAY)


def test_what_cannot_sign() -> None:
    for name, text in (
        ("sub-only.sec", "failed to either sign or armor message block: openpgp: s2k GNU dummy key: dummy key found"),
        ("pub.gpg", "provided key is not a private key. Try providing a keyring with secret keys"),
    ):
        with pytest.raises(ProvenanceError) as caught:
            clear_sign(ARCHIVE, NAME, METADATA, ring(name)[0], now=NOW, salt=bytes(32))
        assert str(caught.value) == text


FORMS = [
    (b"a\nb\n", b"a\nb\n", b"a\r\nb\r\n"),
    (b"a \t\n- b\n--- c", b"a\n- - b\n- --- c", b"a\r\n- b\r\n--- c"),
    (b"", b"", b""),
    (b"a\r\n\n b\n", b"a\n\n b\n", b"a\r\n\r\n b\r\n"),
]


@pytest.mark.parametrize(("text", "shown", "signed"), FORMS)
def test_texts_are_signed_without_blanks_at_line_ends(text: bytes, shown: bytes, signed: bytes) -> None:
    assert signed_form(text) == (shown, signed)


def test_other_line_ends_and_text_around_do_no_harm() -> None:
    for proof in (PROOF.replace(b"\n", b"\r\n"), b"before\n" + PROOF + b"\nafter\n"):
        found = decode(proof)
        assert found is not None
        assert found.text.startswith(b"apiVersion: v2\ndescription: '- a web server'\n")
        assert verify(ARCHIVE, proof, NAME, ring(), now=NOW)


JSON = "error unmarshaling JSON: while decoding JSON: json: cannot unmarshal"
SUMS = [
    ("no break\n", "message block must have at least two parts"),
    ("a\n\n...\n", f'provenance does not contain a SHA for a file named "{NAME}"'),
    ("a\n\n...\nfiles: 3\n", f"{JSON} number into Go struct field .files of type map[string]string"),
    ("a\n\n...\nfiles: {a: [1]}\n", f"{JSON} array into Go struct field .files of type string"),
    ("a\n\n...\n- 1\n", f"{JSON} array into Go value of type provenance.SumCollection"),
]


@pytest.mark.parametrize(("text", "problem"), SUMS)
def test_what_was_signed_must_name_the_archive(text: str, problem: str) -> None:
    from charthouse.provenance import clearsign
    from charthouse.provenance.openpgp.making import sign_text

    (key,) = parse_keyring(octets("twin.sec"))
    assert key.secret is not None
    shown, signed = clearsign.signed_form(text.encode())
    packet = sign_text(key.secret, signed, now=NOW - 5, salt=bytes(32))
    with pytest.raises(CharthouseError) as caught:
        verify(ARCHIVE, clearsign.frame(shown, packet, hash_name="SHA512"), NAME, ring(), now=NOW)
    assert str(caught.value) == problem


def test_files(tmp_path: Path) -> None:
    package, proof, keys = tmp_path / NAME, tmp_path / "p", str(DATA / "pub.gpg")
    package.write_bytes(ARCHIVE)
    proof.write_bytes(PROOF)
    assert verify_file(str(package), str(proof), keys, now=NOW).file_name == NAME
    stat = f"stat {tmp_path}/no: no such file or directory"
    for arguments, text in (
        ((str(tmp_path / "no"), str(proof), keys), stat),
        ((str(tmp_path), str(proof), keys), "unpacked charts cannot be verified"),
        ((str(proof), str(proof), keys), "chart must be a tgz file"),
        ((str(package), f"{tmp_path}/no", keys), f"could not load provenance file {tmp_path}/no: {stat}"),
        (
            (str(package), str(proof), f"{tmp_path}/no"),
            f"failed to load keyring: open {tmp_path}/no: no such file or directory",
        ),
    ):
        with pytest.raises(ProvenanceError) as caught:
            verify_file(*arguments, now=NOW)
        assert str(caught.value) == text
