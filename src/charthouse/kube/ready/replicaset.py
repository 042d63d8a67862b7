"""ReplicaSets and ReplicationControllers: kstatus ``replicasetConditions``; Helm 4.3.1 ``pkg/kube/ready.go``."""

from __future__ import annotations

from charthouse.kube.ready.pod import legacy_ready as pod_ready
from charthouse.kube.ready.result import Result, conditions, current, in_progress, integer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

__all__ = ["legacy_ready", "status"]


def status(body: dict[str, Any]) -> Result:
    if any(kind == "ReplicaFailure" and state == "True" for kind, state, _, _ in conditions(body)):
        return in_progress("Replica Failure condition. Check Pods")
    wanted = integer(body, "spec", "replicas", default=1)
    have = integer(body, "status", "replicas")
    for field, word in (
        ("fullyLabeledReplicas", "Labelled"),
        ("availableReplicas", "Available"),
        ("readyReplicas", "Ready"),
    ):
        count = integer(body, "status", field)
        if wanted > count:
            return in_progress(f"{word}: {count}/{wanted}")
    if have > wanted:
        return in_progress(f"Pending termination: {have - wanted}")
    return current(f"ReplicaSet is available. Replicas: {have}")


def legacy_ready(body: dict[str, Any], pods: Iterable[dict[str, Any]]) -> bool:
    if integer(body, "status", "observedGeneration") != integer(body, "metadata", "generation"):
        return False
    return all(map(pod_ready, pods))
