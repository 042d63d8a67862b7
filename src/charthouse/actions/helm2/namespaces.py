"""The namespace of a release, made when it is not there.

Whose rules: helm v2.17.0 pkg/kube/namespace.go: with the label `name`. Differs: a caller who may not look whether it is
there goes on, since Tiller works with the caller's rights here; the objects' own requests then say what is missing.
"""

from __future__ import annotations

from charthouse.actions.ports import ApiError
from charthouse.k8s.objects import ObjectRef, ResourceType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from charthouse.actions.environment import Environment

__all__ = ["ensure_namespace"]

_NAMESPACE = ResourceType("v1", "Namespace", "namespaces", False)


def ensure_namespace(env: Environment, name: str) -> None:
    """Make the namespace unless there is one. Raises ApiError, kube's Unreachable."""
    client = env.cluster.client
    ref = ObjectRef(_NAMESPACE, "", name)
    try:
        client.get(ref)
        return
    except ApiError as error:
        if error.reason == "Forbidden":
            return
        if error.reason != "NotFound":
            raise
    metadata = {"name": name, "labels": {"name": name}}
    try:
        client.create(ref, {"apiVersion": "v1", "kind": "Namespace", "metadata": metadata})
    except ApiError as error:
        if error.reason != "AlreadyExists":
            raise
