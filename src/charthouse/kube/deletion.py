"""Deleting a release's objects.

Rules: Helm 4.3.1 ``pkg/kube/client.go`` (``Delete``, ``deleteResource``: conflicts are retried, NotFound counts as
deleted, errors are collected), ``pkg/action/validate.go`` (``verifyOwnershipBeforeDelete``).
"""

from __future__ import annotations

from charthouse.actions.ports import DeleteResult, Progress
from charthouse.errors import CharthouseError
from charthouse.k8s.ports import ApiError
from charthouse.kube.apply import retry
from charthouse.kube.ownership import KEEP_POLICY, RESOURCE_POLICY, ownership_problems
from charthouse.kube.parallel import each, runs_of
from charthouse.kube.refusals import is_conflict, is_not_found

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from charthouse.actions.ports import Clock
    from charthouse.k8s.objects import Resource
    from charthouse.k8s.ports import KubeClient

__all__ = ["delete"]

_DELETED, _KEPT, _FOREIGN, _ABSENT = "deleted", "kept", "foreign", "absent"


def delete(
    client: KubeClient, resources: Sequence[Resource], *, propagation: str, release: str, release_namespace: str,
    clock: Clock, progress: Callable[[Progress], None],
) -> DeleteResult:  # fmt: skip
    """Delete in the order given, objects of one kind at once. release "" = without looking at ownership and policy."""
    found: dict[str, list[Resource]] = {_DELETED: [], _KEPT: [], _FOREIGN: [], _ABSENT: []}
    errors: list[str] = []
    done = 0

    def one(resource: Resource) -> tuple[str, str]:
        if not resource.name:
            return _ABSENT, ""
        try:
            if release:
                fate = _fate(client, resource, release, release_namespace)
                if fate != _DELETED:
                    return fate, ""
            retry(lambda: client.delete(resource.ref, propagation=propagation), is_conflict, clock)
        except CharthouseError as error:
            if not (isinstance(error, ApiError) and is_not_found(error)):
                return "failed", error.message
        return _DELETED, ""

    for batch in runs_of(resources, lambda resource: resource.kind):
        for resource, (state, text) in zip(batch, each(batch, one), strict=True):
            done += 1
            progress(Progress("delete", str(resource.ref), state, text, done, len(resources)))
            if text:
                errors.append(text)
            else:
                found[state].append(resource)
    return DeleteResult(tuple(found[_DELETED]), tuple(found[_KEPT]), tuple(found[_FOREIGN]), tuple(errors))


def _fate(client: KubeClient, resource: Resource, release: str, namespace: str) -> str:
    live = client.get(resource.ref)
    if ownership_problems(live, release, namespace):
        return _FOREIGN
    notes = (live.get("metadata") or {}).get("annotations") or {}
    return _KEPT if str(notes.get(RESOURCE_POLICY, "")).strip().lower() == KEEP_POLICY else _DELETED
