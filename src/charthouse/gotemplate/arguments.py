"""Arguments against a function's types.

Rules: text/template/exec.go ``evalArg``, ``validateType``, ``canBeNil`` and the ``eval…`` family of Go 1.27, for the
types Helm's functions have (``functions.Function`` names them).
"""

from __future__ import annotations

from charthouse.golang.kinds import (
    Float32,
    Int64,
    NilMap,
    NilSlice,
    NilStringSlice,
    SizedInt,
    StringSlice,
    TypedMap,
    TypedSlice,
    go_type,
)
from charthouse.gotemplate import nodes
from charthouse.gotemplate.novalue import NOVALUE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from charthouse.gotemplate.nodes import Node

__all__ = ["WrongType", "can_be_nil", "exact_type", "literal", "type_text", "validated"]

ANY = "interface {}"
_VALUES = "chartutil.Values"  # a named map[string]interface {}, which Helm 2's `tpl` wants

_EXACT: dict[str, type] = {
    "string": str,
    "bool": bool,
    "int": int,
    "float64": float,
    "int64": Int64,
    "[]uint8": bytes,
    "[]byte": bytes,
    "[]any": list,
    "map": dict,
    "[]string": StringSlice,
}
_TEXTS = {"any": ANY, "map": "map[string]interface {}", "[]any": "[]interface {}", "[]byte": "[]uint8"}
_SIGNED = frozenset(["int", "int8", "int16", "int32", "int64", "time.Duration"])
_UNSIGNED = frozenset(["uint", "uint8", "uint16", "uint32", "uint64"])
_FLOATS = frozenset(["float64", "float32"])


class WrongType(Exception):
    """An argument that does not fit; its text is Go's."""


def type_text(name: str) -> str:
    """A signature's type as Go prints it."""
    if name.startswith("..."):
        return "[]" + type_text(name[3:])
    return _TEXTS.get(name, name)


def exact_type(name: str) -> type | None:
    """The Python class whose values fit a Go type without a further look, where there is one."""
    return _EXACT.get(name)


def can_be_nil(name: str) -> bool:
    """Whether an untyped nil can be given where this type is wanted."""
    text = type_text(name)
    return text in (ANY, "value", "error", _VALUES) or text.startswith(("map[", "[]", "*", "func", "chan"))


def nil_of(name: str) -> object:
    """The nil of a type, as implementations get it: maps and slices read as empty."""
    text = type_text(name)
    if text in ("map[string]interface {}", _VALUES):
        return NilMap()
    if text == "[]interface {}":
        return NilSlice()
    if text == "[]string":
        return NilStringSlice()
    if text == "[]uint8":
        return b""
    return None


def fits(value: object, name: str) -> bool:
    """Whether a value is assignable to a Go type (identical types, or identical underlying ones of which one is
    unnamed).
    """
    exact = _EXACT.get(name)
    if exact is not None and type(value) is exact:
        return True
    text = type_text(name)
    own = go_type(value)
    if own == text:
        return True
    if text == _VALUES:
        return own == "map[string]interface {}"
    if text == "map[string]interface {}":
        return isinstance(value, TypedMap) and not own.startswith("map[") and value.element == ANY
    if text.startswith("[]"):
        return isinstance(value, TypedSlice) and not own.startswith("[]") and value.element == text[2:]
    if text == "error":
        return isinstance(value, BaseException)
    return False


def validated(value: object, name: str) -> object:
    """`value` as an argument of the type `name`. Raises WrongType with Go's text."""
    if name == "any":
        return None if value is NOVALUE else value
    if name == "value":
        return value
    if value is NOVALUE:
        if can_be_nil(name):
            return nil_of(name)
        raise WrongType(f"invalid value; expected {type_text(name)}")
    if value is None:
        raise WrongType(f"wrong type for value; expected {type_text(name)}; got {ANY}")
    if fits(value, name):
        return value
    own = go_type(value)
    if own.startswith("*") and own[1:] == type_text(name):
        return value
    raise WrongType(f"wrong type for value; expected {type_text(name)}; got {own}")


def literal(node: Node, name: str) -> object:
    """A literal as an argument of the type `name`. Raises WrongType with Go's text."""
    kind = node[0]
    text = nodes.node_text(node)
    if kind == nodes.NIL:
        if can_be_nil(name):
            return NOVALUE if name == "value" else nil_of(name)
        raise WrongType(f"cannot assign nil to {type_text(name)}")
    if name in ("any", "value"):
        return ideal(node) if kind == nodes.NUMBER else node[2] if kind == nodes.BOOL else node[3]
    if name == "string":
        if kind == nodes.STRING:
            return node[3]
        raise WrongType(f"expected string; found {text}")
    if name == "bool":
        if kind == nodes.BOOL:
            return node[2]
        raise WrongType(f"expected bool; found {text}")
    if name in _SIGNED or name in _UNSIGNED or name in _FLOATS:
        return _number(node, name, text)
    raise WrongType(f"can't handle {text} for arg of type {type_text(name)}")


def _number(node: Node, name: str, text: str) -> object:
    index, wanted = (
        (3, "integer") if name in _SIGNED else (4, "unsigned integer") if name in _UNSIGNED else (5, "float")
    )
    value = node[index] if node[0] == nodes.NUMBER else None
    if value is None:
        raise WrongType(f"expected {wanted}; found {text}")
    if name in ("int", "float64"):
        return value
    return _sized()[name](value)


def _sized() -> dict[str, Callable[[float], object]]:
    sized: dict[str, Callable[[float], object]] = {cls.go_type: cls for cls in _subclasses(SizedInt)}
    sized["float32"] = Float32
    return sized


def _subclasses(cls: type[SizedInt]) -> list[type[SizedInt]]:
    return [found for sub in cls.__subclasses__() for found in (sub, *_subclasses(sub))]


def ideal(node: Node) -> object:
    """A number where no type is asked for (``idealConstant``). Raises WrongType for what int cannot hold."""
    _, _, text, signed, unsigned, real, whole = node
    if whole is not None:
        return whole
    hexadecimal = len(text) > 2 and text[:2] in ("0x", "0X") and "p" not in text and "P" not in text
    if real is not None and not hexadecimal and text[0] != "'" and any(char in ".eEpP" for char in text):
        return real
    if signed is not None:
        return signed
    if unsigned is not None:
        raise WrongType(f"{text} overflows int")
    return NOVALUE
