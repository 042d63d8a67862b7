"""``show``: print parts of a chart. Rules: Helm 4.3.1 ``pkg/cmd/show.go``, ``pkg/action/show.go``."""

from __future__ import annotations

from charthouse.cli.command import Command
from charthouse.cli.flags import Flag
from charthouse.cli.shared_flags import chart_source_flags
from charthouse.errors import CharthouseError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from charthouse.charts.chart import Chart
    from charthouse.cli.context import Context

__all__ = ["COMMAND"]

_README = ("readme.md", "readme.txt", "readme")


class ShowError(CharthouseError):
    """What was asked for cannot be printed."""


def _flags() -> list[Flag]:
    return [
        Flag("devel", "bool", "consider pre-releases too (version '>0.0.0-0'); ignored with --version"),
        *chart_source_flags(),
    ]


def _values_flags() -> list[Flag]:
    return [*_flags(), Flag("jsonpath", "string", "JSONPath expression to filter the values with")]


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")


def _definition(chart: Chart) -> str:
    from charthouse.cli.output.encode import yaml_text

    return yaml_text(chart.metadata.to_dict()) + "\n"


def _values(chart: Chart) -> str:
    if not chart.has_values:
        return ""
    return "".join(_text(file.data) + "\n" for file in chart.raw if file.name == "values.yaml")


def _readme(chart: Chart) -> str:
    for file in chart.files:
        if file.name.lower() in _README:
            return _text(file.data) + "\n"
    return ""


def _crds_undivided(chart: Chart) -> str:
    """As Helm 3 prints them: nothing between."""
    return "".join([_text(crd.file.data) + "\n" for crd in chart.crds()])


def _crds(chart: Chart) -> str:
    parts = []
    for crd in chart.crds():
        data = _text(crd.file.data)
        parts.append(data + "\n" if data.startswith("---") else f"---\n{data}\n")
    return "".join(parts)


def _all(chart: Chart) -> str:
    return _without_crds(chart) + _crds(chart)


def _without_crds(chart: Chart) -> str:
    values = "---\n" + _values(chart) if chart.has_values else ""
    readme = _readme(chart)
    return _definition(chart) + values + (f"---\n{readme}" if readme else "")


def _all_undivided(chart: Chart) -> str:
    crds = _crds_undivided(chart)
    return _without_crds(chart) + ("---\n" if crds and not crds.startswith("---") else "") + crds


def _load(context: Context) -> Chart:
    from charthouse.cli.chart_source import kept_values, load_plain, locate, log_version
    from charthouse.cli.registry_tls import check_registry_tls

    check_registry_tls(context)
    log_version(context, message="original chart version")
    path = locate(context, context.words[0])
    return load_plain(path, log=context.log, profile=context.profile, kept=kept_values(context))


def _run(show: Callable[[Chart], str], undivided: Callable[[Chart], str] | None = None) -> Callable[[Context], None]:
    """undivided: instead of `show` where the profile has no separators between CRDs."""

    def run(context: Context) -> None:
        chosen = show if undivided is None or context.profile.crd_separators else undivided
        context.out.write(chosen(_load(context)))

    return run


def _run_values(context: Context) -> None:
    chart = _load(context)
    expression = context["jsonpath"]
    if not expression:
        context.out.write(_values(chart))
        return
    if not chart.has_values:
        return
    from charthouse.cli.output.jsonpath import JSONPathError, evaluate

    try:
        context.out.write(evaluate(expression, chart.values))
    except JSONPathError as error:
        if error.parsing:  # Helm drops the error of an expression that finds nothing
            raise ShowError(f"error parsing jsonpath {expression}: {error}") from error


COMMAND = Command(
    "show",
    "print parts of a chart",
    long="Print a chart's definition, default values, README and CRDs.\n",
    aliases=("inspect",),
    args="none",
    children=(
        Command(
            "all [CHART]",
            "print everything",
            args="exact 1",
            flags=_flags,
            bounded=True,
            run=_run(_all, _all_undivided),
        ),
        Command(
            "chart [CHART]",
            "print the chart's definition",
            args="exact 1",
            flags=_flags,
            bounded=True,
            run=_run(_definition),
        ),
        Command(
            "crds [CHART]",
            "print the chart's CRDs",
            args="exact 1",
            flags=_flags,
            bounded=True,
            run=_run(_crds, _crds_undivided),
        ),
        Command(
            "readme [CHART]", "print the chart's README", args="exact 1", flags=_flags, bounded=True, run=_run(_readme)
        ),
        Command(
            "values [CHART]",
            "print the chart's default values",
            args="exact 1",
            flags=_values_flags,
            bounded=True,
            run=_run_values,
        ),
    ),
)
