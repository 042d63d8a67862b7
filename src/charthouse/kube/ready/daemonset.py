"""DaemonSets: kstatus ``daemonsetConditions``; Helm 4.3.1 ``pkg/kube/ready.go`` (``daemonSetReady``)."""

from __future__ import annotations

from charthouse.kube.ready.quantity import scaled
from charthouse.kube.ready.result import Result, current, in_progress, integer, text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["legacy_ready", "status"]


def status(body: dict[str, Any]) -> Result:
    kind = text(body, "kind")
    if integer(body, "metadata", "generation", default=-1) == -1:
        return in_progress(f"{kind} metadata.generation not found")
    if integer(body, "status", "observedGeneration", default=-1) == -1:
        return in_progress(f"{kind} status.observedGeneration not found")
    wanted = integer(body, "status", "desiredNumberScheduled", default=-1)
    if wanted == -1:
        return in_progress("Missing .status.desiredNumberScheduled")
    for field, word in (
        ("currentNumberScheduled", "Current"),
        ("updatedNumberScheduled", "Updated"),
        ("numberAvailable", "Available"),
        ("numberReady", "Ready"),
    ):
        have = integer(body, "status", field)
        if wanted > have:
            return in_progress(f"{word}: {have}/{wanted}")
    return current(f"All replicas scheduled as expected. Replicas: {wanted}")


def legacy_ready(body: dict[str, Any]) -> bool:
    if integer(body, "status", "observedGeneration") != integer(body, "metadata", "generation"):
        return False
    strategy = body.get("spec", {}).get("updateStrategy") or {}
    if strategy.get("type") != "RollingUpdate":
        return True
    wanted = integer(body, "status", "desiredNumberScheduled")
    if integer(body, "status", "updatedNumberScheduled") != wanted:
        return False
    unavailable = scaled((strategy.get("rollingUpdate") or {}).get("maxUnavailable"), wanted, up=True)
    return integer(body, "status", "numberReady") >= wanted - (wanted if unavailable is None else unavailable)
