"""``version``: who we say we are. Rules: Helm 4.3.1 ``pkg/cmd/version.go``, ``internal/version``.

Scripts read this output, so the fields are Helm's with Helm's values; ours stand behind them (``charthouse``).
"""

from __future__ import annotations

from charthouse import __version__
from charthouse.cli.command import Command
from charthouse.cli.flags import Flag

TYPE_CHECKING = False
if TYPE_CHECKING:
    from charthouse.cli.context import Context

__all__ = ["COMMAND"]

_HELM = "v4.3.1"
_FIELDS = (
    ("Version", _HELM),
    ("GitCommit", "c0d08d0d6d9424d4a14febb5e8a3e51b0dd00dff"),
    ("GitTreeState", "clean"),
    ("GoVersion", "go1.27.2"),
    ("KubeClientVersion", "v1.37"),
    ("Charthouse", f"v{__version__}"),
)


def _flags() -> list[Flag]:
    return [
        Flag("short", "bool", "only the version number"),
        Flag("template", "string", "Go template for the output"),
    ]


def _run(context: Context) -> None:
    template = context["template"]
    if template:
        from charthouse.cli.output.template import execute, struct_of

        context.out.write(execute(template, struct_of("version.BuildInfo", _FIELDS)))
    elif context["short"]:
        context.out.write(f"{_HELM}+charthouse.{__version__}\n")
    else:
        inside = ", ".join(f'{name}:"{value}"' for name, value in _FIELDS)
        context.out.write(f"version.BuildInfo{{{inside}}}\n")


COMMAND = Command(
    "version",
    "print the version",
    long="""Print the version: of Helm, whose behaviour this is, and of charthouse.

--short prints one line; --template runs a Go template over the fields Version, GitCommit, GitTreeState, GoVersion,
KubeClientVersion and Charthouse.
""",
    args="none",
    flags=_flags,
    run=_run,
)
