"""ASCII armour: binary data as lines of base64 between a head and a foot.

Rules: go-crypto 1.4.1 ``openpgp/armor`` (``Decode``, ``encode``), Go's ``bufio.Reader.ReadLine`` with a buffer of 100
octets and ``encoding/base64``'s decoder: what is broken is found when it is reached, and told with its place in the
piece being read. A checksum line is never checked, and none is written.
"""

from __future__ import annotations

from charthouse.provenance.errors import OpenPGPError, StructuralError, TruncatedError
from charthouse.provenance.openpgp.octets import Source

__all__ = ["Block", "Lines", "decode", "encode"]

_BUFFER = 100
_LONGEST = 96
_START, _END = b"-----BEGIN ", b"-----END "
_ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"


class Lines:
    """Lines of `data`, in pieces of 100 octets when they are longer. taken: how much of `data` was looked at ahead."""

    __slots__ = ("_data", "_position", "taken")

    def __init__(self, data: bytes, position: int = 0) -> None:
        self._data = data
        self._position = position
        self.taken = position

    def next(self) -> tuple[bytes, bool] | None:
        """A line without its end, and whether it goes on; None at the end."""
        data, start = self._data, self._position
        if start >= len(data):
            self.taken = len(data)
            return None
        end = data.find(b"\n", start, min(start + _BUFFER, len(data)))
        if end >= self.taken or end < 0:
            self.taken = min(start + _BUFFER, len(data))
        if end >= 0:
            self._position = end + 1
            return data[start:end].removesuffix(b"\r"), False
        if len(data) - start < _BUFFER:
            self._position = len(data)
            return data[start:], False
        piece = data[start : start + _BUFFER]
        piece = piece.removesuffix(b"\r")
        self._position = start + len(piece)
        return piece, True


class Block:
    """kind: what the head says, as "PGP SIGNATURE". body: the data; lines: where it is read from."""

    __slots__ = ("body", "kind", "lines")

    def __init__(self, kind: str, lines: Lines) -> None:
        self.kind = kind
        self.lines = lines
        self.body = _Body(lines)


def decode(lines: Lines) -> Block | None:
    """The next block, its data unread; None when there is none. Raises nothing."""
    while (kind := _head(lines)) is not None:
        if _skip_headers(lines):
            return Block(kind.decode("utf-8", "surrogateescape"), lines)
    return None


def _head(lines: Lines) -> bytes | None:
    """What the next head says, behind anything else."""
    goes_on = False
    while (line := lines.next()) is not None:
        before, (text, goes_on) = goes_on, line
        text = text.strip()
        if not before and not goes_on and len(text) > len(_START) + 5 and text.startswith(_START):
            return text[len(_START) : -5]
    return None


def _skip_headers(lines: Lines) -> bool:
    """Go behind the headers; False where there is a line that is none, or no line any more."""
    goes_on = False
    while (line := lines.next()) is not None:
        before, (text, goes_on) = goes_on, line
        if before:
            continue
        if not text.strip():
            return True
        if b":" not in text:
            return False
    return False


class _Base64Lines:
    """The lines of a block's body, as far as a foot or a checksum."""

    __slots__ = ("_kept", "_lines", "_over")

    def __init__(self, lines: Lines) -> None:
        self._lines = lines
        self._kept = b""
        self._over = False

    def some(self, count: int) -> bytes | None:
        """At most `count` characters; None at the end."""
        while not self._kept:
            if self._over:
                return None
            line = self._lines.next()
            if line is None:
                self._over = True
                return None
            if line[1]:
                raise StructuralError("armor invalid")
            text = line[0].strip()
            if text.startswith(_END) or (len(text) == 5 and text[:1] == b"="):
                self._over = True
                return None
            if len(text) > _LONGEST:
                raise StructuralError("armor invalid")
            self._kept = text
        found, self._kept = self._kept[:count], self._kept[count:]
        return found


class _Body(Source):
    """The octets base64 stands for, decoded as far as they are asked for."""

    __slots__ = ("_chars", "_ended", "_inner", "_out", "_problem")

    def __init__(self, lines: Lines) -> None:
        self._inner = _Base64Lines(lines)
        self._chars = b""
        self._out = b""
        self._ended = False
        self._problem: OpenPGPError | None = None

    def some(self, count: int) -> bytes:
        while not self._out:
            if self._problem is not None:
                raise self._problem
            self._problem = self._fill(count)
            if self._problem is not None:
                continue
            if not self._chars:
                return b""
            size = len(self._chars) // 4 * 4
            self._out = self._decode(self._chars[:size])
            self._chars = self._chars[size:]
        found, self._out = self._out[:count], self._out[count:]
        return found

    def _fill(self, count: int) -> OpenPGPError | None:
        """Take in characters for `count` octets, at least four; what is wrong when there are some, but fewer."""
        while len(self._chars) < 4 and not self._ended:
            wanted = min(max(4, count // 3 * 4), 1024) - len(self._chars)
            try:
                found = self._inner.some(wanted)
            except OpenPGPError as problem:
                return problem
            if found is None:
                self._ended = True
            else:
                self._chars += found.replace(b"\r", b"")
        return TruncatedError() if 0 < len(self._chars) < 4 else None

    def _decode(self, chars: bytes) -> bytes:
        import binascii

        bad = chars.translate(None, _ALPHABET)
        if not bad:
            return binascii.a2b_base64(chars)
        out = b""
        for start in range(0, len(chars), 4):
            octets, wrong = _quantum(chars, start)
            out += octets
            if wrong >= 0:
                self._problem = OpenPGPError(f"illegal base64 data at input byte {wrong}")
                break
        return out


def _quantum(chars: bytes, start: int) -> tuple[bytes, int]:
    """Four characters: what they stand for, and the place of what is wrong with them or behind them, -1 for nothing."""
    import binascii

    group = chars[start : start + 4]
    for place, char in enumerate(group):
        if char in _ALPHABET:
            continue
        if char != 0x3D or place < 2:
            return b"", start + place
        if place == 2 and group[3] != 0x3D:
            return b"", start + 2
        whole = group[:place].ljust(4, b"A")
        end = start + 4
        return binascii.a2b_base64(whole)[: place - 1], end if end < len(chars) else -1
    return binascii.a2b_base64(group), -1


def encode(kind: str, data: bytes) -> bytes:
    """`data` as a block without checksum."""
    import base64

    text = base64.b64encode(data)
    lines = b"\n".join(text[start : start + 64] for start in range(0, len(text), 64))
    name = kind.encode()
    return b"-----BEGIN " + name + b"-----\n\n" + lines + b"\n-----END " + name + b"-----"
