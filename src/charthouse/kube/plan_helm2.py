"""What Tiller does to get from one manifest to another, as data. Pure: live objects are given.

Rules: helm v2.17.0 ``pkg/kube/client.go`` (``UpdateWithOptions``, ``createPatch``, ``updateResource``),
``resource_policy.go``. The patch is made of the last manifest and the new one, never of the living object: what
somebody changed in the cluster stays, and no difference is no request. A kind Helm 2 was built with
(``k8s.kinds_helm2``) is patched strategically, any other by a JSON merge patch. A resource policy of any value but
`delete` keeps an object.
"""

from __future__ import annotations

from charthouse.actions.ports import Operation
from charthouse.k8s.kinds_helm2 import is_known
from charthouse.k8s.schema import is_builtin
from charthouse.kube.errors import KubeError
from charthouse.kube.ownership import RESOURCE_POLICY
from charthouse.kube.plan import UpdatePlan, identity, removed
from charthouse.manifests.helm2 import is_kept

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from charthouse.k8s.objects import Resource
    from charthouse.k8s.ports import PatchType

__all__ = ["REFUSE", "plan_update_helm2", "two_way_patch"]

REFUSE = "refuse"
"""An operation that only says why the update ends here."""
_STRATEGIC: PatchType = "application/strategic-merge-patch+json"
_MERGE: PatchType = "application/merge-patch+json"


def two_way_patch(
    original: dict[str, Any], modified: dict[str, Any], *, api_version: str, kind: str
) -> tuple[dict[str, Any], PatchType]:
    """The patch that leads from one object to the other, {} when they are the same, and its type.

    Raises KubeError (`failed to create patch: …`).
    """
    from charthouse.k8s.patch import PatchError, create_merge_patch, create_strategic_patch

    try:
        if is_known(api_version, kind) and is_builtin(api_version, kind):
            return create_strategic_patch(api_version, kind, original, modified), _STRATEGIC
        return create_merge_patch(original, modified), _MERGE
    except PatchError as error:
        text = f"failed to create patch: failed to create two-way merge patch: {error.message}"
        raise KubeError(text, hint=error.hint) from error


def plan_update_helm2(
    original: Sequence[Resource],
    target: Sequence[Resource],
    live: Callable[[Resource], dict[str, Any] | None],
) -> UpdatePlan:
    """The operations: creates and patches in the order of `target`, then deletions in the order of `original`.

    live: the object as it is, None when there is none. An object that is there without having been in `original` ends
    the update: nothing behind it is done, what stands before it is. A patch that cannot be made is such an end, too,
    but of that object only.
    """
    before: dict[tuple[str, str, str, str], Resource] = {}
    for resource in original:
        before.setdefault(identity(resource), resource)
    found = UpdatePlan()
    for resource in target:
        present = live(resource)
        if present is None:
            found.append(Operation("create", resource, None, resource.object, reason="not in the cluster"))
            continue
        base = before.get(identity(resource))
        if base is None:
            found.append(Operation(REFUSE, resource, present, reason=_foreign(resource)))
            return found
        found.append(_update(resource, base, present))
    for resource in removed(original, target):
        found.append(_removal(resource, live(resource)))
    return found


def _foreign(resource: Resource) -> str:
    return (
        f'kind {resource.kind} with the name "{resource.name}" in "{resource.namespace}" already exists in the cluster '
        "and wasn't defined in the previous release. Before upgrading, please either delete the resource from the "
        "cluster or remove it from the chart"
    )


def _update(resource: Resource, base: Resource, live: dict[str, Any]) -> Operation:
    kind = resource.ref.type
    patch, patch_type = two_way_patch(base.object, resource.object, api_version=kind.api_version, kind=kind.kind)
    if not patch:
        return Operation("unchanged", resource, live, reason="the manifest did not change")
    return Operation("patch", resource, live, patch, patch_type, "the manifest changed")


def _removal(resource: Resource, live: dict[str, Any] | None) -> Operation:
    """Gone or not, Tiller asks for the deletion; the policy it obeys is the living object's."""
    metadata = (live if live is not None else resource.object).get("metadata") or {}
    if is_kept(metadata.get("annotations")):
        return Operation("keep", resource, live, reason=f"annotation {RESOURCE_POLICY}")
    return Operation("delete", resource, live, reason="no longer in the manifest")
