"""The `delete` verb as Tiller does it.

Whose rules: helm v2.17.0 pkg/tiller/release_uninstall.go: pre-delete hooks, the record, the objects in uninstall order
whoever owns them, post-delete hooks; the record then says `uninstalled`, or all records go with `purge` (errors are
then not told). A release that is deleted already can only be purged.

Differs: the release is locked, and the journal says how far the deletion came, so that the next operation finishes one
that was killed.
"""

from __future__ import annotations

from charthouse.actions.draft import Draft
from charthouse.actions.environment import no_progress
from charthouse.actions.errors import ActionError, joined
from charthouse.actions.failure import as_error
from charthouse.actions.guard import guarded
from charthouse.actions.helm2 import objects, records
from charthouse.actions.helm2.errors import TillerRefusal
from charthouse.actions.helm2.hook_runs import run_hooks
from charthouse.actions.helm2.names import check_name
from charthouse.actions.helm2.options import UninstallOptions
from charthouse.actions.recovery import RULES, leftovers, take_up
from charthouse.actions.uninstall import Uninstalled
from charthouse.errors import CharthouseError
from charthouse.golang.moment import now
from charthouse.golang.strconv import quote
from charthouse.logs import DEBUG, LogRecord
from charthouse.records import replace
from charthouse.releases.errors import NotFound
from charthouse.releases.journal import BEGUN, DELETED, DELETING, PURGING
from charthouse.releases.release import DEPLOYED, UNINSTALLED, UNINSTALLING

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

    from charthouse.actions.environment import Environment
    from charthouse.actions.guard import Guard
    from charthouse.actions.ports import Progress
    from charthouse.releases.release import Release

__all__ = ["finish", "run"]

_STEPS = (BEGUN, DELETING, DELETED, PURGING)


def run(
    env: Environment, options: UninstallOptions, *, progress: Callable[[Progress], None] = no_progress
) -> Uninstalled:
    """Delete a release. Raises TillerRefusal, NotFound, StorageError, Locked, ActionError (`deletion completed with 1
    error(s): …`), and what a hook fails with."""
    check_name(options.name)
    with guarded(env, options.name, "uninstall", _journalled(options)) as guard:
        interrupted = guard.interrupted
        last = _last(env, options.name) if interrupted is not None else None
        take_up(
            env,
            guard,
            options.name,
            options.namespace,
            verb="uninstall",
            progress=progress,
            options=_journalled(options),
        )
        if last is not None and interrupted is not None and interrupted.verb == "uninstall":
            after = _last(env, options.name)
            if after is None or (after.status == UNINSTALLED and not options.purge):
                return Uninstalled(after or last)  # what was begun is finished, and that is what was asked for
        return _perform(env, options, guard, progress, BEGUN)


def finish(
    env: Environment,
    options: Mapping[str, Any],
    guard: Guard,
    progress: Callable[[Progress], None],
    *,
    step: str,
) -> Uninstalled:
    """Go on with a deletion that was interrupted at `step`, under a lock that is held. options: of its journal."""
    known = {field: value for field, value in options.items() if field in UninstallOptions._fields}
    return _perform(env, UninstallOptions(**known), guard, progress, step, again=True)


def _journalled(options: UninstallOptions) -> dict[str, object]:
    """What finishing needs."""
    return {**{field: getattr(options, field) for field in type(options)._fields}, RULES: "helm2"}


def _last(env: Environment, name: str) -> Release | None:
    try:
        return records.last(env, name)
    except NotFound:
        return None


def _perform(
    env: Environment,
    options: UninstallOptions,
    guard: Guard,
    progress: Callable[[Progress], None],
    step: str,
    *,
    again: bool = False,
) -> Uninstalled:
    history = records.history(env, options.name)
    if not history:
        raise TillerRefusal("no release provided")
    last = history[-1]
    if last.status == UNINSTALLED and step == BEGUN:
        if not options.purge:
            raise TillerRefusal(f"the release named {quote(options.name)} is already deleted")
        _purge(env, history)
        return Uninstalled(last)
    info = replace(
        last.info,
        status=UNINSTALLING,
        deleted=now(env.clock.now()),
        description="Deletion in progress (or silently failed)",
    )
    draft = Draft(env, replace(last, info=info), guard)
    try:
        kept, errors = _work(draft, history, options, guard, progress, _STEPS.index(step), again)
    except KeyboardInterrupt as error:
        guard.unsaved = True  # the journal stays: the next operation finishes what was begun
        raise as_error(error) from error
    return _ended(draft, history, options, guard, kept, errors)


def _ended(
    draft: Draft,
    history: Sequence[Release],
    options: UninstallOptions,
    guard: Guard,
    kept: str,
    errors: Sequence[str],
) -> Uninstalled:
    """Record that the release is gone, or remove its records."""
    draft.set_status(UNINSTALLED, options.description or "Deletion complete")
    if options.purge:
        if _has_hooks(draft.release, "post-delete"):
            guard.note(PURGING, options=_journalled(options))
        try:
            _purge(draft.env, history)
        except CharthouseError:
            guard.unsaved = True
            raise
        return Uninstalled(draft.release, kept)
    _store(draft)
    if errors:
        raise ActionError(f"deletion completed with {len(errors)} error(s): {joined(list(errors), '; ')}")
    return Uninstalled(draft.release, kept)


def _work(
    draft: Draft,
    history: Sequence[Release],
    options: UninstallOptions,
    guard: Guard,
    progress: Callable[[Progress], None],
    done: int,
    again: bool,
) -> tuple[str, list[str]]:
    """Hooks and objects. Returns what was kept, and the texts of errors; raises what a pre-delete hook fails with."""
    kept, errors = "", list[str]()
    if done < _STEPS.index(DELETING):
        if guard.verb != "uninstall":
            guard.note(BEGUN, verb="uninstall", options=_journalled(options))
        if not options.disable_hooks:
            run_hooks(draft, "pre-delete", options.timeout, progress, again=again)
        draft.check()
    _store(draft)
    if done < _STEPS.index(DELETED):
        if _has_hooks(draft.release, "pre-delete"):
            guard.note(DELETING, options=_journalled(options))
        kept, errors = objects.delete(draft.env, draft.release, progress)
        for other in _others(history):
            errors += objects.delete(draft.env, other, progress)[1]
    if done < _STEPS.index(PURGING) and not options.disable_hooks and _has_hooks(draft.release, "post-delete"):
        guard.note(DELETED, options=_journalled(options))
        try:
            run_hooks(draft, "post-delete", options.timeout, progress, again=again)
        except CharthouseError as error:
            errors.append(error.message)
    return kept, errors


def _has_hooks(release: Release, event: str) -> bool:
    return any(event in hook.events for hook in release.hooks)


def _others(history: Sequence[Release]) -> list[Release]:
    """Revisions besides the last whose objects may be there because an operation between them was interrupted."""
    deployed = [release for release in history if release.status == DEPLOYED]
    remains = leftovers(history, above=deployed[-1].version if deployed else 0)
    if not remains:
        return []
    return [release for release in (*deployed[-1:], *remains) if release.version != history[-1].version]


def _store(draft: Draft) -> None:
    try:
        draft.env.storage.update(draft.release)
    except CharthouseError as error:
        draft.env.log(LogRecord(DEBUG, "uninstall: Failed to store updated release", error=error.message))


def _purge(env: Environment, history: Sequence[Release]) -> None:
    """Remove the records, the newest last, so that an interrupted purge can be told from a living release."""
    for release in history:
        env.storage.delete(release.name, release.version)
