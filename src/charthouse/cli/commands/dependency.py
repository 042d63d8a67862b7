"""``dependency``: the charts a chart depends on.

Rules: Helm 4.3.1 ``pkg/cmd/dependency*.go``, ``pkg/action/dependency.go``."""

from __future__ import annotations

from charthouse.cli.command import Command
from charthouse.cli.flags import Flag
from charthouse.cli.shared_flags import KEYRING, tls_flags

TYPE_CHECKING = False
if TYPE_CHECKING:
    from charthouse.charts.chart import Chart
    from charthouse.charts.metadata import Dependency
    from charthouse.cli.context import Context

__all__ = ["COMMAND"]


def _list_flags() -> list[Flag]:
    return [Flag("max-col-width", "uint", "widest column of the table", default=80)]


def _fetch_flags() -> list[Flag]:
    return [
        Flag("verify", "bool", "check signatures"),
        Flag("keyring", "string", "public keys signatures are checked with", default=KEYRING),
        Flag("skip-refresh", "bool", "do not fetch repository indexes again"),
        *tls_flags(),
    ]


def _list(context: Context) -> None:
    from charthouse.cli.chart_source import load_plain
    from charthouse.cli.output.uitable import table

    path = context.words[0] if context.words else "."
    path = _clean(path)
    chart = load_plain(path, log=context.log, profile=context.profile)
    declared = chart.metadata.dependencies
    if declared is None:
        context.out.write(f"WARNING: no dependencies at {_join(path, 'charts')}\n")
        return
    rows = [("NAME", "VERSION", "REPOSITORY", "STATUS")]
    named = [d for d in declared if d is not None]
    rows += [(d.name, d.version, d.repository, _status(context, path, d, chart)) for d in named]
    context.out.write(table(rows, max_width=context["max-col-width"]) + "\n\n")
    _report_strays(context, path, {d.name for d in named})


def _update(context: Context) -> None:
    _bring_up_to_date(context, from_lock=False)


def _build(context: Context) -> None:
    _bring_up_to_date(context, from_lock=True)


def _bring_up_to_date(context: Context, *, from_lock: bool) -> None:
    from charthouse.cli.dependency_update import update_dependencies
    from charthouse.cli.registry_tls import check_registry_tls

    path = _clean(context.words[0]) if context.words else "."
    check_registry_tls(context)
    update_dependencies(
        context,
        path,
        say=context.out.write,
        refresh=not context["skip-refresh"],
        from_lock=from_lock,
        verify=context["verify"],
    )


def _clean(path: str) -> str:
    import os

    return os.path.normpath(path)


def _join(path: str, name: str) -> str:
    return _clean(f"{path}/{name}")


def _status(context: Context, path: str, dependency: Dependency, parent: Chart) -> str:
    """One word on a dependency: ok, unpacked, missing, wrong version … (``dependencyStatus``)."""
    archives = _archives(path, dependency.name)
    if archives is None:
        return "bad pattern"
    if len(archives) > 1:
        prefix = f"{dependency.name}-"
        archives = [a for a in archives if _is_version(a.rpartition("/")[2].removesuffix(".tgz").removeprefix(prefix))]
        if len(archives) > 1:
            return "too many matches"
    if archives:
        return _archive_status(context, archives[0], dependency)
    found = [c for c in parent.dependencies if c.name == dependency.name]
    if not found:
        return "missing"
    return _version_problem(found[-1].metadata.version, dependency.version) or "unpacked"


def _is_version(text: str) -> bool:
    from charthouse.formats.semver import SemverError, Version

    try:
        Version.parse_strict(text)
    except SemverError:
        return False
    return True


def _archives(path: str, name: str) -> list[str] | None:
    """The files `charts/NAME-*.tgz`, None when the name makes no pattern."""
    import os

    from charthouse.charts.filematch import PatternError, match

    folder = _join(path, "charts")
    try:
        names = sorted(os.listdir(folder))
    except OSError:
        return []
    try:
        return [f"{folder}/{n}" for n in names if match(f"{name}-*.tgz", n)]
    except PatternError:
        return None


def _archive_status(context: Context, archive: str, dependency: Dependency) -> str:
    from charthouse.cli.chart_source import load_plain
    from charthouse.errors import CharthouseError

    try:
        chart = load_plain(archive, log=context.log, profile=context.profile)
    except CharthouseError:
        return "corrupt"
    if chart.name != dependency.name:
        return "misnamed"
    return _version_problem(chart.metadata.version, dependency.version) or "ok"


def _version_problem(version: str, wanted: str) -> str:
    from charthouse.errors import CharthouseError
    from charthouse.formats.semver import Constraint, Version

    if version == wanted:
        return ""
    try:
        return "" if Constraint.parse(wanted).check(Version.parse(version)) else "wrong version"
    except CharthouseError:
        return "invalid version"


def _report_strays(context: Context, path: str, named: set[str]) -> None:
    import os

    from charthouse.cli.chart_source import load_plain
    from charthouse.cli.flag_kinds import quote
    from charthouse.errors import CharthouseError

    folder = _join(path, "charts")
    try:
        names = sorted(os.listdir(folder))
    except OSError:
        return
    for name in names:
        full = f"{folder}/{name}"
        if not os.path.isdir(full) and os.path.splitext(name)[1] != ".tgz":
            continue
        try:
            chart = load_plain(full, log=context.log, profile=context.profile)
        except CharthouseError:
            context.out.write(f"WARNING: {quote(full)} is not a chart.\n")
            continue
        if chart.name not in named:
            context.out.write(f"WARNING: {quote(full)} is not in Chart.yaml.\n")


COMMAND = Command(
    "dependency",
    "look after the charts a chart depends on",
    long="List the charts that Chart.yaml names as dependencies, or fetch them into charts/.\n",
    aliases=("dep", "dependencies"),
    args="none",
    children=(
        Command(
            "build CHART",
            "fetch what Chart.lock names into charts/",
            args="max 1",
            flags=_fetch_flags,
            run=_build,
        ),
        Command(
            "list CHART",
            "list dependencies and whether they are there",
            aliases=("ls",),
            args="max 1",
            flags=_list_flags,
            run=_list,
            bounded=True,
        ),
        Command(
            "update CHART",
            "fetch the newest versions Chart.yaml allows into charts/",
            aliases=("up",),
            args="max 1",
            flags=_fetch_flags,
            run=_update,
        ),
    ),
)
