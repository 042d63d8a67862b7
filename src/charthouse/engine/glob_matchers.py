"""What glob patterns are matched with: github.com/gobwas/glob v0.2.3 `match`, its oddities included.

A matcher says whether all of some bytes match, and where in them it first matches: (place, the lengths it may take
there), or (-1, []). `length` is the number of characters it takes, -1 when that varies. The oddities show with braces
that hold nothing and with names beyond ASCII; there the library finds less than one would expect, and so do we.
"""

from __future__ import annotations

from charthouse.golang.kinds import GoError
from charthouse.golang.size import TooLarge

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    Found = tuple[int, list[int]]

__all__ = [
    "Any",
    "AnyOf",
    "BTree",
    "Contains",
    "EveryOf",
    "List",
    "Matcher",
    "Max",
    "Min",
    "Nothing",
    "Prefix",
    "PrefixAny",
    "PrefixSuffix",
    "Range",
    "Row",
    "Single",
    "Suffix",
    "SuffixAny",
    "Super",
    "Text",
]

_NO: Found = (-1, [])
_SEPARATOR = b"/"
_STEPS = 200_000


def _first(data: bytes) -> tuple[int, int]:
    """utf8.DecodeRuneInString: the first character and how many bytes it takes."""
    if not data:
        return 0xFFFD, 0
    if data[0] < 0x80:
        return data[0], 1
    width = 2 if data[0] & 0xE0 == 0xC0 else 3 if data[0] & 0xF0 == 0xE0 else 4
    try:
        return ord(data[:width].decode()), width
    except (UnicodeDecodeError, TypeError):
        return 0xFFFD, 1


def _characters(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Place, character, and length of the character's own encoding, for each character."""
    at = 0
    while at < len(data):
        char, width = _first(data[at:])
        yield at, char, 3 if char == 0xFFFD else width
        at += width


def _starts(data: bytes) -> list[int]:
    return list(range(len(data))) if data.isascii() else [at for at, _, _ in _characters(data)]


class Matcher:
    """The base; what it takes is up to each."""

    length = -1

    def match(self, data: bytes) -> bool:
        """Whether all of it matches."""
        return not data

    def index(self, data: bytes) -> Found:
        """Where it matches first, and how long."""
        return 0, [0]


class Nothing(Matcher):
    """The empty text."""

    length = 0


class Super(Matcher):
    """Any text."""

    def match(self, data: bytes) -> bool:
        return True

    def index(self, data: bytes) -> Found:
        return 0, [*_starts(data), len(data)]


class Any(Matcher):
    """Any text without the separator."""

    def match(self, data: bytes) -> bool:
        return _SEPARATOR not in data

    def index(self, data: bytes) -> Found:
        end = data.find(_SEPARATOR)
        if end == 0:
            return 0, [0]
        data = data if end < 0 else data[:end]
        return 0, [*_starts(data), len(data)]


class _One(Matcher):
    """One character."""

    length = 1

    def takes(self, char: int) -> bool:
        return char != 0x2F

    def match(self, data: bytes) -> bool:
        char, width = _first(data)
        return len(data) <= width and self.takes(char)

    def index(self, data: bytes) -> Found:
        for at, char, width in _characters(data):
            if self.takes(char):
                return at, [width]
        return _NO


class Single(_One):
    """One character that is not the separator."""


class List(_One):
    """One of some characters, or none of them."""

    def __init__(self, characters: str, negated: bool) -> None:
        self.characters, self.negated = characters, negated
        self.codes = frozenset(map(ord, characters))

    def takes(self, char: int) -> bool:
        return (char in self.codes) != self.negated


class Range(_One):
    """One character of a range, or outside it."""

    def __init__(self, low: str, high: str, negated: bool) -> None:
        self.low, self.high, self.negated = ord(low), ord(high), negated

    def takes(self, char: int) -> bool:
        return (self.low <= char <= self.high) != self.negated


class Text(Matcher):
    """A text as it stands."""

    def __init__(self, text: bytes) -> None:
        self.text = text
        self.length = len(_starts(text))

    def match(self, data: bytes) -> bool:
        return data == self.text

    def index(self, data: bytes) -> Found:
        return data.find(self.text), [len(self.text)]


class Contains(Matcher):
    """A text with another in it, or without."""

    def __init__(self, needle: bytes, negated: bool) -> None:
        self.needle, self.negated = needle, negated

    def match(self, data: bytes) -> bool:
        return (self.needle in data) != self.negated

    def index(self, data: bytes) -> Found:
        at, offset = data.find(self.needle), 0
        if not self.negated:
            if at < 0:
                return _NO
            offset = at + len(self.needle)
            if len(data) <= offset:
                return 0, [offset]
            data = data[offset:]
        elif at >= 0:
            data = data[:at]
        return 0, [*(offset + start for start in _starts(data)), offset + len(data)]


class Min(Matcher):
    """At least so many characters."""

    def __init__(self, limit: int) -> None:
        self.limit = limit

    def match(self, data: bytes) -> bool:
        return len(_starts(data)) >= self.limit

    def index(self, data: bytes) -> Found:
        if len(data) < self.limit:
            return _NO
        ends = [at + width for number, (at, _, width) in enumerate(_characters(data), 1) if number >= self.limit]
        return (0, ends) if ends else _NO


class Max(Matcher):
    """At most so many characters."""

    def __init__(self, limit: int) -> None:
        self.limit = limit

    def match(self, data: bytes) -> bool:
        return len(_starts(data)) <= self.limit

    def index(self, data: bytes) -> Found:
        return 0, [0, *(at + width for at, _, width in list(_characters(data))[: self.limit])]


class Prefix(Matcher):
    """A text and whatever follows."""

    def __init__(self, prefix: bytes) -> None:
        self.prefix = prefix

    def match(self, data: bytes) -> bool:
        return data.startswith(self.prefix)

    def index(self, data: bytes) -> Found:
        return self.lengths(data, data.find(self.prefix), b"")

    def lengths(self, data: bytes, at: int, end: bytes) -> Found:
        if at < 0:
            return _NO
        size = len(self.prefix)
        rest = data[at + size :]
        if end and end in rest:
            rest = rest[: rest.index(end)]
        return at, [size, *(size + place + width for place, _, width in _characters(rest))]


class PrefixAny(Prefix):
    """A text and what follows up to the separator."""

    def match(self, data: bytes) -> bool:
        return data.startswith(self.prefix) and _SEPARATOR not in data[len(self.prefix) :]

    def index(self, data: bytes) -> Found:
        return self.lengths(data, data.find(self.prefix), _SEPARATOR)


class PrefixSuffix(Matcher):
    """Whatever begins and ends so; both may be the same characters."""

    def __init__(self, prefix: bytes, suffix: bytes) -> None:
        self.prefix, self.suffix = prefix, suffix

    def match(self, data: bytes) -> bool:
        return data.startswith(self.prefix) and data.endswith(self.suffix)

    def index(self, data: bytes) -> Found:
        at = data.find(self.prefix)
        if at < 0:
            return _NO
        if not self.suffix:
            return at, [len(data) - at]
        found = []
        rest = data[at:]
        while (place := rest.rfind(self.suffix)) >= 0:
            found.append(place + len(self.suffix))
            rest = rest[:place]
        return (at, found[::-1]) if found else _NO


class Suffix(Matcher):
    """Whatever ends so."""

    def __init__(self, suffix: bytes) -> None:
        self.suffix = suffix

    def match(self, data: bytes) -> bool:
        return data.endswith(self.suffix)

    def index(self, data: bytes) -> Found:
        at = data.find(self.suffix)
        return (0, [at + len(self.suffix)]) if at >= 0 else _NO


class SuffixAny(Suffix):
    """What ends so, without the separator before it."""

    def match(self, data: bytes) -> bool:
        return data.endswith(self.suffix) and _SEPARATOR not in data[: len(data) - len(self.suffix)]

    def index(self, data: bytes) -> Found:
        at = data.find(self.suffix)
        if at < 0:
            return _NO
        start = data[:at].rfind(_SEPARATOR) + 1
        return start, [at + len(self.suffix) - start]


class AnyOf(Matcher):
    """One of several."""

    def __init__(self, matchers: list[Matcher]) -> None:
        self.matchers = matchers
        for matcher in matchers:
            if self.length == -1:
                self.length = matcher.length  # even where one before it varies
            elif matcher.length != self.length:
                self.length = -1
                break

    def match(self, data: bytes) -> bool:
        return any(matcher.match(data) for matcher in self.matchers)

    def index(self, data: bytes) -> Found:
        best, lengths = -1, set[int]()
        for matcher in self.matchers:
            at, found = matcher.index(data)
            if at < 0 or 0 <= best < at:
                continue
            lengths = set(found) if at != best else lengths | set(found)
            best = at
        return (best, sorted(lengths)) if best >= 0 else _NO


class EveryOf(Matcher):
    """All of several at once."""

    def __init__(self, matchers: list[Matcher]) -> None:
        self.matchers = matchers

    def match(self, data: bytes) -> bool:
        return all(matcher.match(data) for matcher in self.matchers)

    def index(self, data: bytes) -> Found:
        index = offset = 0
        rest = data
        current: list[int] = []
        for number, matcher in enumerate(self.matchers):
            at, lengths = matcher.index(rest)
            if at < 0:
                return _NO
            if number == 0:
                current = lengths
            else:
                delta = index - (at + offset)
                current = [length for held in current for length in lengths if held + delta == length]
                if not current:
                    return _NO
            index = at + offset
            rest = data[index:]
            offset += at
        return index, current


class Row(Matcher):
    """Matchers of fixed lengths side by side."""

    def __init__(self, length: int, matchers: list[Matcher]) -> None:
        self.length = length
        self.matchers = matchers

    def all_match(self, data: bytes) -> bool:
        at = 0
        for matcher in self.matchers:
            starts = _starts(data[at:])
            # The last byte taken is the first of the last character, whatever its width; of nothing it takes all.
            taken = starts if matcher.length == 0 else starts[: matcher.length]
            last = taken[-1] if taken else 0
            if len(taken) < matcher.length:
                return False
            if at + last + 1 > len(data):
                size = at + last + 1
                raise GoError(f"runtime error: slice bounds out of range [:{size}] with length {len(data)}")
            if not matcher.match(data[at : at + last + 1]):
                return False
            at += last + 1
        return True

    def match(self, data: bytes) -> bool:
        return len(_starts(data)) == self.length and self.all_match(data)

    def index(self, data: bytes) -> Found:
        for at in _starts(data):
            if len(data) - at < self.length:
                break
            if self.all_match(data[at:]):
                return at, [self.length]
        return _NO


class BTree(Matcher):
    """A matcher in the middle, and what must stand left and right of it."""

    def __init__(self, value: Matcher, left: Matcher | None, right: Matcher | None) -> None:
        self.value, self.left, self.right = value, left, right
        self.before = left.length if left else 0
        self.behind = right.length if right else 0
        fixed = min(value.length, self.before, self.behind) >= 0
        self.length = self.before + value.length + self.behind if fixed else -1
        self.steps = 0

    def index(self, data: bytes) -> Found:
        return _NO

    def match(self, data: bytes) -> bool:
        if self.length > len(data):
            return False
        offset = max(self.before, 0)
        limit = len(data) - max(self.behind, 0)
        while offset < limit:
            at, lengths = self.value.index(data[offset:limit])
            if at < 0:
                return False
            start = offset + at
            if self.fits(self.left, data[:start]):
                for length in reversed(lengths):
                    if self.fits(self.right, data[start + length :]):
                        return True
            offset = start + _first(data[start:])[1]
        return False

    def fits(self, side: Matcher | None, data: bytes) -> bool:
        self.steps += 1
        if self.steps > _STEPS:
            raise TooLarge(f"pattern needs too much work: more than {_STEPS} steps")
        return side.match(data) if side is not None else not data
