"""What is to be done to the cluster, decided before anything is: one step an object.

Objects are applied on the server's side under the field manager `charthouse-init`; whether that would change one is
asked of the server itself (a dry run). What is somebody else's is not touched, save what Helm 2's Tiller left, by
``--upgrade``.
"""

from __future__ import annotations

from charthouse.k8s.objects import ObjectRef
from charthouse.k8s.ports import ApiError
from charthouse.records import Record
from charthouse.tiller.installation.errors import NotOurs
from charthouse.tiller.installation.options import MANAGER
from charthouse.tiller.installation.predecessor import is_ours, release_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from charthouse.k8s.ports import KubeClient

__all__ = ["Step", "plan", "plan_pruning", "subject"]


class Step(Record):
    """action: create | update | replace | unchanged | delete. body: what is applied (for delete: what is there);
    live: what is there."""

    action: str
    ref: ObjectRef
    body: dict[str, Any]
    live: dict[str, Any] | None = None

    @property
    def subject(self) -> str:
        """`Kind namespace/name`, or `Kind name`."""
        return subject(self.body)


def subject(body: dict[str, Any]) -> str:
    meta = body["metadata"]
    where = f"{meta['namespace']}/" if meta.get("namespace") else ""
    return f"{body['kind']} {where}{meta['name']}"


def plan(
    client: KubeClient, objects: Iterable[dict[str, Any]], *, adopt: bool = False, force: bool = False
) -> list[Step]:
    """adopt: take over what is there and belongs to no release; force: take over fields of other managers.

    Raises NotOurs, ApiError (with a hint for conflicts), UnknownKind.
    """
    return [_step(client, body, adopt=adopt, force=force) for body in objects]


def _step(client: KubeClient, body: dict[str, Any], *, adopt: bool, force: bool) -> Step:
    type = client.resource_type(body["apiVersion"], body["kind"])
    ref = ObjectRef(type, body["metadata"].get("namespace", ""), body["metadata"]["name"])
    try:
        live = client.get(ref)
    except ApiError as error:
        if error.reason != "NotFound":
            raise
        return Step("create", ref, body)
    if not is_ours(live):
        if body["kind"] == "ServiceAccount":  # what somebody made for Tiller serves, and stays theirs
            return Step("unchanged", ref, body, live)
        _check_adoption(body, live, adopt=adopt)
        return Step("replace" if body["kind"] == "Deployment" else "update", ref, body, live)
    _check_namespace(body, live)
    return Step("update" if _changes(client, ref, body, live, force=force) else "unchanged", ref, body, live)


def plan_pruning(made: Iterable[Step], steps: Iterable[Step]) -> list[Step]:
    """Those of the objects `init` made before (``removal.made``) that are wanted no longer.

    Secrets and ConfigMaps stay: what is in them cannot be made again.
    """
    wanted = {step.subject for step in steps}
    kept = ("Secret", "ConfigMap")
    return [step for step in made if step.subject not in wanted and step.body["kind"] not in kept]


def _check_adoption(body: dict[str, Any], live: dict[str, Any], *, adopt: bool) -> None:
    release = release_of(live)
    if release:
        hint = f"upgrade that release with the chart tiller, or uninstall it first: helm uninstall {release}"
        raise NotOurs(subject(body), f'belongs to the release "{release}"', hint=hint)
    if not adopt:
        raise NotOurs(subject(body), "was not made by `charthouse init`", hint="--upgrade takes it over")


def _check_namespace(body: dict[str, Any], live: dict[str, Any]) -> None:
    label = "tiller.charthouse.dev/namespace"
    mine, theirs = (one["metadata"]["labels"].get(label, "") for one in (body, live))
    if mine != theirs:
        raise NotOurs(
            subject(body),
            f"belongs to the Tiller in namespace {theirs}",
            hint=f"a cluster has one of these: charthouse reset --tiller-namespace {theirs} removes it",
        )


def _changes(client: KubeClient, ref: ObjectRef, body: dict[str, Any], live: dict[str, Any], *, force: bool) -> bool:
    try:
        after = client.patch(
            ref, body, type="application/apply-patch+yaml", field_manager=MANAGER, force=force, dry_run=True
        )
    except ApiError as error:
        if error.reason == "Conflict" and not error.hint:
            error.explain = lambda: "--force-conflicts takes the fields over"
        raise
    return _essence(after) != _essence(live)


def _essence(body: dict[str, Any]) -> dict[str, Any]:
    """An object without what every write changes."""
    volatile = ("managedFields", "resourceVersion", "generation")
    meta = {key: value for key, value in body["metadata"].items() if key not in volatile}
    return {**body, "metadata": meta}
