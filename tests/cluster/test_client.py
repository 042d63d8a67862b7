"""The client, plans and waits against living API servers, and through a relay that loses answers."""

from __future__ import annotations

import os
import threading
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from charthouse.actions.ports import ApplyOptions, WaitOptions
from charthouse.k8s.objects import ObjectRef
from charthouse.k8s.ports import ApiError
from charthouse.kube.client import Client
from charthouse.kube.cluster import Cluster
from charthouse.kube.connect import ConnectConfig, connect, resolve
from charthouse.kube.errors import BuildError, UnknownKind, WaitFailed
from charthouse.kube.kubeconfig import Overrides
from tests.cluster.conftest import RunningCluster
from tests.cluster.relay import Relay, relay

WEB = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: REPLICAS
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: a, image: "web:TAG", ports: [{containerPort: 80}]}]}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 80}]}
"""
CONFIG = "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: web}\ndata: {a: b}\n"
JOB = """---
apiVersion: batch/v1
kind: Job
metadata: {name: task}
spec: {template: {spec: {restartPolicy: Never, containers: [{name: a, image: task}]}}}
"""


def config_of(cluster: RunningCluster, *, cache: str = "", server: str = "", context: str = "") -> ConnectConfig:
    environ = {**os.environ, "KUBECONFIG": str(cluster.kubeconfig)}
    return ConnectConfig(environ=environ, cache_folder=cache, overrides=Overrides(server=server, context=context))


@pytest.fixture
def client(cluster: RunningCluster) -> Iterator[Client]:
    found = connect(config_of(cluster))
    yield found
    found.close()


@pytest.fixture
def namespace(client: Client) -> Iterator[str]:
    name = f"client-{uuid.uuid4().hex[:8]}"
    ref = ObjectRef(client.resource_type("v1", "Namespace"), "", name)
    client.create(ref, {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
    yield name
    client.delete(ref)


def config_map(client: Client, namespace: str, name: str = "a") -> ObjectRef:
    return ObjectRef(client.resource_type("v1", "ConfigMap"), namespace, name)


def body(ref: ObjectRef, **data: str) -> dict[str, object]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": ref.name}, "data": data}


def test_one_object(client: Client, namespace: str) -> None:
    ref = config_map(client, namespace)
    with pytest.raises(ApiError) as absent:
        client.get(ref)
    assert (absent.value.code, absent.value.reason, str(absent.value)) == (
        404,
        "NotFound",
        'configmaps "a" not found',
    )
    made = client.create(ref, body(ref, x="1"), field_manager="helm")
    assert made["metadata"]["managedFields"][0]["manager"] == "helm"
    with pytest.raises(ApiError) as again:
        client.create(ref, body(ref))
    assert (again.value.reason, str(again.value)) == ("AlreadyExists", 'configmaps "a" already exists')
    assert client.patch(ref, {"data": {"y": "2"}}, type="application/merge-patch+json")["data"] == {"x": "1", "y": "2"}
    step = [{"op": "remove", "path": "/data/x"}]
    assert client.patch(ref, step, type="application/json-patch+json")["data"] == {"y": "2"}
    applied = client.patch(ref, body(ref, z="3"), type="application/apply-patch+yaml", field_manager="helm", force=True)
    assert applied["data"] == {"y": "2", "z": "3"}
    assert client.replace(ref, {**applied, "data": {"only": "this"}})["data"] == {"only": "this"}
    with pytest.raises(ApiError) as stale:
        client.replace(ref, applied)
    assert stale.value.reason == "Conflict"
    dry = config_map(client, namespace, "dry")
    assert client.create(dry, body(dry), dry_run=True)["metadata"]["name"] == "dry"
    assert client.list(ref.type, namespace, field_selector="metadata.name=dry") == []
    client.delete(ref)
    with pytest.raises(ApiError):
        client.get(ref)


def test_unknown_fields_are_refused(client: Client, namespace: str) -> None:
    ref = config_map(client, namespace)
    with pytest.raises(ApiError) as caught:
        client.create(ref, {**body(ref), "nonsense": 1}, field_validation="Strict")
    assert 'unknown field "nonsense"' in str(caught.value)


def test_lists(client: Client, namespace: str) -> None:
    kind = client.resource_type("v1", "ConfigMap")
    for number in range(5):
        ref = ObjectRef(kind, namespace, f"n{number}")
        labels = {"even": str(number % 2 == 0).lower()}
        client.create(ref, {**body(ref), "metadata": {"name": ref.name, "labels": labels}})
    even = client.list(kind, namespace, label_selector="even=true")
    assert [item["metadata"]["name"] for item in even] == ["n0", "n2", "n4"]
    assert even[0]["kind"] == "ConfigMap" and even[0]["apiVersion"] == "v1"
    light = client.list(kind, namespace, label_selector="even", metadata_only=True)
    assert len(light) == 5 and "data" not in light[0]
    assert len(client.list(kind, namespace, label_selector="even", limit=2)) == 2


def test_watch(client: Client, namespace: str) -> None:
    ref = config_map(client, namespace)
    version = client.create(ref, body(ref))["metadata"]["resourceVersion"]

    def change() -> None:
        client.patch(ref, {"data": {"x": "1"}}, type="application/merge-patch+json")
        client.delete(ref)

    timer = threading.Timer(0.2, change)
    timer.start()
    events = []
    for event in client.watch(ref.type, namespace, resource_version=version, timeout=10):
        if event.object["metadata"].get("name") == ref.name:
            events.append(event.type)
        if event.type == "DELETED":
            break
    assert events == ["MODIFIED", "DELETED"]


def test_discovery(client: Client, cluster: RunningCluster, tmp_path: Path) -> None:
    assert client.server_version().major == "1"
    versions = client.api_versions()
    assert {"v1", "v1/Pod", "apps/v1", "apps/v1/Deployment", "batch/v1/Job"} <= set(versions)
    assert client.resource_type("apps/v1", "Deployment").plural == "deployments"
    with pytest.raises(UnknownKind) as caught:
        client.resource_type("example.com/v1", "Nothing")
    assert str(caught.value) == 'no matches for kind "Nothing" in version "example.com/v1"'
    folder = tmp_path / "discovery"
    first = connect(config_of(cluster, cache=str(folder)))
    kind = first.resource_type("apps/v1", "Deployment")
    (stored,) = folder.iterdir()
    assert stored.stat().st_mode & 0o077 == 0
    assert connect(config_of(cluster, cache=str(folder))).resource_type("apps/v1", "Deployment") == kind
    stored.write_bytes(b'{"format":2,"ty')
    assert connect(config_of(cluster, cache=str(folder))).resource_type("apps/v1", "Deployment") == kind


def test_a_new_kind_is_found_at_once(client: Client, cluster: RunningCluster, tmp_path: Path) -> None:
    group = f"g{uuid.uuid4().hex[:8]}.example.com"
    cached = connect(config_of(cluster, cache=str(tmp_path)))
    cached.resource_type("v1", "Pod")
    cached = connect(config_of(cluster, cache=str(tmp_path)))
    cached.resource_type("v1", "Pod")
    crd = {
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": {"name": f"things.{group}"},
        "spec": {
            "group": group, "scope": "Namespaced",
            "names": {"kind": "Thing", "plural": "things", "singular": "thing", "listKind": "ThingList"},
            "versions": [
                {
                    "name": "v1", "served": True, "storage": True,
                    "schema": {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}},
                }
            ],
        },
    }  # fmt: skip
    kind = cached.resource_type("apiextensions.k8s.io/v1", "CustomResourceDefinition")
    ref = ObjectRef(kind, "", f"things.{group}")
    cached.create(ref, crd)
    try:
        cluster_ = Cluster(cached)
        resources = cluster_.build(__import__("json").dumps(crd), "default")
        cluster_.wait(resources, WaitOptions("watcher", 30), lambda p: None)
        cached.forget_discovery()
        assert cached.resource_type(f"{group}/v1", "Thing").plural == "things"
    finally:
        cached.delete(ref)


@pytest.mark.parametrize("server_side", [True, False])
def test_a_release_from_first_to_last(client: Client, namespace: str, server_side: bool) -> None:
    cluster = Cluster(client)
    options = ApplyOptions(release="r", release_namespace=namespace, server_side=server_side)
    states: list[str] = []
    first = cluster.build(WEB.replace("REPLICAS", "2").replace("TAG", "1") + CONFIG, namespace)
    cluster.execute(cluster.plan([], first, options), options, lambda p: states.append(p.state))
    assert states == ["created"] * 3
    cluster.wait(first, WaitOptions("watcher", 60), lambda p: None)
    assert cluster.check_ownership(first, options) == first
    second = cluster.build(WEB.replace("REPLICAS", "3").replace("TAG", "2") + JOB, namespace)
    plan = cluster.plan(first, second, options)
    verb = "apply" if server_side else "patch"
    assert [step.action for step in plan] == [verb, "apply" if server_side else "unchanged", "create", "delete"]
    cluster.execute(plan, options, lambda p: None)
    cluster.wait(second, WaitOptions("legacy", 60, jobs=True), lambda p: None)
    cluster.wait(second, WaitOptions("watcher", 60, jobs=True), lambda p: None)
    cluster.wait_hook(second[2:], WaitOptions("watcher", 60), lambda p: None)
    live = client.get(second[0].ref)
    assert (live["status"]["readyReplicas"], live["spec"]["template"]["spec"]["containers"][0]["image"]) == (3, "web:2")
    again = {step.action for step in cluster.plan(second, second, options)}
    assert again == ({"apply"} if server_side else {"unchanged"})
    result = cluster.delete(
        second, propagation="Background", release="r", release_namespace=namespace, progress=lambda p: None
    )
    assert (len(result.deleted), result.errors) == (3, ())
    cluster.wait_deleted(second, WaitOptions("watcher", 60), lambda p: None)


def test_from_client_side_to_server_side(client: Client, namespace: str) -> None:
    cluster = Cluster(client)
    before = ApplyOptions(release="r", release_namespace=namespace, server_side=False)
    after = ApplyOptions(release="r", release_namespace=namespace, csa_to_ssa=True)
    old = cluster.build(CONFIG, namespace)
    new = cluster.build(CONFIG.replace("{a: b}", "{c: d}"), namespace)
    cluster.execute(cluster.plan([], old, before), before, lambda p: None)
    cluster.execute(cluster.plan(old, new, after), after, lambda p: None)
    live = client.get(new[0].ref)
    assert live["data"] == {"c": "d"}, "what client-side apply owned is gone with it"
    fields = live["metadata"]["managedFields"]
    assert [(entry["manager"], entry["operation"]) for entry in fields] == [("helm", "Apply")]


def test_waiting_in_vain_says_why(client: Client, namespace: str) -> None:
    work = Cluster(client)
    claim = "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: disk}\nspec: {storageClassName: none, "
    claim += "accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}\n"
    resources = work.build(claim, namespace)
    options = ApplyOptions(release="r", release_namespace=namespace)
    work.execute(work.plan([], resources, options), options, lambda p: None)
    with pytest.raises(WaitFailed) as caught:
        work.wait(resources, WaitOptions("watcher", 1), lambda p: None)
    assert str(caught.value) == (
        f"resource PersistentVolumeClaim/{namespace}/disk not ready. status: InProgress, message: PVC is not Bound. "
        "phase: Pending\ncontext deadline exceeded"
    )


def test_unknown_kinds_in_a_manifest(client: Client) -> None:
    with pytest.raises(BuildError) as caught:
        Cluster(client).build("apiVersion: foo.bar/v1\nkind: Foo\nmetadata: {name: x}\n", "default")
    assert str(caught.value) == (
        'resource mapping not found for name: "x" namespace: "" from "": no matches for kind "Foo" in version '
        '"foo.bar/v1"\nensure CRDs are installed first'
    )


# lost answers


@pytest.fixture
def between(cluster: RunningCluster) -> Iterator[Relay]:
    access = resolve(config_of(cluster))
    with relay(access.server, access.token) as found:
        yield found


@pytest.fixture
def shaky(cluster: RunningCluster, between: Relay) -> Iterator[Client]:
    found = connect(config_of(cluster, server=between.url))
    yield found
    found.close()


def test_reads_survive(shaky: Client, between: Relay, namespace: str) -> None:
    between.once("GET", ("before", 0, ""), "/version")
    between.once("GET", ("before", 503, "etcd is away"), "/version")
    assert shaky.server_version().major == "1"
    assert [path for _, path in between.seen].count("/version") == 3


def test_a_create_whose_answer_was_lost_is_recognised(shaky: Client, between: Relay, namespace: str) -> None:
    ref = config_map(shaky, namespace)
    between.once("POST", ("after", 0, ""))
    assert shaky.create(ref, body(ref, x="1"))["data"] == {"x": "1"}
    assert [method for method, _ in between.seen].count("POST") == 2


def test_somebody_elses_object_is_not_taken_for_ours(shaky: Client, between: Relay, namespace: str) -> None:
    ref = config_map(shaky, namespace)
    shaky.create(ref, body(ref, x="theirs"))
    between.once("POST", ("before", 0, ""))
    with pytest.raises(ApiError) as caught:
        shaky.create(ref, body(ref, x="ours"))
    assert caught.value.reason == "AlreadyExists"


def test_leader_changes_and_webhooks(shaky: Client, between: Relay, namespace: str) -> None:
    ref = config_map(shaky, namespace)
    between.once("POST", ("before", 500, "etcdserver: leader changed"))
    shaky.create(ref, body(ref))
    text = 'Internal error occurred: failed calling webhook "x": context deadline exceeded'
    between.once("PATCH", ("before", 500, text))
    shaky.patch(ref, {"data": {"a": "b"}}, type="application/merge-patch+json")
    between.once("DELETE", ("before", 429, "too many requests"))
    shaky.delete(ref)


def test_real_refusals_are_not_repeated(shaky: Client, between: Relay, namespace: str) -> None:
    ref = config_map(shaky, namespace)
    between.once("PATCH", ("before", 500, "something is wrong"))
    with pytest.raises(ApiError, match="something is wrong"):
        shaky.patch(ref, {"data": {"a": "b"}}, type="application/merge-patch+json")
    assert [method for method, _ in between.seen].count("PATCH") == 1


def test_many_threads_share_connections(client: Client, namespace: str) -> None:
    errors: list[BaseException] = []

    def work(number: int) -> None:
        try:
            ref = config_map(client, namespace, f"t{number}")
            for _ in range(3):
                client.create(ref, body(ref))
                client.get(ref)
                client.delete(ref)
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
