"""Whether a signature is this key's over this data.

Rules: go-crypto 1.4.1 ``openpgp/packet/public_key.go`` (``VerifySignature``, ``VerifyKeySignature``,
``VerifyUserIdSignature``); RFC 4880 §5.2.4. The arithmetic is ``cryptography``'s.
"""

from __future__ import annotations

from charthouse.provenance.errors import InvalidArgumentError, InvalidSignatureError, OpenPGPError, StructuralError
from charthouse.provenance.openpgp import public
from charthouse.provenance.openpgp.curves import weierstrass
from charthouse.provenance.openpgp.stretch import HASHES
from charthouse.provenance.openpgp.subpackets import SIGN

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from charthouse.provenance.openpgp.public import PublicKey
    from charthouse.provenance.openpgp.signature import Signature

__all__ = ["check", "check_name", "check_own", "check_subkey", "prehashed"]

_LEAST_RSA = 1024


def check(key: PublicKey, signature: Signature, data: bytes) -> None:
    """Raises OpenPGPError unless `signature` is one of `key` over `data` (the packet's own part is added here)."""
    import hashlib

    if key.algorithm in (public.RSA_ENCRYPT, public.ELGAMAL, public.ECDH):
        raise InvalidArgumentError("public key cannot generate signatures")
    state = hashlib.new(HASHES[signature.hash_id], signature.salt, usedforsecurity=False)
    state.update(data)
    state.update(signature.hashed)
    digest = state.digest()
    if signature.version >= 5 and digest[:2] != signature.tag:
        raise InvalidSignatureError("hash tag doesn't match")
    if key.algorithm != signature.algorithm:
        raise InvalidArgumentError("public key and signature use different algorithms")
    name = _NAMES.get(key.algorithm)
    if name is None:
        raise InvalidSignatureError("Unsupported public key algorithm used in signature")
    if not _valid(key, signature, digest):
        raise InvalidSignatureError(f"{name} verification failure")


_NAMES = {
    public.RSA: "RSA",
    public.RSA_SIGN: "RSA",
    public.DSA: "DSA",
    public.ECDSA: "ECDSA",
    public.EDDSA: "EdDSA",
    public.ED25519: "Ed25519",
    public.ED448: "ed448",
}


def _valid(key: PublicKey, signature: Signature, digest: bytes) -> bool:
    from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm

    try:
        if key.algorithm in (public.RSA, public.RSA_SIGN):
            return _rsa(key, signature, digest)
        if key.algorithm == public.DSA:
            return _dsa(key, signature, digest)
        if key.algorithm == public.ECDSA:
            return _ecdsa(key, signature, digest)
        return _edwards(key, signature, digest)
    except (InvalidSignature, UnsupportedAlgorithm, ValueError):
        return False


def prehashed(hash_id: int) -> Any:
    """What tells ``cryptography`` that it is given a hash of this kind."""
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric.utils import Prehashed

    return Prehashed(getattr(hashes, HASHES[hash_id].upper())())


def _rsa(key: PublicKey, signature: Signature, digest: bytes) -> bool:
    from cryptography.hazmat.primitives.asymmetric import padding, rsa

    n, e = key.numbers
    if n.bit_length() < _LEAST_RSA:
        return False
    size = (n.bit_length() + 7) // 8
    made = signature.numbers[0].rjust(size, b"\0")
    rsa.RSAPublicNumbers(e, n).public_key().verify(made, digest, padding.PKCS1v15(), prehashed(signature.hash_id))
    return True


def _pair(signature: Signature) -> bytes:
    from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

    r, s = (int.from_bytes(number, "big") for number in signature.numbers)
    return encode_dss_signature(r, s)


def _dsa(key: PublicKey, signature: Signature, digest: bytes) -> bool:
    from cryptography.hazmat.primitives.asymmetric import dsa

    p, q, g, y = key.numbers
    numbers = dsa.DSAPublicNumbers(y, dsa.DSAParameterNumbers(p, q, g))
    numbers.public_key().verify(_pair(signature), digest, prehashed(signature.hash_id))
    return True


def _ecdsa(key: PublicKey, signature: Signature, digest: bytes) -> bool:
    from cryptography.hazmat.primitives.asymmetric import ec

    assert key.curve is not None
    found = weierstrass(key.curve, key.point)
    if found is None:
        return False
    found.verify(_pair(signature), digest, ec.ECDSA(prehashed(signature.hash_id)))
    return True


def _edwards(key: PublicKey, signature: Signature, digest: bytes) -> bool:
    from cryptography.hazmat.primitives.asymmetric.ed448 import Ed448PublicKey
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    if key.algorithm != public.EDDSA:
        made = signature.numbers[0]
    elif len(key.point) == 32:
        r, s = signature.numbers
        if len(r) > 32 or len(s) > 32:
            return False
        made = r.rjust(32, b"\0") + s.rjust(32, b"\0")
    else:
        made = signature.numbers[0][1:]
    kind: Any = Ed25519PublicKey if len(key.point) == 32 else Ed448PublicKey
    kind.from_public_bytes(key.point).verify(made, digest)
    return True


def check_own(key: PublicKey, signature: Signature) -> None:
    """Over the key itself: its revocation, or what it says of itself. Raises OpenPGPError."""
    check(key, signature, key.signed_octets())


def check_name(key: PublicKey, name: bytes, signature: Signature) -> None:
    """Over the key and one of its names. Raises OpenPGPError."""
    check(key, signature, key.signed_octets() + b"\xb4" + len(name).to_bytes(4, "big") + name)


def check_subkey(key: PublicKey, subkey: PublicKey, signature: Signature) -> None:
    """Over the key and a subkey; one that signs must say itself whose it is. Raises OpenPGPError."""
    both = key.signed_octets() + subkey.signed_octets()
    check(key, signature, both)
    if not (signature.claims.flags or 0) & SIGN:
        return
    own = signature.claims.embedded
    if own is None:
        raise StructuralError("signing subkey is missing cross-signature")
    try:
        check(subkey, own, both)
    except OpenPGPError as error:
        raise StructuralError(f"error while verifying cross-signature: {error}") from None
