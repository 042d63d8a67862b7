"""Chart.yaml and Chart.lock as data: fields, JSON form, validation.

Whose rules: Helm 4.3.1 pkg/chart/v2/{metadata,dependency}.go and encoding/json's decoding of them (unknown keys are
ignored, keys match without regard to case, a wrong kind is an error that names the field). From YAML, keys come in
sorted order (sigs.k8s.io/yaml goes through JSON) and numbers and booleans where text is wanted become text.
"""

from __future__ import annotations

from charthouse.errors import CharthouseError
from charthouse.golang.kinds import GoError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

__all__ = [
    "ChartError",
    "Dependency",
    "Lock",
    "Maintainer",
    "Metadata",
    "ValidationError",
    "check_time",
    "read_api_version",
]


class ChartError(CharthouseError):
    """The root of the errors of package charts."""


class ValidationError(ChartError):
    """Chart.yaml breaks a rule; the text begins with ``validation: ``."""

    def __init__(self, text: str, *, hint: str = "") -> None:
        super().__init__("validation: " + text, hint=hint)


# One row a field: JSON key, attribute, kind ("string", "bool", "strings", "map", "any[]", "maintainers",
# "dependencies").
_Row = tuple[str, str, str]

_METADATA: tuple[_Row, ...] = (
    ("name", "name", "string"),
    ("home", "home", "string"),
    ("sources", "sources", "strings"),
    ("version", "version", "string"),
    ("description", "description", "string"),
    ("keywords", "keywords", "strings"),
    ("maintainers", "maintainers", "maintainers"),
    ("icon", "icon", "string"),
    ("apiVersion", "api_version", "string"),
    ("condition", "condition", "string"),
    ("tags", "tags", "string"),
    ("appVersion", "app_version", "string"),
    ("deprecated", "deprecated", "bool"),
    ("annotations", "annotations", "map"),
    ("kubeVersion", "kube_version", "string"),
    ("dependencies", "dependencies", "dependencies"),
    ("type", "type", "string"),
)
_DEPENDENCY: tuple[_Row, ...] = (
    ("name", "name", "string"),
    ("version", "version", "string"),
    ("repository", "repository", "string"),
    ("condition", "condition", "string"),
    ("tags", "tags", "strings"),
    ("enabled", "enabled", "bool"),
    ("import-values", "import_values", "any[]"),
    ("alias", "alias", "string"),
)
_MAINTAINER: tuple[_Row, ...] = (("name", "name", "string"), ("email", "email", "string"), ("url", "url", "string"))
_INNER: dict[str, tuple[_Row, ...]] = {"maintainers": _MAINTAINER, "dependencies": _DEPENDENCY}
_LOCK: tuple[_Row, ...] = (
    ("generated", "generated", "time"),
    ("digest", "digest", "string"),
    ("dependencies", "dependencies", "dependencies"),
)


class Maintainer:
    """A chart maintainer: name, email, url, each "" when not given."""

    __slots__ = ("email", "name", "url")

    def __init__(self, name: str = "", email: str = "", url: str = "") -> None:
        self.name = name
        self.email = email
        self.url = url

    def to_dict(self) -> dict[str, Any]:
        """The JSON form, empty fields left out."""
        return _to_dict(self, _MAINTAINER)


class Dependency:
    """One chart a chart depends on (an entry of `dependencies` in Chart.yaml, or of a lock file).

    condition: comma separated value paths; tags; import_values: each a str or a dict with `child` and `parent`;
    alias: the name it goes by instead; enabled: set while dependencies are processed.
    """

    __slots__ = ("alias", "condition", "enabled", "import_values", "name", "repository", "tags", "version")

    def __init__(
        self,
        name: str = "",
        version: str = "",
        repository: str = "",
        *,
        condition: str = "",
        tags: list[str] | None = None,
        enabled: bool = False,
        import_values: list[Any] | None = None,
        alias: str = "",
    ) -> None:
        self.name = name
        self.version = version
        self.repository = repository
        self.condition = condition
        self.tags: list[str] | None = tags
        self.enabled = enabled
        self.import_values: list[Any] | None = import_values
        self.alias = alias

    def copy(self) -> Dependency:
        """A shallow copy, as Go copies the struct."""
        return Dependency(
            self.name,
            self.version,
            self.repository,
            condition=self.condition,
            tags=self.tags,
            enabled=self.enabled,
            import_values=self.import_values,
            alias=self.alias,
        )

    def to_dict(self) -> dict[str, Any]:
        """The JSON form; `name` and `repository` are always there, other empty fields are left out."""
        return _to_dict(self, _DEPENDENCY, always=("name", "repository"))


class Lock:
    """Chart.lock: generated (RFC 3339 text, as written), digest, dependencies."""

    __slots__ = ("dependencies", "digest", "generated")

    def __init__(
        self, generated: str = "0001-01-01T00:00:00Z", digest: str = "", dependencies: list[Any] | None = None
    ) -> None:
        self.generated = generated
        self.digest = digest
        self.dependencies: list[Dependency | None] | None = dependencies

    def to_dict(self) -> dict[str, Any]:
        """The JSON form; nothing is left out."""
        entries = None if self.dependencies is None else [d and d.to_dict() for d in self.dependencies]
        return {"generated": self.generated, "digest": self.digest, "dependencies": entries}

    @classmethod
    def from_yaml(cls, data: bytes) -> Lock | None:
        """From the bytes of a lock file; null, or nothing, is no lock. Raises as Metadata.from_yaml does."""
        value = _written(data, _LOCK)
        lock = cls()
        _fill(lock, value, "Lock", "", _LOCK, True)
        return None if value is None else lock

    @classmethod
    def from_object(cls, value: Any) -> Lock:
        """From the JSON form of a stored release. Raises GoError with encoding/json's text on a wrong kind."""
        lock = cls()
        _fill(lock, value, "Lock", "", _LOCK, False)
        return lock


class Metadata:
    """Chart.yaml. Every text is "" when not given; lists and maps are None when not given (that is how Go tells an
    absent list from an empty one, and how `.Chart.Sources` prints)."""

    __slots__ = (
        "annotations",
        "api_version",
        "app_version",
        "condition",
        "dependencies",
        "deprecated",
        "description",
        "home",
        "icon",
        "keywords",
        "kube_version",
        "maintainers",
        "name",
        "sources",
        "tags",
        "type",
        "version",
    )

    def __init__(self, name: str = "", version: str = "", *, api_version: str = "", type: str = "") -> None:
        self.name = name
        self.home = ""
        self.sources: list[str] | None = None
        self.version = version
        self.description = ""
        self.keywords: list[str] | None = None
        self.maintainers: list[Maintainer | None] | None = None
        self.icon = ""
        self.api_version = api_version
        self.condition = ""
        self.tags = ""
        self.app_version = ""
        self.deprecated = False
        self.annotations: dict[str, str] | None = None
        self.kube_version = ""
        self.dependencies: list[Dependency | None] | None = None
        self.type = type

    @classmethod
    def from_yaml(cls, data: bytes) -> Metadata:
        """From the bytes of a Chart.yaml; not validated, apiVersion not defaulted.

        Raises formats' YAML error or GoError (encoding/json's text) as sigs.k8s.io/yaml's Unmarshal returns them.
        """
        metadata = cls()
        metadata.update(data)
        return metadata

    @classmethod
    def from_object(cls, value: Any) -> Metadata:
        """From the JSON form of a stored release. Raises GoError with encoding/json's text on a wrong kind."""
        metadata = cls()
        _fill(metadata, value, "Metadata", "", _METADATA, False)
        return metadata

    @classmethod
    def from_part(cls, value: Any, path: str) -> Metadata:
        """From a part of a larger JSON document. path: where it stands (".entries.web.0"). Raises as `from_object`."""
        metadata = cls()
        _fill(metadata, value, "Metadata", path, _METADATA, False)
        return metadata

    def update(self, data: bytes) -> None:
        """Decode YAML on top of what is there, as a second Unmarshal into the same struct does (requirements.yaml)."""
        _fill(self, _written(data, _METADATA), "Metadata", "", _METADATA, True)

    def to_dict(self) -> dict[str, Any]:
        """Helm's JSON form: struct order, empty fields left out."""
        return _to_dict(self, _METADATA)

    def validate(self) -> None:
        """Sanitise texts in place and check. Raises ValidationError (metadata.go Metadata.Validate)."""
        from charthouse.charts.validation import validate

        validate(self)


def read_api_version(data: bytes) -> str:
    """The apiVersion of a Chart.yaml, "" when it has none (loader.chartBase). Raises as Metadata.from_yaml does."""
    value = _written(data, (("apiVersion", "", "string"),))
    if value is None:
        return ""
    if type(value) is not dict:
        raise _mismatch(value, "loader.chartBase", "", True)
    for key in ("apiVersion", *sorted(k for k in value if k.lower() == "apiversion")):
        if key in value:
            return _text(value[key], "." + key, True)
    return ""


def _written(data: bytes, rows: Sequence[_Row]) -> Any:
    """YAML for a struct of these rows. Raises YamlError for an infinity anywhere but where text is wanted."""
    from charthouse.formats.yaml import load_written

    value = load_written(data.decode("utf-8", "surrogateescape"), unbounded=True)
    if b".inf" in data.lower() or b".nan" in data.lower():
        _refuse_unbounded(value, rows)
    return value


def _refuse_unbounded(value: Any, rows: Sequence[_Row]) -> None:
    if type(value) is dict:
        kinds = {key.lower(): kind for key, _, kind in rows}
        for key in sorted(value):
            kind = kinds.get(key.lower(), "")
            item = value[key]
            if kind == "string" or (kind == "strings" and type(item) is list) or (kind == "map" and type(item) is dict):
                parts = [item] if kind == "string" else _parts(item)
                for part in parts:
                    if type(part) is not float:
                        _refuse_unbounded(part, ())
            elif kind in _INNER and type(item) is list:
                for part in item:
                    _refuse_unbounded(part, _INNER[kind])
            else:
                _refuse_unbounded(item, ())
    elif type(value) is list:
        for item in value:
            _refuse_unbounded(item, ())
    elif type(value) is float and value - value != 0:
        from charthouse.formats.yaml.decode import infinity_text
        from charthouse.formats.yaml.errors import YamlError

        raise YamlError(f"error converting YAML to JSON: json: unsupported value: {infinity_text(value)}")


def _parts(value: Any) -> list[Any]:
    return list(value.values()) if type(value) is dict else list(value)


def _to_dict(record: Any, rows: Sequence[_Row], always: tuple[str, ...] = ()) -> dict[str, Any]:
    out: dict[str, Any] = {}
    for key, attribute, kind in rows:
        value = getattr(record, attribute)
        if not value and key not in always:
            continue
        if kind in ("maintainers", "dependencies"):
            value = [entry and entry.to_dict() for entry in value]
        elif kind in ("strings", "any[]"):
            value = list(value)
        elif kind == "map":
            value = {name: value[name] for name in sorted(value)}
        out[key] = value
    return out


def _fill(record: Any, value: Any, struct: str, path: str, rows: Sequence[_Row], lenient: bool) -> None:
    """encoding/json's decoding of an object into a struct. path: the dotted JSON path so far, "" at the top; lenient:
    the value comes from YAML (see the module)."""
    if value is None:
        return
    if type(value) is not dict:
        raise _mismatch(value, f"v2.{struct}", path, lenient)
    index = {row[0]: row for row in rows}
    folded: dict[str, _Row] = {}
    for key in sorted(value) if lenient else value:
        row = index.get(key)
        if row is None:
            if not folded:
                folded = {row[0].lower(): row for row in rows}
            row = folded.get(key.lower())
            if row is None:
                continue
        _DECODERS[row[2]](record, row[1], value[key], f"{path}.{key}", lenient)


def _mismatch(value: Any, go_type: str, path: str, lenient: bool) -> GoError:
    kind = type(value)
    if kind is bool:
        name = "bool"
    elif kind is str:
        name = "string"
    elif kind is dict:
        name = "object"
    elif kind is list:
        name = "array"
    else:
        name = "number"
    if not path:
        into = "Go value"
    elif path[path.rfind(".") + 1 :].isdigit():
        into = path
    else:
        into = f"Go struct field {path}"
    text = f"json: cannot unmarshal {name} into {into} of type {go_type}"
    return GoError(f"error unmarshaling JSON: while decoding JSON: {text}" if lenient else text)


def _text(value: Any, path: str, lenient: bool) -> str:
    if type(value) is str:
        return value
    if value is None:
        return ""
    if lenient and type(value) not in (dict, list):
        from charthouse.charts.scalars import scalar_text

        return scalar_text(value)
    raise _mismatch(value, "string", path, lenient)


def _string(record: Any, attribute: str, value: Any, path: str, lenient: bool) -> None:
    if value is not None:
        setattr(record, attribute, _text(value, path, lenient))


def _bool(record: Any, attribute: str, value: Any, path: str, lenient: bool) -> None:
    if value is None:
        return
    if type(value) is not bool:
        raise _mismatch(value, "bool", path, lenient)
    setattr(record, attribute, value)


def _strings(record: Any, attribute: str, value: Any, path: str, lenient: bool) -> None:
    if value is not None:
        if type(value) is not list:
            raise _mismatch(value, "[]string", path, lenient)
        before = getattr(record, attribute) or ()
        value = [
            before[i] if entry is None and i < len(before) else _text(entry, f"{path}.{i}", lenient)
            for i, entry in enumerate(value)
        ]
    setattr(record, attribute, value)


def _map(record: Any, attribute: str, value: Any, path: str, lenient: bool) -> None:
    if value is not None:
        if type(value) is not dict:
            raise _mismatch(value, "map[string]string", path, lenient)
        merged = dict(getattr(record, attribute) or {})
        for key in sorted(value):
            step = key.replace("~", "~0").replace("/", "~1")  # a path's keys are a JSON pointer's
            merged[key] = _text(value[key], f"{path}.{step}", lenient)
        value = merged
    setattr(record, attribute, value)


def _anything(record: Any, attribute: str, value: Any, path: str, lenient: bool) -> None:
    if value is not None and type(value) is not list:
        raise _mismatch(value, "[]interface {}", path, lenient)
    setattr(record, attribute, value)


def _time(record: Any, attribute: str, value: Any, path: str, lenient: bool) -> None:
    if value is None:
        return
    if type(value) is not str:
        raise _mismatch(value, "time.Time", path, lenient)
    check_time(value, lenient=lenient)
    setattr(record, attribute, value)


def check_time(text: str, *, lenient: bool) -> None:
    """Raises GoError, as time.Time's UnmarshalJSON does, for text that is no RFC 3339; lenient: as read from YAML."""
    if _is_time(text):
        return
    from charthouse.golang.time import UTC
    from charthouse.golang.time_parse import parse_time

    try:
        parse_time("2006-01-02T15:04:05Z07:00", text, UTC, UTC)
    except GoError as error:
        raise GoError(f"error unmarshaling JSON: while decoding JSON: {error}" if lenient else str(error)) from None


def _is_time(text: str) -> bool:
    """Whether `text` surely is RFC 3339, so that the parser, with its error texts, need not be loaded."""
    date, t, rest = text[:10], text[10:11], text[11:]
    if t != "T" or len(date) != 10 or date[4] != "-" or date[7] != "-" or rest[2:3] != ":" or rest[5:6] != ":":
        return False
    digits = date[:4] + date[5:7] + date[8:] + rest[:2] + rest[3:5] + rest[6:8]
    if not (digits.isascii() and digits.isdigit() and len(digits) == 14):
        return False
    zone = rest[8:]
    if zone.startswith("."):
        zone = zone[1:].lstrip("0123456789")
    if zone != "Z" and not (len(zone) == 6 and zone[0] in "+-" and zone[3] == ":" and (zone[1:3] + zone[4:]).isdigit()):
        return False
    month, day, hour, minute, second = (int(digits[i : i + 2]) for i in range(4, 14, 2))
    return 1 <= month <= 12 and 1 <= day <= 28 and hour < 24 and minute < 60 and second < 60


def _entries(factory: Callable[[], Any], name: str, rows: tuple[_Row, ...]) -> Callable[..., None]:
    def decode(record: Any, attribute: str, value: Any, path: str, lenient: bool) -> None:
        if value is not None:
            if type(value) is not list:
                raise _mismatch(value, f"[]*v2.{name}", path, lenient)
            before = getattr(record, attribute) or ()  # Go decodes into the elements that are there
            out: list[Any] = []
            for i, entry in enumerate(value):
                made = None
                if entry is not None:
                    made = before[i] if i < len(before) and before[i] is not None else factory()
                    _fill(made, entry, name, f"{path}.{i}", rows, lenient)
                out.append(made)
            value = out
        setattr(record, attribute, value)

    return decode


_DECODERS: dict[str, Callable[..., None]] = {
    "string": _string,
    "bool": _bool,
    "strings": _strings,
    "map": _map,
    "any[]": _anything,
    "time": _time,
    "maintainers": _entries(Maintainer, "Maintainer", _MAINTAINER),
    "dependencies": _entries(Dependency, "Dependency", _DEPENDENCY),
}
