"""A value against a schema: santhosh-tekuri/jsonschema v6.0.3 `validator.go`, keyword by keyword and in its order."""

from __future__ import annotations

from charthouse.charts.schema.document import SchemaProblem
from charthouse.charts.schema.problem import Problem, display, number, quoted
from charthouse.charts.schema.scope import Left, Scope
from charthouse.charts.schema.values import (
    enum_text,
    float_text,
    is_multiple,
    is_number,
    is_whole,
    kind_of,
    ordered_types,
    same,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from charthouse.charts.schema.document import Document

    Place = tuple[str, ...]

__all__ = ["Validator"]

_MISSING = object()


_TOO_MANY = "schema needs too many steps to be checked"
_MAX_STEPS = 500_000
"""Schemas applied to values in one run: references can multiply, thirty of them to a thousand million."""


class Validator:
    """Applies a document's schema to values. formats: check named formats whatever the draft says."""

    def __init__(self, document: Document, *, formats: bool = False) -> None:
        self.document = document
        self.draft = document.draft
        self.asserts_format = formats or document.draft < 2019
        self.tracks = document.tracks
        self.steps = _MAX_STEPS
        from charthouse.charts.schema.members import check_array, check_object

        self.check_object, self.check_array = check_object, check_array

    def run(self, value: Any) -> Problem | None:
        """What is wrong with a value, None when nothing is."""
        schema = self.document.root
        left = self.left(value, schema, False)
        found = self.apply(schema, value, (), Scope(schema, "", 0, None), left, False)
        if found is None:
            return None
        causes = found.causes if found.group else [found]
        head = f"jsonschema validation failed with {quoted(self.document.address + '#')}"
        return Problem(head, (), causes, root=True)

    def count(self, steps: int) -> None:
        """Steps taken elsewhere. Raises SchemaProblem when they were too many."""
        self.steps -= steps
        if self.steps < 0:
            raise SchemaProblem(_TOO_MANY)

    # --- what is left unevaluated --------------------------------------------------------------------------------

    def left(self, value: Any, schema: Any, caller: bool) -> Left | None:
        if not self.tracks:
            return None
        names: set[str] = set()
        items: set[int] = set()
        if isinstance(schema, dict):
            if isinstance(value, dict):
                if "additionalProperties" not in schema and (caller or "unevaluatedProperties" in schema):
                    names = set(value)
            elif isinstance(value, list) and (caller or "unevaluatedItems" in schema):
                items = self.items_left(value, schema)
        elif caller:
            names = set(value) if isinstance(value, dict) else names
            items = set(range(len(value))) if isinstance(value, list) else items
        return Left(names, items)

    def items_left(self, value: list[Any], schema: dict[str, Any]) -> set[int]:
        if self.draft < 2020:
            rule = schema.get("items")
            if isinstance(rule, (dict, bool)) or (isinstance(rule, list) and "additionalItems" in schema):
                return set()
            first = len(rule) if isinstance(rule, list) else 0
        else:
            if "items" in schema:
                return set()
            first = len(schema.get("prefixItems", ()))
        return set(range(first, len(value)))

    # --- one schema ----------------------------------------------------------------------------------------------

    def apply(
        self, schema: Any, value: Any, place: Place, scope: Scope, left: Left | None, quiet: bool
    ) -> Problem | None:
        """The problem of a value under a schema. quiet: only whether there is one matters."""
        if schema is True or schema == {}:
            return None
        self.steps -= 1
        if self.steps < 0:
            raise SchemaProblem(_TOO_MANY)
        if not isinstance(schema, dict):
            return Problem("false schema", place) if schema is False else None
        kind = kind_of(value)
        early = self.early(schema, value, place, scope, kind)
        if early is not None:
            early.schema = schema
            return early
        errors: list[Problem] = []
        if "$ref" in schema:
            problem = self.reference(schema, "$ref", value, place, scope, left, quiet)
            if self.draft < 2019:
                return problem
            if problem is not None:
                errors.append(problem)
        self.typed(schema, value, place, scope, left, quiet, kind, errors)
        if not errors or not quiet:
            if self.draft >= 2019:
                self.dynamic_references(schema, value, place, scope, left, quiet, errors)
            self.conditions(schema, value, place, scope, left, quiet, errors)
            if left is not None:
                self.unevaluated(schema, value, place, scope, left, quiet, errors)
        if not errors:
            return None
        for error in errors:
            if error.schema is None:
                error.schema = schema
        return errors[0] if len(errors) == 1 else Problem("validation failed", place, errors, group=True)

    def early(self, schema: dict[str, Any], value: Any, place: Place, scope: Scope, kind: str) -> Problem | None:
        """The checks whose failure hides all others: cycle, type, const, enum, format."""
        above = scope.parent
        while above is not None and (above.value is scope.value or above.value == scope.value):
            if above.schema is schema:
                return self.cycle(scope, above, place)
            above = above.parent
        if not kind:
            from charthouse.golang.kinds import go_type

            return Problem(f"invalid jsonType {go_type(value)}", place)
        if self.draft < 2019 and "$ref" in schema:
            return None
        wanted = schema.get("type")
        if wanted is not None:
            names = wanted if isinstance(wanted, list) else [wanted]
            if kind not in names and not (kind == "number" and "integer" in names and is_whole(value)):
                return Problem(f"got {kind}, want {' or '.join(ordered_types(names))}", place)
        if "const" in schema and self.draft >= 6 and not same(value, schema["const"]):
            constant = schema["const"]
            collection = isinstance(constant, (dict, list))
            return Problem("'const' failed" if collection else f"value must be {display(constant)}", place)
        choices = schema.get("enum")
        if isinstance(choices, list) and not any(same(value, choice) for choice in choices):
            return Problem(enum_text(choices), place)
        name = schema.get("format")
        if self.asserts_format and isinstance(name, str):
            from charthouse.charts.schema.formats import complaint

            words = complaint(name, value)
            if words:
                return Problem(f"{display(value)} is not valid {name}: {words}", place)
        return None

    def cycle(self, scope: Scope, above: Scope, place: Place) -> Problem:
        location = f"{self.document.address}#{self.document.pointer(scope.schema)}"
        first, second = self.keyword_path(scope), self.keyword_path(above)
        return Problem(f'both {first} and {second} resolve to "{location}" causing reference cycle', place)

    def keyword_path(self, scope: Scope) -> str:
        out = ""
        current = scope
        while current.parent is not None:
            if current.keyword:
                out = f"/{current.keyword}{out}"
            else:
                above = self.document.pointer(current.parent.schema)
                out = self.document.pointer(current.schema)[len(above) :] + out
            current = current.parent
        return out

    # --- moving --------------------------------------------------------------------------------------------------

    def same_value(
        self, schema: Any, value: Any, place: Place, scope: Scope, left: Left | None, quiet: bool, keyword: str = ""
    ) -> Problem | None:
        """Another schema on the same value; what it evaluates counts here when it holds."""
        inner = None
        if left is not None:
            inner = self.left(value, schema, bool(left.names or left.items))
        problem = self.apply(schema, value, place, Scope(schema, keyword, scope.value, scope), inner, quiet)
        if problem is None and left is not None and inner is not None:
            left.keep(inner)
        return problem

    def below(self, schema: Any, value: Any, key: str, place: Place, scope: Scope, quiet: bool) -> Problem | None:
        """A schema on a member of the value."""
        inner = self.left(value, schema, False)
        return self.apply(schema, value, (*place, key), Scope(schema, "", scope.value + 1, scope), inner, quiet)

    def reference(
        self,
        schema: dict[str, Any],
        keyword: str,
        value: Any,
        place: Place,
        scope: Scope,
        left: Left | None,
        quiet: bool,
        target: Any = _MISSING,
    ) -> Problem | None:
        if target is _MISSING:
            target = self.document.targets.get((id(schema), keyword), True)
        problem = self.same_value(target, value, place, scope, left, quiet, keyword)
        if problem is None:
            return None
        return Problem("validation failed", place, problem.causes if problem.group else [problem], reference=True)

    def dynamic_references(
        self,
        schema: dict[str, Any],
        value: Any,
        place: Place,
        scope: Scope,
        left: Left | None,
        quiet: bool,
        errors: list[Problem],
    ) -> None:
        for keyword in ("$recursiveRef", "$dynamicRef"):
            if keyword not in schema:
                continue
            target = self.document.targets.get((id(schema), keyword), True)
            if keyword == "$recursiveRef":
                target = self.recursive_anchor(target, scope)
            else:
                target = self.dynamic_anchor(str(schema[keyword]).partition("#")[2], target, scope)
            problem = self.reference(schema, keyword, value, place, scope, left, quiet, target)
            if problem is not None:
                errors.append(problem)

    def recursive_anchor(self, target: Any, scope: Scope) -> Any:
        if not (isinstance(target, dict) and target.get("$recursiveAnchor") is True):
            return target
        current: Scope | None = scope
        while current is not None:
            home = self.document.home.get(id(current.schema))
            if home is not None and isinstance(home.node, dict) and home.node.get("$recursiveAnchor") is True:
                target = home.node
            current = current.parent
        return target

    def dynamic_anchor(self, name: str, target: Any, scope: Scope) -> Any:
        if not (isinstance(target, dict) and name and target.get("$dynamicAnchor") == name):
            return target
        current: Scope | None = scope
        while current is not None:
            home = self.document.home.get(id(current.schema))
            if home is not None and name in home.dynamic:
                target = home.dynamic[name]
            current = current.parent
        return target

    # --- keywords by type ----------------------------------------------------------------------------------------

    def typed(
        self,
        schema: dict[str, Any],
        value: Any,
        place: Place,
        scope: Scope,
        left: Left | None,
        quiet: bool,
        kind: str,
        errors: list[Problem],
    ) -> None:
        if kind == "object":
            self.check_object(self, schema, value, place, scope, left, quiet, errors)
        elif kind == "array":
            self.check_array(self, schema, value, place, scope, left, quiet, errors)
        elif kind == "string":
            self.string(schema, value, place, errors)
        elif kind == "number":
            self.number(schema, value, place, errors)

    def string(self, schema: dict[str, Any], value: str, place: Place, errors: list[Problem]) -> None:
        least, most = schema.get("minLength"), schema.get("maxLength")
        if least is not None and len(value) < least:
            errors.append(Problem(f"minLength: got {number(len(value))}, want {number(int(least))}", place))
        if most is not None and len(value) > most:
            errors.append(Problem(f"maxLength: got {number(len(value))}, want {number(int(most))}", place))
        pattern = schema.get("pattern")
        if isinstance(pattern, str) and not self.document.patterns[pattern].match(value):
            errors.append(Problem(f"{quoted(value)} does not match pattern {quoted(pattern)}", place))

    def number(self, schema: dict[str, Any], value: Any, place: Place, errors: list[Problem]) -> None:
        for keyword, strict in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")):
            bound, open_bound = schema.get(keyword), schema.get(strict)
            if open_bound is True:
                bound, open_bound = None, bound
            sign = 1 if keyword == "minimum" else -1
            if bound is not None and (value - bound) * sign < 0:
                errors.append(Problem(f"{keyword}: got {float_text(value)}, want {float_text(bound)}", place))
            if is_number(open_bound) and (value - open_bound) * sign <= 0:
                errors.append(Problem(f"{strict}: got {float_text(value)}, want {float_text(open_bound)}", place))
        step = schema.get("multipleOf")
        if step is not None and not is_multiple(value, step):
            errors.append(Problem(f"multipleOf: got {float_text(value)}, want {float_text(step)}", place))

    # --- conditions ----------------------------------------------------------------------------------------------

    def conditions(
        self,
        schema: dict[str, Any],
        value: Any,
        place: Place,
        scope: Scope,
        left: Left | None,
        quiet: bool,
        errors: list[Problem],
    ) -> None:
        if "not" in schema and self.same_value(schema["not"], value, place, scope, left, True) is None:
            errors.append(Problem("'not' failed", place))
        failed = [
            problem
            for inner in schema.get("allOf", ())
            if (problem := self.same_value(inner, value, place, scope, left, quiet)) is not None
        ]
        if failed:
            errors.append(Problem("'allOf' failed", place, failed))
        if schema.get("anyOf"):
            self.any_of(schema["anyOf"], value, place, scope, left, quiet, errors)
        if schema.get("oneOf"):
            self.one_of(schema["oneOf"], value, place, scope, left, quiet, errors)
        if "if" in schema and self.draft >= 7:
            held = self.same_value(schema["if"], value, place, scope, left, True) is None
            branch = schema.get("then" if held else "else")
            if branch is not None:
                problem = self.same_value(branch, value, place, scope, left, quiet)
                if problem is not None:
                    errors.append(problem)

    def any_of(
        self,
        choices: list[Any],
        value: Any,
        place: Place,
        scope: Scope,
        left: Left | None,
        quiet: bool,
        errors: list[Problem],
    ) -> None:
        failed: list[Problem] = []
        matched = False
        for inner in choices:
            problem = self.same_value(inner, value, place, scope, left, quiet)
            if problem is not None:
                failed.append(problem)
                continue
            matched = True
            if left is None or not (left.names or left.items):
                break
        if not matched:
            errors.append(Problem("'anyOf' failed", place, failed))

    def one_of(
        self,
        choices: list[Any],
        value: Any,
        place: Place,
        scope: Scope,
        left: Left | None,
        quiet: bool,
        errors: list[Problem],
    ) -> None:
        failed: list[Problem] = []
        matched = -1
        for index, inner in enumerate(choices):
            problem = self.same_value(inner, value, place, scope, left, quiet or matched >= 0)
            if problem is not None:
                failed.append(problem)
            elif matched >= 0:
                errors.append(Problem(f"'oneOf' failed, subschemas {matched}, {index} matched", place))
                return
            else:
                matched = index
        if matched < 0:
            errors.append(Problem("'oneOf' failed, none matched", place, failed))

    def unevaluated(
        self,
        schema: dict[str, Any],
        value: Any,
        place: Place,
        scope: Scope,
        left: Left,
        quiet: bool,
        errors: list[Problem],
    ) -> None:
        if isinstance(value, dict) and "unevaluatedProperties" in schema:
            for name in [name for name in value if name in left.names]:
                problem = self.below(schema["unevaluatedProperties"], value[name], name, place, scope, quiet)
                if problem is not None:
                    errors.append(problem)
            left.names = set()
        if isinstance(value, list) and "unevaluatedItems" in schema:
            for index in sorted(left.items):
                problem = self.below(schema["unevaluatedItems"], value[index], str(index), place, scope, quiet)
                if problem is not None:
                    errors.append(problem)
            left.items = set()
