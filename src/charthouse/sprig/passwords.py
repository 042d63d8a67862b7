"""``bcrypt``, ``htpasswd``, ``derivePassword``.

Rules: sprig crypto.go over golang.org/x/crypto/bcrypt (cost 10, at most 72 bytes) and the Master Password algorithm
(scrypt).
"""

from __future__ import annotations

from charthouse.golang.kinds import go_bytes

__all__ = ["bcrypt", "derive_password", "htpasswd"]

_LONG = (
    *("CvcvnoCvcvCvcv", "CvcvCvcvnoCvcv", "CvcvCvcvCvcvno", "CvccnoCvcvCvcv", "CvccCvcvnoCvcv", "CvccCvcvCvcvno"),
    *("CvcvnoCvccCvcv", "CvcvCvccnoCvcv", "CvcvCvccCvcvno", "CvcvnoCvcvCvcc", "CvcvCvcvnoCvcc", "CvcvCvcvCvccno"),
    *("CvccnoCvccCvcv", "CvccCvccnoCvcv", "CvccCvccCvcvno", "CvcvnoCvccCvcc", "CvcvCvccnoCvcc", "CvcvCvccCvccno"),
    *("CvccnoCvcvCvcc", "CvccCvcvnoCvcc", "CvccCvcvCvccno"),
)
_TEMPLATES: dict[str, tuple[str, ...]] = {
    "maximum": ("anoxxxxxxxxxxxxxxxxx", "axxxxxxxxxxxxxxxxxno"),
    "long": _LONG,
    "medium": ("CvcnoCvc", "CvcCvcno"),
    "short": ("Cvcn",),
    "basic": ("aaanaaan", "aannaaan", "aaannaaa"),
    "pin": ("nnnn",),
}
_CHARACTERS = {
    "V": "AEIOU",
    "C": "BCDFGHJKLMNPQRSTVWXYZ",
    "v": "aeiou",
    "c": "bcdfghjklmnpqrstvwxyz",
    "A": "AEIOUBCDFGHJKLMNPQRSTVWXYZ",
    "a": "AEIOUaeiouBCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz",
    "n": "0123456789",
    "o": "@&%?,=[]_:-+*$#!'^~;()/.",
    "x": "AEIOUaeiouBCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz0123456789!@#$%^&*()",
}
_SEED = b"com.lyndir.masterpassword"


def bcrypt(text: str) -> str:
    """A fresh hash of the text, or a message for more than 72 bytes."""
    data = go_bytes(text)
    if len(data) > 72:
        return "failed to encrypt string with bcrypt: bcrypt: password length exceeds 72 bytes"
    from bcrypt import gensalt, hashpw

    return hashpw(data, gensalt(10, prefix=b"2a")).decode("ascii")


def htpasswd(user: str, password: str) -> str:
    """A line of an htpasswd file."""
    return f"invalid username: {user}" if ":" in user else f"{user}:{bcrypt(password)}"


def _sized(data: bytes) -> bytes:
    return len(data).to_bytes(4, "big") + data


def derive_password(counter: int, kind: str, password: str, user: str, site: str) -> str:
    """The site's password of the Master Password algorithm, or a message for an unknown kind."""
    templates = _TEMPLATES.get(kind)
    if templates is None:
        return f"cannot find password template {kind}"
    from hashlib import scrypt
    from hmac import digest

    salt = _SEED + _sized(go_bytes(user))
    key = scrypt(go_bytes(password), salt=salt, n=32768, r=8, p=2, maxmem=1 << 27, dklen=64)
    seed = digest(key, _SEED + _sized(go_bytes(site)) + int(counter).to_bytes(4, "big"), "sha256")
    template = templates[seed[0] % len(templates)]
    made = []
    for place, byte in zip(template, seed[1:], strict=False):
        characters = _CHARACTERS[place]
        made.append(characters[byte % len(characters)])
    return "".join(made)
