"""Sets of characters as sorted ranges of code points, and the named sets of Go's expressions.

Rules: Go 1.27 regexp/syntax parse.go (``appendFoldedRange``, ``unicodeTable``, ``canonicalName``) and perl_groups.go.
A class is a tuple of pairs (first, last), sorted, apart from each other.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    Ranges = tuple[tuple[int, int], ...]

__all__ = ["ANY", "MAX_RUNE", "NAMED", "PERL", "clean", "fold", "negate", "orbit", "unicode_class"]

MAX_RUNE = 0x10FFFF
ANY: Ranges = ((0, MAX_RUNE),)

_DIGIT: Ranges = ((0x30, 0x39),)
_SPACE: Ranges = ((0x9, 0xA), (0xC, 0xD), (0x20, 0x20))
_WORD: Ranges = ((0x30, 0x39), (0x41, 0x5A), (0x5F, 0x5F), (0x61, 0x7A))
PERL: dict[str, Ranges] = {"d": _DIGIT, "s": _SPACE, "w": _WORD}
NAMED: dict[str, Ranges] = {
    "alnum": ((0x30, 0x39), (0x41, 0x5A), (0x61, 0x7A)),
    "alpha": ((0x41, 0x5A), (0x61, 0x7A)),
    "ascii": ((0x0, 0x7F),),
    "blank": ((0x9, 0x9), (0x20, 0x20)),
    "cntrl": ((0x0, 0x1F), (0x7F, 0x7F)),
    "digit": _DIGIT,
    "graph": ((0x21, 0x7E),),
    "lower": ((0x61, 0x7A),),
    "print": ((0x20, 0x7E),),
    "punct": ((0x21, 0x2F), (0x3A, 0x40), (0x5B, 0x60), (0x7B, 0x7E)),
    "space": ((0x9, 0xD), (0x20, 0x20)),
    "upper": ((0x41, 0x5A),),
    "word": _WORD,
    "xdigit": ((0x30, 0x39), (0x41, 0x46), (0x61, 0x66)),
}
_decoded: dict[str, Ranges] = {}
_orbits: dict[int, tuple[int, ...]] = {}


def clean(ranges: Iterable[tuple[int, int]]) -> Ranges:
    """The ranges sorted, overlapping and touching ones merged."""
    merged: list[tuple[int, int]] = []
    for low, high in sorted(ranges):
        if merged and low <= merged[-1][1] + 1:
            if high > merged[-1][1]:
                merged[-1] = (merged[-1][0], high)
        else:
            merged.append((low, high))
    return tuple(merged)


def negate(ranges: Ranges) -> Ranges:
    """All code points outside a clean class."""
    outside: list[tuple[int, int]] = []
    low = 0
    for first, last in ranges:
        if low < first:
            outside.append((low, first - 1))
        low = last + 1
    if low <= MAX_RUNE:
        outside.append((low, MAX_RUNE))
    return tuple(outside)


def _load_orbits() -> dict[int, tuple[int, ...]]:
    if not _orbits:
        from charthouse.golang.regexp.unicode_classes import ORBITS

        for text in ORBITS.split():
            members = tuple([int(code, 36) for code in text.split(".")])
            for code in members:
                _orbits[code] = members
    return _orbits


def orbit(code: int) -> tuple[int, ...]:
    """All code points equal to this one but for case, itself included (unicode.SimpleFold)."""
    if code < 0x80:
        char = chr(code)
        if not char.isalpha():
            return (code,)
        extra = {"k": (0x212A,), "s": (0x17F,)}.get(char.lower(), ())
        return (ord(char.upper()), ord(char.lower()), *extra)
    return _load_orbits().get(code, (code,))


def fold(ranges: Ranges) -> Ranges:
    """The class with everything equal but for case."""
    if ranges == ANY:
        return ranges
    added: list[tuple[int, int]] = list(ranges)
    if all(high < 0x80 for _, high in ranges):
        for low, high in ranges:
            for code in range(max(low, 0x41), min(high, 0x7A) + 1):
                added += [(other, other) for other in orbit(code)]
        return clean(added)
    inside = clean(ranges)
    for members in set(_load_orbits().values()):
        if any(low <= code <= high for code in members for low, high in _near(inside, code)):
            added += [(code, code) for code in members]
    return clean(added)


def _near(ranges: Ranges, code: int) -> Ranges:
    """The one range that may hold the code point."""
    from bisect import bisect_right

    index = bisect_right(ranges, (code, MAX_RUNE + 1)) - 1
    return ranges[index : index + 1] if index >= 0 else ()


def _decode(name: str) -> Ranges:
    known = _decoded.get(name)
    if known is None:
        from charthouse.golang.regexp.unicode_classes import TABLES

        ranges: list[tuple[int, int]] = []
        position = 0
        for word in TABLES[name].split():
            gap, _, extent = word.partition(".")
            low = position + int(gap, 36)
            high = low + (int(extent, 36) if extent else 0)
            ranges.append((low, high))
            position = high + 1
        known = _decoded[name] = tuple(ranges)
    return known


def _category(name: str) -> Ranges | None:
    """A general category: two letters, or one for all that begin with it."""
    from charthouse.golang.regexp.unicode_classes import TABLES

    if name == "Cn":
        return negate(clean([pair for leaf in TABLES if len(leaf) == 2 for pair in _decode(leaf)]))
    if name == "LC":
        return clean([*_decode("Lu"), *_decode("Ll"), *_decode("Lt")])
    if len(name) == 2 and name in TABLES:
        return _decode(name)
    if len(name) != 1 or name not in "CLMNPSZ":
        return None
    ranges = [pair for leaf in TABLES if len(leaf) == 2 and leaf[0] == name for pair in _decode(leaf)]
    if name == "C":
        ranges += _category("Cn") or ()
    return clean(ranges)


def unicode_class(name: str, *, folded: bool) -> Ranges | None:
    """The class called `name` in ``\\p{name}``, case folded on demand; None for an unknown one."""
    from charthouse.golang.regexp.unicode_classes import ALIASES, TABLES

    canonical = "".join([char for char in name if char not in "_- "])
    canonical = _ascii_upper(canonical[:1]) + _ascii_lower(canonical[1:])
    if canonical == "Any":
        return ANY
    if canonical == "Ascii":
        return ((0, 0x7F), (0x17F, 0x17F), (0x212A, 0x212A)) if folded else ((0, 0x7F),)
    if canonical == "Assigned":
        return negate(_category("Cn") or ())
    ranges = _category("LC" if canonical == "Lc" else canonical)
    if ranges is None and len(canonical) > 2 and canonical in TABLES:
        ranges = _decode(canonical)
    if ranges is None and canonical in ALIASES:
        ranges = _category(ALIASES[canonical])
    if ranges is None:
        return None
    return fold(ranges) if folded else ranges


def _ascii_upper(text: str) -> str:
    return text.upper() if text.isascii() else text


def _ascii_lower(text: str) -> str:
    return "".join([char.lower() if "A" <= char <= "Z" else char for char in text])
