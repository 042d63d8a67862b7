"""The `test` verb: running a release's test hooks.

Whose rules: helm v4.3.1 pkg/action/release_testing.go: filters move hooks out of the way while the rest runs (and to
the front of the record afterwards), the watcher waits whatever was asked for elsewhere, the record is written either
way.

What deletes the tests' pods runs after the caller had a chance to read their logs: call ``Tested.clean_up``.
"""

from __future__ import annotations

from charthouse.actions.draft import Draft
from charthouse.actions.environment import no_progress
from charthouse.actions.errors import ActionError, wrapped
from charthouse.actions.hooks import HookOptions, run_keeping
from charthouse.actions.ports import ApiError
from charthouse.actions.reading import named
from charthouse.errors import CharthouseError
from charthouse.k8s.objects import ObjectRef, ResourceType
from charthouse.records import replace
from charthouse.releases.release import SERVER_SIDE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from charthouse.actions.environment import Environment
    from charthouse.actions.options import TestOptions
    from charthouse.actions.ports import Progress
    from charthouse.manifests.hooks import Hook
    from charthouse.releases.release import Release

__all__ = ["Tested", "logs", "run"]

_POD = ResourceType("v1", "Pod", "pods", True)


class Tested:
    """What the tests came to.

    release: as recorded; error: why it failed, None when all tests passed; clean_up: does what the hooks' deletion
    policies ask for, raises as ``hooks.delete_by_policy``; log_error: set by ``logs``.
    """

    __slots__ = ("clean_up", "error", "log_error", "release")

    def __init__(self, release: Release, error: CharthouseError | None, clean_up: Callable[[], None]) -> None:
        self.release = release
        self.error = error
        self.clean_up = clean_up
        self.log_error: CharthouseError | None = None

    def raise_failure(self) -> None:
        """Clean up, then raise what went wrong first, if anything did. Call it once, when the logs are read."""
        problem: CharthouseError | None = None
        try:
            self.clean_up()
        except CharthouseError as error:
            problem = error
        if self.error is not None and self.log_error is not None:
            raise ActionError(f"{self.error}\n{self.log_error}", hint=self.error.hint) from self.error
        problem = self.error or self.log_error or problem
        if problem is not None:
            raise problem


def run(env: Environment, options: TestOptions, *, progress: Callable[[Progress], None] = no_progress) -> Tested:
    """Run the tests of the last revision. Raises ActionError, NotFound, StorageError, kube's Unreachable."""
    env.cluster.reachable()
    named(options.name, "releaseTest: Release name is invalid: ")
    release = env.storage.last(options.name)
    chosen = [hook for hook in release.hooks if _wanted(hook, options)]
    skipped = _skipped(release.hooks, options)
    draft = Draft(env, replace(release, hooks=tuple(chosen)))
    hooks = HookOptions(options.namespace, "watcher", options.timeout, release.apply_method == SERVER_SIDE, progress)
    clean_up, error = run_keeping(draft, "test", hooks)
    tested = replace(draft.release, hooks=(*skipped, *draft.release.hooks))
    try:
        env.storage.update(tested)
    except CharthouseError as failed:
        error = error or failed
    return Tested(tested, error, clean_up)


def _wanted(hook: Hook, options: TestOptions) -> bool:
    if hook.name in options.exclude:
        return False
    return not options.include or hook.name in options.include


def _skipped(hooks: tuple[Hook, ...], options: TestOptions) -> list[Hook]:
    """Those left out, the excluded ones first, as two filters in turn leave them."""
    excluded = [hook for hook in hooks if hook.name in options.exclude]
    if not options.include:
        return excluded
    rest = [hook for hook in hooks if hook.name not in options.exclude and hook.name not in options.include]
    return excluded + rest


def logs(env: Environment, tested: Tested, options: TestOptions) -> str:
    """The logs of the tests' pods as `--logs` prints them; what could not be read becomes ``Tested.log_error``.

    A pod that cannot be read ends it, a container only adds its error.
    """
    out: list[str] = []
    problems: list[str] = []
    for hook in sorted(tested.release.hooks, key=lambda hook: (hook.weight, hook.name)):
        for event in hook.events:
            if event != "test" or hook.kind != "Pod" or not _wanted(hook, options):
                continue
            try:
                problems += _pod_logs(env, options.namespace, hook.name, out)
            except CharthouseError as error:
                tested.log_error = error
                return "".join(out)
    if problems:
        tested.log_error = ActionError("\n".join(problems))
    return "".join(out)


def _pod_logs(env: Environment, namespace: str, name: str, out: list[str]) -> list[str]:
    client = env.cluster.client
    try:
        pod = client.get(ObjectRef(_POD, namespace, name))
    except ApiError as error:
        raise wrapped(f"unable to get pod {name}: ", error) from error
    spec = pod.get("spec") or {}
    problems = []
    for container in [*(spec.get("initContainers") or ()), *(spec.get("containers") or ())]:
        try:
            text = client.pod_logs(namespace, name, container=container["name"])
        except CharthouseError as error:
            problems.append(f"unable to get logs for pod {name}, container {container['name']}: {error}")
            continue
        out.append(f"POD LOGS: {name} ({container['name']})\n{text}\n")
    return problems
