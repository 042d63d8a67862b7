"""The documents of a manifest as lint looks at them: apiVersion, kind, name and namespace.

Whose rules: helm v4.3.1 rules/template.go `k8sYamlStruct`, decoded by k8s.io/apimachinery's NewYAMLOrJSONDecoder.
"""

from __future__ import annotations

from charthouse.formats import yaml
from charthouse.formats.yaml import YamlError
from charthouse.records import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

__all__ = ["Head", "heads"]

_KINDS = {str: "string", bool: "bool", float: "number", int: "number", list: "array", dict: "object"}


class Head(Record):
    """What lint knows of one object; each field "" when not given."""

    api_version: str
    kind: str
    name: str
    namespace: str


def heads(text: str) -> Iterator[Head | None]:
    """The head of each document in turn, None for an empty one. Raises YamlError at the first that cannot be read."""
    if text.lstrip().startswith("{"):
        values = _json_values(text)
        if values is not None:
            for value in values:
                yield _head(value)
            return
    for part in yaml.iterate_documents(text):
        yield _head(yaml.load_object(part))


def _json_values(text: str) -> list[Any] | None:
    """The values of a stream of JSON documents, None when it is not one."""
    from charthouse.golang.json import decode_prefix
    from charthouse.golang.kinds import GoError

    out = []
    rest = text.strip()
    try:
        while rest:
            value, end = decode_prefix(rest)
            out.append(value)
            rest = rest[end:].lstrip()
    except GoError:
        return None
    return out


def _head(value: Any) -> Head | None:
    if value is None:
        return None
    if not isinstance(value, dict):
        raise _mismatch(value, "Go value", "rules.k8sYamlStruct")
    metadata = _field(value, "metadata")
    if metadata is not None and not isinstance(metadata, dict):
        raise _mismatch(metadata, "Go struct field .metadata", "rules.k8sYamlMetadata")
    return Head(
        _text(value, "apiVersion", ""),
        _text(value, "kind", ""),
        _text(metadata or {}, "name", ".metadata"),
        _text(metadata or {}, "namespace", ".metadata"),
    )


def _field(value: dict[str, Any], name: str) -> Any:
    """A member by its name, in any case when it is not there in this one."""
    if name in value:
        return value[name]
    for key, item in value.items():
        if key.lower() == name.lower():
            return item
    return None


def _text(value: dict[str, Any], name: str, path: str) -> str:
    found = _field(value, name)
    if found is None:
        return ""
    if isinstance(found, (dict, list)):
        raise _mismatch(found, f"Go struct field {path}.{name}", "string")
    if isinstance(found, str):
        return found
    from charthouse.charts.scalars import scalar_text

    return scalar_text(found)


def _mismatch(value: Any, where: str, wanted: str) -> YamlError:
    return YamlError(
        f"error unmarshaling JSON: while decoding JSON: json: cannot unmarshal {_KINDS[type(value)]} into {where} "
        f"of type {wanted}"
    )
