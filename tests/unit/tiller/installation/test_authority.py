"""Certificates of our own: they verify, end when they should, and what is no certificate is refused."""

from __future__ import annotations

import re
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509 import verification

from charthouse.tiller.installation.authority import (
    Authority,
    Pair,
    certificates_in,
    check_pair,
    expiry,
    hosts_of,
    server_hosts,
)
from charthouse.tiller.installation.errors import BadCertificate

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
AUTHORITY = Authority.made(NOW, 3650)
PAIR = AUTHORITY.issue(server_hosts("tiller"), NOW, 365)


@pytest.mark.parametrize("host", [*server_hosts("tiller"), "127.0.0.1"])
def test_a_server_is_verified_by_every_name(host: str) -> None:
    store = verification.Store([x509.load_pem_x509_certificate(AUTHORITY.certificate.encode())])
    subject = x509.IPAddress(__import__("ipaddress").ip_address(host)) if host[0] == "1" else x509.DNSName(host)
    verifier = verification.PolicyBuilder().store(store).time(NOW.replace(tzinfo=None)).build_server_verifier(subject)
    chain = verifier.verify(x509.load_pem_x509_certificate(PAIR.certificate.encode()), [])
    assert len(chain) == 2


def test_what_a_certificate_says() -> None:
    leaf = x509.load_pem_x509_certificate(PAIR.certificate.encode())
    key = leaf.public_key()
    assert isinstance(key, ec.EllipticCurvePublicKey) and key.curve.name == "secp256r1"
    assert leaf.not_valid_before_utc == NOW - timedelta(minutes=5)
    assert leaf.not_valid_after_utc == NOW + timedelta(days=365) == expiry(PAIR.certificate)
    usages = leaf.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert [usage.dotted_string for usage in usages] == ["1.3.6.1.5.5.7.3.1"]  # a server's, which is no user's
    assert not leaf.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    assert hosts_of(PAIR.certificate) == server_hosts("tiller")


def test_no_certificate_outlives_its_authority() -> None:
    short = Authority.made(NOW, 30)
    assert expiry(short.issue(("localhost",), NOW, 365).certificate) <= short.until()


def test_an_authority_is_kept_as_text_and_signs_on(tmp_path: Path) -> None:
    again = Authority.read("remarks are allowed\n" + AUTHORITY.text)
    assert again.certificate == AUTHORITY.certificate
    later = again.issue(("localhost",), NOW, 10)
    (tmp_path / "ca").write_text(AUTHORITY.certificate)
    (tmp_path / "leaf").write_text(later.certificate)
    at = str(int(NOW.timestamp()))
    done = subprocess.run(
        ["openssl", "verify", "-attime", at, "-CAfile", "ca", "leaf"], cwd=tmp_path, capture_output=True, text=True
    )
    assert done.stdout == "leaf: OK\n", done.stderr


OTHER = Authority.made(NOW, 1)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "there is no certificate in it"),
        ("-----BEGIN CERTIFICATE-----\nbroken", "there is no certificate in it"),
        ("-----BEGIN CERTIFICATE-----\nQUJD\n-----END CERTIFICATE-----\n", "a certificate cannot be read: .+"),
        (AUTHORITY.certificate, "there is no private key in it"),
        (AUTHORITY.certificate + OTHER.text.removeprefix(OTHER.certificate), "the private key does not belong to .+"),
    ],
)  # fmt: skip
def test_what_is_no_authority_is_refused(text: str, message: str) -> None:
    with pytest.raises(BadCertificate) as caught:
        Authority.read(text)
    assert re.fullmatch(message, caught.value.message.splitlines()[0])


def test_a_key_that_cannot_be_read_is_not_repeated() -> None:
    key = "-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n"
    with pytest.raises(BadCertificate) as caught:
        check_pair(Pair(PAIR.certificate, key), "the server's certificate")
    assert caught.value.message == "a private key cannot be read"
    assert "c2VjcmV0" not in str(caught.value.__cause__)


def test_certificates_of_a_text_come_one_by_one_without_keys() -> None:
    assert certificates_in(AUTHORITY.text + "\r\n" + PAIR.certificate.replace("\n", "\r\n")) == [
        AUTHORITY.certificate,
        PAIR.certificate,
    ]
