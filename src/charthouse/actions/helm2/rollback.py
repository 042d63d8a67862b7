"""The `rollback` verb as Tiller does it.

Whose rules: helm v2.17.0 pkg/tiller/release_rollback.go: from the last revision, whatever its state, to the one asked
for; the new record is stored before hooks are run, and a hook that fails leaves it pending.

Differs: the release is locked, and what an interrupted operation left is put right first.
"""

from __future__ import annotations

from charthouse.actions.draft import Draft, record, update
from charthouse.actions.environment import no_progress
from charthouse.actions.failure import as_error
from charthouse.actions.guard import guarded
from charthouse.actions.helm2 import objects, records
from charthouse.actions.helm2.errors import TillerRefusal
from charthouse.actions.helm2.hook_runs import run_hooks
from charthouse.actions.helm2.install import failed
from charthouse.actions.helm2.names import check_name
from charthouse.actions.helm2.objects import Change
from charthouse.actions.helm2.revision import with_parts_of
from charthouse.actions.recovery import leftovers, take_up
from charthouse.errors import CharthouseError
from charthouse.golang.moment import now
from charthouse.golang.strconv import quote
from charthouse.records import Record
from charthouse.releases.errors import NoDeployedReleases
from charthouse.releases.release import DEPLOYED, PENDING_ROLLBACK, SUPERSEDED, Info, Release

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from charthouse.actions.environment import Environment
    from charthouse.actions.helm2.options import RollbackOptions
    from charthouse.actions.ports import Progress

__all__ = ["BAD_REVISION", "run"]

BAD_REVISION = "invalid release revision"


class _Prepared(Record):
    """last: the revision it starts from; release: the new one, pending; remains: what interrupted operations left."""

    last: Release
    release: Release
    remains: tuple[Release, ...]


def run(env: Environment, options: RollbackOptions, *, progress: Callable[[Progress], None] = no_progress) -> Release:
    """Roll back; a dry run returns what would have been recorded. Raises as ``upgrade.run``."""
    check_name(options.name)
    if options.version < 0:
        raise TillerRefusal(BAD_REVISION)
    if options.dry_run:
        return _prepare(env, options).release
    with guarded(env, options.name, "rollback") as guard:
        take_up(env, guard, options.name, options.namespace, verb="rollback", progress=progress)
        ready = _prepare(env, options)
        draft = Draft(env, ready.release, guard)
        records.create(env, draft.release, options.history_max)
        try:
            _perform(draft, ready, options, progress)
        except KeyboardInterrupt as error:
            record(env, ready.last.with_status(SUPERSEDED))
            raise failed(draft, as_error(error), f"Rollback {quote(options.name)} failed: ") from error
        guard.unsaved = True
        update(env, draft.release)
        guard.unsaved = False
        return draft.release


def _prepare(env: Environment, options: RollbackOptions) -> _Prepared:
    history = records.history(env, options.name)
    last = history[-1]
    wanted = options.version or last.version - 1
    target = records.get(env, options.name, wanted)
    release = Release(
        name=options.name,
        namespace=last.namespace,
        version=last.version + 1,
        info=Info(
            first_deployed=last.info.first_deployed,
            last_deployed=now(env.clock.now()),
            status=PENDING_ROLLBACK,
            description=options.description or f"Rollback to {wanted}",
            notes=target.info.notes,
        ),
        chart=target.chart,
        config=target.config,
        manifest=target.manifest,
        hooks=target.hooks,
        labels=target.labels,
    )
    deployed = max((entry.version for entry in history if entry.status == DEPLOYED), default=0)
    remains = [left for left in leftovers(history, above=deployed) if left.version != last.version]
    return _Prepared(last, with_parts_of(release, target), tuple(remains))


def _perform(draft: Draft, ready: _Prepared, options: RollbackOptions, progress: Callable[[Progress], None]) -> None:
    env = draft.env
    if not options.disable_hooks:
        run_hooks(draft, "pre-rollback", options.timeout, progress)
    draft.check()
    change = Change(options.force, options.recreate, options.cleanup_on_fail, options.wait, options.timeout)
    try:
        objects.update(env, ready.last, draft.release, ready.remains, change, progress)
    except CharthouseError as error:
        record(env, ready.last.with_status(SUPERSEDED))
        raise failed(draft, error, f"Rollback {quote(options.name)} failed: ") from error
    if not options.disable_hooks:
        run_hooks(draft, "post-rollback", options.timeout, progress)
    record(env, ready.last.with_status(SUPERSEDED))
    try:
        deployed = env.storage.deployed_all(options.name)
    except NoDeployedReleases:
        deployed = []
    for earlier in deployed:
        record(env, earlier.with_status(SUPERSEDED))
    draft.set_status(DEPLOYED)
