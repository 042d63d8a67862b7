"""Constraints of Masterminds/semver 1.5, which Helm 2 was built with.

Whose rules: github.com/Masterminds/semver@v1.5.0 constraints.go (the grammar: comparisons joined by commas, groups by
`||`; a bare version, and `=`, with a wildcard is a tilde) and version.go (texts). Each comparison looks for itself
whether it may take a pre-release. A caret compares major versions only, below 1.0 too.
"""

from __future__ import annotations

from charthouse.formats.semver import SemverError, Version

TYPE_CHECKING = False
if TYPE_CHECKING:
    import re
    from collections.abc import Callable

__all__ = ["check", "compatible", "parse_version"]

_PART = r"[0-9|xX*]+"
_VERSION = (
    rf"v?({_PART})(\.{_PART})?(\.{_PART})?"
    r"(-([0-9A-Za-z\-]+(\.[0-9A-Za-z\-]+)*))?(\+([0-9A-Za-z\-]+(\.[0-9A-Za-z\-]+)*))?"
)
_SPACE = r"[\t\n\f\r ]*"
_SOME_SPACE = r"[\t\n\f\r ]+"
_LOOSE = (
    r"v?([0-9]+)(\.[0-9]+)?(\.[0-9]+)?(-([0-9A-Za-z\-]+(\.[0-9A-Za-z\-]+)*))?(\+([0-9A-Za-z\-]+(\.[0-9A-Za-z\-]+)*))?\Z"
)
_WILD = ("x", "X", "*")
_LONGEST = 4096  # characters of a constraint or a version; Helm has no limit
_MOST = 1 << 63


class _Comparison:
    """con: the version compared with, wildcards as 0; minor, patch: whether those were wildcards or missing."""

    __slots__ = ("con", "dirty", "minor", "operator", "patch")

    def __init__(self, operator: str, con: Version, *, dirty: bool, minor: bool, patch: bool) -> None:
        self.operator = operator
        self.con = con
        self.dirty = dirty
        self.minor = minor
        self.patch = patch

    def holds(self, version: Version) -> bool:
        if (self.operator != "!=" or self.dirty) and version.prerelease and not self.con.prerelease:
            return False
        return _RULES[self.operator](version, self)


def parse_version(text: str) -> Version:
    """A version, loosely. Raises SemverError with 1.5's text."""
    import re

    match = re.match(_LOOSE, text) if len(text) <= _LONGEST else None
    if match is None:
        raise SemverError("Invalid Semantic Version")
    numbers = [int((match[i] or ".0").removeprefix(".")[:30]) for i in (1, 2, 3)]
    for number, part in zip(numbers, (1, 2, 3), strict=True):
        if number >= _MOST:
            digits = match[part].removeprefix(".")
            raise SemverError(
                f'Error parsing version segment: strconv.ParseInt: parsing "{digits}": value out of range'
            )
    made = Version(numbers[0], numbers[1], numbers[2], match[5] or "", match[8] or "")
    made.original = text
    return made


def check(constraint: str, version: Version) -> bool:
    """Whether a version satisfies a constraint. Raises SemverError: `improper constraint: x`."""
    groups = _parsed(constraint)
    return any(all(comparison.holds(version) for comparison in group) for group in groups)


def compatible(constraint: str, version: str) -> bool:
    """As `check`; texts that cannot be parsed satisfy nothing (version.IsCompatibleRange)."""
    try:
        return check(constraint, parse_version(version))
    except SemverError:
        return False


def _parsed(text: str) -> list[list[_Comparison]]:
    import re

    if len(text) > _LONGEST:
        raise SemverError(f"improper constraint: {text[:80]}…")
    ranges = re.compile(f"{_SPACE}({_VERSION}){_SOME_SPACE}-{_SOME_SPACE}({_VERSION}){_SPACE}")
    for match in ranges.finditer(text):
        text = text.replace(match[0], f">= {match[1]}, <= {match[11]}", 1)
    one = re.compile(rf"{_SPACE}(!=|>=|=>|<=|=<|~>|=|>|<|~|\^|){_SPACE}({_VERSION}){_SPACE}\Z")
    return [[_comparison(part, one.match(part)) for part in group.split(",")] for group in text.split("||")]


def _comparison(text: str, match: re.Match[str] | None) -> _Comparison:
    if match is None:
        raise SemverError(f"improper constraint: {text}")
    major, minor, patch, pre = match[3], match[4] or "", match[5] or "", match[6] or ""
    given, dirty, no_minor, no_patch = match[2], False, False, False
    if major in _WILD:
        given, dirty = "0.0.0", True
    elif minor[1:] in _WILD or not minor:
        given, dirty, no_minor = f"{major}.0.0{pre}", True, True
    elif patch[1:] in _WILD:
        given, dirty, no_patch = f"{major}{minor}.0{pre}", True, True
    try:
        con = parse_version(given)
    except SemverError:
        raise SemverError("constraint Parser Error") from None
    return _Comparison(match[1], con, dirty=dirty, minor=no_minor, patch=no_patch)


def _not_equal(v: Version, c: _Comparison) -> bool:
    if not c.dirty:
        return v.compare(c.con) != 0
    if c.con.major != v.major:
        return True
    return c.con.minor != v.minor and not c.minor


def _beyond(v: Version, c: _Comparison) -> bool:
    """Whether a version is above all a comparison with wildcards stands for, as 1.5 sees it."""
    return v.major > c.con.major or (v.minor > c.con.minor and not c.minor)


def _less(v: Version, c: _Comparison) -> bool:
    return not _beyond(v, c) if c.dirty else v.compare(c.con) < 0


def _less_equal(v: Version, c: _Comparison) -> bool:
    return not _beyond(v, c) if c.dirty else v.compare(c.con) <= 0


def _tilde(v: Version, c: _Comparison) -> bool:
    if v.compare(c.con) < 0:
        return False
    if (c.con.major, c.con.minor, c.con.patch) == (0, 0, 0) and not c.minor and not c.patch:
        return True
    return v.major == c.con.major and (v.minor == c.con.minor or c.minor)


def _equal(v: Version, c: _Comparison) -> bool:
    return _tilde(v, c) if c.dirty else v.compare(c.con) == 0


def _caret(v: Version, c: _Comparison) -> bool:
    return v.compare(c.con) >= 0 and v.major == c.con.major


def _greater(v: Version, c: _Comparison) -> bool:
    return v.compare(c.con) > 0


def _greater_equal(v: Version, c: _Comparison) -> bool:
    return v.compare(c.con) >= 0


_RULES: dict[str, Callable[[Version, _Comparison], bool]] = {
    "": _equal,
    "=": _equal,
    "!=": _not_equal,
    ">": _greater,
    "<": _less,
    ">=": _greater_equal,
    "=>": _greater_equal,
    "<=": _less_equal,
    "=<": _less_equal,
    "~": _tilde,
    "~>": _tilde,
    "^": _caret,
}
