"""The keywords of a schema: where schemas stand below it, and whether every keyword has the type it must have.

Whose rules: the metaschemas of drafts 4 to 2020-12, as far as a look can be sure of them. What is not surely sound is
judged by the metaschema itself (``metaschema``).
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

__all__ = ["REFERENCES", "Number", "escaped", "looks_sound", "subschemas", "survey"]

_TYPES = frozenset(("array", "boolean", "integer", "null", "number", "object", "string"))
_ONE = frozenset(
    (
        "not",
        "items",
        "additionalItems",
        "additionalProperties",
        "propertyNames",
        "contains",
        "if",
        "then",
        "else",
        "unevaluatedProperties",
        "unevaluatedItems",
    )
)
_MANY = frozenset(("allOf", "anyOf", "oneOf", "prefixItems"))
_NAMED = frozenset(("properties", "patternProperties", "definitions", "$defs", "dependentSchemas"))
_COUNTS = frozenset(
    (
        "minLength",
        "maxLength",
        "minItems",
        "maxItems",
        "minProperties",
        "maxProperties",
        "minContains",
        "maxContains",
    )
)
_NUMBERS = frozenset(("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"))
_TEXTS = frozenset(
    (
        "title",
        "description",
        "$comment",
        "format",
        "contentEncoding",
        "contentMediaType",
        "$schema",
        "$anchor",
        "$dynamicAnchor",
    )
)
_FLAGS = frozenset(("uniqueItems", "readOnly", "writeOnly", "deprecated", "$recursiveAnchor"))
_ANCHORS = frozenset(("$anchor", "$dynamicAnchor"))
REFERENCES = frozenset(("$ref", "$dynamicRef", "$recursiveRef"))
_CHECKED = (
    _ONE
    | _MANY
    | _NAMED
    | _COUNTS
    | _NUMBERS
    | _TEXTS
    | _FLAGS
    | REFERENCES
    | frozenset(
        (
            "type",
            "required",
            "enum",
            "pattern",
            "dependencies",
            "dependentRequired",
            "multipleOf",
            "$id",
            "id",
            "examples",
            "$vocabulary",
        )
    )
)


class Number(float):
    """A number of a schema that was written with a fraction or an exponent: `written` is how."""

    __slots__ = ("written",)
    written: str

    def __new__(cls, text: str) -> Number:
        self = super().__new__(cls, text)
        self.written = text
        return self


def survey(
    root: Any, draft: int, compiles: Callable[[str], bool]
) -> tuple[list[tuple[dict[str, Any], str]], set[int], bool] | None:
    """One walk over a schema without addresses and anchors: where its references are (dict and keyword), which dicts it
    consists of, and whether anything asks what was left unevaluated. None when it does not surely look sound."""
    if not isinstance(root, dict):
        return None
    references: list[tuple[dict[str, Any], str]] = []
    seen: set[int] = set()
    tracks = False
    stack: list[Any] = [root]
    while stack:
        node = stack.pop()
        if type(node) is not dict:
            if type(node) is bool and draft >= 6:
                continue
            return None
        if id(node) in seen:
            continue
        seen.add(id(node))
        for key, value in node.items():
            if key not in _CHECKED:
                continue
            if key == "type" and type(value) is str:
                if value not in _TYPES:
                    return None
            elif key in _TEXTS:
                if type(value) is not str or key in _ANCHORS:
                    return None
            elif key == "properties":
                if type(value) is not dict:
                    return None
                stack += value.values()
            elif key in _ONE and type(value) is dict:
                stack.append(value)
                tracks = tracks or (draft >= 2019 and key.startswith("unevaluated"))
            elif not _sound(key, value, draft, compiles):
                return None
            elif key in REFERENCES:
                references.append((node, key))
            elif key in _NAMED:
                stack += value.values()
            elif key in _MANY or (type(value) is list and key == "items"):
                stack += value
            elif key.startswith("unevaluated"):
                tracks = draft >= 2019
    return references, seen, tracks


def looks_sound(root: Any, draft: int, compiles: Callable[[str], bool]) -> bool:
    """Whether every keyword of every schema surely has the type the metaschema wants. compiles: is it an expression."""
    if not isinstance(root, (dict, bool)) or (draft < 6 and not isinstance(root, dict)):
        return False
    seen: set[int] = set()
    stack: list[Any] = [root]
    while stack:
        node = stack.pop()
        if isinstance(node, bool):
            continue
        if not isinstance(node, dict):
            return False
        if id(node) in seen:
            continue
        seen.add(id(node))
        for key, value in node.items():
            if key in _CHECKED and not _sound(key, value, draft, compiles):
                return False
        below = subschemas(node, "")
        if draft < 6 and any(isinstance(inner, bool) and not path.startswith("/additional") for inner, path in below):
            return False
        stack += [inner for inner, _ in below]
    return True


def _sound(key: str, value: Any, draft: int, compiles: Callable[[str], bool]) -> bool:
    if key == "type":
        return value in _TYPES if isinstance(value, str) else _names(value, least=1) and _TYPES.issuperset(value)
    if key in _NAMED:
        return isinstance(value, dict) and (key != "patternProperties" or all(compiles(text) for text in value))
    if key in _ONE:
        if isinstance(value, bool):
            return draft >= 6 or key.startswith("additional")
        return isinstance(value, dict) or (key == "items" and isinstance(value, list) and bool(value) and draft < 2020)
    if key in _MANY:
        return isinstance(value, list) and bool(value)
    if key in _COUNTS:
        return type(value) is int and value >= 0
    if draft == 4 and key.startswith("exclusive"):
        return False  # a flag there, that stands beside a limit
    if key in _NUMBERS or key == "multipleOf":
        return type(value) in (int, Number) and (key != "multipleOf" or value > 0)
    if key in _FLAGS:
        return isinstance(value, bool)
    if key == "required":
        return _names(value, least=1 if draft == 4 else 0)
    if key == "pattern":
        return isinstance(value, str) and compiles(value)
    if key in _TEXTS:
        return isinstance(value, str) and (key not in _ANCHORS or _plain_anchor(value))
    if key in ("examples", "enum"):
        return isinstance(value, list) and (
            key == "examples" or draft >= 2019 or (draft >= 6 and _names(value, least=1))
        )
    if key == "$id" and draft >= 2019 and isinstance(value, str) and "#" in value:
        return False
    return key in ("$id", "$ref") and isinstance(value, str) and _plain_reference(value)


def _plain_anchor(text: str) -> bool:
    return text.isascii() and text[:1].isalpha() and text.replace("-", "").replace("_", "").isalnum()


def _plain_reference(text: str) -> bool:
    if ":" in text.partition("/")[0] and not text.partition(":")[0].isalpha():
        return False  # perhaps no scheme
    return text.isascii() and text.isprintable() and not any(char in text for char in ' %\\"<>^`{|}[]')


def _names(value: Any, *, least: int) -> bool:
    return (
        isinstance(value, list)
        and len(value) >= least
        and all(isinstance(item, str) for item in value)
        and len(set(value)) == len(value)
    )


def subschemas(node: dict[str, Any], pointer: str) -> list[tuple[Any, str]]:
    """The schemas directly below one, with their pointers."""
    out: list[tuple[Any, str]] = []
    for key, value in node.items():
        if key in _NAMED or key == "dependencies":
            if isinstance(value, dict):
                out += [
                    (inner, f"{pointer}/{key}/{escaped(name)}")
                    for name, inner in value.items()
                    if key != "dependencies" or not isinstance(inner, list)
                ]
        elif key in _MANY or (key == "items" and isinstance(value, list)):
            if isinstance(value, list):
                out += [(inner, f"{pointer}/{key}/{index}") for index, inner in enumerate(value)]
        elif key in _ONE:
            out.append((value, f"{pointer}/{key}"))
    return out


def escaped(part: str) -> str:
    return part.replace("~", "~0").replace("/", "~1")
