"""A cluster in memory that knows every kind of a Tiller, applies on the server's side, and keeps field managers."""

from __future__ import annotations

from typing import Any

from charthouse.k8s.objects import ObjectRef, ResourceType
from charthouse.k8s.ports import PatchType
from charthouse.kube.errors import UnknownKind
from tests.unit.kube.fakes import FakeClient, api_error

__all__ = ["Client", "subjects"]

_CLUSTERED = ("ClusterRole", "ClusterRoleBinding", "APIService", "Namespace")
_PLURALS = {"NetworkPolicy": "networkpolicies"}


class Client(FakeClient):
    """cert_manager: whether its kinds are there."""

    def __init__(self, *, cert_manager: bool = False) -> None:
        super().__init__()
        self.cert_manager = cert_manager

    def api_versions(self) -> tuple[str, ...]:
        found = ("apps/v1", "v1")
        return (*found, "cert-manager.io/v1/Certificate") if self.cert_manager else found

    def resource_type(self, api_version: str, kind: str) -> ResourceType:
        if api_version.startswith("cert-manager.io") and not self.cert_manager:
            raise UnknownKind(api_version, kind)
        plural = _PLURALS.get(kind, kind.lower() + "s")
        return ResourceType(api_version, kind, plural, kind not in _CLUSTERED)

    def replace(
        self, ref: ObjectRef, body: dict[str, Any], *, field_manager: str = "", field_validation: str = "",
        dry_run: bool = False,
    ) -> dict[str, Any]:  # fmt: skip
        """A PUT that says nothing of managedFields adds its own entry to them."""
        before = self.objects[ref.path]["metadata"].get("managedFields", [])
        mine = {"manager": field_manager, "operation": "Update", "fieldsV1": {"f:spec": {}}}
        super().replace(ref, body, field_manager=field_manager)
        self.objects[ref.path]["metadata"]["managedFields"] = [*before, mine]
        return self.get(ref)

    def ref(self, api_version: str, kind: str, name: str, namespace: str = "") -> ObjectRef:
        return ObjectRef(self.resource_type(api_version, kind), namespace, name)

    def list(
        self, type: ResourceType, namespace: str = "", *, label_selector: str = "", field_selector: str = "",
        metadata_only: bool = False, limit: int = 0,
    ) -> list[dict[str, Any]]:  # fmt: skip
        spaces = {namespace} if namespace else {body["metadata"].get("namespace", "") for body in self.objects.values()}
        found = []
        for space in sorted(spaces):
            found += [body for body in super().list(type, space, label_selector=label_selector) if body not in found]
        return [body for body in found if body["kind"] == type.kind]

    def patch(
        self, ref: ObjectRef, body: Any, *, type: PatchType, field_manager: str = "", force: bool | None = None,
        field_validation: str = "", dry_run: bool = False,
    ) -> dict[str, Any]:  # fmt: skip
        if type == "application/json-patch+json":
            live = self.get(ref)
            for operation in body:
                live["metadata"][operation["path"].rpartition("/")[2]] = operation["value"]
            return self.put(ref, live)
        self._check("patch", ref)
        live = self.objects.get(ref.path, {"metadata": {}})
        meta = {**live["metadata"], **body["metadata"]}
        applied = {"manager": field_manager, "operation": "Apply"}
        meta["managedFields"] = [*(entry for entry in meta.get("managedFields", []) if entry != applied), applied]
        after = {**live, **body, "metadata": meta}
        if dry_run:
            return after
        self.log.append(("apply", str(ref), field_manager, force))
        return self.put(ref, after)

    def refuse_conflict(self, ref: ObjectRef) -> None:
        self.fail("patch", ref, api_error(409, "Conflict", "Apply failed with 1 conflict"))


def subjects(client: FakeClient) -> list[str]:
    """What there is, `Kind namespace/name` each, sorted."""
    found = []
    for body in client.objects.values():
        where = body["metadata"].get("namespace", "")
        found.append(f"{body['kind']} {where}{'/' if where else ''}{body['metadata']['name']}")
    return sorted(found)
