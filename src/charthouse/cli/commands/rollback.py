"""``rollback``: bring back an earlier revision. Rules: Helm 4.3.1 ``pkg/cmd/rollback.go``."""

from __future__ import annotations

from charthouse.cli.command import Command
from charthouse.cli.flags import Flag, FromSettings
from charthouse.cli.global_flags import tiller_tls_flags
from charthouse.cli.names import complete_release_and_revision
from charthouse.cli.shared_flags import FORCE_GROUPS, dry_run_flag, recover_flag, timeout_flag, wait_flag

TYPE_CHECKING = False
if TYPE_CHECKING:
    from charthouse.cli.context import Context

__all__ = ["COMMAND"]


def _flags() -> list[Flag]:
    return [
        Flag("description", "string", "description to record (at most 256 characters)"),
        Flag("force-replace", "bool", "replace objects instead of patching them"),
        Flag("force", "bool", "", variable="force-replace", deprecated="use --force-replace instead"),
        Flag("force-conflicts", "bool", "take over fields other managers own (server-side apply)"),
        Flag("server-side", "string", "true, false or auto: as the target revision was applied", default="auto"),
        Flag("no-hooks", "bool", "do not run hooks"),
        timeout_flag(),
        Flag("wait-for-jobs", "bool", "with --wait, wait until jobs have completed as well"),
        Flag("cleanup-on-fail", "bool", "delete the objects a failed rollback created"),
        Flag("history-max", "int", "revisions to keep of the release, 0 = all", default=FromSettings("max_history")),
        dry_run_flag(),
        wait_flag(),
        recover_flag(),
        *tiller_tls_flags(),
    ]


def _run(context: Context) -> None:
    from charthouse.cli.cluster_flags import rollback_options
    from charthouse.cli.dry_run import dry_run_strategy
    from charthouse.cli.wiring import painter, verbs

    options = rollback_options(context, context.words[0], dry_run="none")
    strategy = dry_run_strategy(context)
    if strategy != "none":
        options = rollback_options(context, context.words[0], dry_run=strategy)
    with painter(context) as progress:
        verbs(context).rollback(options, progress=progress)
    context.out.write("Rollback was a success! Happy Helming!\n")


COMMAND = Command(
    "rollback <RELEASE> [REVISION]",
    "bring back an earlier revision of a release",
    long="Bring a release back to an earlier revision, as a new one. Without REVISION or with 0: the one before.\n",
    args="min 1",
    flags=_flags,
    exclusive=FORCE_GROUPS,
    run=_run,
    complete=complete_release_and_revision,
)
