"""An authority of Tiller's own: its certificate, and the server certificates it signs (ECDSA on P-256).

Serves `charthouse init` where there is no cert-manager. The keys come from the system's random source, which the
library `cryptography` asks itself. Rules: RFC 5280; what Go's crypto/x509 and OpenSSL ask of a server's certificate
(subject alternative names, key identifiers, extended key usage).
"""

from __future__ import annotations

from charthouse.records import Record
from charthouse.tiller.installation.errors import BadCertificate

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from typing import Any

__all__ = ["Authority", "Pair", "certificates_in", "check_pair", "expiry", "hosts_of", "server_hosts"]

_NAME = "charthouse-tiller"
_BACKDATED = 300
"""Seconds: clocks of nodes and clients differ."""


class Pair(Record):
    """A certificate (or a chain, leaf first) and its key, PEM."""

    certificate: str
    key: str


def server_hosts(namespace: str) -> tuple[str, ...]:
    """The DNS names Tiller is reached by; the chart's `tiller.hosts` says the same. 127.0.0.1 comes beside them."""
    service = f"tiller-deploy.{namespace}"
    return f"{service}.svc", f"{service}.svc.cluster.local", service, "tiller-deploy", "localhost"


class Authority:
    """A key that signs, and the certificate clients trust."""

    def __init__(self, certificate: Any, key: Any) -> None:
        self._certificate = certificate
        self._key = key

    @classmethod
    def made(cls, now: datetime, days: int) -> Authority:
        """A new one, good for `days`."""
        from cryptography import x509
        from cryptography.hazmat.primitives.asymmetric import ec

        key = ec.generate_private_key(ec.SECP256R1())
        name = _named(_NAME)
        builder = _builder(name, name, key.public_key(), now, days)
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        builder = builder.add_extension(_usage(signs=True), critical=True)
        identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
        return cls(_signed(builder.add_extension(identifier, critical=False), key), key)

    @classmethod
    def read(cls, text: str) -> Authority:
        """From PEM that holds its certificate and its key. Raises BadCertificate."""
        blocks = certificates_in(text)
        pair = Pair(blocks[0], _key_in(text))
        check_pair(pair, "the authority's certificate")
        return cls(_loaded(pair.certificate), _loaded_key(pair.key))

    @property
    def certificate(self) -> str:
        """PEM."""
        return _pem(self._certificate)

    @property
    def text(self) -> str:
        """Certificate and key, PEM: what ``read`` takes. Secret."""
        return self.certificate + _key_pem(self._key)

    def until(self) -> datetime:
        """When its certificate ends, UTC."""
        return expiry(self.certificate)

    def issue(self, hosts: Sequence[str], now: datetime, days: int) -> Pair:
        """A server certificate for these names and 127.0.0.1, that ends no later than the authority's own."""
        import ipaddress

        from cryptography import x509
        from cryptography.hazmat.primitives.asymmetric import ec
        from cryptography.x509.oid import ExtendedKeyUsageOID

        key = ec.generate_private_key(ec.SECP256R1())
        days = min(days, max(1, (self.until() - now).days))
        builder = _builder(_named("tiller-deploy"), self._certificate.subject, key.public_key(), now, days)
        names = [x509.DNSName(host) for host in hosts]
        alternatives = x509.SubjectAlternativeName([*names, x509.IPAddress(ipaddress.IPv4Address("127.0.0.1"))])
        issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key())
        builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        builder = builder.add_extension(_usage(signs=False), critical=True)
        builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        builder = builder.add_extension(alternatives, critical=False).add_extension(issuer, critical=False)
        return Pair(_pem(_signed(builder, self._key)), _key_pem(key))


def _named(common: str) -> Any:
    from cryptography import x509
    from cryptography.x509.oid import NameOID

    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _builder(subject: Any, issuer: Any, public: Any, now: datetime, days: int) -> Any:
    from datetime import timedelta

    from cryptography import x509

    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(public)
    builder = builder.serial_number(x509.random_serial_number())
    return builder.not_valid_before(now - timedelta(seconds=_BACKDATED)).not_valid_after(now + timedelta(days=days))


def _usage(*, signs: bool) -> Any:
    from cryptography import x509

    return x509.KeyUsage(
        digital_signature=True, content_commitment=False, key_encipherment=False, data_encipherment=False,
        key_agreement=False, key_cert_sign=signs, crl_sign=signs, encipher_only=False, decipher_only=False,
    )  # fmt: skip


def _signed(builder: Any, key: Any) -> Any:
    from cryptography.hazmat.primitives import hashes

    return builder.sign(key, hashes.SHA256())


def _pem(certificate: Any) -> str:
    from cryptography.hazmat.primitives.serialization import Encoding

    text: bytes = certificate.public_bytes(Encoding.PEM)
    return text.decode()


def _key_pem(key: Any) -> str:
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    text: bytes = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return text.decode()


def _loaded(pem: str) -> Any:
    from cryptography import x509

    try:
        return x509.load_pem_x509_certificate(pem.encode())
    except ValueError as error:
        raise BadCertificate(f"a certificate cannot be read: {error}") from error


def _loaded_key(pem: str) -> Any:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        return load_pem_private_key(pem.encode(), None)
    except (ValueError, TypeError, UnsupportedAlgorithm):  # the library's texts may repeat what it read
        raise BadCertificate(
            "a private key cannot be read", hint="it must be PEM, without a passphrase: nobody is there to type it"
        ) from None


def certificates_in(text: str) -> list[str]:
    """The certificates of a PEM text, one PEM each, keys and remarks left out. Raises BadCertificate for none."""
    found, begin, end = [], "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"
    for part in text.split(begin)[1:]:
        body, closed, _ = part.partition(end)
        if closed:
            lines = "\n".join(line.strip() for line in body.strip().splitlines())
            found.append(f"{begin}\n{lines}\n{end}\n")
    if not found:
        raise BadCertificate("there is no certificate in it", hint="PEM begins with -----BEGIN CERTIFICATE-----")
    for pem in found:
        _loaded(pem)
    return found


def _key_in(text: str) -> str:
    for kind in ("PRIVATE KEY", "EC PRIVATE KEY", "RSA PRIVATE KEY"):
        begin, end = f"-----BEGIN {kind}-----", f"-----END {kind}-----"
        _, found, rest = text.partition(begin)
        if found and end in rest:
            return begin + rest.partition(end)[0] + end + "\n"
    raise BadCertificate("there is no private key in it", hint="PEM begins with -----BEGIN PRIVATE KEY-----")


def check_pair(pair: Pair, what: str) -> None:
    """Raises BadCertificate when the key is not that of the (first) certificate. what: names the latter."""
    certificate, key = _loaded(certificates_in(pair.certificate)[0]), _loaded_key(pair.key)
    if certificate.public_key() != key.public_key():
        raise BadCertificate(f"the private key does not belong to {what}")


def expiry(pem: str) -> datetime:
    """When the (first) certificate ends, UTC."""
    ends: datetime = _loaded(certificates_in(pem)[0]).not_valid_after_utc
    return ends


def hosts_of(pem: str) -> tuple[str, ...]:
    """The DNS names the (first) certificate is good for."""
    from cryptography import x509

    try:
        found = _loaded(certificates_in(pem)[0]).extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except x509.ExtensionNotFound:
        return ()
    return tuple(found.value.get_values_for_type(x509.DNSName))
