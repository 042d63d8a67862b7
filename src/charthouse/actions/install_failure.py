"""What follows when an install fails: the record says so, or the release is uninstalled where that was asked for.

Whose rules: helm v4.3.1 pkg/action/install.go (failRelease).
"""

from __future__ import annotations

from charthouse.actions.errors import VerbFailed
from charthouse.actions.failure import explain
from charthouse.errors import CharthouseError
from charthouse.releases.release import FAILED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from charthouse.actions.draft import Draft
    from charthouse.actions.guard import Guard
    from charthouse.actions.options import InstallOptions
    from charthouse.actions.ports import Progress

__all__ = ["failed", "uninstalled_text"]


def failed(
    draft: Draft,
    error: CharthouseError,
    options: InstallOptions,
    guard: Guard,
    progress: Callable[[Progress], None],
) -> VerbFailed:
    """Record the failure and undo the install where that was asked for; returns the error to raise."""
    guard.check()  # whoever took the release over writes its records now
    hint = explain(draft, error)
    if options.rollback_on_failure:
        guard.failing(error.message)
    draft.set_status(FAILED, f'Release "{options.name}" failed: {error.message}')
    if not options.rollback_on_failure:
        draft.save()
        return VerbFailed(error.message, release=draft.release, hint=hint)
    from charthouse.actions.options import UninstallOptions
    from charthouse.actions.uninstall import perform

    undo = UninstallOptions(
        name=options.name,
        namespace=options.namespace,
        disable_hooks=options.disable_hooks,
        timeout=options.timeout,
        wait=options.wait,
    )
    try:
        perform(draft.env, undo, guard, progress)
    except CharthouseError as second:
        text = f"an error occurred while uninstalling the release. original install error: {error}: {second}"
        return VerbFailed(text, release=draft.release, hint=hint)
    return VerbFailed(uninstalled_text(options.name, error.message), release=draft.release, hint=hint)


def uninstalled_text(name: str, reason: str) -> str:
    """What an install fails with that was undone."""
    return f"release {name} failed, and has been uninstalled due to rollback-on-failure being set: {reason}"
