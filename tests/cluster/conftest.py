"""The two clusters every test of this folder runs against, and the tools that work on them.

``embedded``: charthouse's own API server, in a process of its own. ``real``: Kubernetes 1.37.2 with simulated nodes,
built by ``make peers``. Where a peer is missing the test is skipped and says which; under CI=true that is a failure.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.cluster.interop import Tool
from tests.cluster.shared import shared
from tests.cluster.spreading import pytest_collection_modifyitems, pytest_xdist_make_scheduler

__all__ = ["RunningCluster", "peer", "pytest_collection_modifyitems", "pytest_xdist_make_scheduler"]

ROOT = Path(__file__).resolve().parent.parent.parent
PEERS = Path(os.environ.get("CHARTHOUSE_PEERS") or ROOT / ".peers" / "bin")
KWOK = """\
---
apiVersion: kwok.x-k8s.io/v1alpha1
kind: ClusterLogs
metadata: {name: logs}
spec:
  logs:
  - logsFile: LOGFILE
    followLogs: false
---
apiVersion: kwok.x-k8s.io/v1alpha1
kind: ClusterPortForward
metadata: {name: forwards}
spec:
  forwards:
  - {ports: [44134], target: {port: TUNNEL, address: 127.0.0.1}}
"""


def peer(name: str) -> Path:
    """The path of a real peer; skips the test, or fails it in CI, when it is not there."""
    path = PEERS / name
    if not path.is_file():
        missing = f"missing peer: {name} (run `make peers`; looked in {PEERS})"
        if os.environ.get("CI") == "true":
            pytest.fail(missing)
        pytest.skip(missing)
    return path


@dataclass(frozen=True)
class RunningCluster:
    """name: `embedded` or `real`; kubeconfig: path of a file with contexts `admin`, `alice`, `bob`, admin current.

    folder: where ca.{crt,key} (the client CA), front-proxy-client.{crt,key} and audit.log are. tunnel: the port of
    127.0.0.1 that port 44134 of every pod leads to.
    """

    name: str
    kubeconfig: Path
    folder: Path
    tunnel: int


def first_line(process: subprocess.Popen[str], seconds: float) -> str:
    """What a starting server prints when it is ready."""
    assert process.stdout is not None
    started = time.monotonic()
    line = process.stdout.readline().strip()
    if not line or time.monotonic() - started > seconds:
        process.kill()
        raise RuntimeError(f"the cluster did not come up within {seconds} s: {process.args!r}")
    return line


def die_with_parent() -> None:
    """In the child: be told to end when pytest is gone, however it went (Linux; elsewhere nothing happens)."""
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(1, signal.SIGTERM)  # PR_SET_PDEATHSIG


def free_port() -> int:
    """A port nobody listens on, below those the system gives to connections: it must stay free until it is used."""
    for port in random.sample(range(20_000, 30_000), 50):
        with socket.socket() as one:
            try:
                one.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise RuntimeError("no free port")


def start_real(folder: Path) -> Iterator[RunningCluster]:
    (folder / "pod.log").write_text("2026-01-01T00:00:00.000000000Z stdout F simulated\n")
    tunnel = free_port()
    kwok = KWOK.replace("LOGFILE", str(folder / "pod.log")).replace("TUNNEL", str(tunnel))
    (folder / "kwok.yaml").write_text(kwok)
    process = subprocess.Popen(
        [str(peer("up.sh")), str(PEERS), str(folder / "data"), str(folder / "kwok.yaml")],
        stdout=subprocess.PIPE,
        stderr=(folder / "log").open("w"),
        text=True,
        start_new_session=True,
        preexec_fn=die_with_parent,
    )
    try:
        yield RunningCluster("real", Path(first_line(process, 90)), folder / "data", tunnel)
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(20)


def start_embedded(folder: Path) -> Iterator[RunningCluster]:
    kubeconfig, tunnel = folder / "kubeconfig", free_port()
    flags = {
        "--kubeconfig": str(kubeconfig), "--authorization": "rbac", "--pki": str(folder),
        "--audit-log": str(folder / "audit.log"), "--forward": f"44134=127.0.0.1:{tunnel}",
    }  # fmt: skip
    process = subprocess.Popen(
        [sys.executable, "-m", "charthouse.devcluster", *(word for pair in flags.items() for word in pair)],
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=die_with_parent,
    )
    try:
        first_line(process, 20)
        yield RunningCluster("embedded", kubeconfig, folder, tunnel)
    finally:
        process.terminate()
        process.wait(20)


@pytest.fixture(scope="session")
def clusters(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], RunningCluster]]:
    """clusters(NAME): that cluster, shared by the processes of a run, running until the end of this one's tests."""
    base = tmp_path_factory.getbasetemp()
    base = base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base
    running: dict[str, RunningCluster] = {}

    def told(name: str) -> Iterator[dict[str, Any]]:
        folder = Path(tempfile.mkdtemp(prefix=f"charthouse-{name}-"))
        try:
            for found in (start_real if name == "real" else start_embedded)(folder):
                yield {"kubeconfig": str(found.kubeconfig), "folder": str(found.folder), "tunnel": found.tunnel}
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    with ExitStack() as stack:

        def get(name: str) -> RunningCluster:
            if name not in running:
                if name == "real":
                    for needed in ("realcluster", "kwok"):
                        peer(needed)
                found = stack.enter_context(shared(base / f"cluster-{name}", lambda: told(name)))
                running[name] = RunningCluster(
                    name, Path(found["kubeconfig"]), Path(found["folder"]), int(found["tunnel"])
                )
            return running[name]

        yield get


@pytest.fixture(scope="session", params=["embedded", "real"])
def cluster(request: pytest.FixtureRequest, clusters: Callable[[str], RunningCluster]) -> RunningCluster:
    return clusters(str(request.param))


@pytest.fixture(scope="session")
def homes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Helm's directories, shared by all tools as a user's are."""
    return tmp_path_factory.mktemp("homes")


@pytest.fixture(scope="session")
def tool(cluster: RunningCluster, homes: Path) -> Callable[..., Tool]:
    """tool(NAME, VARIABLE=value…): helm4, helm3, kubectl or charthouse, pointed at the cluster."""

    def make(name: str, **variables: str) -> Tool:
        command = [sys.executable, "-m", "charthouse"] if name == "charthouse" else [str(peer(name))]
        environment = {
            **os.environ,
            "KUBECONFIG": str(cluster.kubeconfig),
            "HELM_CACHE_HOME": str(homes / "cache"),
            "HELM_CONFIG_HOME": str(homes / "config"),
            "HELM_DATA_HOME": str(homes / "data"),
            "KUBECACHEDIR": str(homes / "kube"),
            **variables,
        }
        return Tool(name, command, environment)

    return make


@pytest.fixture(scope="session")
def helm4(tool: Callable[..., Tool]) -> Tool:
    return tool("helm4")


@pytest.fixture(scope="session")
def charthouse(tool: Callable[..., Tool]) -> Tool:
    return tool("charthouse")


@pytest.fixture(scope="session")
def kubectl(tool: Callable[..., Tool]) -> Tool:
    return tool("kubectl")
