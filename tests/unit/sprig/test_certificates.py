"""Certificates and keys: chains verify, extensions are sprig's, keys come back in the form they went in."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID as Purpose

from charthouse.golang.kinds import GoError
from charthouse.sprig import certificates, ciphers, passwords, private_keys


def loaded(made: certificates.Certificate) -> x509.Certificate:
    return x509.load_pem_x509_certificate(made.cert.encode())


def key_of(curve: Any = None) -> str:
    return private_keys.pem_text(ec.generate_private_key(curve or ec.SECP256R1()))


@pytest.fixture(scope="module")
def authority() -> certificates.Certificate:
    return certificates.authority("my-ca", 365)


def test_authority(authority: certificates.Certificate) -> None:
    found = loaded(authority)
    assert found.subject.rfc4514_string() == found.issuer.rfc4514_string() == "CN=my-ca"
    constraints = found.extensions.get_extension_for_class(x509.BasicConstraints)
    assert (constraints.critical, constraints.value.ca, constraints.value.path_length) == (True, True, None)
    usage = found.extensions.get_extension_for_class(x509.KeyUsage).value
    assert (usage.key_cert_sign, usage.digital_signature, usage.key_encipherment, usage.crl_sign) == (
        True,
        True,
        True,
        False,
    )
    assert (found.not_valid_after_utc - found.not_valid_before_utc).days == 365
    assert authority.key.startswith("-----BEGIN RSA PRIVATE KEY-----\n")


def test_signed(authority: certificates.Certificate) -> None:
    made = certificates.signed("host", ["10.0.0.1", "::ffff:1.2.3.4"], ["a.b", "*.c"], 30, authority)
    found, issuer = loaded(made), loaded(authority)
    public = issuer.public_key()
    assert isinstance(public, rsa.RSAPublicKey)
    public.verify(found.signature, found.tbs_certificate_bytes, padding.PKCS1v15(), hashes.SHA256())
    names = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["a.b", "*.c"]
    assert [str(address) for address in names.get_values_for_type(x509.IPAddress)] == ["10.0.0.1", "1.2.3.4"]
    assert list(found.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value) == [
        Purpose.SERVER_AUTH,
        Purpose.CLIENT_AUTH,
    ]
    identifier = issuer.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    named = found.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value
    assert named.key_identifier == identifier.digest


@pytest.mark.parametrize("curve", [ec.SECP256R1(), ec.SECP384R1(), ec.SECP521R1()])
def test_given_keys(curve: ec.EllipticCurve) -> None:
    key = key_of(curve)
    made = certificates.self_signed_with_key("", None, ["a.b"], 1, key)
    assert made.key == key
    names = loaded(made).extensions.get_extension_for_class(x509.SubjectAlternativeName)
    assert names.critical
    assert loaded(made).signature_hash_algorithm is not None
    custom = certificates.build_custom(*(base64.b64encode(text.encode()).decode() for text in (made.cert, made.key)))
    assert custom == made


def test_every_kind_of_key() -> None:
    heads = {"dsa": "DSA ", "ecdsa": "EC ", "ed25519": ""}
    for kind, head in heads.items():
        text = private_keys.generate(kind)
        assert text.startswith(f"-----BEGIN {head}PRIVATE KEY-----\n")
        assert private_keys.pem_text(private_keys.parse(text)) == text


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: certificates.self_signed("a", ["x"], None, 1), "error parsing ip: x"),
        (lambda: certificates.self_signed("a", None, ["é"], 1), "error creating certificate: x509: .* IA5String"),
        (lambda: certificates.authority_with_key("a", 1, "x"), "parsing private key: no PEM data in input"),
        (
            lambda: certificates.authority_with_key("a", 1, private_keys.generate("dsa")),
            "certificate private key does not implement crypto.Signer",
        ),
        (
            lambda: certificates.authority_with_key(
                "a", 1, "-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----\n"
            ),
            "parsing private key: parsing RSA private key from PEM: ",
        ),
        (lambda: certificates.authority_with_key("a", -1, key_of()), "would end before it begins"),
        (lambda: certificates.build_custom("!", ""), "unable to decode base64 certificate"),
    ],
)
def test_refusals(call: Any, message: str) -> None:
    with pytest.raises(GoError, match=message):
        call()


def test_a_foreign_key_is_refused(authority: certificates.Certificate) -> None:
    mixed = certificates.Certificate(authority.cert, key_of())
    with pytest.raises(GoError, match="provided PrivateKey doesn't match parent's PublicKey"):
        certificates.signed("a", None, None, 1, mixed)


def test_ciphers_go_both_ways() -> None:
    for text in ("x", "é" * 40, "a" * 16):
        assert ciphers.decrypt_aes("key", ciphers.encrypt_aes("key", text)) == text


def test_passwords() -> None:
    from bcrypt import checkpw

    assert checkpw(b"secret", passwords.bcrypt("secret").encode())
    user, _, hashed = passwords.htpasswd("me", "secret").partition(":")
    assert (user, hashed[:7]) == ("me", "$2a$10$")
