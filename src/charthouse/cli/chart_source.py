"""From the chart argument to a path on this machine, and to the loaded chart ready for rendering.

Rules: Helm 4.3.1 ``pkg/action/install.go`` (``LocateChart``, ``NameAndChart``, ``CheckDependencies``),
``pkg/downloader/chart_downloader.go`` (``ResolveChartVersion``), ``pkg/cmd/install.go`` (``runInstall``)."""

from __future__ import annotations

import os

from charthouse.charts.chart import ChartError
from charthouse.cli.flags import UsageError
from charthouse.profile import HELM4

TYPE_CHECKING = False
if TYPE_CHECKING:
    from charthouse.charts.chart import Chart
    from charthouse.charts.kept import KeptValues
    from charthouse.cli.context import Context
    from charthouse.logs import Log
    from charthouse.profile import Profile

__all__ = [
    "check_installable",
    "kept_values",
    "load_installable",
    "load_upgradable",
    "locate",
    "missing_dependencies",
    "name_and_chart",
]


def locate(context: Context, reference: str) -> str:
    """The absolute path of the chart `reference` names. Raises ChartError, DistributionError,
    ProvenanceError."""
    name = reference.strip()
    if not context["repo"]:
        if name and os.path.exists(name):
            if context["verify"]:
                from charthouse.cli.signatures import check_file

                check_file(context, os.path.abspath(name))
            if any(context.flags.values.get(f"verify-cosign-{name}") for name in ("key", "identity", "bundle")):
                _check_cosign(context, name)
            return os.path.abspath(name)
        if name.startswith(("/", ".")):
            raise ChartError(f'path "{name}" not found')
    from charthouse.cli.chart_download import fetch_chart

    return fetch_chart(context, name)


def _check_cosign(context: Context, path: str) -> None:
    from charthouse.charts.oserror import reading_text
    from charthouse.cli.cosign import check_archive

    try:
        with open(path, "rb") as stream:
            archive = stream.read()
    except OSError as error:
        raise ChartError(reading_text(path, error), hint="only packages (.tgz) are signed") from None
    check_archive(context, archive, path)


def name_and_chart(context: Context, words: list[str], *, default_name: str = "") -> tuple[str, str]:
    """The release's name and the chart argument. Raises ChartError with Helm's texts."""
    if len(words) > 2:
        raise UsageError(f"expected at most two arguments, unexpected arguments: {', '.join(words[2:])}")
    if len(words) == 2:
        if context["generate-name"]:
            raise UsageError("cannot set --generate-name and also specify a name")
        if context["name-template"]:
            raise UsageError("cannot set --name-template and also specify a name")
        return words[0], words[1]
    if context["name-template"]:
        from charthouse.cli.output.template import execute_name

        return execute_name(context["name-template"], context.environ), words[0]
    if default_name:
        return default_name, words[0]
    if not context["generate-name"]:
        raise UsageError("must either provide a name or specify --generate-name")
    import time

    base = os.path.basename(words[0].rstrip("/")) or ("/" if words[0] else ".")
    base = "chart" if base in (".", "") else base.partition(".")[0]
    return f"{base}-{int(time.time())}", words[0]


def log_version(context: Context, *, message: str = "Original chart version") -> None:
    """What Helm says first, with ``--debug``, of the version it will look for."""
    from charthouse.logs import DEBUG, LogRecord

    context.log(LogRecord(DEBUG, message, version=context["version"]))
    if context["devel"] and not context["version"]:
        context.log(LogRecord(DEBUG, "setting version to >0.0.0-0"))


def log_path(context: Context, path: str) -> None:
    """Where the chart was found, with ``--debug``."""
    from charthouse.logs import DEBUG, LogRecord

    context.log(LogRecord(DEBUG, "Chart path", path=path))


def kept_values(context: Context) -> KeptValues | None:
    """Default values of charts read before, None when nothing is kept between runs."""
    from charthouse.charts.kept import KeptValues
    from charthouse.cli.rendering import tree_cache

    store = tree_cache(context)
    return KeptValues(store) if store is not None else None


def load_plain(path: str, *, log: Log, profile: Profile = HELM4, kept: KeptValues | None = None) -> Chart:
    """Load a chart where Helm does not look at apiVersion first (``pkg/chart/v2/loader``). Raises ChartError."""
    from charthouse.charts.loader import load_directory, load_file
    from charthouse.charts.oserror import go_text

    try:
        os.stat(path)
    except OSError as error:
        raise ChartError(go_text("stat", path, error)) from None
    load = load_directory if os.path.isdir(path) else load_file
    return load(path, log=log, profile=profile, kept=kept)


def load_installable(context: Context, path: str) -> Chart:
    """Load the chart at `path` and check it as install, upgrade and template do. Raises ChartError."""
    from charthouse.charts.loader import load
    from charthouse.cli.bounds import bounded

    kept = kept_values(context)
    chart = bounded(lambda: load(path, log=context.log, profile=context.profile, kept=kept))
    check_installable(chart)
    _warn_deprecated(context, chart)
    return _with_dependencies(context, chart, path)


def load_upgradable(context: Context, path: str) -> Chart:
    """Load the chart at `path` for an upgrade, where its type is not looked at. Raises ChartError."""
    from charthouse.charts.loader import load
    from charthouse.cli.bounds import bounded

    chart = bounded(lambda: load(path, log=context.log, profile=context.profile))
    chart = _with_dependencies(context, chart, path)
    _warn_deprecated(context, chart)
    return chart


def _warn_deprecated(context: Context, chart: Chart) -> None:
    if chart.metadata.deprecated:
        from charthouse.logs import WARN, LogRecord

        context.log(LogRecord(WARN, "this chart is deprecated"))


def _with_dependencies(context: Context, chart: Chart, path: str) -> Chart:
    """The chart, once all it depends on is there. Raises ChartError, also for a chart of Chart API v3."""
    if chart.refused:
        declared, present = chart.metadata.dependencies or (), chart.dependencies
        if len(present) > len(declared):  # Helm counts the one and looks at the other
            return _updated(context, path, "unsupported chart dependency type")
        missing = missing_dependencies(chart)
        if present and missing:
            return _updated(context, path, missing)
        raise ChartError("invalid chart apiVersion")
    if chart.metadata.dependencies:
        if context.profile is HELM4:
            from charthouse.cli.dependency_update import source_date_epoch

            source_date_epoch(context.environ)
        missing = missing_dependencies(chart)
        if missing:
            return _updated(context, path, missing)
    return chart


def _updated(context: Context, path: str, missing: str) -> Chart:
    """The chart after ``--dependency-update``; without that flag the error that something is missing."""
    if not context["dependency-update"]:
        begin, command = "an", "'helm dependency build'"
        if context.profile.capital_errors:
            begin, command = "An", "`helm dependency build`"
        raise ChartError(
            f"{begin} error occurred while checking for chart dependencies. You may need to run {command} "
            f"to fetch missing dependencies: {missing}"
        )
    from charthouse.charts.loader import load
    from charthouse.cli.dependency_update import update_dependencies

    update_dependencies(context, path, say=context.out.write)
    try:
        return load(path, log=context.log, profile=context.profile)
    except ChartError as error:
        raise ChartError(f"failed reloading chart after repo update: {error}", hint=error.hint) from error


def missing_dependencies(chart: Chart) -> str:
    """Helm's text about dependencies of Chart.yaml that charts/ lacks, or "" (``CheckDependencies``)."""
    present = {child.name for child in chart.dependencies}
    absent = [d.name for d in chart.metadata.dependencies or () if d is not None and d.name not in present]
    return f"found in Chart.yaml, but missing in charts/ directory: {', '.join(absent)}" if absent else ""


def check_installable(chart: Chart) -> None:
    """Raises ChartError for a library chart (``checkIfInstallable``)."""
    kind = chart.metadata.type
    if kind not in ("", "application"):
        raise ChartError(f"{kind} charts are not installable")
