"""Certificates for the RSA keys made here, written in DER (ITU-T X.690, RFC 5280) without a certificate library.

`genCA`, `genSelfSignedCert` and `genSignedCert` make most of the certificates of charts, each with a new RSA key of
2048 bits. Importing ``cryptography.x509`` to write one takes as long as rendering a chart; what has to be written is
always the same few fields. ``certificates`` does the others by that library, and the tests hold both to the same bytes.
Only writing is done here, of data of our own making; nothing is parsed.
"""

from __future__ import annotations

from charthouse.sprig.digests import sha256_octets

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicNumbers

__all__ = ["PRINTABLE", "Issuer", "certificate", "common_name", "key_identifier", "pem", "private_key"]

PRINTABLE = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 '()+,-./:=?")
"""The characters of a PrintableString."""
_SEQUENCE, _SET, _BITS, _OCTETS, _UTF8, _PRINTED = 0x30, 0x31, 0x03, 0x04, 0x0C, 0x13
_UTC_TIME, _GENERAL_TIME, _HOST, _ADDRESS, _KEY = 0x17, 0x18, 0x82, 0x87, 0x80
_TRUE = b"\x01\x01\xff"
_VERSION_3 = b"\xa0\x03\x02\x01\x02"
_RSA = b"\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01\x05\x00"  # rsaEncryption, no parameters
_RSA_SHA256 = b"\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0b\x05\x00"
_COMMON_NAME = b"\x06\x03\x55\x04\x03"
_SUBJECT_KEY, _KEY_USAGE, _NAMES, _CONSTRAINTS, _AUTHORITY_KEY, _EXTENDED_USAGE = (
    b"\x06\x03\x55\x1d" + bytes([last]) for last in (14, 15, 17, 19, 35, 37)
)
_USAGE_SIGNS = b"\x03\x02\x02\xa4"  # digitalSignature, keyEncipherment, keyCertSign
_USAGE = b"\x03\x02\x05\xa0"  # digitalSignature, keyEncipherment
_PURPOSES = b"\x30\x14\x06\x08\x2b\x06\x01\x05\x05\x07\x03\x01\x06\x08\x2b\x06\x01\x05\x05\x07\x03\x02"
_AUTHORITY, _NO_AUTHORITY = b"\x30\x03\x01\x01\xff", b"\x30\x00"


class Issuer:
    """Who signs. name: the subject of its certificate in DER; identifier: its subject key identifier, b"" = none."""

    __slots__ = ("identifier", "key", "name")

    def __init__(self, name: bytes, identifier: bytes, key: RSAPrivateKey) -> None:
        self.name = name
        self.identifier = identifier
        self.key = key


def _field(tag: int, *parts: bytes) -> bytes:
    """Tag, length and contents (X.690 8.1.3)."""
    body = b"".join(parts)
    size = len(body)
    if size < 0x80:
        return bytes((tag, size)) + body
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(length))) + length + body


def _integer(number: int) -> bytes:
    return _field(0x02, number.to_bytes(number.bit_length() // 8 + 1, "big"))


def common_name(common: str) -> bytes:
    """A name of a common name alone, empty without one, in DER."""
    if not common:
        return _field(_SEQUENCE)
    tag = _PRINTED if PRINTABLE.issuperset(common) else _UTF8
    value = _field(tag, common.encode("utf-8"))
    return _field(_SEQUENCE, _field(_SET, _field(_SEQUENCE, _COMMON_NAME, value)))


def _time(seconds: int) -> bytes:
    """RFC 5280 4.1.2.5: two digits of the year from 1950 up to 2049."""
    from time import gmtime, strftime

    moment = gmtime(seconds)
    if 1950 <= moment.tm_year < 2050:
        return _field(_UTC_TIME, strftime("%y%m%d%H%M%SZ", moment).encode())
    return _field(_GENERAL_TIME, f"{moment.tm_year:04}{strftime('%m%d%H%M%SZ', moment)}".encode())


def _public(numbers: RSAPublicNumbers) -> bytes:
    """RSAPublicKey (RFC 8017 A.1.1)."""
    return _field(_SEQUENCE, _integer(numbers.n), _integer(numbers.e))


def key_identifier(numbers: RSAPublicNumbers) -> bytes:
    """RFC 7093's first method: the beginning of the SHA-256 of the public key's bits."""
    return sha256_octets(_public(numbers))[:20]


def _extension(kind: bytes, value: bytes, *, critical: bool = False) -> bytes:
    return _field(_SEQUENCE, kind, _TRUE if critical else b"", _field(_OCTETS, value))


def certificate(
    key: RSAPrivateKey,
    issuer: Issuer,
    *,
    common: str,
    addresses: Sequence[bytes],
    hosts: Sequence[str],
    serial: int,
    begin: int,
    end: int,
    signs: bool,
) -> bytes:
    """A certificate in DER. begin, end: seconds since 1970, of the years 1 to 9999; signs: for an authority."""
    numbers = key.public_key().public_numbers()
    subject = common_name(common)
    extensions = [
        _extension(_KEY_USAGE, _USAGE_SIGNS if signs else _USAGE, critical=True),
        _extension(_EXTENDED_USAGE, _PURPOSES),
        _extension(_CONSTRAINTS, _AUTHORITY if signs else _NO_AUTHORITY, critical=True),
    ]
    if signs:
        extensions.append(_extension(_SUBJECT_KEY, _field(_OCTETS, key_identifier(numbers))))
    if issuer.identifier and issuer.name != subject:
        extensions.append(_extension(_AUTHORITY_KEY, _field(_SEQUENCE, _field(_KEY, issuer.identifier))))
    names = [_field(_HOST, host.encode("ascii")) for host in hosts]
    names += [_field(_ADDRESS, address) for address in addresses]
    if names:
        extensions.append(_extension(_NAMES, _field(_SEQUENCE, *names), critical=not common))
    signed = _field(
        _SEQUENCE,
        _VERSION_3,
        _integer(serial),
        _RSA_SHA256,
        issuer.name,
        _field(_SEQUENCE, _time(begin), _time(end)),
        subject,
        _field(_SEQUENCE, _RSA, _field(_BITS, b"\0", _public(numbers))),
        _field(0xA3, _field(_SEQUENCE, *extensions)),
    )
    return _field(_SEQUENCE, signed, _RSA_SHA256, _field(_BITS, b"\0", _signature(issuer.key, signed)))


def _signature(key: RSAPrivateKey, data: bytes) -> bytes:
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
    from cryptography.hazmat.primitives.hashes import SHA256

    return key.sign(data, PKCS1v15(), SHA256())


def private_key(key: RSAPrivateKey) -> bytes:
    """RSAPrivateKey (RFC 8017 A.1.2) in DER."""
    own: Any = key.private_numbers()
    public = own.public_numbers
    numbers = (0, public.n, public.e, own.d, own.p, own.q, own.dmp1, own.dmq1, own.iqmp)
    return _field(_SEQUENCE, *map(_integer, numbers))


def pem(label: str, data: bytes) -> str:
    """RFC 7468's text of DER data."""
    from binascii import b2a_base64

    text = b2a_base64(data, newline=False).decode("ascii")
    lines = [text[at : at + 64] for at in range(0, len(text), 64)]
    return "\n".join([f"-----BEGIN {label}-----", *lines, f"-----END {label}-----", ""])
