"""What `upgrade --force` does with a release it cannot prepare an upgrade for: delete it and install it anew.

Whose rules: helm v2.17.0 pkg/tiller/release_update.go (performUpdateForce): the last revision must be deleted or
failed; rendered as an install; the old objects are deleted with their hooks, the new ones brought in as by an update,
with the hooks of an install.
"""

from __future__ import annotations

from charthouse.actions.draft import Draft
from charthouse.actions.errors import ActionError, joined
from charthouse.actions.failure import as_error
from charthouse.actions.helm2 import objects, records
from charthouse.actions.helm2.hook_runs import run_hooks
from charthouse.actions.helm2.install import failed, rendered
from charthouse.actions.helm2.names import check_new_name
from charthouse.actions.helm2.objects import Change
from charthouse.actions.helm2.options import InstallOptions
from charthouse.actions.recovery import leftovers
from charthouse.errors import CharthouseError
from charthouse.golang.moment import now
from charthouse.golang.strconv import quote
from charthouse.records import replace
from charthouse.releases.release import DEPLOYED, UNINSTALLED, UNINSTALLING

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from charthouse.actions.environment import Environment
    from charthouse.actions.guard import Guard
    from charthouse.actions.helm2.options import UpgradeOptions
    from charthouse.actions.ports import Progress
    from charthouse.hapi import messages
    from charthouse.releases.release import Release

__all__ = ["replaced"]


def replaced(
    env: Environment,
    chart: messages.Chart,
    config: messages.Config | None,
    options: UpgradeOptions,
    guard: Guard | None,
    progress: Callable[[Progress], None],
) -> Release:
    """The new revision, done. Raises as ``install.run``; ActionError when the old objects could not be deleted."""
    history = records.history(env, options.name)
    old = history[-1]
    check_new_name(options.name, history, reuse=True)
    wanted = InstallOptions(
        name=options.name,
        namespace=old.namespace,
        dry_run=options.dry_run,
        disable_hooks=options.disable_hooks,
        reuse_name=True,
        timeout=options.timeout,
        wait=options.wait,
    )
    new = replace(rendered(env, chart, config, wanted), version=old.version + 1)
    if options.dry_run:
        return new.with_status(new.status, "Dry run complete")
    gone = _deleted(Draft(env, old, guard), options, progress)
    remains = [left for left in leftovers(history, above=0) if left.version != old.version]
    return _installed(Draft(env, new, guard), gone, remains, options, progress)


def _deleted(draft: Draft, options: UpgradeOptions, progress: Callable[[Progress], None]) -> Release:
    env = draft.env
    info = replace(
        draft.release.info,
        status=UNINSTALLING,
        deleted=now(env.clock.now()),
        description="Deletion in progress (or silently failed)",
    )
    draft.release = replace(draft.release, info=info)
    draft.save()
    if not options.disable_hooks:
        run_hooks(draft, "pre-delete", options.timeout, progress)
    _, errors = objects.delete(env, draft.release, progress)
    draft.set_status(UNINSTALLED, "Deletion complete")
    draft.save()
    if errors:
        raise ActionError(
            f"Upgrade --force successfully deleted the previous release, but encountered {len(errors)} error(s) and "
            f"cannot continue: {joined(errors, '; ')}"
        )
    if not options.disable_hooks:
        run_hooks(draft, "post-delete", options.timeout, progress)
    return draft.release


def _installed(
    draft: Draft,
    old: Release,
    remains: list[Release],
    options: UpgradeOptions,
    progress: Callable[[Progress], None],
) -> Release:
    if not options.disable_hooks:
        run_hooks(draft, "pre-install", options.timeout, progress)
    draft.check()
    records.create(draft.env, draft.release, options.history_max)
    name = quote(options.name)
    change = Change(options.force, options.recreate, options.cleanup_on_fail, options.wait, options.timeout)
    try:
        _change(draft, old, remains, change, progress)
        if not options.disable_hooks:
            _post_install(draft, options, progress)
    except KeyboardInterrupt as error:
        raise failed(draft, as_error(error), f"Upgrade {name} failed: ") from error
    draft.set_status(DEPLOYED, options.description or "Upgrade complete")
    draft.save()
    return draft.release


def _change(
    draft: Draft, old: Release, remains: list[Release], change: Change, progress: Callable[[Progress], None]
) -> None:
    try:
        objects.update(draft.env, old, draft.release, remains, change, progress)
    except CharthouseError as error:
        raise failed(draft, error, f"Upgrade {quote(draft.release.name)} failed: ") from error


def _post_install(draft: Draft, options: UpgradeOptions, progress: Callable[[Progress], None]) -> None:
    try:
        run_hooks(draft, "post-install", options.timeout, progress)
    except CharthouseError as error:
        raise failed(draft, error, f"Release {quote(options.name)} failed post-install: ") from error
