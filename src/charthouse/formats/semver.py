"""Semantic versions and constraints, as Helm compares them.

Rules: github.com/Masterminds/semver/v3@v3.5.0 version.go and constraints.go (coercing parser: ``v1``, ``1.2`` and
leading zeros are taken).

Grammar of a constraint::

    constraint = group { "||" group }                      at most 32 groups, 512 bytes
    group      = comparison { ( space | "," ) comparison }  all must hold
    comparison = [ operator ] version                       operator: = != > < >= => <= =< ~ ~> ^
    version    = [v] part [ "." part [ "." part ] ] [ "-" prerelease ] [ "+" metadata ]   part: number, x, X or *
    range      = version " - " version                      read as >= and <=

A group none of whose versions has a prerelease refuses every prerelease.
"""

from __future__ import annotations

from charthouse.errors import CharthouseError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Comparison", "Constraint", "SemverError", "Version"]

_MAX_VERSION = 256
_MAX_CONSTRAINT = 512
_MAX_GROUPS = 32
_LIMIT = 1 << 64
_DIGITS = frozenset("0123456789")
_ALNUM = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-")
_DIRTY = frozenset("0123456789|xX*")
_RELEASES_ONLY = "{} is a prerelease version and the constraint is only looking for release versions"


class SemverError(CharthouseError):
    """A version or constraint that is none; `message` is the library's text."""


def _quoted(text: str) -> str:
    if text.isascii() and text.isprintable() and '"' not in text and "\\" not in text:
        return f'"{text}"'
    from charthouse.golang.strconv import quote

    return quote(text)


def _number(digits: str) -> int:
    """A part of a version. Raises SemverError when it does not fit 64 bits."""
    number = int(digits)
    if number >= _LIMIT:
        raise SemverError(f'strconv.ParseUint: parsing "{digits}": value out of range')
    return number


def _check_prerelease(text: str) -> None:
    for part in text.split("."):
        if not part or not _ALNUM.issuperset(part):
            raise SemverError("invalid prerelease string")
        if part[0] == "0" and len(part) > 1 and _DIGITS.issuperset(part):
            raise SemverError("version segment starts with 0")


def _check_metadata(text: str) -> None:
    for part in text.split("."):
        if not part or not _ALNUM.issuperset(part):
            raise SemverError("invalid metadata string")


def _compare_parts(left: str, right: str) -> int:
    """Two dot-separated parts of prereleases: numbers as numbers and below words; a missing part is the lowest."""
    if left == right:
        return 0
    if not left:
        return -1
    if not right:
        return 1
    left_number = int(left) if _DIGITS.issuperset(left) and int(left) < _LIMIT else None
    right_number = int(right) if _DIGITS.issuperset(right) and int(right) < _LIMIT else None
    if left_number is None and right_number is None:
        return 1 if left > right else -1
    if right_number is None:
        return -1
    if left_number is None:
        return 1
    return 1 if left_number > right_number else -1


def compare_prereleases(left: str, right: str) -> int:
    """-1, 0 or 1 for two prerelease texts, either of which may be empty."""
    lefts, rights = left.split("."), right.split(".")
    for i in range(max(len(lefts), len(rights))):
        result = _compare_parts(lefts[i] if i < len(lefts) else "", rights[i] if i < len(rights) else "")
        if result:
            return result
    return 0


class Version:
    """A semantic version.

    major, minor, patch: unsigned 64 bit numbers; prerelease, metadata: texts behind `-` and `+`, or ""; original: what
    was parsed. Ordered and compared by precedence (metadata does not count). Immutable by convention.
    """

    __slots__ = ("major", "metadata", "minor", "original", "patch", "prerelease")

    def __init__(self, major: int, minor: int, patch: int, prerelease: str = "", metadata: str = "") -> None:
        self.major = major
        self.minor = minor
        self.patch = patch
        self.prerelease = prerelease
        self.metadata = metadata
        self.original = str(self)

    @classmethod
    def parse(cls, text: str) -> Version:
        """The version a text means (``semver.NewVersion``). Raises SemverError."""
        if len(text) > _MAX_VERSION or (not text.isascii() and len(text.encode("utf-8", "surrogateescape")) > 256):
            raise SemverError(f"version string is too long (max {_MAX_VERSION} bytes)")
        core, plus, metadata = text.partition("+")
        core, dash, prerelease = core.partition("-")
        numbers = core.removeprefix("v").split(".")
        if len(numbers) > 3 or not all(part.isdigit() and part.isascii() for part in numbers):
            raise SemverError("invalid semantic version")
        for mark, tail in ((dash, prerelease), (plus, metadata)):
            if mark and not all(part and _ALNUM.issuperset(part) for part in tail.split(".")):
                raise SemverError("invalid semantic version")
        version = cls.__new__(cls)
        try:
            version.major = _number(numbers[0])
            version.minor = _number(numbers[1]) if len(numbers) > 1 else 0
            version.patch = _number(numbers[2]) if len(numbers) > 2 else 0
        except SemverError as error:
            raise SemverError(f"error parsing version segment: {error.message}") from None
        if prerelease:
            _check_prerelease(prerelease)
        version.prerelease = prerelease
        version.metadata = metadata
        version.original = text
        return version

    @classmethod
    def parse_strict(cls, text: str) -> Version:
        """The version a text is, exactly by the specification (``semver.StrictNewVersion``). Raises SemverError."""
        if not text:
            raise SemverError("version string empty")
        if len(text.encode("utf-8", "surrogateescape")) > _MAX_VERSION:
            raise SemverError(f"version string is too long (max {_MAX_VERSION} bytes)")
        parts = text.split(".", 2)
        if len(parts) != 3:
            raise SemverError("invalid semantic version")
        parts[2], plus, metadata = parts[2].partition("+")
        if plus:
            _check_metadata(metadata)
        parts[2], dash, prerelease = parts[2].partition("-")
        if dash:
            _check_prerelease(prerelease)
        for part in parts:
            if not _DIGITS.issuperset(part):
                raise SemverError("invalid characters in version")
            if len(part) > 1 and part[0] == "0":
                raise SemverError("version segment starts with 0")
        for part in parts:
            if not part:
                raise SemverError('strconv.ParseUint: parsing "": invalid syntax')
            _number(part)
        version = cls(int(parts[0]), int(parts[1]), int(parts[2]), prerelease, metadata)
        version.original = text
        return version

    def __str__(self) -> str:
        text = f"{self.major}.{self.minor}.{self.patch}"
        if self.prerelease:
            text += "-" + self.prerelease
        return f"{text}+{self.metadata}" if self.metadata else text

    def __repr__(self) -> str:
        return f"Version({self.original!r})"

    def compare(self, other: Version) -> int:
        """-1, 0 or 1: below, equal to, above the other."""
        mine = (self.major, self.minor, self.patch)
        theirs = (other.major, other.minor, other.patch)
        if mine != theirs:
            return -1 if mine < theirs else 1
        if self.prerelease == other.prerelease:
            return 0
        if not self.prerelease:
            return 1
        if not other.prerelease:
            return -1
        return compare_prereleases(self.prerelease, other.prerelease)

    def __eq__(self, other: object) -> bool:
        return self.compare(other) == 0 if isinstance(other, Version) else NotImplemented

    def __hash__(self) -> int:
        return hash((self.major, self.minor, self.patch, self.prerelease))

    def __lt__(self, other: Version) -> bool:
        return self.compare(other) < 0

    def __le__(self, other: Version) -> bool:
        return self.compare(other) <= 0

    def __gt__(self, other: Version) -> bool:
        return self.compare(other) > 0

    def __ge__(self, other: Version) -> bool:
        return self.compare(other) >= 0


class Comparison:
    """One operator and version of a constraint.

    operator: as written; text: the version as written; version: what it means, wildcards as zeros; `dirty` when a part
    is missing or a wildcard, `minor_dirty` and `patch_dirty` when that one is the first such part.
    """

    __slots__ = ("dirty", "minor_dirty", "operator", "patch_dirty", "text", "version")

    def __init__(self, operator: str, text: str, version: Version, *, dirty: str = "") -> None:
        self.operator = operator
        self.text = text
        self.version = version
        self.dirty = bool(dirty)
        self.minor_dirty = dirty == "minor"
        self.patch_dirty = dirty == "patch"

    def failure(self, version: Version) -> str:
        """Why the version fails the comparison, in the library's words; "" when it holds."""
        reason = _RULES[self.operator](version, self)
        return reason.format(_quoted(str(version)), _quoted(self.text)) if reason else ""

    def holds(self, version: Version) -> bool:
        """Whether the version satisfies the comparison."""
        return not _RULES[self.operator](version, self)


def _not_equal(v: Version, c: Comparison) -> str:
    con = c.version
    if c.dirty:
        if con.major != v.major or (con.minor != v.minor and not c.minor_dirty):
            return ""
        if c.minor_dirty:
            return "{} is equal to {}"
        if con.patch != v.patch and not c.patch_dirty:
            return ""
        if c.patch_dirty:
            if (v.prerelease or con.prerelease) and compare_prereleases(v.prerelease, con.prerelease):
                return ""
            return "{} is equal to {}"
    return "{} is equal to {}" if v.compare(con) == 0 else ""


def _greater(v: Version, c: Comparison) -> str:
    con = c.version
    if not c.dirty:
        holds = v.compare(con) == 1
    elif v.major != con.major:
        holds = v.major > con.major
    elif c.minor_dirty:
        holds = False
    elif c.patch_dirty:
        holds = v.minor > con.minor
    else:
        holds = v.compare(con) == 1
    return "" if holds else "{} is less than or equal to {}"


def _less(v: Version, c: Comparison) -> str:
    return "" if v.compare(c.version) < 0 else "{} is greater than or equal to {}"


def _greater_equal(v: Version, c: Comparison) -> str:
    return "" if v.compare(c.version) >= 0 else "{} is less than {}"


def _less_equal(v: Version, c: Comparison) -> str:
    con = c.version
    if not c.dirty:
        holds = v.compare(con) <= 0
    else:
        holds = not (v.major > con.major or (v.major == con.major and v.minor > con.minor and not c.minor_dirty))
    return "" if holds else "{} is greater than {}"


def _tilde(v: Version, c: Comparison) -> str:
    con = c.version
    if v.compare(con) < 0:
        return "{} is less than {}"
    if not (con.major or con.minor or con.patch or c.minor_dirty or c.patch_dirty):
        return ""
    if v.major != con.major:
        return "{} does not have same major version as {}"
    if v.minor != con.minor and not c.minor_dirty:
        return "{} does not have same major and minor version as {}"
    return ""


def _tilde_or_equal(v: Version, c: Comparison) -> str:
    if c.dirty:
        return _tilde(v, c)
    return "" if v.compare(c.version) == 0 else "{} is not equal to {}"


def _caret(v: Version, c: Comparison) -> str:
    con = c.version
    if v.compare(con) < 0:
        return "{} is less than {}"
    if con.major > 0 or c.minor_dirty:
        return "" if v.major == con.major else "{} does not have same major version as {}"
    if v.major > 0:
        return "{} does not have same major version as {}"
    if con.minor > 0 or c.patch_dirty:
        if v.minor == con.minor:
            return ""
        return (
            "{} does not have same minor version as {}. "
            "Expected minor versions to match when constraint major version is 0"
        )
    if v.minor > 0:
        return "{} does not have same minor version as {}"
    if con.patch == v.patch:
        return ""
    return "{} does not equal {}. Expect version and constraint to equal when major and minor versions are 0"


if TYPE_CHECKING:
    Rule = Callable[[Version, Comparison], str]

_RULES: dict[str, Rule] = {
    "": _tilde_or_equal,
    "=": _tilde_or_equal,
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


class Constraint:
    """Groups of comparisons, one of which must hold as a whole.

    groups: the comparisons of each group; takes_prereleases: for each group, whether one of its versions has one.
    """

    __slots__ = ("groups", "include_prerelease", "takes_prereleases")

    def __init__(self, groups: tuple[tuple[Comparison, ...], ...], *, include_prerelease: bool = False) -> None:
        self.groups = groups
        self.include_prerelease = include_prerelease
        self.takes_prereleases = tuple(any(c.version.prerelease for c in group) for group in groups)

    @classmethod
    def parse(cls, text: str) -> Constraint:
        """The constraint a text means (``semver.NewConstraint``). Raises SemverError."""
        from charthouse.formats.semver_constraints import parse_groups

        return cls(parse_groups(text))

    def check(self, version: Version) -> bool:
        """Whether the version satisfies one of the groups."""
        released = not version.prerelease or self.include_prerelease
        for group, takes in zip(self.groups, self.takes_prereleases, strict=True):
            if (released or takes) and all(c.holds(version) for c in group):
                return True
        return False

    def validate(self, version: Version) -> tuple[bool, tuple[str, ...]]:
        """Whether the version satisfies one of the groups; if not, every reason why, in the library's words."""
        reasons: list[str] = []
        told = False
        for group, takes in zip(self.groups, self.takes_prereleases, strict=True):
            if version.prerelease and not takes and not self.include_prerelease:
                if not told:
                    reasons.append(_RELEASES_ONLY.format(_quoted(str(version))))
                    told = True
                continue
            failures = [reason for c in group if (reason := c.failure(version))]
            if not failures:
                return True, ()
            reasons += failures
        return False, tuple(reasons)

    def __str__(self) -> str:
        return " || ".join(" ".join(c.operator + c.text for c in group) for group in self.groups)
