"""CustomResourceDefinitions: kstatus ``crdConditions``; Helm 4.3.1 ``pkg/kube/ready.go`` (``crdReady``)."""

from __future__ import annotations

from charthouse.kube.ready.result import Result, conditions, current, failed, in_progress

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["legacy_ready", "status"]


def status(body: dict[str, Any]) -> Result:
    for kind, state, reason, message in conditions(body):
        if kind == "NamesAccepted" and state == "False":
            return failed(message)
        if kind == "Established":
            if state == "False" and reason != "Installing":
                return failed(message)
            if state == "True":
                return current("CRD is established")
    return in_progress("Install in progress")


def legacy_ready(body: dict[str, Any]) -> bool:
    """A conflict of names counts as ready: the rest of the release goes on."""
    return any(
        (kind == "Established" and state == "True") or (kind == "NamesAccepted" and state == "False")
        for kind, state, _, _ in conditions(body)
    )
