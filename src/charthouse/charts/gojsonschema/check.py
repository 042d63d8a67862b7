"""A value against a schema (validation.go). What fails in an alternative counts by its score: the best one is told."""

from __future__ import annotations

from charthouse.charts.gojsonschema.problem import SchemaProblem, canonical, exact, number_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from fractions import Fraction
    from typing import Any

    from charthouse.charts.gojsonschema.build import Schema

__all__ = ["Checker"]

_ROOT = "(root)"
_MAX_STEPS = 500_000


class _Result:
    """The lines of what is wrong, and how well the value matched."""

    __slots__ = ("lines", "score")

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.score = 0

    def fail(self, context: str, text: str) -> None:
        self.lines.append(f"{_field(context)}: {text}")
        self.score -= 2

    def take(self, other: _Result) -> None:
        self.lines += other.lines
        self.score += other.score


def _field(context: str) -> str:
    return context.removeprefix(_ROOT + ".")


def _kind(value: Any) -> str:
    if value is None:
        return "null"
    if type(value) is bool:
        return "boolean"
    if type(value) is str:
        return "string"
    if isinstance(value, dict):
        return "object"
    return "array" if isinstance(value, list) else "number"


class Checker:
    """One check; `steps` bounds what schemas with many alternatives may take."""

    __slots__ = ("steps",)

    def __init__(self) -> None:
        self.steps = _MAX_STEPS

    def run(self, schema: Schema, value: Any) -> list[str]:
        """The lines of what is wrong. Raises SchemaProblem when that takes too long."""
        return self.alone(schema, value, _ROOT).lines

    def alone(self, schema: Schema, value: Any, context: str) -> _Result:
        result = _Result()
        self.check(schema, value, result, context)
        return result

    def check(self, schema: Schema, value: Any, result: _Result, context: str) -> None:
        """validateRecursive."""
        self.steps -= 1
        if self.steps < 0:
            raise SchemaProblem("schema needs too many steps to be checked")
        if schema.passes is not None:
            if not schema.passes:
                result.fail(context, "False always fails validation")
            return
        if schema.reference is not None:
            self.check(schema.reference, value, result, context)
            return
        kind = _kind(value)
        if schema.types and not _has_type(schema, value, kind):
            shown = kind
            if kind == "number" and exact(value).denominator == 1:
                shown = "integer"
            names = schema.types[0] if len(schema.types) == 1 else f"[{','.join(schema.types)}]"
            result.fail(context, f"Invalid type. Expected: {names}, given: {shown}")
            return
        self.combined(schema, value, result, context)
        if kind == "array":
            self.array(schema, value, result, context)
        elif kind == "object":
            self.object(schema, value, result, context)
        elif kind == "number":
            _check_number(schema, value, result, context)
        _check_literal(schema, value, result, context)
        if kind == "object":
            for name, inner in schema.properties.items():
                if name in value:
                    self.check(inner, value[name], result, f"{context}.{name}")
        elif kind == "string":
            _check_string(schema, value, result, context)
        result.score += 1

    def combined(self, schema: Schema, value: Any, result: _Result, context: str) -> None:
        """validateSchema: alternatives, conditions, dependencies."""
        if schema.any_of:
            self._any_of(schema, value, result, context)
        if schema.one_of:
            self._one_of(schema, value, result, context)
        if schema.all_of:
            found = [self.alone(inner, value, context) for inner in schema.all_of]
            for each in found:
                result.take(each)
            if any(each.lines for each in found):
                result.fail(context, "Must validate all the schemas (allOf)")
        if schema.not_ is not None and not self.alone(schema.not_, value, context).lines:
            result.fail(context, "Must not validate the schema (not)")
        if schema.dependencies and isinstance(value, dict):
            self._dependencies(schema, value, result, context)
        if schema.if_ is not None:
            self._condition(schema, value, result, context)
        result.score += 1

    def _any_of(self, schema: Schema, value: Any, result: _Result, context: str) -> None:
        best: _Result | None = None
        for inner in schema.any_of:
            found = self.alone(inner, value, context)
            if not found.lines:
                return
            if best is None or found.score > best.score:
                best = found
        result.fail(context, "Must validate at least one schema (anyOf)")
        if best is not None:
            result.take(best)

    def _one_of(self, schema: Schema, value: Any, result: _Result, context: str) -> None:
        valid = 0
        best: _Result | None = None
        for inner in schema.one_of:
            found = self.alone(inner, value, context)
            if not found.lines:
                valid += 1
            elif not valid and (best is None or found.score > best.score):
                best = found
        if valid == 1:
            return
        result.fail(context, "Must validate one and only one schema (oneOf)")
        if not valid and best is not None:
            result.take(best)

    def _dependencies(self, schema: Schema, value: dict[str, Any], result: _Result, context: str) -> None:
        for name in value:
            wanted = schema.dependencies.get(name)
            if isinstance(wanted, list):
                for other in wanted:
                    if other not in value:
                        result.fail(context, f"Has a dependency on {other}")
            elif wanted is not None:
                self.check(wanted, value, result, context)

    def _condition(self, schema: Schema, value: Any, result: _Result, context: str) -> None:
        assert schema.if_ is not None
        holds = not self.alone(schema.if_, value, context).lines
        branch = schema.then if holds else schema.else_
        if branch is None:
            return
        found = self.alone(branch, value, context)
        if found.lines:
            text = 'Must validate "then" as "if" was valid' if holds else 'Must validate "else" as "if" was not valid'
            result.fail(context, text)
            result.take(found)

    def array(self, schema: Schema, value: list[Any], result: _Result, context: str) -> None:
        """validateArray."""
        count = len(value)
        if schema.single_item:
            for index, item in enumerate(value):
                result.take(self.alone(schema.items[0], item, f"{context}.{index}"))
        elif schema.items:
            self._listed_items(schema, value, result, context)
        if schema.min_items is not None and count < schema.min_items:
            result.fail(context, f"Array must have at least {schema.min_items} items")
        if schema.max_items is not None and count > schema.max_items:
            result.fail(context, f"Array must have at most {schema.max_items} items")
        if schema.unique_items:
            seen: dict[str, int] = {}
            for index, item in enumerate(value):
                text = canonical(item)
                if text in seen:
                    result.fail(context, f"array items[{seen[text]},{index}] must be unique")
                seen[text] = index
        if schema.contains is not None:
            self._contains(schema.contains, value, result, context)
        result.score += 1

    def _listed_items(self, schema: Schema, value: list[Any], result: _Result, context: str) -> None:
        for index, (inner, item) in enumerate(zip(schema.items, value, strict=False)):
            result.take(self.alone(inner, item, f"{context}.{index}"))
        listed = len(schema.items)
        more = schema.additional_items
        if listed >= len(value) or more is None or more is True:
            return
        if more is False:
            result.fail(context, "No additional items allowed on array")
            return
        for index in range(listed, len(value)):
            result.take(self.alone(more, value[index], f"{context}.{index}"))

    def _contains(self, schema: Schema, value: list[Any], result: _Result, context: str) -> None:
        best: _Result | None = None
        for index, item in enumerate(value):
            found = self.alone(schema, item, f"{context}.{index}")
            if not found.lines:
                return
            if best is None or found.score > best.score:
                best = found
        result.fail(context, "At least one of the items must match")
        if best is not None:
            result.take(best)

    def object(self, schema: Schema, value: dict[str, Any], result: _Result, context: str) -> None:
        """validateObject."""
        if schema.min_properties is not None and len(value) < schema.min_properties:
            result.fail(context, f"Must have at least {schema.min_properties} properties")
        if schema.max_properties is not None and len(value) > schema.max_properties:
            result.fail(context, f"Must have at most {schema.max_properties} properties")
        for name in schema.required:
            if name in value:
                result.score += 1
            else:
                result.fail(context, f"{name} is required")
        for name, item in value.items():
            if self._patterns(schema, name, item, result, context) or name in schema.properties:
                continue
            more = schema.additional_properties
            if more is False:
                result.fail(context, f"Additional property {name} is not allowed")
            elif more is not None and more is not True:
                result.take(self.alone(more, item, f"{context}.{name}"))
        if schema.property_names is not None:
            for name in value:
                found = self.alone(schema.property_names, name, context)
                if found.lines:
                    result.fail(context, f'Property name of "{name}" does not match')
                    result.take(found)
        result.score += 1

    def _patterns(self, schema: Schema, name: str, item: Any, result: _Result, context: str) -> bool:
        matched = False
        for expression, inner in schema.pattern_properties:
            if expression.match(name):
                matched = True
                result.take(self.alone(inner, item, f"{context}.{name}"))
        if matched:
            result.score += 1
        return matched


def _has_type(schema: Schema, value: Any, kind: str) -> bool:
    if kind in schema.types:
        return True
    return kind == "number" and "integer" in schema.types and exact(value).denominator == 1


def _check_literal(schema: Schema, value: Any, result: _Result, context: str) -> None:
    """validateCommon: const and enum."""
    if schema.const is not None or schema.enum:
        text = canonical(value)
        if schema.const is not None and text != schema.const:
            result.fail(context, f"{_field(context)} does not match: {schema.const}")
        if schema.enum and text not in schema.enum:
            result.fail(context, f"{_field(context)} must be one of the following: {', '.join(schema.enum)}")
    result.score += 1


def _check_number(schema: Schema, value: Any, result: _Result, context: str) -> None:
    """validateNumber."""
    bounds = (schema.multiple_of, schema.maximum, schema.exclusive_maximum, schema.minimum, schema.exclusive_minimum)
    if any(bound is not None for bound in bounds):
        _check_bounds(schema, exact(value), result, context)
    if schema.format:
        from charthouse.charts.gojsonschema.formats import fits

        if not fits(schema.format, value):
            result.fail(context, f"Does not match format '{schema.format}'")
    result.score += 1


def _check_bounds(schema: Schema, number: Fraction, result: _Result, context: str) -> None:
    if schema.multiple_of is not None and (number / schema.multiple_of).denominator != 1:
        result.fail(context, f"Must be a multiple of {number_text(schema.multiple_of)}")
    if schema.maximum is not None and number > schema.maximum:
        result.fail(context, f"Must be less than or equal to {number_text(schema.maximum)}")
    if schema.exclusive_maximum is not None and number >= schema.exclusive_maximum:
        result.fail(context, f"Must be less than {number_text(schema.exclusive_maximum)}")
    if schema.minimum is not None and number < schema.minimum:
        result.fail(context, f"Must be greater than or equal to {number_text(schema.minimum)}")
    if schema.exclusive_minimum is not None and number <= schema.exclusive_minimum:
        result.fail(context, f"Must be greater than {number_text(schema.exclusive_minimum)}")


def _check_string(schema: Schema, value: str, result: _Result, context: str) -> None:
    """validateString."""
    if schema.min_length is not None and len(value) < schema.min_length:
        result.fail(context, f"String length must be greater than or equal to {schema.min_length}")
    if schema.max_length is not None and len(value) > schema.max_length:
        result.fail(context, f"String length must be less than or equal to {schema.max_length}")
    if schema.pattern is not None and not schema.pattern[1].match(value):
        result.fail(context, f"Does not match pattern '{schema.pattern[0]}'")
    if schema.format:
        from charthouse.charts.gojsonschema.formats import fits

        if not fits(schema.format, value):
            result.fail(context, f"Does not match format '{schema.format}'")
    result.score += 1
