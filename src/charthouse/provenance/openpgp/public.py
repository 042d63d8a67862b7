"""Public keys: reading their packet, their fingerprint, and the octets of them that are signed.

Rules: go-crypto 1.4.1 ``openpgp/packet/public_key.go`` (``PublicKey.parse``, ``setFingerprintAndKeyId``,
``SerializeForHash``); RFC 4880 §5.5.2 and §12.2, RFC 9580 for version 6.
"""

from __future__ import annotations

from charthouse.provenance.errors import OpenPGPError, StructuralError, UnsupportedError
from charthouse.provenance.openpgp.curves import find, weierstrass

TYPE_CHECKING = False
if TYPE_CHECKING:
    from charthouse.provenance.openpgp.curves import Curve
    from charthouse.provenance.openpgp.octets import Source

__all__ = [
    "DSA", "ECDH", "ECDSA", "ED448", "ED25519", "EDDSA", "ELGAMAL", "RSA", "RSA_ENCRYPT", "RSA_SIGN", "SIGNING",
    "X448", "X25519", "PublicKey", "read_public_key",
]  # fmt: skip

RSA, RSA_ENCRYPT, RSA_SIGN, ELGAMAL, DSA, ECDH, ECDSA, EDDSA = 1, 2, 3, 16, 17, 18, 19, 22
X25519, X448, ED25519, ED448 = 25, 26, 27, 28

SIGNING = frozenset({RSA, RSA_SIGN, DSA, ECDSA, EDDSA, ED25519, ED448})
"""Algorithms that sign."""
_MPIS = {RSA: 2, RSA_ENCRYPT: 2, RSA_SIGN: 2, DSA: 4, ELGAMAL: 3}
_PLAIN = {X25519: 32, X448: 56, ED25519: 32, ED448: 57}
_KDF_HASHES = frozenset({8, 9, 10, 11, 12, 14})
_KDF_CIPHERS = frozenset({2, 3, 7, 8, 9})


class PublicKey:
    """A primary key or subkey.

    created: seconds since 1970. numbers: its integers, in the packet's order (RSA: n, e; DSA: p, q, g, y). curve and
    point: of an elliptic key, the point as the packet has it (for the algorithms above 24: the key itself).
    """

    __slots__ = (
        "algorithm",
        "body",
        "created",
        "curve",
        "fingerprint",
        "is_subkey",
        "key_id",
        "numbers",
        "point",
        "version",
    )

    def __init__(self, version: int, created: int, algorithm: int, *, is_subkey: bool) -> None:
        self.version = version
        self.created = created
        self.algorithm = algorithm
        self.is_subkey = is_subkey
        self.numbers: tuple[int, ...] = ()
        self.curve: Curve | None = None
        self.point = b""
        self.body = b""
        self.fingerprint = b""
        self.key_id = 0

    def signed_octets(self) -> bytes:
        """What of it goes into a signature over it."""
        if self.version >= 5:
            return bytes([0x95 + self.version]) + len(self.body).to_bytes(4, "big") + self.body
        return b"\x99" + (len(self.body) & 0xFFFF).to_bytes(2, "big") + self.body

    def expired(self, lifetime: int, now: int) -> bool:
        """Whether it is over, or not yet there. lifetime: in seconds, 0 = endless; now: seconds since 1970."""
        return self.created > now or (lifetime != 0 and now > self.created + lifetime)

    def complete(self, material: bytes) -> None:
        """Make body and fingerprint. material: the algorithm's own part."""
        import hashlib

        head = bytes([self.version]) + self.created.to_bytes(4, "big") + bytes([self.algorithm])
        count = len(material).to_bytes(4, "big") if self.version >= 5 else b""
        self.body = head + count + material
        if self.version >= 5:
            self.fingerprint = hashlib.sha256(self.signed_octets()).digest()
            self.key_id = int.from_bytes(self.fingerprint[:8], "big")
        else:
            self.fingerprint = hashlib.sha1(self.signed_octets(), usedforsecurity=False).digest()
            self.key_id = int.from_bytes(self.fingerprint[12:], "big")


def read_public_key(source: Source, *, is_subkey: bool) -> PublicKey:
    """Read a key from its packet. Raises OpenPGPError, EndOfData."""
    head = source.must(6)
    version = head[0]
    if version not in (4, 5, 6):
        raise UnsupportedError(f"public key version {version}")
    if version == 5:
        raise UnsupportedError("support for parsing v5 entities is disabled; build with `-tags v5` if needed")
    if version == 6:
        source.must(4)  # the length of what follows, which says so itself
    key = PublicKey(version, int.from_bytes(head[1:5], "big"), head[5], is_subkey=is_subkey)
    key.complete(_material(key, source))
    return key


def _material(key: PublicKey, source: Source) -> bytes:
    """The algorithm's own part, read into `key`."""
    algorithm = key.algorithm
    if algorithm in _MPIS:
        fields = [source.mpi() for _ in range(_MPIS[algorithm])]
        if algorithm in (RSA, RSA_ENCRYPT, RSA_SIGN) and len(fields[1]) - 2 > 3:
            raise UnsupportedError("large public exponent")
        key.numbers = tuple(int.from_bytes(field[2:], "big") for field in fields)
        return b"".join(fields)
    if algorithm in _PLAIN:
        key.point = source.full(_PLAIN[algorithm])
        return key.point
    if algorithm == ECDSA:
        return _ecdsa(key, source)
    if algorithm == ECDH:
        return _ecdh(key, source)
    if algorithm == EDDSA:
        return _eddsa(key, source)
    raise UnsupportedError(f"public key type: {algorithm}")


def _identifier(source: Source) -> bytes:
    """A field with its length in one octet before it."""
    size = source.must(1)
    if size[0] in (0, 255):
        raise UnsupportedError("reserved for future extensions")
    return size + source.must(size[0])


def _curve(identifier: bytes) -> Curve:
    found = find(identifier[1:])
    if found is None:
        raise UnsupportedError(f"unknown oid: &{{{identifier[1:].hex()}}}")
    return found


def _not_for(identifier: bytes) -> UnsupportedError:
    return UnsupportedError(f"unsupported oid: &{{{identifier[1:].hex()}}}")


def _ecdsa(key: PublicKey, source: Source) -> bytes:
    identifier = _identifier(source)
    key.curve = _curve(identifier)
    point = source.mpi()
    if key.curve.kind != "ecdsa":
        raise _not_for(identifier)
    key.point = point[2:]
    if weierstrass(key.curve, key.point) is None:
        raise OpenPGPError("ecdsa: failed to parse EC point")
    return identifier + point


def _ecdh(key: PublicKey, source: Source) -> bytes:
    """A key for encryption: never used here, but a broken one makes its whole keyring refused."""
    identifier = _identifier(source)
    curve = key.curve = _curve(identifier)
    if key.version == 6 and curve.name == "X25519":
        raise StructuralError("cannot read v6 key with deprecated OID: Curve25519Legacy")
    point = source.mpi()
    key.point = point[2:]
    kdf = _identifier(source)
    if curve.kind == "eddsa":
        raise _not_for(identifier)
    if len(kdf) < 4:
        raise UnsupportedError(f"unsupported ECDH KDF length: {len(kdf) - 1}")
    if kdf[1] != 1:
        raise UnsupportedError(f"unsupported KDF reserved field: {kdf[1]}")
    if kdf[2] not in _KDF_HASHES:
        raise UnsupportedError(f"unsupported ECDH KDF hash: {kdf[2]}")
    if kdf[3] not in _KDF_CIPHERS:
        raise UnsupportedError(f"unsupported ECDH KDF cipher: {kdf[3]}")
    if curve.kind == "ecdh" and len(key.point) != curve.size + 1:
        raise OpenPGPError("ecdh: failed to parse EC point")
    return identifier + point + kdf


def _eddsa(key: PublicKey, source: Source) -> bytes:
    if key.version == 6:
        raise StructuralError("cannot generate v6 key with deprecated algorithm: EdDSALegacy")
    identifier = _identifier(source)
    curve = key.curve = _curve(identifier)
    if curve.kind != "eddsa":
        raise _not_for(identifier)
    field = source.mpi()
    point = field[2:]
    if not point:
        raise StructuralError("empty EdDSA public key")
    if point[0] != 0x40:
        raise UnsupportedError(f"unsupported EdDSA compression: {point[0]}")
    if len(point) != curve.size + 1:
        raise OpenPGPError("eddsa: failed to parse EC point")
    key.point = point[1:]
    return identifier + field
