"""Helm 2's client goes, or the server is killed, in the midst of its work: what was begun is brought to an end."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cluster.conftest import RunningCluster, peer
from tests.cluster.helm2_story import CHARTS
from tests.cluster.interop import Tool, fresh
from tests.cluster.serving import running
from tests.cluster.tiller2 import helm2_tool

pytest.importorskip("google.protobuf")

SLOW = "hooks=%s,seconds=%d,deployment=false"
PATIENCE = 120.0


@pytest.fixture
def place(cluster: RunningCluster, kubectl: Tool) -> str:
    if cluster.name == "real":
        pytest.skip("one cluster is enough")
    namespace = fresh("tiller")
    kubectl.run("create", "namespace", namespace)
    return namespace


def until(found: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not found():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def begun(tool: Tool, *words: str) -> subprocess.Popen[bytes]:
    """A command on its way."""
    return subprocess.Popen([*tool.command, *words], env=tool.environment, stdout=subprocess.DEVNULL)


def job(kubectl: Tool, namespace: str) -> Callable[[], bool]:
    return lambda: "job.batch" in kubectl.run("get", "jobs", "-n", namespace, "-o", "name").stdout


def test_a_client_that_goes(place: str, cluster: RunningCluster, kubectl: Tool, tmp_path: Path) -> None:
    name = fresh("gone")
    with running(cluster, namespace=place, anonymous=True) as served:
        client = helm2_tool(peer("helm2"), served.address, cluster.kubeconfig, tmp_path / "home")
        going = begun(
            client,
            "install",
            CHARTS["@CROFT"],
            "--name",
            name,
            "--namespace",
            name,
            "--set",
            SLOW % ("post-install", 8),
        )
        until(job(kubectl, name))
        going.kill()
        assert going.wait() == -signal.SIGKILL
        until(lambda: "STATUS: DEPLOYED" in client.run("status", name).stdout)
        client.run("delete", name, "--purge", "--no-hooks")


def test_a_server_that_is_killed(place: str, cluster: RunningCluster, kubectl: Tool, tmp_path: Path) -> None:
    name = fresh("killed")
    with running(cluster, namespace=place, anonymous=True) as served:
        client = helm2_tool(peer("helm2"), served.address, cluster.kubeconfig, tmp_path / "home")
        slow = ("--set", SLOW % ("pre-delete", 3))
        client.run("install", CHARTS["@CROFT"], "--name", name, "--namespace", name, *slow)
        going = begun(client, "delete", name, "--purge")
        until(job(kubectl, name))
        served.process.kill()
        served.process.wait()
        going.wait(PATIENCE)
    with running(cluster, namespace=place, anonymous=True) as served:
        client = helm2_tool(peer("helm2"), served.address, cluster.kubeconfig, tmp_path / "home")
        until(lambda: client.run("list", "--all", f"^{name}$").stdout == "")
        left = kubectl.run("get", "configmap,service", "-n", name, "-o", "name").stdout.split()
        assert left == ["configmap/kube-root-ca.crt"]
