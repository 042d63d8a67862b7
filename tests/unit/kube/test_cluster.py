"""Plan, execute, delete and own, on a server in memory."""

from __future__ import annotations

from typing import Any

import pytest

from charthouse.actions.ports import ApplyOptions, Operation, Progress
from charthouse.k8s.objects import ObjectRef, Resource
from charthouse.kube.cluster import Cluster
from charthouse.kube.errors import ApplyFailed, KubeError, OwnershipConflict, Unreachable
from charthouse.kube.managed import upgrade_patch
from charthouse.logs import LogRecord
from tests.unit.kube.fakes import FakeClient, FakeClock, api_error, ref

SERVER_SIDE = ApplyOptions(release="r", release_namespace="ns")
CLIENT_SIDE = ApplyOptions(release="r", release_namespace="ns", server_side=False)
WIDGET_CHANGES = (
    "metadata.labels.app.kubernetes.io/managed-by, metadata.annotations.meta.helm.sh/release-name, "
    "metadata.annotations.meta.helm.sh/release-namespace, spec changed"
)
OWNED = {
    "labels": {"app.kubernetes.io/managed-by": "Helm"},
    "annotations": {"meta.helm.sh/release-name": "r", "meta.helm.sh/release-namespace": "ns"},
}


class Setting:
    """A cluster in memory and what was told."""

    def __init__(self) -> None:
        self.client = FakeClient()
        self.clock = FakeClock()
        self.logged: list[LogRecord] = []
        self.told: list[Progress] = []
        self.cluster = Cluster(self.client, log=self.logged.append, clock=self.clock)

    def run(self, plan: list[Operation], options: ApplyOptions) -> tuple[list[str], list[str], list[str]]:
        done = self.cluster.execute(plan, options, self.told.append)
        return names(done.created), names(done.updated), names(done.deleted)


@pytest.fixture
def setting() -> Setting:
    return Setting()


def names(resources: Any) -> list[str]:
    return [str(resource.ref) for resource in resources]


def thing(kind: str, name: str, **fields: Any) -> Resource:
    where = ref(kind, name)
    meta = {"name": name, **({"namespace": where.namespace} if where.namespace else {}), **fields.pop("meta", {})}
    return Resource(where, {"apiVersion": where.type.api_version, "kind": kind, "metadata": meta, **fields})


def actions(plan: list[Operation]) -> list[tuple[str, str]]:
    return [(step.action, str(step.resource.ref)) for step in plan]


def test_update_plan_server_side(setting: Setting) -> None:
    old = [thing("ConfigMap", "a"), thing("ConfigMap", "gone"), thing("Service", "kept"), thing("Pod", "absent")]
    new = [thing("Service", "s"), thing("ConfigMap", "a", data={"x": "y"})]
    for resource in old[:3]:
        setting.client.put(resource.ref, resource.object)
    keep = {"annotations": {"helm.sh/resource-policy": "keep"}}
    setting.client.put(old[2].ref, {**old[2].object, "metadata": keep})
    plan = setting.cluster.plan(old, new, SERVER_SIDE)
    assert actions(plan) == [
        ("create", "Service/ns/s"),
        ("apply", "ConfigMap/ns/a"),
        ("delete", "ConfigMap/ns/gone"),
        ("keep", "Service/ns/kept"),
    ]
    assert setting.client.log == [], "planning writes nothing"
    assert plan[1].body["metadata"] == {"name": "a", "namespace": "ns", **OWNED}
    assert setting.run(plan, SERVER_SIDE) == (["Service/ns/s"], ["ConfigMap/ns/a"], ["ConfigMap/ns/gone"])
    assert setting.client.log == [
        ("apply", "Service/ns/s", "helm", "Strict", False),
        ("apply", "ConfigMap/ns/a", "helm", "Strict", False),
        ("delete", "ConfigMap/ns/gone", "Background"),
    ]
    assert [(p.subject, p.state, p.done, p.total) for p in setting.told] == [
        ("Service/ns/s", "created", 1, 4),
        ("ConfigMap/ns/a", "updated", 2, 4),
        ("ConfigMap/ns/gone", "deleted", 3, 4),
        ("Service/ns/kept", "kept", 4, 4),
    ]


def test_update_plan_client_side(setting: Setting) -> None:
    old = [thing("ConfigMap", "a", data={"x": "1", "y": "2"}), thing("ConfigMap", "same"), thing("Widget", "w", spec=1)]
    new = [thing("ConfigMap", "a", data={"x": "9"}), thing("ConfigMap", "same"), thing("Widget", "w", spec=2)]
    for resource in old:
        setting.client.put(resource.ref, {**resource.object, "metadata": OWNED})
    plan = setting.cluster.plan(old, new, CLIENT_SIDE)
    assert [(step.action, step.patch_type, step.reason) for step in plan] == [
        ("patch", "application/strategic-merge-patch+json", "data.y, data.x changed"),
        ("unchanged", None, "nothing changed"),
        ("patch", "application/merge-patch+json", WIDGET_CHANGES),
    ]
    assert plan[0].body == {"data": {"x": "9", "y": None}}
    assert plan[2].body["spec"] == 2
    setting.run(plan, CLIENT_SIDE)
    assert setting.client.objects[old[0].ref.path]["data"] == {"x": "9"}
    assert [entry[0] for entry in setting.client.log] == ["strategic-merge", "merge"]


def test_an_object_that_was_not_ours_is_the_base_of_its_patch(setting: Setting) -> None:
    resource = thing("ConfigMap", "a", data={"x": "1"})
    setting.client.put(resource.ref, {"data": {"z": "3"}})
    plan = setting.cluster.plan([], [resource], CLIENT_SIDE)
    assert plan[0].body["data"] == {"x": "1", "z": None}
    assert [record.message for record in setting.logged] == [
        "resource exists on cluster but not in original release, using cluster state as baseline"
    ]


def test_replace_is_conditional_on_what_was_seen(setting: Setting) -> None:
    resource = thing("ConfigMap", "a", data={"x": "1"})
    setting.client.put(resource.ref, {})
    options = ApplyOptions(release="r", release_namespace="ns", server_side=False, force_replace=True)
    setting.run(setting.cluster.plan([resource], [resource], options), options)
    assert setting.client.log == [("replace", "ConfigMap/ns/a", "helm", "Strict", "1")]


def test_generated_names(setting: Setting) -> None:
    where = ObjectRef(ref("Job", "x").type, "ns", "")
    resource = Resource(where, {"metadata": {"generateName": "j-", "namespace": "ns"}})
    plan = setting.cluster.plan([], [resource], CLIENT_SIDE)
    assert setting.run(plan, CLIENT_SIDE)[0] == ["Job/ns/j-x7k2p"]


def test_first_install_creates_everything_and_joins_errors(setting: Setting) -> None:
    resources = [thing("ConfigMap", "a"), thing("ConfigMap", "b"), thing("Service", "c")]
    setting.client.fail("patch", resources[0].ref, api_error(422, "Invalid", "a is bad"))
    setting.client.fail("patch", resources[2].ref, api_error(409, "Conflict", "c is theirs"))
    plan = [Operation("create", r, patch_type="application/apply-patch+yaml", body=r.object) for r in resources]
    with pytest.raises(ApplyFailed) as caught:
        setting.run(plan, SERVER_SIDE)
    assert str(caught.value) == (
        "server-side apply failed for object ns/a /v1, Kind=ConfigMap: a is bad\n"
        "conflict occurred while applying object ns/c /v1, Kind=Service: c is theirs"
    )
    assert names(caught.value.result.created) == ["ConfigMap/ns/a", "ConfigMap/ns/b", "Service/ns/c"]
    assert setting.client.objects[resources[1].ref.path]["metadata"]["labels"] == OWNED["labels"]


def test_quota_conflicts_are_tried_again(setting: Setting) -> None:
    resource = thing("ConfigMap", "a")
    text = 'Operation cannot be fulfilled on resourcequotas "q": the object has been modified'
    setting.client.fail("patch", resource.ref, *[api_error(409, "Conflict", text)] * 3)
    plan = [Operation("create", resource, patch_type="application/apply-patch+yaml")]
    assert setting.run(plan, SERVER_SIDE)[0] == ["ConfigMap/ns/a"]
    assert setting.clock.slept == [0.01, 0.01, 0.01]


def test_a_failed_create_ends_an_update(setting: Setting) -> None:
    new = [thing("ConfigMap", "a"), thing("Service", "b")]
    setting.client.put(new[1].ref, {})
    setting.client.fail("create", new[0].ref, api_error(403, "Forbidden", "no"))
    with pytest.raises(ApplyFailed) as caught:
        setting.run(setting.cluster.plan([new[1]], new, CLIENT_SIDE), CLIENT_SIDE)
    assert str(caught.value) == "failed to create resource: no"
    assert setting.client.log == [("create", "ConfigMap/ns/a", "helm", "")]


def test_errors_of_updates_are_collected_and_nothing_is_deleted(setting: Setting) -> None:
    old = [thing("ConfigMap", "a"), thing("ConfigMap", "b"), thing("ConfigMap", "c")]
    for resource in old:
        setting.client.put(resource.ref, {})
    new = [thing("ConfigMap", "a", data={"x": "1"}), thing("ConfigMap", "b", data={"x": "1"})]
    for resource in new:
        setting.client.fail("patch", resource.ref, api_error(422, "Invalid", f"{resource.name} is bad"))
    with pytest.raises(ApplyFailed) as caught:
        setting.run(setting.cluster.plan(old, new, CLIENT_SIDE), CLIENT_SIDE)
    assert str(caught.value) == (
        'cannot patch "a" with kind ConfigMap: a is bad && cannot patch "b" with kind ConfigMap: b is bad'
    )
    assert old[2].ref.path in setting.client.objects


def test_failed_deletions_are_told(setting: Setting) -> None:
    old = [thing("ConfigMap", "a")]
    setting.client.put(old[0].ref, {})
    setting.client.fail("delete", old[0].ref, api_error(403, "Forbidden", "no"))
    with pytest.raises(ApplyFailed) as caught:
        setting.run(setting.cluster.plan(old, [], SERVER_SIDE), SERVER_SIDE)
    assert str(caught.value) == "failed to delete resource namespace=ns, name=a, kind=ConfigMap: no"


def test_a_server_without_server_side_apply(setting: Setting) -> None:
    resource = thing("ConfigMap", "a")
    setting.client.fail("patch", resource.ref, api_error(415, "UnsupportedMediaType", "what?"))
    with pytest.raises(ApplyFailed, match="server-side apply not available on the server: what"):
        setting.run([Operation("create", resource, patch_type="application/apply-patch+yaml")], SERVER_SIDE)


def test_fields_are_handed_over(setting: Setting) -> None:
    resource = thing("ConfigMap", "a")
    fields = {"manager": "helm", "operation": "Update", "apiVersion": "v1", "fieldsV1": {"f:data": {}}}
    setting.client.put(resource.ref, {"metadata": {"managedFields": [fields]}})
    options = ApplyOptions(release="r", release_namespace="ns", csa_to_ssa=True)
    setting.run(setting.cluster.plan([resource], [resource], options), options)
    assert [entry[0] for entry in setting.client.log] == ["json", "apply"]


def entry(manager: str, operation: str, fields: dict[str, Any], version: str = "v1", **more: str) -> dict[str, Any]:
    return {"manager": manager, "operation": operation, "apiVersion": version, "fieldsV1": fields, **more}


def test_managed_fields() -> None:
    update = entry("helm", "Update", {"f:a": {}, "f:b": {"f:c": {}}})
    apply = entry("helm", "Apply", {"f:a": {"f:d": {}}, "f:e": {}})
    status = entry("helm", "Update", {"f:status": {}}, subresource="status")
    other = entry("x", "Update", {"f:z": {}})

    def patched(*entries: dict[str, Any]) -> Any:
        patch = upgrade_patch({"metadata": {"managedFields": list(entries), "resourceVersion": "7"}}, "helm")
        if not patch:
            return None
        assert patch[1] == {"op": "replace", "path": "/metadata/resourceVersion", "value": "7"}
        return patch[0]["value"]

    assert patched(apply, other, status) is None
    assert patched() is None
    assert patched(other, update, status) == [other, {**update, "operation": "Apply"}, status]
    union: dict[str, Any] = {"f:a": {".": {}, "f:d": {}}, "f:e": {}, "f:b": {"f:c": {}}}
    assert patched(apply, update, other) == [{**apply, "fieldsV1": union}, other]
    assert patched(apply, {**update, "apiVersion": "v2"}) == [apply]


def test_ownership(setting: Setting) -> None:
    resource = thing("ConfigMap", "a")
    assert setting.cluster.check_ownership([resource], SERVER_SIDE) == []
    setting.client.put(resource.ref, {"metadata": {**OWNED}})
    assert setting.cluster.check_ownership([resource], SERVER_SIDE) == [resource]
    theirs = {"labels": {}, "annotations": {**OWNED["annotations"], "meta.helm.sh/release-name": "other"}}
    setting.client.put(resource.ref, {"metadata": theirs})
    with pytest.raises(OwnershipConflict) as caught:
        setting.cluster.check_ownership([resource], SERVER_SIDE)
    assert str(caught.value) == (
        'ConfigMap "a" in namespace "ns" exists and cannot be imported into the current release: invalid ownership '
        'metadata; label validation error: missing key "app.kubernetes.io/managed-by": must be set to "Helm"; '
        'annotation validation error: key "meta.helm.sh/release-name" must equal "r": current value is "other"'
    )
    assert "release `other`" in caught.value.hint
    taking = ApplyOptions(release="r", release_namespace="ns", take_ownership=True)
    assert setting.cluster.check_ownership([resource], taking) == [resource]
    both = thing("ConfigMap", "a", meta={"generateName": "b"})
    with pytest.raises(KubeError, match="cannot both be set"):
        setting.cluster.check_ownership([both], SERVER_SIDE)
    setting.client.fail("get", resource.ref, api_error(403, "Forbidden", "no"))
    with pytest.raises(KubeError) as denied:
        setting.cluster.check_ownership([resource], SERVER_SIDE)
    assert str(denied.value) == 'could not get information about the resource ConfigMap "a" in namespace "ns": no'


def test_delete(setting: Setting) -> None:
    mine, kept, theirs = (thing("ConfigMap", name) for name in ("mine", "kept", "theirs"))
    absent, denied = thing("Service", "absent"), thing("Service", "denied")
    notes = {**OWNED["annotations"], "helm.sh/resource-policy": " Keep "}
    setting.client.put(mine.ref, {"metadata": {**OWNED}})
    setting.client.put(kept.ref, {"metadata": {**OWNED, "annotations": notes}})
    setting.client.put(theirs.ref, {})
    setting.client.fail("get", denied.ref, api_error(403, "Forbidden", "no"))
    result = setting.cluster.delete(
        [mine, kept, theirs, absent, denied], propagation="Foreground", release="r", release_namespace="ns",
        progress=setting.told.append,
    )  # fmt: skip
    assert (names(result.deleted), names(result.kept), names(result.foreign), result.errors) == (
        ["ConfigMap/ns/mine", "Service/ns/absent"], ["ConfigMap/ns/kept"], ["ConfigMap/ns/theirs"], ("no",),
    )  # fmt: skip
    assert setting.client.log == [("delete", "ConfigMap/ns/mine", "Foreground")]
    again = setting.cluster.delete(
        [theirs], propagation="Background", release="", release_namespace="", progress=setting.told.append
    )
    assert names(again.deleted) == ["ConfigMap/ns/theirs"]


def test_unreachable(setting: Setting, monkeypatch: pytest.MonkeyPatch) -> None:
    setting.cluster.reachable()

    def refuse() -> None:
        raise Unreachable('Get "http://localhost:8080/version": dial tcp 127.0.0.1:8080: connect: connection refused')

    monkeypatch.setattr(setting.client, "server_version", refuse)
    with pytest.raises(Unreachable, match='kubernetes cluster unreachable: Get "http://localhost:8080/version": dial'):
        setting.cluster.reachable()


def test_what_is_to_be_deleted_is_asked_for_again_while_the_server_fails(setting: Setting) -> None:
    old, new = [thing("ConfigMap", "a"), thing("ConfigMap", "gone")], [thing("ConfigMap", "a")]
    for resource in old:
        setting.client.put(resource.ref, resource.object)
    broken = api_error(500, "InternalError", "etcd is away")
    setting.client.fail("get", old[1].ref, broken, api_error(503, "ServiceUnavailable", "later"))
    plan = setting.cluster.plan(old, new, SERVER_SIDE)
    assert actions(plan) == [("apply", "ConfigMap/ns/a"), ("delete", "ConfigMap/ns/gone")]
    assert setting.clock.slept == [0.1, 0.3]
    setting.client.fail("get", old[1].ref, *[broken] * 5)
    with pytest.raises(KubeError, match="could not get information about the resource: etcd is away"):
        setting.cluster.plan(old, new, SERVER_SIDE)


def test_what_is_to_be_deleted_and_may_not_be_read_is_left_alone(setting: Setting) -> None:
    old, new = [thing("ConfigMap", "a"), thing("ConfigMap", "gone")], [thing("ConfigMap", "a")]
    for resource in old:
        setting.client.put(resource.ref, resource.object)
    setting.client.fail("get", old[1].ref, api_error(403, "Forbidden", "not yours"))
    assert actions(setting.cluster.plan(old, new, SERVER_SIDE)) == [("apply", "ConfigMap/ns/a")]
    assert setting.clock.slept == []
