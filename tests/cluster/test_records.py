"""The record charthouse writes is, decoded, the one Helm 4.3.1 writes: key by key, times aside."""

from __future__ import annotations

import base64
import gzip
import json
from typing import Any

import pytest

from tests.cluster.interop import CHART, Tool, fresh

TIMES = ("first_deployed", "last_deployed", "started_at", "completed_at", "deleted")


def record(kubectl: Tool, namespace: str, release: str, revision: int) -> tuple[dict[str, Any], dict[str, str]]:
    """The decoded record and the labels of the Secret that holds it."""
    name = f"sh.helm.release.v1.{release}.v{revision}"
    secret = json.loads(kubectl.run("get", "secret", name, "-n", namespace, "-o", "json").stdout)
    assert secret["type"] == "helm.sh/release.v1"
    payload = base64.b64decode(base64.b64decode(secret["data"]["release"]))
    return json.loads(gzip.decompress(payload)), secret["metadata"]["labels"]


def without_times(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: "<time>" if k in TIMES and v else without_times(v) for k, v in value.items()}
    if isinstance(value, list):
        return [without_times(v) for v in value]
    return value


@pytest.mark.parametrize(
    "steps",
    [
        [["install", "r", str(CHART), "--set", "trees=2", "--labels", "team=x"]],
        [["install", "r", str(CHART), "--server-side=false"]],
        [["install", "r", str(CHART)], ["upgrade", "r", str(CHART), "--set", "kind=fig"]],
        [["install", "r", str(CHART)], ["upgrade", "r", str(CHART), "--set", "trees=2"], ["rollback", "r", "1"]],
        [["install", "r", str(CHART)], ["uninstall", "r", "--keep-history"]],
        [["install", "r", str(CHART)], ["test", "r", "--timeout", "60s"]],
    ],
    ids=["install", "client-side", "upgrade", "rollback", "uninstall", "test"],
)
def test_records_are_helms(
    steps: list[list[str]], helm4: Tool, charthouse: Tool, kubectl: Tool, request: pytest.FixtureRequest
) -> None:
    decoded: dict[str, tuple[Any, dict[str, str]]] = {}
    label = request.node.callspec.id.replace("_", "-").lower()
    for tool in (helm4, charthouse):
        namespace = fresh(f"rec-{label}-{tool.name[:2]}")
        kubectl.run("create", "namespace", namespace)
        for step in steps:
            tool.run(*step, "-n", namespace)
        creating = sum(1 for step in steps if step[0] in ("install", "upgrade", "rollback"))
        data, labels = record(kubectl, namespace, "r", creating)
        text = json.dumps(without_times(data)).replace(namespace, "<ns>")
        labels = {k: "<time>" if k in ("createdAt", "modifiedAt") else v for k, v in labels.items()}
        decoded[tool.name] = json.loads(text), labels
        kubectl.run("delete", "namespace", namespace, "--wait=false")
    ours, theirs = decoded["charthouse"], decoded["helm4"]
    assert list(ours[0]) == list(theirs[0])
    assert ours == theirs
