"""``reset``: take the release server out of a cluster. Rules: helm v2.17.0 cmd/helm/reset.go (flags)."""

from __future__ import annotations

from charthouse.cli.command import Command
from charthouse.cli.flags import Flag

TYPE_CHECKING = False
if TYPE_CHECKING:
    from charthouse.cli.context import Context

__all__ = ["COMMAND"]


def _flags() -> list[Flag]:
    return [
        Flag("force", "bool", "remove Tiller even if it is Helm 2's, or has releases in Helm 2's form", short="f"),
        Flag("dry-run", "bool", "show what would be removed"),
        Flag("tiller-namespace", "string", "where Tiller is (TILLER_NAMESPACE; kube-system)"),
        *_of_old(),
    ]


def _of_old() -> list[Flag]:
    """Read as Helm 2 reads them; Tiller is not spoken to, so they say nothing."""
    bools, strings = ("remove-helm-home", "tls", "tls-verify"), ("tls-hostname", "tls-ca-cert", "tls-cert", "tls-key")
    return [
        *(Flag(name, "bool", "", hidden=True) for name in bools),
        *(Flag(name, "string", "", hidden=True) for name in strings),
    ]


def _run(context: Context) -> None:
    from charthouse.cli.tiller_reset import run

    run(context)


def _complete(context: Context, typed: str) -> tuple[list[str], int]:
    from charthouse.cli.complete import NO_FILES

    return [], NO_FILES


COMMAND = Command(
    "reset",
    "take the release server Tiller out of a cluster",
    long="""Remove what init made in the cluster, and nothing else. Releases stay: their records lie in their own
namespaces, where charthouse and helm go on with them, without Tiller.
""",
    flags=_flags,
    run=_run,
    complete=_complete,
)
