"""Our client on the real Tiller 2.17: every verb, by address and through the tunnel to its pod."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

pytest.importorskip("google.protobuf")
pytest.importorskip("h2")

from tests.cluster.conftest import RunningCluster, peer
from tests.cluster.interop import Tool, fresh
from tests.cluster.reached import tiller_pod
from tests.cluster.tiller2 import helm2_tool, running_tiller

CHART = Path(__file__).parent.parent / "conformance" / "helm2" / "charts" / "meadow"
LATER = Path(__file__).parent / "charts" / "orchard"


@pytest.fixture(scope="module")
def tillers(cluster: RunningCluster, kubectl: Tool) -> Iterator[str]:
    """The namespace of Tiller and its records."""
    name = fresh("tillers")
    kubectl.run("create", "namespace", name)
    kubectl.run("wait", "serviceaccount/default", "--for=create", "-n", name, "--timeout=60s")
    yield name
    kubectl.run("delete", "namespace", name, "--wait=false")


@pytest.fixture(scope="module")
def address(cluster: RunningCluster, tillers: str) -> Iterator[str]:
    """A Tiller 2.17, where the tunnel of the cluster's pods leads."""
    with running_tiller(peer("tiller2"), cluster.kubeconfig, tillers, port=cluster.tunnel) as found:
        yield found


@pytest.fixture
def helm2(address: str, cluster: RunningCluster, tmp_path: Path) -> Tool:
    return helm2_tool(peer("helm2"), address, cluster.kubeconfig, tmp_path / "home")


@pytest.fixture
def ours(address: str, tool: Callable[..., Tool]) -> Tool:
    return tool("charthouse", HELM_HOST=address, TZ="UTC")


@pytest.fixture
def whole(cluster: RunningCluster) -> None:
    """For tests whose time is spent on one cluster only."""
    if cluster.name == "embedded":
        pytest.skip("tried on the real cluster")


@pytest.fixture
def field(kubectl: Tool) -> Iterator[str]:
    name = fresh("field")
    kubectl.run("create", "namespace", name)
    yield name
    kubectl.run("delete", "namespace", name, "--wait=false")


def rows(text: str) -> list[list[str]]:
    return [re.split(r"\s*\t", line.strip()) for line in text.splitlines()]


@pytest.mark.usefixtures("whole")
def test_the_life_of_a_release(ours: Tool, helm2: Tool, field: str) -> None:
    """Each step is done by ours and looked at with Helm 2's own client."""
    name, chart, ns = fresh("life"), str(CHART), ("-n", field)
    first = ours.run("install", name, chart, *ns, "--set", "cows=4", "--wait", "--timeout", "90s").stdout
    assert first.startswith(f"NAME: {name}\n")
    assert "STATUS: deployed\nREVISION: 1\nDESCRIPTION: Install complete\nNOTES:\n" in first
    again = ours.run("install", name, chart, *ns, expect=1).stderr
    assert again.startswith(f"Error: INSTALLATION FAILED: a release named {name} already exists.\nRun: helm ls --all")
    assert helm2.run("get", "values", name).stdout == "cows: 4\n\n"
    listed = json.loads(helm2.run("list", f"^{name}$", "--output", "json").stdout)["Releases"]
    assert [(row["Revision"], row["Status"], row["Namespace"]) for row in listed] == [(1, "DEPLOYED", field)]
    assert [row[:3] + row[4:] for row in rows(ours.run("list", *ns, "--no-headers").stdout)] == [
        [name, field, "1", "deployed", "meadow-0.3.1", "7"]
    ]

    assert ours.run("get", "manifest", name).stdout.strip() == helm2.run("get", "manifest", name).stdout.strip()
    status = ours.run("status", name, *ns).stdout
    assert f"==> v1/ConfigMap\nNAME{' ' * (len(name) + 6)}DATA   AGE\n" in status

    changed = ours.run("diff", "upgrade", name, chart, *ns, "--set", "cows=5").stdout
    assert [line for line in changed.splitlines() if line[:1] in "+-"] == [
        '-  cows: "4"', '-  revision: "1"', '+  cows: "5"', '+  revision: "2"',
    ]  # fmt: skip
    upgraded = ours.run("upgrade", name, chart, *ns, "--set", "cows=5", "--description", "five").stdout
    assert upgraded.startswith(f'Release "{name}" has been upgraded. Happy Helming!\n')
    assert "REVISION: 2\nDESCRIPTION: five\n" in upgraded
    reused = json.loads(ours.run("upgrade", name, chart, *ns, "--reuse-values", "--no-hooks", "-o", "json").stdout)
    assert (reused["version"], reused["config"]) == (3, {"cows": 5})
    failed = ours.run("upgrade", name, chart, *ns, "--set", "cows=6", "--set-string", "colour=a\\nb: c", expect=1)
    assert failed.stderr.startswith("Error: UPGRADE FAILED: ")
    assert ours.run("rollback", name, "1").stdout == "Rollback was a success! Happy Helming!\n"
    history = [(row["revision"], row["status"], row["description"]) for row in ours.json("history", name)]
    assert history[:3] == [
        (1, "superseded", "Install complete"), (2, "superseded", "five"), (3, "superseded", "Upgrade complete"),
    ]  # fmt: skip
    assert history[-1][1:] == ("deployed", "Rollback to 1")
    theirs = json.loads(helm2.run("history", name, "-o", "json").stdout)
    assert [(row["revision"], row["status"].lower(), row["description"]) for row in theirs] == history

    tested = ours.run("test", name, "--timeout", "90s", "--logs").stdout
    assert re.search(
        rf"TEST SUITE:     {name}-look\nLast Started:   .*\nLast Completed: .*\nPhase:          Succ", tested
    )
    assert f"POD LOGS: {name}-look\n" in tested
    ours.run("test", name, "--timeout", "90s")  # nothing of the first run is in the way

    assert ours.run("uninstall", name, "--keep-history").stdout == f'release "{name}" uninstalled\n'
    assert [row["status"] for row in ours.json("list", *ns, "--uninstalled")] == ["uninstalled"]
    revived = ours.run("upgrade", "--install", name, chart, *ns, "--no-hooks").stdout
    assert revived.startswith(f'Release "{name}" does not exist. Installing it now.\nNAME: {name}\n')
    ours.run("uninstall", name)
    gone = ours.run("uninstall", name, expect=1).stderr
    assert gone.startswith(f'Error: uninstall: Release not loaded: {name}: release: "{name}" not found\n')
    assert ours.run("uninstall", name, "--ignore-not-found").stdout == f'release "{name}" uninstalled\n'
    assert ours.json("list", *ns) == []


def test_what_it_cannot_do_is_said(ours: Tool, field: str) -> None:
    for arguments, text in (
        (
            ("install", "a", str(CHART), "--labels", "a=b"),
            "INSTALLATION FAILED: install: Helm 2's Tiller knows no --labels",
        ),
        (
            ("install", "a", str(CHART), "--server-side"),
            "INSTALLATION FAILED: install: Helm 2's Tiller knows no --server-side",
        ),
        (("install", "a", str(LATER)), "INSTALLATION FAILED: apiVersion 'v2' is not valid. The value must be \"v1\""),
        (("list", "-l", "a=b"), "list: Helm 2's Tiller knows no --selector"),
        (("upgrade", "a", str(CHART)), 'UPGRADE FAILED: "a" has no deployed releases'),
        (("status", "a"), 'release: "a" not found'),
    ):
        said = ours.run(*arguments, *(() if "-n" in arguments else ("-n", field)), expect=1).stderr
        assert said.startswith(f"Error: {text}\nhint: "), said


@pytest.mark.usefixtures("whole")
def test_an_install_that_fails_is_undone(ours: Tool, helm2: Tool, kubectl: Tool, field: str) -> None:
    name, ns = fresh("undone"), ("-n", field)
    flags = ("--rollback-on-failure", "--no-hooks", "--timeout", "90s")
    said = ours.run("install", name, str(CHART), *ns, "--set-string", "colour=a\\nb: c", *flags, expect=1).stderr
    assert said.startswith("Error: INSTALLATION FAILED: YAML parse error on meadow/templates/config.yaml: ")
    kubectl.run("create", "configmap", f"{name}-meadow", *ns)  # in the way, once there is a record
    said = ours.run("install", name, str(CHART), *ns, *flags, expect=1).stderr
    failed = f'release {name} failed: configmaps "{name}-meadow" already exists'
    assert said.splitlines()[0] == (
        f"Error: INSTALLATION FAILED: release {name} failed, and has been uninstalled due to rollback-on-failure being "
        f"set: {failed}"
    )
    assert helm2.run("list", "--all", f"^{name}$").stdout == ""


def test_through_the_tunnel(
    address: str, tool: Callable[..., Tool], kubectl: Tool, tillers: str, tmp_path: Path, field: str
) -> None:
    """By kubeconfig alone: no CA is published, so it is spoken to in plain text, and shown nothing."""
    tiller_pod(kubectl, tmp_path, tillers)
    ours = tool("charthouse", CHARTHOUSE_TILLER="cluster", TILLER_NAMESPACE=tillers)
    assert ours.run("version", "--short").stdout.splitlines()[1] == "Server: v2.17.0"
    name = fresh("far")
    ours.run("install", name, str(CHART), "-n", field, "--no-hooks")
    assert [row["name"] for row in ours.json("list", "-n", field)] == [name]
    ours.run("uninstall", name, "-n", field)
    missing = ours.run("uninstall", name, "-n", field, expect=1).stderr
    assert f'release: "{name}" not found' in missing


@pytest.mark.usefixtures("whole")
def test_releases_of_helm_2_s_client_are_ours_to_go_on_with(ours: Tool, helm2: Tool, field: str) -> None:
    name = fresh("theirs")
    helm2.run("install", str(CHART), "--name", name, "--namespace", field, "--no-hooks")
    ours.run("upgrade", name, str(CHART), "-n", field, "--set", "cows=9", "--no-hooks")
    assert helm2.run("get", "values", name).stdout == "cows: 9\n\n"
    wrong = ours.run("uninstall", name, "-n", "default", expect=1).stderr
    assert f"hint: Tiller's release of that name is in the namespace {field}\n" in wrong
    ours.run("uninstall", name)
