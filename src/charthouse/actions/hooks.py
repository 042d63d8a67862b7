"""Running the hooks of one event: order, deletion policies, waiting, logs, and what is recorded of each run.

Whose rules: helm v4.3.1 pkg/action/hooks.go (execHookWithDelayedShutdown): by weight, then name, the stored order (by
kind) kept among equals; no policy means before-hook-creation, which is then stored; the record is written before each
hook is created; what is deleted after success is deleted in reverse order after all have succeeded.

Differs: a hook that is deleted before it is created again is waited for (at most 30 s) even when nothing else is, since
applying to an object on its way out loses the new run; Helm's default strategy does not look. Where the journal is
thorough each hook is noted before it is created and when it has ended, and a verb that is gone on with runs none twice:
those noted as ended are passed over, one that was running is waited for when its object is there.
"""

from __future__ import annotations

from charthouse.actions.creation import create
from charthouse.actions.errors import ActionError, joined, wrapped
from charthouse.actions.ports import ApiError, Progress, WaitOptions
from charthouse.errors import CharthouseError
from charthouse.k8s.objects import ResourceType
from charthouse.logs import ERROR, LogRecord
from charthouse.manifests.hooks import HookRun
from charthouse.records import Record, replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from charthouse.actions.draft import Draft
    from charthouse.actions.environment import Environment
    from charthouse.k8s.objects import Resource
    from charthouse.manifests.hooks import Hook
    from charthouse.releases.journal import HookNote

__all__ = ["HookOptions", "catch_up", "delete_by_policy", "run", "run_keeping"]

BEFORE, SUCCEEDED, FAILED = "before-hook-creation", "hook-succeeded", "hook-failed"
_POD = ResourceType("v1", "Pod", "pods", True)
_PATIENCE = 30.0


class HookOptions(Record):
    """How hooks are run. namespace: default of their objects; wait: the release's strategy; timeout: per hook,
    seconds."""

    namespace: str
    wait: str
    timeout: float
    server_side: bool
    progress: Callable[[Progress], None]


def run(draft: Draft, event: str, options: HookOptions) -> None:
    """Run and clean up. Raises ActionError, WaitFailed, ApiError; the draft's hooks tell how each ended."""
    clean_up, error = run_keeping(draft, event, options)
    clean_up()
    if error is not None:
        raise error


def run_keeping(draft: Draft, event: str, options: HookOptions) -> tuple[Callable[[], None], CharthouseError | None]:
    """Run, but leave cleaning up after the last hook to the caller, who may want to read logs first.

    Returns what cleans up and the error a hook failed with. The former raises as ``delete_by_policy``.
    """
    chosen = _chosen(draft.release.hooks, event)
    noted = draft.noted_hook(event)
    for place, index in enumerate(chosen):
        try:
            if noted is not None and place <= noted.place:
                failure = _run_again(draft, index, place, noted, options)
            else:
                failure = _run_one(draft, index, place, event, options)
        except CharthouseError as error:
            return _nothing, error
        if failure is not None:
            failed = failure

            def after_failure(index: int = index, done: Sequence[int] = chosen[:place]) -> None:
                _after_failure(draft, index, done, options)

            return after_failure, failed
    return lambda: _after_success(draft, chosen, options), None


def _nothing() -> None:
    """There is nothing to clean up."""


def _chosen(hooks: Sequence[Hook], event: str) -> list[int]:
    """Indexes of the event's hooks in the order they run (a hook naming the event twice runs twice)."""
    indexes = [index for index, hook in enumerate(hooks) for named in hook.events if named == event]
    return sorted(indexes, key=lambda index: (hooks[index].weight, hooks[index].name))


def _run_one(draft: Draft, index: int, place: int, event: str, options: HookOptions) -> CharthouseError | None:
    """Create one hook and wait for it. Returns the error it failed with; raises what keeps it from being started."""
    env = draft.env
    hook = draft.release.hooks[index]
    if not hook.delete_policies:
        hook = replace(hook, delete_policies=(BEFORE,))
        draft.set_hook(index, hook)
    draft.check()
    delete_by_policy(env, hook, BEFORE, options)
    resources = _built(env, hook, event, options)
    hook = replace(hook, last_run=HookRun(started=draft.now(), phase="Running"))
    draft.set_hook(index, hook)
    draft.save()
    draft.note_hook(event, place, "running")
    options.progress(Progress("hook", f"{hook.kind}/{hook.name}", "running", event))
    hook = _with_phase(hook, "Unknown")
    draft.set_hook(index, hook)
    try:
        create(env, resources, server_side=options.server_side, progress=options.progress)
    except CharthouseError as error:
        draft.set_hook(index, _ended(draft, hook, "Failed"))
        raise wrapped(f"warning: Hook {event} {hook.path} failed: ", error) from error
    return _await(draft, index, place, event, resources, options)


def _built(env: Environment, hook: Hook, event: str, options: HookOptions) -> list[Resource]:
    try:
        return env.cluster.build(hook.manifest, options.namespace, validate=True)
    except CharthouseError as error:
        raise wrapped(f"unable to build kubernetes object for {event} hook {hook.path}: ", error) from error


def _await(
    draft: Draft, index: int, place: int, event: str, resources: Sequence[Resource], options: HookOptions
) -> CharthouseError | None:
    """Wait for a hook that was created. Returns the error it failed with."""
    env, hook = draft.env, draft.release.hooks[index]
    try:
        env.cluster.wait_hook(resources, WaitOptions(options.wait, options.timeout), options.progress)
    except CharthouseError as error:
        draft.set_hook(index, _ended(draft, hook, "Failed"))
        draft.note_hook(event, place, "failed", error.message)
        options.progress(Progress("hook", f"{hook.kind}/{hook.name}", "failed", event))
        _copy_logs(env, hook, options.namespace, FAILED)
        return error
    draft.set_hook(index, _ended(draft, hook, "Succeeded"))
    draft.note_hook(event, place, "succeeded")
    options.progress(Progress("hook", f"{hook.kind}/{hook.name}", "succeeded", event))
    return None


def _run_again(draft: Draft, index: int, place: int, noted: HookNote, options: HookOptions) -> CharthouseError | None:
    """A hook that a dead operation had begun, and perhaps ended. As ``_run_one``."""
    hook = draft.release.hooks[index]
    if place < noted.place or noted.phase == "succeeded":
        if hook.last_run.phase != "Succeeded":
            draft.set_hook(index, _ended(draft, hook, "Succeeded"))
        return None
    if noted.phase == "failed":
        draft.set_hook(index, _ended(draft, hook, "Failed"))
        return ActionError(noted.text)
    resources = _built(draft.env, hook, noted.event, options)
    if not all(_is_there(draft.env, resource) for resource in resources):
        return _run_one(draft, index, place, noted.event, options)
    draft.set_hook(index, _with_phase(hook, "Unknown"))
    return _await(draft, index, place, noted.event, resources, options)


def catch_up(draft: Draft) -> None:
    """Put into the draft what the journal of a dead operation says of the hooks it was at; its record may be older."""
    noted = draft.guard.journal.hook if draft.guard is not None else None
    if noted is None:
        return
    for place, index in enumerate(_chosen(draft.release.hooks, noted.event)[: noted.place + 1]):
        hook = draft.release.hooks[index]
        if place < noted.place or noted.phase == "succeeded":
            draft.set_hook(index, hook if hook.last_run.phase == "Succeeded" else _ended(draft, hook, "Succeeded"))
        elif noted.phase == "failed":
            draft.set_hook(index, _ended(draft, hook, "Failed"))


def _is_there(env: Environment, resource: Resource) -> bool:
    """Whether the object exists and stays."""
    try:
        found = env.cluster.client.get(resource.ref)
    except ApiError as error:
        if error.reason != "NotFound":
            raise
        return False
    return not (found.get("metadata") or {}).get("deletionTimestamp")


def _with_phase(hook: Hook, phase: str) -> Hook:
    return replace(hook, last_run=replace(hook.last_run, phase=phase))


def _ended(draft: Draft, hook: Hook, phase: str) -> Hook:
    return replace(hook, last_run=replace(hook.last_run, completed=draft.now(), phase=phase))


def _after_failure(draft: Draft, index: int, done: Sequence[int], options: HookOptions) -> None:
    hooks = draft.release.hooks
    try:
        delete_by_policy(draft.env, hooks[index], FAILED, options)
    except CharthouseError as error:
        draft.env.log(LogRecord(ERROR, f"error deleting the hook resource on hook failure: {error}"))
    for earlier in done:
        delete_by_policy(draft.env, hooks[earlier], SUCCEEDED, options)


def _after_success(draft: Draft, chosen: Sequence[int], options: HookOptions) -> None:
    for index in reversed(chosen):
        hook = draft.release.hooks[index]
        _copy_logs(draft.env, hook, options.namespace, SUCCEEDED)
        delete_by_policy(draft.env, hook, SUCCEEDED, options)


def delete_by_policy(env: Environment, hook: Hook, policy: str, options: HookOptions) -> None:
    """Delete a hook's objects if it has this policy, and wait; custom resource definitions are never deleted.

    Raises ActionError, WaitFailed.
    """
    if hook.kind == "CustomResourceDefinition" or policy not in hook.delete_policies:
        return
    try:
        resources = env.cluster.build(hook.manifest, options.namespace, validate=False)
    except CharthouseError as error:
        raise wrapped(f"unable to build kubernetes object for deleting hook {hook.path}: ", error) from error
    result = env.cluster.delete(
        resources, propagation="Background", release="", release_namespace="", progress=options.progress
    )
    if result.errors:
        raise ActionError(joined(result.errors, "; "))
    if options.wait != "hookOnly":
        env.cluster.wait_deleted(resources, WaitOptions(options.wait, options.timeout), options.progress)
    elif policy == BEFORE and result.deleted:
        _wait_a_little(env, resources, options)


def _wait_a_little(env: Environment, resources: Sequence[Resource], options: HookOptions) -> None:
    patience = min(options.timeout, _PATIENCE) if options.timeout else _PATIENCE
    try:
        env.cluster.wait_deleted(resources, WaitOptions("watcher", patience), options.progress)
    except CharthouseError as error:
        env.log(LogRecord("DEBUG", "a hook is still being deleted", error=error.message))


def _copy_logs(env: Environment, hook: Hook, namespace: str, policy: str) -> None:
    """Hand the logs of a Job's or Pod's containers to the environment if the hook's policy asks for them."""
    if policy not in hook.output_log_policies or hook.kind not in ("Job", "Pod"):
        return
    client = env.cluster.client
    try:
        where = _namespace(env, hook, namespace)
        by_label = f"job-name={hook.name}" if hook.kind == "Job" else ""
        by_field = f"metadata.name={hook.name}" if hook.kind == "Pod" else ""
        for pod in client.list(_POD, where, label_selector=by_label, field_selector=by_field):
            name = pod["metadata"]["name"]
            for container in (pod.get("spec") or {}).get("containers") or ():
                text = client.pod_logs(where, name, container=container["name"])
                env.hook_output(where, name, container["name"], text)
    except CharthouseError as error:
        env.log(LogRecord(ERROR, f"error outputting logs for hook failure: {error}"))


def _namespace(env: Environment, hook: Hook, namespace: str) -> str:
    try:
        built = env.cluster.build(hook.manifest, namespace, validate=False)
    except ApiError as error:
        text = f"unable to parse metadata.namespace from kubernetes manifest for output logs hook {hook.path}: "
        raise wrapped(text, error) from error
    return built[0].namespace if built else namespace
