"""Charts written as `path: text`, and what the tests ask of them."""

from __future__ import annotations

from charthouse.actions.preparation import prepared_chart
from charthouse.charts.capabilities import default_capabilities
from charthouse.charts.chart import Chart, File
from charthouse.charts.loader import load_files, load_values
from charthouse.charts.origins import Origins, ValuesSource
from charthouse.charts.values import merge_maps, to_render_values
from charthouse.engine.trace import Trace, trace
from charthouse.formats import strvals
from charthouse.logs import silent

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from charthouse.gotemplate import Limits

__all__ = ["chart_of", "flag", "origins_of", "top_of", "traced", "values_file", "values_of"]


def chart_of(files: dict[str, str]) -> Chart:
    """A chart named `c`; a Chart.yaml is made where there is none."""
    files = {"Chart.yaml": "apiVersion: v2\nname: c\nversion: 1.0.0\n", **files}
    return load_files([File(name, text.encode()) for name, text in files.items()], log=silent)


def values_file(text: str, name: str = "my.yaml") -> ValuesSource:
    return ValuesSource("file", name, text)


def flag(kind: str, text: str) -> ValuesSource:
    return ValuesSource(kind, f"--{kind} {text}", text)


def values_of(sources: list[ValuesSource]) -> dict[str, Any]:
    """What the sources give together."""
    values: dict[str, Any] = {}
    parsers: dict[str, Callable[[str, dict[str, Any]], None]] = {
        "set": strvals.parse_into,
        "set-string": strvals.parse_string_into,
        "set-literal": strvals.parse_literal_into,
        "set-json": strvals.parse_json_into,
        "set-file": strvals.parse_literal_into,
    }
    for source in sources:
        if source.kind == "file":
            values = merge_maps(values, load_values(source.text.encode()) or {})
        elif not source.text.startswith("{"):
            parsers[source.kind](source.text, values)
    return values


def origins_of(files: dict[str, str], *sources: ValuesSource) -> Origins:
    given = values_of(list(sources))
    return Origins(prepared_chart(chart_of(files), given, log=silent), list(sources))


def top_of(chart: Chart, values: dict[str, Any]) -> dict[str, Any]:
    return to_render_values(
        chart, values, name="rel", namespace="ns", revision=1, is_install=True, is_upgrade=False,
        capabilities=default_capabilities(), log=silent,
    )  # fmt: skip


def traced(files: dict[str, str], values: str = "", *, limits: Limits | None = None) -> Trace:
    given = load_values(values.encode()) if values else {}
    chart = prepared_chart(chart_of(files), given, log=silent)
    return trace(chart, top_of(chart, given), limits=limits)
