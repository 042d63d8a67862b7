"""YAML into fields of known types, with the mistakes go-yaml v3 reports: all of them, each with its line.

Rules: go.yaml.in/yaml/v3 ``decode.go`` (``mappingStruct``, ``scalar``, ``sequence``, ``terror``). A shape is data: a
``Struct`` of fields, a ``Sequence``, a ``Mapping``, or one of the scalar names "string", "bool", "uint32", "uint64",
"int64". The names of Go's types are part of the error texts.
"""

from __future__ import annotations

from charthouse.formats.yaml.nodes import ALIAS, MAP, SCALAR, Node
from charthouse.plugins.errors import MetadataError
from charthouse.records import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any, TypeAlias

    Shape: TypeAlias = "str | Struct | Sequence | Mapping"

__all__ = ["ANY", "Mapping", "Sequence", "Struct", "decode"]

ANY = "interface {}"
_TRUE = ("true", "True", "TRUE", "y", "Y", "yes", "on")
_FALSE = ("false", "False", "FALSE", "n", "N", "no", "off")
_NULLS = ("", "~", "null", "Null", "NULL")
_SHOWN = 10
_DEPTH = 50


class Struct(Record):
    """A Go struct. name: its type; fields: YAML key → shape; known: other keys are mistakes; pointer: it is one."""

    name: str
    fields: dict[str, Any]
    known: bool = False


class Sequence(Record):
    """A slice. name: Go's type."""

    name: str
    item: Any


class Mapping(Record):
    """A map with string keys. name: Go's type."""

    name: str
    value: Any


def decode(text: str, shape: Struct) -> dict[str, Any] | None:
    """The first document's fields by key (absent ones are left out), None when there is no document.

    Raises MetadataError in go-yaml's words.
    """
    from charthouse.formats.yaml import YamlError
    from charthouse.formats.yaml.reader import parse

    try:
        root = parse(text)
    except YamlError as error:
        raise MetadataError(error.message) from error
    if root is None:
        return None
    decoder = _Decoder()
    value = decoder.value(root, shape, 0)
    if decoder.problems:
        raise MetadataError("yaml: unmarshal errors:\n  " + "\n  ".join(decoder.problems))
    return value or {}


class _Decoder:
    def __init__(self) -> None:
        self.problems: list[str] = []

    def value(self, node: Node, shape: Shape, depth: int) -> Any:
        """The value of a node; None for null, and for what does not fit (told in `problems`)."""
        if node.kind == ALIAS and node.target is not None:
            node = node.target
        if depth > _DEPTH:
            raise MetadataError(f"yaml: line {node.line + 1}: nested too deeply")
        if node.kind == SCALAR:
            return self._scalar(node, shape)
        if shape == ANY:
            return self._any(node, depth)
        if node.kind == MAP:
            if isinstance(shape, Struct):
                return self._struct(node, shape, depth)
            if isinstance(shape, Mapping):
                pairs = self._pairs(node, depth)
                return {key.value: self.value(item, shape.value, depth + 1) for key, item in pairs}
            return self._mismatch(node, "!!map", shape)
        if isinstance(shape, Sequence):
            return [self.value(item, shape.item, depth + 1) for item in node.children]
        return self._mismatch(node, "!!seq", shape)

    def _struct(self, node: Node, shape: Struct, depth: int) -> dict[str, Any]:
        out: dict[str, Any] = {}
        for key, item in self._pairs(node, depth):
            inner = shape.fields.get(key.value)
            if inner is not None:
                value = self.value(item, inner, depth + 1)
                if value is not None:
                    out[key.value] = value
            elif shape.known:
                self.problems.append(f"line {key.line + 1}: field {key.value} not found in type {shape.name}")
        return out

    def _pairs(self, node: Node, depth: int) -> Iterator[tuple[Node, Node]]:
        from charthouse.golang.strconv import quote

        seen: dict[str, int] = {}
        children = node.children
        for at in range(0, len(children), 2):
            key, item = children[at], children[at + 1]
            if key.value == "<<" and key.plain:
                merged = item.target if item.kind == ALIAS and item.target is not None else item
                if merged.kind == MAP and depth < _DEPTH:
                    yield from self._pairs(merged, depth + 1)
                continue
            if key.value in seen:
                first = seen[key.value] + 1
                text = f"line {key.line + 1}: mapping key {quote(key.value)} already defined at line {first}"
                self.problems.append(text)
                continue
            seen[key.value] = key.line
            yield key, item

    def _any(self, node: Node, depth: int) -> Any:
        if node.kind == MAP:
            return {key.value: self.value(item, ANY, depth + 1) for key, item in self._pairs(node, depth)}
        return [self.value(item, ANY, depth + 1) for item in node.children]

    def _scalar(self, node: Node, shape: Shape) -> Any:
        text = node.value
        plain = node.plain and not node.tag
        if plain and text in _NULLS:
            return None
        if shape == "string":
            return text
        if shape == ANY:
            return _untyped(text) if plain else text
        if shape == "bool" and (plain or node.tag.endswith(":bool")) and (text in _TRUE or text in _FALSE):
            return text in _TRUE
        if isinstance(shape, str) and shape[-2:] in ("32", "64") and plain:
            number = _untyped(text)
            low = 0 if shape.startswith("u") else -(1 << 63)
            if type(number) is int and low <= number < 1 << (int(shape[-2:]) if low == 0 else 63):
                return number
        return self._mismatch(node, _tag(node, plain), shape)

    def _mismatch(self, node: Node, tag: str, shape: Shape) -> None:
        shown = ""
        if node.kind == SCALAR:
            shown = f" `{node.value[:7]}...`" if len(node.value) > _SHOWN else f" `{node.value}`"
        name = shape if isinstance(shape, str) else shape.name
        self.problems.append(f"line {node.line + 1}: cannot unmarshal {tag}{shown} into {name}")


def _untyped(text: str) -> Any:
    from charthouse.formats.yaml.resolve import resolve_number

    if text in ("true", "True", "TRUE", "false", "False", "FALSE"):
        return text[0] in "tT"
    number = resolve_number(text)
    return text if number is None else number


def _tag(node: Node, plain: bool) -> str:
    if node.tag:
        return node.tag.replace("tag:yaml.org,2002:", "!!")
    value = _untyped(node.value) if plain else node.value
    kinds = {bool: "!!bool", int: "!!int", float: "!!float"}
    return kinds.get(type(value), "!!str")
