"""``cluster``: the development cluster (ours): a Kubernetes API on this machine, without containers."""

from __future__ import annotations

from charthouse.cli.command import Command
from charthouse.cli.flags import Flag

TYPE_CHECKING = False
if TYPE_CHECKING:
    from charthouse.cli.context import Context
    from charthouse.cli.dev_cluster import Protection

__all__ = ["COMMAND"]


def _start_flags() -> list[Flag]:
    return [
        Flag("audit-log", "string", "write who did what to this file, a JSON object a line"),
        Flag(
            "authorization",
            "string",
            "simple, or rbac: with client certificates and every default role",
            default="simple",
        ),
        Flag("data", "string", "keep the objects in this SQLite file; in memory when not given"),
        Flag("forward", "stringArray", "PORT=ADDRESS: a process on this machine behind that port of every pod"),
        Flag("pki", "string", "folder that keeps the authorities' keys and certificates (with --authorization rbac)"),
        Flag("port", "int", "port to listen on; any free one when not given"),
        Flag("speed", "string", "how many times faster simulated delays pass", default="1"),
    ]


def _asked(context: Context) -> Protection:
    """Raises DevClusterError."""
    from charthouse.cli.dev_cluster import DevClusterError, Protection

    mode, forwards = context["authorization"], tuple(context["forward"])
    if mode not in ("simple", "rbac"):
        raise DevClusterError(f'invalid --authorization "{mode}"', hint="it is simple or rbac")
    if context["pki"] and mode != "rbac":
        raise DevClusterError("--pki goes with --authorization rbac")
    for forward in forwards:
        port, sign, address = forward.partition("=")
        if not sign or not port.isdigit() or not address:
            raise DevClusterError(
                f'invalid --forward "{forward}"', hint="it is PORT=ADDRESS, as in 44134=127.0.0.1:5000"
            )
    return Protection(mode, context["pki"], context["audit-log"], forwards)


def _start(context: Context) -> None:
    from charthouse.cli.dev_cluster import running, start

    before = running(context)
    found = start(context, _asked(context), data=context["data"], port=context["port"], speed=context["speed"])
    state = "runs already" if before is not None else "started"
    context.out.write(f"dev cluster {state} (process {found.pid})\nKUBECONFIG={found.kubeconfig}\n")
    used = context["kubeconfig"] or context.settings.kubeconfig
    if found.kubeconfig not in used.split(":"):
        context.hint(f"export KUBECONFIG={found.kubeconfig}, or give --dev-cluster to any command")


def _stop(context: Context) -> None:
    from charthouse.cli.dev_cluster import stop

    context.out.write("dev cluster stopped\n" if stop(context) else "no dev cluster was running\n")


def _status(context: Context) -> None:
    from charthouse.cli.context import CommandExit
    from charthouse.cli.dev_cluster import running

    found = running(context)
    if found is None:
        context.out.write("no dev cluster is running\n")
        raise CommandExit(1)
    context.out.write(f"dev cluster runs (process {found.pid})\nKUBECONFIG={found.kubeconfig}\n")


COMMAND = Command(
    "cluster",
    "run a Kubernetes API on this machine for trying charts",
    long="""A Kubernetes API for trying charts, demonstrations and tests: it answers like a real one and
simulates nodes and pods, so no container runs. kubectl and helm work with it, too.

start writes a kubeconfig to --kubeconfig or KUBECONFIG, when there is no other, and prints where it is.
""",
    args="none",
    children=(
        Command("start", "start the dev cluster", args="none", flags=_start_flags, run=_start),
        Command("status", "say whether the dev cluster runs; exit status 1 when not", args="none", run=_status),
        Command("stop", "stop the dev cluster", args="none", run=_stop),
    ),
)
