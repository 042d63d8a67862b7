"""``version``: who we say we are. Rules: Helm 4.3.1 ``pkg/cmd/version.go``, ``internal/version``.

Scripts read this output, so the fields are Helm's with Helm's values; ours stand behind them (``charthouse``).
"""

from __future__ import annotations

from charthouse import __version__
from charthouse.cli.command import Command
from charthouse.cli.flags import Flag
from charthouse.cli.global_flags import tiller_tls_flags

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
        *tiller_tls_flags(),
    ]


def _run(context: Context) -> None:
    template = context["template"]
    if context["tiller"]:
        _with_server(context, template)
    elif template:
        from charthouse.cli.output.template import execute, struct_of

        context.out.write(execute(template, struct_of("version.BuildInfo", _FIELDS)))
    else:
        context.out.write(_own(context["short"]))


def _own(short: bool) -> str:
    if short:
        return f"{_HELM}+charthouse.{__version__}\n"
    inside = ", ".join(f'{name}:"{value}"' for name, value in _FIELDS)
    return f"version.BuildInfo{{{inside}}}\n"


def _with_server(context: Context, template: str) -> None:
    """Ours as ever, and a line of the server's behind it (`Server:`, as Helm 2); templates have the field Server."""
    from charthouse.cli.tiller_client import server_version

    if not template:
        context.out.write(_own(context["short"]))
        context.out.flush()
    version, commit, tree = server_version(context)
    if template:
        from charthouse.cli.output.template import execute, struct_of

        context.out.write(execute(template, struct_of("version.BuildInfo", (*_FIELDS, ("Server", version)))))
    elif context["short"]:
        context.out.write(f"Server: {version}{f'+g{commit[:7]}' if commit else ''}\n")
    else:
        inside = f'SemVer:"{version}", GitCommit:"{commit}", GitTreeState:"{tree}"'
        context.out.write(f"Server: &version.Version{{{inside}}}\n")


COMMAND = Command(
    "version",
    "print the version",
    long="""Print the version: of Helm, whose behaviour this is, and of charthouse.

--short prints one line; --template runs a Go template over the fields Version, GitCommit, GitTreeState, GoVersion,
KubeClientVersion and Charthouse. With --tiller the server's version stands on a line of its own (field Server).
""",
    args="none",
    flags=_flags,
    run=_run,
)
