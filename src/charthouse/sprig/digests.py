"""Checksums of a text's bytes.

Rules: sprig crypto.go.
"""

from __future__ import annotations

from charthouse.golang.kinds import go_bytes

__all__ = ["adler32sum", "sha1sum", "sha256_octets", "sha256sum", "sha512sum"]


def sha1sum(text: str) -> str:
    """SHA-1 in hexadecimal."""
    from hashlib import sha1

    return sha1(go_bytes(text), usedforsecurity=False).hexdigest()


def sha256sum(text: str) -> str:
    """SHA-256 in hexadecimal."""
    return sha256_octets(go_bytes(text)).hex()


def sha256_octets(data: bytes) -> bytes:
    """SHA-256 of bytes."""
    try:
        from _sha256 import sha256  # type: ignore[import-not-found]  # CPython 3.11's own: a tenth of hashlib's import time
    except ImportError:
        from hashlib import sha256
    digest: bytes = sha256(data).digest()
    return digest


def sha512sum(text: str) -> str:
    """SHA-512 in hexadecimal."""
    from hashlib import sha512

    return sha512(go_bytes(text)).hexdigest()


def adler32sum(text: str) -> str:
    """Adler-32 in decimal."""
    from zlib import adler32

    return str(adler32(go_bytes(text)))
