"""requirements.yaml as Helm 2's client applies it before it sends a chart: aliases, tags, conditions, imported values.

Whose rules: helm v2.17.0 pkg/chartutil/requirements.go ProcessRequirementsEnabled, ProcessRequirementsImportValues.
Versions are compared by semver 1.5. Aliases of one chart share the charts inside it.
"""

from __future__ import annotations

from charthouse.charts.chart import Chart
from charthouse.charts.metadata import ChartError
from charthouse.charts.values import NoTable, NoValue, copy_values, lookup_table, lookup_value
from charthouse.charts.values_helm2 import coalesce, coalesce_tables, travelled
from charthouse.formats.semver_helm2 import compatible
from charthouse.logs import INFO, LogRecord

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from charthouse.charts.metadata import Dependency
    from charthouse.logs import Log

__all__ = ["process_helm2"]

_MOST = 20_000  # charts looked at; charts shared by aliases are looked at once for each
_ALIAS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_")


def process_helm2(chart: Chart, values: dict[str, Any] | None, shallow: Callable[[Chart], Chart], *, log: Log) -> None:
    """Drop disabled charts, apply aliases, import values, in place.

    shallow: copies a chart and its Chart.yaml, but not what is in it.

    Raises ChartError: an alias with other characters, values that do not fit, charts without end.
    """
    left = iter(range(_MOST))
    _enable(chart, travelled(values), "", shallow, log, left)
    parents = _parents(chart, iter(range(_MOST)))
    for parent in reversed(parents):
        _import(parent, log)


def _listed(chart: Chart) -> list[Dependency]:
    return [dependency.copy() for dependency in chart.metadata.dependencies or () if dependency is not None]


def _has_requirements(chart: Chart) -> bool:
    return any(file.name == "requirements.yaml" and file.data for file in chart.files)


def _enable(
    chart: Chart,
    values: dict[str, Any],
    path: str,
    shallow: Callable[[Chart], Chart],
    log: Log,
    left: Iterator[int],
) -> None:
    if next(left, None) is None:
        raise ChartError("the chart holds too many charts")
    if not _has_requirements(chart):
        return
    listed = _listed(chart)
    kept = [
        inner
        for inner in chart.dependencies
        if not any(inner.name == one.name and compatible(one.version, inner.metadata.version) for one in listed)
    ]
    for dependency in listed:
        found = _picked(chart.dependencies, dependency, shallow)
        if found is not None:
            kept.append(found)
        if dependency.alias:
            if not _ALIAS.issuperset(dependency.alias):
                from charthouse.golang.strconv import quote

                raise ChartError(f"illegal alias name in {quote(dependency.name)}")
            dependency.name = dependency.alias
        dependency.enabled = True
    chart.set_dependencies(kept)
    tree = coalesce(chart, copy_values(values), log=log)
    _apply_tags(listed, tree, log)
    _apply_conditions(listed, tree, path, log)
    removed = {dependency.name for dependency in listed if not dependency.enabled}
    chart.set_dependencies([inner for inner in kept if inner.name not in removed])
    for inner in chart.dependencies:
        _enable(inner, tree, f"{path}{inner.name}.", shallow, log, left)


def _picked(charts: list[Chart], dependency: Dependency, shallow: Callable[[Chart], Chart]) -> Chart | None:
    """The first chart a dependency means, a copy under its alias."""
    for chart in charts:
        if chart.name != dependency.name or not compatible(dependency.version, chart.metadata.version):
            continue
        if dependency.alias and not _ALIAS.issuperset(dependency.alias):
            continue
        made = shallow(chart)
        if dependency.alias:
            made.metadata.name = dependency.alias
        return made
    return None


def _apply_tags(listed: list[Dependency], tree: dict[str, Any], log: Log) -> None:
    try:
        tags = lookup_table(tree, "tags")
    except NoTable:
        return
    for dependency in listed:
        if not dependency.tags:
            continue
        found: set[bool] = set()
        for tag in dependency.tags:
            if tag in tags:
                if type(tags[tag]) is bool:
                    found.add(tags[tag])
                else:
                    text = f"Warning: Tag '{tag}' for chart {dependency.name} returned non-bool value"
                    log(LogRecord(INFO, text))
        dependency.enabled = found != {False}


def _apply_conditions(listed: list[Dependency], tree: dict[str, Any], path: str, log: Log) -> None:
    for dependency in listed:
        for condition in dependency.condition.strip(" \t\n\r").split(","):
            if not condition:
                continue
            try:
                value = lookup_value(tree, path + condition)
            except NoValue:
                continue
            if type(value) is bool:
                dependency.enabled = value
            else:
                text = f"Warning: Condition path '{condition}' for chart {dependency.name} returned non-bool value"
                log(LogRecord(INFO, text))
            if value is not None:
                break


def _parents(chart: Chart, left: Iterator[int]) -> list[Chart]:
    """The chart, and every chart below it that holds charts, depth first."""
    out = [chart]
    for inner in chart.dependencies:
        if inner.dependencies and next(left, None) is not None:
            out += _parents(inner, left)
    return out


def _import(chart: Chart, log: Log) -> None:
    """Values a chart's dependencies export, among its own (processImportValues): with requirements its values become
    those of the whole tree."""
    if not _has_requirements(chart):
        return
    tree = coalesce(chart, {}, log=log)
    imported: dict[str, Any] = {}
    for dependency in _listed(chart):
        names = [inner.name for inner in chart.dependencies]
        if dependency.name not in names and dependency.alias not in names:
            continue
        name = dependency.alias if dependency.alias in names else dependency.name
        for entry in dependency.import_values or ():
            child, parent = _places(entry, dependency)
            try:
                table = lookup_table(tree, f"{name}.{child}")
            except NoTable as error:
                log(LogRecord(INFO, f"Warning: ImportValues missing table: {error}"))
                continue
            imported = coalesce_tables(imported, _nested(parent, table), chart.name, log=log)
    imported = coalesce_tables(imported, tree, chart.name, log=log)
    chart.values = travelled(imported)
    chart.has_values = True


def _places(entry: Any, dependency: Dependency) -> tuple[str, str]:
    """Where values come from in the dependency, and where they go to. Raises ChartError."""
    if type(entry) is str:
        return f"exports.{entry}", "."
    if type(entry) is dict and type(entry.get("child")) is str and type(entry.get("parent")) is str:
        return entry["child"], entry["parent"]
    raise ChartError(f"import-values of {dependency.name}: an entry is neither a name nor child and parent")


def _nested(path: str, table: dict[str, Any]) -> dict[str, Any]:
    if path == ".":
        return table
    for name in reversed(path.split(".")):
        table = {name: table}
    return table
