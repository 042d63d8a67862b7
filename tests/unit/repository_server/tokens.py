"""Tokens as an authorization server would sign them. The keys are made for these tests."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

__all__ = ["public_key", "token"]

_LONG_AGO, _FAR_AWAY = 1_000_000_000, 9_000_000_000


@lru_cache
def _key(number: int) -> RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def public_key() -> bytes:
    return (
        _key(0).public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    )


def _access(*actions: str, name: str = "repo") -> list[dict[str, object]]:
    return [{"type": "artifact-repository", "name": name, "actions": list(actions)}]


def token(kind: str) -> str:
    """kind: what it allows (pull, both), or what is wrong with it (late, other, elsewhere, none)."""
    access = {
        "pull": _access("pull"), "both": _access("pull", "push"), "late": _access("pull"), "other": _access("pull"),
        "elsewhere": _access("pull", name="org/repo"), "none": [],
    }[kind]  # fmt: skip
    claims = {"iat": _LONG_AGO, "exp": _LONG_AGO + 1 if kind == "late" else _FAR_AWAY, "access": access}
    return jwt.encode(claims, _key(1 if kind == "other" else 0), algorithm="RS256")
