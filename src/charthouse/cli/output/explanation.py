"""What `explain` found, for people (table) and programs (JSON, YAML)."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from charthouse.actions.explanation import Branch, Explanation, Field, Line, ValueRead
    from charthouse.charts.origin import Origin
    from charthouse.cli.context import Context

__all__ = ["write_explanation"]

_WIDTH = 100
_KINDS = {
    "flag": "",
    "file": "",
    "values": "",
    "default": "chart default",
    "parent default": "default of a parent chart",
    "global": "global of a parent chart",
    "import": "import-values",
    "chart": "the chart itself",
    "chart file": "a file of the chart",
}


def write_explanation(context: Context, explanation: Explanation) -> None:
    """Print in the format `--output` asks for."""
    if context["output"] == "table":
        context.out.write(_told(explanation))
        return
    from charthouse.cli.output.encode import json_text, struct, yaml_text

    document = _document(explanation)
    context.out.write(json_text(struct(document)) if context["output"] == "json" else yaml_text(document))


# For people.


def _told(explanation: Explanation) -> str:
    if not explanation.whole:
        return _listed(explanation)
    field = explanation.fields[0]
    head = f"{explanation.kind}/{explanation.name} {field.path}: {_value(field.value)}\n"
    return head + "".join(f"  {label:<14}{text}\n" for label, text in _facts(field))


def _facts(field: Field) -> Iterator[tuple[str, str]]:
    for number, line in enumerate(field.lines):
        name = f' in "{line.template}"' if line.template != line.file else ""
        yield "" if number > 1 else ("written by", "called by")[number], f"{_place(line)}{name}"
        yield "", f"  {_cut(line.excerpt)}"
    for number, line in enumerate(field.others):
        yield "" if number else "and by", _place(line)
        yield "", f"  {_cut(line.excerpt)}"
    for number, branch in enumerate(field.branches):
        text = branch.text if branch.taken else f"else of {branch.text}"
        yield "" if number else "inside", f"{branch.file}:{branch.line}  {_cut(text)}"
    for number, branch in enumerate(field.omitted):
        yield "" if number else "left out", f"{branch.file}:{branch.line}  {_cut(branch.text)}"
    if not field.values:
        yield "values", "none: the text stands in the template"
    for read in field.values:
        shown = "" if read.value is None else f" = {_cut(_value(read.value), 60)}"
        yield ("key", f"{read.path}") if read.key else ("value", f"{read.path}{shown}")
        yield from _set_by(read)


def _set_by(read: ValueRead) -> Iterator[tuple[str, str]]:
    if not read.origins:
        yield "  set by", "nothing; the template copes without it"
    for number, origin in enumerate(read.origins):
        kind = _KINDS.get(origin.kind, "")
        label = "" if number > 1 else ("  set by", "  overrode")[number]
        yield label, f"{origin.place}{f' ({kind})' if kind else ''}"
        if origin.line:
            yield "", f"  {_cut(origin.excerpt)}"


def _listed(explanation: Explanation) -> str:
    from charthouse.cli.output.uitable import table

    rows = [["FIELD", "VALUE", "WRITTEN BY", "VALUES"]]
    for field in explanation.fields:
        place = f"{field.lines[0].file}:{field.lines[0].line}" if field.lines else ""
        reads = ", ".join(read.path for read in field.values)
        rows.append([field.path, _cut(_value(field.value), 40), place, _cut(reads)])
    return table(rows) + "\n"


def _place(line: Line) -> str:
    return f"{line.file}:{line.line}:{line.column}"


def _value(value: Any) -> str:
    from charthouse.golang.json import encode

    return encode(value)


def _cut(text: str, width: int = _WIDTH) -> str:
    return text if len(text) <= width else text[: width - 3] + "..."


# For programs.


def _document(explanation: Explanation) -> dict[str, Any]:
    head: dict[str, Any] = {"kind": explanation.kind, "name": explanation.name}
    if explanation.namespace:
        head["namespace"] = explanation.namespace
    head["source"] = explanation.file
    if explanation.whole:
        return {**head, **_field(explanation.fields[0])}
    return {**head, "path": explanation.path, "fields": [_field(field) for field in explanation.fields]}


def _field(field: Field) -> dict[str, Any]:
    return {
        "path": field.path,
        "value": field.value,
        "line": field.line,
        "template": _line(field.lines[0]) if field.lines else None,
        "helpers": [_line(line) for line in field.lines[1:]],
        "others": [_line(line) for line in field.others],
        "branches": [_branch(branch) for branch in field.branches],
        "omitted": [_branch(branch) for branch in field.omitted],
        "values": [_read(read) for read in field.values],
    }


def _line(line: Line) -> dict[str, Any]:
    return {
        "file": line.file,
        "line": line.line,
        "column": line.column,
        "template": line.template,
        "excerpt": line.excerpt,
    }


def _branch(branch: Branch) -> dict[str, Any]:
    return {
        "file": branch.file,
        "line": branch.line,
        "action": branch.text,
        "taken": branch.taken,
        "values": list(branch.values),
    }


def _read(read: ValueRead) -> dict[str, Any]:
    origins = [_origin(origin) for origin in read.origins]
    return {
        "path": read.path,
        "value": read.value,
        "key": read.key,
        "origin": origins[0] if origins else None,
        "overrode": origins[1:],
    }


def _origin(origin: Origin) -> dict[str, Any]:
    out: dict[str, Any] = {"kind": origin.kind, "name": origin.name}
    if origin.line:
        out |= {"line": origin.line, "column": origin.column}
    return {**out, "excerpt": origin.excerpt, "value": origin.value}
