"""Waiting, fed by watches in memory; texts are Helm's."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from charthouse.actions.ports import Progress, WaitOptions
from charthouse.k8s.objects import Resource
from charthouse.kube.cluster import Cluster
from charthouse.kube.connect import SystemClock
from charthouse.kube.errors import WaitFailed
from tests.unit.kube.fakes import FakeClient, FakeClock, api_error, ref

READY = {"replicas": 1, "updatedReplicas": 1, "readyReplicas": 1, "availableReplicas": 1}
GOOD = {**READY, "conditions": [{"type": "Available", "status": "True"}]}


def resource(kind: str, name: str, **fields: Any) -> Resource:
    where = ref(kind, name)
    return Resource(where, {"apiVersion": where.type.api_version, "kind": kind, "metadata": {"name": name}, **fields})


def wait(client: FakeClient, resources: list[Resource], *, timeout: float = 5.0, jobs: bool = False) -> list[Progress]:
    told: list[Progress] = []
    Cluster(client, clock=SystemClock()).wait(resources, WaitOptions("watcher", timeout, jobs), told.append)
    return told


def test_ready_at_once() -> None:
    client = FakeClient()
    web, config = resource("Deployment", "web"), resource("ConfigMap", "c")
    client.put(web.ref, {"spec": {}, "status": GOOD})
    client.put(config.ref, {})
    told = wait(client, [web, config])
    assert {(p.subject, p.state) for p in told} == {("Deployment/ns/web", "Current"), ("ConfigMap/ns/c", "Current")}


def test_ready_after_a_change() -> None:
    client = FakeClient()
    web = resource("Deployment", "web")
    client.put(web.ref, {"spec": {}})
    timer = threading.Timer(0.1, lambda: client.put(web.ref, {"spec": {}, "status": GOOD}))
    timer.start()
    assert [(p.state, p.message) for p in wait(client, [web])] == [
        ("InProgress", "Replicas: 0/1"),
        ("Current", "Deployment is available. Replicas: 1"),
    ]


def test_time_is_up() -> None:
    client = FakeClient()
    web, absent = resource("Deployment", "web"), resource("Service", "absent")
    client.put(web.ref, {"spec": {}})
    with pytest.raises(WaitFailed) as caught:
        wait(client, [web, absent], timeout=0.2)
    assert str(caught.value) == (
        "resource Deployment/ns/web not ready. status: InProgress, message: Replicas: 0/1\n"
        "resource Service/ns/absent not ready. status: Unknown, message: \n"
        "context deadline exceeded"
    )
    assert caught.value.pending == (web, absent)


def test_what_has_failed_is_not_waited_for() -> None:
    client = FakeClient()
    job, config = resource("Job", "j"), resource("ConfigMap", "c")
    client.put(job.ref, {"status": {"failed": 1, "conditions": [{"type": "Failed", "status": "True"}]}})
    client.put(config.ref, {})
    with pytest.raises(WaitFailed) as caught:
        wait(client, [job, config])
    assert str(caught.value) == "resource Job/ns/j not ready. status: Failed, message: Job Failed. failed: 1/1"


def test_jobs_count_when_asked() -> None:
    client = FakeClient()
    job = resource("Job", "j")
    client.put(job.ref, {"status": {"startTime": "x"}})
    wait(client, [job])
    with pytest.raises(WaitFailed, match="status: InProgress, message: Job in progress"):
        wait(client, [job], timeout=0.2, jobs=True)


def test_paused_and_nameless_are_not_waited_for() -> None:
    client = FakeClient()
    assert wait(client, [resource("Deployment", "d", spec={"paused": True}), resource("Job", "")]) == []


def test_pods_of_a_set_that_have_failed() -> None:
    client = FakeClient()
    db = resource("StatefulSet", "db")
    client.put(db.ref, {"spec": {"selector": {"matchLabels": {"a": "b"}}}})
    looping = [{"name": "a", "state": {"waiting": {"reason": "CrashLoopBackOff"}}}]
    pod = {"metadata": {"labels": {"a": "b"}}, "status": {"phase": "Running", "containerStatuses": looping}}
    client.put(ref("Pod", "db-0"), pod)
    with pytest.raises(WaitFailed) as caught:
        wait(client, [db])
    assert str(caught.value) == "resource StatefulSet/ns/db not ready. status: Failed, message: 1 pods have failed"


def test_hooks() -> None:
    client = FakeClient()
    job, config = resource("Job", "j"), resource("ConfigMap", "c")
    client.put(job.ref, {"status": {"startTime": "x"}})
    client.put(config.ref, {})
    done = {"status": {"succeeded": 1, "conditions": [{"type": "Complete", "status": "True"}]}}
    timer = threading.Timer(0.1, lambda: client.put(job.ref, done))
    timer.start()
    told: list[Progress] = []
    cluster = Cluster(client, clock=SystemClock())
    for strategy in ("hookOnly", "legacy"):
        cluster.wait_hook([job, config], WaitOptions(strategy, 5.0), told.append)
    assert ("hook", "Job/ns/j", "Current", "Job Completed. succeeded: 1/1") in {
        (p.phase, p.subject, p.state, p.message) for p in told
    }


def test_a_failed_hook() -> None:
    client = FakeClient()
    pod = resource("Pod", "p")
    client.put(pod.ref, {"status": {"phase": "Failed"}})
    cluster = Cluster(client, clock=SystemClock())
    with pytest.raises(WaitFailed) as caught:
        cluster.wait_hook([pod], WaitOptions("watcher", 5.0), lambda p: None)
    assert str(caught.value) == "resource Pod/ns/p not ready. status: Failed, message: pod p failed"
    with pytest.raises(WaitFailed, match="pod p failed"):
        cluster.wait_hook([pod], WaitOptions("legacy", 5.0), lambda p: None)


def test_deletion() -> None:
    client = FakeClient()
    pod, absent = resource("Pod", "p"), resource("Service", "s")
    client.put(pod.ref, {})
    cluster = Cluster(client, clock=SystemClock())
    timer = threading.Timer(0.1, lambda: client.remove(pod.ref))
    timer.start()
    cluster.wait_deleted([pod, absent], WaitOptions("watcher", 5.0), lambda p: None)
    client.put(pod.ref, {"metadata": {"deletionTimestamp": "x"}})
    with pytest.raises(WaitFailed) as caught:
        cluster.wait_deleted([pod], WaitOptions("watcher", 0.2), lambda p: None)
    assert str(caught.value) == (
        "resource Pod/ns/p still exists. status: Terminating, message: Resource scheduled for deletion\n"
        "context deadline exceeded"
    )
    cluster.wait_deleted([pod], WaitOptions("hookOnly", 0.2), lambda p: None)


def test_listing_is_forbidden(monkeypatch: pytest.MonkeyPatch) -> None:
    client = FakeClient()

    def refuse(*_: object, **__: object) -> list[dict[str, Any]]:
        raise api_error(403, "Forbidden", "pods is forbidden")

    monkeypatch.setattr(client, "list", refuse)
    with pytest.raises(WaitFailed, match=r"^failed to list \*unstructured.Unstructured: pods is forbidden$"):
        wait(client, [resource("Pod", "p")])


def legacy(client: FakeClient, resources: list[Resource], *, timeout: float = 10.0, jobs: bool = False) -> FakeClock:
    clock = FakeClock()
    Cluster(client, clock=clock).wait(resources, WaitOptions("legacy", timeout, jobs), lambda p: None)
    return clock


def test_legacy() -> None:
    client = FakeClient()
    service, job = resource("Service", "s"), resource("Job", "j")
    client.put(service.ref, {"spec": {"clusterIP": "1"}})
    client.put(job.ref, {"spec": {"backoffLimit": 0}, "status": {"failed": 1}})
    assert legacy(client, [service, job]).slept == []
    with pytest.raises(WaitFailed, match="job is failed: ns/j"):
        legacy(client, [service, job], jobs=True)


def test_legacy_time_is_up() -> None:
    client = FakeClient()
    service = resource("Service", "s")
    client.put(service.ref, {"spec": {}})
    with pytest.raises(WaitFailed, match="context deadline exceeded"):
        legacy(client, [service])


def test_legacy_survives_trouble() -> None:
    client = FakeClient()
    service = resource("Service", "s")
    client.put(service.ref, {"spec": {"clusterIP": "1"}})
    client.fail("get", service.ref, api_error(500, "InternalError", "oops"), api_error(429, "TooManyRequests", "slow"))
    assert legacy(client, [service]).slept == [2.0, 2.0]
    client.fail("get", service.ref, api_error(403, "Forbidden", "no"))
    with pytest.raises(WaitFailed, match="no"):
        legacy(client, [service])


def test_diagnosis() -> None:
    client = FakeClient()
    web = resource("Deployment", "web")
    selector = {"selector": {"matchLabels": {"a": "b"}}}
    late = [{"type": "Progressing", "status": "False", "reason": "Deadline", "message": "took too long"}]
    client.put(web.ref, {"metadata": {"uid": "d"}, "spec": selector, "status": {"conditions": late}})
    state = {
        "name": "main", "ready": False, "state": {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off"}},
        "lastState": {"terminated": {"exitCode": 3, "reason": "Error"}},
    }  # fmt: skip
    pod = {"metadata": {"uid": "p", "labels": {"a": "b"}}, "status": {"phase": "Running", "containerStatuses": [state]}}
    client.put(ref("Pod", "web-1"), pod)
    event = {"type": "Warning", "reason": "BackOff", "message": "restarting", "involvedObject": {"uid": "p"}}
    client.put(ref("Event", "e"), event)
    found = Cluster(client).diagnose([web, resource("Service", "absent")])
    assert [(f.subject, f.source, f.text) for f in found] == [
        ("Deployment/ns/web", "condition", "Progressing=False Deadline: took too long"),
        (
            "Pod/ns/web-1",
            "container main",
            "waiting: CrashLoopBackOff; back-off; last exit code 3 (Error)",
        ),
        ("Pod/ns/web-1", "log of main", "last words of main before the restart"),
        ("Pod/ns/web-1", "event", "BackOff: restarting"),
    ]
