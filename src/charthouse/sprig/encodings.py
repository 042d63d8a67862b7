"""Base 64 and base 32.

Rules: sprig strings.go over Go's encoding/base64 and encoding/base32 (standard alphabets, with padding). Decoders skip
newlines; their errors come out as the text of the result, so the offset they name is Go's.
"""

from __future__ import annotations

from charthouse.golang.kinds import GoError, go_bytes, go_string

__all__ = ["b32dec", "b32enc", "b64dec", "b64enc", "decode64"]

_DIGITS64 = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
_DIGITS32 = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")


def b64enc(text: str) -> str:
    """Base 64 of the text's bytes."""
    from binascii import b2a_base64

    return b2a_base64(go_bytes(text), newline=False).decode("ascii")


def decode64(text: str) -> bytes:
    """The bytes of base 64 text. Raises GoError naming the offset of the first illegal byte."""
    from binascii import a2b_base64

    data = go_bytes(text)
    bare = data.replace(b"\n", b"").replace(b"\r", b"")
    digits = bare.rstrip(b"=")
    if len(bare) % 4 == 0 and len(bare) - len(digits) <= 2 and len(digits) % 4 != 1 and _DIGITS64.issuperset(digits):
        return a2b_base64(bare)
    raise GoError(f"illegal base64 data at input byte {_fault64(data)}")


def _fault64(data: bytes) -> int:
    """The offset Go's decoder names (encoding/base64 ``decodeQuantum``)."""
    position, length = 0, len(data)
    while True:
        count = 0
        while count < 4:
            if position == length:
                return position - count if count else position
            byte = data[position]
            position += 1
            if byte in b"\r\n":
                continue
            if byte in _DIGITS64:
                count += 1
                continue
            if byte != ord("=") or count < 2:
                return position - 1
            if count == 2:
                while position < length and data[position] in b"\r\n":
                    position += 1
                if position == length:
                    return length
                if data[position] != ord("="):
                    return position - 1
                position += 1
            while position < length and data[position] in b"\r\n":
                position += 1
            return position


def b64dec(text: str) -> str:
    """The text behind base 64, or the decoder's error text."""
    try:
        return go_string(decode64(text))
    except GoError as error:
        return str(error)


def b32enc(text: str) -> str:
    """Base 32 of the text's bytes."""
    from base64 import b32encode

    return b32encode(go_bytes(text)).decode("ascii")


def b32dec(text: str) -> str:
    """The text behind base 32, or the decoder's error text."""
    data = go_bytes(text).replace(b"\n", b"").replace(b"\r", b"")
    digits = data.rstrip(b"=")
    if len(data) % 8 or len(data) - len(digits) not in (0, 1, 3, 4, 6) or not _DIGITS32.issuperset(digits):
        end, fault = _scan32(data)
        if fault is not None:
            return f"illegal base32 data at input byte {fault}"
        digits = data[:end]
    from base64 import b32decode

    return go_string(b32decode(digits + b"=" * (-len(digits) % 8)))


def _scan32(data: bytes) -> tuple[int, int | None]:
    """How many digits Go's decoder takes (it ignores what follows the padding) and the offset it names, if any.

    Rule: encoding/base32 ``decode``; newlines are already gone.
    """
    position, length = 0, len(data)
    while position < length:
        for count in range(8):
            if position == length:
                return 0, length - count
            byte = data[position]
            position += 1
            left = length - position
            if byte == ord("=") and count >= 2 and left < 8:
                if left + count < 7:
                    return 0, length
                for offset in range(7 - count):
                    if left > offset and data[position + offset] != ord("="):
                        return 0, position + offset - 1
                return position - 1, position - 1 if count in (3, 6) else None
            if byte not in _DIGITS32:
                return 0, position - 1
    return length, None
