"""The verbs through the API, without a network."""

from __future__ import annotations

import base64
import itertools
import json
from typing import Any

import pytest

from tests.unit.devcluster.conftest import Bench

MAPS = "/api/v1/namespaces/default/configmaps"
APPLY = "application/apply-patch+yaml"
TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json"


def config(name: str, **data: str) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data}


def names(answer: Any) -> list[str]:
    return [item["metadata"]["name"] for item in answer["items"]]


def test_pages_follow_one_another(bench: Bench) -> None:
    for number in range(5):
        bench.post(MAPS, config(f"m{number}"))
    found: list[str] = []
    token = ""
    for expected in (2, 2, 2):
        page = bench.get(f"{MAPS}?limit=2" + (f"&continue={token}" if token else ""))
        found += names(page)
        assert len(page["items"]) == expected
        token = page["metadata"].get("continue", "")
    assert found == ["kube-root-ca.crt", "m0", "m1", "m2", "m3", "m4"]
    assert token == ""


@pytest.mark.parametrize(
    ("selector", "found"),
    [
        ("a=1", ["x"]), ("a==1,b", []), ("a!=1", ["kube-root-ca.crt", "y", "z"]), ("b", ["y"]), ("!b,a", ["x"]),
        ("a in (1,2)", ["x", "y"]), ("a notin (1,2),b", []), ("a>1", ["y"]), ("a<2", ["x"]),
    ],
)  # fmt: skip
def test_label_selectors(bench: Bench, selector: str, found: list[str]) -> None:
    for name, labels in (("x", {"a": "1"}), ("y", {"a": "2", "b": ""}), ("z", {})):
        bench.post(MAPS, {"metadata": {"name": name, "labels": labels}})
    from urllib.parse import quote

    assert names(bench.get(f"{MAPS}?labelSelector={quote(selector)}")) == found


def test_update_needs_the_newest_version(bench: Bench) -> None:
    made = bench.post(MAPS, config("x", a="1"))
    changed = {**made, "data": {"a": "2"}}
    assert bench("PUT", f"{MAPS}/x", changed)[0] == 200
    status, answer, _ = bench("PUT", f"{MAPS}/x", {**changed, "data": {"a": "3"}})
    assert (status, answer["reason"]) == (409, "Conflict")
    unchanged = bench.get(f"{MAPS}/x")
    assert (
        bench("PUT", f"{MAPS}/x", unchanged)[1]["metadata"]["resourceVersion"]
        == (unchanged["metadata"]["resourceVersion"])
    )


def test_applied_fields_go_when_nobody_states_them(bench: Bench) -> None:
    for data in ({"a": "1", "b": "2"}, {"a": "1"}):
        status, _, _ = bench("PATCH", f"{MAPS}/x?fieldManager=helm", config("x", **data), type=APPLY)
        assert status in (200, 201)
    assert bench.get(f"{MAPS}/x")["data"] == {"a": "1"}
    bench("PATCH", f"{MAPS}/x", {"data": {"c": "3"}}, type="application/merge-patch+json")
    bench("PATCH", f"{MAPS}/x?fieldManager=helm", config("x"), type=APPLY)
    assert bench.get(f"{MAPS}/x")["data"] == {"c": "3"}


def test_kubectl_may_take_over_its_own_client_side_apply(bench: Bench) -> None:
    stated = config("x", a="1")
    note = {"kubectl.kubernetes.io/last-applied-configuration": json.dumps(stated)}
    live = {**stated, "metadata": {"name": "x", "annotations": note}}
    assert bench("POST", f"{MAPS}?fieldManager=kubectl-client-side-apply", live)[0] == 201
    for manager, expected in (("other", 409), ("kubectl", 200)):
        status, _, _ = bench("PATCH", f"{MAPS}/x?fieldManager={manager}", config("x", a="2"), type=APPLY)
        assert (manager, status) == (manager, expected)


def test_managed_fields_can_be_reset(bench: Bench) -> None:
    made = bench.post(MAPS, config("x", a="1"))
    made["metadata"]["managedFields"] = [{}]
    _, answer, _ = bench("PUT", f"{MAPS}/x", made)
    assert "managedFields" not in answer["metadata"]


def test_dry_run_leaves_nothing(bench: Bench) -> None:
    assert bench("POST", f"{MAPS}?dryRun=All", config("x"))[0] == 201
    assert bench("GET", f"{MAPS}/x")[0] == 404
    bench.post(MAPS, config("x", a="1"))
    bench("PUT", f"{MAPS}/x?dryRun=All", config("x", a="2"))
    bench("DELETE", f"{MAPS}/x?dryRun=All")
    assert bench.get(f"{MAPS}/x")["data"] == {"a": "1"}


def test_finalizers_hold_an_object(bench: Bench) -> None:
    bench.post(MAPS, {"metadata": {"name": "x", "finalizers": ["a.b/c"]}})
    status, answer, _ = bench("DELETE", f"{MAPS}/x")
    assert (status, answer["kind"]) == (200, "ConfigMap")
    assert answer["metadata"]["deletionTimestamp"]
    bench("PATCH", f"{MAPS}/x", {"metadata": {"finalizers": None}}, type="application/merge-patch+json")
    assert bench("GET", f"{MAPS}/x")[0] == 404


def test_watch_sees_what_a_selector_sees(bench: Bench) -> None:
    start = bench.get(MAPS)["metadata"]["resourceVersion"]
    bench.post(MAPS, {"metadata": {"name": "x", "labels": {"a": "b"}}})
    bench.post(MAPS, config("other"))
    merge = "application/merge-patch+json"
    bench("PATCH", f"{MAPS}/x", {"data": {"k": "v"}}, type=merge)
    bench("PATCH", f"{MAPS}/x", {"metadata": {"labels": {"a": "c"}}}, type=merge)
    _, stream, _ = bench("GET", f"{MAPS}?watch=true&resourceVersion={start}&labelSelector=a%3Db&timeoutSeconds=1")
    events = [json.loads(line) for line in itertools.islice(stream, 3)]
    stream.close()
    assert [(e["type"], e["object"]["metadata"]["name"]) for e in events] == [
        ("ADDED", "x"),
        ("MODIFIED", "x"),
        ("DELETED", "x"),
    ]


def test_watch_sends_what_there_is_and_a_bookmark(bench: Bench) -> None:
    query = "watch=true&sendInitialEvents=true&allowWatchBookmarks=true&resourceVersionMatch=NotOlderThan"
    _, stream, _ = bench("GET", f"{MAPS}?{query}")
    events = [json.loads(line) for line in itertools.islice(stream, 2)]
    stream.close()
    assert [e["type"] for e in events] == ["ADDED", "BOOKMARK"]
    assert events[1]["object"]["metadata"]["annotations"] == {"k8s.io/initial-events-end": "true"}


def test_a_version_too_old_is_gone(bench: Bench) -> None:
    for _ in range(3):
        bench.store.history.popleft()
    _, stream, _ = bench("GET", f"{MAPS}?watch=true&resourceVersion=1")
    event = json.loads(next(stream))
    assert (event["type"], event["object"]["code"], event["object"]["reason"]) == ("ERROR", 410, "Expired")


def test_tables_and_metadata(bench: Bench) -> None:
    bench.post(MAPS, config("x", a="1", b="2"))
    table = bench("GET", f"{MAPS}/x", Accept=TABLE)[1]
    assert [c["name"] for c in table["columnDefinitions"]] == ["Name", "Data", "Age"]
    assert table["rows"][0]["cells"][:2] == ["x", 2]
    assert table["rows"][0]["object"]["kind"] == "PartialObjectMetadata"
    listing = bench("GET", MAPS, Accept="application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io")[1]
    assert listing["kind"] == "PartialObjectMetadataList"
    assert all("data" not in item for item in listing["items"])


def test_every_kind_has_a_table(bench: Bench) -> None:
    for kind in bench.objects.resources.all():
        if "list" in kind.verbs:
            root = f"/apis/{kind.api_version}" if kind.group else f"/api/{kind.version}"
            status, answer, _ = bench("GET", f"{root}/{kind.plural}", Accept=TABLE)
            assert (status, answer["kind"]) == (200, "Table"), kind.plural


def test_events_and_autoscalers_are_served_in_both_versions(bench: Bench) -> None:
    ref = {"kind": "Pod", "name": "p", "namespace": "default"}
    event = {"metadata": {"name": "e"}, "involvedObject": ref, "message": "hello", "reason": "X"}
    bench.post("/api/v1/namespaces/default/events", event)
    other = bench.get("/apis/events.k8s.io/v1/namespaces/default/events/e")
    assert (other["apiVersion"], other["note"], other["regarding"]) == ("events.k8s.io/v1", "hello", ref)
    target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "d"}
    scaler = {"metadata": {"name": "h"}, "spec": {"maxReplicas": 3, "scaleTargetRef": target}}
    scaler["spec"]["targetCPUUtilizationPercentage"] = 50  # type: ignore[index]  # a dict of dicts
    bench.post("/apis/autoscaling/v1/namespaces/default/horizontalpodautoscalers", scaler)
    newer = bench.get("/apis/autoscaling/v2/namespaces/default/horizontalpodautoscalers/h")
    assert newer["spec"]["metrics"][0]["resource"]["target"] == {"type": "Utilization", "averageUtilization": 50}


def test_documents(bench: Bench) -> None:
    assert bench.get("/version")["gitVersion"] == "v1.37.2"
    assert bench("GET", "/readyz")[1] == "ok"
    groups = [g["name"] for g in bench.get("/apis")["groups"]]
    assert "apps" in groups and "" not in groups
    accept = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
    core = bench("GET", "/api", Accept=accept)[1]
    assert core["items"][0]["versions"][0]["version"] == "v1"
    legacy = {r["name"]: r for r in bench.get("/apis/apps/v1")["resources"]}
    assert legacy["deployments/scale"]["group"] == "autoscaling"
    document = bench.get("/openapi/v3/apis/apps/v1")
    patch = document["paths"]["/apis/apps/v1/namespaces/{namespace}/deployments/{name}"]["patch"]
    assert "fieldValidation" in [p["name"] for p in patch["parameters"]]
    assert bench.get("/openapi/v2")["definitions"]["io.k8s.api.core.v1.Pod"]["type"] == "object"


def test_a_secret_keeps_its_strings_as_data(bench: Bench) -> None:
    body = {"metadata": {"name": "s"}, "stringData": {"a": "b"}, "data": {"c": "ZA=="}}
    kept = bench.post("/api/v1/namespaces/default/secrets", body)
    assert kept["data"] == {"a": base64.b64encode(b"b").decode(), "c": "ZA=="}


def test_a_yaml_body(bench: Bench) -> None:
    text = b"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: y}\ndata: {a: b}\n"
    assert bench("POST", MAPS, text, type="application/yaml")[0] == 201
    assert bench.get(f"{MAPS}/y")["data"] == {"a": "b"}
