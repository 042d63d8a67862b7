"""What the verbs add to Helm's, on both clusters: the lock, taking over, reasons of failure, many releases at once."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from charthouse import AsyncClient, Client, Release, load_chart
from charthouse.kube.connect import ConnectConfig, SystemClock, connect
from charthouse.records import replace
from charthouse.releases.holder import Holder, this_process
from charthouse.releases.journal import Journal
from charthouse.releases.lock import LeaseLocks, Lock
from tests.cluster.interop import CHART, Tool

LANTERN = str(Path(__file__).parent / "charts" / "lantern")


@pytest.fixture
def namespace(kubectl: Tool, request: pytest.FixtureRequest) -> Iterator[str]:
    name = request.node.originalname.replace("_", "-").removeprefix("test-")[:60]
    kubectl.run("create", "namespace", name)
    yield name
    kubectl.run("delete", "namespace", name, "--wait=false")


def locked(kubectl: Tool, namespace: str, holder: Holder) -> Lock:
    client = connect(ConnectConfig(environ={**os.environ, "KUBECONFIG": kubectl.environment["KUBECONFIG"]}))
    locks = LeaseLocks(client, namespace, holder=lambda: holder, clock=SystemClock(), hint=print)
    return locks.acquire("r", Journal("upgrade", 0))


def test_one_at_a_time(charthouse: Tool, kubectl: Tool, namespace: str) -> None:
    charthouse.run("install", "r", str(CHART), "-n", namespace)
    lock = locked(kubectl, namespace, this_process("here"))
    refused = charthouse.run("upgrade", "r", str(CHART), "-n", namespace, expect=1)
    assert refused.stderr == (
        "Error: UPGRADE FAILED: another operation (install/upgrade/rollback) is in progress\n"
        f"hint: process {os.getpid()} of this machine works on the release\n"
    )
    lock.release()
    charthouse.run("upgrade", "r", str(CHART), "-n", namespace)
    assert kubectl.run("get", "leases", "-n", namespace, "-o", "name").stdout == ""


def test_a_holder_on_another_machine_is_waited_out(charthouse: Tool, kubectl: Tool, namespace: str) -> None:
    charthouse.run("install", "r", str(CHART), "-n", namespace)
    far = replace(this_process("far"), machine="another", host="far")
    lock = locked(kubectl, namespace, far)
    started = time.monotonic()
    refused = charthouse.run("upgrade", "r", str(CHART), "-n", namespace, expect=1)
    assert f"hint: {far.identity} works on the release\n" in refused.stderr  # its heart beats every five seconds
    assert time.monotonic() - started < 12
    lock.abandon()  # as if the machine had lost its power
    started = time.monotonic()
    charthouse.run("upgrade", "r", str(CHART), "-n", namespace)
    assert 12 < time.monotonic() - started < 30


def test_work_goes_on_without_rights_to_leases(charthouse: Tool, kubectl: Tool, namespace: str) -> None:
    everything = ["configmaps", "secrets", "services", "pods", "events", "deployments.apps", "jobs.batch"]
    role = ["create", "role", "all-but-leases", "-n", namespace, "--verb=*"]
    kubectl.run(*role, *[f"--resource={kind}" for kind in everything])
    kubectl.run("create", "rolebinding", "alice", "-n", namespace, "--role=all-but-leases", "--user=alice")
    done = charthouse.run("install", "r", LANTERN, "-n", namespace, "--kube-context", "alice")
    assert "hint: no right to create Leases here" in done.stderr
    assert "STATUS: deployed" in done.stdout


def test_what_a_killed_helm_left_is_taken_over_on_request(
    charthouse: Tool, helm4: Tool, kubectl: Tool, namespace: str
) -> None:
    never = ["--set", "image=never-ready", "--set", "fail=true"]
    process = subprocess.Popen(
        [*helm4.command, "install", "r", LANTERN, "-n", namespace, "--wait", *never],
        env=helm4.environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    for _ in range(200):
        found = kubectl.run("get", "secrets", "-n", namespace, "-l", "owner=helm", "-o", "name").stdout
        if found:
            break
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    status = charthouse.json("status", "r", "-n", namespace)["info"]["status"]
    if status != "pending-install":
        pytest.skip("helm was done before it could be killed")
    refused = charthouse.run("upgrade", "--install", "r", LANTERN, "-n", namespace, expect=1)
    assert "another operation (install/upgrade/rollback) is in progress" in refused.stderr
    assert "--recover" in refused.stderr
    charthouse.run("upgrade", "--install", "r", LANTERN, "-n", namespace, "--recover")
    statuses = [row["status"] for row in helm4.json("history", "r", "-n", namespace)]
    assert statuses[-1] == "deployed"
    assert "pending-install" not in statuses


def test_failures_say_why_and_keep_it(charthouse: Tool, kubectl: Tool, namespace: str) -> None:
    failing = ("--set", "migrate.exit=3", "--timeout", "30s")
    charthouse.run("install", "r", str(CHART), "-n", namespace)
    failed = charthouse.run("upgrade", "r", str(CHART), "-n", namespace, *failing, expect=1)
    ours = [line for line in failed.stderr.splitlines() if line.startswith("hint: ")]
    assert ours, failed.stderr
    secret = "sh.helm.release.v1.r.v2"
    record = json.loads(kubectl.run("get", "secret", secret, "-n", namespace, "-o", "json").stdout)
    findings = json.loads(record["metadata"]["annotations"]["charthouse.dev/findings"])
    assert {"subject", "source", "text"} == set(findings[0])


def test_fifty_at_once(kubectl: Tool, namespace: str) -> None:
    kubeconfig = kubectl.environment["KUBECONFIG"]
    chart = load_chart(LANTERN)
    client = Client(kubeconfig=kubeconfig, namespace=namespace)

    def install(number: int) -> Release:
        return client.install(f"t{number}", chart, wait="watcher", timeout=240)

    with ThreadPoolExecutor(50) as threads:
        made = list(threads.map(install, range(50)))
    assert [release.status for release in made] == ["deployed"] * 50

    async def at_once() -> list[Release]:
        async with AsyncClient(kubeconfig=kubeconfig, namespace=namespace) as same:
            jobs = [same.install(f"a{number}", chart, wait="watcher", timeout=240) for number in range(50)]
            return await asyncio.gather(*jobs)

    assert [release.status for release in asyncio.run(at_once())] == ["deployed"] * 50
    listed = client.list()
    assert len(listed) == 100
    assert {release.status for release in listed} == {"deployed"}
