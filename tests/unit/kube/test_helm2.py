"""Tiller's rules: two-way patches, policies, the order of an update, its errors, what is waited for and how long."""

from __future__ import annotations

from typing import Any

import pytest

from charthouse.actions.ports import ApplyOptions, Operation, WaitOptions
from charthouse.k8s.objects import Resource
from charthouse.kube.apply_helm2 import TillerRules
from charthouse.kube.cluster_helm2 import TillerCluster
from charthouse.kube.errors import ApplyFailed, KubeError, WaitFailed
from charthouse.kube.plan_helm2 import two_way_patch
from charthouse.manifests.helm2 import is_kept
from tests.unit.kube.fakes import FakeClient, FakeClock, api_error, ref

OPTIONS = ApplyOptions(server_side=False)


def thing(kind: str, name: str, **fields: Any) -> Resource:
    found = ref(kind, name)
    metadata = {"name": name, "namespace": "ns", **fields.pop("metadata", {})}
    body = {"apiVersion": found.type.api_version, "kind": kind, "metadata": metadata, **fields}
    return Resource(found, body)


class World:
    """A cluster by Tiller's rules over a client in memory."""

    def __init__(self, **rules: bool) -> None:
        self.client = FakeClient()
        self.clock = FakeClock()
        self.cluster = TillerCluster(self.client, rules=TillerRules(**rules), clock=self.clock)

    def put(self, *resources: Resource) -> None:
        for resource in resources:
            self.client.put(resource.ref, resource.object)

    def update(self, original: list[Resource], target: list[Resource]) -> list[tuple[Any, ...]]:
        """What was done, in order."""
        self.client.log.clear()
        plan = self.cluster.plan(original, target, OPTIONS)
        self.cluster.execute(plan, OPTIONS, lambda progress: None)
        return [entry[:2] for entry in self.client.log]


def config(name: str, **data: str) -> Resource:
    return thing("ConfigMap", name, data=data)


def test_an_update() -> None:
    world = World()
    old = [config("a", x="1"), config("same", x="1"), config("gone", x="1")]
    world.put(*old)
    world.client.objects[old[0].ref.path]["data"] = {"x": "edited", "y": "by hand"}
    done = world.update(old, [config("a", x="2"), config("same", x="1"), config("new", x="1")])
    assert done == [
        ("strategic-merge", str(old[0].ref)),
        ("create", str(ref("ConfigMap", "new"))),
        ("delete", str(old[2].ref)),
    ]
    assert world.client.objects[old[0].ref.path]["data"] == {"x": "2", "y": "by hand"}


def test_what_did_not_change_is_not_looked_after() -> None:
    world = World()
    old = config("a", x="1")
    world.put(config("a", x="edited"))
    assert world.update([old], [config("a", x="1")]) == []
    assert world.client.objects[old.ref.path]["data"] == {"x": "edited"}


@pytest.mark.parametrize(
    ("kind", "word"), [("ConfigMap", "strategic-merge"), ("Widget", "merge"), ("Deployment", "strategic-merge")]
)
def test_the_kind_of_patch(kind: str, word: str) -> None:
    world = World()
    world.put(thing(kind, "a", spec={"replicas": 1}))
    done = world.update([thing(kind, "a", metadata={"labels": {"x": "1"}})], [thing(kind, "a")])
    assert done == [(word, str(ref(kind, "a")))]


def test_patches() -> None:
    one = {"spec": {"containers": [{"name": "a", "image": "1"}, {"name": "b"}]}}
    two = {"spec": {"containers": [{"name": "a", "image": "2"}]}}
    patch, kind = two_way_patch(one, two, api_version="v1", kind="Pod")
    assert kind == "application/strategic-merge-patch+json"
    assert patch == {
        "spec": {
            "$setElementOrder/containers": [{"name": "a"}],
            "containers": [{"image": "2", "name": "a"}, {"$patch": "delete", "name": "b"}],
        }
    }
    # Helm 2 knows Kubernetes 1.16: cron jobs became v1 later
    patch, kind = two_way_patch(one, two, api_version="batch/v1", kind="CronJob")
    assert (patch, kind) == (two, "application/merge-patch+json")
    with pytest.raises(KubeError, match="failed to create patch: failed to create two-way merge patch: "):
        two_way_patch({"spec": {"containers": [{"image": "x"}]}}, two, api_version="v1", kind="Pod")


@pytest.mark.parametrize(
    ("policy", "kept"), [(None, False), ("delete", False), ("keep", True), ("", True), ("anything", True)]
)
def test_the_policy_of_the_living_object_counts(policy: str | None, kept: bool) -> None:
    notes = {} if policy is None else {"annotations": {"helm.sh/resource-policy": policy}}
    world = World()
    world.put(thing("ConfigMap", "gone", metadata=notes))
    assert is_kept(notes.get("annotations")) is kept
    plain = thing("ConfigMap", "gone")
    assert bool(world.update([plain], [])) is not kept
    # of one that is not there the manifest's is asked
    away = thing("ConfigMap", "away", metadata=notes)
    assert bool(world.update([away], [])) is not kept


def test_a_foreign_object_ends_the_update() -> None:
    world = World()
    old = [config("a", x="1"), config("z", x="1")]
    world.put(*old, config("foreign"))
    with pytest.raises(ApplyFailed) as caught:
        world.update(old, [config("a", x="2"), config("foreign"), config("z", x="2")])
    assert caught.value.message == (
        'kind ConfigMap with the name "foreign" in "ns" already exists in the cluster and wasn\'t defined in the '
        "previous release. Before upgrading, please either delete the resource from the cluster or remove it from the "
        "chart"
    )
    assert [entry[0] for entry in world.client.log] == ["strategic-merge"]


def test_errors_of_patches_are_collected_and_nothing_is_deleted() -> None:
    world = World()
    old = [config("a", x="1"), config("b", x="1"), config("gone")]
    world.put(*old)
    world.client.fail("patch", old[0].ref, api_error(422, "Invalid", "100% bad"))
    world.client.fail("patch", old[1].ref, api_error(403, "Forbidden", "no"))
    with pytest.raises(ApplyFailed) as caught:
        world.update(old, [config("a", x="2"), config("b", x="2")])
    assert caught.value.message == "100%!b(MISSING)ad && no"
    assert old[2].ref.path in world.client.objects


def test_an_object_that_cannot_be_created_or_read_ends_it() -> None:
    world = World()
    old = [config("a", x="1")]
    world.put(*old)
    world.client.fail("create", ref("ConfigMap", "new"), api_error(403, "Forbidden", "no"))
    with pytest.raises(ApplyFailed, match=r"^failed to create resource: no$"):
        world.update(old, [config("new"), config("a", x="2")])
    world.client.fail("get", old[0].ref, api_error(500, "InternalError", "broken"))
    with pytest.raises(KubeError, match=r"^Could not get information about the resource: broken$"):
        world.update(old, [config("a", x="2")])


def test_deletions_fail_without_a_word() -> None:
    world = World()
    gone = config("gone")
    world.put(gone)
    world.client.fail("delete", gone.ref, api_error(403, "Forbidden", "no"))
    assert [entry[0] for entry in world.update([gone], [config("new")])] == ["create", "delete"]


def test_force_replaces_what_cannot_be_patched() -> None:
    world = World(force=True)
    old = config("a", x="1")
    world.put(old)
    world.client.fail("patch", old.ref, api_error(422, "Invalid", "immutable"))
    done = world.update([old], [config("a", x="2")])
    assert [entry[0] for entry in done] == ["strategic-merge", "delete", "create"]
    assert world.client.objects[old.ref.path]["data"] == {"x": "2"}


@pytest.mark.parametrize(
    ("selector", "deleted"), [({"matchLabels": {"app": "w"}}, ["w1", "w2"]), ({"matchExpressions": []}, [])]
)
def test_recreate_restarts_pods(selector: dict[str, Any], deleted: list[str]) -> None:
    world = World(recreate=True)
    old = thing("Deployment", "w", spec={"selector": selector})
    world.put(old, *(thing("Pod", n, metadata={"labels": {"app": n[0]}}) for n in ("w1", "w2", "x1")))
    done = world.update([old], [thing("Deployment", "w", spec={"selector": selector})])
    assert done == [("delete", str(ref("Pod", name))) for name in deleted]


def test_an_install_makes_everything_and_takes_nothing_over() -> None:
    world = World()
    world.put(config("b"))
    plan = world.cluster.plan([], [config("a"), config("b"), thing("Pod", "c")], OPTIONS)
    assert [step.action for step in plan] == ["create"] * 3
    with pytest.raises(ApplyFailed, match=r'^configmaps "b" already exists$') as caught:
        world.cluster.execute(plan, OPTIONS, lambda progress: None)
    assert [made.name for made in caught.value.result.created] == ["a"]
    assert world.cluster.check_ownership([config("b")], OPTIONS) == []


def pod(name: str, ready: bool) -> Resource:
    state = "True" if ready else "False"
    return thing(
        "Pod", name, metadata={"labels": {"app": "w"}}, status={"conditions": [{"type": "Ready", "status": state}]}
    )


def deployment(**spec: Any) -> Resource:
    template = {"metadata": {"labels": {"app": "w"}}, "spec": {}}
    return thing(
        "Deployment",
        "w",
        metadata={"uid": "1"},
        spec={"replicas": 3, "selector": {"matchLabels": {"app": "w"}}, "template": template, **spec},
    )


def replica_set(ready: int) -> Resource:
    owner = {"kind": "Deployment", "name": "w", "uid": "1", "controller": True}
    template = {"metadata": {"labels": {"app": "w", "pod-template-hash": "x"}}, "spec": {}}
    return thing(
        "ReplicaSet",
        "w-x",
        metadata={"labels": {"app": "w"}, "ownerReferences": [owner]},
        spec={"template": template},
        status={"readyReplicas": ready},
    )


ROLLING = {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 1}}
STATEFUL = thing("StatefulSet", "s", spec={"replicas": 2, "selector": {"matchLabels": {"app": "w"}}})


@pytest.mark.parametrize(
    ("resource", "others", "ready"),
    [
        (pod("p", True), [], True),
        (pod("p", False), [], False),
        (STATEFUL, [], True),
        (STATEFUL, [pod("w-0", True), pod("w-1", False)], False),
        (STATEFUL, [pod("w-0", True)], True),
        (deployment(), [replica_set(2)], False),
        (deployment(), [replica_set(3)], True),
        (deployment(), [], False),
        (deployment(paused=True), [], True),
        (deployment(strategy=ROLLING), [replica_set(2)], True),
        (thing("Service", "s", spec={"clusterIP": "10.0.0.1"}), [], True),
        (thing("Service", "s", spec={"clusterIP": "None"}), [], True),
        (thing("Service", "s", spec={}), [], False),
        (thing("Service", "s", spec={"type": "ExternalName"}), [], True),
        (thing("Service", "s", spec={"type": "LoadBalancer", "clusterIP": "1", "externalIPs": ["2"]}), [], False),
        (
            thing(
                "Service",
                "s",
                spec={"type": "LoadBalancer", "clusterIP": "1"},
                status={"loadBalancer": {"ingress": [{"ip": "2"}]}},
            ),
            [],
            True,
        ),
        (thing("Job", "j"), [], True),
        (config("c"), [], True),
    ],
)  # fmt: skip
def test_what_is_waited_for(resource: Resource, others: list[Resource], ready: bool) -> None:
    world = World()
    world.put(resource, *others)
    wait = WaitOptions("legacy", 5)
    if ready:
        world.cluster.wait([resource], wait, lambda progress: None)
        assert world.clock.slept == [2.0]
        return
    with pytest.raises(WaitFailed, match=r"^timed out waiting for the condition$"):
        world.cluster.wait([resource], wait, lambda progress: None)
    assert world.clock.slept == [2.0, 2.0, 2.0]


def test_an_object_that_is_not_there_ends_the_wait() -> None:
    with pytest.raises(WaitFailed, match=r'^pods "p" not found$'):
        World().cluster.wait([pod("p", True)], WaitOptions("legacy", 5), lambda progress: None)


@pytest.mark.parametrize(
    ("conditions", "said"),
    [
        ([{"type": "Complete", "status": "True"}], ""),
        ([{"type": "Failed", "status": "True", "reason": "DeadlineExceeded"}], "Job failed: DeadlineExceeded"),
        ([{"type": "Complete", "status": "False"}], "timed out waiting for the condition"),
    ],
)
def test_hooks(conditions: list[dict[str, str]], said: str) -> None:
    world = World()
    job, bare = thing("Job", "j", status={"conditions": conditions}), pod("p", False)
    world.put(job, bare)
    wait = WaitOptions("legacy", 3)
    world.cluster.wait_hook([bare, config("gone")], wait, lambda progress: None)
    assert world.clock.slept == []
    if not said:
        world.cluster.wait_hook([job], wait, lambda progress: None)
        return
    with pytest.raises(WaitFailed) as caught:
        world.cluster.wait_hook([job], wait, lambda progress: None)
    assert caught.value.message == said


def test_definitions_and_deletions() -> None:
    world = World()
    wait = WaitOptions("legacy", 3)
    ready = thing("Widget", "w", status={"conditions": [{"type": "Established", "status": "True"}]})
    refused = thing("Widget", "x", status={"conditions": [{"type": "NamesAccepted", "status": "False"}]})
    world.put(ready, refused)
    world.cluster.wait_established([ready], wait, lambda progress: None)
    with pytest.raises(WaitFailed, match="naming conflict detected for CRD x"):
        world.cluster.wait_established([refused], wait, lambda progress: None)
    world.cluster.wait_deleted([config("gone")], wait, lambda progress: None)
    with pytest.raises(WaitFailed, match="timed out"):
        world.cluster.wait_deleted([ready], wait, lambda progress: None)
    world.clock.slept.clear()
    world.cluster.wait_deleted([ready], WaitOptions("legacy", 0), lambda progress: None)
    assert world.clock.slept == []


def test_a_plan_of_operations_by_hand() -> None:
    """Steps that are no update are an install."""
    world = World()
    steps = [Operation("create", config("a"))]
    assert [made.name for made in world.cluster.execute(steps, OPTIONS, lambda progress: None).created] == ["a"]
