"""Executing a plan: objects of one kind side by side, kinds one after the other.

Rules: Helm 4.3.1 ``pkg/kube/client.go`` (``Create``/``batchPerform``, ``update``, ``createResource``,
``replaceResource``, ``patchResourceClientSide``, ``patchResourceServerSide``, ``upgradeClientSideFieldManager``,
``deleteResource``) and its texts. Differs: Helm updates objects one by one, here those of one kind are updated at once
too.
"""

from __future__ import annotations

from charthouse.actions.ports import ApplyResult, Progress
from charthouse.errors import CharthouseError
from charthouse.k8s.objects import ObjectRef, Resource
from charthouse.k8s.ports import ApiError
from charthouse.kube.errors import ApplyFailed, KubeError
from charthouse.kube.managed import upgrade_patch
from charthouse.kube.ownership import owned
from charthouse.kube.parallel import each, runs_of
from charthouse.kube.plan import UpdatePlan
from charthouse.kube.refusals import is_conflict, is_not_found

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import Any

    from charthouse.actions.ports import ApplyOptions, Clock, Operation
    from charthouse.k8s.ports import KubeClient


__all__ = ["Applier", "gvk_text"]

_TRIES = 5
_FIRST_DELAY = 0.01
_QUOTA = ("Operation cannot be fulfilled on resourcequotas", "the object has been modified")


def gvk_text(resource: Resource) -> str:
    """Go's GroupVersionKind.String(): `apps/v1, Kind=Deployment`, `/v1, Kind=Pod`."""
    version = resource.ref.type.api_version
    return f"{version if '/' in version else '/' + version}, Kind={resource.kind}"


class Applier:
    """One execution of one plan."""

    def __init__(
        self, client: KubeClient, options: ApplyOptions, *, clock: Clock, progress: Callable[[Progress], None]
    ) -> None:
        self._client = client
        self._options = options
        self._clock = clock
        self._progress = progress
        self._validation = "Strict"
        self._created: list[Resource] = []
        self._updated: list[Resource] = []
        self._deleted: list[Resource] = []
        self._done = 0
        self._total = 0

    def run(self, plan: Iterable[Operation]) -> ApplyResult:
        """Raises ApplyFailed with `.result`."""
        steps = list(plan)
        self._total = len(steps)
        if isinstance(plan, UpdatePlan) or any(step.action != "create" for step in steps):
            return self._update(steps)
        return self._create_all(steps)

    def result(self) -> ApplyResult:
        """What was done or tried so far."""
        return ApplyResult(tuple(self._created), tuple(self._updated), tuple(self._deleted))

    def _create_all(self, steps: Sequence[Operation]) -> ApplyResult:
        """Helm's Create: every object is tried, errors are joined."""
        errors: list[CharthouseError] = []
        for batch in runs_of(steps, lambda step: step.resource.kind):
            errors += [error for error in each(batch, self._create) if error is not None]
        if errors:
            raise self._failed(errors, "\n")
        return self.result()

    def _update(self, steps: Sequence[Operation]) -> ApplyResult:
        """Helm's update: a create that fails ends it, other errors are collected; deletions come last."""
        errors: list[CharthouseError] = []
        changes = [step for step in steps if step.action not in ("delete", "keep")]
        for batch in runs_of(changes, lambda step: step.resource.kind):
            for step, error in zip(batch, each(batch, self._change), strict=True):
                if error is None:
                    continue
                if step.action == "create":
                    wrapped = KubeError(f"failed to create resource: {error.message}", hint=error.hint)
                    raise self._failed([wrapped], " && ") from error
                errors.append(error)
        if errors:
            raise self._failed(errors, " && ")
        for step in steps:
            if step.action == "keep":
                self._tell(step, "kept", step.reason)
            elif step.action == "delete":
                error = self._remove(step)
                if error is not None:
                    errors.append(error)
        if errors:
            raise self._failed(errors, " && ")
        return self.result()

    def _failed(self, errors: Sequence[CharthouseError], separator: str) -> ApplyFailed:
        hints = dict.fromkeys(error.hint for error in errors if error.hint)
        text = separator.join(error.message for error in errors)
        return ApplyFailed(text, result=self.result(), causes=errors, hint="\n".join(hints))

    def _tell(self, step: Operation, state: str, message: str = "") -> None:
        self._done += 1
        self._progress(Progress("apply", str(step.resource.ref), state, message, self._done, self._total))

    def _change(self, step: Operation) -> CharthouseError | None:
        if step.action == "create":
            return self._create(step)
        self._updated.append(step.resource)
        action = {"apply": self._apply, "replace": self._replace, "patch": self._patch}.get(step.action)
        if action is None:
            self._tell(step, "unchanged", step.reason)
            return None
        try:
            action(step)
        except CharthouseError as error:
            self._tell(step, "failed", error.message)
            return error
        self._tell(step, "updated", step.reason)
        return None

    def _create(self, step: Operation) -> CharthouseError | None:
        resource = step.resource
        body = self._owned(step)
        try:
            if step.patch_type is not None:
                made = self._again(lambda: self._server_side(resource, body, force=False), _is_quota_conflict)
            else:
                made = self._again(
                    lambda: self._client.create(resource.ref, body, field_manager=self._options.field_manager),
                    is_conflict,
                )
        except CharthouseError as error:
            self._created.append(resource)
            self._tell(step, "failed", error.message)
            return error
        if not resource.name:
            name = (made.get("metadata") or {}).get("name", "")
            resource = Resource(ObjectRef(resource.ref.type, resource.namespace, name), resource.object)
        self._created.append(resource)
        self._tell(step, "created")
        return None

    def _owned(self, step: Operation) -> dict[str, Any]:
        body: dict[str, Any] = step.body if step.body is not None else step.resource.object
        if not self._options.release:
            return body
        return owned(body, self._options.release, self._options.release_namespace)

    def _server_side(self, resource: Resource, body: dict[str, Any], *, force: bool) -> dict[str, Any]:
        """Raises KubeError in Helm's words (``patchResourceServerSide``)."""
        where = f"{resource.namespace}/{resource.name} {gvk_text(resource)}"
        try:
            return self._client.patch(
                resource.ref, body, type="application/apply-patch+yaml", force=force,
                field_manager=self._options.field_manager, field_validation=self._validation,
            )  # fmt: skip
        except ApiError as error:
            if error.code == 415:
                text = f"server-side apply not available on the server: {error.message}"
            elif is_conflict(error):
                text = f"conflict occurred while applying object {where}: {error.message}"
            else:
                text = f"server-side apply failed for object {where}: {error.message}"
            raise ApiError(text, code=error.code, reason=error.reason, status=error.status, hint=error.hint) from error
        except CharthouseError as error:
            text = f"server-side apply failed for object {where}: {error.message}"
            raise KubeError(text, hint=error.hint) from error

    def _apply(self, step: Operation) -> None:
        if self._options.csa_to_ssa and step.live is not None:
            self._again(lambda: self._hand_over(step), is_conflict)
        self._server_side(step.resource, self._owned(step), force=self._options.force_conflicts)

    def _hand_over(self, step: Operation) -> None:
        """Turn what client-side apply owned into what server-side apply owns."""
        resource = step.resource
        where = f"{resource.namespace}/{resource.name} {gvk_text(resource)}"
        try:
            live = self._client.get(resource.ref)
        except CharthouseError as error:
            raise KubeError(f"failed to get object {where}: {error.message}", hint=error.hint) from error
        patch = upgrade_patch(live, self._options.field_manager)
        if not patch:
            return
        try:
            self._client.patch(
                resource.ref, patch, type="application/json-patch+json", field_manager=self._options.field_manager,
                field_validation=self._validation,
            )  # fmt: skip
        except ApiError as error:
            if is_conflict(error):
                raise
            text = f"failed to patch object to upgrade CSA field manager {where}: {error.message}"
            raise KubeError(text, hint=error.hint) from error

    def _replace(self, step: Operation) -> None:
        body = self._owned(step)
        live = step.live or {}
        version = (live.get("metadata") or {}).get("resourceVersion", "")
        if version and "resourceVersion" not in body["metadata"]:
            body = {**body, "metadata": {**body["metadata"], "resourceVersion": version}}
        try:
            self._client.replace(
                step.resource.ref, body, field_manager=self._options.field_manager,
                field_validation=self._validation,
            )  # fmt: skip
        except CharthouseError as error:
            raise KubeError(f"failed to replace object: {error.message}", hint=error.hint) from error

    def _patch(self, step: Operation) -> None:
        resource = step.resource
        assert step.patch_type is not None
        try:
            self._client.patch(resource.ref, step.body, type=step.patch_type, field_manager=self._options.field_manager)
        except CharthouseError as error:
            text = f'cannot patch "{resource.name}" with kind {resource.kind}: {error.message}'
            raise KubeError(text, hint=error.hint) from error

    def _remove(self, step: Operation) -> CharthouseError | None:
        resource = step.resource
        try:
            self._again(lambda: self._client.delete(resource.ref, propagation="Background"), is_conflict)
        except CharthouseError as error:
            if isinstance(error, ApiError) and is_not_found(error):
                return None
            self._tell(step, "failed", error.message)
            text = (
                f"failed to delete resource namespace={resource.namespace}, name={resource.name}, "
                f"kind={resource.kind}: {error.message}"
            )
            return KubeError(text, hint=error.hint)
        self._deleted.append(resource)
        self._tell(step, "deleted", step.reason)
        return None

    def _again(self, call: Callable[[], Any], retryable: Callable[[ApiError], bool]) -> Any:
        """client-go's retry.DefaultRetry: five tries, ten milliseconds apart."""
        return retry(call, retryable, self._clock)


def retry(call: Callable[[], Any], retryable: Callable[[ApiError], bool], clock: Clock) -> Any:
    """The result of `call`, tried five times while it raises an ApiError that is `retryable`."""
    for left in range(_TRIES - 1, -1, -1):
        try:
            return call()
        except ApiError as error:
            if not left or not retryable(error):
                raise
        clock.sleep(_FIRST_DELAY)
    raise AssertionError("unreachable: the last try returns or raises")


def _is_quota_conflict(error: ApiError) -> bool:
    return is_conflict(error) and all(text in error.message for text in _QUOTA)
