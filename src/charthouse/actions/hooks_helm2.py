"""Running the hooks of one event as Tiller does.

Whose rules: helm v2.17.0 pkg/tiller/release_server.go (execHook, deleteHookByPolicy), hook_sorter.go: by weight, then
name; a hook that names the event twice runs twice; without a policy nothing is deleted; Jobs are waited for,
everything else is done once it is there; crd-install hooks are waited for until they are established. What is deleted
after success is deleted after all have succeeded, in their order, and only then do they carry a time. Errors are the
bare ones of the step that failed. Nothing is recorded while they run: the caller stores what comes back.
"""

from __future__ import annotations

from charthouse.actions.ports import ApplyOptions, Progress, WaitOptions
from charthouse.errors import CharthouseError
from charthouse.manifests.hooks import HookRun
from charthouse.records import Record, replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any, Protocol

    from charthouse.actions.ports import ApplyResult, DeleteResult, Operation
    from charthouse.golang.moment import Moment
    from charthouse.k8s.objects import Resource
    from charthouse.manifests.hooks import Hook

    class HookCluster(Protocol):
        """What of a cluster hooks need; `kube.cluster_helm2.TillerCluster` is one."""

        def build(self, manifest: str, namespace: str, *, validate: bool = True) -> list[Resource]: ...

        def plan(
            self, original: Sequence[Resource], target: Sequence[Resource], options: ApplyOptions
        ) -> list[Operation]: ...

        def execute(
            self, plan: Sequence[Operation], options: ApplyOptions, progress: Callable[[Progress], None]
        ) -> ApplyResult: ...

        def delete(
            self, resources: Sequence[Resource], *, propagation: str, release: str, release_namespace: str,
            progress: Callable[[Progress], None],
        ) -> DeleteResult: ...  # fmt: skip

        def wait_hook(self, resources: Sequence[Resource], options: WaitOptions, progress: Any) -> None: ...

        def wait_deleted(self, resources: Sequence[Resource], options: WaitOptions, progress: Any) -> None: ...

        def wait_established(self, resources: Sequence[Resource], options: WaitOptions, progress: Any) -> None: ...


__all__ = ["BEFORE", "CRD_INSTALL", "DELETE_TIMEOUT", "HookDeletion", "TillerHooks"]

CRD_INSTALL = "crd-install"
DELETE_TIMEOUT = 60
"""Seconds a hook's deletion is waited for when it has a policy and no annotation."""
BEFORE, SUCCEEDED, FAILED = "before-hook-creation", "hook-succeeded", "hook-failed"
_STRATEGY = "legacy"


class HookDeletion(CharthouseError):
    """The objects of a hook could not be deleted."""


class TillerHooks(Record):
    """How the hooks of a release are run. namespace: default of their objects; timeout: of each hook, seconds;
    delete_timeouts: seconds by the path and name of a hook, where they are not the default's; now: the time; before:
    called before each hook is made (there may be no namespace yet)."""

    cluster: HookCluster
    namespace: str
    timeout: float
    now: Callable[[], Moment]
    progress: Callable[[Progress], None]
    delete_timeouts: Mapping[tuple[str, str], float] | None = None
    before: Callable[[], None] | None = None

    def run(self, hooks: Sequence[Hook], event: str) -> tuple[Hook, ...]:
        """Run those of `event`; all hooks come back, those that ran with their time.

        Raises ApplyFailed, WaitFailed, HookDeletion, BuildError: what stopped them.
        """
        chosen = self.chosen(hooks, event)
        for index in chosen:
            self._run_one(hooks[index], event)
        out = list(hooks)
        for index in chosen:
            self._delete(hooks[index], SUCCEEDED)
            moment = self.now()
            out[index] = replace(out[index], last_run=HookRun(moment, moment, "Succeeded"))
        return tuple(out)

    @staticmethod
    def chosen(hooks: Sequence[Hook], event: str) -> list[int]:
        """Indexes of the event's hooks in the order they run."""
        indexes = [index for index, hook in enumerate(hooks) for named in hook.events if named == event]
        return sorted(indexes, key=lambda index: (hooks[index].weight, hooks[index].name))

    def _run_one(self, hook: Hook, event: str) -> None:
        self._delete(hook, BEFORE)
        if self.before is not None:
            self.before()
        resources = self.cluster.build(hook.manifest, self.namespace)
        self._tell(hook, "running", event)
        options = ApplyOptions(server_side=False)
        self.cluster.execute(self.cluster.plan([], resources, options), options, self.progress)
        wait = WaitOptions(_STRATEGY, self.timeout)
        try:
            if event == CRD_INSTALL:
                self.cluster.wait_established(resources, wait, self.progress)
            else:
                self.cluster.wait_hook(resources, wait, self.progress)
        except CharthouseError:
            self._tell(hook, "failed", event)
            if event != CRD_INSTALL:
                self._delete(hook, FAILED)
            raise
        self._tell(hook, "succeeded", event)

    def _delete(self, hook: Hook, policy: str) -> None:
        """Delete the hook's objects if it has this policy, and wait. Raises HookDeletion, WaitFailed."""
        if policy not in hook.delete_policies:
            return
        resources = self.cluster.build(hook.manifest, self.namespace, validate=False)
        result = self.cluster.delete(
            resources, propagation="Background", release="", release_namespace="", progress=self.progress
        )
        if result.errors:
            raise HookDeletion(result.errors[0])
        patience = (self.delete_timeouts or {}).get((hook.path, hook.name), DELETE_TIMEOUT)
        if patience > 0:
            self.cluster.wait_deleted(resources, WaitOptions(_STRATEGY, patience), self.progress)

    def _tell(self, hook: Hook, state: str, event: str) -> None:
        self.progress(Progress("hook", f"{hook.kind}/{hook.name}", state, event))
