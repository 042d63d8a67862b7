"""Values a values.schema.json refuses: each with what set it, the rule's line, and what would be accepted.

The values are validated once more for the tree of problems (``charts.schema``), whose places and schemas are data.
"""

from __future__ import annotations

import re

from charthouse.advice.nearness import listed, nearest
from charthouse.advice.secrecy import is_confidential
from charthouse.charts.schema.document import Document, SchemaProblem
from charthouse.charts.schema.validator import Validator
from charthouse.errors import CharthouseError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from charthouse.advice.inputs import Inputs, Path
    from charthouse.charts.chart import Chart
    from charthouse.charts.schema.problem import Problem
    from charthouse.charts.values import SchemaError

__all__ = ["schema_hint"]

_MAX_PROBLEMS = 6
_NAMES = re.compile(r"'((?:[^'\\]|\\.)*)'")


def schema_hint(error: SchemaError, inputs: Inputs) -> str:
    """A few lines for each value that breaks a schema."""
    lines: list[str] = []
    count = 0
    for chart, prefix, values in _charts(inputs.chart, (), error.values):
        for problem in _problems(chart, values):
            count += 1
            if count <= _MAX_PROBLEMS:
                lines += _explained(problem, chart, prefix, values, inputs)
    if count > _MAX_PROBLEMS:
        lines.append(f"… and {count - _MAX_PROBLEMS} problems more")
    return "\n".join(lines)


def _charts(chart: Chart, prefix: Path, values: dict[str, Any]) -> Iterator[tuple[Chart, Path, dict[str, Any]]]:
    yield chart, prefix, values
    for inner in chart.dependencies:
        block = values.get(inner.name)
        if isinstance(block, dict):
            yield from _charts(inner, (*prefix, inner.name), block)


def _problems(chart: Chart, values: dict[str, Any]) -> Iterator[Problem]:
    """The single problems of a chart's values; alternatives (anyOf, oneOf) are one."""
    if chart.schema is None:
        return
    try:
        found = Validator(Document.parse(chart.schema)).run(values)
    except (SchemaProblem, RecursionError):
        return
    if found is not None:
        yield from _leaves(found)


def _leaves(problem: Problem) -> Iterator[Problem]:
    if not problem.causes or "Of' failed" in problem.text_:
        yield problem
        return
    for cause in problem.causes:
        yield from _leaves(cause)


def _explained(problem: Problem, chart: Chart, prefix: Path, values: dict[str, Any], inputs: Inputs) -> list[str]:
    place = _typed(problem.place, values)
    path = (*prefix, *place)
    found, value = inputs.value_at(path)
    name = inputs.named(path)
    rule = _rule(chart, place)
    text = problem.text_
    if text.startswith("additional properties"):
        return _additional(problem, path, inputs, rule)
    if text.startswith("missing propert"):
        return _missing(problem, path, value, inputs, rule)
    head = f"{name} is {inputs.described(value, path)}" if found and path else f"{name}: {text}"
    return [f"{head} ({rule})", *_remedy(problem, value, path, inputs)]


def _typed(place: tuple[str, ...], values: Any) -> Path:
    """A place as keys and indexes."""
    out: list[str | int] = []
    for part in place:
        if isinstance(values, list) and part.isdigit() and int(part) < len(values):
            out.append(int(part))
            values = values[int(part)]
        else:
            out.append(part)
            values = values.get(part) if isinstance(values, dict) else None
    return tuple(out)


def _rule(chart: Chart, place: Path) -> str:
    """Where in the schema the rule for a place stands."""
    from charthouse.formats.yaml import key_lines

    file = f"{chart.full_path()}/values.schema.json"
    assert chart.schema is not None
    try:
        lines = key_lines(chart.schema.decode("utf-8", "replace"))
    except CharthouseError:
        return f"rule of {file}"
    step: tuple[str | int, ...] = ()
    for part in place:
        following = [(*step, "properties", part), (*step, "items"), (*step, "additionalProperties")]
        known = next((other for other in following if other in lines), None)
        if known is None:
            break
        step = known
    return f"rule at {file}:{lines[step]}" if step else f"rule of {file}"


def _additional(problem: Problem, path: Path, inputs: Inputs, rule: str) -> list[str]:
    lines: list[str] = []
    allowed = list((problem.schema or {}).get("properties") or ())
    for key in _NAMES.findall(problem.text_):
        full = (*path, key)
        said = inputs.origin(full)
        lines.append(f"{inputs.named(full)} is not allowed{', ' + said if said else ''} ({rule})")
        near = nearest(key, allowed)
        if near:
            lines.append(f"did you mean {' or '.join(inputs.named((*path, other)) for other in near)}?")
        elif allowed:
            lines.append(f"allowed are {listed(allowed)}")
    return lines


def _missing(problem: Problem, path: Path, value: Any, inputs: Inputs, rule: str) -> list[str]:
    lines: list[str] = []
    allowed = (problem.schema or {}).get("properties") or {}
    for key in _NAMES.findall(problem.text_):
        full = (*path, key)
        removed = inputs.removed(full)
        lines.append(f"{inputs.named(full)} must be given ({rule}){', but was ' + removed if removed else ''}")
        present = [other for other in value if other not in allowed] if isinstance(value, dict) else []
        near = nearest(key, present, 1)
        if near:
            wrong = (*path, near[0])
            lines.append(f"is {inputs.named(wrong)} meant to be it? ({inputs.origin(wrong)})")
        else:
            lines.append(f"give it in a -f file or with {inputs.flag_for(full)}")
    return lines


def _remedy(problem: Problem, value: Any, path: Path, inputs: Inputs) -> list[str]:
    """What would be accepted."""
    text = problem.text_
    schema = problem.schema or {}
    kinds = re.match(r"got (\w+), want (.+)$", text)
    if kinds is not None:
        return _kind_remedy(kinds[1], kinds[2], path, inputs)
    if text.startswith("value must be one of") and isinstance(value, str):
        choices = [choice for choice in schema.get("enum") or () if isinstance(choice, str)]
        near = nearest(value, choices, 1)
        return [f"did you mean {near[0]}?"] if near else [f"accepted are {listed(choices)}"]
    if "does not match pattern" in text:
        said = schema.get("description")
        return [f"it must match {schema.get('pattern')}{': ' + said if isinstance(said, str) else ''}"]
    if "Of' failed" in text:
        if is_confidential(path):
            return ["no alternative fits"]
        parts = list(dict.fromkeys(leaf.text_ for cause in problem.causes for leaf in _leaves(cause)))
        return [f"no alternative fits: {'; '.join(parts[:4])}"] if parts else [text]
    bound = re.match(r"(exclusive)?(min|max)(\w*): got .*, want (.+)$", text, re.I)
    if bound is not None:
        words = {"length": " characters", "items": " items", "properties": " keys"}.get(bound[3].lower(), "")
        side = "at least" if bound[2].lower() == "min" else "at most"
        side = {"at least": "more than", "at most": "less than"}[side] if bound[1] else side
        return [f"{side} {bound[4]}{words} is accepted"]
    return [f"it breaks the rule {text}"] if path and not is_confidential(path) else []


_KINDS = {
    "array": "a list",
    "object": "a map",
    "string": "a text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "null": "null",
}


def _kind_remedy(have: str, want: str, path: Path, inputs: Inputs) -> list[str]:
    wanted = " or ".join(_KINDS.get(kind, kind) for kind in want.split(" or "))
    origin = inputs.origins.of(path)
    kind = origin.kind if origin is not None else ""
    if have == "null":
        return [f"{wanted} is wanted: remove the null, or give a value"]
    if "string" in want and have in ("number", "boolean", "integer"):
        if kind == "flag":
            return [f"a text is wanted: give it with {inputs.flag_for(path).replace('--set', '--set-string', 1)}"]
        return ["a text is wanted: put it in quotes"]
    if have == "string" and any(word in want for word in ("integer", "number", "boolean")):
        if kind == "flag":
            return [
                f"{wanted} is wanted: --set makes numbers and true or false of plain words, --set-string only texts"
            ]
        return [f"{wanted} is wanted: write it without quotes"]
    if have == "number" and "integer" in want:
        return ["a whole number is wanted"]
    if have == "string" and "array" in want:
        return ["a list is wanted: [a, b] in a file, or --set 'key={a,b}'"]
    return [f"{wanted} is wanted, this is {_KINDS.get(have, have)}"]
