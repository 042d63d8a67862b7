"""What the API server and kubectl ask an aggregated API about itself.

Source: k8s.io/apimachinery pkg/apis/meta/v1 (APIGroup, APIResourceList), kube-aggregator's discovery: legacy documents
suffice, newer ones are made of them.
"""

from __future__ import annotations

from charthouse.tiller.gateway.routes import GROUP

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["document"]

_VERSION = {"groupVersion": f"{GROUP}/v1", "version": "v1"}
_GROUP = {"name": GROUP, "versions": [_VERSION], "preferredVersion": _VERSION}
_RESOURCES: tuple[tuple[str, str, bool, tuple[str, ...]], ...] = (
    ("releases", "Release", True, ("create", "delete", "get", "list", "update", "watch")),
    ("releases/status", "Release", True, ("get",)),
    ("releases/history", "ListResponse", True, ("get",)),
    ("releases/values", "ValuesResponse", True, ("get",)),
    ("releases/metadata", "ReleaseMetadata", True, ("get",)),
    ("releases/rollback", "Result", True, ("create",)),
    ("releases/test", "Result", True, ("create",)),
    ("releases/plan", "Plan", True, ("create",)),
    ("releases/diff", "Diff", True, ("create",)),
    ("releases/install-instead", "InstallInsteadResponse", True, ("create",)),
    ("operations", "Operation", False, ("get", "list")),
    ("operations/events", "Event", False, ("get",)),
    ("operations/cancel", "Operation", False, ("create",)),
    ("operations/approve", "Operation", False, ("create",)),
    ("server", "Server", False, ("list",)),
)


def document(path: str) -> dict[str, Any] | None:
    """The document at a path; None when there is none."""
    if path == "/apis":
        return {"kind": "APIGroupList", "apiVersion": "v1", "groups": [_GROUP]}
    if path == f"/apis/{GROUP}":
        return {"kind": "APIGroup", "apiVersion": "v1", **_GROUP}
    if path == f"/apis/{GROUP}/v1":
        resources = [
            {
                "name": name,
                "singularName": "release" if name == "releases" else "",
                "namespaced": namespaced,
                "kind": kind,
                "verbs": list(verbs),
            }
            for name, kind, namespaced, verbs in _RESOURCES
        ]
        return {
            "kind": "APIResourceList",
            "apiVersion": "v1",
            "groupVersion": f"{GROUP}/v1",
            "resources": resources,
        }
    return None
