"""The status of any object by kstatus' rules.

Rules: fluxcd/cli-utils v1.2.2 ``pkg/kstatus/status`` (``Compute``, generic.go, core.go: ``legacyTypes``).
"""

from __future__ import annotations

from charthouse.k8s.objects import api_group
from charthouse.kube.ready import claim, daemonset, definition, deployment, job, pod, replicaset, service, statefulset
from charthouse.kube.ready.result import (
    CURRENT,
    TERMINATING,
    Result,
    conditions,
    current,
    failed,
    in_progress,
    integer,
    text,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

__all__ = ["compute"]


def _always(body: dict[str, Any]) -> Result:
    return Result(CURRENT, "Resource is always ready")


def _disruption_budget(body: dict[str, Any]) -> Result:
    return Result(CURRENT, "AllowedDisruptions has been computed.")


_KINDS: dict[tuple[str, str], Callable[[dict[str, Any]], Result]] = {
    ("", "Service"): service.status,
    ("", "Secret"): _always,
    ("", "ConfigMap"): _always,
    ("", "PersistentVolumeClaim"): claim.status,
    ("apps", "StatefulSet"): statefulset.status,
    ("apps", "DaemonSet"): daemonset.status,
    ("apps", "Deployment"): deployment.status,
    ("apps", "ReplicaSet"): replicaset.status,
    ("extensions", "DaemonSet"): daemonset.status,
    ("extensions", "Deployment"): deployment.status,
    ("extensions", "ReplicaSet"): replicaset.status,
    ("policy", "PodDisruptionBudget"): _disruption_budget,
    ("batch", "CronJob"): _always,
    ("batch", "Job"): job.status,
    ("apiextensions.k8s.io", "CustomResourceDefinition"): definition.status,
}


def compute(body: dict[str, Any], now: float) -> Result:
    """now: seconds since the epoch (pods waiting for a node). Raises ValueError for a pod phase nobody knows."""
    found = _generic(body)
    if found is not None:
        return found
    key = (api_group(text(body, "apiVersion")), text(body, "kind"))
    if key == ("", "Pod"):
        return pod.status(body, now)
    if key in _KINDS:
        return _KINDS[key](body)
    for kind, state, _, message in conditions(body):
        if kind == "Ready":
            if state == "True":
                return current("Resource is Ready")
            if state in ("False", "Unknown"):
                return in_progress(message)
    return current("Resource is current")


def _generic(body: dict[str, Any]) -> Result | None:
    if text(body, "metadata", "deletionTimestamp"):
        return Result(TERMINATING, "Resource scheduled for deletion")
    generation = integer(body, "metadata", "generation", default=-1)
    observed = integer(body, "status", "observedGeneration", default=-1)
    if generation != -1 and observed not in (-1, generation):
        kind = text(body, "kind")
        return in_progress(f"{kind} generation is {generation}, but latest observed generation is {observed}")
    for kind, state, _, message in conditions(body):
        if kind == "Reconciling" and state == "True":
            return in_progress(message)
        if kind == "Stalled" and state == "True":
            return failed(message)
    return None
