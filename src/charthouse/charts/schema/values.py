"""JSON values: their types, equality and numbers as santhosh-tekuri/jsonschema v6.0.3 has them (`util.go`)."""

from __future__ import annotations

from charthouse.charts.schema.problem import display, number

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["enum_text", "float_text", "is_multiple", "is_number", "is_whole", "kind_of", "ordered_types", "same"]

_KINDS = {dict: "object", list: "array", str: "string", bool: "boolean", float: "number", int: "number"}


def kind_of(value: Any) -> str:
    """The JSON type of a value, "" for what JSON does not know."""
    if value is None:
        return "null"
    found = _KINDS.get(type(value))
    if found is None:
        for known, name in _KINDS.items():
            if isinstance(value, known) and not hasattr(value, "element"):
                return name
        return ""
    return found


def is_whole(value: Any) -> bool:
    return isinstance(value, int) or float(value).is_integer()


def same(left: Any, right: Any) -> bool:
    """Equality of JSON values: numbers by value, never a bool with a number."""
    kind = kind_of(left)
    if kind != kind_of(right):
        return False
    if kind == "object":
        return len(left) == len(right) and all(key in right and same(item, right[key]) for key, item in left.items())
    if kind == "array":
        return len(left) == len(right) and all(same(a, b) for a, b in zip(left, right, strict=True))
    return bool(left == right)


_TYPE_ORDER = ("null", "boolean", "number", "integer", "string", "array", "object")


def ordered_types(names: list[str]) -> list[str]:
    """The order santhosh-tekuri keeps types in: that of its bits."""
    return [name for name in _TYPE_ORDER if name in names]


def enum_text(choices: list[Any]) -> str:
    if any(isinstance(choice, (dict, list)) for choice in choices):
        return "'enum' failed"
    shown = ", ".join(display(choice) for choice in choices)
    return f"value must be {shown}" if len(choices) == 1 else f"value must be one of {shown}"


def is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def float_text(value: Any) -> str:
    """A bound or value, which santhosh-tekuri prints as a float64 in English."""
    return number(float(value))


def is_multiple(value: Any, step: Any) -> bool:
    """Exact division of decimals, as big.Rat does it."""
    from fractions import Fraction

    if not step:
        return True
    exact = Fraction(_decimal(value)) / Fraction(_decimal(step))
    return exact.denominator == 1


def _decimal(value: Any) -> str:
    return str(int(value)) if isinstance(value, int) else repr(float(value))
