"""Going on with a verb whose process died, under the revision it had begun.

The direct mode undoes in the records and lets the next operation do the work anew (``actions.recovery``); nobody may
come for a long time. A server's other replica takes the lock over with its thorough journal and finishes the verb
itself: the pending record holds chart, values, manifest and hooks, the journal which revision it is and which it starts
from, how far its hooks came and what was asked for. Objects are planned once more from what was wanted before and what
is there, which changes nothing that is done already.

An operation that had not come to its record has changed nothing but, perhaps, made its namespace and CRDs: it is
undone (``actions.undo``). One that had failed already does what is asked for in that case (clean up, roll back,
uninstall) and fails with what it had failed with.
"""

from __future__ import annotations

from charthouse.actions import uninstall
from charthouse.actions.draft import Draft
from charthouse.actions.errors import ActionError, VerbFailed
from charthouse.actions.generated import not_made_yet
from charthouse.actions.guard import Guard
from charthouse.actions.hooks import catch_up
from charthouse.actions.options import InstallOptions, RollbackOptions, UninstallOptions, UpgradeOptions
from charthouse.actions.recovery import RULES, fail_pending, leftovers
from charthouse.actions.resumed import Interrupted, options_of, the_revision
from charthouse.actions.undo import undo
from charthouse.errors import CharthouseError
from charthouse.records import replace
from charthouse.releases.errors import NotFound
from charthouse.releases.journal import BEGUN, FAILING
from charthouse.releases.release import DEPLOYED, FAILED, SERVER_SIDE, SUPERSEDED, UNINSTALLED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from charthouse.actions.environment import Environment
    from charthouse.actions.ports import Progress
    from charthouse.actions.uninstall import Uninstalled
    from charthouse.releases.journal import Journal
    from charthouse.releases.lock import Lock
    from charthouse.releases.release import Release

__all__ = ["resume", "settle"]


def resume(env: Environment, lock: Lock, name: str, namespace: str, progress: Callable[[Progress], None]) -> Any:
    """Finish what the journal of `lock` (taken over from a dead operation) was about; gives the lock back.

    Returns what the verb returns: a Release, or Uninstalled. Raises what the verb would have raised, and Interrupted
    when it was undone; Locked when somebody else has taken the release over meanwhile.
    """
    guard = Guard(env, name, "", lock=lock)
    finished = False
    try:
        result = _resume(env, guard, name, namespace, progress)
        finished = not guard.unsaved
        return result
    except CharthouseError:
        finished = not guard.unsaved
        raise
    finally:
        lock.release(finished=finished)


def settle(
    env: Environment, lock: Lock, name: str, namespace: str, progress: Callable[[Progress], None]
) -> list[Release]:
    """Mark failed what an operation left pending that ended without being able to say so; gives the lock back."""
    guard = Guard(env, name, "", lock=lock)
    finished = False
    try:
        left = fail_pending(env, _history(env, name), guard.journal, namespace, progress)
        finished = True
        return left
    finally:
        lock.release(finished=finished)


def _history(env: Environment, name: str) -> list[Release]:
    try:
        return sorted(env.storage.history(name), key=lambda release: release.version)
    except NotFound:
        return []


def _resume(
    env: Environment, guard: Guard, name: str, namespace: str, progress: Callable[[Progress], None]
) -> Release | Uninstalled:
    journal = guard.journal
    if journal.verb == "uninstall":
        return _uninstall(env, guard, name, namespace, progress)
    history = _history(env, name)
    release = the_revision(history, journal)
    if release is None and journal.verb == "rollback" and journal.reason:
        return _roll_back_again(env, guard, name, namespace, progress)
    if release is None:
        raise undo(env, history, journal, name, namespace, progress)
    if release.status in (DEPLOYED, SUPERSEDED):
        return _reported(release, journal)
    if release.status == FAILED and journal.step != FAILING:
        raise _told(release, journal)
    if not release.is_pending and release.status != FAILED:
        raise Interrupted(f"revision {release.version} is {release.status} by now: somebody else works on the release")
    verbs = {"install": _install, "upgrade": _upgrade, "rollback": _rollback}
    return verbs[journal.verb](env, release, history, guard, namespace, progress)


def _reported(release: Release, journal: Journal) -> Release:
    """A revision that is done; one made because another verb had failed is that verb's failure."""
    if journal.reason:
        from charthouse.actions.upgrade_failure import rolled_back_text

        raise VerbFailed(rolled_back_text(release.name, journal.reason), release=release)
    return release


def _told(release: Release, journal: Journal) -> VerbFailed:
    """The failure that a record tells of."""
    text = release.info.description
    for prefix in (f'Upgrade "{release.name}" failed: ', f'Release "{release.name}" failed: '):
        text = text.removeprefix(prefix)
    return VerbFailed(journal.reason or text, release=release)


def _install(
    env: Environment,
    release: Release,
    history: list[Release],
    guard: Guard,
    namespace: str,
    progress: Callable[[Progress], None],
) -> Release:
    from charthouse.actions import install
    from charthouse.actions.install_failure import failed

    options = options_of(InstallOptions, guard.journal, release.name, namespace)
    draft = Draft(env, release, guard)
    if guard.journal.step == FAILING:
        raise failed(draft, ActionError(guard.journal.reason), options, guard, progress)
    remains = leftovers(history, above=0) if options.replace else ()
    try:
        validate = not options.disable_openapi_validation
        resources = env.cluster.build(release.manifest, namespace, validate=validate)
        adopted = env.cluster.check_ownership(resources, install.apply_options(options))
        if options.server_side and not options.take_ownership:
            adopted = []  # applying what is there already changes nothing, so it goes as in a first installation
        resources = not_made_yet(env, release, resources)
    except CharthouseError as error:
        raise failed(draft, error, options, guard, progress) from error
    ready = install.Prepared(release, tuple(resources), tuple(adopted))
    return install.finish(draft, ready, remains, options, guard, progress)


def _upgrade(
    env: Environment,
    release: Release,
    history: list[Release],
    guard: Guard,
    namespace: str,
    progress: Callable[[Progress], None],
) -> Release:
    from charthouse.actions import upgrade
    from charthouse.actions.upgrade_failure import failed

    options = options_of(UpgradeOptions, guard.journal, release.name, namespace)
    draft = Draft(env, release, guard)
    if guard.journal.step == FAILING:
        catch_up(draft)
        raise failed(draft, _Again(env, guard.journal), options, guard, progress)
    base = next((known for known in history if known.version == guard.journal.base), None)
    try:
        if base is None:
            raise ActionError(f"revision {guard.journal.base}, which this upgrade starts from, is gone")
        remains = leftovers(history, above=base.version)
        on_server = release.apply_method == SERVER_SIDE
        ready = upgrade.resolved(env, base, release, remains, options, on_server)
    except CharthouseError as error:
        raise failed(draft, error, options, guard, progress) from error
    return upgrade.finish(draft, ready, options, guard, progress)


class _Again(ActionError):
    """What an upgrade had failed with, and what it had created."""

    def __init__(self, env: Environment, journal: Journal) -> None:
        super().__init__(journal.reason)
        from charthouse.k8s.objects import ObjectRef, Resource

        made = []
        for version, kind, namespace, name in journal.created:
            ref = ObjectRef(env.cluster.client.resource_type(version, kind), namespace, name)
            made.append(Resource(ref, {"apiVersion": version, "kind": kind, "metadata": {"name": name}}))
        self.created = tuple(made)


def _rollback(
    env: Environment,
    release: Release,
    history: list[Release],
    guard: Guard,
    namespace: str,
    progress: Callable[[Progress], None],
) -> Release:
    from charthouse.actions import rollback
    from charthouse.actions.upgrade_failure import rolled_back_text

    options = options_of(RollbackOptions, guard.journal, release.name, namespace)
    base = next((known for known in history if known.version == guard.journal.base), None)
    if base is None:
        fail_pending(env, history, guard.journal, namespace, progress)
        raise ActionError(f"revision {guard.journal.base}, which this rollback starts from, is gone")
    good = [known.version for known in history if known.status == DEPLOYED]
    ready = rollback.Prepared(base, release, leftovers(history, above=max(good, default=0)))
    made = rollback.finish(Draft(env, release, guard), ready, options, guard, progress)
    if guard.journal.reason:
        raise VerbFailed(rolled_back_text(release.name, guard.journal.reason), release=made)
    return made


def _roll_back_again(
    env: Environment, guard: Guard, name: str, namespace: str, progress: Callable[[Progress], None]
) -> Release:
    """A failed upgrade was about to record its rollback: begin it again. Raises VerbFailed: the upgrade's failure."""
    from charthouse.actions import rollback
    from charthouse.actions.upgrade_failure import rolled_back_text

    journal = guard.journal
    made = rollback.perform(env, options_of(RollbackOptions, journal, name, namespace), guard, progress)
    raise VerbFailed(rolled_back_text(name, journal.reason), release=made)


def _uninstall(
    env: Environment, guard: Guard, name: str, namespace: str, progress: Callable[[Progress], None]
) -> Uninstalled:
    journal = guard.journal
    history = _history(env, name)
    if history and (journal.options or {}).get(RULES) == "helm2":
        from charthouse.actions.helm2.uninstall import finish

        return finish(env, journal.options or {}, guard, progress, step=journal.step)
    options = options_of(UninstallOptions, journal, name, namespace)
    if not history:
        done = uninstall.Uninstalled()  # only giving the lock back was left to do
    elif history[-1].status == UNINSTALLED and options.keep_history:
        uninstall.supersede(env, name)
        done = uninstall.Uninstalled(history[-1])
    else:
        if journal.step == BEGUN and options.wait == "hookOnly" and journal.reason:
            options = replace(options, wait="watcher")
        done = uninstall.perform(env, options, guard, progress, step=journal.step)
    if journal.reason:
        from charthouse.actions.install_failure import uninstalled_text

        text = uninstalled_text(name, journal.reason)
        raise VerbFailed(text, release=history[-1]) if history else ActionError(text)
    return done
