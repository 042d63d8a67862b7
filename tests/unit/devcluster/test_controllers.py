"""Controllers bring objects to rest: workloads, jobs, services, namespaces, custom kinds, ownership."""

from __future__ import annotations

from typing import Any

import pytest

from charthouse.devcluster.controllers.schedule import next_run
from tests.unit.devcluster.conftest import Bench

CORE = "/api/v1/namespaces/default"
APPS = "/apis/apps/v1/namespaces/default"
BATCH = "/apis/batch/v1/namespaces/default"
MERGE = "application/merge-patch+json"
LABELS = {"app": "a"}


def template(**annotations: str) -> dict[str, Any]:
    spec = {"containers": [{"name": "c", "image": "x:1", "ports": [{"containerPort": 80, "name": "http"}]}]}
    return {"metadata": {"labels": LABELS, "annotations": annotations}, "spec": spec}


def workload(name: str, pods: dict[str, Any] | None = None, **spec: Any) -> dict[str, Any]:
    base = {"selector": {"matchLabels": LABELS}, "template": pods or template()}
    return {"metadata": {"name": name}, "spec": {**base, **spec}}


def pods(bench: Bench) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = bench.get(f"{CORE}/pods")["items"]
    return found


def condition(obj: dict[str, Any], kind: str) -> tuple[str, str]:
    found = next(c for c in obj["status"]["conditions"] if c["type"] == kind)
    return found["status"], found["reason"]


def test_a_deployment_comes_up_and_rolls_over(bench: Bench) -> None:
    bench.post(f"{APPS}/deployments", workload("d", replicas=3))
    bench.settle()
    live = bench.get(f"{APPS}/deployments/d")
    assert {k: v for k, v in live["status"].items() if k != "conditions"} == {
        "availableReplicas": 3, "observedGeneration": 1, "readyReplicas": 3, "replicas": 3, "updatedReplicas": 3,
        "terminatingReplicas": 0,
    }  # fmt: skip
    assert condition(live, "Available") == ("True", "MinimumReplicasAvailable")
    assert condition(live, "Progressing") == ("True", "NewReplicaSetAvailable")
    bench("PATCH", f"{APPS}/deployments/d", {"spec": {"template": template(v="2")}}, type=MERGE)
    bench.settle()
    sets = bench.get(f"{APPS}/replicasets")["items"]
    assert sorted(
        (s["metadata"]["annotations"]["deployment.kubernetes.io/revision"], s["status"]["replicas"]) for s in sets
    ) == [
        ("1", 0),
        ("2", 3),
    ]
    assert len(pods(bench)) == 3
    assert bench.get(f"{APPS}/deployments/d")["metadata"]["annotations"] == {"deployment.kubernetes.io/revision": "2"}
    bench("PATCH", f"{APPS}/deployments/d", {"spec": {"template": {"metadata": {"annotations": None}}}}, type=MERGE)
    bench.settle()
    assert bench.get(f"{APPS}/deployments/d")["metadata"]["annotations"] == {"deployment.kubernetes.io/revision": "3"}
    assert len(bench.get(f"{APPS}/replicasets")["items"]) == 2


def test_a_broken_image_leaves_the_old_pods(bench: Bench) -> None:
    bench.post(f"{APPS}/deployments", workload("d", replicas=4))
    bench.settle()
    broken = {"spec": {"template": template(**{"sim/image-error": "yes"})}}
    bench("PATCH", f"{APPS}/deployments/d", broken, type=MERGE)
    bench.settle()
    live = bench.get(f"{APPS}/deployments/d")
    assert (live["status"]["availableReplicas"], live["status"]["updatedReplicas"]) == (3, 2)
    waiting = [p["status"]["containerStatuses"][0]["state"] for p in pods(bench) if p["status"]["phase"] == "Pending"]
    assert [state["waiting"]["reason"] for state in waiting] == ["ImagePullBackOff"] * 2
    reasons = {e["reason"] for e in bench.get(f"{CORE}/events")["items"]}
    assert {"BackOff", "Failed", "ScalingReplicaSet", "SuccessfulCreate", "Scheduled"} <= reasons


def test_recreate_waits_for_the_old_pods(bench: Bench) -> None:
    bench.post(f"{APPS}/deployments", workload("d", replicas=2, strategy={"type": "Recreate"}))
    bench.settle()
    bench("PATCH", f"{APPS}/deployments/d", {"spec": {"template": template(v="2")}}, type=MERGE)
    bench.settle()
    assert [p["metadata"]["annotations"] for p in pods(bench)] == [{"v": "2"}] * 2


def test_a_stateful_set_with_claims(bench: Bench) -> None:
    claim = {
        "metadata": {"name": "data"},
        "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
    }
    bench.post(f"{APPS}/statefulsets", workload("s", replicas=2, serviceName="s", volumeClaimTemplates=[claim]))
    bench.settle()
    assert [p["metadata"]["name"] for p in pods(bench)] == ["s-0", "s-1"]
    claims = bench.get(f"{CORE}/persistentvolumeclaims")["items"]
    assert [(c["metadata"]["name"], c["status"]["phase"]) for c in claims] == [
        ("data-s-0", "Bound"),
        ("data-s-1", "Bound"),
    ]
    bench("PATCH", f"{APPS}/statefulsets/s", {"spec": {"template": template(v="2")}}, type=MERGE)
    bench.settle()
    live = bench.get(f"{APPS}/statefulsets/s")["status"]
    assert live["currentRevision"] == live["updateRevision"]
    assert (live["readyReplicas"], live["updatedReplicas"]) == (2, 2)
    assert [p["metadata"]["annotations"] for p in pods(bench)] == [{"v": "2"}] * 2
    bench("DELETE", f"{APPS}/statefulsets/s", {"propagationPolicy": "Foreground"})
    bench.settle()
    assert bench("GET", f"{APPS}/statefulsets/s")[0] == 404
    assert pods(bench) == []
    bench("DELETE", f"{CORE}/persistentvolumeclaims/data-s-0")
    bench.settle()
    assert len(bench.get("/api/v1/persistentvolumes")["items"]) == 1


def test_a_daemon_set_runs_where_the_labels_match(bench: Bench) -> None:
    bench.post(f"{APPS}/daemonsets", workload("d"))
    nowhere = template()
    nowhere["spec"]["nodeSelector"] = {"disk": "ssd"}
    bench.post(f"{APPS}/daemonsets", workload("n", nowhere))
    bench.settle()
    found = {d["metadata"]["name"]: d["status"]["numberReady"] for d in bench.get(f"{APPS}/daemonsets")["items"]}
    assert found == {"d": 1, "n": 0}


@pytest.mark.parametrize(
    ("code", "limit", "status", "reason"),
    [("0", 6, "Complete", "CompletionsReached"), ("3", 0, "Failed", "BackoffLimitExceeded")],
)
def test_jobs_end(bench: Bench, code: str, limit: int, status: str, reason: str) -> None:
    pod = template(**{"sim/exit-code": code})
    pod["spec"]["restartPolicy"] = "Never"
    bench.post(f"{BATCH}/jobs", {"metadata": {"name": "j"}, "spec": {"backoffLimit": limit, "template": pod}})
    bench.settle()
    job = bench.get(f"{BATCH}/jobs/j")
    assert condition(job, status) == ("True", reason)
    ended = pods(bench)[0]["status"]["containerStatuses"][0]["state"]["terminated"]
    assert ended["exitCode"] == int(code)


def test_a_failed_pod_is_tried_again(bench: Bench) -> None:
    pod = template(**{"sim/exit-code": "1"})
    pod["spec"]["restartPolicy"] = "Never"
    bench.post(f"{BATCH}/jobs", {"metadata": {"name": "j"}, "spec": {"backoffLimit": 2, "template": pod}})
    bench.settle()
    for _ in range(4):
        bench.clock.at += 60
        bench.settle(timers=True)
    job = bench.get(f"{BATCH}/jobs/j")
    assert (job["status"]["failed"], condition(job, "Failed")) == (3, ("True", "BackoffLimitExceeded"))


def test_a_deleted_job_leaves_its_pods_unless_told_otherwise(bench: Bench) -> None:
    pod = template()
    pod["spec"]["restartPolicy"] = "Never"
    for name in ("a", "b"):
        bench.post(f"{BATCH}/jobs", {"metadata": {"name": name}, "spec": {"template": pod}})
    bench.settle()
    _, _, warnings = bench("DELETE", f"{BATCH}/jobs/a")
    assert "child pods are preserved by default" in warnings[0]
    bench("DELETE", f"{BATCH}/jobs/b?propagationPolicy=Background")
    bench.settle()
    assert [p["metadata"]["labels"]["job-name"] for p in pods(bench)] == ["a"]


def test_services_have_addresses_and_endpoints(bench: Bench) -> None:
    spec = {"selector": LABELS, "ports": [{"port": 80, "targetPort": "http"}], "type": "LoadBalancer"}
    made = bench.post(f"{CORE}/services", {"metadata": {"name": "s"}, "spec": spec})
    assert made["spec"]["clusterIP"].startswith("10.96.")
    bench.post(f"{APPS}/deployments", workload("d", replicas=2))
    bench.settle()
    service = bench.get(f"{CORE}/services/s")
    assert service["status"]["loadBalancer"]["ingress"][0]["ip"].startswith("172.18.")
    subset = bench.get(f"{CORE}/endpoints/s")["subsets"][0]
    assert (len(subset["addresses"]), subset["ports"]) == (2, [{"port": 80, "protocol": "TCP"}])
    slices = bench.get("/apis/discovery.k8s.io/v1/namespaces/default/endpointslices")["items"]
    assert len(slices[0]["endpoints"]) == 2


def test_a_namespace_is_furnished_and_emptied(bench: Bench) -> None:
    bench.post("/api/v1/namespaces", {"metadata": {"name": "n"}})
    bench.settle()
    bench.get("/api/v1/namespaces/n/serviceaccounts/default")
    bench.post("/apis/apps/v1/namespaces/n/deployments", workload("d"))
    bench.settle()
    bench("DELETE", "/api/v1/namespaces/n")
    status, answer, _ = bench("POST", "/api/v1/namespaces/n/configmaps", {"metadata": {"name": "x"}})
    assert (status, answer["details"]["causes"][0]["reason"]) == (403, "NamespaceTerminating")
    bench.settle()
    assert bench("GET", "/api/v1/namespaces/n")[0] == 404
    assert bench.get("/api/v1/pods")["items"] == []


def test_a_definition_serves_its_kind_and_takes_it_away(bench: Bench) -> None:
    version = {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": {"type": "object"}}}
    names = {"plural": "things", "kind": "Thing", "shortNames": ["th"]}
    spec = {"group": "example.com", "scope": "Cluster", "names": names, "versions": [version]}
    path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
    bench.post(path, {"metadata": {"name": "things.example.com"}, "spec": spec})
    bench.settle()
    assert condition(bench.get(f"{path}/things.example.com"), "Established")[0] == "True"
    bench.post(
        "/apis/example.com/v1/things", {"apiVersion": "example.com/v1", "kind": "Thing", "metadata": {"name": "t"}}
    )
    assert bench.get("/apis/example.com/v1")["resources"][0]["shortNames"] == ["th"]
    bench("DELETE", f"{path}/things.example.com")
    bench.settle()
    assert bench("GET", "/apis/example.com/v1/things")[0] == 404
    assert bench("GET", f"{path}/things.example.com")[0] == 404


@pytest.mark.parametrize(("policy", "left"), [("Background", False), ("Foreground", False), ("Orphan", True)])
def test_what_is_owned_goes_with_its_owner(bench: Bench, policy: str, left: bool) -> None:
    bench.post(f"{APPS}/deployments", workload("d"))
    bench.settle()
    bench("DELETE", f"{APPS}/deployments/d?propagationPolicy={policy}")
    bench.settle()
    assert bench("GET", f"{APPS}/deployments/d")[0] == 404
    assert bool(bench.get(f"{APPS}/replicasets")["items"]) == left


def test_a_bare_pod_that_fits_nowhere(bench: Bench) -> None:
    spec = {**template()["spec"], "nodeSelector": {"disk": "ssd"}}
    bench.post(f"{CORE}/pods", {"metadata": {"name": "p"}, "spec": spec})
    bench.settle()
    assert condition(bench.get(f"{CORE}/pods/p"), "PodScheduled") == ("False", "Unschedulable")


def test_logs(bench: Bench) -> None:
    notes = {"sim/log": "one\ntwo\nthree"}
    bench.post(f"{CORE}/pods", {"metadata": {"name": "p", "annotations": notes}, "spec": template()["spec"]})
    assert bench("GET", f"{CORE}/pods/p/log")[0] == 400
    bench.settle()
    assert bench("GET", f"{CORE}/pods/p/log?tailLines=2")[1] == "two\nthree\n"
    assert bench("GET", f"{CORE}/pods/p/log?container=z")[1]["message"] == "container z is not valid for pod p"


def test_scale(bench: Bench) -> None:
    bench.post(f"{APPS}/deployments", workload("d"))
    bench.settle()
    scale = bench.get(f"{APPS}/deployments/d/scale")
    assert (scale["spec"], scale["status"]) == ({"replicas": 1}, {"replicas": 1, "selector": "app=a"})
    bench("PUT", f"{APPS}/deployments/d/scale", {**scale, "spec": {"replicas": 3}})
    bench.settle()
    assert len(pods(bench)) == 3


def test_budgets_and_autoscalers_report(bench: Bench) -> None:
    bench.post(f"{APPS}/deployments", workload("d"))
    target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "d"}
    scaler = {"metadata": {"name": "h"}, "spec": {"minReplicas": 2, "maxReplicas": 3, "scaleTargetRef": target}}
    bench.settle()
    bench.post("/apis/autoscaling/v2/namespaces/default/horizontalpodautoscalers", scaler)
    budget = {"metadata": {"name": "b"}, "spec": {"minAvailable": 1, "selector": {"matchLabels": LABELS}}}
    bench.post("/apis/policy/v1/namespaces/default/poddisruptionbudgets", budget)
    bench.settle()
    status = bench.get("/apis/policy/v1/namespaces/default/poddisruptionbudgets/b")["status"]
    assert (status["expectedPods"], status["disruptionsAllowed"]) == (2, 1)


@pytest.mark.parametrize(
    ("schedule", "minutes"),
    [
        ("* * * * *", 1), ("@hourly", 60 - 13), ("*/15 * * * *", 2), ("30 22 * * *", 17), ("0 0 * * 0", 4 * 1440 + 107),
        ("0 0 1 jan *", 47 * 1440 + 107), ("0 0 20 * mon", 5 * 1440 + 107),
    ],
)  # fmt: skip
def test_schedules(schedule: str, minutes: int) -> None:
    at = 1_700_000_000 - 1_700_000_000 % 60  # Tuesday, 14 November 2023, 22:13
    assert next_run(schedule, at) == at + minutes * 60


@pytest.mark.parametrize("schedule", ["", "* * *", "61 * * * *", "a * * * *", "0 0 31 2 *"])
def test_schedules_that_never_come(schedule: str) -> None:
    assert next_run(schedule, 1_700_000_000) is None


def test_a_cron_job_starts_jobs(bench: Bench) -> None:
    pod = template()
    pod["spec"]["restartPolicy"] = "Never"
    spec = {"schedule": "* * * * *", "jobTemplate": {"spec": {"template": pod}}}
    bench.post(f"{BATCH}/cronjobs", {"metadata": {"name": "c"}, "spec": spec})
    bench.settle()
    assert bench.get(f"{BATCH}/jobs")["items"] == []
    bench.clock.at += 60
    bench.settle(timers=True)
    assert [j["metadata"]["name"] for j in bench.get(f"{BATCH}/jobs")["items"]] == ["c-28333334"]
