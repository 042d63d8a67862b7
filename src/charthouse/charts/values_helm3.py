"""How Helm 3 treats nulls when it coalesces values: those of a chart's own defaults stay.

Whose rules: Helm 3.17.3 pkg/chartutil/coalesce.go coalesceValues, coalesceTablesFullKey, jsonschema.go
ValidateAgainstSchema. The Helm 4 forms and all that
both share stand in `charts.values`.
"""

from __future__ import annotations

from charthouse.charts.values import copy_values, table_warning
from charthouse.logs import INFO, LogRecord

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from charthouse.charts.chart import Chart
    from charthouse.logs import Log

__all__ = ["defaults", "tables", "violations"]


def _prefixed(prefix: str, name: str) -> str:
    return f"{prefix}.{name}" if prefix else name


def defaults(chart: Chart, tree: dict[str, Any], prefix: str, merging: bool, log: Log) -> None:
    """The chart's own values below what is in `tree`."""
    below = _prefixed(prefix, chart.name)
    names = {inner.name for inner in chart.dependencies}
    for key, value in chart.values.items():
        if key not in tree:
            tree[key] = copy_values(value)
            continue
        held = tree[key]
        if held is None and not merging:
            del tree[key]
        elif type(held) is dict:
            if type(value) is dict:
                tables(held, copy_values(value), _prefixed(below, key), merging or key in names, log)
            elif value is not None:
                log(LogRecord(INFO, f"warning: skipped value for {below}.{key}: Not a table."))


def tables(into: dict[str, Any], other: dict[str, Any] | None, prefix: str, merging: bool, log: Log) -> dict[str, Any]:
    """`other` below `into`, in place; a null of `into` takes away what `other` has unless merging."""
    if other is None:
        return into
    for key, value in list(other.items()):  # see `charts.values`
        if key not in into:
            into[key] = value
            continue
        held = into[key]
        if held is None and not merging:
            del into[key]
        elif type(value) is dict:
            if type(held) is dict:
                tables(held, value, _prefixed(prefix, key), merging, log)
            else:
                text = f"warning: cannot overwrite table with non table for {_prefixed(prefix, key)}"
                log(LogRecord(INFO, table_warning(text, value)))
        elif type(held) is dict and value is not None:
            text = f"warning: destination for {_prefixed(prefix, key)} is a table. Ignoring non-table value"
            log(LogRecord(INFO, table_warning(text, value)))
    return into


def violations(chart: Chart, values: dict[str, Any]) -> list[str]:
    """What breaks a schema: this chart's, then those of the charts inside it, each on its own block."""
    texts: list[str] = []
    if chart.schema is not None:
        from charthouse.charts.gojsonschema import validate_values

        problem = validate_values(values, chart.schema)
        if problem:
            texts.append(f"{chart.name}:\n{problem}")
    for inner in chart.dependencies:
        texts += violations(inner, values[inner.name])
    return texts
