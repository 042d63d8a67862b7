"""Whose an object is, read from the object itself.

Whose rules: helm v4.3.1 pkg/action/validate.go (checkOwnership, verifyOwnershipBeforeDelete).
"""

from __future__ import annotations

from charthouse.actions.ports import ApiError
from charthouse.records import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from charthouse.actions.ports import KubeClient
    from charthouse.k8s.objects import Resource

__all__ = ["Ownership", "belongs_to", "verify"]


class Ownership(Record):
    """owned: may be deleted; foreign: exist, but are not the release's; unknown: could not be read, with the error's
    text. Objects that are gone are in none."""

    owned: tuple[Resource, ...] = ()
    foreign: tuple[Resource, ...] = ()
    unknown: tuple[tuple[Resource, str], ...] = ()


def belongs_to(object: dict[str, Any], release: str, namespace: str) -> bool:
    """Whether the object's metadata name this release as its owner."""
    metadata = object.get("metadata") or {}
    labels = metadata.get("labels") or {}
    annotations = metadata.get("annotations") or {}
    return (
        labels.get("app.kubernetes.io/managed-by") == "Helm"
        and annotations.get("meta.helm.sh/release-name") == release
        and annotations.get("meta.helm.sh/release-namespace") == namespace
    )


def verify(client: KubeClient, resources: Sequence[Resource], release: str, namespace: str) -> Ownership:
    """Read every object and say whose it is."""
    owned: list[Resource] = []
    foreign: list[Resource] = []
    unknown: list[tuple[Resource, str]] = []
    for resource in resources:
        try:
            live = client.get(resource.ref)
        except ApiError as error:
            if error.reason != "NotFound":
                unknown.append((resource, error.message))
            continue
        (owned if belongs_to(live, release, namespace) else foreign).append(resource)
    return Ownership(tuple(owned), tuple(foreign), tuple(unknown))
