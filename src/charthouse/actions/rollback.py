"""The `rollback` verb.

Whose rules: helm v4.3.1 pkg/action/rollback.go: no check for pending revisions, the last revision is the base
whatever its state, all deployed revisions are superseded at the end.

Differs: the release is locked, and what an interrupted operation left is put right first. A hook or a last write that
fails leaves a pending revision behind in Helm; here the journal stays, and the next operation marks it failed.
"""

from __future__ import annotations

from charthouse.actions.draft import Draft, record, update
from charthouse.actions.environment import no_progress
from charthouse.actions.errors import ActionError, VerbFailed, joined
from charthouse.actions.failure import as_error, explain
from charthouse.actions.guard import guarded
from charthouse.actions.hooks import HookOptions
from charthouse.actions.hooks import run as run_hooks
from charthouse.actions.ports import ApplyOptions, WaitOptions
from charthouse.actions.reading import named
from charthouse.actions.recovery import leftovers, take_up
from charthouse.errors import CharthouseError
from charthouse.golang.moment import now
from charthouse.logs import WARN, LogRecord
from charthouse.records import Record
from charthouse.releases.errors import NoDeployedReleases
from charthouse.releases.release import (
    CLIENT_SIDE,
    DEPLOYED,
    FAILED,
    PENDING_ROLLBACK,
    SERVER_SIDE,
    SUPERSEDED,
    Info,
    Release,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from charthouse.actions.environment import Environment
    from charthouse.actions.guard import Guard
    from charthouse.actions.options import RollbackOptions
    from charthouse.actions.ports import Progress
    from charthouse.k8s.objects import Resource

__all__ = ["MAX_DESCRIPTION", "Prepared", "finish", "perform", "run"]

MAX_DESCRIPTION = 256


def run(env: Environment, options: RollbackOptions, *, progress: Callable[[Progress], None] = no_progress) -> Release:
    """Make an earlier revision the newest one. Raises ActionError, NotFound, StorageError, Locked, VerbFailed."""
    if len(options.description) > MAX_DESCRIPTION:
        raise ActionError(f"description must be {MAX_DESCRIPTION} characters or less, got {len(options.description)}")
    env.cluster.reachable()
    named(options.name, "prepareRollback: Release name is invalid: ")
    if options.revision < 0:
        raise ActionError("invalid release revision")
    if options.dry_run != "none":
        return _prepare(env, options).release
    with guarded(env, options.name, "rollback") as guard:
        take_up(env, guard, options.name, options.namespace, verb="rollback", progress=progress)
        return perform(env, options, guard, progress)


class Prepared(Record):
    """base: the last revision; release: the new one, pending; remains: what interrupted operations left."""

    base: Release
    release: Release
    remains: tuple[Release, ...]


def _prepare(env: Environment, options: RollbackOptions) -> Prepared:
    from charthouse.actions.upgrade import server_side

    history = env.storage.history(options.name)
    if not history:
        env.storage.last(options.name)
    base = max(history, key=lambda release: release.version)
    revision = options.revision or base.version - 1
    if all(release.version != revision for release in history):
        raise ActionError(f"release has no {revision} version")
    target = env.storage.get(options.name, revision)
    on_server = server_side(options.server_side, target.apply_method)
    release = Release(
        name=options.name,
        namespace=base.namespace,
        version=base.version + 1,
        info=Info(
            first_deployed=base.info.first_deployed,
            last_deployed=now(env.clock.now()),
            status=PENDING_ROLLBACK,
            description=options.description or f"Rollback to {revision}",
            notes=target.info.notes,
            rollback_revision=revision,
        ),
        chart=target.chart,
        config=target.config,
        manifest=target.manifest,
        hooks=target.hooks,
        labels=target.labels,
        apply_method=SERVER_SIDE if on_server else CLIENT_SIDE,
    )
    good = [entry.version for entry in history if entry.status == DEPLOYED]
    return Prepared(base, release, leftovers(history, above=max(good, default=0)))


def perform(env: Environment, options: RollbackOptions, guard: Guard, progress: Callable[[Progress], None]) -> Release:
    """The rollback itself, under a lock that is held. Raises as ``run``."""
    ready = _prepare(env, options)
    draft = Draft(env, ready.release, guard)
    guard.making(draft.release, ready.base.version, options=options, verb="rollback")
    draft.create(history_max=options.history_max)
    return finish(draft, ready, options, guard, progress)


def finish(
    draft: Draft, ready: Prepared, options: RollbackOptions, guard: Guard, progress: Callable[[Progress], None]
) -> Release:
    """All that follows on the record, also for a verb that is gone on with. Raises as ``run``."""
    env = draft.env
    guard.unsaved = True  # until the record says how it ended
    try:
        _perform(draft, ready, options, progress)
    except KeyboardInterrupt as error:
        cancelled = as_error(error)
        _mark_failed(draft, ready.base, f'Rollback "{options.name}" failed: {cancelled}')
        raise VerbFailed(cancelled.message, release=draft.release) from error
    update(env, draft.release)
    guard.unsaved = False
    return draft.release


def _perform(draft: Draft, ready: Prepared, options: RollbackOptions, progress: Callable[[Progress], None]) -> None:
    from charthouse.actions.upgrade import objects

    env = draft.env
    old = objects(env, ready.base.manifest, options.namespace, "current")
    for left in ready.remains:
        if left.version != ready.base.version:
            known = {resource.ref for resource in old}
            old += [r for r in objects(env, left.manifest, options.namespace, "current") if r.ref not in known]
    new = objects(env, draft.release.manifest, options.namespace, "new")
    on_server = draft.release.apply_method == SERVER_SIDE
    hooks = HookOptions(options.namespace, options.wait, options.timeout, on_server, progress)
    reached = draft.reached("post-rollback")  # by a dead operation, which is gone on with
    if not options.disable_hooks and not reached:
        run_hooks(draft, "pre-rollback", hooks)
    draft.check()
    if not reached:
        _apply(draft, ready, old, new, options, progress)
    if not options.disable_hooks:
        run_hooks(draft, "post-rollback", hooks)
    try:
        deployed = env.storage.deployed_all(options.name)
    except NoDeployedReleases:
        deployed = []
    for earlier in deployed:
        record(env, earlier.with_status(SUPERSEDED))
    draft.set_status(DEPLOYED)


def _apply(
    draft: Draft,
    ready: Prepared,
    old: Sequence[Resource],
    new: Sequence[Resource],
    options: RollbackOptions,
    progress: Callable[[Progress], None],
) -> None:
    env = draft.env
    apply = ApplyOptions(
        release=options.name,
        release_namespace=draft.release.namespace,
        server_side=draft.release.apply_method == SERVER_SIDE,
        force_conflicts=options.force_conflicts,
        force_replace=options.force_replace,
        csa_to_ssa=True,
        timeout=options.timeout,
    )
    try:
        env.cluster.execute(env.cluster.plan(old, new, apply), apply, progress)
    except CharthouseError as error:
        raise _apply_failed(draft, ready.base, error, options, progress) from error
    if options.wait != "hookOnly":
        try:
            env.cluster.wait(new, WaitOptions(options.wait, options.timeout, jobs=options.wait_for_jobs), progress)
        except CharthouseError as error:
            hint = explain(draft, error)
            draft.set_status(FAILED, f'Release "{options.name}" failed: {error}')
            record(env, ready.base)
            _save(draft)
            raise VerbFailed(f"release {options.name} failed: {error}", release=draft.release, hint=hint) from error


def _save(draft: Draft) -> None:
    saved = record(draft.env, draft.release)
    if draft.guard is not None:
        draft.guard.unsaved = not saved


def _mark_failed(draft: Draft, base: Release, text: str) -> None:
    draft.env.log(LogRecord(WARN, text))
    draft.set_status(FAILED, text)
    record(draft.env, base.with_status(SUPERSEDED))
    _save(draft)


def _apply_failed(
    draft: Draft,
    base: Release,
    error: CharthouseError,
    options: RollbackOptions,
    progress: Callable[[Progress], None],
) -> VerbFailed:
    hint = explain(draft, error)
    _mark_failed(draft, base, f'Rollback "{options.name}" failed: {error}')
    done = getattr(error, "result", None)
    if options.cleanup_on_fail and done is not None and done.created:
        result = draft.env.cluster.delete(
            done.created, propagation="Background", release="", release_namespace="", progress=progress
        )
        if result.errors:
            text = "an error occurred while cleaning up resources. original rollback error: unable to cleanup "
            return VerbFailed(f"{text}resources: {joined(result.errors, ', ')}", release=draft.release, hint=hint)
    return VerbFailed(error.message, release=draft.release, hint=hint)
