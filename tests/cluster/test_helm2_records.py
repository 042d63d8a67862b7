"""Records of the real Tiller 2.17: read, written, upgraded by it and by us, and migrated to Helm 4's."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.cluster.conftest import RunningCluster, peer
from tests.cluster.interop import Tool, fresh
from tests.cluster.tiller2 import helm2_tool, running_tiller

CHART = Path(__file__).parent.parent / "conformance" / "helm2" / "charts" / "meadow"

pytest.importorskip("google.protobuf")


@pytest.fixture(params=["configmap", "secret"])
def storage(request: pytest.FixtureRequest, cluster: RunningCluster) -> str:
    if cluster.name == "embedded":
        pytest.skip("the real Tiller is tested on a real cluster")
    return str(request.param)


@pytest.fixture
def tillers() -> str:
    """A namespace for Tiller's records."""
    return fresh("tillers")


@pytest.fixture
def helm2(storage: str, tillers: str, cluster: RunningCluster, kubectl: Tool, tmp_path: Path) -> Iterator[Tool]:
    kubectl.run("create", "namespace", tillers)
    with running_tiller(peer("tiller2"), cluster.kubeconfig, tillers, storage=storage) as address:
        yield helm2_tool(peer("helm2"), address, cluster.kubeconfig, tmp_path / "home")


def records(cluster: RunningCluster, storage: str, tillers: str) -> Any:
    """Our storage over Tiller's records."""
    from charthouse.kube.connect import ConnectConfig, SystemClock, connect
    from charthouse.logs import silent
    from charthouse.releases.helm2.driver import tiller_driver
    from charthouse.releases.history import Storage

    clock = SystemClock()
    config = ConnectConfig(environ={"KUBECONFIG": str(cluster.kubeconfig)}, kubeconfig=str(cluster.kubeconfig))
    client = connect(config, clock=clock, log=silent)
    return Storage(tiller_driver(storage, client, tillers, now=lambda: datetime.now(UTC).timestamp(), log=silent))


def told(helm2: Tool, name: str) -> tuple[str, Any]:
    """All the client prints of a release; the live objects, whose age changes, left out."""
    status = helm2.json("status", name)
    assert status["info"]["status"].pop("resources")
    return helm2.run("get", name).stdout, status


def test_taking_turns(storage: str, tillers: str, helm2: Tool, cluster: RunningCluster) -> None:
    """What the real one wrote we read and write again; what we wrote it reads, upgrades and rolls back."""
    from charthouse.records import replace

    name, namespace = fresh("turn"), fresh("field")
    helm2.run("install", str(CHART), "--name", name, "--namespace", namespace, "--set", "cows=4")
    ours = records(cluster, storage, tillers)
    first = ours.deployed(name)
    assert (first.version, first.status, first.config) == (1, "deployed", {"cows": 4.0})
    before = told(helm2, name)
    ours.update(first)
    assert told(helm2, name) == before
    # the next revision is ours; Tiller goes on from it
    ours.update(first.with_status("superseded"))
    second = replace(first, version=2, info=replace(first.info, description="written by charthouse"))
    ours.create(second)
    rows = json.loads(helm2.run("history", name, "-o", "json").stdout)
    assert [(row["revision"], row["status"], row["description"]) for row in rows] == [
        (1, "SUPERSEDED", "Install complete"),
        (2, "DEPLOYED", "written by charthouse"),
    ]
    helm2.run("upgrade", name, str(CHART), "--reuse-values", "--set", "colour=blue")
    helm2.run("rollback", name, "2")
    assert [(found.version, found.status) for found in sorted(ours.history(name), key=lambda r: r.version)] == [
        (1, "superseded"),
        (2, "superseded"),
        (3, "superseded"),
        (4, "deployed"),
    ]
    assert ours.get(name, 3).config == {"cows": 4.0, "colour": "blue"}
    helm2.run("delete", name, "--purge")
    assert [head.labels["name"] for head in ours.heads()] == []


def test_migration(
    storage: str, tillers: str, helm2: Tool, tool: Callable[..., Tool], charthouse: Tool, kubectl: Tool
) -> None:
    """After it helm 4 lists, shows, upgrades, rolls back and uninstalls what Tiller installed."""
    if storage == "secret":
        pytest.skip("once is enough: which kind Tiller's records are of is the other test's matter")
    name, namespace = fresh("moved"), fresh("field")
    helm2.run("install", str(CHART), "--name", name, "--namespace", namespace, "--set", "cows=4")
    helm2.run("upgrade", name, str(CHART), "--set", "cows=5")
    manifest = helm2.run("get", "manifest", name).stdout
    words = ("tiller", "migrate", "--tiller-namespace", tillers, "--tiller-storage", storage)
    helm4 = tool("helm4", HELM_NAMESPACE=namespace)

    shown = charthouse.run(*words).stdout.split()
    assert shown == [
        "NAME",
        "NAMESPACE",
        "REVISIONS",
        "STATUS",
        "ACTION",
        name,
        namespace,
        "1,2",
        "deployed",
        "convert",
    ]
    assert helm4.json("list") == []
    charthouse.run(*words, "--confirm")
    assert [row["action"] for row in charthouse.json(*words)] == ["none: converted before"]
    done = charthouse.run(*words, "--confirm", "--delete-originals").stdout
    assert done.count("Helm 2's record deleted") == 2
    assert helm2.run("list", "--all").stdout == ""
    assert charthouse.run(*words).stdout == "no releases of Helm 2\n"

    assert [(row["revision"], row["status"]) for row in helm4.json("history", name)] == [
        (1, "superseded"),
        (2, "deployed"),
    ]
    assert helm4.run("get", "manifest", name).stdout.strip() == manifest.strip()
    assert helm4.json("get", "values", name) == {"cows": 5}
    helm4.run("upgrade", name, str(CHART), "--reuse-values", "--set", "colour=blue", "--server-side=false")
    tool("charthouse", HELM_NAMESPACE=namespace).run("rollback", name, "1", "--server-side=false")
    config = json.loads(kubectl.run("get", "configmap", f"{name}-meadow", "-n", namespace, "-o", "json").stdout)
    assert config["data"]["cows"] == "4"
    assert (
        len(kubectl.run("get", "secret", "-n", namespace, "-l", "owner=charthouse", "-o", "name").stdout.split()) == 2
    )
    helm4.run("uninstall", name)
    assert helm4.json("list") == []
    left = "--for=delete"
    kubectl.run("wait", "secret", "-n", namespace, "-l", "owner=charthouse", left, "--timeout=60s")
