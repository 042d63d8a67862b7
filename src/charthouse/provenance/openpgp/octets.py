"""Octets as packets are read from them: a part at a time, out of a file, out of a packet.

A packet that was understood leaves what it did not look at to the next one, and where the data ends decides between two
errors, so the readers here behave as Go's: ``io.ReadFull``, and go-crypto 1.4.1 ``packet/packet.go`` (``spanReader``,
``partialLengthReader``).
"""

from __future__ import annotations

from charthouse.provenance.errors import OpenPGPError, TruncatedError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["EndOfData", "Octets", "Parts", "Source", "Span"]


class EndOfData(Exception):
    """There is no more data, and none was expected (Go's io.EOF)."""


class Source:
    """Where octets come from."""

    __slots__ = ()

    def some(self, count: int) -> bytes:
        """At most `count` octets, b"" at the end."""
        raise EndOfData

    def full(self, count: int) -> bytes:
        """Exactly `count` octets. Raises EndOfData when there is none, TruncatedError when there are fewer."""
        found = self.some(count) if count else b""
        while len(found) < count:
            more = self.some(count - len(found))
            if not more:
                if found:
                    raise TruncatedError
                raise EndOfData
            found += more
        return found

    def must(self, count: int) -> bytes:
        """As `full`, where an end is always too early."""
        try:
            return self.full(count)
        except EndOfData:
            raise TruncatedError from None

    def rest(self) -> bytes:
        """All there is."""
        found = []
        while part := self.some(512):
            found.append(part)
        return b"".join(found)

    def skip(self) -> None:
        """Leave out the rest, also when it cannot be read."""
        try:
            while self.some(1024):
                pass
        except OpenPGPError:
            return

    def mpi(self) -> bytes:
        """A multiprecision integer with its length, as it stands there (RFC 4880 §3.2)."""
        head = self.must(2)
        bits = head[0] << 8 | head[1]
        return head + self.must((bits + 7) // 8)


class Octets(Source):
    """Octets in memory."""

    __slots__ = ("_data", "_position")

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._position = 0

    def some(self, count: int) -> bytes:
        found = self._data[self._position : self._position + count]
        self._position += len(found)
        return found


class Span(Source):
    """The next `length` octets of another source; fewer is an error."""

    __slots__ = ("_inner", "_left")

    def __init__(self, inner: Source, length: int) -> None:
        self._inner = inner
        self._left = length

    def some(self, count: int) -> bytes:
        if self._left <= 0:
            return b""
        found = self._inner.some(min(count, self._left))
        if not found:
            raise TruncatedError
        self._left -= len(found)
        return found


class Parts(Source):
    """A packet in parts, each with its own length (RFC 4880 §4.2.2.4).

    length: of the first part; next_length: reads the length of the next one and whether another follows.
    """

    __slots__ = ("_inner", "_left", "_more", "_next")

    def __init__(self, inner: Source, length: int, next_length: Callable[[Source], tuple[int, bool]]) -> None:
        self._inner = inner
        self._left = length
        self._more = True
        self._next = next_length

    def some(self, count: int) -> bytes:
        while not self._left:
            if not self._more:
                return b""
            self._left, self._more = self._next(self._inner)
        found = self._inner.some(min(count, self._left))
        if not found:
            raise TruncatedError
        self._left -= len(found)
        return found
