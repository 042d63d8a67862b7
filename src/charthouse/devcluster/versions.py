"""One object in the versions it is served in.

Built-in kinds with more than one version here: Event (v1, events.k8s.io/v1) and HorizontalPodAutoscaler (autoscaling
v1, v2). Rules: pkg/apis/{events,autoscaling}/v1/conversion.go of k8s.io/kubernetes v1.37.2. Versions of a custom
resource differ in apiVersion only (conversion strategy None).
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    Object = dict[str, Any]

__all__ = ["convert"]


def convert(obj: Object, api_version: str) -> Object:
    """`obj` as `api_version` shows it (the same object when it is kept so)."""
    kept = obj["apiVersion"]
    if kept == api_version:
        return obj
    rule = RULES.get((obj["kind"], kept, api_version))
    out = rule(obj) if rule is not None else dict(obj)
    out["apiVersion"] = api_version
    return out


def _rename(obj: Object, names: dict[str, str]) -> Object:
    return {names.get(k, k): v for k, v in obj.items()}


EVENT_NAMES = {
    "involvedObject": "regarding", "message": "note", "source": "deprecatedSource", "count": "deprecatedCount",
    "firstTimestamp": "deprecatedFirstTimestamp", "lastTimestamp": "deprecatedLastTimestamp",
    "reportingComponent": "reportingController",
}  # fmt: skip


def _hpa_to_v2(obj: Object) -> Object:
    out = dict(obj)
    spec = out["spec"] = dict(obj["spec"])
    percent = spec.pop("targetCPUUtilizationPercentage", None)
    if percent is not None:
        target = {"type": "Utilization", "averageUtilization": percent}
        spec["metrics"] = [{"type": "Resource", "resource": {"name": "cpu", "target": target}}]
    status = out["status"] = dict(obj.get("status") or {})
    current = status.pop("currentCPUUtilizationPercentage", None)
    if current is not None:
        status["currentMetrics"] = [
            {"type": "Resource", "resource": {"name": "cpu", "current": {"averageUtilization": current}}}
        ]
    return out


def _hpa_to_v1(obj: Object) -> Object:
    out = dict(obj)
    spec = out["spec"] = dict(obj["spec"])
    for metric in spec.pop("metrics", None) or ():
        resource = metric.get("resource") or {}
        if resource.get("name") == "cpu" and "averageUtilization" in (resource.get("target") or {}):
            spec["targetCPUUtilizationPercentage"] = resource["target"]["averageUtilization"]
    spec.pop("behavior", None)
    status = dict(obj.get("status") or {})
    out["status"] = {k: v for k, v in status.items() if k not in ("currentMetrics", "conditions")}
    return out


RULES: dict[tuple[str, str, str], Callable[[Object], Object]] = {
    ("Event", "v1", "events.k8s.io/v1"): lambda obj: _rename(obj, EVENT_NAMES),
    ("Event", "events.k8s.io/v1", "v1"): lambda obj: _rename(obj, {v: k for k, v in EVENT_NAMES.items()}),
    ("HorizontalPodAutoscaler", "autoscaling/v1", "autoscaling/v2"): _hpa_to_v2,
    ("HorizontalPodAutoscaler", "autoscaling/v2", "autoscaling/v1"): _hpa_to_v1,
}
