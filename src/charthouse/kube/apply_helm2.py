"""Executing a plan as Tiller does: object after object, errors of patches collected, deletions without a word.

Rules: helm v2.17.0 ``pkg/kube/client.go`` (``UpdateWithOptions``, ``updateResource``, ``createResource``, ``perform``,
``deleteResource``) and its texts. An object that cannot be created ends an update; patches that fail do not, but then
nothing is deleted. `force` replaces an object whose patch failed by a new one; `recreate` deletes the pods behind every
object that was in both manifests (those an empty selector finds are left alone: Tiller would delete all of the
namespace). Joined texts pass through a printf format without arguments, so `%` is garbled.
"""

from __future__ import annotations

from charthouse.actions.ports import ApplyResult, Progress
from charthouse.errors import CharthouseError
from charthouse.k8s.kinds_helm2 import selector_of
from charthouse.k8s.objects import ObjectRef, ResourceType
from charthouse.kube.errors import ApplyFailed, KubeError
from charthouse.kube.parallel import each, runs_of
from charthouse.kube.plan import UpdatePlan
from charthouse.kube.plan_helm2 import REFUSE
from charthouse.records import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from charthouse.actions.ports import Operation
    from charthouse.k8s.objects import Resource
    from charthouse.k8s.ports import KubeClient

__all__ = ["TillerApplier", "TillerRules"]

_POD = ResourceType("v1", "Pod", "pods", True)
_BACKGROUND = "Background"


class TillerRules(Record):
    """What a request of hapi's asks beyond the manifests. force: replace what cannot be patched; recreate: restart
    pods."""

    force: bool = False
    recreate: bool = False


class TillerApplier:
    """One execution of one plan."""

    def __init__(self, client: KubeClient, rules: TillerRules, *, progress: Callable[[Progress], None]) -> None:
        self._client = client
        self._rules = rules
        self._progress = progress
        self._created: list[Resource] = []
        self._updated: list[Resource] = []
        self._deleted: list[Resource] = []

    def run(self, plan: Iterable[Operation]) -> ApplyResult:
        """Raises ApplyFailed with `.result`."""
        steps = list(plan)
        if isinstance(plan, UpdatePlan):
            self._update(steps)
        else:
            self._create_all(steps)
        return self._result()

    def _result(self) -> ApplyResult:
        return ApplyResult(tuple(self._created), tuple(self._updated), tuple(self._deleted))

    def _create_all(self, steps: Sequence[Operation]) -> None:
        """An install: those of one kind side by side, the first error ends it."""
        for batch in runs_of(steps, lambda step: step.resource.kind):
            for error in each(batch, self._create):
                if error is not None:
                    raise self._failed([error])

    def _update(self, steps: Sequence[Operation]) -> None:
        errors: list[CharthouseError] = []
        for step in steps:
            if step.action == REFUSE:
                raise self._failed([KubeError(step.reason)])
            if step.action == "create":
                error = self._create(step)
                if error is not None:
                    raise self._failed([KubeError(f"failed to create resource: {error.message}", hint=error.hint)])
            elif step.action in ("patch", "unchanged"):
                error = self._change(step)
                if error is not None:
                    errors.append(error)
        if errors:
            raise self._failed(errors)
        for step in steps:
            if step.action == "delete":
                self._delete_quietly(step)

    def _failed(self, errors: Sequence[CharthouseError]) -> ApplyFailed:
        from charthouse.golang.fmt import sprintf

        hints = dict.fromkeys(error.hint for error in errors if error.hint)
        text = sprintf(" && ".join(error.message for error in errors), [])
        return ApplyFailed(text, result=self._result(), causes=errors, hint="\n".join(hints))

    def _tell(self, step: Operation, state: str, message: str = "") -> None:
        self._progress(Progress("apply", str(step.resource.ref), state, message))

    def _create(self, step: Operation) -> CharthouseError | None:
        resource = step.resource
        try:
            self._client.create(resource.ref, step.body if step.body is not None else resource.object)
        except CharthouseError as error:
            self._tell(step, "failed", error.message)
            return error
        self._created.append(resource)
        self._tell(step, "created")
        return None

    def _change(self, step: Operation) -> CharthouseError | None:
        self._updated.append(step.resource)
        try:
            if step.action == "patch":
                self._patch(step)
            if self._rules.recreate:
                self._restart_pods(step.resource)
        except CharthouseError as error:
            self._tell(step, "failed", error.message)
            return error
        self._tell(step, "updated" if step.action == "patch" else "unchanged", step.reason)
        return None

    def _patch(self, step: Operation) -> None:
        resource = step.resource
        assert step.patch_type is not None
        try:
            self._client.patch(resource.ref, step.body, type=step.patch_type)
        except CharthouseError:
            if not self._rules.force:
                raise
            self._client.delete(resource.ref, propagation=_BACKGROUND)
            try:
                self._client.create(resource.ref, resource.object)
            except CharthouseError as error:
                raise KubeError(f"Failed to recreate resource: {error.message}", hint=error.hint) from error

    def _restart_pods(self, resource: Resource) -> None:
        """Delete the pods a workload selects; they come again."""
        selector = selector_of(resource.object)
        if not selector:
            return
        text = ",".join(f"{key}={selector[key]}" for key in sorted(selector))
        for pod in self._client.list(_POD, resource.namespace, label_selector=text):
            metadata = pod["metadata"]
            ref = ObjectRef(_POD, metadata.get("namespace", resource.namespace), metadata["name"])
            self._client.delete(ref, propagation="")

    def _delete_quietly(self, step: Operation) -> None:
        """What cannot be deleted stays, and nobody is told but who watches."""
        try:
            self._client.delete(step.resource.ref, propagation=_BACKGROUND)
        except CharthouseError as error:
            self._tell(step, "failed", error.message)
            return
        self._deleted.append(step.resource)
        self._tell(step, "deleted", step.reason)
