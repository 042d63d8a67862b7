"""``index.yaml``: which charts a repository holds, in which versions, and where.

Rules: Helm 4.3.1 ``pkg/repo/v1/index.go``: JSON or strict YAML (an unknown key fails the whole file), invalid entries
are left out with a warning, versions newest first. Differs: entries are looked at in the order of their names (Go's
maps have none), so warnings come in that order.
"""

from __future__ import annotations

from charthouse.charts.metadata import ChartError, Metadata, check_time
from charthouse.distribution.errors import IndexError_
from charthouse.golang.kinds import GoError
from charthouse.logs import DEBUG, WARN, LogRecord

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    from charthouse.formats.semver import Version
    from charthouse.logs import Log

__all__ = [
    "ZERO_TIME", "ChartVersion", "Index", "decode_json", "fill", "is_version", "load", "may_be_json", "read_entry",
    "select", "sort_versions", "valid_entries",
]  # fmt: skip

ZERO_TIME = "0001-01-01T00:00:00Z"

_TOP = frozenset(("serverinfo", "apiversion", "generated", "entries", "publickeys", "annotations"))
_OWN = frozenset(("urls", "created", "removed", "digest", "checksum", "engine", "tillerversion", "url"))
_METADATA = frozenset(
    ("name", "home", "sources", "version", "description", "keywords", "maintainers", "icon", "apiversion", "condition",
     "tags", "appversion", "deprecated", "annotations", "kubeversion", "dependencies", "type")
)  # fmt: skip
_ENTRY = _OWN | _METADATA
_INNER = {
    "maintainers": frozenset(("name", "email", "url")),
    "dependencies": frozenset(
        ("name", "version", "repository", "condition", "tags", "enabled", "import-values", "alias")
    ),
}
_REPEATED = "validation: more than one dependency with name or alias"


class ChartVersion:
    """One version of a chart. urls: where its archive is, relative ones to the repository; created: RFC 3339; digest:
    sha256 of the archive in hex, "" when not known; rest: deprecated keys that are passed on."""

    __slots__ = ("created", "digest", "metadata", "removed", "rest", "urls")

    def __init__(
        self, metadata: Metadata, urls: list[str] | None, *, created: str = ZERO_TIME, digest: str = "",
        removed: bool = False, rest: dict[str, str] | None = None,
    ) -> None:  # fmt: skip
        self.metadata = metadata
        self.urls = urls
        self.created = created
        self.digest = digest
        self.removed = removed
        self.rest = rest or {}

    @property
    def name(self) -> str:
        return self.metadata.name

    @property
    def version(self) -> str:
        return self.metadata.version

    def to_dict(self) -> dict[str, Any]:
        """The JSON form in Go's order."""
        out = self.metadata.to_dict()
        out["urls"] = self.urls
        out["created"] = self.created
        if self.removed:
            out["removed"] = True
        if self.digest:
            out["digest"] = self.digest
        out.update(self.rest)
        return out


class Index:
    """A repository's index. entries: chart name → versions; generated: RFC 3339."""

    __slots__ = ("annotations", "api_version", "entries", "generated", "public_keys", "server_info")

    def __init__(self, *, api_version: str = "v1", generated: str = ZERO_TIME) -> None:
        self.api_version = api_version
        self.generated = generated
        self.entries: dict[str, list[ChartVersion]] = {}
        self.public_keys: list[str] = []
        self.annotations: dict[str, str] = {}
        self.server_info: dict[str, Any] = {}

    def sort(self) -> None:
        """Newest first in every chart; versions that are none come last."""
        for name, versions in self.entries.items():
            self.entries[name] = sort_versions(versions, lambda entry: entry.version)

    def merge(self, other: Index, *, log: Log) -> None:
        """Add what `other` has and this has not (by name and version, as `select` understands it)."""
        for versions in other.entries.values():
            for entry in versions:
                if not self._has(entry.name, entry.version, log):
                    self.entries.setdefault(entry.name, []).append(entry)

    def _has(self, name: str, version: str, log: Log) -> bool:
        try:
            select([entry.version for entry in self.entries.get(name, ())], name, version, log=log)
        except IndexError_:
            return False
        return True

    def to_dict(self) -> dict[str, Any]:
        """The JSON form in Go's order."""
        out: dict[str, Any] = {"serverInfo": self.server_info} if self.server_info else {}
        out["apiVersion"] = self.api_version
        out["generated"] = self.generated
        out["entries"] = {
            name: [entry.to_dict() for entry in self.entries[name]] or None for name in sorted(self.entries)
        }
        if self.public_keys:
            out["publicKeys"] = self.public_keys
        if self.annotations:
            out["annotations"] = {key: self.annotations[key] for key in sorted(self.annotations)}
        return out


def sort_versions(items: Iterable[Any], version_of: Callable[[Any], str]) -> list[Any]:
    """Newest first; what is no version comes last."""
    parsed = [(_parse(version_of(item)), item) for item in items]
    good = [(_precedence(version), item) for version, item in parsed if version is not None]
    good.sort(key=lambda pair: pair[0], reverse=True)
    return [item for _, item in good] + [item for version, item in parsed if version is None]


def _precedence(version: Version) -> tuple[Any, ...]:
    """What sorts as versions do: a release behind its pre-releases, whose numbers come before words."""
    if not version.prerelease:
        return version.major, version.minor, version.patch, 1
    parts = [
        (0, int(part)) if part.isdigit() and part.isascii() and int(part) < 1 << 64 else (1, part)
        for part in version.prerelease.split(".")
    ]
    return version.major, version.minor, version.patch, 0, parts


def is_version(text: str) -> bool:
    """Whether `text` is a version, not a range."""
    return _parse(text) is not None


def _parse(text: str) -> Version | None:
    from charthouse.formats.semver import SemverError, Version

    try:
        return Version.parse(text)
    except SemverError:
        return None


def select(versions: list[str], name: str, wanted: str, *, log: Log) -> int:
    """Which of a chart's `versions` (newest first) is meant by `wanted`: a version, a range, or "" for the newest one.

    Raises IndexError_ with Helm's text when there is none (``IndexFile.Get``).
    """
    from charthouse.formats.semver import Constraint, SemverError

    if not versions:
        raise IndexError_("no chart version found")
    try:
        constraint = Constraint.parse(wanted or "*")
    except SemverError as error:
        raise IndexError_(error.message, hint="a version or a range is wanted, 1.2.3 or ^1.2 for instance") from error
    if wanted and wanted in versions:
        return versions.index(wanted)
    for i, text in enumerate(versions):
        version = _parse(text)
        if version is None or not constraint.check(version):
            continue
        if wanted:
            _say_chosen(name, wanted, text, log)
        return i
    newest = ", ".join(versions[:5])
    raise IndexError_(f"no chart version found for {name}-{wanted}", hint=f"its newest versions: {newest}")


def _say_chosen(name: str, wanted: str, found: str, log: Log) -> None:
    core = wanted.partition("-")[0].partition("+")[0]
    is_range = any(c in "^~<>=!*" for c in wanted) or "||" in wanted or " - " in wanted or "x" in core or "X" in core
    if is_range:
        log(LogRecord(DEBUG, "selected version matching constraint", chart=name, constraint=wanted, selected=found))
    else:
        text = "unable to find exact version requested; falling back to closest available version"
        log(LogRecord(WARN, text, chart=name, requested=wanted, selected=found))


def load(data: bytes, source: str, *, log: Log) -> Index:
    """Read an index. source: where it came from, for the warnings. Raises IndexError_ with Helm's text."""
    if not data:
        raise IndexError_("empty index.yaml file")
    value, from_yaml = _decode(data)
    index = Index(api_version="")
    try:
        fill(index, value, source, from_yaml, log)
    except GoError as error:
        text = str(error)
        if not from_yaml:  # encoding/json's own path begins with the type, sigs.k8s.io/yaml's does not
            text = text.replace(" into .", " into IndexFile.", 1).replace(" field .", " field IndexFile.", 1)
        raise IndexError_(text) from error
    index.sort()
    if not index.api_version:
        raise IndexError_("no API version specified", hint="an index begins with `apiVersion: v1`")
    return index


def may_be_json(data: bytes) -> bool:
    """Whether an index begins as JSON does."""
    return data.lstrip(b" \t\r\n")[:1] in (b"{", b"[", b'"')


def decode_json(data: bytes) -> Any:
    """The value of an index in JSON. Raises GoError when it is none."""
    from charthouse.golang.json import decode_exact

    return decode_exact(data.decode("utf-8", "surrogateescape"))


def _decode(data: bytes) -> tuple[Any, bool]:
    if may_be_json(data):
        try:
            return decode_json(data), False
        except GoError:  # not JSON: YAML may begin like that too
            pass
    from charthouse.formats.yaml import YamlError, load_strictly

    try:
        return load_strictly(data.decode("utf-8", "surrogateescape")), True
    except YamlError as error:
        raise IndexError_(error.message, hint=error.hint) from error


def fill(index: Index, value: Any, source: str, from_yaml: bool, log: Log) -> None:
    """Take what a decoded index says into `index`. Raises GoError."""
    if value is None:
        return
    fields = _object(value, "", "repo.IndexFile", _TOP if from_yaml else None)
    index.api_version = _text(fields.get("apiversion"), ".apiVersion", from_yaml)
    index.generated = _moment(fields.get("generated"), ".generated", from_yaml)
    index.server_info = _of(dict, fields.get("serverinfo"), ".serverInfo", "map[string]interface {}", from_yaml)
    keys = _of(list, fields.get("publickeys"), ".publicKeys", "[]string", from_yaml)
    index.public_keys = [_text(key, f".publicKeys.{i}", from_yaml) for i, key in enumerate(keys)]
    notes = _of(dict, fields.get("annotations"), ".annotations", "map[string]string", from_yaml)
    index.annotations = {key: _text(notes[key], f".annotations.{key}", from_yaml) for key in notes}
    entries = fields.get("entries")
    if entries is None:
        return
    if type(entries) is not dict:
        raise _mismatch(entries, ".entries", "map[string]repo.ChartVersions", from_yaml)
    for name in sorted(entries):
        listed = entries[name]
        if listed is not None and type(listed) is not list:
            raise _mismatch(listed, f".entries.{name}", "repo.ChartVersions", from_yaml)
        path = f".entries.{name}"
        made = [None if e is None else read_entry(e, f"{path}.{i}", from_yaml) for i, e in enumerate(listed or ())]
        index.entries[name] = valid_entries(made, name, source, log)


def valid_entries(made: list[ChartVersion | None], name: str, source: str, log: Log) -> list[ChartVersion]:
    """The entries of a chart that may stay, looked at from the last to the first as Helm does."""
    kept: list[ChartVersion] = []
    for entry in reversed(made):
        if entry is None:
            message = "skipping loading invalid entry for chart: empty entry"
            log(LogRecord(WARN, message, name=name, source=source))
            continue
        metadata = entry.metadata
        metadata.api_version = metadata.api_version or "v1"
        try:
            metadata.validate()
        except ChartError as error:
            if not error.message.startswith(_REPEATED):
                message = "skipping loading invalid entry for chart"
                log(LogRecord(WARN, message, name=name, version=metadata.version, source=source, error=error.message))
                continue
        kept.append(entry)
    return kept[::-1]


def read_entry(value: Any, path: str, from_yaml: bool) -> ChartVersion:
    """A version from its decoded object. path: where it stands (".entries.web.0"). Raises GoError."""
    fields = _object(value, path, "repo.ChartVersion", _ENTRY if from_yaml else None)
    if from_yaml:
        for key in ("maintainers", "dependencies"):
            for inner in fields.get(key) or ():
                if type(inner) is dict:
                    _refuse_unknown(inner, _INNER[key])
    metadata = _metadata(value, path, from_yaml)
    found = fields.get("urls")
    if found is not None and type(found) is not list:
        raise _mismatch(found, f"{path}.urls", "[]string", from_yaml)
    addresses = None if found is None else [_text(u, f"{path}.urls.{i}", from_yaml) for i, u in enumerate(found)]
    removed = fields.get("removed")
    if removed is not None and type(removed) is not bool:
        raise _mismatch(removed, f"{path}.removed", "bool", from_yaml)
    rest = {}
    for key, name in (
        ("checksum", "checksum"),
        ("engine", "engine"),
        ("tillerversion", "tillerVersion"),
        ("url", "url"),
    ):
        if text := _text(fields.get(key), f"{path}.{name}", from_yaml):
            rest[name] = text
    return ChartVersion(
        metadata,
        addresses,
        created=_moment(fields.get("created"), f"{path}.created", from_yaml),
        digest=_text(fields.get("digest"), f"{path}.digest", from_yaml),
        removed=bool(removed),
        rest=rest,
    )


def _metadata(value: dict[str, Any], path: str, from_yaml: bool) -> Metadata:
    """The fields of Chart.yaml: those of an embedded struct, where sigs.k8s.io/yaml makes no text of numbers."""
    try:
        return Metadata.from_part({key: value[key] for key in sorted(value)} if from_yaml else value, path)
    except GoError as error:
        raise GoError(f"error unmarshaling JSON: while decoding JSON: {error}" if from_yaml else str(error)) from error


def _object(value: Any, path: str, kind: str, known: frozenset[str] | None) -> dict[str, Any]:
    """A struct's fields by lower-case name. known: refuse others."""
    if type(value) is not dict:
        raise _mismatch(value, path, kind, known is not None)
    if known is not None:
        _refuse_unknown(value, known)
    return {key.lower(): value[key] for key in value}


def _refuse_unknown(value: dict[str, Any], known: frozenset[str]) -> None:
    for key in sorted(value):
        if key.lower() not in known:
            from charthouse.golang.strconv import quote

            raise GoError(f"error unmarshaling JSON: while decoding JSON: json: unknown field {quote(key)}")


def _of(kind: type, value: Any, path: str, wanted: str, from_yaml: bool) -> Any:
    """A list or map; an empty one for null."""
    if value is None:
        return kind()
    if type(value) is not kind:
        raise _mismatch(value, path, wanted, from_yaml)
    return value


def _text(value: Any, path: str, from_yaml: bool) -> str:
    if type(value) is str:
        return value
    if value is None:
        return ""
    if from_yaml and type(value) not in (dict, list):
        from charthouse.charts.scalars import scalar_text

        return scalar_text(value)
    raise _mismatch(value, path, "string", from_yaml)


def _moment(value: Any, path: str, from_yaml: bool) -> str:
    """RFC 3339 as Go writes it again."""
    if value is None:
        return ZERO_TIME
    if type(value) is not str:
        raise _mismatch(value, path, "time.Time", from_yaml)
    check_time(value, lenient=from_yaml)
    head, dot, rest = value.partition(".")
    if dot:
        digits = rest[: len(rest) - len(rest.lstrip("0123456789"))]
        zone = rest[len(digits) :]
        digits = digits[:9].rstrip("0")
        text = head + (f".{digits}" if digits else "") + zone
    else:
        text = head
    return text.removesuffix("+00:00") + "Z" if text.endswith("+00:00") else text


def _mismatch(value: object, path: str, wanted: str, from_yaml: bool) -> GoError:
    kinds: dict[type, str] = {str: "string", bool: "bool", dict: "object", list: "array"}
    into = f"Go struct field {path}" if path else "Go value"
    if path.rpartition(".")[2].isdigit():
        into = path
    text = f"json: cannot unmarshal {kinds.get(type(value), 'number')} into {into} of type {wanted}"
    return GoError(f"error unmarshaling JSON: while decoding JSON: {text}" if from_yaml else text)
