"""The recorded keys and provenance files."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from charthouse.provenance import parse_keyring
from charthouse.provenance.openpgp.entity import Entity

DATA = Path(__file__).parent / "data"
NAME = "web-0.1.0.tgz"
NOW = 1795500000
"""A day after everything was signed, in seconds since 1970."""
LOCKED = ("locked", "dsa", "p256", "p521", "pool", "ed")
NEWER = ("v6ed25519-argon", "v6ecdsa-ocb", "v6ed448-open", "v4eddsa-eax", "v4ed448-gcm", "v4ed25519-sha1")
"""Keys of RFC 9580, and ways to lock them."""
SIGNERS = ("rsa", "locked", "dsa", "p256", "p384", "p521", "pool", "coin", "ed", "twin", "twin2")


def octets(name: str) -> bytes:
    return (DATA / name).read_bytes()


@cache
def ring(name: str = "pub.gpg") -> tuple[Entity, ...]:
    return tuple(parse_keyring(octets(name), name))
