"""Values as Helm 2 puts them together: the user's over the chart's, nulls taken away, numbers through YAML.

Whose rules: helm v2.17.0 pkg/chartutil/values.go CoalesceValues, coalesceValues, coalesceTables, coalesceGlobals,
ToRenderValuesCaps. The user's values travel to Tiller as YAML, so every number templates see is a float64. A null of
the user's takes a key away, one among a chart's defaults stays where the user gives none for its table.
"""

from __future__ import annotations

from charthouse.charts.metadata import ChartError
from charthouse.logs import INFO, LogRecord

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from charthouse.charts.capabilities import Capabilities
    from charthouse.charts.chart import Chart
    from charthouse.golang.moment import Moment
    from charthouse.logs import Log

__all__ = ["coalesce", "coalesce_tables", "to_render_values", "travelled"]

_GLOBAL = "global"


def travelled(values: dict[str, Any] | None) -> dict[str, Any]:
    """The user's values as Tiller reads them: written as YAML, and read again."""
    from charthouse.formats.yaml import dump, load_map

    return load_map(dump(values)) if values else {}


def coalesce(chart: Chart, values: dict[str, Any], *, log: Log) -> dict[str, Any]:
    """The values templates see. Raises ChartError when a sub-chart's block is no map."""
    from charthouse.charts.values import copy_values

    table = values
    if chart.has_values or chart.values:
        table = coalesce_tables(values, copy_values(chart.values), chart.name, log=log)
    for inner in chart.dependencies:
        block = table.setdefault(inner.name, {})
        if type(block) is not dict:
            from charthouse.golang.fmt import sprintf

            raise ChartError(sprintf("type mismatch on %s: %t", [inner.name, block]))
        block = _with_globals(block, table, chart.name, log)
        table[inner.name] = coalesce(inner, block if block is not None else {}, log=log)
    return table


def coalesce_tables(into: dict[str, Any], below: dict[str, Any], name: str, *, log: Log) -> dict[str, Any]:
    """A new table with `into` over `below`, maps merged to any depth. name: the chart's, for warnings."""
    out: dict[str, Any] = {}
    for key, value in below.items():
        if key not in into:
            out[key] = value
            continue
        held = into[key]
        if held is None:
            continue
        if type(value) is dict and type(held) is dict:
            out[key] = coalesce_tables(held, value, name, log=log)
            continue
        if type(value) is dict:
            _warn(
                log,
                "Warning: Merging destination map for chart '%s'. Overwriting table item '%s', "
                "with non table value: %v",
                [name, key, held],
            )
        elif type(held) is dict:
            _warn(
                log,
                "Warning: Merging destination map for chart '%s'. The destination item '%s' is a table and ignoring "
                "the source '%s' as it has a non-table value of: %v",
                [name, key, key, value],
            )
        out[key] = held
    for key, value in into.items():
        if value is not None and key not in out:
            out[key] = value
    return out


def _with_globals(block: dict[str, Any], table: dict[str, Any], name: str, log: Log) -> dict[str, Any] | None:
    """A sub-chart's block with the parent's `global` over its own. What is no table makes Helm give up: without a table
    of its own the block is gone, without one of the parent's only its own globals are left."""
    inner = block.get(_GLOBAL, {})
    if type(inner) is not dict:
        _warn(
            log,
            "Warning: Skipping globals for chart '%s' because destination '%s' is not a table.",
            [name, _GLOBAL],
        )
        return None
    outer = table.get(_GLOBAL, {})
    if type(outer) is not dict:
        _warn(log, "Warning: skipping globals for chart '%s' because source '%s' is not a table.", [name, _GLOBAL])
        return inner
    return {**block, _GLOBAL: coalesce_tables(outer, inner, name, log=log)}


def _warn(log: Log, text: str, values: list[Any]) -> None:
    from charthouse.golang.fmt import sprintf

    log(LogRecord(INFO, sprintf(text, values)))


def to_render_values(
    chart: Chart,
    values: dict[str, Any] | None,
    *,
    name: str,
    namespace: str,
    revision: int,
    is_install: bool,
    is_upgrade: bool,
    capabilities: Capabilities,
    time: Moment | None,
    log: Log,
) -> dict[str, Any]:
    """The root of what templates see. time: of the operation, None = now. Raises ChartError."""
    from charthouse.charts.capabilities_helm2 import capabilities_helm2, timestamp

    return {
        "Chart": None,
        "Capabilities": capabilities_helm2(capabilities),
        "Release": {
            "Name": name,
            "Time": timestamp(time),
            "Namespace": namespace,
            "IsUpgrade": is_upgrade,
            "IsInstall": is_install,
            "Revision": revision,
            "Service": "Tiller",
        },
        "Values": coalesce(chart, travelled(values), log=log),
    }
