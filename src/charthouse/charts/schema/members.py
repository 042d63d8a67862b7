"""Keywords about what is inside an object or a list (santhosh-tekuri/jsonschema v6.0.3 objValidate, arrValidate)."""

from __future__ import annotations

from charthouse.charts.schema.document import SchemaProblem
from charthouse.charts.schema.problem import Problem, joined, number, quoted
from charthouse.charts.schema.scope import Left, Scope
from charthouse.charts.schema.values import same

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from charthouse.charts.schema.validator import Place, Validator

__all__ = ["check_array", "check_object"]


def _counted(schema: dict[str, Any], noun: str, got: int, place: Place, errors: list[Problem]) -> None:
    least, most = schema.get("min" + noun), schema.get("max" + noun)
    if least is not None and got < least:
        errors.append(Problem(f"min{noun}: got {number(got)}, want {number(int(least))}", place))
    if most is not None and got > most:
        errors.append(Problem(f"max{noun}: got {number(got)}, want {number(int(most))}", place))


def _missing(value: dict[str, Any], names: Any) -> list[str]:
    return [name for name in names if isinstance(name, str) and name not in value]


def _add(errors: list[Problem], problem: Problem | None) -> None:
    if problem is not None:
        errors.append(problem)


def check_object(
    validator: Validator,
    schema: dict[str, Any],
    value: dict[str, Any],
    place: Place,
    scope: Scope,
    left: Left | None,
    quiet: bool,
    errors: list[Problem],
) -> None:
    """The problems of an object, added to `errors`."""
    _counted(schema, "Properties", len(value), place, errors)
    missing = _missing(value, schema.get("required", ()))
    if missing:
        noun = "property" if len(missing) == 1 else "properties"
        errors.append(Problem(f"missing {noun} {joined(missing)}", place))
    if quiet and errors:
        return
    _dependencies(validator, schema, "dependencies", value, place, scope, left, quiet, errors)
    _properties(validator, schema, value, place, scope, left, quiet, errors)
    if validator.draft == 4:
        return
    if "propertyNames" in schema:
        _property_names(validator, schema["propertyNames"], value, place, errors)
    if validator.draft >= 2019:
        _dependencies(validator, schema, "dependentSchemas", value, place, scope, left, quiet, errors)
        _dependencies(validator, schema, "dependentRequired", value, place, scope, left, quiet, errors)


def _dependencies(
    validator: Validator,
    schema: dict[str, Any],
    keyword: str,
    value: dict[str, Any],
    place: Place,
    scope: Scope,
    left: Left | None,
    quiet: bool,
    errors: list[Problem],
) -> None:
    rules = schema.get(keyword)
    if not isinstance(rules, dict):
        return
    for name, rule in rules.items():
        if name not in value:
            continue
        if isinstance(rule, list):
            missing = _missing(value, rule)
            if missing:
                errors.append(Problem(f"properties {joined(missing)} required, if {quoted(name)} exists", place))
        elif keyword != "dependentRequired":
            _add(errors, validator.same_value(rule, value, place, scope, left, quiet))


def _properties(
    validator: Validator,
    schema: dict[str, Any],
    value: dict[str, Any],
    place: Place,
    scope: Scope,
    left: Left | None,
    quiet: bool,
    errors: list[Problem],
) -> None:
    known = schema.get("properties") or {}
    patterns = schema.get("patternProperties") or {}
    further = schema.get("additionalProperties")
    refused: list[str] = []
    for name, item in value.items():
        if quiet and errors:
            return
        evaluated = False
        rule = known.get(name)
        if rule is not None:
            evaluated = True
            _add(errors, validator.below(rule, item, name, place, scope, quiet))
        if patterns:
            validator.count(len(patterns))
        for pattern, rule in patterns.items():
            if validator.document.patterns[pattern].match(name):
                evaluated = True
                _add(errors, validator.below(rule, item, name, place, scope, quiet))
        if not evaluated and further is not None:
            evaluated = True
            if further is False:
                refused.append(name)
            elif further is not True:
                _add(errors, validator.below(further, item, name, place, scope, quiet))
        if evaluated and left is not None:
            left.names.discard(name)
    if refused:
        errors.append(Problem(f"additional properties {joined(refused)} not allowed", place))


def _property_names(
    validator: Validator, rule: Any, value: dict[str, Any], place: Place, errors: list[Problem]
) -> None:
    for name in value:
        problem = validator.apply(rule, name, (), Scope(rule, "", 0, None), validator.left(name, rule, False), False)
        if problem is not None:
            causes = problem.causes if problem.group else [problem]
            errors.append(Problem(f"invalid propertyName {quoted(name)}", place, causes))


def check_array(
    validator: Validator,
    schema: dict[str, Any],
    value: list[Any],
    place: Place,
    scope: Scope,
    left: Left | None,
    quiet: bool,
    errors: list[Problem],
) -> None:
    """The problems of a list, added to `errors`."""
    _counted(schema, "Items", len(value), place, errors)
    if schema.get("uniqueItems") is True:
        twins = _twins(value)
        if twins is not None:
            errors.append(Problem(f"items at {number(twins[0])} and {number(twins[1])} are equal", place))
    modern = validator.draft >= 2020
    first = schema.get("prefixItems" if modern else "items")
    rules = first if isinstance(first, list) else []
    for index, (rule, item) in enumerate(zip(rules, value, strict=False)):
        _add(errors, validator.below(rule, item, str(index), place, scope, quiet))
    done = min(len(rules), len(value))
    rest = schema.get("items") if modern or not isinstance(first, list) else schema.get("additionalItems")
    if rest is False and not modern and isinstance(first, list):
        if done != len(value):
            errors.append(Problem(f"last {number(len(value) - done)} additionalItem(s) not allowed", place))
    elif rest is not None and not isinstance(rest, list):
        for index in range(done, len(value)):
            _add(errors, validator.below(rest, value[index], str(index), place, scope, quiet))
    if "contains" in schema and validator.draft >= 6:
        _contains(validator, schema, value, place, scope, left, quiet, errors)


def _contains(
    validator: Validator,
    schema: dict[str, Any],
    value: list[Any],
    place: Place,
    scope: Scope,
    left: Left | None,
    quiet: bool,
    errors: list[Problem],
) -> None:
    failed: list[Problem] = []
    matched: list[int] = []
    for index, item in enumerate(value):
        problem = validator.below(schema["contains"], item, str(index), place, scope, quiet)
        if problem is not None:
            failed.append(problem)
            continue
        matched.append(index)
        if left is not None and validator.draft >= 2020:
            left.items.discard(index)
    shown = " ".join(str(index) for index in matched)
    least = schema.get("minContains") if validator.draft >= 2019 else None
    most = schema.get("maxContains") if validator.draft >= 2019 else None
    if least is not None:
        if len(matched) < least:
            text = f"min {number(int(least))} items required to match contains schema, but "
            text += f"matched {number(len(matched))} items at {shown}" if matched else "none matched"
            errors.append(Problem(text, place, failed))
    elif not matched:
        errors.append(Problem("no items match contains schema", place, failed))
    if most is not None and len(matched) > most:
        text = f"max {number(int(most))} items required to match contains schema, but "
        errors.append(Problem(text + f"matched {number(len(matched))} items at {shown}", place))


_MAX_COMPARED = 4000
"""Items, if they are not all text."""


def _twins(value: list[Any]) -> tuple[int, int] | None:
    """The first pair of equal items: found by the later one, as santhosh-tekuri searches.

    Raises SchemaProblem for more items than can be compared with each other in time.
    """
    if all(type(item) is str for item in value):
        places: dict[str, int] = {}
        for later, item in enumerate(value):
            earlier = places.setdefault(item, later)
            if earlier != later:
                return earlier, later
        return None
    if len(value) > _MAX_COMPARED:
        raise SchemaProblem(f"uniqueItems of more than {_MAX_COMPARED} items takes too long to check")
    for later in range(1, len(value)):
        for earlier in range(later):
            if same(value[later], value[earlier]):
                return earlier, later
    return None
