"""What is kept of an object of each kind: recorded from kube-apiserver 1.37.2 (`kubectl create --dry-run=server`)."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from charthouse.devcluster import protobuf, quantity, typed
from charthouse.k8s import tables
from tests.unit.devcluster.conftest import Bench, still

DATA = Path(__file__).parent / "data"
KEPT = json.loads((DATA / "kept.json").read_text())
BODIES = json.loads((DATA / "bodies.json").read_text())
BENCH = Bench()
# addresses are ours to choose; the real server's managers include a field that is null before and [] after
OURS = {("Service", "s2"), ("Service", "s3"), ("ClusterRole", "i")}


@pytest.mark.parametrize("case", KEPT, ids=lambda c: f"{c['given']['kind']}-{c['given']['metadata']['name']}")
def test_created_as_on_the_real_server(case: dict[str, Any]) -> None:
    given = case["given"]
    name = given["metadata"]["name"]
    if (given["kind"], name) in OURS:
        pytest.skip("chosen by the server")
    kind = BENCH.objects.resources.of_kind(given["apiVersion"], given["kind"])
    assert kind is not None
    path = kind_path(kind.api_version, kind.plural, "default" if kind.namespaced else "")
    status, answer, _ = BENCH("POST", path + "?dryRun=All&fieldManager=kubectl-create", given)
    assert (status, still(answer)) == (201, still(case["kept"]))


def kind_path(api_version: str, plural: str, namespace: str) -> str:
    root = f"/apis/{api_version}" if "/" in api_version else f"/api/{api_version}"
    return f"{root}/namespaces/{namespace}/{plural}" if namespace else f"{root}/{plural}"


@pytest.mark.parametrize("case", BODIES, ids=lambda c: str(c["kind"]))
def test_protobuf_bodies_say_what_the_json_says(case: dict[str, Any]) -> None:
    body = base64.b64decode(case["protobuf"])
    decoded = protobuf.decode_object(body, "", tables.kinds())
    name = tables.kind_type(decoded["apiVersion"], decoded["kind"])
    assert name is not None
    kept, findings = typed.normalize(decoded, name)
    expected, _ = typed.normalize(case["json"], name)
    for obj in (kept, expected):
        obj["metadata"].pop("managedFields", None)
    assert (still(kept), findings) == (still(expected), [])


@pytest.mark.parametrize("body", [b"", b"{}", b"k8s\x00\x0a\xff", b"k8s\x00\x0a\x05\x0a\x01a\x12\x09x"])
def test_damaged_protobuf_is_refused(body: bytes) -> None:
    with pytest.raises(protobuf.ProtobufError):
        protobuf.decode_object(body, "core.v1.Pod", tables.kinds())


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("1024Mi", "1Gi"), ("0.5", "500m"), ("1e3", "1e3"), ("1.5Gi", "1536Mi"), ("100m", "100m"), ("1000", "1k"),
        ("1000m", "1"), ("0", "0"), ("1Ki", "1Ki"), ("512", "512"), ("1.1Gi", "1181116006400m"), ("-1", "-1"),
        ("10G", "10G"), ("0.1Ki", "102400m"), ("1500M", "1500M"), ("2048Ki", "2Mi"),
    ],
)  # fmt: skip
def test_quantities(given: str, kept: str) -> None:
    assert quantity.canonical(given) == kept


@pytest.mark.parametrize("text", ["", "x", "1x", "1.2.3", "--1", "1 Gi"])
def test_bad_quantities(text: str) -> None:
    with pytest.raises(ValueError, match="quantit"):
        quantity.canonical(text)
