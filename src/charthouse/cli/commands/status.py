"""``status``: print the state of a release. Rules: Helm 4.3.1 ``pkg/cmd/status.go``."""

from __future__ import annotations

from charthouse.cli.command import Command
from charthouse.cli.flags import Flag
from charthouse.cli.global_flags import tiller_tls_flags
from charthouse.cli.names import complete_release
from charthouse.cli.shared_flags import output_flag

TYPE_CHECKING = False
if TYPE_CHECKING:
    from charthouse.cli.context import Context

__all__ = ["COMMAND"]


def _flags() -> list[Flag]:
    return [
        Flag("revision", "int", "revision to print; the last one when not given"),
        output_flag(),
        *tiller_tls_flags(),
    ]


def _run(context: Context) -> None:
    from charthouse.actions.options import StatusOptions
    from charthouse.cli.output.status import write_release
    from charthouse.cli.wiring import verbs

    options = StatusOptions(
        name=context.words[0],
        namespace=context.namespace,
        revision=context["revision"],
        table=context["output"] == "table",
    )
    write_release(context, verbs(context).status(options), chart=False)


COMMAND = Command(
    "status RELEASE_NAME",
    "print the state of a release",
    long="Print a release's state: when it was deployed, its revision, its objects, its tests and notes.\n",
    args="exact 1",
    flags=_flags,
    run=_run,
    complete=complete_release,
)
