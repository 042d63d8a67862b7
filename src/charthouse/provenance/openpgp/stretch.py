"""From a passphrase to the key a secret key is locked with (string-to-key).

Rules: go-crypto 1.4.1 ``openpgp/s2k``; RFC 4880 §3.7, RFC 9580 §3.7.1.4. Differs: Argon2 is given 2 GiB at most.
"""

from __future__ import annotations

from charthouse.provenance.errors import DummyKeyError, OpenPGPError, StructuralError, UnsupportedError
from charthouse.records import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from charthouse.provenance.openpgp.octets import Source

__all__ = ["ARGON2", "DUMMY", "HASHES", "SIMPLE", "Stretch", "read_stretch"]

SIMPLE, SALTED, ITERATED, ARGON2, DUMMY = 0, 1, 3, 4, 101
HASHES = {2: "sha1", 8: "sha256", 9: "sha384", 10: "sha512", 11: "sha224", 12: "sha3_256", 14: "sha3_512"}
"""Hash algorithms by their numbers in OpenPGP (RFC 4880 §9.4)."""
_MOST_MEMORY = 21
_STEP = 1 << 16


class Stretch(Record):
    """How it is done. cost: of ITERATED, how many octets are hashed; passes, lanes, memory: of ARGON2 (memory as a
    power of two, in KiB)."""

    mode: int
    hash_id: int = 0
    salt: bytes = b""
    cost: int = 0
    passes: int = 0
    lanes: int = 0
    memory: int = 0

    def check(self) -> None:
        """Raises OpenPGPError when it cannot be done."""
        if self.mode == DUMMY:
            raise DummyKeyError("dummy key found")
        if self.mode != ARGON2 and self.hash_id not in HASHES:
            raise UnsupportedError(f"hash for S2K function: {self.hash_id}")

    def key(self, passphrase: bytes, size: int) -> bytes:
        """`size` octets from the passphrase. Raises OpenPGPError."""
        if self.mode == ARGON2:
            return self._argon2(passphrase, size)
        import hashlib

        text = self.salt + passphrase
        count = max(self.cost, len(text)) if self.mode == ITERATED else len(text)
        block = text * max(1, _STEP // max(1, len(text))) if count > len(text) else text
        out = b""
        zeros = 0
        while len(out) < size:
            digest = hashlib.new(HASHES[self.hash_id], b"\0" * zeros, usedforsecurity=False)
            whole, part = divmod(count, len(block)) if block else (0, 0)
            for _ in range(whole):
                digest.update(block)
            digest.update(block[:part])
            out += digest.digest()
            zeros += 1
        return out[:size]

    def _argon2(self, passphrase: bytes, size: int) -> bytes:
        if self.memory > _MOST_MEMORY:
            raise OpenPGPError(
                f"the key's passphrase protection asks for 2^{self.memory} KiB of memory",
                hint="more than 2 GiB is refused; protect the key again with less",
            )
        from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

        kdf = Argon2id(
            salt=self.salt, length=size, iterations=self.passes, lanes=self.lanes, memory_cost=1 << self.memory
        )
        return kdf.derive(passphrase)


def read_stretch(source: Source) -> Stretch:
    """Read a specifier. Raises OpenPGPError, EndOfData."""
    mode = source.full(1)[0]
    if mode == SIMPLE:
        return Stretch(mode, source.full(1)[0])
    if mode == SALTED:
        found = source.full(9)
        return Stretch(mode, found[0], found[1:])
    if mode == ITERATED:
        found = source.full(10)
        coded = found[9]
        return Stretch(mode, found[0], found[1:9], (16 + (coded & 15)) << ((coded >> 4) + 6))
    if mode == ARGON2:
        found = source.full(19)
        passes, lanes, memory = found[16:]
        if not lanes:
            raise StructuralError("invalid argon2 params: parallelism is 0")
        if not passes:
            raise StructuralError("invalid argon2 params: iterations is 0")
        if memory > 31 or 1 << memory < 8 * lanes:
            raise StructuralError("invalid argon2 params: memory is out of bounds")
        return Stretch(mode, salt=found[:16], passes=passes, lanes=lanes, memory=memory)
    if mode == DUMMY:
        found = source.full(5)
        if found[1:] == b"GNU\x01":
            return Stretch(mode, found[0])
        raise UnsupportedError("GNU S2K extension")
    raise UnsupportedError("S2K function")
