"""Plain data as protobuf's Struct and Value, and text that protobuf takes.

A Struct's numbers are floating point: integers beyond 2**53 lose digits there (``exact`` keeps them). Readers of
protobuf stop at a hundred levels of messages, three of which a level of data takes: what is nested more deeply stands
as its JSON text.
"""

from __future__ import annotations

import json
import math

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from charthouse.tiller.v1 import messages

__all__ = ["DEEPEST", "from_struct", "from_value", "is_repeated", "put_struct", "put_value", "text"]

DEEPEST = 24


def is_repeated(field: Any) -> bool:
    """Whether a field's descriptor is of a list or a map. (Older versions of protobuf have but the label.)"""
    known = getattr(field, "is_repeated", None)
    return bool(field.label == field.LABEL_REPEATED if known is None else known)


def text(value: str) -> str:
    """The text, with what is not UTF-8 in it (surrogates) replaced."""
    return value if value.isascii() else value.encode("utf-8", "replace").decode("utf-8")


def put_struct(out: messages.Struct, value: Mapping[str, Any]) -> None:
    """Fill a Struct with a map."""
    out.fields.clear()
    for key, entry in value.items():
        put_value(out.fields[text(str(key))], entry)


def put_value(out: messages.Value, value: Any, depth: int = 1) -> None:
    """Set a Value; what is no JSON becomes its text."""
    if depth > DEEPEST and isinstance(value, (dict, list, tuple)):
        value = json.dumps(value, default=str)
    if value is None:
        out.null_value = 0
    elif isinstance(value, bool):
        out.bool_value = value
    elif isinstance(value, (int, float)) and math.isfinite(value):
        out.number_value = float(value)
    elif isinstance(value, dict):
        out.struct_value.SetInParent()
        for key, entry in value.items():
            put_value(out.struct_value.fields[text(str(key))], entry, depth + 1)
    elif isinstance(value, (list, tuple)):
        out.list_value.SetInParent()
        for entry in value:
            put_value(out.list_value.values.add(), entry, depth + 1)
    else:
        out.string_value = text(str(value))


def from_struct(struct: messages.Struct) -> dict[str, Any]:
    """The map in a Struct; all numbers are floats."""
    return {key: from_value(entry) for key, entry in struct.fields.items()}


def from_value(value: messages.Value) -> Any:
    """The data in a Value; one that holds nothing is None."""
    kind = value.WhichOneof("kind")
    if kind in (None, "null_value"):
        return None
    if kind == "struct_value":
        return from_struct(value.struct_value)
    if kind == "list_value":
        return [from_value(entry) for entry in value.list_value.values]
    return getattr(value, kind)
