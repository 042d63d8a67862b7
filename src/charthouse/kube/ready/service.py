"""Services: kstatus ``serviceConditions``; Helm 4.3.1 ``pkg/kube/ready.go`` (``serviceReady``)."""

from __future__ import annotations

from charthouse.kube.ready.result import Result, current, in_progress, text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["legacy_ready", "status"]


def status(body: dict[str, Any]) -> Result:
    if text(body, "spec", "type", default="ClusterIP") == "LoadBalancer" and not text(body, "spec", "clusterIP"):
        return in_progress("ClusterIP not set. Service type: LoadBalancer")
    return current("Service is ready")


def legacy_ready(body: dict[str, Any]) -> bool:
    spec = body.get("spec") or {}
    if spec.get("type") == "ExternalName":
        return True
    if not spec.get("clusterIP"):
        return False
    if spec.get("type") != "LoadBalancer" or spec.get("externalIPs"):
        return True
    return ((body.get("status") or {}).get("loadBalancer") or {}).get("ingress") is not None
