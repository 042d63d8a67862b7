"""The `uninstall` verb.

Whose rules: helm v4.3.1 pkg/action/uninstall.go: pre-delete hooks, the record, objects in uninstall order (kept ones
and those of other owners stay), waiting, post-delete hooks, then the records go or say `uninstalled`. Hooks are applied
on the server whatever the release's method.

Differs: the release is locked, and the journal says how far an uninstall came, so that the next operation finishes one
that was killed.
"""

from __future__ import annotations

from charthouse.actions.deletion import build, delete_objects, kept_text, split_kept
from charthouse.actions.draft import Draft, record
from charthouse.actions.environment import no_progress
from charthouse.actions.errors import ActionError, joined
from charthouse.actions.failure import as_error
from charthouse.actions.guard import guarded, journalled
from charthouse.actions.hooks import HookOptions
from charthouse.actions.hooks import run as run_hooks
from charthouse.actions.ownership import verify
from charthouse.actions.reading import named, read
from charthouse.actions.recovery import leftovers, take_up
from charthouse.errors import CharthouseError
from charthouse.golang.moment import now
from charthouse.logs import DEBUG, WARN, LogRecord
from charthouse.records import Record, replace
from charthouse.releases.errors import NoDeployedReleases, NotFound
from charthouse.releases.journal import BEGUN, DELETED, DELETING, PURGING
from charthouse.releases.release import DEPLOYED, SUPERSEDED, UNINSTALLED, UNINSTALLING

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from charthouse.actions.environment import Environment
    from charthouse.actions.guard import Guard
    from charthouse.actions.options import UninstallOptions
    from charthouse.actions.ports import Progress
    from charthouse.k8s.objects import Resource
    from charthouse.releases.release import Release

__all__ = ["Uninstalled", "perform", "run", "supersede"]

_STEPS = (BEGUN, DELETING, DELETED, PURGING)


class Uninstalled(Record):
    """release: as last recorded, None when there was none to find; info: what was kept and why, "" or several lines."""

    release: Release | None = None
    info: str = ""


def run(
    env: Environment, options: UninstallOptions, *, progress: Callable[[Progress], None] = no_progress
) -> Uninstalled:
    """Uninstall a release. Raises ActionError and its kin, StorageError, Locked, kube's Unreachable."""
    env.cluster.reachable()
    if options.dry_run:
        return _dry_run(env, options)
    named(options.name, "uninstall: Release name is invalid: ")
    with guarded(env, options.name, "uninstall", journalled(options)) as guard:
        interrupted = guard.interrupted
        take_up(
            env,
            guard,
            options.name,
            options.namespace,
            verb="uninstall",
            progress=progress,
            options=journalled(options),
        )
        if interrupted is not None and interrupted.verb == "uninstall" and not _is_there(env, options.name):
            return Uninstalled()  # what was begun is finished, and that is what was asked for
        return perform(env, options, guard, progress)


def perform(
    env: Environment,
    options: UninstallOptions,
    guard: Guard,
    progress: Callable[[Progress], None],
    *,
    step: str = BEGUN,
) -> Uninstalled:
    """The uninstall itself, under a lock that is held, from `step` on. Raises as ``run``."""
    try:
        history = env.storage.history(options.name)
    except NotFound as error:
        if options.ignore_not_found:
            return Uninstalled()
        raise _not_loaded(options.name, error) from error
    except CharthouseError as error:
        if options.ignore_not_found:
            return Uninstalled()
        raise ActionError(f"uninstall: Release not loaded: {options.name}: {error}", hint=error.hint) from error
    if not history:
        raise ActionError("no release provided")
    history.sort(key=lambda release: release.version)
    last = history[-1]
    if last.status == UNINSTALLED and step == BEGUN:
        if options.keep_history:
            raise ActionError(f'the release named "{options.name}" is already deleted')
        _purge(env, history)
        return Uninstalled(last)
    return _uninstall(env, history, options, guard, progress, step)


def _is_there(env: Environment, name: str) -> bool:
    try:
        return bool(env.storage.history(name))
    except NotFound:
        return False


def _not_loaded(name: str, error: NotFound) -> NotFound:
    return NotFound(f"uninstall: Release not loaded: {name}: {error}")


def _uninstall(
    env: Environment,
    history: list[Release],
    options: UninstallOptions,
    guard: Guard,
    progress: Callable[[Progress], None],
    step: str,
) -> Uninstalled:
    last = history[-1]
    info = replace(
        last.info,
        status=UNINSTALLING,
        deleted=now(env.clock.now()),
        description="Deletion in progress (or silently failed)",
    )
    draft = Draft(env, replace(last, info=info), guard)
    kept, errors = "", list[str]()
    hooks = HookOptions(options.namespace, options.wait, options.timeout, True, progress)
    done = _STEPS.index(step)
    try:
        if done < _STEPS.index(DELETING):
            if guard.verb != "uninstall":
                guard.note(BEGUN, verb="uninstall", options=journalled(options))
            else:
                guard.begin(options)
            if not options.disable_hooks:
                run_hooks(draft, "pre-delete", hooks)
        _store(draft)
        if done < _STEPS.index(DELETED):
            if _has_hooks(last, "pre-delete"):
                guard.note(DELETING, options=journalled(options))
            kept, errors = delete_objects(draft, _others(history), options, progress)
        if done < _STEPS.index(PURGING) and not options.disable_hooks and _has_hooks(last, "post-delete"):
            if step != DELETED:  # the journal that is gone on with knows which hooks have run
                guard.note(DELETED, options=journalled(options))
            try:
                run_hooks(draft, "post-delete", hooks)
            except CharthouseError as error:
                errors.append(error.message)
    except KeyboardInterrupt as error:
        guard.unsaved = True  # the journal stays: the next operation finishes what was begun
        raise as_error(error) from error
    return _finish(draft, history, options, guard, kept, errors)


def _others(history: Sequence[Release]) -> list[Release]:
    """Revisions besides the last whose objects may be there because an operation between them was interrupted."""
    deployed = [release for release in history if release.status == DEPLOYED]
    base = deployed[-1].version if deployed else 0
    remains = leftovers(history, above=base)
    if not remains:
        return []
    return [release for release in (*deployed[-1:], *remains) if release.version != history[-1].version]


def _has_hooks(release: Release, event: str) -> bool:
    return any(event in hook.events for hook in release.hooks)


def _store(draft: Draft) -> None:
    try:
        draft.env.storage.update(draft.release)
    except CharthouseError as error:
        draft.env.log(LogRecord(DEBUG, "uninstall: Failed to store updated release", error=error.message))


def _finish(
    draft: Draft,
    history: Sequence[Release],
    options: UninstallOptions,
    guard: Guard,
    kept: str,
    errors: list[str],
) -> Uninstalled:
    env = draft.env
    draft.set_status(UNINSTALLED, options.description or "Uninstallation complete")
    if options.keep_history:
        _store(draft)
        supersede(env, options.name)
    else:
        if _has_hooks(draft.release, "post-delete"):
            guard.note(PURGING, options=journalled(options))
        try:
            _purge(env, history)
        except CharthouseError as error:
            errors.append(f"uninstall: Failed to purge the release: {error}")
            guard.unsaved = True
    if errors:
        raise ActionError(f"uninstallation completed with {len(errors)} error(s): {joined(errors, '; ')}")
    return Uninstalled(draft.release, kept)


def supersede(env: Environment, name: str) -> None:
    try:
        deployed = env.storage.deployed_all(name)
    except NoDeployedReleases:
        return
    for release in deployed:
        record(env, release.with_status(SUPERSEDED))


def _purge(env: Environment, history: Sequence[Release]) -> None:
    """Remove the records, the newest last, so that an interrupted purge can be told from a living release."""
    for release in history:
        env.storage.delete(release.name, release.version)


def _dry_run(env: Environment, options: UninstallOptions) -> Uninstalled:
    try:
        release = read(env, options.name, 0)
    except NotFound:
        if options.ignore_not_found:
            return Uninstalled()
        raise
    try:
        keep, rest = split_kept(release, env)
        resources = build(env, rest, options.namespace) if rest else []
    except CharthouseError as error:
        env.log(LogRecord(DEBUG, "dry-run: the release's objects cannot be told", error=error.message))
        return Uninstalled(release)
    found = verify(env.cluster.client, resources, release.name, release.namespace)
    if found.foreign:
        text = "dry-run: resources would be skipped because they are not owned by this release"
        env.log(LogRecord(WARN, text, release=release.name, count=len(found.foreign)))
        for resource in found.foreign:
            _would_skip(env, "dry-run: would skip resource", resource, "")
    if found.unknown:
        text = "dry-run: resources would be skipped because their ownership could not be verified"
        env.log(LogRecord(WARN, text, release=release.name, count=len(found.unknown)))
        for resource, reason in found.unknown:
            _would_skip(env, "dry-run: would skip resource (ownership could not be verified)", resource, reason)
    return Uninstalled(release, kept_text(keep))


def _would_skip(env: Environment, text: str, resource: Resource, reason: str) -> None:
    attributes = {"kind": resource.kind, "name": resource.name, "namespace": resource.namespace}
    if reason:
        attributes["error"] = reason
    env.log(LogRecord(WARN, text, **attributes))
