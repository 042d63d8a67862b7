"""What has to be done to get from one manifest to another, as data. Pure: live objects are given.

Rules: Helm 4.3.1 ``pkg/kube/client.go`` (``update``, ``createPatch``, ``replaceResource``,
``patchResourceServerSide``).
"""

from __future__ import annotations

from charthouse.actions.ports import Operation
from charthouse.k8s.schema import is_builtin
from charthouse.kube.errors import KubeError
from charthouse.kube.ownership import KEEP_POLICY, RESOURCE_POLICY, owned

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from charthouse.actions.ports import ApplyOptions
    from charthouse.k8s.objects import Resource
    from charthouse.k8s.ports import PatchType

__all__ = ["UpdatePlan", "body_of", "identity", "plan_update", "removed"]

_STRATEGIC: PatchType = "application/strategic-merge-patch+json"
_MERGE: PatchType = "application/merge-patch+json"
_APPLY: PatchType = "application/apply-patch+yaml"
_BETA_CRD = ("apiextensions.k8s.io/v1beta1", "CustomResourceDefinition")
_ADOPTED = "exists on the cluster but not in the original release; its living state is the base"


class UpdatePlan(list[Operation]):
    """The operations of an update: the first create that fails stops it, the errors of updates are collected."""


def identity(resource: Resource) -> tuple[str, str, str, str]:
    """What makes two resources the same object for Helm: group, kind, namespace, name (not the version)."""
    return resource.ref.type.group, resource.kind, resource.namespace, resource.name


def removed(original: Sequence[Resource], target: Sequence[Resource]) -> list[Resource]:
    """Those of `original` that are not in `target`."""
    kept = {identity(resource) for resource in target}
    return [resource for resource in original if identity(resource) not in kept]


def body_of(resource: Resource, options: ApplyOptions) -> dict[str, Any]:
    """What is sent for a resource: with ownership metadata when the options name a release."""
    if not options.release:
        return resource.object
    return owned(resource.object, options.release, options.release_namespace)


def plan_update(
    original: Sequence[Resource],
    target: Sequence[Resource],
    live: Callable[[Resource], dict[str, Any] | None],
    options: ApplyOptions,
    *,
    adopted: Callable[[Resource], None],
) -> UpdatePlan:
    """The operations, creates and updates in the order of `target`, then deletions in the order of `original`.

    live: the object as it is, None when there is none. adopted: told of each object that exists without having been in
    `original`. Raises KubeError (`failed to create patch: …`).
    """
    before: dict[tuple[str, str, str, str], Resource] = {}
    for resource in original:
        before.setdefault(identity(resource), resource)
    found = UpdatePlan()
    for resource in target:
        present = live(resource)
        if present is None:
            patch_type = _APPLY if options.server_side else None
            body = body_of(resource, options)
            found.append(Operation("create", resource, None, body, patch_type, "not in the cluster"))
            continue
        base = before.get(identity(resource))
        if base is None:
            adopted(resource)
        found.append(_update(resource, base, present, options))
    for resource in removed(original, target):
        present = live(resource)
        if present is not None:
            found.append(_removal(resource, present))
    return found


def _removal(resource: Resource, live: dict[str, Any]) -> Operation:
    notes = (live.get("metadata") or {}).get("annotations") or {}
    if notes.get(RESOURCE_POLICY) == KEEP_POLICY:
        return Operation("keep", resource, live, reason=f"annotation {RESOURCE_POLICY}: {KEEP_POLICY}")
    return Operation("delete", resource, live, reason="no longer in the manifest")


def _update(resource: Resource, base: Resource | None, live: dict[str, Any], options: ApplyOptions) -> Operation:
    body = body_of(resource, options)
    why = _ADOPTED if base is None else ""
    if options.force_replace:
        return Operation("replace", resource, live, body, reason=why or "--force-replace")
    if options.server_side:
        return Operation("apply", resource, live, body, _APPLY, why or "server-side apply")
    patch, patch_type = _patch(base.object if base is not None else live, body, live, resource, options)
    if not patch:
        return Operation("unchanged", resource, live, reason=why or "nothing changed")
    return Operation("patch", resource, live, patch, patch_type, why or _changed(patch))


def _patch(
    original: dict[str, Any], body: dict[str, Any], live: dict[str, Any], resource: Resource, options: ApplyOptions
) -> tuple[dict[str, Any], PatchType]:
    from charthouse.k8s.patch import (
        PatchError,
        create_merge_patch,
        create_three_way_merge_patch,
        create_three_way_strategic_patch,
    )

    kind = resource.ref.type
    try:
        if is_builtin(kind.api_version, kind.kind) and (kind.api_version, kind.kind) != _BETA_CRD:
            return create_three_way_strategic_patch(kind.api_version, kind.kind, original, body, live), _STRATEGIC
        if options.three_way_json:
            return create_three_way_merge_patch(original, body, live), _MERGE
        return create_merge_patch(original, body), _MERGE
    except PatchError as error:
        raise KubeError(f"failed to create patch: {error.message}", hint=error.hint) from error


def _changed(patch: dict[str, Any]) -> str:
    """The fields a patch touches, for people: `spec.replicas, spec.template.spec.containers`."""
    found: list[str] = []
    _walk(patch, "", found)
    shown = ", ".join(found[:4])
    return f"{shown} and {len(found) - 4} more changed" if len(found) > 4 else f"{shown} changed"


def _walk(value: Any, path: str, found: list[str]) -> None:
    if isinstance(value, dict) and value:
        for key, item in value.items():
            if key.startswith("$"):
                continue
            _walk(item, f"{path}.{key}" if path else key, found)
    elif path and path not in found:
        found.append(path)
