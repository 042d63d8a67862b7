"""Certificates the tests need: clients under a cluster's CA, the front proxy, servers."""

from __future__ import annotations

import base64
import datetime
import ssl
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

__all__ = ["client_certificate", "certificate_request", "server_certificate", "with_certificate"]


def name_of(common: str, groups: tuple[str, ...] = ()) -> x509.Name:
    parts = [x509.NameAttribute(NameOID.ORGANIZATION_NAME, group) for group in groups]
    return x509.Name([*parts, x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _builder(subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
    now = datetime.datetime.now(datetime.UTC)
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key.public_key())
    builder = builder.serial_number(x509.random_serial_number()).not_valid_before(now - datetime.timedelta(hours=1))
    return builder.not_valid_after(now + datetime.timedelta(hours=1))


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())


def client_certificate(pki: Path, authority: str, into: Path, common: str, *groups: str) -> Path:
    """A file with certificate and key of a client, signed by `authority`.crt of the folder `pki`."""
    issuer = x509.load_pem_x509_certificate((pki / f"{authority}.crt").read_bytes())
    signer: Any = load_pem_private_key((pki / f"{authority}.key").read_bytes(), None)
    key = ec.generate_private_key(ec.SECP256R1())
    builder = _builder(name_of(common, groups), issuer.subject, key)
    builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
    made = builder.sign(signer, hashes.SHA256())
    path = into / f"{authority}-{common}.pem"
    path.write_bytes(made.public_bytes(Encoding.PEM) + _pem(key))
    return path


def certificate_request(common: str, *groups: str) -> str:
    """A PKCS#10 request as the API takes it (base64 of PEM)."""
    key = ec.generate_private_key(ec.SECP256R1())
    request = x509.CertificateSigningRequestBuilder().subject_name(name_of(common, groups)).sign(key, hashes.SHA256())
    return base64.b64encode(request.public_bytes(Encoding.PEM)).decode()


def server_certificate(into: Path, host: str) -> tuple[Path, str]:
    """(file with the certificate and key of a server, its CA as an APIService's caBundle)."""
    key = ec.generate_private_key(ec.SECP256R1())
    builder = _builder(name_of(host), name_of(host), key)
    builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    made = builder.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM)
    path = into / "server.pem"
    path.write_bytes(made + _pem(key))
    return path, base64.b64encode(made).decode()


def with_certificate(path: Path | None) -> ssl.SSLContext:
    """A client's TLS, with this certificate; servers are not checked."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    if path is not None:
        context.load_cert_chain(path)
    return context
