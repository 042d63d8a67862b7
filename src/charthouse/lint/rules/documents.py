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
    """The head of each document in turn, None for an empty one. Raises YamlError at the first that cannot be read.

    A text beginning with a brace is read as JSON until that fails, then as YAML; when that fails too, the error is the
    one JSON gave.
    """
    if not text.lstrip().startswith("{"):
        for part in yaml.iterate_documents(text):
            yield _head(yaml.load_written(part), lenient=True)
        return
    found, rest, words = _json_heads(text)
    yield from found
    if not words:
        return
    if len(found) > 1:
        raise YamlError(words)
    parts = yaml.iterate_documents(rest)
    try:
        first = [_head(yaml.load_written(part), lenient=True) for part in [next(parts)]]
    except (YamlError, StopIteration):
        raise YamlError(words) from None
    yield from first
    for part in parts:
        yield _head(yaml.load_written(part), lenient=True)


def _json_heads(text: str) -> tuple[list[Head | None], str, str]:
    """The heads of a stream of JSON values, the text behind the last one, and what is wrong with that text."""
    from charthouse.golang.json import decode_prefix
    from charthouse.golang.json_syntax import JsonFault
    from charthouse.golang.kinds import GoError

    out: list[Head | None] = []
    rest = text.lstrip()
    while rest:
        try:
            value, end = decode_prefix(rest)
            out.append(_head(value, lenient=False))
        except JsonFault as fault:
            before = len(text[: len(text) - len(rest)].encode("utf-8", "surrogateescape"))
            return out, rest, f"json: offset {before + fault.offset}: {fault}"
        except GoError as error:
            words = str(error)
            return out, rest, "unexpected EOF" if words == "unexpected end of JSON input" else words
        except YamlError as error:
            return out, rest, str(error)
        rest = rest[end:].lstrip()
    return out, "", ""


def _head(value: Any, *, lenient: bool) -> Head | None:
    """lenient: numbers and booleans count as text, as they do when they come from YAML."""
    if value is None:
        return None
    if not isinstance(value, dict):
        raise _mismatch(value, "Go value", "rules.k8sYamlStruct", lenient)
    metadata = _field(value, "metadata")
    if metadata is not None and not isinstance(metadata, dict):
        raise _mismatch(metadata, "Go struct field .metadata", "rules.k8sYamlMetadata", lenient)
    return Head(
        _text(value, "apiVersion", "", lenient),
        _text(value, "kind", "", lenient),
        _text(metadata or {}, "name", ".metadata", lenient),
        _text(metadata or {}, "namespace", ".metadata", lenient),
    )


def _field(value: dict[str, Any], name: str) -> Any:
    """A member by its name, in any case when it is not there in this one."""
    if name in value:
        return value[name]
    for key, item in value.items():
        if key.lower() == name.lower():
            return item
    return None


def _text(value: dict[str, Any], name: str, path: str, lenient: bool) -> str:
    found = _field(value, name)
    if found is None:
        return ""
    if isinstance(found, str):
        return found
    if isinstance(found, (dict, list)) or not lenient:
        raise _mismatch(found, f"Go struct field {path}.{name}", "string", lenient)
    from charthouse.charts.scalars import scalar_text

    return scalar_text(found)


def _mismatch(value: Any, where: str, wanted: str, lenient: bool) -> YamlError:
    words = f"json: cannot unmarshal {_KINDS[type(value)]} into {where} of type {wanted}"
    return YamlError(f"error unmarshaling JSON: while decoding JSON: {words}" if lenient else words)
