"""Waiting as Tiller does: asking every two seconds, the first time after two. Hooks, which Tiller watches, are asked
for at once and every half.

Rules: helm v2.17.0 ``pkg/kube/wait.go`` (``waitForResources``), ``client.go`` (``watchUntilReady``, ``waitForJob``,
``pollCRDEstablished``, ``waitUntilAllResourceDeleted``). What is asked of each kind:

    Pod                                    the condition Ready
    ReplicationController, ReplicaSet,     every pod the selector finds is Ready; none at all is enough
    DaemonSet, StatefulSet
    Deployment                             its newest ReplicaSet has replicas - maxUnavailable ready; not when paused
    PersistentVolumeClaim                  is Bound
    Service                                has an address, a load balancer one from outside; ExternalName always
    all others, Jobs too                   nothing

An object that is not found, or cannot be read, ends the wait with the server's words.
"""

from __future__ import annotations

from charthouse.actions.ports import Progress
from charthouse.errors import CharthouseError
from charthouse.k8s.kinds_helm2 import selector_of
from charthouse.k8s.objects import ResourceType
from charthouse.k8s.ports import ApiError
from charthouse.kube.errors import WaitFailed
from charthouse.kube.ready import claim, deployment, pod
from charthouse.kube.ready.result import conditions
from charthouse.kube.refusals import is_not_found

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from charthouse.actions.ports import Clock
    from charthouse.k8s.objects import Resource
    from charthouse.k8s.ports import KubeClient

__all__ = ["TIMED_OUT", "TillerWaiter"]

TIMED_OUT = "timed out waiting for the condition"
_INTERVAL = 2.0
_CRD_INTERVAL = 1.0
_HOOK_INTERVAL = 0.5
_POD = ResourceType("v1", "Pod", "pods", True)
_BY_PODS = ("ReplicationController", "ReplicaSet", "DaemonSet", "StatefulSet")


class TillerWaiter:
    """One wait for one set of resources. timeout: seconds; 0 is over after the first look."""

    def __init__(
        self,
        client: KubeClient,
        resources: Sequence[Resource],
        *,
        clock: Clock,
        timeout: float,
        progress: Callable[[Progress], None],
    ) -> None:
        self._client = client
        self._resources = list(resources)
        self._clock = clock
        self._timeout = timeout
        self._progress = progress

    def until_ready(self) -> None:
        """Raises WaitFailed."""
        self._poll(self._is_ready, _INTERVAL)

    def until_gone(self) -> None:
        """Until nothing answers to the names any more. Raises WaitFailed."""
        self._poll(self._is_gone, _INTERVAL)

    def until_hooks_done(self) -> None:
        """Jobs to their end, everything else is done once it is there. Raises WaitFailed: `Job failed: REASON`."""
        self._poll(self._is_done, _HOOK_INTERVAL, at_once=True)

    def until_established(self) -> None:
        """Custom resource definitions until they are. Raises WaitFailed: `naming conflict detected for CRD x`."""
        self._poll(self._is_established, _CRD_INTERVAL)

    def _poll(self, ready: Callable[[Resource], bool], interval: float, *, at_once: bool = False) -> None:
        """wait.Poll: sleep, look, until the time is over."""
        until = self._clock.monotonic() + self._timeout
        if not at_once:
            self._clock.sleep(interval)
        while True:
            pending = self._pending(ready)
            if not pending:
                return
            self._progress(Progress("wait", str(pending[0].ref), "InProgress", "not ready yet"))
            if self._clock.monotonic() >= until:
                raise WaitFailed(TIMED_OUT, pending=pending, hint=f"{pending[0].ref} is not ready")
            self._clock.sleep(interval)

    def _pending(self, ready: Callable[[Resource], bool]) -> list[Resource]:
        """The first that is not ready and those behind it."""
        for at, resource in enumerate(self._resources):
            try:
                if not ready(resource):
                    return self._resources[at:]
            except WaitFailed:
                raise
            except CharthouseError as error:
                raise WaitFailed(error.message, pending=self._resources[at:], hint=error.hint) from error
        return []

    def _is_ready(self, resource: Resource) -> bool:
        kind = resource.kind
        if kind == "Pod":
            return pod.legacy_ready(self._client.get(resource.ref))
        if kind == "Deployment":
            return self._deployment_ready(resource)
        if kind in _BY_PODS:
            return self._pods_ready(resource)
        if kind == "PersistentVolumeClaim":
            return claim.legacy_ready(self._client.get(resource.ref))
        if kind == "Service" and resource.ref.type.api_version == "v1":
            return _service_ready(self._client.get(resource.ref))
        return True

    def _deployment_ready(self, resource: Resource) -> bool:
        body = self._client.get(resource.ref)
        if body["spec"].get("paused"):
            return True
        kind = self._client.resource_type("apps/v1", "ReplicaSet")
        labels = selector_of(body) or {}
        sets = self._client.list(kind, resource.namespace, label_selector=_text(labels))
        newest = deployment.new_replica_set(body, sets)
        return newest is not None and deployment.legacy_ready(body, newest)

    def _pods_ready(self, resource: Resource) -> bool:
        """The selector is the manifest's: it is not read again."""
        labels = selector_of(resource.object) or {}
        pods = self._client.list(_POD, resource.namespace, label_selector=_text(labels))
        return all(pod.legacy_ready(body) for body in pods)

    def _is_gone(self, resource: Resource) -> bool:
        try:
            self._client.get(resource.ref)
        except ApiError as error:
            if is_not_found(error):
                return True
            raise
        return False

    def _is_done(self, resource: Resource) -> bool:
        try:
            body = self._client.get(resource.ref)
        except ApiError as error:
            if is_not_found(error):
                return True  # it was deleted, which ends the watch, too
            raise
        if resource.kind != "Job":
            return True
        for kind, state, reason, _ in conditions(body):
            if kind == "Complete" and state == "True":
                return True
            if kind == "Failed" and state == "True":
                raise WaitFailed(f"Job failed: {reason}", pending=[resource])
        return False

    def _is_established(self, resource: Resource) -> bool:
        for kind, state, _, _ in conditions(self._client.get(resource.ref)):
            if kind == "Established" and state == "True":
                return True
            if kind == "NamesAccepted" and state == "False":
                raise WaitFailed(f"naming conflict detected for CRD {resource.name}", pending=[resource])
        return False


def _service_ready(body: dict[str, Any]) -> bool:
    spec = body.get("spec") or {}
    if spec.get("type") == "ExternalName":
        return True
    if not spec.get("clusterIP"):
        return False
    balancer = (body.get("status") or {}).get("loadBalancer") or {}
    return spec.get("type") != "LoadBalancer" or balancer.get("ingress") is not None


def _text(labels: dict[str, str]) -> str:
    return ",".join(f"{key}={labels[key]}" for key in sorted(labels))
