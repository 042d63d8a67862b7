"""Pods: kstatus ``podConditions``; Helm 4.3.1 ``internal/statusreaders/pod_status_reader.go`` and
``pkg/kube/ready.go``.
"""

from __future__ import annotations

from charthouse.kube.ready.result import Result, conditions, current, failed, in_progress, text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["SCHEDULE_WINDOW", "hook_status", "legacy_ready", "status", "transient_failure"]

SCHEDULE_WINDOW = 15.0
"""Seconds a pod may be unschedulable before it counts as failed."""


def status(body: dict[str, Any], now: float) -> Result:
    """now: seconds since the epoch. Raises ValueError for a phase nobody knows."""
    match text(body, "status", "phase"):
        case "Succeeded":
            return current("Pod has completed successfully")
        case "Failed":
            return current("Pod has completed, but not successfully")
        case "Running":
            if legacy_ready(body):
                return current("Pod is Ready")
            looping = _crash_looping(body)
            if looping:
                return failed(f"Containers in CrashLoop state: {','.join(looping)}")
            return in_progress("Pod is running but is not Ready")
        case "Pending":
            if not _unschedulable(body):
                return in_progress("Pod is in the Pending phase")
            if now - SCHEDULE_WINDOW < _created(body):
                return in_progress("Pod has not been scheduled")
            return failed("Pod could not be scheduled")
        case "":
            return in_progress("Pod phase not available")
        case phase:
            raise ValueError(f"unknown phase {phase}")


def _created(body: dict[str, Any]) -> float:
    stamp = text(body, "metadata", "creationTimestamp")
    if not stamp:
        return 0.0
    from datetime import datetime

    return datetime.fromisoformat(stamp).timestamp()


def _unschedulable(body: dict[str, Any]) -> bool:
    return any(
        kind == "PodScheduled" and state == "False" and reason == "Unschedulable"
        for kind, state, reason, _ in conditions(body)
    )


def _crash_looping(body: dict[str, Any]) -> list[str]:
    found = (body.get("status") or {}).get("containerStatuses")
    return [
        text(item, "name")
        for item in (found if isinstance(found, list) else ())
        if isinstance(item, dict) and text(item, "state", "waiting", "reason") == "CrashLoopBackOff"
    ]


def transient_failure(body: dict[str, Any]) -> bool:
    """Whether a failed pod says nothing about its owner: it is being deleted, or waits for a node."""
    return bool(text(body, "metadata", "deletionTimestamp")) or _unschedulable(body)


def hook_status(body: dict[str, Any]) -> Result:
    """As a hook: to completion."""
    name = text(body, "metadata", "name")
    match text(body, "status", "phase"):
        case "Succeeded":
            return current(f"pod {name} succeeded")
        case "Failed":
            return failed(f"pod {name} failed")
    return in_progress("Pod in progress")


def legacy_ready(body: dict[str, Any]) -> bool:
    return any(kind == "Ready" and state == "True" for kind, state, _, _ in conditions(body))
