"""The head of a document: apiVersion, kind, name and annotations, decoded as Helm decodes them.

Whose rules: Helm 4.3.1 pkg/release/v1/util/manifest.go SimpleHead, through sigs.k8s.io/yaml and encoding/json: the
whole document must be YAML; numbers and booleans where text is wanted become text; a wrong kind is an error.
"""

from __future__ import annotations

from charthouse.charts.scalars import scalar_text
from charthouse.formats.yaml import YamlError, load_written
from charthouse.golang.kinds import GoError
from charthouse.manifests.hooks import Head
from charthouse.profile import HELM4

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from charthouse.profile import Profile

__all__ = ["read_head"]

_EMPTY = Head()
_TEXTS = ("apiversion", "kind")
_FIELDS = {"apiversion": "apiVersion"} | {name: name for name in ("kind", "metadata", "name", "annotations")}
_WHILE = "error unmarshaling JSON: while decoding JSON: "
_METADATA = 'struct { Name string "json:\\"name\\""; Annotations map[string]string "json:\\"annotations\\"" }'
_NAMES = {bool: "bool", str: "string", dict: "object", list: "array"}


def read_head(document: str, profile: Profile = HELM4) -> Head:
    """The head of one document. Raises formats' YAML error, or GoError for a wrong kind, with sigs.k8s.io/yaml's
    text."""
    try:
        return _read(document)
    except _Mismatch as error:
        raise GoError(error.old_text() if profile.old_go else error.text()) from None


class _Mismatch(Exception):
    """A value of the wrong kind: what it is, where, and the Go type it should be."""

    def __init__(self, name: str, path: str, go_type: str) -> None:
        super().__init__(name, path, go_type)
        self.name = name
        self.path = path
        self.go_type = go_type

    def text(self) -> str:
        """As Go 1.27 words it."""
        path = self.path
        if not path:
            into = "Go value"
        elif path[path.rfind(".") + 1 :].isdigit():
            into = path
        else:
            into = f"Go struct field {path}"
        return f"{_WHILE}json: cannot unmarshal {self.name} into {into} of type {self.go_type}"

    def old_text(self) -> str:
        """As Go 1.23 words it: the innermost struct's name (that of metadata has none), no keys of maps."""
        steps = [_FIELDS.get(step.lower(), step) for step in self.path.split(".")[1:3]]
        if not steps:
            into = "Go value"
        elif len(steps) > 1:
            into = f"Go struct field .{'.'.join(steps)}"
        else:
            into = f"Go struct field SimpleHead.{steps[0]}"
        go_type = "releaseutil.SimpleHead" if self.go_type == "util.SimpleHead" else self.go_type
        return f"{_WHILE}json: cannot unmarshal {self.name} into {into} of type {go_type}"


def _read(document: str) -> Head:
    try:
        value = load_written(document)
    except YamlError as error:
        if "json: unsupported value" not in error.message:
            raise
        value = _with_infinities(document, error)
    if value is None:
        return _EMPTY
    if type(value) is not dict:
        raise _mismatch(value, "", "util.SimpleHead")
    fields: dict[str, str] = {"apiversion": "", "kind": ""}
    metadata: dict[str, Any] | None = None
    # Keys match without regard to case; of several that match, the last in sorted order wins, as JSON objects decode.
    for key in sorted(value):
        folded = key.lower()
        if folded in fields:
            if value[key] is not None:
                fields[folded] = _text(value[key], "." + key)
        elif folded == "metadata":
            metadata = _metadata(value[key], "." + key, metadata)
    if metadata is None:
        return Head(fields["apiversion"], fields["kind"])
    return Head(fields["apiversion"], fields["kind"], metadata["name"], True, metadata["annotations"])


def _with_infinities(document: str, error: YamlError) -> Any:
    """The value of a document with an infinity in it, which is no error where text is wanted. Raises YamlError else."""
    value = load_written(document, unbounded=True)
    if type(value) is not dict:
        raise error
    rest = {key: entry for key, entry in value.items() if not (type(entry) is float and key.lower() in _TEXTS)}
    for key, entry in rest.items():
        if key.lower() == "metadata" and type(entry) is dict:
            rest[key] = {name: part for name, part in entry.items() if not _is_text(name.lower(), part)}
    from charthouse.formats.yaml.decode import refuse_infinities

    try:
        refuse_infinities(rest)
    except YamlError as found:
        raise YamlError(f"error converting YAML to JSON: {found.message}") from None
    return value


def _is_text(name: str, part: Any) -> bool:
    """Whether all numbers in a part of the metadata become text."""
    if name == "name":
        return type(part) is float
    return name == "annotations" and type(part) is dict and not any(type(e) in (dict, list) for e in part.values())


def _metadata(value: Any, path: str, metadata: dict[str, Any] | None) -> dict[str, Any] | None:
    if value is None:
        return None
    if type(value) is not dict:
        raise _mismatch(value, path, _METADATA)
    metadata = metadata or {"name": "", "annotations": None}
    for key in sorted(value):
        folded = key.lower()
        if folded == "name":
            if value[key] is not None:
                metadata["name"] = _text(value[key], f"{path}.{key}")
        elif folded == "annotations":
            metadata["annotations"] = _annotations(value[key], f"{path}.{key}", metadata["annotations"])
    return metadata


def _annotations(value: Any, path: str, held: dict[str, str] | None) -> dict[str, str] | None:
    if value is None:
        return None
    if type(value) is not dict:
        raise _mismatch(value, path, "map[string]string")
    out = held or {}
    for key in sorted(value):
        entry = value[key]
        out[key] = "" if entry is None else _text(entry, f"{path}.{_step(key)}")
    return out


def _step(key: str) -> str:
    """A map's key as encoding/json writes it into a path: as a JSON pointer does."""
    return key.replace("~", "~0").replace("/", "~1")


def _text(value: Any, path: str) -> str:
    kind = type(value)
    if kind is str:
        return str(value)
    if kind is dict or kind is list:
        raise _mismatch(value, path, "string")
    return scalar_text(value)


def _mismatch(value: Any, path: str, go_type: str) -> _Mismatch:
    return _Mismatch(_NAMES.get(type(value), "number"), path, go_type)
