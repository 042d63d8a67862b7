"""The `upgrade` verb as Tiller does it.

Whose rules: helm v2.17.0 pkg/tiller/release_update.go: it starts from the newest deployed revision, a pending last one
blocks it, the new record is stored before hooks are run, and a hook that fails leaves it pending. With `force`, what
cannot be prepared is replaced (``replacement``).

Differs: the release is locked, and what an interrupted operation left is put right first.
"""

from __future__ import annotations

from charthouse.actions.draft import Draft, record, update
from charthouse.actions.environment import no_progress
from charthouse.actions.errors import Pending
from charthouse.actions.failure import as_error
from charthouse.actions.guard import guarded
from charthouse.actions.helm2 import objects, records
from charthouse.actions.helm2.errors import TillerRefusal
from charthouse.actions.helm2.hook_runs import run_hooks
from charthouse.actions.helm2.install import NO_CHART, failed
from charthouse.actions.helm2.names import check_name
from charthouse.actions.helm2.objects import Change
from charthouse.actions.helm2.rendering import Wanted, revision
from charthouse.actions.helm2.values import reused
from charthouse.actions.recovery import PENDING_HINT, leftovers, take_up
from charthouse.errors import CharthouseError
from charthouse.golang.strconv import quote
from charthouse.logs import DEBUG, LogRecord
from charthouse.records import Record
from charthouse.releases.errors import Locked
from charthouse.releases.release import DEPLOYED, PENDING_UPGRADE, SUPERSEDED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from charthouse.actions.environment import Environment
    from charthouse.actions.guard import Guard
    from charthouse.actions.helm2.options import UpgradeOptions
    from charthouse.actions.ports import Progress
    from charthouse.hapi import messages
    from charthouse.releases.release import Release

__all__ = ["Given", "run"]


class Given:
    """The chart and the values an upgrade works with: what was sent, until preparing has found the old values to be
    kept (which stays so when the rest cannot be prepared and `force` replaces the release)."""

    __slots__ = ("chart", "config")

    def __init__(self, chart: messages.Chart, config: messages.Config | None) -> None:
        self.chart = chart
        self.config = config


class _Prepared(Record):
    """current: the deployed revision; release: the new one, pending; remains: what interrupted operations left."""

    current: Release
    release: Release
    remains: tuple[Release, ...]


def run(
    env: Environment,
    chart: messages.Chart | None,
    config: messages.Config | None,
    options: UpgradeOptions,
    *,
    progress: Callable[[Progress], None] = no_progress,
) -> Release:
    """Upgrade the release to `chart`; a dry run returns what would have been recorded.

    Raises as ``install.run``, NoDeployedReleases, Pending.
    """
    check_name(options.name)
    if chart is None:
        raise TillerRefusal(NO_CHART)
    given = Given(chart, config)
    if options.dry_run:
        return _prepared_or_replaced(env, given, options, None, progress)
    with guarded(env, options.name, "upgrade") as guard:
        take_up(
            env,
            guard,
            options.name,
            options.namespace,
            verb="upgrade",
            progress=progress,
            timeout=options.timeout,
        )
        return _prepared_or_replaced(env, given, options, guard, progress)


def _prepared_or_replaced(
    env: Environment, given: Given, options: UpgradeOptions, guard: Guard | None, progress: Callable[[Progress], None]
) -> Release:
    try:
        ready = _prepare(env, given, options)
    except CharthouseError as error:
        if not options.force or isinstance(error, Locked):
            raise
        env.log(LogRecord(DEBUG, "the upgrade cannot be prepared, replacing the release", error=error.message))
        from charthouse.actions.helm2.replacement import replaced

        return replaced(env, given.chart, given.config, options, guard, progress)
    if options.dry_run:
        return ready.release.with_status(PENDING_UPGRADE, "Dry run complete")
    draft = Draft(env, ready.release, guard)
    records.create(env, draft.release, options.history_max)
    try:
        _perform(draft, ready, options, progress)
    except KeyboardInterrupt as error:
        raise failed(draft, as_error(error), f"Upgrade {quote(options.name)} failed: ") from error
    if guard is not None:
        guard.unsaved = True
    update(env, draft.release)
    if guard is not None:
        guard.unsaved = False
    return draft.release


def _prepare(env: Environment, given: Given, options: UpgradeOptions) -> _Prepared:
    """Everything before the first write."""
    current = records.deployed(env, options.name)
    given.chart, given.config = reused(env, given.chart, given.config, current, options)
    history = records.history(env, options.name)
    last = history[-1]
    if last.is_pending:
        raise Pending(hint=PENDING_HINT)
    wanted = Wanted(
        name=options.name,
        namespace=current.namespace,
        version=last.version + 1,
        rendered_as=last.version + 1,
        is_upgrade=True,
        sub_notes=options.sub_notes,
        status=PENDING_UPGRADE,
        description="Preparing upgrade",
        first_deployed=current.info.first_deployed,
    )
    release = revision(env, given.chart, given.config, wanted)
    objects.build(env, release)
    return _Prepared(current, release, leftovers(history, above=current.version))


def _perform(draft: Draft, ready: _Prepared, options: UpgradeOptions, progress: Callable[[Progress], None]) -> None:
    if not options.disable_hooks:
        run_hooks(draft, "pre-upgrade", options.timeout, progress)
    draft.check()
    change = Change(options.force, options.recreate, options.cleanup_on_fail, options.wait, options.timeout)
    try:
        objects.update(draft.env, ready.current, draft.release, ready.remains, change, progress)
    except CharthouseError as error:
        raise failed(draft, error, f"Upgrade {quote(options.name)} failed: ") from error
    if not options.disable_hooks:
        run_hooks(draft, "post-upgrade", options.timeout, progress)
    record(draft.env, ready.current.with_status(SUPERSEDED))
    draft.set_status(DEPLOYED, options.description or "Upgrade complete")
