"""Random texts and numbers, from the system's generator.

Rules: sprig strings.go and crypto.go over goutils cryptorandomstringutils.go (letters and digits between space and
``z``; for ``randAscii`` all printable ASCII characters) and google/uuid.
"""

from __future__ import annotations

from charthouse.golang.kinds import GoError
from charthouse.golang.size import check_size
from charthouse.sprig.panics import makeslice

__all__ = ["alpha", "alpha_numeric", "ascii_text", "integer", "numeric", "random_bytes", "shuffle", "uuidv4"]

_DIGITS = "0123456789"
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_ASCII = "".join(map(chr, range(32, 127)))


def _text(alphabet: str, count: int) -> str:
    if count <= 0:  # goutils refuses a negative length, sprig drops its error
        return ""
    check_size(count)
    from os import urandom

    # Bytes past the last whole multiple of the alphabet's size are dropped, so that every character is as likely. (The
    # module `secrets` would do, and takes longer to import than a small chart to render.)
    size = len(alphabet)
    usable = 256 - 256 % size
    out: list[str] = []
    while len(out) < count:
        out += [alphabet[byte % size] for byte in urandom(count - len(out) + 16) if byte < usable]
    return "".join(out[:count])


def alpha_numeric(count: int) -> str:
    """That many letters and digits."""
    return _text(_LETTERS + _DIGITS, count)


def alpha(count: int) -> str:
    """That many letters."""
    return _text(_LETTERS, count)


def ascii_text(count: int) -> str:
    """That many printable ASCII characters."""
    return _text(_ASCII, count)


def numeric(count: int) -> str:
    """That many digits."""
    return _text(_DIGITS, count)


def random_bytes(count: int) -> str:
    """That many bytes in base 64. Raises GoError for a negative number."""
    if count < 0:
        raise makeslice()
    check_size(count)
    from binascii import b2a_base64
    from os import urandom

    return b2a_base64(urandom(count), newline=False).decode("ascii")


def integer(low: int, high: int) -> int:
    """A number from `low` up to but without `high`. Raises GoError when there is none."""
    if high <= low:
        raise GoError("invalid argument to Intn")
    from secrets import randbelow

    return low + randbelow(high - low)


def shuffle(text: str) -> str:
    """The characters in another order."""
    from secrets import SystemRandom

    from charthouse.golang.unicode import runes

    letters = list(runes(text))
    SystemRandom().shuffle(letters)
    return "".join(letters)


def uuidv4() -> str:
    """A random UUID."""
    from os import urandom

    number = bytearray(urandom(16))
    number[6] = number[6] & 0x0F | 0x40
    number[8] = number[8] & 0x3F | 0x80
    text = number.hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
