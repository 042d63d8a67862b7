"""The `install` verb as Tiller does it.

Whose rules: helm v2.17.0 pkg/tiller/release_install.go: rendering, crd-install hooks, a look at the manifest,
pre-install hooks, only then the record, the objects, waiting, post-install hooks. With `reuse_name` the objects of the
last revision become those of the new one.

Differs: the release is locked, what an interrupted operation left is put right first, and a record that cannot be
written ends the work before any object is made (Tiller goes on, and knows nothing of the release afterwards). A name is
taken over within its namespace only.
"""

from __future__ import annotations

from charthouse.actions.draft import Draft, record
from charthouse.actions.environment import no_progress
from charthouse.actions.errors import VerbFailed, wrapped
from charthouse.actions.failure import as_error, explain
from charthouse.actions.guard import guarded
from charthouse.actions.helm2 import objects, records
from charthouse.actions.helm2.errors import TillerRefusal
from charthouse.actions.helm2.hook_runs import run_hooks
from charthouse.actions.helm2.names import check_new_name
from charthouse.actions.helm2.namespaces import ensure_namespace
from charthouse.actions.helm2.objects import Change
from charthouse.actions.helm2.rendering import BadManifest, Wanted, revision
from charthouse.actions.recovery import leftovers, take_up
from charthouse.errors import CharthouseError
from charthouse.golang.strconv import quote
from charthouse.records import replace
from charthouse.releases.errors import NotFound
from charthouse.releases.release import DEPLOYED, FAILED, PENDING_INSTALL, SUPERSEDED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from charthouse.actions.environment import Environment
    from charthouse.actions.helm2.options import InstallOptions
    from charthouse.actions.ports import Progress
    from charthouse.hapi import messages
    from charthouse.releases.release import Release

__all__ = ["NO_CHART", "failed", "rendered", "run"]

NO_CHART = "no chart provided"
_CRD_INSTALL = "crd-install"


def run(
    env: Environment,
    chart: messages.Chart | None,
    config: messages.Config | None,
    options: InstallOptions,
    *,
    progress: Callable[[Progress], None] = no_progress,
) -> Release:
    """Install `chart` as `options.name`; a dry run returns what would have been recorded.

    Raises TillerRefusal and its kin, RenderError, ChartError, StorageError, Locked, BuildError, ApiError, WaitFailed;
    VerbFailed once there is a record, which then says `failed`.
    """
    if chart is None:
        raise TillerRefusal(NO_CHART)
    if options.dry_run:
        check_new_name(options.name, _history(env, options.name), reuse=options.reuse_name)
        return _dry_run(env, chart, config, options)
    with guarded(env, options.name, "install") as guard:
        take_up(env, guard, options.name, options.namespace, verb="install", progress=progress)
        history = _history(env, options.name)
        check_new_name(options.name, history, reuse=options.reuse_name)
        draft = Draft(env, rendered(env, chart, config, options), guard)
        return _perform(draft, history, options, progress)


def _history(env: Environment, name: str) -> list[Release]:
    try:
        return records.history(env, name)
    except NotFound:
        return []


def rendered(
    env: Environment, chart: messages.Chart, config: messages.Config | None, options: InstallOptions
) -> Release:
    """The revision an install makes, its first; of a dry run whose YAML is bad the error shows what was rendered."""
    wanted = Wanted(
        name=options.name,
        namespace=options.namespace,
        version=1,
        rendered_as=1,
        is_upgrade=False,
        sub_notes=options.sub_notes,
        status=PENDING_INSTALL,
        description="Initial install underway",
    )
    try:
        return revision(env, chart, config, wanted)
    except BadManifest as error:
        if not options.dry_run:
            raise
        raise BadManifest(f"{error.message}\n{error.manifest}", error.manifest, hint=error.hint) from error


def _dry_run(
    env: Environment, chart: messages.Chart, config: messages.Config | None, options: InstallOptions
) -> Release:
    release = rendered(env, chart, config, options)
    if not options.disable_crd_hook and any(_CRD_INSTALL in hook.events for hook in release.hooks):
        return release.with_status(PENDING_INSTALL, "Validation skipped because CRDs are not installed")
    objects.build(env, release)
    return release.with_status(PENDING_INSTALL, "Dry run complete")


def _perform(
    draft: Draft, history: list[Release], options: InstallOptions, progress: Callable[[Progress], None]
) -> Release:
    env = draft.env
    if not options.disable_hooks and not options.disable_crd_hook:
        run_hooks(draft, _CRD_INSTALL, options.timeout, progress)
        if any(_CRD_INSTALL in hook.events for hook in draft.release.hooks):
            env.cluster.client.forget_discovery()
    try:
        objects.build(env, draft.release)
    except CharthouseError as error:
        raise wrapped("validation failed: ", error) from error
    if not options.disable_hooks:
        run_hooks(draft, "pre-install", options.timeout, progress)
    draft.check()
    ensure_namespace(env, options.namespace)
    if draft.guard is not None:
        draft.guard.retry()
    try:
        if history and options.reuse_name:
            _replace(draft, history, options, progress)
        else:
            _create(draft, options, progress)
        if not options.disable_hooks:
            _post_install(draft, options, progress)
    except KeyboardInterrupt as error:
        raise failed(draft, as_error(error), f"Release {quote(options.name)} failed: ") from error
    draft.set_status(DEPLOYED, options.description or "Install complete")
    draft.save()
    return draft.release


def _create(draft: Draft, options: InstallOptions, progress: Callable[[Progress], None]) -> None:
    records.create(draft.env, draft.release, options.history_max)
    change = Change(wait=options.wait, timeout=options.timeout)
    try:
        objects.create(draft.env, draft.release, change, progress)
    except CharthouseError as error:
        made = failed(draft, error, f"Release {quote(options.name)} failed: ")
        raise VerbFailed(
            f"release {options.name} failed: {error.message}", release=made.release, hint=made.hint
        ) from error


def _replace(
    draft: Draft, history: list[Release], options: InstallOptions, progress: Callable[[Progress], None]
) -> None:
    env, old = draft.env, history[-1]
    draft.release = replace(draft.release, version=old.version + 1)
    record(env, old.with_status(SUPERSEDED))
    records.create(env, draft.release, options.history_max)
    remains = [left for left in leftovers(history, above=0) if left.version != old.version]
    change = Change(wait=options.wait, timeout=options.timeout)
    try:
        objects.update(env, old, draft.release, remains, change, progress)
    except CharthouseError as error:
        raise failed(draft, error, f"Release replace {quote(options.name)} failed: ") from error


def _post_install(draft: Draft, options: InstallOptions, progress: Callable[[Progress], None]) -> None:
    try:
        run_hooks(draft, "post-install", options.timeout, progress)
    except CharthouseError as error:
        raise failed(draft, error, f"Release {quote(options.name)} failed post-install: ") from error


def failed(draft: Draft, error: CharthouseError, text: str) -> VerbFailed:
    """Record that the work failed; the error for the caller. Raises Locked when the lock is another's by now."""
    draft.check()
    hint = explain(draft, error)
    draft.set_status(FAILED, text + error.message)
    draft.save()
    return VerbFailed(error.message, release=draft.release, hint=hint)
