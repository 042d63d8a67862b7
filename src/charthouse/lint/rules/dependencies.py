"""Dependencies: do Chart.yaml and charts/ tell the same (helm v4.3.1 rules/dependencies.go)."""

from __future__ import annotations

from charthouse.lint.report import ERROR, WARNING

TYPE_CHECKING = False
if TYPE_CHECKING:
    from charthouse.charts.chart import Chart
    from charthouse.lint.report import Check
    from charthouse.lint.source import Source

__all__ = ["check"]


def check(source: Source, directory: str, note: Check) -> None:
    """Notes where Chart.yaml and the charts of a directory differ; what is noted is about the directory itself."""
    chart = source.chart
    if chart is None:
        note(ERROR, "", f"unable to load chart\n\t{source.error}")
        return
    note(ERROR, directory, _unlisted(chart))
    note(ERROR, directory, _shadowed(chart))
    note(WARNING, directory, _missing(chart))


def _listed(chart: Chart) -> list[str]:
    return [dependency.name for dependency in chart.metadata.dependencies or () if dependency is not None]


def _unlisted(chart: Chart) -> str:
    listed = set(_listed(chart))
    missing = [inner.metadata.name for inner in chart.dependencies if inner.metadata.name not in listed]
    return f"chart metadata is missing these dependencies: {','.join(missing)}" if missing else ""


def _missing(chart: Chart) -> str:
    present = {inner.metadata.name for inner in chart.dependencies}
    missing = [name for name in _listed(chart) if name not in present]
    return f"chart directory is missing these dependencies: {','.join(missing)}" if missing else ""


def _shadowed(chart: Chart) -> str:
    seen: set[str] = set()
    twice: list[str] = []
    for dependency in chart.metadata.dependencies or ():
        if dependency is None:
            continue
        name = dependency.alias or dependency.name
        if name in seen:
            twice.append(name)
        seen.add(name)
    return f"multiple dependencies with name or alias: {','.join(twice)}" if twice else ""
