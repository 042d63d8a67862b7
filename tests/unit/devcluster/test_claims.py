"""Which volume a claim gets, and which claims and pods wait."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.devcluster.conftest import Bench

CLAIMS, PODS = "/api/v1/namespaces/default/persistentvolumeclaims", "/api/v1/namespaces/default/pods"
VOLUMES, CLASSES = "/api/v1/persistentvolumes", "/apis/storage.k8s.io/v1/storageclasses"


def claim(name: str, **spec: Any) -> dict[str, Any]:
    base = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "2Gi"}}}
    return {"metadata": {"name": name}, "spec": {**base, **spec}}


def volume(name: str, size: str, **spec: Any) -> dict[str, Any]:
    base = {"accessModes": ["ReadWriteOnce"], "capacity": {"storage": size}, "hostPath": {"path": "/x"}}
    return {"metadata": {"name": name}, "spec": {**base, **spec}}


def mounting(name: str) -> dict[str, Any]:
    volumes = [{"name": "v", "persistentVolumeClaim": {"claimName": name}}]
    return {"metadata": {"name": "p"}, "spec": {"volumes": volumes, "containers": [{"name": "a", "image": "x"}]}}


def phases(bench: Bench, path: str) -> dict[str, str]:
    bench.settle()
    return {item["metadata"]["name"]: item["status"]["phase"] for item in bench.get(path)["items"]}


def test_a_claim_without_a_class_gets_a_volume_made_for_it(bench: Bench) -> None:
    bench.post(CLAIMS, claim("c"))
    assert phases(bench, CLAIMS) == {"c": "Bound"}
    (made,) = bench.get(VOLUMES)["items"]
    assert made["spec"]["claimRef"]["name"] == "c"


@pytest.mark.parametrize(
    ("changed", "taken"),
    [
        ({}, "small"), ({"resources": {"requests": {"storage": "4Gi"}}}, "large"), ({"volumeName": "large"}, "large"),
        ({"accessModes": ["ReadWriteMany"]}, ""), ({"resources": {"requests": {"storage": "1Ti"}}}, ""),
        ({"storageClassName": "other"}, ""),
    ],
)  # fmt: skip
def test_a_claim_takes_the_smallest_volume_that_fits(bench: Bench, changed: dict[str, Any], taken: str) -> None:
    bench.post(VOLUMES, volume("large", "5Gi", storageClassName="manual"))
    bench.post(VOLUMES, volume("small", "3072Mi", storageClassName="manual"))
    bench.post(VOLUMES, volume("tiny", "1Gi", storageClassName="manual"))
    bench.settle()
    bench.post(CLAIMS, claim("c", **{"storageClassName": "manual", **changed}))
    assert phases(bench, CLAIMS) == {"c": "Bound" if taken else "Pending"}
    found = bench.get(f"{CLAIMS}/c")
    assert found["spec"].get("volumeName", "") == (taken or changed.get("volumeName", ""))
    if taken:
        bound = bench.get(f"{VOLUMES}/{taken}")
        assert (bound["status"]["phase"], bound["spec"]["claimRef"]["uid"]) == ("Bound", found["metadata"]["uid"])
        assert found["status"]["capacity"] == bound["spec"]["capacity"]


def test_a_missing_class_is_waited_for_by_claim_and_pod(bench: Bench) -> None:
    bench.post(CLAIMS, claim("c", storageClassName="fast"))
    bench.post(PODS, mounting("c"))
    assert phases(bench, CLAIMS) == {"c": "Pending"}
    assert phases(bench, PODS) == {"p": "Pending"}
    told = {item["reason"]: item["message"] for item in bench.get("/api/v1/namespaces/default/events")["items"]}
    assert told == {
        "ProvisioningFailed": 'storageclass.storage.k8s.io "fast" not found',
        "FailedScheduling": "0/1 nodes are available: pod has unbound immediate PersistentVolumeClaims. not found",
    }
    bench.post(CLASSES, {"metadata": {"name": "fast"}, "provisioner": "example.org/any"})
    assert phases(bench, CLAIMS) == {"c": "Bound"}
    assert phases(bench, PODS) == {"p": "Running"}


def test_small_things_are_as_in_a_real_cluster(bench: Bench) -> None:
    table = {"Accept": "application/json;as=Table;v=v1;g=meta.k8s.io"}
    _, answer, _ = bench("GET", "/api/v1/namespaces/default/serviceaccounts", **table)
    assert [column["name"] for column in answer["columnDefinitions"]] == ["Name", "Age"]
    classes = "/apis/scheduling.k8s.io/v1/priorityclasses"
    bench.post(classes, {"metadata": {"name": "high"}, "value": 5})
    _, changed, _ = bench("PATCH", f"{classes}/high", {"description": "x"}, type="application/merge-patch+json")
    assert (changed["description"], changed["metadata"]["generation"]) == ("x", 1)
