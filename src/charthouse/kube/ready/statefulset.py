"""StatefulSets: kstatus ``stsConditions``; Helm 4.3.1 ``pkg/kube/ready.go`` (``statefulSetReady``)."""

from __future__ import annotations

from charthouse.kube.ready.result import Result, current, in_progress, integer, text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["legacy_ready", "status"]


def status(body: dict[str, Any]) -> Result:
    if text(body, "spec", "updateStrategy", "type") == "OnDelete":
        return current("StatefulSet is using the ondelete update strategy")
    wanted = integer(body, "spec", "replicas", default=1)
    ready, present, updated, have = (
        integer(body, "status", field) for field in ("readyReplicas", "currentReplicas", "updatedReplicas", "replicas")
    )
    partition = integer(body, "spec", "updateStrategy", "rollingUpdate", "partition", default=-1)
    if wanted > have:
        return in_progress(f"Replicas: {have}/{wanted}")
    if wanted > ready:
        return in_progress(f"Ready: {ready}/{wanted}")
    if have > wanted:
        return in_progress(f"Pending termination: {have - wanted}")
    if partition != -1:
        if updated < wanted - partition:
            return in_progress(f"updated: {updated}/{wanted - partition}")
        return current(f"Partition rollout complete. updated: {updated}")
    if wanted > present:
        return in_progress(f"current: {present}/{wanted}")
    if text(body, "status", "currentRevision") != text(body, "status", "updateRevision"):
        return in_progress("Waiting for updated revision to match current")
    return current(f"All replicas scheduled as expected. Replicas: {have}")


def legacy_ready(body: dict[str, Any]) -> bool:
    if integer(body, "status", "observedGeneration") != integer(body, "metadata", "generation"):
        return False
    if text(body, "spec", "updateStrategy", "type") != "RollingUpdate":
        return True
    partition = integer(body, "spec", "updateStrategy", "rollingUpdate", "partition")
    wanted = integer(body, "spec", "replicas", default=1)
    if integer(body, "status", "updatedReplicas") < wanted - partition:
        return False
    if integer(body, "status", "readyReplicas") != wanted:
        return False
    same = text(body, "status", "currentRevision") == text(body, "status", "updateRevision")
    return partition != 0 or same
