"""Go's filepath.Match: shell patterns over one path.

Grammar::

    pattern = { term }
    term    = '*' (any run without '/') | '?' (one character but '/') | '[' ['^'] range { range } ']'
            | '\\' character | character
    range   = character | character '-' character     (with '\\' escapes)

Whose rules: Go 1.27 path/filepath.Match. `**` has no meaning of its own.
"""

from __future__ import annotations

from charthouse.charts.metadata import ChartError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["PatternError", "compile_pattern", "match", "matches", "matches_compiled"]

# A compiled term: a literal character (str), STAR, ANY, or (negated, ranges).
_STAR, _ANY = 0, 1
_Term = int | str | tuple[bool, tuple[tuple[str, str], ...]]


class PatternError(ChartError):
    """The pattern is malformed."""

    def __init__(self) -> None:
        super().__init__("syntax error in pattern")


def match(pattern: str, path: str) -> bool:
    """Whether the whole `path` matches. Raises PatternError."""
    return matches_compiled(compile_pattern(pattern), path)


def matches(pattern: str, path: str) -> bool:
    """As `match`, but a malformed pattern matches nothing."""
    try:
        return match(pattern, path)
    except PatternError:
        return False


def compile_pattern(pattern: str) -> str | tuple[_Term, ...]:
    """The pattern's terms, or the pattern itself when nothing in it is special. Raises PatternError."""
    if not any(c in pattern for c in "*?[\\"):
        return pattern
    terms: list[_Term] = []
    i = 0
    while i < len(pattern):
        c = pattern[i]
        i += 1
        if c == "*":
            if not terms or terms[-1] != _STAR:
                terms.append(_STAR)
        elif c == "?":
            terms.append(_ANY)
        elif c == "[":
            term, i = _class(pattern, i)
            terms.append(term)
        elif c == "\\":
            if i == len(pattern):
                raise PatternError
            terms.append(pattern[i])
            i += 1
        else:
            terms.append(c)
    return tuple(terms)


def _class(pattern: str, i: int) -> tuple[_Term, int]:
    negated = pattern.startswith("^", i)
    if negated:
        i += 1
    ranges: list[tuple[str, str]] = []
    while True:
        if ranges and pattern.startswith("]", i):
            return (negated, tuple(ranges)), i + 1
        low, i = _character(pattern, i)
        high = low
        if pattern.startswith("-", i):
            high, i = _character(pattern, i + 1)
        ranges.append((low, high))


def _character(pattern: str, i: int) -> tuple[str, int]:
    """One, possibly escaped, character of a class; more must follow it."""
    if i < len(pattern) and pattern[i] == "\\":
        i += 1
    elif pattern[i : i + 1] in ("", "-", "]"):
        raise PatternError
    if i + 1 >= len(pattern):
        raise PatternError
    return pattern[i], i + 1


def matches_compiled(terms: str | Sequence[_Term], path: str) -> bool:
    """Whether `path` matches a compiled pattern; backtracks to the last star only, so it is never exponential."""
    if isinstance(terms, str):
        return terms == path
    # Most patterns end or begin with a character of their own, which settles most paths at once.
    first, last = terms[0], terms[-1]
    if (isinstance(last, str) and path[-1:] != last) or (isinstance(first, str) and path[:1] != first):
        return False
    at, i, end, size = 0, 0, len(path), len(terms)
    star, resume = -1, 0
    while True:
        if at < size:
            term = terms[at]
            if term == _STAR:
                star, resume = at, i
                at += 1
                continue
            if i < end and _one(term, path[i]):
                at += 1
                i += 1
                continue
        elif i == end:
            return True
        # No way on: let the last star take one more character, which must not be a separator.
        if star < 0 or resume >= end or path[resume] == "/":
            return False
        resume += 1
        at, i = star + 1, resume


def _one(term: _Term, c: str) -> bool:
    if isinstance(term, str):
        return term == c
    if isinstance(term, tuple):
        negated, ranges = term
        return any(low <= c <= high for low, high in ranges) != negated
    return c != "/"
