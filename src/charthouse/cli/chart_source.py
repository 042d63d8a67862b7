"""From the chart argument to a path on this machine, and to the loaded chart ready for rendering.

Rules: Helm 4.3.1 ``pkg/action/install.go`` (``LocateChart``, ``NameAndChart``, ``CheckDependencies``),
``pkg/downloader/chart_downloader.go`` (``ResolveChartVersion``), ``pkg/cmd/install.go`` (``runInstall``). Repositories,
registries and signatures are not built yet: what would need them says so.
"""

from __future__ import annotations

import os

from charthouse.charts.chart import ChartError
from charthouse.cli.flags import UsageError
from charthouse.cli.unbuilt import NotBuilt
from charthouse.profile import HELM4

TYPE_CHECKING = False
if TYPE_CHECKING:
    from charthouse.charts.chart import Chart
    from charthouse.cli.context import Context
    from charthouse.logs import Log
    from charthouse.profile import Profile

__all__ = [
    "check_installable",
    "load_installable",
    "load_upgradable",
    "locate",
    "missing_dependencies",
    "name_and_chart",
]


def locate(context: Context, reference: str) -> str:
    """The absolute path of the chart `reference` names. Raises ChartError, NotBuilt."""
    name = reference.strip()
    if not context["repo"]:
        if name and os.path.exists(name):
            if context["verify"]:
                if os.path.isdir(name):
                    raise ChartError("unpacked charts cannot be verified")
                raise NotBuilt("checking signatures")
            return os.path.abspath(name)
        if name.startswith(("/", ".")):
            raise ChartError(f'path "{name}" not found')
    _resolve_elsewhere(context, name)
    raise NotBuilt("fetching charts from repositories and registries", instead="download the chart and give its path")


def _resolve_elsewhere(context: Context, name: str) -> None:
    """The mistakes Helm finds before it goes to the network."""
    if context["repo"] or "://" in name:
        return
    repository, slash, _ = name.partition("/")
    if not slash:
        raise ChartError(
            f"non-absolute URLs should be in form of repo_name/path_to_chart, got: {name}",
            hint=f"there is no file or directory `{name}` here; a chart of a repository is written "
            f"repository/{name or 'chart'}",
        )
    if repository not in _repositories(context["repository-config"]):
        raise ChartError(
            f"repo {repository} not found",
            hint=f"there is no file or directory `{name}` here, and no repository `{repository}` was added",
        )


def _repositories(path: str) -> set[str]:
    try:
        with open(path, encoding="utf-8", errors="surrogateescape") as stream:
            text = stream.read()
    except OSError:
        return set()
    from charthouse.formats.yaml import load_object

    loaded = load_object(text)
    entries = loaded.get("repositories") if isinstance(loaded, dict) else None
    return {str(entry.get("name")) for entry in entries or () if isinstance(entry, dict)}


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


def load_plain(path: str, *, log: Log, profile: Profile = HELM4) -> Chart:
    """Load a chart where Helm does not look at apiVersion first (``pkg/chart/v2/loader``). Raises ChartError."""
    from charthouse.charts.loader import load, load_directory
    from charthouse.charts.tarball import ArchiveError

    if os.path.isdir(path):
        return load_directory(path, log=log, profile=profile)
    try:
        return load(path, log=log, profile=profile)
    except ChartError as error:
        if isinstance(error.__cause__, ArchiveError):
            raise error.__cause__ from None  # what is wrong with an archive is only told here
        raise


def load_installable(context: Context, path: str) -> Chart:
    """Load the chart at `path` and check it as install, upgrade and template do. Raises ChartError."""
    from charthouse.charts.loader import load

    chart = load(path, log=context.log, profile=context.profile)
    check_installable(chart)
    _warn_deprecated(context, chart)
    _check_dependencies(context, chart)
    return chart


def load_upgradable(context: Context, path: str) -> Chart:
    """Load the chart at `path` for an upgrade, where its type is not looked at. Raises ChartError."""
    from charthouse.charts.loader import load

    chart = load(path, log=context.log, profile=context.profile)
    _check_dependencies(context, chart)
    _warn_deprecated(context, chart)
    return chart


def _warn_deprecated(context: Context, chart: Chart) -> None:
    if chart.metadata.deprecated:
        from charthouse.logs import WARN, LogRecord

        context.log(LogRecord(WARN, "this chart is deprecated"))


def _check_dependencies(context: Context, chart: Chart) -> None:
    missing = missing_dependencies(chart)
    if missing:
        if context["dependency-update"]:
            raise NotBuilt("updating dependencies", instead="run helm dependency update first")
        begin, command = "an", "'helm dependency build'"
        if context.profile.capital_errors:
            begin, command = "An", "`helm dependency build`"
        raise ChartError(
            f"{begin} error occurred while checking for chart dependencies. You may need to run {command} "
            f"to fetch missing dependencies: {missing}"
        )


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
