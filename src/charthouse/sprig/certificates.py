"""``genCA``, ``genSelfSignedCert``, ``genSignedCert`` and their kin, ``buildCustomCert``.

Rules: sprig crypto.go over Go 1.27 crypto/x509 ``CreateCertificate``: version 3, a random serial number of 128 bits,
subject of a common name alone, valid from now for so many days, key usage digital signature and key encipherment (and
certificate signing for an authority), extended usage server and client, basic constraints; an authority has a subject
key identifier (first 160 bits of the key's SHA-256), what it signs has it as authority key identifier. New keys are
RSA, and their certificates are written by ``rsa_certificates``; those for given keys by the library. Where it differs:
a certificate for a given key that ends before it begins (negative days) is refused; the words of a broken certificate's
ASN.1 are ours.
"""

from __future__ import annotations

from datetime import UTC

from charthouse.golang.kinds import GoError, Struct
from charthouse.sprig.digests import sha256_octets
from charthouse.sprig.encodings import decode64
from charthouse.sprig.new_keys import new_key
from charthouse.sprig.private_keys import parse, pem_block, pem_text, rsa_text
from charthouse.sprig.rsa_certificates import PRINTABLE, Issuer, certificate, common_name, key_identifier, pem

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any, ClassVar

    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes

__all__ = [
    "Certificate",
    "authority",
    "authority_with_key",
    "build_custom",
    "self_signed",
    "self_signed_with_key",
    "signed",
    "signed_with_key",
]

# What this process made, by certificate and key: an authority usually signs in the same render.
_made: dict[tuple[str, str], Issuer] = {}
_MAX_MADE = 32


class Certificate(Struct):
    """sprig.certificate: ``Cert`` and ``Key`` in PEM."""

    __slots__ = ("cert", "key")
    go_type = "sprig.certificate"
    go_fields: ClassVar[Mapping[str, str]] = {"Cert": "cert", "Key": "key"}

    def __init__(self, cert: str, key: str) -> None:
        self.cert = cert
        self.key = key

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Certificate) and (self.cert, self.key) == (other.cert, other.key)

    def __hash__(self) -> int:
        return hash((self.cert, self.key))


def _name(common: str) -> x509.Name:
    from warnings import catch_warnings, simplefilter

    from cryptography import x509
    from cryptography.x509.name import _ASN1Type
    from cryptography.x509.oid import NameOID

    if not common:
        return x509.Name([])
    kind = _ASN1Type.PrintableString if PRINTABLE.issuperset(common) else _ASN1Type.UTF8String
    with catch_warnings():
        simplefilter("ignore")  # Go takes a name of any length, and so does this, but for a warning on the way
        return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common, kind, _validate=False)])


def _plain(value: Any) -> str:
    from charthouse.golang.fmt import format_value

    return format_value(value)


def _address(value: Any) -> bytes:
    """The four or sixteen bytes of an address."""
    from ipaddress import IPv6Address, ip_address

    if type(value) is not str:
        raise GoError(f"error parsing ip: {_plain(value)} is not a string")
    try:
        address = ip_address(value)
    except ValueError:
        raise GoError(f"error parsing ip: {value}") from None
    if isinstance(address, IPv6Address):
        if address.scope_id is not None:
            raise GoError(f"error parsing ip: {value}")
        address = address.ipv4_mapped or address
    return address.packed


def _host(value: Any) -> str:
    if type(value) is not str:
        raise GoError(f"error processing alternate dns name: {_plain(value)} is not a string")
    return value


def _check_texts(common: str, hosts: list[str]) -> None:
    """In the order in which CreateCertificate finds out. Raises GoError."""
    try:
        common.encode("utf-8")
    except UnicodeEncodeError:
        raise GoError("error creating certificate: asn1: string not valid UTF-8") from None
    for host in hosts:
        if not host.isascii():
            from charthouse.golang.strconv import quote

            raise GoError(f"error creating certificate: x509: {quote(host)} cannot be encoded as an IA5String")


def _key_identifier(key: PrivateKeyTypes) -> bytes:
    """RFC 7093's first method: the beginning of the SHA-256 of the public key's bits."""
    from cryptography import x509

    public = key.public_key()
    # SubjectKeyIdentifier.from_public_key hashes the same bits with SHA-1; only the bits are needed here.
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    if isinstance(public, rsa.RSAPublicKey):
        return key_identifier(public.public_numbers())
    if isinstance(public, ec.EllipticCurvePublicKey):
        bits = public.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    elif isinstance(public, ed25519.Ed25519PublicKey):
        bits = public.public_bytes(Encoding.Raw, PublicFormat.Raw)
    else:
        return x509.SubjectKeyIdentifier.from_public_key(public).digest  # type: ignore[arg-type]  # any key a certificate has
    return sha256_octets(bits)[:20]


class _Request:
    """What a certificate is to say: common name, addresses, hosts, days."""

    __slots__ = ("addresses", "common", "days", "hosts")

    def __init__(self, common: str, addresses: Any, hosts: Any, days: int) -> None:
        self.common = common
        self.addresses = [_address(value) for value in addresses or ()]
        self.hosts = [_host(value) for value in hosts or ()]
        _check_texts(common, self.hosts)
        self.days = days


def _usage(*, signs: bool) -> x509.KeyUsage:
    from cryptography import x509

    return x509.KeyUsage(
        digital_signature=True,
        key_encipherment=True,
        key_cert_sign=signs,
        content_commitment=False,
        data_encipherment=False,
        key_agreement=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )


def _extended(builder: x509.CertificateBuilder, request: _Request, *, signs: bool) -> x509.CertificateBuilder:
    from cryptography import x509
    from cryptography.x509.oid import ExtendedKeyUsageOID as Purpose

    builder = builder.add_extension(_usage(signs=signs), critical=True)
    builder = builder.add_extension(x509.ExtendedKeyUsage([Purpose.SERVER_AUTH, Purpose.CLIENT_AUTH]), critical=False)
    return builder.add_extension(x509.BasicConstraints(ca=signs, path_length=None), critical=True)


def _days(days: int) -> int:
    """Nanoseconds of that many days as a Duration holds them."""
    return (days * 86_400_000_000_000 + (1 << 63)) % (1 << 64) - (1 << 63)


def _create(
    request: _Request, key: PrivateKeyTypes, *, issuer: x509.Certificate | None, signer: PrivateKeyTypes, signs: bool
) -> Certificate:
    """x509.CreateCertificate and the PEM of both."""
    from datetime import datetime, timedelta
    from ipaddress import ip_address

    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import Encoding

    _check_keys(key, issuer, signer)
    subject = _name(request.common)
    begin = datetime.now(UTC).replace(microsecond=0)
    builder = (
        x509.CertificateBuilder()
        .serial_number(_serial())
        .subject_name(subject)
        .issuer_name(subject if issuer is None else issuer.subject)
        .public_key(key.public_key())  # type: ignore[arg-type]  # DSA and exotic keys were refused above
        .not_valid_before(begin)
    )
    try:
        builder = builder.not_valid_after(begin + timedelta(microseconds=_days(request.days) // 1000))
    except (ValueError, OverflowError):
        raise GoError("error creating certificate: x509: the certificate would end before it begins") from None
    builder = _extended(builder, request, signs=signs)
    if signs:
        builder = builder.add_extension(x509.SubjectKeyIdentifier(_key_identifier(key)), critical=False)
    identifier = _authority_identifier(issuer, subject)
    if identifier is not None:
        builder = builder.add_extension(identifier, critical=False)
    if request.hosts or request.addresses:
        addresses = [x509.IPAddress(ip_address(address)) for address in request.addresses]
        names = x509.SubjectAlternativeName([*map(x509.DNSName, request.hosts), *addresses])
        builder = builder.add_extension(names, critical=not request.common)
    made = builder.sign(signer, _hash(signer))  # type: ignore[arg-type]  # as above
    return Certificate(made.public_bytes(Encoding.PEM).decode("ascii"), pem_text(key))


def _authority_identifier(issuer: x509.Certificate | None, subject: x509.Name) -> x509.AuthorityKeyIdentifier | None:
    from cryptography import x509

    if issuer is None or issuer.subject == subject:
        return None
    try:
        found = issuer.extensions.get_extension_for_class(x509.SubjectKeyIdentifier)
    except x509.ExtensionNotFound:
        return None
    return x509.AuthorityKeyIdentifier(found.value.digest, None, None)


def _check_keys(key: PrivateKeyTypes, issuer: x509.Certificate | None, signer: PrivateKeyTypes) -> None:
    from cryptography.hazmat.primitives.asymmetric import dsa

    if isinstance(signer, dsa.DSAPrivateKey):
        raise GoError("error creating certificate: x509: certificate private key does not implement crypto.Signer")
    if isinstance(key, dsa.DSAPrivateKey):
        raise GoError("error creating certificate: x509: unsupported public key type: *dsa.PublicKey")
    if issuer is not None and issuer.public_key() != signer.public_key():
        raise GoError("error creating certificate: x509: provided PrivateKey doesn't match parent's PublicKey")


def _hash(signer: PrivateKeyTypes) -> Any:
    """The digest Go signs with; none for Ed25519."""
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec, rsa

    if isinstance(signer, rsa.RSAPrivateKey):
        return hashes.SHA256()
    if isinstance(signer, ec.EllipticCurvePrivateKey):
        return {384: hashes.SHA384(), 521: hashes.SHA512()}.get(signer.curve.key_size, hashes.SHA256())
    return None


def _serial() -> int:
    """127 random bits, never 0."""
    from os import urandom

    return (int.from_bytes(urandom(16), "big") >> 1) + 1


def _create_new(request: _Request, *, issuer: Issuer | None, signs: bool) -> Certificate:
    """As `_create`, for a new RSA key and an issuer that was made here (None: signed by itself)."""
    from time import time

    key = new_key()
    numbers = key.public_key().public_numbers()
    own = Issuer(common_name(request.common), key_identifier(numbers) if signs else b"", key)
    begin = int(time())
    data = certificate(
        key,
        issuer or own,
        common=request.common,
        addresses=request.addresses,
        hosts=request.hosts,
        serial=_serial(),
        begin=begin,
        end=begin + _days(request.days) // 10**9,
        signs=signs,
    )
    made = Certificate(pem("CERTIFICATE", data), rsa_text(key))
    if len(_made) >= _MAX_MADE:
        _made.clear()
    _made[made.cert, made.key] = own
    return made


def _given_key(text: str) -> PrivateKeyTypes:
    try:
        return parse(text)
    except GoError as error:
        raise GoError(f"parsing private key: {error}") from None


def _own(request: _Request, key: PrivateKeyTypes, *, signs: bool) -> Certificate:
    return _create(request, key, issuer=None, signer=key, signs=signs)


def authority(common: str, days: int) -> Certificate:
    """A new authority. Raises GoError."""
    return _create_new(_Request(common, (), (), days), issuer=None, signs=True)


def authority_with_key(common: str, days: int, key: str) -> Certificate:
    """A new authority with that private key. Raises GoError."""
    private = _given_key(key)
    return _own(_Request(common, (), (), days), private, signs=True)


def self_signed(common: str, addresses: Any, hosts: Any, days: int) -> Certificate:
    """A certificate signed by itself. Raises GoError."""
    return _create_new(_Request(common, addresses, hosts, days), issuer=None, signs=False)


def self_signed_with_key(common: str, addresses: Any, hosts: Any, days: int, key: str) -> Certificate:
    """A certificate signed by itself with that private key. Raises GoError."""
    private = _given_key(key)
    return _own(_Request(common, addresses, hosts, days), private, signs=False)


def _issuer(authority: Certificate) -> tuple[x509.Certificate, PrivateKeyTypes]:
    certificate = _parsed(_contents(authority.cert), "decodedSignerCert")
    try:
        return certificate, parse(authority.key)
    except GoError as error:
        raise GoError(f"error parsing private key: {error}") from None


def _contents(text: str) -> bytes:
    block = pem_block(text)
    if block is None:
        raise GoError("unable to decode certificate")
    return block[1]


def _parsed(contents: bytes, variable: str) -> x509.Certificate:
    from cryptography import x509

    try:
        return x509.load_der_x509_certificate(contents)
    except ValueError:
        raise GoError(f"error parsing certificate: {variable}.Bytes: x509: malformed certificate") from None


def signed(common: str, addresses: Any, hosts: Any, days: int, authority: Certificate) -> Certificate:
    """A certificate signed by the authority. Raises GoError."""
    known = _made.get((authority.cert, authority.key))
    if known is not None:
        return _create_new(_Request(common, addresses, hosts, days), issuer=known, signs=False)
    issuer, signer = _issuer(authority)
    request = _Request(common, addresses, hosts, days)
    return _create(request, new_key(), issuer=issuer, signer=signer, signs=False)


def signed_with_key(
    common: str, addresses: Any, hosts: Any, days: int, authority: Certificate, key: str
) -> Certificate:
    """A certificate for that private key, signed by the authority. Raises GoError."""
    private = _given_key(key)
    issuer, signer = _issuer(authority)
    request = _Request(common, addresses, hosts, days)
    return _create(request, private, issuer=issuer, signer=signer, signs=False)


def build_custom(certificate: str, key: str) -> Certificate:
    """A certificate and its key, given in base 64 of PEM. Raises GoError for what is none."""
    from charthouse.golang.kinds import go_string

    texts = []
    for encoded, what in ((certificate, "certificate"), (key, "private key")):
        try:
            texts.append(go_string(decode64(encoded)))
        except GoError:
            raise GoError(f"unable to decode base64 {what}") from None
    _parsed(_contents(texts[0]), "decodedCert")
    try:
        parse(texts[1])
    except GoError as error:
        raise GoError(f"error parsing private key: {error}") from None
    return Certificate(*texts)
