"""The order of map keys on output: go-yaml v2's keyList.Less for strings (`sorter.go`, v2.4.4).

Letters sort behind everything else, runs of digits by their value. The relation is not transitive in odd cases
("a10", "a1b", "a01"); there Helm's own order depends on Go's random map iteration.
"""

from __future__ import annotations

from _functools import cmp_to_key  # type: ignore[import-not-found]  # functools costs 3 ms at start-up

__all__ = ["compare", "ordered", "ordered_naturally"]

_AFTER_LETTERS = frozenset("[\\]^_`{|}~0123456789")
_cache: dict[tuple[str, ...], list[str]] = {}


def ordered(mapping: dict[str, object]) -> list[str]:
    """The keys in output order. Key sets repeat (apiVersion, kind, metadata), so they are remembered."""
    names = tuple(mapping)
    found = _cache.get(names)
    if found is None:
        if len(_cache) > 4096:
            _cache.clear()
        text = "".join(names)
        if text.isascii() and (text.isalpha() or _AFTER_LETTERS.isdisjoint(text)):
            found = sorted(names)
        else:
            found = sorted(names, key=cmp_to_key(compare))
        _cache[names] = found
    return found


def compare(left: str, right: str) -> int:
    """Below 0 when the key `left` comes first, above 0 when `right` does."""
    for at, (a, b) in enumerate(zip(left, right, strict=False)):
        if a != b:
            return -1 if _differs_less(left, right, at) else 1
    return len(left) - len(right)


def _differs_less(left: str, right: str, at: int) -> bool:
    """Whether `left` comes first, the two differing at `at`."""
    a, b = left[at], right[at]
    a_letter, b_letter = a.isalpha(), b.isalpha()
    if a_letter and b_letter:
        return a < b
    if a_letter or b_letter:
        return b_letter
    lead = 1 if (a == "0" or b == "0") and _follows_number(left, at) else 0
    a_value, a_end = _number(left, at, lead)
    b_value, b_end = _number(right, at, lead)
    if a_value != b_value:
        return a_value < b_value
    if a_end != b_end:
        return a_end < b_end
    return a < b


def _follows_number(text: str, at: int) -> bool:
    """Whether digits other than zeros stand right before the place."""
    while at > 0 and text[at - 1].isdecimal():
        at -= 1
        if text[at] != "0":
            return True
    return False


def _number(text: str, at: int, value: int) -> tuple[int, int]:
    while at < len(text) and text[at].isdecimal():
        value = value * 10 + ord(text[at]) - 48
        at += 1
    if value >= 1 << 63:  # wraps round, as int64 does
        value = (value + (1 << 63)) % (1 << 64) - (1 << 63)
    return value, at


def ordered_naturally(mapping: dict[str, object]) -> list[str]:
    """The keys as go-yaml v3 orders them: as `ordered`, but right behind digits letters come before other digits."""
    return sorted(mapping, key=cmp_to_key(_compare_naturally))


def _compare_naturally(left: str, right: str) -> int:
    for at, (a, b) in enumerate(zip(left, right, strict=False)):
        if a != b:
            if at and left[at - 1].isdecimal() and a.isalpha() != b.isalpha():
                return -1 if a.isalpha() else 1
            return -1 if _differs_less(left, right, at) else 1
    return len(left) - len(right)
