"""Keywords without schemas inside: read, checked and stored on a schema (schema.go parseSchema)."""

from __future__ import annotations

from charthouse.charts.gojsonschema.pool import DRAFT4, DRAFT6, HYBRID
from charthouse.charts.gojsonschema.problem import Number, SchemaProblem, canonical, exact

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from charthouse.charts.gojsonschema.build import Schema
    from charthouse.golang.regexp import Regexp

__all__ = ["counts", "expression", "invalid_type", "literals", "numbers", "texts", "types"]

_TYPES = ("array", "boolean", "integer", "number", "null", "object", "string")


def invalid_type(expected: str, given: str) -> SchemaProblem:
    """A keyword whose value is of the wrong kind."""
    return SchemaProblem(f"Invalid type. Expected: {expected}, given: {given}")


def expression(text: str, complaint: str) -> Regexp:
    from charthouse.golang.kinds import GoError
    from charthouse.golang.regexp import compile as compile_expression

    try:
        return compile_expression(text)
    except GoError:
        raise SchemaProblem(complaint) from None


def types(node: dict[str, Any], schema: Schema) -> None:
    if "type" not in node:
        return
    held = node["type"]
    listed = [held] if type(held) is str else held
    if type(listed) is not list or not all(type(name) is str for name in listed):
        raise invalid_type("string/array of strings", "type")
    for name in listed:
        if name not in _TYPES:
            raise SchemaProblem(
                f"has a primitive type that is NOT VALID -- given: /{name}/ Expected valid values are:"
                f"[{' '.join(_TYPES)}]"
            )
        if name in schema.types:
            raise SchemaProblem(f"{name} type is duplicated")
        schema.types.append(name)


def numbers(node: dict[str, Any], schema: Schema) -> None:
    if "multipleOf" in node:
        if type(node["multipleOf"]) is not Number:
            raise invalid_type("number", "multipleOf")
        schema.multiple_of = exact(node["multipleOf"])
        if schema.multiple_of <= 0:
            raise SchemaProblem("multipleOf must be strictly greater than 0")
    for key, attribute in (("minimum", "minimum"), ("maximum", "maximum")):
        if key in node:
            if type(node[key]) is not Number:
                raise SchemaProblem(f"{key} must be of a number")
            setattr(schema, attribute, exact(node[key]))
        _exclusive(node, schema, key)


def _exclusive(node: dict[str, Any], schema: Schema, plain: str) -> None:
    """exclusiveMinimum, exclusiveMaximum: a flag in draft 4, a number since, either in between."""
    key = "exclusive" + plain.capitalize()
    if key not in node:
        return
    held = node[key]
    flag = type(held) is bool and schema.draft in (DRAFT4, HYBRID)
    if flag:
        bound = getattr(schema, plain)
        if bound is None:
            raise SchemaProblem(f"{key} cannot be used without {plain}")
        if held:
            setattr(schema, f"exclusive_{plain}", bound)
            setattr(schema, plain, None)
    elif type(held) is Number and schema.draft != DRAFT4:
        setattr(schema, f"exclusive_{plain}", exact(held))
    else:
        expected = {DRAFT4: "boolean", HYBRID: "boolean/number"}.get(schema.draft, "number")
        raise invalid_type(expected, key)


def texts(node: dict[str, Any], schema: Schema) -> None:
    _bounds(node, schema, "Length", lambda low, high: f"{low} cannot be greater than {high}")
    if "pattern" in node:
        if type(node["pattern"]) is not str:
            raise SchemaProblem("pattern must be of a string")
        schema.pattern = (node["pattern"], expression(node["pattern"], "pattern must be a valid regex"))
    if "format" in node:
        if type(node["format"]) is not str:
            raise SchemaProblem("format must be of type string")
        schema.format = node["format"]


def _bounds(node: dict[str, Any], schema: Schema, noun: str, clash: Callable[[str, str], str] | None) -> None:
    found: list[int | None] = []
    for bound in ("min", "max"):
        key = bound + noun
        if key not in node:
            found.append(None)
            continue
        value = exact(node[key]) if type(node[key]) is Number else None
        if value is None or value.denominator != 1 or not node[key].text.lstrip("-").isdigit():
            raise SchemaProblem(f"{key} must be of an integer")
        if value < 0:
            raise SchemaProblem(f"{key} must be greater than or equal to 0")
        found.append(int(value))
        setattr(schema, f"{bound}_{noun.lower()}", int(value))
    low, high = found
    if clash is not None and low is not None and high is not None and low > high:
        raise SchemaProblem(clash("min" + noun, "max" + noun))


def counts(node: dict[str, Any], schema: Schema) -> None:
    _bounds(node, schema, "Properties", lambda low, high: f"{low} cannot be greater than {high}")
    if "required" in node:
        if type(node["required"]) is not list:
            raise SchemaProblem("required must be of an array")
        for name in node["required"]:
            if type(name) is not str:
                raise SchemaProblem("required items must be string")
            if name in schema.required:
                raise SchemaProblem("required items must be unique")
            schema.required.append(name)
    _bounds(node, schema, "Items", None)
    if "uniqueItems" in node:
        if type(node["uniqueItems"]) is not bool:
            raise SchemaProblem("uniqueItems must be of a boolean")
        schema.unique_items = node["uniqueItems"]


def literals(node: dict[str, Any], schema: Schema) -> None:
    if "const" in node and schema.draft >= DRAFT6:
        schema.const = canonical(node["const"])
    if "enum" in node:
        if type(node["enum"]) is not list:
            raise SchemaProblem("enum must be of an array")
        for choice in node["enum"]:
            text = canonical(choice)
            if text in schema.enum:
                raise SchemaProblem("enum items must be unique")
            schema.enum.append(text)
