"""Keys out of a GnuPG keybox (pubring.kbx).

Rules: Helm 4.3.1 ``pkg/provenance/keybox.go``; the format is that of GnuPG's ``kbx/keybox-blob.c``.
"""

from __future__ import annotations

from charthouse.provenance.errors import ProvenanceError

__all__ = ["is_keybox", "public_keys"]

_HEADER, _OPENPGP = 1, 2
_EPHEMERAL = 0x0002
_LEAST, _LEAST_OPENPGP = 5, 16


def is_keybox(data: bytes) -> bool:
    """Whether it begins as a keybox does."""
    return len(data) >= 12 and data[4] == _HEADER and data[8:12] == b"KBXf"


def public_keys(data: bytes) -> bytes:
    """The keys in it one behind the other, as a keyring. Raises ProvenanceError."""
    found = []
    offset = 0
    while offset < len(data):
        left = len(data) - offset
        if left < _LEAST:
            raise ProvenanceError(f"truncated blob header at offset {offset}")
        size = int.from_bytes(data[offset : offset + 4], "big")
        if size < _LEAST:
            raise ProvenanceError(f"invalid blob length {size} at offset {offset}")
        if size > left:
            raise ProvenanceError(f"blob at offset {offset} has length {size} exceeding the {left} remaining bytes")
        blob = data[offset : offset + size]
        if blob[4] == _OPENPGP:
            found.append(_key(blob, offset))
        offset += size
    keys = b"".join(found)
    if not keys:
        raise ProvenanceError("keybox contains no OpenPGP keys")
    return keys


def _key(blob: bytes, offset: int) -> bytes:
    if len(blob) < _LEAST_OPENPGP:
        raise ProvenanceError(f"OpenPGP blob at offset {offset} is too short")
    flags = int.from_bytes(blob[6:8], "big")
    start, size = int.from_bytes(blob[8:12], "big"), int.from_bytes(blob[12:16], "big")
    if start + size > len(blob):
        raise ProvenanceError(f"OpenPGP blob at offset {offset} has an out-of-range keyblock")
    return b"" if flags & _EPHEMERAL else blob[start : start + size]
