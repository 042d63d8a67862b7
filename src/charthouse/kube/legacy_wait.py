"""Waiting as Helm 3 does: by asking every two seconds (`--wait=legacy`).

Rules: Helm 4.3.1 ``pkg/kube/wait.go`` (``legacyWaiter``) and ``pkg/kube/ready.go`` (``ReadyChecker``). Texts are
theirs.
"""

from __future__ import annotations

from charthouse.actions.ports import Progress
from charthouse.errors import CharthouseError
from charthouse.k8s.ports import ApiError
from charthouse.k8s.selectors import from_object
from charthouse.kube.errors import Unreachable, WaitFailed
from charthouse.kube.ready import claim, daemonset, definition, deployment, job, pod, replicaset, service, statefulset
from charthouse.kube.ready.result import conditions, text
from charthouse.kube.refusals import is_not_found
from charthouse.kube.wait import DEADLINE
from charthouse.kube.watch import Follower

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from charthouse.actions.ports import Clock
    from charthouse.k8s.objects import Resource
    from charthouse.k8s.ports import KubeClient

__all__ = ["LegacyWaiter"]

_INTERVAL = 2.0
_MAX_ERRORS = 30
_TIMED_OUT = "timed out waiting for the condition"


class LegacyWaiter:
    """One wait for one set of resources."""

    def __init__(
        self, client: KubeClient, resources: Sequence[Resource], *, clock: Clock, timeout: float,
        progress: Callable[[Progress], None],
    ) -> None:  # fmt: skip
        """timeout: seconds; 0 = for ever."""
        self._client = client
        self._resources = [resource for resource in resources if resource.name]
        self._clock = clock
        self._until = clock.monotonic() + timeout if timeout else None
        self._timeout = timeout
        self._progress = progress

    def until_ready(self, *, jobs: bool) -> None:
        """Raises WaitFailed."""
        errors = [0] * len(self._resources)
        while True:
            at = self._first_not_ready(errors, jobs)
            if at is None:
                return
            self._tell(at)
            self._pause(self._resources[at:])

    def _first_not_ready(self, errors: list[int], jobs: bool) -> int | None:
        for at, resource in enumerate(self._resources):
            try:
                ready = self._ready(resource, jobs)
            except CharthouseError as error:
                if not _retryable(error):
                    raise WaitFailed(error.message, pending=self._resources[at:], hint=error.hint) from error
                errors[at] += 1
                if errors[at] > _MAX_ERRORS:
                    raise WaitFailed(error.message, pending=self._resources[at:], hint=error.hint) from error
                return at
            errors[at] = 0
            if not ready:
                return at
        return None

    def _tell(self, at: int) -> None:
        subject = str(self._resources[at].ref)
        self._progress(Progress("wait", subject, "InProgress", "not ready yet", at, len(self._resources)))

    def _pause(self, pending: Sequence[Resource]) -> None:
        if self._until is not None:
            left = self._until - self._clock.monotonic()
            if left <= _INTERVAL:
                self._clock.sleep(max(left, 0))
                raise WaitFailed(DEADLINE, pending=pending, hint=f"{pending[0].ref} is not ready")
        self._clock.sleep(_INTERVAL)

    def _ready(self, resource: Resource, jobs: bool) -> bool:
        group, kind = resource.ref.type.group, resource.kind
        simple = _SIMPLE.get((group, kind))
        if simple is not None:
            return simple(self._client.get(resource.ref))
        if (group, kind) == ("batch", "Job"):
            return not jobs or job.legacy_ready(self._client.get(resource.ref))
        if (group, kind) == ("apps", "Deployment"):
            return self._deployment_ready(resource)
        if (group, kind) in (("apps", "ReplicaSet"), ("", "ReplicationController")):
            return self._replicas_ready(resource)
        return True

    def _deployment_ready(self, resource: Resource) -> bool:
        body = self._client.get(resource.ref)
        if body["spec"].get("paused"):
            return True
        kind = self._client.resource_type("apps/v1", "ReplicaSet")
        selector = str(from_object(body["spec"].get("selector")))
        sets = self._client.list(kind, resource.namespace, label_selector=selector)
        return deployment.legacy_ready(body, deployment.new_replica_set(body, sets))

    def _replicas_ready(self, resource: Resource) -> bool:
        body = self._client.get(resource.ref)
        found = (body.get("spec") or {}).get("selector") or {}
        is_plain = resource.kind == "ReplicationController"
        selector = str(from_object({"matchLabels": found} if is_plain else found))
        kind = self._client.resource_type("v1", "Pod")
        return replicaset.legacy_ready(body, self._client.list(kind, resource.namespace, label_selector=selector))

    def until_gone(self) -> None:
        """Raises WaitFailed."""
        while True:
            pending = []
            for resource in self._resources:
                try:
                    self._client.get(resource.ref)
                except CharthouseError as error:
                    if isinstance(error, ApiError) and is_not_found(error):
                        continue
                    raise WaitFailed(error.message, pending=[resource], hint=error.hint) from error
                pending.append(resource)
                break
            if not pending:
                return
            self._pause(pending)

    def until_hooks_done(self) -> None:
        """Jobs and Pods to completion, one after the other; other kinds are ready at once. Raises WaitFailed."""
        for resource in self._resources:
            if resource.kind in ("Job", "Pod"):
                self._watch_hook(resource)

    def _watch_hook(self, resource: Resource) -> None:
        left = self._until - self._clock.monotonic() if self._until is not None else float(1 << 31)
        follower = Follower(
            self._client, resource.ref.type, resource.namespace, clock=self._clock, timeout=left,
            field_selector=f"metadata.name={resource.name}",
        )  # fmt: skip
        check = _job_outcome if resource.kind == "Job" else _pod_outcome
        try:
            for event in follower.events():
                if event.type == "DELETED":
                    return
                if event.type == "BOOKMARK":
                    continue
                problem = check(event.object)
                if problem is None:
                    continue
                if problem:
                    raise WaitFailed(problem, pending=[resource])
                return
        except ApiError as error:
            raise WaitFailed(error.message, pending=[resource], hint=error.hint) from error
        finally:
            follower.cancel()
        raise WaitFailed(_TIMED_OUT, pending=[resource], hint=f"{resource.ref} did not end within {self._timeout:g} s")


_SIMPLE: dict[tuple[str, str], Callable[[dict[str, Any]], bool]] = {
    ("", "Pod"): pod.legacy_ready,
    ("", "PersistentVolumeClaim"): claim.legacy_ready,
    ("", "Service"): service.legacy_ready,
    ("apps", "DaemonSet"): daemonset.legacy_ready,
    ("apps", "StatefulSet"): statefulset.legacy_ready,
    ("apiextensions.k8s.io", "CustomResourceDefinition"): definition.legacy_ready,
}


def _retryable(error: CharthouseError) -> bool:
    if isinstance(error, ApiError):
        return error.code in (0, 429) or (error.code >= 500 and error.code != 501)
    return isinstance(error, Unreachable)


def _job_outcome(body: dict[str, Any]) -> str | None:
    """None while it runs, "" when it is complete, else what went wrong."""
    for kind, state, reason, _ in conditions(body):
        if state == "True" and kind == "Complete":
            return ""
        if state == "True" and kind == "Failed":
            return f"job {text(body, 'metadata', 'name')} failed: {reason}"
    return None


def _pod_outcome(body: dict[str, Any]) -> str | None:
    match text(body, "status", "phase"):
        case "Succeeded":
            return ""
        case "Failed":
            return f"pod {text(body, 'metadata', 'name')} failed"
    return None
