"""What follows when an upgrade fails: the record says so, what was made is cleaned up, the release is rolled back.

Whose rules: helm v4.3.1 pkg/action/upgrade.go (failRelease).
"""

from __future__ import annotations

from charthouse.actions.errors import ActionError, VerbFailed, joined
from charthouse.actions.failure import explain
from charthouse.actions.options import RollbackOptions
from charthouse.errors import CharthouseError
from charthouse.logs import WARN, LogRecord
from charthouse.releases.release import DEPLOYED, FAILED, SUPERSEDED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from charthouse.actions.draft import Draft
    from charthouse.actions.guard import Guard
    from charthouse.actions.options import UpgradeOptions
    from charthouse.actions.ports import Progress
    from charthouse.k8s.objects import Resource

__all__ = ["Unfinished", "failed", "rolled_back_text"]


class Unfinished(ActionError):
    """An upgrade that failed with some objects created."""

    def __init__(self, error: CharthouseError, created: Sequence[Resource]) -> None:
        super().__init__(error.message, hint=error.hint)
        self.pending = tuple(getattr(error, "pending", ()))
        self.created = tuple(created)


def failed(
    draft: Draft,
    error: CharthouseError,
    options: UpgradeOptions,
    guard: Guard,
    progress: Callable[[Progress], None],
) -> VerbFailed:
    """Record the failure, clean up and roll back where that was asked for; returns the error to raise.

    error: an ``Unfinished`` knows what was created.
    """
    guard.check()  # whoever took the release over writes its records now
    env, name = draft.env, options.name
    env.log(LogRecord(WARN, "upgrade failed", name=name, error=error.message))
    hint = explain(draft, error)
    created: tuple[Resource, ...] = tuple(getattr(error, "created", ()))
    if options.rollback_on_failure or (options.cleanup_on_fail and created):
        guard.failing(error.message, created if options.cleanup_on_fail else ())
    draft.set_status(FAILED, f'Upgrade "{name}" failed: {error.message}')
    draft.save()
    if options.cleanup_on_fail and created:
        result = env.cluster.delete(
            created, propagation="Background", release="", release_namespace="", progress=progress
        )
        if result.errors:
            text = "an error occurred while cleaning up resources. original upgrade error: "
            text += f"{error}: unable to cleanup resources: {joined(result.errors, ', ')}"
            return VerbFailed(text, release=draft.release, hint=hint)
    if not options.rollback_on_failure:
        return VerbFailed(error.message, release=draft.release, hint=hint)
    return VerbFailed(_roll_back(draft, error, options, guard, progress), release=draft.release, hint=hint)


def _roll_back(
    draft: Draft,
    error: CharthouseError,
    options: UpgradeOptions,
    guard: Guard,
    progress: Callable[[Progress], None],
) -> str:
    """Back to the newest revision that was good; returns the text of the failure."""
    from charthouse.actions import rollback

    name = options.name
    try:
        history = draft.env.storage.history(name)
    except CharthouseError as second:
        return f"an error occurred while finding last successful release. original upgrade error: {error}: {second}"
    good = [release.version for release in history if release.status in (SUPERSEDED, DEPLOYED)]
    if not good:
        text = "unable to find a previously successful release when attempting to rollback. original upgrade error: "
        return text + error.message
    back = RollbackOptions(
        name=name,
        namespace=options.namespace,
        revision=max(good),
        disable_hooks=options.disable_hooks,
        wait=options.wait,
        wait_for_jobs=options.wait_for_jobs,
        timeout=options.timeout,
        history_max=0,  # as Helm's: undoing prunes nothing
        server_side=options.server_side,
        force_conflicts=options.force_conflicts,
        force_replace=options.force_replace,
    )
    try:
        rollback.perform(draft.env, back, guard, progress)
    except CharthouseError as second:
        return f"an error occurred while rolling back the release. original upgrade error: {error}: {second}"
    return rolled_back_text(name, error.message)


def rolled_back_text(name: str, reason: str) -> str:
    """What an upgrade fails with that was undone."""
    return f"release {name} failed, and has been rolled back due to rollback-on-failure being set: {reason}"
