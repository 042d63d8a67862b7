"""Chart.yaml and Chart.lock as data: fields, JSON form, validation.

Whose rules: Helm 4.3.1 pkg/chart/v2/{metadata,dependency}.go and encoding/json's decoding of them (unknown keys are
ignored, keys match without regard to case, a wrong kind is an error that names the Go field). Decoding keeps going after
a wrong kind and reports the first one, as encoding/json does; here it stops there, since Helm drops the result anyway.
"""

from __future__ import annotations

from charthouse.errors import CharthouseError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

__all__ = ["ChartError", "Dependency", "Lock", "Maintainer", "Metadata", "ValidationError"]


class ChartError(CharthouseError):
    """The root of the errors of package charts."""


class ValidationError(ChartError):
    """Chart.yaml breaks a rule; the text begins with ``validation: ``."""

    def __init__(self, text: str, *, hint: str = "") -> None:
        super().__init__("validation: " + text, hint=hint)


# One row a field: JSON key, attribute, kind ("string", "bool", "strings", "map", "any[]", "maintainers", "dependencies").
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
    def from_object(cls, value: Any) -> Lock:
        """From a decoded lock file. Raises GoError with encoding/json's text on a wrong kind."""
        lock = cls()
        _fill(lock, value, "Lock", "", _LOCK)
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
        from charthouse.formats.yaml import load_object

        metadata = cls()
        metadata.update(load_object(data))
        return metadata

    @classmethod
    def from_object(cls, value: Any) -> Metadata:
        """From the decoded JSON form (a stored release). Raises GoError with encoding/json's text on a wrong kind."""
        metadata = cls()
        metadata.update(value)
        return metadata

    def update(self, value: Any) -> None:
        """Decode on top of what is there, as a second Unmarshal into the same struct does (requirements.yaml)."""
        _fill(self, value, "Metadata", "", _METADATA)

    def to_dict(self) -> dict[str, Any]:
        """Helm's JSON form: struct order, empty fields left out."""
        return _to_dict(self, _METADATA)

    def validate(self) -> None:
        """Sanitise texts in place and check. Raises ValidationError (metadata.go Metadata.Validate)."""
        from charthouse.charts.validation import validate

        validate(self)


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


def _fill(record: Any, value: Any, struct: str, path: str, rows: Sequence[_Row]) -> None:
    """encoding/json's decoding of an object into a struct. path: the dotted JSON path so far ("dependencies.")."""
    if value is None:
        return
    if type(value) is not dict:
        raise _mismatch(value, f"v2.{struct}", "" if not path else struct, path)
    index = {row[0]: row for row in rows}
    folded: dict[str, _Row] = {}
    for key, entry in value.items():
        row = index.get(key)
        if row is None:
            if not folded:
                folded = {row[0].lower(): row for row in rows}
            row = folded.get(key.lower())
            if row is None:
                continue
        _DECODERS[row[2]](record, row[1], entry, struct, path + row[0])


def _mismatch(value: Any, go_type: str, struct: str, path: str) -> Exception:
    from charthouse.golang.kinds import GoError

    return GoError(f"error unmarshaling JSON: while decoding JSON: {_mismatch_text(value, go_type, struct, path)}")


def _mismatch_text(value: Any, go_type: str, struct: str, path: str) -> str:
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
    if struct:
        return f"json: cannot unmarshal {name} into Go struct field {struct}.{path} of type {go_type}"
    return f"json: cannot unmarshal {name} into Go value of type {go_type}"


def _string(record: Any, attribute: str, value: Any, struct: str, path: str) -> None:
    if value is None:
        return
    if type(value) is not str:
        raise _mismatch(value, "string", struct, path)
    setattr(record, attribute, value)


def _bool(record: Any, attribute: str, value: Any, struct: str, path: str) -> None:
    if value is None:
        return
    if type(value) is not bool:
        raise _mismatch(value, "bool", struct, path)
    setattr(record, attribute, value)


def _strings(record: Any, attribute: str, value: Any, struct: str, path: str) -> None:
    if value is None:
        setattr(record, attribute, None)
        return
    if type(value) is not list:
        raise _mismatch(value, "[]string", struct, path)
    out = []
    for entry in value:
        if entry is not None and type(entry) is not str:
            raise _mismatch(entry, "string", struct, path)
        out.append(entry or "")
    setattr(record, attribute, out)


def _map(record: Any, attribute: str, value: Any, struct: str, path: str) -> None:
    if value is None:
        setattr(record, attribute, None)
        return
    if type(value) is not dict:
        raise _mismatch(value, "map[string]string", struct, path)
    out = dict(getattr(record, attribute) or {})
    for key, entry in value.items():
        if entry is not None and type(entry) is not str:
            raise _mismatch(entry, "string", struct, path)
        out[key] = entry or ""
    setattr(record, attribute, out)


def _anything(record: Any, attribute: str, value: Any, struct: str, path: str) -> None:
    if value is not None and type(value) is not list:
        raise _mismatch(value, "[]interface {}", struct, path)
    setattr(record, attribute, value)


def _time(record: Any, attribute: str, value: Any, struct: str, path: str) -> None:
    if value is None:
        return
    from charthouse.golang.kinds import GoError

    if type(value) is not str:
        raise GoError("error unmarshaling JSON: while decoding JSON: Time.UnmarshalJSON: input is not a JSON string")
    setattr(record, attribute, value)


def _entries(factory: Callable[[], Any], go_type: str, name: str, rows: tuple[_Row, ...]) -> Callable[..., None]:
    def decode(record: Any, attribute: str, value: Any, struct: str, path: str) -> None:
        if value is None:
            setattr(record, attribute, None)
            return
        if type(value) is not list:
            raise _mismatch(value, f"[]*v2.{go_type}", struct, path)
        out: list[Any] = []
        for entry in value:
            if entry is None:
                out.append(None)
                continue
            if type(entry) is not dict:
                raise _mismatch(entry, f"v2.{go_type}", struct, path)
            made = factory()
            _fill(made, entry, name, path + ".", rows)
            out.append(made)
        setattr(record, attribute, out)

    return decode


_DECODERS: dict[str, Callable[..., None]] = {
    "string": _string,
    "bool": _bool,
    "strings": _strings,
    "map": _map,
    "any[]": _anything,
    "time": _time,
    "maintainers": _entries(Maintainer, "Maintainer", "Maintainer", _MAINTAINER),
    "dependencies": _entries(Dependency, "Dependency", "Dependency", _DEPENDENCY),
}
