"""``list``: list releases. Rules: Helm 4.3.1 ``pkg/cmd/list.go``."""

from __future__ import annotations

from charthouse.cli.command import Command
from charthouse.cli.flags import Flag
from charthouse.cli.global_flags import tiller_tls_flags
from charthouse.cli.names import no_words
from charthouse.cli.shared_flags import output_flag

TYPE_CHECKING = False
if TYPE_CHECKING:
    from charthouse.actions.options import ListOptions
    from charthouse.cli.context import Context
    from charthouse.releases.release import Release

__all__ = ["COMMAND"]


def _flags() -> list[Flag]:
    return [
        Flag("short", "bool", "names only", short="q"),
        Flag("no-headers", "bool", "leave the header line out"),
        Flag("time-format", "string", 'Go time layout for times, as in "2006-01-02 15:04:05Z0700"'),
        Flag("date", "bool", "sort by date", short="d"),
        Flag("reverse", "bool", "reverse the order", short="r"),
        Flag("uninstalled", "bool", "show uninstalled releases (their history was kept)"),
        Flag("superseded", "bool", "show superseded releases"),
        Flag("uninstalling", "bool", "show releases that are being uninstalled"),
        Flag("deployed", "bool", "show deployed releases"),
        Flag("failed", "bool", "show failed releases"),
        Flag("pending", "bool", "show pending releases"),
        Flag("all-namespaces", "bool", "list releases of all namespaces", short="A"),
        Flag("max", "int", "releases to show", default=256, short="m"),
        Flag("offset", "int", "index of the first release to show"),
        Flag("filter", "string", "regular expression names must match", short="f"),
        Flag("selector", "string", "label selector records must match", short="l"),
        output_flag(),
        *tiller_tls_flags(),
    ]


def _options(context: Context) -> ListOptions:
    from charthouse.actions.options import ListOptions

    return ListOptions(
        namespace="" if context["all-namespaces"] else context.namespace,
        filter=context["filter"],
        selector=context["selector"],
        deployed=context["deployed"],
        uninstalled=context["uninstalled"],
        uninstalling=context["uninstalling"],
        pending=context["pending"],
        failed=context["failed"],
        superseded=context["superseded"],
        by_date=context["date"],
        reverse=context["reverse"],
        limit=context["max"],
        offset=context["offset"],
    )


def _run(context: Context) -> None:
    from charthouse.cli.output.encode import json_text, struct, yaml_text
    from charthouse.cli.wiring import verbs

    options = _options(context)
    found = verbs(context, namespace=options.namespace).list(options)
    form = context["output"]
    if context["short"]:
        names = [release.name for release in found]
        if form == "table":
            context.out.write("".join(f"{name}\n" for name in names))
        else:
            context.out.write(json_text(names) if form == "json" else yaml_text(names))
        return
    rows = [_row(release, context["time-format"]) for release in found]
    if form == "json":
        context.out.write(json_text([struct(row) for row in rows]))
    elif form == "yaml":
        context.out.write(yaml_text(rows))
    else:
        context.out.write(_table(context, rows))


def _row(release: Release, layout: str) -> dict[str, str]:
    from charthouse.cli.output.moments import full, in_layout

    moment = release.info.last_deployed
    updated = "-" if moment is None else in_layout(moment, layout) if layout else full(moment)
    chart = release.chart.metadata
    return {
        "name": release.name,
        "namespace": release.namespace,
        "revision": str(release.version),
        "updated": updated,
        "status": release.info.status,
        "chart": f"{chart.name}-{chart.version}",
        "app_version": chart.app_version,
    }


def _table(context: Context, rows: list[dict[str, str]]) -> str:
    from charthouse.cli.output.colours import Palette
    from charthouse.cli.output.uitable import table

    palette = Palette(context.colour)
    lines = []
    if not context["no-headers"]:
        names = ("NAME", "NAMESPACE", "REVISION", "UPDATED", "STATUS", "CHART", "APP VERSION")
        lines.append([palette.header(name) for name in names])
    for row in rows:
        painted = dict(row, namespace=palette.namespace(row["namespace"]), status=palette.status(row["status"]))
        lines.append(list(painted.values()))
    return table(lines) + "\n"


COMMAND = Command(
    "list",
    "list releases",
    long="""List the releases of a namespace, or of all with -A: the newest revision of each.

Every state is listed unless some are chosen (--deployed, --failed, --pending, --superseded, --uninstalled,
--uninstalling). """,
    aliases=("ls",),
    args="none",
    flags=_flags,
    run=_run,
    complete=no_words,
)
