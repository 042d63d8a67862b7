"""``semver`` objects of sprig 2.22.

Rules: github.com/Masterminds/semver@v1.5.0 version.go: numbers are int64; what IncMajor and its kin return is a struct
without the methods of the pointer, String among them, so it prints its fields.
"""

from __future__ import annotations

from charthouse.formats.semver import SemverError, Version
from charthouse.golang.kinds import GoError, Int64
from charthouse.gotemplate.functions import Function
from charthouse.sprig.versions import VersionValue

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any, ClassVar

__all__ = ["OldVersionPointer", "OldVersionValue", "semver", "semver_compare"]

_PARTS = r"[0-9A-Za-z\-]+(\.[0-9A-Za-z\-]+)*\Z"


class OldVersionValue(VersionValue):
    """semver.Version."""

    __slots__ = ()
    go_methods: ClassVar[Mapping[str, Any]] = {}

    def go_layout(self) -> list[tuple[str, object]]:
        """What fmt prints of the struct itself."""
        version = self.version
        numbers = [(name, Int64(getattr(version, name))) for name in ("major", "minor", "patch")]
        texts = [("pre", version.prerelease), ("metadata", version.metadata), ("original", version.original)]
        return [*numbers, *texts]

    def go_json(self) -> Any:
        """The JSON form: no field is exported."""
        return []


class OldVersionPointer(OldVersionValue):
    """*semver.Version: what ``semver`` returns."""

    __slots__ = ()
    go_type = "*semver.Version"

    def go_json(self) -> Any:
        """json.Marshaler: the version without a leading v, as a string."""
        return str(self.version)


def _after(version: Version, *, level: int) -> OldVersionValue:
    """The next major (0), minor (1) or patch (2) version; a pre-release's next patch is its release."""
    numbers = [version.major, version.minor, version.patch]
    if not (level == 2 and version.prerelease):
        numbers[level] += 1
        numbers[level + 1 :] = [0] * (2 - level)
    return _made(version, Version(numbers[0], numbers[1], numbers[2]))


def _made(old: Version, new: Version) -> OldVersionValue:
    new.original = ("v" if old.original.startswith("v") else "") + str(new)
    return OldVersionValue(new)


def _with(version: Version, *, prerelease: str | None = None, metadata: str | None = None) -> OldVersionValue:
    import re

    for text, what in ((prerelease, "Prerelease"), (metadata, "Metadata")):
        if text and not re.match(_PARTS, text):
            raise GoError(f"Invalid {what} string")
    return _made(
        version,
        Version(
            version.major,
            version.minor,
            version.patch,
            version.prerelease if prerelease is None else prerelease,
            version.metadata if metadata is None else metadata,
        ),
    )


def _method(name: str, signature: str, body: Callable[..., Any]) -> Function:
    def call(receiver: OldVersionValue, *arguments: Any) -> Any:
        return body(receiver.version, *arguments)

    return Function(name, signature, call)


def _comparing(name: str, result: str, body: Callable[[Version, Version], Any]) -> Function:
    def call(receiver: OldVersionValue, other: OldVersionValue | None) -> Any:
        if other is None:
            raise GoError("runtime error: invalid memory address or nil pointer dereference")
        return body(receiver.version, other.version)

    return Function(name, f"*semver.Version->{result}", call)


_VALUE_METHODS = (
    _method("IncMajor", "->semver.Version", lambda v: _after(v, level=0)),
    _method("IncMinor", "->semver.Version", lambda v: _after(v, level=1)),
    _method("IncPatch", "->semver.Version", lambda v: _after(v, level=2)),
    _method("SetPrerelease", "string->semver.Version", lambda v, text: _with(v, prerelease=text)),
    _method("SetMetadata", "string->semver.Version", lambda v, text: _with(v, metadata=text)),
)
_POINTER_METHODS = (
    _method("Major", "->int64", lambda v: Int64(v.major)),
    _method("Minor", "->int64", lambda v: Int64(v.minor)),
    _method("Patch", "->int64", lambda v: Int64(v.patch)),
    _method("Prerelease", "->string", lambda v: v.prerelease),
    _method("Metadata", "->string", lambda v: v.metadata),
    _method("String", "->string", str),
    _method("Original", "->string", lambda v: v.original),
    _comparing("Compare", "int", lambda v, o: v.compare(o)),
    _comparing("Equal", "bool", lambda v, o: v.compare(o) == 0),
    _comparing("LessThan", "bool", lambda v, o: v.compare(o) < 0),
    _comparing("GreaterThan", "bool", lambda v, o: v.compare(o) > 0),
)
OldVersionValue.go_methods = {method.name: method for method in _VALUE_METHODS}
OldVersionPointer.go_methods = {method.name: method for method in (*_VALUE_METHODS, *_POINTER_METHODS)}


def semver(text: str) -> OldVersionPointer:
    """The version a text means. Raises GoError for a text that is none."""
    from charthouse.formats.semver_helm2 import parse_version

    try:
        return OldVersionPointer(parse_version(text))
    except SemverError as error:
        raise GoError(error.message) from None


def semver_compare(constraint: str, version: str) -> bool:
    """Whether the version satisfies the constraint. Raises GoError for a bad one of either, the constraint first."""
    from charthouse.formats.semver_helm2 import check, parse_version

    try:
        check(constraint, parse_version("0.0.0"))
        return check(constraint, parse_version(version))
    except SemverError as error:
        raise GoError(error.message) from None
