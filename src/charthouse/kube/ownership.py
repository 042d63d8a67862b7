"""Whose an object is: the label and annotations Helm puts on what a release owns. Pure.

Rules: Helm 4.3.1 ``pkg/action/validate.go`` (``checkOwnership``, ``setMetadataVisitor``, ``existingResourceConflict``).
"""

from __future__ import annotations

from charthouse.kube.errors import KubeError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from charthouse.k8s.objects import Resource

__all__ = [
    "KEEP_POLICY",
    "MANAGED_BY",
    "RELEASE_NAME",
    "RELEASE_NAMESPACE",
    "RESOURCE_POLICY",
    "described",
    "has_generated_name",
    "owned",
    "ownership_problems",
]

MANAGED_BY = "app.kubernetes.io/managed-by"
RELEASE_NAME = "meta.helm.sh/release-name"
RELEASE_NAMESPACE = "meta.helm.sh/release-namespace"
RESOURCE_POLICY = "helm.sh/resource-policy"
KEEP_POLICY = "keep"


def described(resource: Resource) -> str:
    """`Deployment "web" in namespace "shop"`."""
    return f'{resource.kind} "{resource.name}" in namespace "{resource.namespace}"'


def owned(body: dict[str, Any], release: str, namespace: str) -> dict[str, Any]:
    """The object with the ownership metadata of a release; the argument is not changed."""
    meta = body.get("metadata") or {}
    labels = {**(meta.get("labels") or {}), MANAGED_BY: "Helm"}
    notes = {**(meta.get("annotations") or {}), RELEASE_NAME: release, RELEASE_NAMESPACE: namespace}
    return {**body, "metadata": {**meta, "labels": labels, "annotations": notes}}


def ownership_problems(body: dict[str, Any], release: str, namespace: str) -> list[str]:
    """What keeps a living object from being the release's, in Helm's words; none when it is."""
    meta = body.get("metadata") or {}
    labels = meta.get("labels") or {}
    notes = meta.get("annotations") or {}
    problems = []
    for where, what, key, value in (
        (labels, "label", MANAGED_BY, "Helm"),
        (notes, "annotation", RELEASE_NAME, release),
        (notes, "annotation", RELEASE_NAMESPACE, namespace),
    ):
        if key not in where:
            problems.append(f'{what} validation error: missing key "{key}": must be set to "{value}"')
        elif where[key] != value:
            problems.append(
                f'{what} validation error: key "{key}" must equal "{value}": current value is "{where[key]}"'
            )
    return problems


def has_generated_name(resource: Resource) -> bool:
    """Whether the server is to choose the name. Raises KubeError when both name and generateName are given."""
    generated = bool((resource.object.get("metadata") or {}).get("generateName"))
    if generated and resource.name:
        raise KubeError("metadata.name and metadata.generateName cannot both be set")
    return generated
