"""Deployments: kstatus ``deploymentConditions``; Helm 4.3.1 ``pkg/kube/ready.go`` (``deploymentReady``)."""

from __future__ import annotations

from charthouse.kube.ready.quantity import scaled
from charthouse.kube.ready.result import Result, conditions, current, failed, in_progress, integer, text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

__all__ = ["legacy_ready", "new_replica_set", "status"]

_NO_DEADLINE = 2**31 - 1
_HASH = "pod-template-hash"


def status(body: dict[str, Any]) -> Result:
    progressing = integer(body, "spec", "progressDeadlineSeconds", default=_NO_DEADLINE) == _NO_DEADLINE
    available = False
    for kind, state, reason, _ in conditions(body):
        if kind == "Progressing":
            if reason == "ProgressDeadlineExceeded":
                return failed("Progress deadline exceeded")
            progressing = progressing or (state == "True" and reason == "NewReplicaSetAvailable")
        elif kind == "Available" and state == "True":
            available = True
    wanted = integer(body, "spec", "replicas", default=1)
    have, updated, ready, at_hand = (
        integer(body, "status", field)
        for field in ("replicas", "updatedReplicas", "readyReplicas", "availableReplicas")
    )
    if wanted > have:
        return in_progress(f"Replicas: {have}/{wanted}")
    if wanted > updated:
        return in_progress(f"Updated: {updated}/{wanted}")
    if have > wanted:
        return in_progress(f"Pending termination: {have - wanted}")
    if updated > at_hand:
        return in_progress(f"Available: {at_hand}/{updated}")
    if wanted > ready:
        return in_progress(f"Ready: {ready}/{wanted}")
    if not progressing:
        return in_progress("ReplicaSet not Available")
    if not available:
        return in_progress("Deployment not Available")
    return current(f"Deployment is available. Replicas: {have}")


def new_replica_set(body: dict[str, Any], replica_sets: Iterable[dict[str, Any]]) -> dict[str, Any] | None:
    """The ReplicaSet of the Deployment's present pod template, the oldest of several; None when there is none yet."""
    uid = text(body, "metadata", "uid")
    template = _plain(body["spec"]["template"])
    found = [
        item
        for item in replica_sets
        if any(owner.get("uid") == uid for owner in item["metadata"].get("ownerReferences") or ())
        and _plain(item["spec"]["template"]) == template
    ]
    found.sort(key=lambda item: (text(item, "metadata", "creationTimestamp"), text(item, "metadata", "name")))
    return found[0] if found else None


def _plain(template: dict[str, Any]) -> dict[str, Any]:
    meta = template.get("metadata") or {}
    labels = {key: value for key, value in (meta.get("labels") or {}).items() if key != _HASH}
    return {**template, "metadata": {**meta, "labels": labels}}


def legacy_ready(body: dict[str, Any], replica_set: dict[str, Any] | None) -> bool:
    if integer(body, "spec", "paused") or body.get("spec", {}).get("paused") is True:
        return True
    if replica_set is None:
        return False
    for item in (replica_set, body):
        if integer(item, "status", "observedGeneration") != integer(item, "metadata", "generation"):
            return False
    wanted = integer(body, "spec", "replicas", default=1)
    return integer(replica_set, "status", "readyReplicas") >= wanted - _max_unavailable(body, wanted)


def _max_unavailable(body: dict[str, Any], wanted: int) -> int:
    strategy = body.get("spec", {}).get("strategy") or {}
    if strategy.get("type") != "RollingUpdate" or wanted == 0:
        return 0
    rolling = strategy.get("rollingUpdate") or {}
    surge = scaled(rolling.get("maxSurge", 0), wanted, up=True)
    unavailable = scaled(rolling.get("maxUnavailable", 0), wanted, up=False)
    if surge is None or unavailable is None:
        return 0
    if surge == 0 and unavailable == 0:
        unavailable = 1
    return min(unavailable, wanted)
