"""Helm's way and charthouse's, step by step in lanes of their own: what is said, recorded and left in the cluster.

The stories are in tests/cluster/stories, the commands of lanes.py; the charts in tests/cluster/charts hold one object
of nearly every kind (estuary), every hook event and policy (bells), sub-charts of every sort (fleet), API v1 (ledger).
"""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from http.client import HTTPConnection
from pathlib import Path

import pytest

from tests.cluster.interop import Tool, fresh
from tests.cluster.lanes import CHARTS, Lane, compare

STORIES = sorted((Path(__file__).parent / "stories").glob("*.txt"))


@pytest.fixture(scope="module")
def proxy(kubectl: Tool) -> Iterator[int]:
    """The port of a `kubectl proxy`; the custom kinds of estuary are there for both lanes."""
    kubectl.run("apply", "-f", str(CHARTS / "estuary" / "crds"))
    kubectl.run("wait", "crd/reeds.estuary.example.org", "--for=condition=Established", "--timeout=30s")
    process = subprocess.Popen(
        [*kubectl.command, "proxy", "--port=0"], env=kubectl.environment, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    try:
        yield int(process.stdout.readline().rsplit(":", 1)[1])
    finally:
        process.kill()
        process.wait()


@pytest.mark.parametrize("path", STORIES, ids=[path.stem for path in STORIES])
def test_lanes_are_alike(path: Path, tool: Callable[..., Tool], proxy: int, tmp_path: Path) -> None:
    peers = {name: tool(name) for name in ("helm3", "helm4", "kubectl")}
    lanes = []
    for it in ("helm4", "charthouse"):
        namespace = fresh(f"{path.stem}-{it[0]}")
        for name in (namespace, f"{namespace}-far"):
            peers["kubectl"].run("create", "namespace", name)
        peers["kubectl"].run("wait", "configmap/kube-root-ca.crt", "--for=create", "-n", namespace, "--timeout=30s")
        folder = tmp_path / it
        folder.mkdir()
        lanes.append(Lane(tool(it), namespace, peers, folder, HTTPConnection("127.0.0.1", proxy)))
    lines = [line for line in path.read_text().split("\n") if line and not line.startswith("#")]
    different = compare(lanes[0], lanes[1], lines)
    for lane in lanes:
        peers["kubectl"].run("delete", "namespace", lane.namespace, f"{lane.namespace}-far", "--wait=false")
    if different:
        pytest.fail(f"{len(different)} of {len(lines)} steps differ\n" + "\n\n".join(different))
