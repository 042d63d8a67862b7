"""The server's own certificate: OpenSSL verifies what certificate.py makes."""

from __future__ import annotations

import ipaddress
import ssl

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from charthouse.devcluster import certificate


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0", "::1", "dev.example.org"])
def test_the_certificate_is_sound(host: str) -> None:
    text, key_text = certificate._self_signed(host)
    made = x509.load_pem_x509_certificate(text.encode())
    made.verify_directly_issued_by(made)
    key = load_pem_private_key(key_text.encode(), None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    assert key.public_key() == made.public_key()
    names = made.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    if host.startswith("dev."):
        assert names.get_values_for_type(x509.DNSName) == ["localhost", host]
    else:
        assert ipaddress.ip_address(host) in names.get_values_for_type(x509.IPAddress)


def test_a_client_that_knows_the_certificate_trusts_the_server() -> None:
    server, text = certificate.server_context("127.0.0.1")
    client = ssl.create_default_context(cadata=text)
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    left = client.wrap_bio(to_client, to_server, server_hostname="127.0.0.1")
    right = server.wrap_bio(to_server, to_client, server_side=True)
    for _ in range(3):
        for side in (left, right):
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                continue
    assert left.cipher() is not None
