"""Putting right what an operation left that never ended.

A process that is killed leaves its Lease with its journal, and a record that says `pending-…` or `uninstalling`. The
next operation that takes the lock over finds them here, before it does anything of its own:

- an install, upgrade or rollback that was interrupted is *undone in the records*: its revision becomes `failed`, marked
  with an annotation beside the record. Its objects stay where they are; whatever comes next takes the manifests of such
  revisions into account (``leftovers``), so what nobody wants any more is deleted, and what is wanted is adopted. An
  interrupted first install is followed by another install, hooks and all (``must_revive``);
- an uninstall that was interrupted is *finished*, from the step it had come to; a rollback, which brings a release
back,
  only clears its state.

A pending record without a journal may belong to a living `helm`. It is left alone, unless the caller insists
(`--recover`) or nobody can still be at work on it.
"""

from __future__ import annotations

from charthouse.actions.draft import record
from charthouse.errors import CharthouseError
from charthouse.golang.moment import from_text
from charthouse.logs import DEBUG, LogRecord
from charthouse.records import replace
from charthouse.releases.errors import CodecError, NotFound
from charthouse.releases.journal import BEGUN, Journal
from charthouse.releases.release import FAILED, UNINSTALLED, UNINSTALLING

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import Any

    from charthouse.actions.environment import Environment
    from charthouse.actions.guard import Guard
    from charthouse.actions.ports import Progress
    from charthouse.manifests.hooks import Hook
    from charthouse.releases.release import Release

__all__ = ["INTERRUPTED", "PENDING_HINT", "RULES", "leftovers", "must_revive", "take_up"]

INTERRUPTED = "charthouse.dev/interrupted"
PENDING_HINT = (
    "another helm or charthouse may be at work on this release; when you know that it is not, "
    "`charthouse upgrade --recover` takes the release over"
)
RULES = "rules"
"""The journal's option that says by whose rules an uninstall is finished: `helm2`, or none."""
_LONG_PAST = 3600.0  # seconds a pending record without a journal must be old, at least
_SAFETY = 4  # and how many times the caller's timeout: hooks, objects and waiting each have one


def leftovers(history: Iterable[Release], *, above: int) -> tuple[Release, ...]:
    """Revisions newer than `above` whose making was interrupted: their objects may be there, wanted or not."""
    return tuple(release for release in history if release.version > above and INTERRUPTED in release.annotations)


def must_revive(history: Sequence[Release]) -> bool:
    """Whether all there is are installs that were interrupted (or followed an uninstalled revision)."""
    last = max(history, key=lambda release: release.version)
    if last.status != FAILED or last.annotations.get(INTERRUPTED) != "install":
        return False
    return all(
        release.status == UNINSTALLED
        or release.info.description == "superseded by new release"
        or release.annotations.get(INTERRUPTED) == "install"
        for release in history
    )


def take_up(
    env: Environment,
    guard: Guard,
    name: str,
    namespace: str,
    *,
    verb: str,
    progress: Callable[[Progress], None],
    recover: bool = False,
    timeout: float = 300.0,
    options: dict[str, Any] | None = None,
) -> None:
    """Put right what was interrupted, then open this operation's journal in place of the one found.

    verb, options: of what is about to be done. Raises StorageError, Locked; finishing an uninstall raises as
    ``uninstall.run``.
    """
    journal = guard.interrupted
    if journal is None:
        if verb == "upgrade":
            _foreign(env, name, recover, timeout)
        return
    guard.interrupted = None
    try:
        history = env.storage.history(name)
    except NotFound:
        history = []
    history.sort(key=lambda release: release.version)
    env.log(LogRecord(DEBUG, "taking up an interrupted operation", release=name, verb=journal.verb, step=journal.step))
    if journal.verb == "uninstall":
        _uninstall(env, guard, history, journal, namespace, verb, progress)
    else:
        fail_pending(env, history, journal, namespace, progress)
    guard.note(BEGUN, verb=verb, options=options)


def fail_pending(
    env: Environment,
    history: Iterable[Release],
    journal: Journal,
    namespace: str,
    progress: Callable[[Progress], None],
) -> list[Release]:
    """Mark failed what the journal's operation left pending; returns these revisions as they were."""
    left = [release for release in history if release.is_pending and _began_after(release, journal)]
    for release in left:
        _fail(env, release, namespace, progress)
    return left


def _began_after(release: Release, journal: Journal) -> bool:
    """Whether the journal's operation can have made the revision: another process's has another, earlier time."""
    began = release.info.last_deployed
    try:
        return began is None or began >= from_text(journal.started)
    except (ValueError, CodecError):
        return True


def _foreign(env: Environment, name: str, recover: bool, timeout: float) -> None:
    """A pending record without a journal: taken over when asked for, or when nobody can still be at work on it."""
    try:
        last = env.storage.last(name)
    except CharthouseError:
        return
    if not last.is_pending:
        return
    began = last.info.last_deployed
    age = (env.clock.now() - began).total_seconds() if began is not None else 0.0
    if recover or age > max(_LONG_PAST, _SAFETY * timeout):
        _mark(env, last)


def _fail(env: Environment, release: Release, namespace: str, progress: Callable[[Progress], None]) -> None:
    """An interrupted revision is a failed one; hooks that only their end would have deleted go."""
    for hook in release.hooks:
        if _stale(hook):
            _delete_hook(env, hook, namespace, progress)
    _mark(env, release)


def _mark(env: Environment, release: Release) -> None:
    verb = release.status.removeprefix("pending-")
    text = f"{verb.capitalize()} interrupted; taken up by the next operation"
    failed = release.with_status(FAILED, text)
    record(env, replace(failed, annotations={**failed.annotations, INTERRUPTED: verb}))
    env.hint(f"revision {release.version} was left behind by an interrupted {verb}; it is marked failed now")


def _stale(hook: Hook) -> bool:
    """A hook that had been started and would be in the way: nothing deletes it before it is created again."""
    if hook.last_run.started is None or hook.kind == "CustomResourceDefinition":
        return False
    return bool(hook.delete_policies) and "before-hook-creation" not in hook.delete_policies


def _delete_hook(env: Environment, hook: Hook, namespace: str, progress: Callable[[Progress], None]) -> None:
    try:
        resources = env.cluster.build(hook.manifest, namespace, validate=False)
        env.cluster.delete(resources, propagation="Background", release="", release_namespace="", progress=progress)
    except CharthouseError as error:
        env.hint(f"hook {hook.name} of an interrupted operation could not be deleted: {error}")


def _uninstall(
    env: Environment,
    guard: Guard,
    history: Sequence[Release],
    journal: Journal,
    namespace: str,
    verb: str,
    progress: Callable[[Progress], None],
) -> None:
    if not history:
        return  # only giving the lock back was left to do
    last = history[-1]
    if journal.step == BEGUN and last.status not in (UNINSTALLING, UNINSTALLED):
        return  # nothing had been done
    if verb == "rollback":
        if last.status == UNINSTALLING:
            record(env, last.with_status(FAILED, "Uninstall interrupted; taken up by the next operation"))
        return
    if (journal.options or {}).get(RULES) == "helm2":
        from charthouse.actions.helm2.uninstall import finish

        env.hint("an interrupted uninstall is finished first")
        finish(env, journal.options or {}, guard, progress, step=journal.step)
        return
    from charthouse.actions.options import UninstallOptions
    from charthouse.actions.uninstall import perform

    known = {field: value for field, value in (journal.options or {}).items() if field in UninstallOptions._fields}
    options = UninstallOptions(**{"name": last.name, "namespace": namespace, **known})
    if options.wait == "hookOnly":
        options = replace(options, wait="watcher")  # what comes next may create the same objects again
    env.hint("an interrupted uninstall is finished first")
    perform(env, options, guard, progress, step=journal.step)
