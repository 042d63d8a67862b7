"""``create``: start a new chart. Rules: Helm 4.3.1 ``pkg/cmd/create.go``."""

from __future__ import annotations

from charthouse.cli.command import Command
from charthouse.cli.flags import Flag
from charthouse.errors import CharthouseError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from charthouse.cli.context import Context

__all__ = ["COMMAND"]


class CreateError(CharthouseError):
    """Such a chart cannot be created."""


def _flags() -> list[Flag]:
    return [
        Flag("starter", "string", "name, or absolute path, of the starter chart to copy", short="p"),
        Flag("chart-api-version", "string", "chart API version (v2 or v3)", default="v2", hidden=True),
    ]


def _run(context: Context) -> None:
    import os

    from charthouse.charts.scaffold import create, create_from

    given = context.words[0]
    context.out.write(f"Creating {given}\n")
    version = context["chart-api-version"]
    if version == "v3":
        raise CreateError(
            "this feature has been marked as experimental and is not enabled by default. Please set "
            "HELM_EXPERIMENTAL_CHART_V3=1 in your environment to use this feature",
            hint="charts of apiVersion v3 are not built here, whatever that variable says",
        )
    if version not in ("", "v2"):
        raise CreateError(f"unsupported chart API version: {version} (supported: v2, v3)")
    trimmed = given.rstrip("/")
    name = os.path.basename(trimmed) or ("/" if given else ".")
    parent = os.path.normpath(os.path.dirname(given) or ".")
    starter = context["starter"]
    if starter:
        if not starter.startswith("/"):
            starter = os.path.join(context.settings.data_home, "starters", starter)
        create_from(name, parent, os.path.normpath(starter), log=context.log)
        return
    create(name, parent, warn=context.out.write)


COMMAND = Command(
    "create NAME",
    "start a new chart in a directory of its own",
    long="""Write the files of a new chart below a directory called NAME: Chart.yaml, values.yaml, templates for a
Deployment, its Service, Ingress, HTTPRoute, ServiceAccount and autoscaler, notes, and a test.

Existing files of the same names are overwritten; others are left alone.
""",
    args="exact 1",
    flags=_flags,
    run=_run,
)
