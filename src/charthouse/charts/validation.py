"""Chart.yaml's rules: texts are sanitised, then checked in Helm's order.

Whose rules: Helm 4.3.1 pkg/chart/v2/metadata.go Metadata.Validate, dependency.go Dependency.Validate, errors.go.
"""

from __future__ import annotations

from charthouse.charts.metadata import ValidationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from charthouse.charts.metadata import Dependency, Maintainer, Metadata

__all__ = ["sanitize", "validate"]

_ALIAS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")
_SPACES = frozenset(
    "\t\n\v\f\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B)))
)


def validate(metadata: Metadata) -> None:
    """Sanitise every text of `metadata` in place and check it. Raises ValidationError."""
    for field in ("name", "description", "home", "icon", "condition", "tags", "app_version", "kube_version"):
        setattr(metadata, field, sanitize(getattr(metadata, field)))
    metadata.sources = _sanitize_all(metadata.sources)
    metadata.keywords = _sanitize_all(metadata.keywords)
    if not metadata.api_version:
        raise ValidationError("chart.metadata.apiVersion is required")
    _validate_name(metadata.name)
    _validate_version(metadata.version)
    if metadata.type not in ("", "application", "library"):
        raise ValidationError("chart.metadata.type must be application or library")
    for maintainer in metadata.maintainers or ():
        _validate_maintainer(maintainer)
    seen = set()
    for dependency in metadata.dependencies or ():
        key = _validate_dependency(dependency)
        if key in seen:
            raise ValidationError(f"more than one dependency with name or alias {_quote(key)}")
        seen.add(key)


def sanitize(text: str) -> str:
    """White space runes become a space, unprintable runes go (metadata.go sanitizeString)."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(" " if c in _SPACES else c for c in text if c in _SPACES or c.isprintable())


def _sanitize_all(texts: list[str] | None) -> list[str] | None:
    return None if texts is None else [sanitize(text) for text in texts]


def _validate_name(name: str) -> None:
    if not name:
        raise ValidationError("chart.metadata.name is required")
    if name in (".", ".."):
        raise ValidationError(f"chart.metadata.name {_quote(name)} is not allowed")
    if "/" in name:
        raise ValidationError(f"chart.metadata.name {_quote(name)} is invalid")


def _validate_version(version: str) -> None:
    if not version:
        raise ValidationError("chart.metadata.version is required")
    from charthouse.formats.semver import SemverError, Version

    try:
        Version.parse(version)
    except SemverError:
        raise ValidationError(f"chart.metadata.version {_quote(version)} is invalid") from None


def _validate_maintainer(maintainer: Maintainer | None) -> None:
    if maintainer is None:
        raise ValidationError("maintainers must not contain empty or null nodes")
    maintainer.name = sanitize(maintainer.name)
    maintainer.email = sanitize(maintainer.email)
    maintainer.url = sanitize(maintainer.url)


def _validate_dependency(dependency: Dependency | None) -> str:
    """Checks one entry and returns the name it goes by."""
    if dependency is None:
        raise ValidationError("dependencies must not contain empty or null nodes")
    for field in ("name", "version", "repository", "condition"):
        setattr(dependency, field, sanitize(getattr(dependency, field)))
    dependency.tags = _sanitize_all(dependency.tags)
    if dependency.alias and not _ALIAS.issuperset(dependency.alias):
        raise ValidationError(f"dependency {_quote(dependency.name)} has disallowed characters in the alias")
    return dependency.alias or dependency.name


def _quote(text: str) -> str:
    from charthouse.golang.strconv import quote

    return quote(text)
