"""Making a signature over a text.

Rules: go-crypto 1.4.1 ``openpgp/packet/signature.go`` (``Sign``, ``buildSubpackets``, ``Serialize``) as ``clearsign``
uses it: made by the primary key, SHA-512, with a salt in a notation so that no two signatures are alike.
"""

from __future__ import annotations

from charthouse.provenance.errors import DummyKeyError, InvalidArgumentError
from charthouse.provenance.openpgp import public
from charthouse.provenance.openpgp.checking import prehashed
from charthouse.provenance.openpgp.signature import TEXT, suffix
from charthouse.provenance.openpgp.subpackets import encode_claim

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from charthouse.provenance.openpgp.public import PublicKey
    from charthouse.provenance.openpgp.secret import SecretKey

__all__ = ["SALT_SIZE", "sign_text"]

_SHA512 = 10
SALT_SIZE = 32
_SALT_NOTATION = b"salt@notations.openpgpjs.org"
_LEAST_RSA = 1024


def sign_text(secret: SecretKey, text: bytes, *, now: int, salt: bytes) -> bytes:
    """The packet of a signature over `text`, whose lines end in carriage return and line feed.

    now: seconds since 1970; salt: SALT_SIZE random octets. Raises OpenPGPError.
    """
    import hashlib

    if secret.dummy:
        raise DummyKeyError("dummy key found", hint="the keyring holds the key without its secret")
    key = secret.public
    claims = _claims(key, now, salt)
    hashed = suffix(key.version, TEXT, key.algorithm, _SHA512, claims)
    six = key.version == 6
    digest = hashlib.sha512((salt if six else b"") + text + hashed).digest()
    body = hashed[:-6] + bytes(4 if six else 2) + digest[:2]
    if six:
        body += bytes([len(salt)]) + salt
    body += _made(secret, digest)
    return b"\xc2" + _length(len(body)) + body


def _claims(key: PublicKey, now: int, salt: bytes) -> bytes:
    made = encode_claim(2, now.to_bytes(4, "big"), critical=True)
    own = encode_claim(33, bytes([key.version]) + key.fingerprint, critical=key.version >= 5)
    if key.version == 6:
        return made + own
    issuer = encode_claim(16, key.key_id.to_bytes(8, "big"))
    sizes = len(_SALT_NOTATION).to_bytes(2, "big") + len(salt).to_bytes(2, "big")
    return made + issuer + encode_claim(20, bytes(4) + sizes + _SALT_NOTATION + salt) + own


def _length(size: int) -> bytes:
    if size < 192:
        return bytes([size])
    if size < 8384:
        return bytes([192 + ((size - 192) >> 8), (size - 192) & 0xFF])
    return b"\xff" + size.to_bytes(4, "big")


def _mpi(data: bytes) -> bytes:
    data = data.lstrip(b"\0")
    bits = 8 * (len(data) - 1) + data[0].bit_length() if data else 0
    return bits.to_bytes(2, "big") + data


def _made(secret: SecretKey, digest: bytes) -> bytes:
    """The signature proper, as the packet has it."""
    from cryptography.hazmat.primitives.asymmetric import ec, padding

    algorithm, signer = secret.public.algorithm, secret.signer
    if signer is None:
        raise InvalidArgumentError("signing key is encrypted")
    if algorithm in (public.RSA, public.RSA_SIGN):
        if signer.key_size < _LEAST_RSA:
            raise InvalidArgumentError(
                "Signature: need to call Sign, SignUserId or SignKey before Serialize",
                hint=f"an RSA key of {signer.key_size} bits is too short to sign with",
            )
        return _mpi(signer.sign(digest, padding.PKCS1v15(), prehashed(_SHA512)))
    if algorithm == public.DSA:
        return _pair(signer.sign(digest, prehashed(_SHA512)))
    if algorithm == public.ECDSA:
        return _pair(signer.sign(digest, ec.ECDSA(prehashed(_SHA512))))
    found: bytes = signer.sign(digest)
    if algorithm != public.EDDSA:
        return found
    if len(found) == 64:
        return _mpi(found[:32]) + _mpi(found[32:])
    return _mpi(b"\x40" + found) + _mpi(b"")


def _pair(made: Any) -> bytes:
    from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

    numbers = decode_dss_signature(made)
    return b"".join(_mpi(number.to_bytes((number.bit_length() + 7) // 8, "big")) for number in numbers)
