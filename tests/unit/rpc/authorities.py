"""Certificates for tests: any shape, quickly."""

from __future__ import annotations

import datetime
import functools
import ipaddress
from collections.abc import Sequence
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

NOW = datetime.datetime.now(datetime.UTC).replace(microsecond=0)
CLIENT, SERVER = ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.SERVER_AUTH
_NUMBERS = iter(range(1000, 1 << 30))


class Holder:
    """A certificate and its key."""

    def __init__(self, certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey) -> None:
        self.certificate, self.key = certificate, key

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(Encoding.DER)

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(Encoding.PEM)

    @property
    def key_pem(self) -> bytes:
        return self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


@functools.cache
def key(number: int) -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def made(
    name: str, issuer: Holder | None = None, *, ca: bool = False, length: int | None = None,
    days: tuple[int, int] = (-1, 1), uses: Sequence[x509.ObjectIdentifier] = (), names: Sequence[str] = (),
    signs: bool | None = None, more: Sequence[tuple[x509.ExtensionType, bool]] = (), issuer_name: str = "",
) -> Holder:  # fmt: skip
    """days: from and until, from now. ca: basic constraints with `length`. names: for a server, addresses or names."""
    own = key(next(_NUMBERS) % 64) if issuer is None else ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    above = issuer.certificate.subject if issuer is not None else subject
    if issuer_name:
        above = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer_name)])
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(above).public_key(own.public_key())
    builder = builder.serial_number(next(_NUMBERS)).not_valid_before(NOW + datetime.timedelta(days[0]))
    builder = builder.not_valid_after(NOW + datetime.timedelta(days[1]))
    extensions: list[tuple[Any, bool]] = [(x509.BasicConstraints(ca=ca, path_length=length), True), *more]
    if uses:
        extensions.append((x509.ExtendedKeyUsage(uses), False))
    if names:
        extensions.append((x509.SubjectAlternativeName([_general(one) for one in names]), False))
    if signs is not None:
        flags = dict.fromkeys(
            ("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement",
             "crl_sign", "encipher_only", "decipher_only"), False,
        )  # fmt: skip
        flags["digital_signature"] = True
        extensions.append((x509.KeyUsage(key_cert_sign=signs, **flags), True))
    for value, critical in extensions:
        builder = builder.add_extension(value, critical)
    return Holder(builder.sign(issuer.key if issuer is not None else own, hashes.SHA256()), own)


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)
