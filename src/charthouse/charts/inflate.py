"""Where a damaged deflate stream is damaged, and what it held before, as Go tells it.

zlib says only that data are wrong; Go names the byte (`flate: corrupt input before offset 844`), and its reader hands
out what came before. So a stream zlib has refused is read once more, bit by bit, as Go reads it: bytes are taken one at
a time and no sooner than a symbol needs them, since the offset counts the bytes taken.

Whose rules: Go 1.27 compress/flate/inflate.go (nextBlock, readHuffman, huffSym, huffmanBlock, dataBlock), RFC 1951.
"""

from __future__ import annotations

__all__ = ["Corruption", "corruption"]

_ORDER = (16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15)
_END = 256
_WINDOW = 32768
_LONGEST = 15


class Corruption(Exception):
    """The stream is damaged. offset: bytes read when that showed."""

    def __init__(self, offset: int) -> None:
        super().__init__(f"flate: corrupt input before offset {offset}")
        self.offset = offset


class _Ended(Exception):
    """The stream ends, in order or early."""


class _Codes:
    """A Huffman code. table: by the next 15 bits, symbol * 16 + length, 0 for bits no code begins with; shortest: the
    bits read before the first look."""

    __slots__ = ("shortest", "table")

    def __init__(self, lengths: list[int]) -> None:
        """Raises ValueError for a code that is over- or under-subscribed."""
        used = [n for n in lengths if n]
        self.table = [0] * (1 << _LONGEST)
        self.shortest = min(used, default=0)
        if not used:
            return
        longest = max(used)
        following = [0] * (longest + 1)
        code = 0
        for length in range(self.shortest, longest + 1):
            code <<= 1
            following[length] = code
            code += used.count(length)
        if code != 1 << longest and not (code == 1 and longest == 1):
            raise ValueError(code)
        for symbol, length in enumerate(lengths):
            if length:
                reverse = int(f"{following[length]:0{length}b}"[::-1], 2)
                following[length] += 1
                for at in range(reverse, 1 << _LONGEST, 1 << length):
                    self.table[at] = symbol << 4 | length


class _Stream:
    """The stream read bit by bit; `out` is what it held so far."""

    __slots__ = ("bits", "count", "data", "limit", "out", "read")

    def __init__(self, data: bytes, limit: int) -> None:
        self.data = data
        self.limit = limit
        self.read = self.bits = self.count = 0
        self.out = bytearray()

    def need(self, count: int) -> None:
        while self.count < count:
            if self.read >= len(self.data) or len(self.out) > self.limit:
                raise _Ended
            self.bits |= self.data[self.read] << self.count
            self.read += 1
            self.count += 8

    def take(self, count: int) -> int:
        self.need(count)
        value = self.bits & ((1 << count) - 1)
        self.bits >>= count
        self.count -= count
        return value

    def symbol(self, codes: _Codes) -> int:
        wanted = codes.shortest
        while True:
            self.need(wanted)
            found = codes.table[self.bits & ((1 << _LONGEST) - 1)]
            wanted = found & 15
            if wanted <= self.count:
                if not found:
                    raise Corruption(self.read)
                self.bits >>= wanted
                self.count -= wanted
                return found >> 4

    def blocks(self) -> None:
        """Every block to the last. Raises Corruption, _Ended."""
        final = 0
        while not final:
            self.need(3)
            final, kind = self.take(1), self.take(2)
            if kind == 0:
                self.stored()
            elif kind == 1:
                lengths = [8] * 144 + [9] * 112 + [7] * 24 + [8] * 8
                self.compressed(_Codes(lengths), None)
            elif kind == 2:
                self.compressed(*self.codes())
            else:
                raise Corruption(self.read)

    def stored(self) -> None:
        self.bits = self.count = 0
        head = self.data[self.read : self.read + 4]
        self.read += len(head)
        if len(head) < 4:
            raise _Ended
        size = head[0] | head[1] << 8
        if head[2] | head[3] << 8 != size ^ 0xFFFF:
            raise Corruption(self.read)
        body = self.data[self.read : self.read + size]
        self.read += len(body)
        self.out += body
        if len(body) < size:
            raise _Ended

    def codes(self) -> tuple[_Codes, _Codes]:
        """The codes a block begins with."""
        self.need(14)
        literals = self.take(5) + 257
        if literals > 286:
            raise Corruption(self.read)
        distances = self.take(5) + 1
        if distances > 30:
            raise Corruption(self.read)
        lengths = [0] * 19
        for at in _ORDER[: self.take(4) + 4]:
            lengths[at] = self.take(3)
        both = self.lengths(self.code(lengths), literals + distances)
        first, second = self.code(both[:literals]), self.code(both[literals:])
        first.shortest = max(first.shortest, both[_END])  # every block needs its end
        return first, second

    def code(self, lengths: list[int]) -> _Codes:
        try:
            return _Codes(lengths)
        except ValueError:
            raise Corruption(self.read) from None

    def lengths(self, codes: _Codes, count: int) -> list[int]:
        out: list[int] = []
        while len(out) < count:
            symbol = self.symbol(codes)
            if symbol < 16:
                out.append(symbol)
                continue
            if symbol == 16 and not out:
                raise Corruption(self.read)
            least, width = {16: (3, 2), 17: (3, 3), 18: (11, 7)}[symbol]
            repeated = least + self.take(width)
            if len(out) + repeated > count:
                raise Corruption(self.read)
            out += [out[-1] if symbol == 16 else 0] * repeated
        return out

    def compressed(self, literals: _Codes, distances: _Codes | None) -> None:
        out = self.out
        while True:
            symbol = self.symbol(literals)
            if symbol < _END:
                out.append(symbol)
                continue
            if symbol == _END:
                return
            length = self.length(symbol)
            distance = self.distance(distances)
            if distance > min(len(out), _WINDOW):
                raise Corruption(self.read)
            for _ in range(length):
                out.append(out[-distance])

    def length(self, symbol: int) -> int:
        if symbol < 265:
            return symbol - 254
        if symbol < 285:
            extra = (symbol - 261) >> 2
            return (((symbol - 265) & 3 | 4) << extra) + 3 + self.take(extra)
        if symbol == 285:
            return 258
        raise Corruption(self.read)

    def distance(self, codes: _Codes | None) -> int:
        symbol = int(f"{self.take(5):05b}"[::-1], 2) if codes is None else self.symbol(codes)
        if symbol < 4:
            return symbol + 1
        if symbol >= 30:
            raise Corruption(self.read)
        extra = (symbol - 2) >> 1
        return ((symbol & 1 | 2) << extra) + 1 + self.take(extra)


def corruption(data: bytes, limit: int) -> tuple[bytes, Corruption | None]:
    """What a deflate stream holds before its damage, and the damage; None when there is none in it.

    limit: bytes of contents after which to stop looking.
    """
    stream = _Stream(data, limit)
    try:
        stream.blocks()
    except Corruption as damage:
        return bytes(stream.out), damage
    except _Ended:
        pass
    return bytes(stream.out), None
