"""The `install` verb.

Whose rules: helm v4.3.1 pkg/action/install.go: reachability, name, dependencies, CRDs, rendering, ownership; then the
namespace, the record, pre-install hooks, objects, waiting, post-install hooks.

Differs: the release is locked (``actions.guard``), what an interrupted operation left is put right first
(``actions.recovery``), and the chart handed in is not changed.
"""

from __future__ import annotations

from charthouse.actions.crds import install_crds
from charthouse.actions.creation import create
from charthouse.actions.draft import Draft, record
from charthouse.actions.environment import no_progress
from charthouse.actions.errors import ActionError, NameInUse, VerbFailed, wrapped
from charthouse.actions.failure import as_error
from charthouse.actions.guard import guarded
from charthouse.actions.hooks import HookOptions
from charthouse.actions.hooks import run as run_hooks
from charthouse.actions.install_failure import failed
from charthouse.actions.namespace import create_namespace, namespace_exists
from charthouse.actions.ports import ApplyOptions, WaitOptions
from charthouse.actions.preparation import cluster_capabilities, prepared, rendered
from charthouse.actions.recovery import PENDING_HINT, leftovers, take_up
from charthouse.errors import CharthouseError
from charthouse.golang.moment import now
from charthouse.logs import ERROR, WARN, LogRecord
from charthouse.records import Record, replace
from charthouse.releases.errors import InvalidName, NotFound
from charthouse.releases.release import (
    CLIENT_SIDE,
    DEPLOYED,
    FAILED,
    PENDING_INSTALL,
    SERVER_SIDE,
    SUPERSEDED,
    SYSTEM_LABELS,
    UNINSTALLED,
    Info,
    Release,
    has_system_labels,
    validate_name,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from charthouse.actions.environment import Environment
    from charthouse.actions.guard import Guard
    from charthouse.actions.options import InstallOptions
    from charthouse.actions.ports import Progress
    from charthouse.charts.capabilities import Capabilities
    from charthouse.charts.chart import Chart
    from charthouse.k8s.objects import Resource
    from charthouse.profile import Profile

__all__ = ["Prepared", "apply_options", "check_labels", "finish", "run"]


def run(
    env: Environment,
    chart: Chart,
    values: dict[str, Any],
    options: InstallOptions,
    *,
    progress: Callable[[Progress], None] = no_progress,
) -> Release:
    """Install `chart` as `options.name`; a dry run returns what would have been recorded.

    values: the user's, coalesced with nothing. Raises ActionError and its kin, ChartError, RenderError, StorageError,
    Locked, OwnershipConflict, kube's Unreachable; VerbFailed once there is a record, which then says `failed`.
    """
    if options.rollback_on_failure and options.wait == "hookOnly":
        options = replace(options, wait="watcher")
    if options.dry_run != "client":
        try:
            env.cluster.reachable()
        except CharthouseError as error:
            env.log(LogRecord(ERROR, f"cluster reachability check failed: {error}"))
            raise wrapped("cluster reachability check failed: ", error) from error
    if options.dry_run == "none" and options.hide_secret:
        env.log(LogRecord(ERROR, "hiding Kubernetes secrets requires a dry-run mode"))
        raise ActionError("hiding Kubernetes secrets requires a dry-run mode")
    _check_name(env, options)
    if options.dry_run != "none":
        return _dry_run(env, chart, values, options, progress)
    with guarded(env, options.name, "install") as guard:
        take_up(env, guard, options.name, options.namespace, verb="install", progress=progress)
        _check_free(env, options)
        return _install(env, chart, values, options, guard, progress)


def check_labels(labels: Any) -> None:
    """Raises ActionError when a user's label is one of Helm's."""
    if labels and has_system_labels(labels):
        listed = " ".join(SYSTEM_LABELS)
        raise ActionError(f"user supplied labels contains system reserved label name. System labels: [{listed}]")


def _check_name(env: Environment, options: InstallOptions) -> None:
    try:
        validate_name(options.name)
    except InvalidName as error:
        text = f'release name check failed: release name "{options.name}": {error}'
        env.log(LogRecord(ERROR, "release name check failed", error=text.partition(": ")[2]))
        raise ActionError(text) from error


def _check_free(env: Environment, options: InstallOptions) -> None:
    try:
        last = env.storage.last(options.name)
    except CharthouseError:
        return  # as Helm: what cannot be read does not block the name; storing the record will fail if it must
    if options.replace and last.status in (UNINSTALLED, FAILED):
        return
    env.log(LogRecord(ERROR, "release name check failed", error="cannot reuse a name that is still in use"))
    hint = PENDING_HINT if last.is_pending else f"the release is {last.status}; `upgrade --install` works on it"
    raise NameInUse(hint=hint)


class Prepared(Record):
    """A release ready to be recorded, its objects, and those of them that exist and may be adopted."""

    release: Release
    resources: tuple[Resource, ...]
    adopted: tuple[Resource, ...]


def _dry_run(
    env: Environment,
    chart: Chart,
    values: dict[str, Any],
    options: InstallOptions,
    progress: Callable[[Progress], None],
) -> Release:
    ready = _prepare(env, chart, values, options, progress)
    return ready.release.with_status(ready.release.status, "Dry run complete")


def _prepare(
    env: Environment,
    chart: Chart,
    values: dict[str, Any],
    options: InstallOptions,
    progress: Callable[[Progress], None],
) -> Prepared:
    try:
        chart = prepared(env, chart, values)
    except CharthouseError as error:
        env.log(LogRecord(ERROR, "chart dependencies processing failed", error=error.message))
        raise wrapped("chart dependencies processing failed: ", error) from error
    online = options.dry_run != "client"
    crds = chart.crds()
    if online and crds and not options.skip_crds:
        if options.dry_run == "server":
            text = "This chart or one of its subcharts contains CRDs. Rendering may fail or contain inaccuracies."
            env.log(LogRecord(WARN, text))
        else:
            install_crds(env, crds, options, progress)
    release = _render(env, chart, values, options, online)
    resources: list[Resource] = []
    adopted: list[Resource] = []
    if online:
        try:
            resources = env.cluster.build(
                release.manifest, options.namespace, validate=not options.disable_openapi_validation
            )
        except CharthouseError as error:
            raise wrapped("unable to build kubernetes objects from release manifest: ", error) from error
        if resources and not (options.is_upgrade and options.dry_run != "none"):
            try:
                adopted = env.cluster.check_ownership(resources, apply_options(options))
            except CharthouseError as error:
                raise wrapped("unable to continue with install: ", error) from error
    return Prepared(release, tuple(resources), tuple(adopted))


def _render(env: Environment, chart: Chart, values: dict[str, Any], options: InstallOptions, online: bool) -> Release:
    upgrading = options.is_upgrade and options.dry_run != "none"
    capabilities = cluster_capabilities(env) if online else _offline_capabilities(options, env.profile)
    made = rendered(
        env,
        chart,
        values,
        options,
        namespace=options.namespace,
        revision=1,
        is_upgrade=upgrading,
        capabilities=capabilities,
    )
    check_labels(options.labels)
    moment = now(env.clock.now())
    release = Release(
        name=options.name,
        namespace=options.namespace,
        version=1,
        info=Info(
            first_deployed=moment,
            last_deployed=moment,
            status=PENDING_INSTALL,
            description="Initial install underway",
            notes=made.notes,
        ),
        chart=chart,
        config=values,
        manifest=made.manifest,
        hooks=made.hooks,
        labels=dict(options.labels or {}),
        apply_method=SERVER_SIDE if options.server_side else CLIENT_SIDE,
    )
    if made.error is not None:
        text = made.error.message
        partial = release.with_status(FAILED, f"failed to render resource: {text}")
        raise VerbFailed(text, release=partial) from made.error
    return release


def _offline_capabilities(options: InstallOptions, profile: Profile) -> Capabilities:
    from charthouse.charts.capabilities import default_capabilities, parse_kube_version

    kube = parse_kube_version(options.kube_version, profile) if options.kube_version else None
    return default_capabilities(profile).copy(kube_version=kube, more=options.api_versions)


def apply_options(options: InstallOptions) -> ApplyOptions:
    return ApplyOptions(
        release=options.name,
        release_namespace=options.namespace,
        server_side=options.server_side,
        force_conflicts=options.force_conflicts,
        force_replace=options.force_replace,
        take_ownership=options.take_ownership,
        validate=not options.disable_openapi_validation,
        three_way_json=options.take_ownership and not options.server_side,
        csa_to_ssa=True,
        timeout=options.timeout,
    )


def _install(
    env: Environment,
    chart: Chart,
    values: dict[str, Any],
    options: InstallOptions,
    guard: Guard,
    progress: Callable[[Progress], None],
) -> Release:
    ready = _prepare(env, chart, values, options, progress)
    if options.create_namespace:
        if guard.lock.thorough and not namespace_exists(env, options.namespace):
            guard.making_namespace()
        create_namespace(env, options, progress)
        guard.retry()
    draft = Draft(env, ready.release, guard)
    remains: tuple[Release, ...] = ()
    if options.replace:
        remains = _replace_last(draft, options, guard)
    else:
        guard.making(draft.release, 0, options=options)
    draft.create()
    return finish(draft, ready, remains, options, guard, progress)


def finish(
    draft: Draft,
    ready: Prepared,
    remains: tuple[Release, ...],
    options: InstallOptions,
    guard: Guard,
    progress: Callable[[Progress], None],
) -> Release:
    """All that follows on the record, also for a verb that is gone on with. Raises VerbFailed."""
    try:
        _perform(draft, ready, remains, options, progress)
    except (CharthouseError, KeyboardInterrupt) as error:
        raise failed(draft, as_error(error), options, guard, progress) from error
    return draft.release


def _replace_last(draft: Draft, options: InstallOptions, guard: Guard) -> tuple[Release, ...]:
    """Go on with the next revision; an uninstalled one is superseded. Returns what an interrupted install left."""
    try:
        history = draft.env.storage.history(draft.release.name)
    except NotFound:
        guard.making(draft.release, 0, options=options)
        return ()
    last = max(history, key=lambda release: release.version)
    draft.release = replace(draft.release, version=last.version + 1)
    guard.making(draft.release, last.version if last.status != FAILED else 0, options=options)
    if last.status != FAILED:
        draft.env.storage.update(last.with_status(SUPERSEDED, "superseded by new release"))
    return leftovers(history, above=0)


def _perform(
    draft: Draft,
    ready: Prepared,
    remains: tuple[Release, ...],
    options: InstallOptions,
    progress: Callable[[Progress], None],
) -> None:
    env = draft.env
    hooks = HookOptions(options.namespace, options.wait, options.timeout, options.server_side, progress)
    reached = draft.reached("post-install")  # by a dead operation, which is gone on with
    if not options.disable_hooks and not reached:
        _run_hooks(draft, "pre-install", hooks)
    draft.check()
    if not reached:
        _apply(draft, ready, remains, options, progress)
    if not options.disable_hooks:
        _run_hooks(draft, "post-install", hooks)
    draft.set_status(DEPLOYED, options.description or "Install complete")
    if not record(env, draft.release) and draft.guard is not None:
        draft.guard.unsaved = True


def _apply(
    draft: Draft,
    ready: Prepared,
    remains: tuple[Release, ...],
    options: InstallOptions,
    progress: Callable[[Progress], None],
) -> None:
    env = draft.env
    apply = apply_options(options)
    old = list(ready.adopted)
    for release in remains:
        old += env.cluster.build(release.manifest, options.namespace, validate=False)
    if old:
        env.cluster.execute(env.cluster.plan(old, ready.resources, apply), apply, progress)
    elif ready.resources:
        create(
            env,
            ready.resources,
            server_side=options.server_side,
            progress=progress,
            release=options.name,
            release_namespace=options.namespace,
        )
    if options.wait != "hookOnly":
        env.cluster.wait(
            ready.resources, WaitOptions(options.wait, options.timeout, jobs=options.wait_for_jobs), progress
        )


def _run_hooks(draft: Draft, event: str, hooks: HookOptions) -> None:
    try:
        run_hooks(draft, event, hooks)
    except CharthouseError as error:
        raise wrapped(f"failed {event}: ", error) from error
