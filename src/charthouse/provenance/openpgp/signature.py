"""Signature packets: what they say, and the octets of them that are signed with everything else.

Rules: go-crypto 1.4.1 ``openpgp/packet/signature.go`` (``Signature.parse``, ``buildHashSuffix``); RFC 4880 §5.2,
RFC 9580 for version 6. Versions before 4 are skipped.
"""

from __future__ import annotations

from charthouse.provenance.errors import StructuralError, UnsupportedError
from charthouse.provenance.openpgp import public
from charthouse.provenance.openpgp.octets import Octets
from charthouse.provenance.openpgp.stretch import HASHES
from charthouse.provenance.openpgp.subpackets import Claims, read_claims

TYPE_CHECKING = False
if TYPE_CHECKING:
    from charthouse.provenance.openpgp.octets import Source
    from charthouse.provenance.openpgp.public import PublicKey

__all__ = [
    "BINARY", "CERTIFICATIONS", "CERTIFICATION_REVOCATION", "DIRECT", "KEY_REVOCATION", "PRIMARY_BINDING",
    "SUBKEY_BINDING", "SUBKEY_REVOCATION", "TEXT", "Signature", "read_signature", "suffix",
]  # fmt: skip

BINARY, TEXT = 0x00, 0x01
CERTIFICATIONS = frozenset({0x10, 0x11, 0x12, 0x13})
SUBKEY_BINDING, PRIMARY_BINDING, DIRECT = 0x18, 0x19, 0x1F
KEY_REVOCATION, SUBKEY_REVOCATION, CERTIFICATION_REVOCATION = 0x20, 0x28, 0x30
_SALTS = {8: 16, 9: 24, 10: 32, 11: 16, 12: 16, 14: 32}
_MPIS = {public.RSA: 1, public.RSA_SIGN: 1, public.DSA: 2, public.ECDSA: 2, public.EDDSA: 2}
_PLAIN = {public.ED25519: 64, public.ED448: 114}


class Signature:
    """kind: what is signed (RFC 4880 §5.2.1). hash_id: of HASHES. claims: its subpackets. hashed: what of it is signed
    too. tag: the first octets of the hash. numbers: the signature proper, integers as the packet has them without their
    lengths, or the one string of octets of the newer algorithms. salt: of version 6."""

    __slots__ = ("algorithm", "claims", "hash_id", "hashed", "kind", "numbers", "salt", "tag", "version")

    def __init__(self, version: int, kind: int, algorithm: int, hash_id: int) -> None:
        self.version = version
        self.kind = kind
        self.algorithm = algorithm
        self.hash_id = hash_id
        self.claims = Claims()
        self.hashed = b""
        self.tag = b""
        self.numbers: tuple[bytes, ...] = ()
        self.salt = b""

    def is_by(self, key: PublicKey) -> bool:
        """Whether it says that `key` made it (``CheckKeyIdOrFingerprint``)."""
        if len(self.claims.fingerprint) >= 20:
            return self.claims.fingerprint == key.fingerprint
        return self.claims.issuer == key.key_id


def suffix(version: int, kind: int, algorithm: int, hash_id: int, claims: bytes) -> bytes:
    """What is hashed behind the data: the packet's head, its hashed subpackets, and how long that is."""
    width = 4 if version == 6 else 2
    head = bytes([version, kind, algorithm, hash_id]) + len(claims).to_bytes(width, "big") + claims
    return head + bytes([version, 0xFF]) + len(head).to_bytes(4, "big")


def read_signature(source: Source, *, embedded: bool = False) -> Signature:
    """Read a signature from its packet. embedded: it stands in another one. Raises OpenPGPError, EndOfData."""
    version = source.must(1)[0]
    if version not in (4, 5, 6):
        raise UnsupportedError(f"signature packet version {version}")
    if version == 5:
        raise UnsupportedError("support for parsing v5 entities is disabled; build with `-tags v5` if needed")
    width = 4 if version == 6 else 2
    head = source.must(3 + width)
    found = Signature(version, head[0], head[1], head[2])
    if found.algorithm not in public.SIGNING:
        raise UnsupportedError(f"public key algorithm {found.algorithm}")
    if found.hash_id not in HASHES or (version == 6 and found.hash_id == 2):
        raise UnsupportedError(f"hash function {found.hash_id}")
    claims = source.must(int.from_bytes(head[3:], "big"))
    found.hashed = suffix(version, found.kind, found.algorithm, found.hash_id, claims)
    read_claims(found.claims, claims, _embedded, hashed=True, version=version, deep=embedded)
    size = int.from_bytes(source.must(width), "big")
    read_claims(found.claims, source.must(size), _embedded, hashed=False, version=version, deep=embedded)
    found.tag = source.must(2)
    if version == 6:
        size = source.must(1)[0]
        if size != _SALTS[found.hash_id]:
            raise StructuralError("unexpected salt size for the given hash algorithm")
        found.salt = source.must(size)
    if found.algorithm in _PLAIN:
        found.numbers = (source.full(_PLAIN[found.algorithm]),)
    else:
        found.numbers = tuple(source.mpi()[2:] for _ in range(_MPIS[found.algorithm]))
    return found


def _embedded(data: bytes) -> Signature:
    """A signature inside a signature: a subkey's word that it belongs to the primary key."""
    found = read_signature(Octets(data), embedded=True)
    if found.kind != PRIMARY_BINDING:
        raise StructuralError(f"cross-signature has unexpected type {found.kind}")
    return found
