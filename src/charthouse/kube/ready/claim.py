"""PersistentVolumeClaims: kstatus ``pvcConditions``; Helm 4.3.1 ``pkg/kube/ready.go`` (``volumeReady``)."""

from __future__ import annotations

from charthouse.kube.ready.result import Result, current, in_progress, text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["legacy_ready", "status"]


def status(body: dict[str, Any]) -> Result:
    phase = text(body, "status", "phase", default="unknown")
    return current("PVC is Bound") if phase == "Bound" else in_progress(f"PVC is not Bound. phase: {phase}")


def legacy_ready(body: dict[str, Any]) -> bool:
    return text(body, "status", "phase") == "Bound"
