"""Dependency processing: aliases, tags, conditions, import-values. Changes the chart in place, before rendering.

Whose rules: Helm 4.3.1 pkg/chart/v2/util/dependencies.go, pkg/action/package.go CheckDependencies.
"""

from __future__ import annotations

from charthouse.charts.chart import Chart
from charthouse.charts.metadata import ChartError
from charthouse.charts.values import (
    NoTable,
    NoValue,
    coalesce,
    copy_values,
    lookup_table,
    lookup_value,
    merge,
    merge_tables,
)
from charthouse.golang.kinds import StringMap
from charthouse.golang.space import trim_space
from charthouse.logs import WARN, LogRecord
from charthouse.profile import HELM4

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from charthouse.charts.chart import Dependency, Metadata
    from charthouse.logs import Log
    from charthouse.profile import Profile

__all__ = ["MissingDependencies", "check", "compatible", "process"]


class MissingDependencies(ChartError):
    """Chart.yaml lists charts that are not below charts/. names: theirs, in order."""

    def __init__(self, names: list[str]) -> None:
        listed = ", ".join(names)
        super().__init__(f"found in Chart.yaml, but missing in charts/ directory: {listed}")
        self.names = names


def check(chart: Chart) -> None:
    """Raises MissingDependencies unless every listed dependency is below charts/ (CheckDependencies)."""
    have = {inner.name for inner in chart.dependencies}
    missing = [d.name for d in chart.metadata.dependencies or () if d is not None and d.name not in have]
    if missing:
        raise MissingDependencies(missing)


def compatible(constraint: str, version: str, profile: Profile = HELM4) -> bool:
    """Whether `version` satisfies `constraint`; false when either is malformed (IsCompatibleRange)."""
    from charthouse.formats.semver import Constraint, SemverError, Version

    try:
        if profile.old_go:
            from charthouse.formats.semver_helm3 import check

            return check(Constraint.parse(constraint), Version.parse(version))
        return Constraint.parse(constraint).check(Version.parse(version))
    except SemverError:
        return False


# Aliases of charts with aliases multiply; Helm goes on until the memory is used up.
_MOST = 5000
_MULTIPLIED = (
    "each alias is a chart of its own, with all charts inside it; umbrella charts in use have fewer than a hundred"
)


def process(chart: Chart, values: dict[str, Any] | None, *, log: Log, profile: Profile = HELM4) -> None:
    """Drop disabled charts, apply aliases, import values, throughout the tree (ProcessDependencies).

    values: the user's. Raises ChartError when values and charts do not fit.
    """
    if profile.helm2:
        from charthouse.charts.dependencies_helm2 import process_helm2

        process_helm2(chart, values, _with_own_metadata, log=log)
        return
    _enable(chart, values or {}, "", log, profile, iter(range(_MOST)))
    _import_all(chart, log, profile)


def _enable(chart: Chart, values: dict[str, Any], path: str, log: Log, profile: Profile, left: Iterator[int]) -> None:
    """processDependencyEnabled. path: the dotted path of `chart` below the root, with a dot at its end, or "". left:
    one for each chart there may still be."""
    if next(left, None) is None:
        raise ChartError(f"charts within the chart, aliases counted, are more than {_MOST}", hint=_MULTIPLIED)
    if chart.metadata.dependencies is None:
        return
    listed = [d for d in chart.metadata.dependencies if d is not None]
    inner = [c for c in chart.dependencies if not any(_meets(c, d, profile) for d in listed)]
    for dependency in listed:
        found = _pick(chart.dependencies, dependency, profile)
        if found is not None:
            inner.append(found)
        if dependency.alias:
            dependency.name = dependency.alias
    chart.set_dependencies(inner)
    for dependency in listed:
        dependency.enabled = True
    tree = coalesce(chart, values, log=log, profile=profile)
    _apply_tags(listed, tree, log)
    _apply_conditions(listed, tree, path, log)
    disabled = {d.name for d in listed if not d.enabled}
    kept = [c for c in chart.dependencies if c.name not in disabled]
    for below in kept:
        _enable(below, tree, f"{path}{below.name}.", log, profile, left)
    remaining: list[Dependency | None] = [d for d in listed if d.name not in disabled]
    # Go appends to a nil slice, so that nothing left means nil again.
    chart.metadata.dependencies = remaining or None
    chart.set_dependencies(kept)


def _meets(chart: Chart, dependency: Dependency, profile: Profile) -> bool:
    return chart.name == dependency.name and compatible(dependency.version, chart.metadata.version, profile)


def _pick(charts: list[Chart], dependency: Dependency, profile: Profile) -> Chart | None:
    """A copy of the chart an entry means, under its alias (getAliasDependency): one chart may serve several entries.

    In Helm 3 the copies hold one set of inner charts, which keep their parent until dependencies are set.
    """
    for chart in charts:
        if _meets(chart, dependency, profile):
            out = _shallow(chart)
            if profile.shared_inner_charts:
                out.metadata = _shallow_metadata(chart.metadata)
            else:
                out.metadata = _copy_metadata(chart.metadata)
                out.dependencies = []
                out.add_dependency(*[_shallow(inner) for inner in chart.dependencies])
            if dependency.alias:
                out.metadata.name = dependency.alias
            return out
    return None


def _shallow(chart: Chart) -> Chart:
    out = Chart.__new__(Chart)
    for slot in Chart.__slots__:
        setattr(out, slot, getattr(chart, slot))
    return out


def _with_own_metadata(chart: Chart) -> Chart:
    """A shallow copy whose Chart.yaml is its own."""
    out = _shallow(chart)
    out.metadata = _shallow_metadata(chart.metadata)
    return out


def _shallow_metadata(metadata: Metadata) -> Metadata:
    out = type(metadata).__new__(type(metadata))
    for slot in type(metadata).__slots__:
        setattr(out, slot, getattr(metadata, slot))
    return out


def _copy_metadata(metadata: Metadata) -> Metadata:
    out = _shallow_metadata(metadata)
    if metadata.dependencies is not None:
        out.dependencies = [d and d.copy() for d in metadata.dependencies]
    return out


def _apply_tags(listed: list[Dependency], tree: dict[str, Any], log: Log) -> None:
    """Off when at least one of its tags is false and none is true."""
    try:
        tags = lookup_table(tree, "tags")
    except NoTable:
        return
    for dependency in listed:
        on = off = False
        for tag in dependency.tags or ():
            if tag not in tags:
                continue
            state = tags[tag]
            if state is True:
                on = True
            elif state is False:
                off = True
            else:
                log(LogRecord(WARN, "returned non-bool value", tag=tag, chart=dependency.name))
        dependency.enabled = on or not off


def _apply_conditions(listed: list[Dependency], tree: dict[str, Any], path: str, log: Log) -> None:
    """The first path that leads to a boolean decides."""
    for dependency in listed:
        for condition in trim_space(dependency.condition).split(","):
            if not condition:
                continue
            try:
                state = lookup_value(tree, path + condition)
            except NoValue:
                continue
            if type(state) is bool:
                dependency.enabled = state
                break
            log(LogRecord(WARN, "returned non-bool value", path=condition, chart=dependency.name))


def _import_all(chart: Chart, log: Log, profile: Profile) -> None:
    for inner in chart.dependencies:
        _import_all(inner, log, profile)
    if chart.metadata.dependencies is None:
        return
    try:
        _import(chart, log, profile)
    except RecursionError:
        # Helm's process ends here, its stack used up.
        raise ChartError(
            f"the import-values of chart {chart.name} make a table that contains itself",
            hint="a table is imported into a part of itself: give another `parent`",
        ) from None


def _import(chart: Chart, log: Log, profile: Profile) -> None:
    """processImportValues: tables of sub-charts become defaults of the chart, below its own defaults."""
    tree = merge(chart, None, log=log, profile=profile)
    imported: dict[str, Any] = {}
    for dependency in chart.metadata.dependencies or ():
        if dependency is None:
            continue
        entries: list[Any] = []
        for entry in dependency.import_values or ():
            if type(entry) is dict:
                source, target = _text(entry.get("child")), _text(entry.get("parent"))
            elif type(entry) is str:
                source, target = "exports." + entry, "."
            else:
                continue
            entries.append(StringMap({"child": source, "parent": target}))
            try:
                # An empty one is another map from here on (Values.AsMap), which merging may change.
                table = lookup_table(tree, f"{dependency.name}.{source}") or {}
            except NoTable as error:
                _warn(dependency, entry, error, log)
                continue
            imported = merge_tables(imported, _nested(target, table), log=log, profile=profile)
        dependency.import_values = entries or None
    # Imported tables are parts of the tree itself, hence the copy before merging one into the other.
    chart.values = merge_tables(copy_values(tree), imported, log=log, profile=profile)
    chart.has_values = True


def _warn(dependency: Dependency, entry: Any, error: NoTable, log: Log) -> None:
    if type(entry) is dict:
        log(LogRecord(WARN, "ImportValues missing table from chart", chart=dependency.name, error=str(error)))
    else:
        log(LogRecord(WARN, "ImportValues missing table", error=str(error)))


def _text(value: object) -> str:
    from charthouse.golang.fmt import sprintf

    return value if type(value) is str else sprintf("%v", [value])


def _nested(path: str, table: dict[str, Any]) -> dict[str, Any]:
    if path == ".":
        return table
    for name in reversed(path.split(".")):
        table = {name: table}
    return table
