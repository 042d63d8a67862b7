"""``uninstall``: remove releases. Rules: Helm 4.3.1 ``pkg/cmd/uninstall.go``."""

from __future__ import annotations

from charthouse.cli.command import Command
from charthouse.cli.flags import Flag
from charthouse.cli.global_flags import tiller_tls_flags
from charthouse.cli.names import complete_releases
from charthouse.cli.shared_flags import timeout_flag, wait_flag

TYPE_CHECKING = False
if TYPE_CHECKING:
    from charthouse.cli.context import Context

__all__ = ["COMMAND"]


def _flags() -> list[Flag]:
    return [
        Flag("dry-run", "bool", "only say what would be done"),
        Flag("no-hooks", "bool", "do not run hooks"),
        Flag("ignore-not-found", "bool", "a release that is not there counts as uninstalled"),
        Flag("keep-history", "bool", "keep the records, marked as uninstalled"),
        Flag("cascade", "string", "what becomes of dependents: background, orphan or foreground", default="background"),
        timeout_flag(),
        Flag("description", "string", "description to record"),
        wait_flag(),
        *tiller_tls_flags(),
    ]


def _run(context: Context) -> None:
    from charthouse.actions.options import UninstallOptions
    from charthouse.cli.cluster_flags import OptionError, seconds
    from charthouse.cli.wiring import painter, verbs

    cascade = context["cascade"]
    if cascade not in ("background", "foreground", "orphan"):
        raise OptionError(f'invalid cascade value ({cascade}). Must be "background", "foreground", or "orphan"')
    with painter(context) as progress:
        asked = verbs(context)
        for name in context.words:
            options = UninstallOptions(
                name=name,
                namespace=context.namespace,
                disable_hooks=context["no-hooks"],
                dry_run=context["dry-run"],
                ignore_not_found=context["ignore-not-found"],
                keep_history=context["keep-history"],
                wait=context["wait"],
                cascade=cascade,
                timeout=seconds(context),
                description=context["description"],
            )
            result = asked.uninstall(options, progress=progress)
            if result.info:
                context.out.write(f"{result.info}\n")
            context.out.write(f'release "{name}" uninstalled\n')


COMMAND = Command(
    "uninstall RELEASE_NAME [...]",
    "remove a release",
    long="""Delete the objects of releases, and their records unless --keep-history is given.

Objects annotated helm.sh/resource-policy: keep stay, and so do objects that belong to nobody or to another release.
""",
    aliases=("del", "delete", "un"),
    args="min 1",
    flags=_flags,
    run=_run,
    complete=complete_releases,
)
