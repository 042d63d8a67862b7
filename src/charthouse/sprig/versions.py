"""``semver`` and ``semverCompare``.

Rules: sprig semver.go over github.com/Masterminds/semver/v3@v3.5.0 (charthouse.formats.semver). A template sees a
version's methods, never its fields; methods that return a version return a struct, not a pointer, and a struct out of a
method has only the methods declared on the value — the two classes below.
"""

from __future__ import annotations

from charthouse.formats.semver import Constraint, SemverError, Version
from charthouse.golang.kinds import GoError, Struct, Uint64
from charthouse.gotemplate.functions import Function

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any, ClassVar

__all__ = ["VersionPointer", "VersionValue", "semver", "semver_compare", "zero_like"]

_CACHED = 512
_DIGITS = frozenset("0123456789")
_IDENTIFIER = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-0123456789")
_constraints: dict[str, Constraint] = {}
_compared: dict[tuple[str, str], bool] = {}


class VersionValue(Struct):
    """semver.Version: what IncMajor and its kin return."""

    __slots__ = ("version",)
    go_type = "semver.Version"
    go_unexported = frozenset(["major", "minor", "patch", "pre", "metadata", "original"])
    go_fields: ClassVar[Mapping[str, str]] = {}
    go_methods: ClassVar[Mapping[str, Any]] = {}

    def __init__(self, version: Version) -> None:
        self.version = version

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, VersionValue) or type(self) is not type(other):
            return NotImplemented
        mine, theirs = self.version, other.version
        return str(mine) == str(theirs) and mine.original == theirs.original

    def __hash__(self) -> int:
        return hash(self.version.original)

    def go_layout(self) -> list[tuple[str, object]]:
        """What fmt prints of the struct itself."""
        version = self.version
        numbers = [(name, Uint64(getattr(version, name))) for name in ("major", "minor", "patch")]
        texts = [("pre", version.prerelease), ("metadata", version.metadata), ("original", version.original)]
        return [*numbers, *texts]

    def go_json(self) -> str:
        """json.Marshaler: the version without a leading v, as a string."""
        return str(self.version)


class VersionPointer(VersionValue):
    """*semver.Version: what ``semver`` returns."""

    __slots__ = ()
    go_type = "*semver.Version"


def _next(version: Version, *, level: int) -> VersionValue:
    """The next major (0), minor (1) or patch (2) version; a prerelease's next patch is its release."""
    numbers = [version.major, version.minor, version.patch]
    if not (level == 2 and version.prerelease):
        if numbers[level] == (1 << 64) - 1:
            raise GoError(f"{('major', 'minor', 'patch')[level]} version increment would overflow uint64")
        numbers[level] += 1
        numbers[level + 1 :] = [0] * (2 - level)
    return _changed(version, Version(numbers[0], numbers[1], numbers[2]))


def _changed(old: Version, new: Version) -> VersionValue:
    if old.original.startswith("v"):
        new.original = "v" + str(new)
    return VersionValue(new)


def _set(version: Version, *, prerelease: str | None = None, metadata: str | None = None) -> VersionValue:
    made = Version(version.major, version.minor, version.patch, version.prerelease, version.metadata)
    if prerelease is not None:
        for part in prerelease.split(".") if prerelease else ():
            if not part or not _IDENTIFIER.issuperset(part):
                raise GoError("invalid prerelease string")
            if len(part) > 1 and part[0] == "0" and _DIGITS.issuperset(part):
                raise GoError("version segment starts with 0")
        made.prerelease = prerelease
    if metadata is not None:
        if metadata and not all(part and _IDENTIFIER.issuperset(part) for part in metadata.split(".")):
            raise GoError("invalid metadata string")
        made.metadata = metadata
    made.original = str(made)
    return _changed(version, made)


def _method(name: str, signature: str, body: Callable[..., Any]) -> Function:
    """A method of a version; `body` takes the version itself and the template's arguments."""

    def call(receiver: VersionValue, *arguments: Any) -> Any:
        return body(receiver.version, *arguments)

    return Function(name, signature, call)


def _comparing(name: str, result: str, body: Callable[[Version, Version], Any]) -> Function:
    """A method that takes another *Version."""

    def call(receiver: VersionValue, other: VersionValue | None) -> Any:
        if other is None:
            if name == "Equal":
                return False
            raise GoError("runtime error: invalid memory address or nil pointer dereference")
        return body(receiver.version, other.version)

    return Function(name, f"*semver.Version->{result}", call)


def _marshal(version: Version) -> bytes:
    from charthouse.golang.json import encode

    return encode(str(version)).encode()


_VALUE_METHODS = (
    _method("Major", "->uint64", lambda v: Uint64(v.major)),
    _method("Minor", "->uint64", lambda v: Uint64(v.minor)),
    _method("Patch", "->uint64", lambda v: Uint64(v.patch)),
    _method("Prerelease", "->string", lambda v: v.prerelease),
    _method("Metadata", "->string", lambda v: v.metadata),
    _method("String", "->string", str),
    _method("IncMajor", "->semver.Version", lambda v: _next(v, level=0)),
    _method("IncMinor", "->semver.Version", lambda v: _next(v, level=1)),
    _method("IncPatch", "->semver.Version", lambda v: _next(v, level=2)),
    _method("SetPrerelease", "string->semver.Version", lambda v, text: _set(v, prerelease=text)),
    _method("SetMetadata", "string->semver.Version", lambda v, text: _set(v, metadata=text)),
    _method("MarshalJSON", "->[]uint8", _marshal),
    _method("MarshalText", "->[]uint8", lambda v: str(v).encode()),
    _method("Value", "->any", str),
)
_POINTER_METHODS = (
    _method("Original", "->string", lambda v: v.original),
    _comparing("Compare", "int", lambda v, o: v.compare(o)),
    _comparing("Equal", "bool", lambda v, o: v.compare(o) == 0),
    _comparing("LessThan", "bool", lambda v, o: v.compare(o) < 0),
    _comparing("LessThanEqual", "bool", lambda v, o: v.compare(o) <= 0),
    _comparing("GreaterThan", "bool", lambda v, o: v.compare(o) > 0),
    _comparing("GreaterThanEqual", "bool", lambda v, o: v.compare(o) >= 0),
)
VersionValue.go_methods = {method.name: method for method in _VALUE_METHODS}
VersionPointer.go_methods = {method.name: method for method in (*_VALUE_METHODS, *_POINTER_METHODS)}


def zero_like(value: VersionValue) -> VersionValue:
    """The zero of the value's class, as a copy that leaves out unexported fields gives it."""
    zero = Version(0, 0, 0)
    zero.original = ""
    return type(value)(zero)


def semver(text: str) -> VersionPointer:
    """The version a text means. Raises GoError for a text that is none."""
    try:
        return VersionPointer(Version.parse(text))
    except SemverError as error:
        raise GoError(error.message) from None


def semver_compare(constraint: str, version: str) -> bool:
    """Whether the version satisfies the constraint. Raises GoError for a bad one of either."""
    key = (constraint, version)
    known = _compared.get(key)
    if known is not None:
        return known
    try:
        parsed = _constraints.get(constraint)
        if parsed is None:
            parsed = Constraint.parse(constraint)
            if len(_constraints) >= _CACHED:
                _constraints.clear()
            _constraints[constraint] = parsed
        result = parsed.check(Version.parse(version))
    except SemverError as error:
        raise GoError(error.message) from None
    if len(_compared) >= _CACHED:
        _compared.clear()
    _compared[key] = result
    return result
