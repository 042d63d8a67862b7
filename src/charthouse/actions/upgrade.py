"""The `upgrade` verb.

Whose rules: helm v4.3.1 pkg/action/upgrade.go (prepareUpgrade, performUpgrade, releasingUpgrade, failRelease,
reuseValues) and pkg/cmd/upgrade.go for `--install`.

Differs: the release is locked, what an interrupted operation left is put right first, objects an interrupted upgrade
made and nobody wants any more are deleted, and the chart handed in is not changed.
"""

from __future__ import annotations

from charthouse.actions.draft import Draft, record, update
from charthouse.actions.environment import no_progress
from charthouse.actions.errors import ActionError, Pending, wrapped
from charthouse.actions.failure import as_error
from charthouse.actions.guard import guarded
from charthouse.actions.hooks import HookOptions
from charthouse.actions.hooks import run as run_hooks
from charthouse.actions.install import check_labels
from charthouse.actions.options import InstallOptions
from charthouse.actions.ports import ApplyOptions, WaitOptions
from charthouse.actions.preparation import cluster_capabilities, prepared, rendered
from charthouse.actions.reading import named
from charthouse.actions.recovery import PENDING_HINT, leftovers, must_revive, take_up
from charthouse.actions.reused import reused
from charthouse.actions.upgrade_failure import Unfinished, failed
from charthouse.errors import CharthouseError
from charthouse.golang.moment import now
from charthouse.records import Record, replace
from charthouse.releases.errors import NoDeployedReleases, NotFound
from charthouse.releases.release import (
    CLIENT_SIDE,
    DEPLOYED,
    FAILED,
    PENDING_UPGRADE,
    SERVER_SIDE,
    SUPERSEDED,
    UNINSTALLED,
    Info,
    Release,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

    from charthouse.actions.environment import Environment
    from charthouse.actions.guard import Guard
    from charthouse.actions.options import UpgradeOptions
    from charthouse.actions.ports import Operation, Progress
    from charthouse.charts.chart import Chart
    from charthouse.k8s.objects import Resource

__all__ = [
    "Prepared",
    "finish",
    "install_instead",
    "must_install",
    "objects",
    "prepare",
    "resolved",
    "run",
    "server_side",
]


class Prepared(Record):
    """An upgrade ready to be recorded.

    base: the revision it starts from; release: the new one, pending; old: the objects of the base, of what interrupted
    operations left, and those adopted; new: the objects wanted; options: how they are applied.
    """

    base: Release
    release: Release
    old: tuple[Resource, ...]
    new: tuple[Resource, ...]
    apply: ApplyOptions


def must_install(
    env: Environment, options: UpgradeOptions, *, progress: Callable[[Progress], None] = no_progress
) -> bool:
    """Whether `upgrade --install` has to install: there is no release, or an uninstalled one is kept.

    A release whose only installation was interrupted is installed again, too. Interrupted work is put right first.
    Raises ActionError, StorageError, Locked.
    """
    env.cluster.reachable()
    named(options.name, "release name is invalid: ")
    if options.dry_run == "none" and env.locks.left_behind(options.name):
        with guarded(env, options.name, "upgrade") as guard:
            take_up(env, guard, options.name, options.namespace, verb="upgrade", progress=progress)
    try:
        history = env.storage.history(options.name)
    except NotFound:
        return True
    last = max(history, key=lambda release: release.version)
    return last.status == UNINSTALLED or must_revive(history)


def install_instead(env: Environment, options: UpgradeOptions) -> InstallOptions:
    """The options of the install that `upgrade --install` runs; `replace` when a record has to be stepped over."""
    try:
        found = bool(env.storage.history(options.name))
    except NotFound:
        found = False
    same = {
        field: getattr(options, field)
        for field in InstallOptions._fields
        if field in type(options)._fields and field != "server_side"
    }
    return InstallOptions(**same, replace=found, server_side=options.server_side != "false")


def run(
    env: Environment,
    chart: Chart,
    values: dict[str, Any],
    options: UpgradeOptions,
    *,
    progress: Callable[[Progress], None] = no_progress,
) -> Release:
    """Upgrade the release to `chart`; a dry run returns what would have been recorded.

    values: the user's. Raises as ``install.run``, and NoDeployedReleases.
    """
    env.cluster.reachable()
    if options.rollback_on_failure and options.wait == "hookOnly":
        options = replace(options, wait="watcher")
    named(options.name, "release name is invalid: ")
    if options.dry_run != "none":
        return _dry_run(env, chart, values, options)
    if options.hide_secret:
        raise ActionError("hiding Kubernetes secrets requires a dry-run mode")
    with guarded(env, options.name, "upgrade") as guard:
        take_up(
            env,
            guard,
            options.name,
            options.namespace,
            verb="upgrade",
            progress=progress,
            recover=options.recover,
            timeout=options.timeout,
        )
        ready = prepare(env, chart, values, options)
        draft = Draft(env, ready.release, guard)
        guard.making(draft.release, ready.base.version, options=options)
        draft.create(history_max=options.history_max)
        return finish(draft, ready, options, guard, progress)


def finish(
    draft: Draft, ready: Prepared, options: UpgradeOptions, guard: Guard, progress: Callable[[Progress], None]
) -> Release:
    """All that follows on the record, also for a verb that is gone on with. Raises VerbFailed, StorageError."""
    try:
        _perform(draft, ready, options, progress)
    except (CharthouseError, KeyboardInterrupt) as error:
        raise failed(draft, as_error(error), options, guard, progress) from error
    guard.unsaved = True
    update(draft.env, draft.release)
    guard.unsaved = False
    return draft.release


def _dry_run(env: Environment, chart: Chart, values: dict[str, Any], options: UpgradeOptions) -> Release:
    ready = prepare(env, chart, values, options)
    return ready.release.with_status(ready.release.status, options.description or "Dry run complete")


# preparing


def prepare(env: Environment, chart: Chart, values: dict[str, Any], options: UpgradeOptions) -> Prepared:
    """Everything before the first write. Raises as ``run``."""
    last, base, remains = _history(env, options)
    chart, values, base = reused(env, chart, base, values, options)
    chart = prepared(env, chart, values)
    made = rendered(
        env,
        chart,
        values,
        options,
        namespace=base.namespace,
        revision=last.version + 1,
        is_upgrade=True,
        capabilities=cluster_capabilities(env),
    )
    if made.error is not None:
        raise made.error
    check_labels(options.labels)
    on_server = server_side(options.server_side, last.apply_method)
    release = Release(
        name=options.name,
        namespace=base.namespace,
        version=last.version + 1,
        info=Info(
            first_deployed=base.info.first_deployed,
            last_deployed=now(env.clock.now()),
            status=PENDING_UPGRADE,
            description="Preparing upgrade",
            notes=made.notes,
        ),
        chart=chart,
        config=values,
        manifest=made.manifest,
        hooks=made.hooks,
        labels=_labels(last.labels, options.labels),
        apply_method=SERVER_SIDE if on_server else CLIENT_SIDE,
    )
    return resolved(env, base, release, remains, options, on_server)


def _history(env: Environment, options: UpgradeOptions) -> tuple[Release, Release, tuple[Release, ...]]:
    """The last revision, the one to start from, and what interrupted operations left after that."""
    try:
        history = env.storage.history(options.name)
    except NotFound as error:
        raise NoDeployedReleases(options.name) from error
    if not history:
        raise NoDeployedReleases(options.name)
    last = max(history, key=lambda release: release.version)
    if last.is_pending:
        raise Pending(hint=PENDING_HINT)
    base = last
    if last.status != DEPLOYED:
        deployed = [release for release in history if release.status == DEPLOYED]
        if deployed:
            base = max(deployed, key=lambda release: release.version)
        elif last.status not in (FAILED, SUPERSEDED):
            raise NoDeployedReleases(options.name)
    return last, base, leftovers(history, above=base.version)


def _labels(old: Mapping[str, str], new: Mapping[str, str] | None) -> dict[str, str]:
    return {key: value for key, value in {**old, **(new or {})}.items() if value != "null"}


def server_side(wanted: str, recorded: str) -> bool:
    """Whether objects are applied on the server. wanted: true | false | auto. Raises ActionError."""
    if wanted == "auto":
        return recorded == SERVER_SIDE
    if wanted in ("true", "false"):
        return wanted == "true"
    raise ActionError(f"invalid/unknown release server-side apply method: {wanted}")


def objects(env: Environment, manifest: str, namespace: str, what: str, *, validate: bool = False) -> list[Resource]:
    """The objects of a manifest; `what` ("current", "new") names it in the error. Raises ActionError."""
    try:
        return env.cluster.build(manifest, namespace, validate=validate)
    except CharthouseError as error:
        if what == "current" and 'unable to recognize "": no matches for kind' in error.message:
            text = (
                "current release manifest contains removed kubernetes api(s) for this kubernetes version and it is "
                "therefore unable to build the kubernetes objects for performing the diff. error from kubernetes: "
            )
            raise wrapped(text, error) from error
        raise wrapped(f"unable to build kubernetes objects from {what} release manifest: ", error) from error


def _key(resource: Resource) -> tuple[str, str, str, str]:
    kind = resource.ref.type
    return kind.api_version, kind.kind, resource.namespace, resource.name


def resolved(
    env: Environment,
    base: Release,
    release: Release,
    remains: Sequence[Release],
    options: UpgradeOptions,
    on_server: bool,
) -> Prepared:
    """The objects of an upgrade from `base` to `release`. Raises as ``prepare``."""
    namespace = options.namespace
    validate = not options.disable_openapi_validation
    new = env.cluster.build(release.manifest, namespace, validate=validate)
    old = objects(env, base.manifest, namespace, "current")
    for left in remains:
        known = {_key(resource) for resource in old}
        old += [r for r in objects(env, left.manifest, namespace, "current") if _key(r) not in known]
    apply = ApplyOptions(
        release=options.name,
        release_namespace=release.namespace,
        server_side=on_server,
        force_conflicts=options.force_conflicts,
        force_replace=options.force_replace,
        take_ownership=options.take_ownership,
        validate=validate,
        csa_to_ssa=base.apply_method != SERVER_SIDE and on_server,
        timeout=options.timeout,
    )
    known = {_key(resource) for resource in old}
    try:
        adopted = env.cluster.check_ownership([r for r in new if _key(r) not in known], apply)
    except CharthouseError as error:
        raise wrapped("unable to continue with update: ", error) from error
    return Prepared(base, release, (*old, *adopted), tuple(new), apply)


# doing


def _perform(draft: Draft, ready: Prepared, options: UpgradeOptions, progress: Callable[[Progress], None]) -> None:
    env = draft.env
    on_server = ready.apply.server_side
    hooks = HookOptions(options.namespace, options.wait, options.timeout, on_server, progress)
    created: tuple[Resource, ...] = ()
    reached = draft.reached("post-upgrade")  # by a dead operation, which is gone on with
    if not options.disable_hooks and not reached:
        _run_hooks(draft, "pre-upgrade", hooks, created)
    draft.check()
    if not reached:
        created = _apply(draft, ready, options, progress)
    if not options.disable_hooks:
        _run_hooks(draft, "post-upgrade", hooks, created)
    record(env, ready.base.with_status(SUPERSEDED))
    draft.set_status(DEPLOYED, options.description or "Upgrade complete")


def _apply(
    draft: Draft, ready: Prepared, options: UpgradeOptions, progress: Callable[[Progress], None]
) -> tuple[Resource, ...]:
    """Bring the objects to their new state; returns those that were created."""
    env = draft.env
    created: tuple[Resource, ...] = ()
    try:
        plan: Sequence[Operation] = env.cluster.plan(ready.old, ready.new, ready.apply)
        result = env.cluster.execute(plan, ready.apply, progress)
        created = result.created
        if options.wait != "hookOnly":
            wait = WaitOptions(options.wait, options.timeout, jobs=options.wait_for_jobs)
            env.cluster.wait(ready.new, wait, progress)
    except CharthouseError as error:
        record(env, ready.base)
        done = getattr(error, "result", None)
        raise Unfinished(error, done.created if done is not None else created) from error
    return created


def _run_hooks(draft: Draft, event: str, hooks: HookOptions, created: Sequence[Resource]) -> None:
    try:
        run_hooks(draft, event, hooks)
    except CharthouseError as error:
        raise Unfinished(wrapped(f"{event} hooks failed: ", error), created) from error
