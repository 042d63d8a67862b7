"""The real Helm 2.17 client talking to our Tiller: by every command it prints what it prints against the real one.

The whole story is told on the embedded cluster, an essential one on the real one.
"""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.cluster.conftest import RunningCluster, peer
from tests.cluster.helm2_story import CHARTS, World, sections, told
from tests.cluster.interop import Tool, fresh
from tests.cluster.serving import Served, running
from tests.cluster.tiller2 import helm2_tool, running_tiller

pytest.importorskip("google.protobuf")

STORY = Path(__file__).parent / "data" / "helm2_story.txt"
ESSENTIAL = "essential"


@pytest.fixture(scope="module")
def place(kubectl: Tool) -> str:
    """The namespace of our Tiller, nobody else's, so that it sees no records of other tests' Tillers."""
    namespace = fresh("tiller")
    kubectl.run("create", "namespace", namespace)
    return namespace


@pytest.fixture(scope="module")
def ours(cluster: RunningCluster, place: str) -> Iterator[Served]:
    """Our Tiller."""
    with running(cluster, namespace=place, anonymous=True) as served:
        yield served


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("helm2") / "home"


@pytest.fixture(scope="module")
def client(ours: Served, cluster: RunningCluster, home: Path) -> Tool:
    """The real client, speaking to our Tiller."""
    return helm2_tool(peer("helm2"), ours.address, cluster.kubeconfig, home)


def test_the_same_story(client: Tool, cluster: RunningCluster, kubectl: Tool, home: Path) -> None:
    real = cluster.name == "real"
    story = {name: commands for name, commands in sections(STORY).items() if (name == ESSENTIAL) is real}
    tag = secrets.token_hex(2)
    theirs = {}
    with ExitStack() as stack:
        for name in story:
            kubectl.run("create", "namespace", f"{name}-{tag}")
            address = stack.enter_context(running_tiller(peer("tiller2"), cluster.kubeconfig, f"{name}-{tag}"))
            tool = helm2_tool(peer("helm2"), address, cluster.kubeconfig, home)
            theirs[name] = World(tool, f"theirs-{tag}", tag)
        differences = told(story, theirs, World(client, f"mine-x-{tag}", tag))
    assert not differences, "\n\n".join(differences)


def test_by_the_client_s_own_tunnel(
    client: Tool, cluster: RunningCluster, kubectl: Tool, home: Path, tmp_path: Path
) -> None:
    """kubeconfig → API server → the pod with the labels `helm init` gives → our process."""
    namespace = fresh("tunnel")
    kubectl.run("create", "namespace", namespace)
    kubectl.run("wait", "serviceaccount/default", "--for=create", "-n", namespace, "--timeout=60s")
    pod = tmp_path / "pod.json"
    pod.write_text(json.dumps(POD))
    kubectl.run("apply", "-f", str(pod), "-n", namespace)
    kubectl.run("wait", "pod/tiller", "--for=condition=Ready", "-n", namespace, "--timeout=60s")
    listen = f"127.0.0.1:{cluster.tunnel}"
    with running(cluster, namespace=namespace, anonymous=True, listen=listen):
        tool = helm2_tool(peer("helm2"), "", cluster.kubeconfig, home)
        tool.environment.pop("HELM_HOST")
        tool.environment["TILLER_NAMESPACE"] = namespace
        assert 'Server: &version.Version{SemVer:"v2.17.0"' in tool.run("version").stdout
        name = fresh("tunnel")
        tool.run("install", CHARTS["@CROFT"], "--name", name, "--namespace", namespace)
        assert name in tool.run("list", f"^{name}$").stdout
        tool.run("delete", "--purge", name)
    kubectl.run("delete", "namespace", namespace, "--wait=false")


def test_releases_of_the_real_tiller(
    client: Tool, place: str, cluster: RunningCluster, kubectl: Tool, home: Path
) -> None:
    """What it left is listed, upgraded and rolled back by ours, and the other way round; it stays in Helm 2's form."""
    name, namespace = fresh("left"), fresh("left")
    with running_tiller(peer("tiller2"), cluster.kubeconfig, place) as address:
        real = helm2_tool(peer("helm2"), address, cluster.kubeconfig, home)
        real.run(
            "install", CHARTS["@MEADOW"], "--name", name, "--namespace", namespace, "--set", "cows=4", "--no-hooks"
        )
        both_say_the_same(real, client, name)
        client.run("upgrade", name, CHARTS["@MEADOW"], "--set", "cows=5", "--no-hooks")
        client.run("test", name, "--cleanup", "--timeout", "60")
        both_say_the_same(real, client, name)
        real.run("upgrade", name, CHARTS["@MEADOW"], "--reuse-values", "--set", "brook.fish=1", "--no-hooks")
        client.run("rollback", name, "1")
        real.run("rollback", name, "2")
        both_say_the_same(real, client, name)
        rows = [line.split("\t")[2].strip() for line in client.run("history", name).stdout.splitlines()[1:]]
        assert rows == ["SUPERSEDED"] * 4 + ["DEPLOYED"]
        records = kubectl.run("get", "configmap", "-n", place, "-l", f"NAME={name},OWNER=TILLER", "-o", "name").stdout
        assert len(records.split()) == 5
        client.run("delete", name)
        both_say_the_same(real, client, name, "DELETED")
        real.run("delete", name, "--purge")
    assert client.run("list", "--all", f"^{name}$").stdout == ""


def both_say_the_same(real: Tool, client: Tool, name: str, status: str = "DEPLOYED") -> None:
    """All that can be read of a release, by both servers."""
    for words in (
        ["list", "--all", f"^{name}$"],
        ["history", name],
        ["get", name],
        ["get", "values", name, "--all"],
        ["status", name, "-o", "json"],
    ):
        one, other = (re.sub(r"\b\d+m?\d*s\b", "<age>", tool.run(*words).stdout) for tool in (real, client))
        if words[:2] == ["get", name] or words[:2] == ["get", "hooks"]:
            one, other = ("\n".join(sorted(text.split("\n"))) for text in (one, other))
        assert one == other, words
    assert status in client.run("status", name).stdout


def test_records_are_helm_4_s(client: Tool, tool: Callable[..., Tool], kubectl: Tool) -> None:
    """New releases are kept in Helm 3's and 4's form: helm reads them, and Helm 2's client what helm made."""
    name, namespace = fresh("shared"), fresh("shared")
    helm4 = tool("helm4", HELM_DRIVER="configmap")
    client.run("install", CHARTS["@MEADOW"], "--name", name, "--namespace", namespace, "--set", "cows=4,brook.fish=9")
    ns = ("-n", namespace)
    listed = helm4.json("list", *ns)
    assert [(row["name"], row["revision"], row["status"]) for row in listed] == [(name, "1", "deployed")]
    assert helm4.json("get", "values", name, *ns) == {"cows": 4, "brook": {"fish": 9}}
    assert helm4.run("get", "manifest", name, *ns).stdout.strip() == client.run("get", "manifest", name).stdout.strip()
    client.run("upgrade", name, CHARTS["@MEADOW"], "--set", "cows=5", "--no-hooks")
    assert [row["status"] for row in helm4.json("history", name, *ns)] == ["superseded", "deployed"]
    helm4.run("upgrade", name, CHARTS["@CROFT"], *ns, "--set", "deployment=false")
    assert "croft-0.2.0" in client.run("list", f"^{name}$").stdout
    client.run("rollback", name, "1")
    assert "fish: 9" in client.run("get", "values", name).stdout
    assert [row["description"] for row in helm4.json("history", name, *ns)][-1] == "Rollback to 1"
    client.run("delete", "--purge", name)
    assert helm4.json("list", *ns) == []
    kept = kubectl.run("get", "configmap", *ns, "-l", "owner in (helm,charthouse)", "-o", "name").stdout
    assert kept == ""


def test_a_name_in_two_namespaces(client: Tool, tool: Callable[..., Tool], kubectl: Tool) -> None:
    """Helm 2's API cannot say which is meant; so neither is touched, and the name is taken."""
    name, helm4 = fresh("twice"), tool("helm4")
    places = sorted(fresh("twice") for _ in range(2))
    for place in places:
        helm4.run("install", name, CHARTS["@CROFT"], "-n", place, "--create-namespace", "--set", "deployment=false")
    said = f'there is a release named "{name}" in each of the namespaces "{places[0]}" and "{places[1]}"\n'
    for words in (["status", name], ["delete", name], ["upgrade", name, CHARTS["@CROFT"]], ["rollback", name, "1"]):
        assert said in client.run(*words, expect=1).stderr, words
    taken = client.run("install", CHARTS["@CROFT"], "--name", name, "--namespace", "elsewhere", expect=1).stderr
    assert f"a release named {name} already exists." in taken
    helm4.run("uninstall", name, "-n", places[1])
    assert f"NAMESPACE: {places[0]}" in client.run("status", name).stdout
    again = ("install", CHARTS["@CROFT"], "--name", name, "--namespace", places[1], "--replace")
    assert f"has its records in the namespace {places[0]}" in client.run(*again, expect=1).stderr
    client.run("delete", "--purge", name)


def test_a_name_of_tiller_s_choice(client: Tool) -> None:
    namespace = fresh("named")
    done = client.run("install", CHARTS["@CROFT"], "--namespace", namespace, "--set", "deployment=false")
    found = re.search(r"^NAME:   ([a-z]+-[a-z]+)$", done.stdout, re.MULTILINE)
    assert found is not None
    assert found[1] in client.run("list", "--namespace", namespace, "-q").stdout.split()
    client.run("delete", "--purge", found[1])


def test_per_cent_signs(client: Tool) -> None:
    """The client takes an error for a printf format; from Tiller it prints `100%!(NOVERB)`."""
    done = client.run("install", CHARTS["@CROFT"], "--namespace", "nowhere", "--set", "mistake=fail", expect=1)
    assert done.stderr.endswith("error calling fail: no crop at 100%\n")


def test_crd_install_hooks(client: Tool, kubectl: Tool, tmp_path: Path) -> None:
    """A definition of the API of today, which Tiller 2.17 cannot wait for, and an object of it in one chart."""
    name, group = fresh("kinds"), f"{fresh('kinds')}.example.org"
    (tmp_path / "c" / "templates").mkdir(parents=True)
    (tmp_path / "c" / "Chart.yaml").write_text("apiVersion: v1\nname: c\nversion: 0.1.0\n")
    (tmp_path / "c" / "templates" / "crd.yaml").write_text(CRD.replace("GROUP", group))
    (tmp_path / "c" / "templates" / "boat.yaml").write_text(
        f"apiVersion: {group}/v1\nkind: Boat\nmetadata: {{name: b}}\n"
    )
    dry = client.run("install", str(tmp_path / "c"), "--name", name, "--namespace", name, "--dry-run")
    assert "WARNING: Validation skipped because CRDs are not installed" in dry.stdout
    refused = client.run("install", str(tmp_path / "c"), "--name", name, "--namespace", name, "--no-crd-hook", expect=1)
    assert 'validation failed: unable to recognize "": no matches for kind "Boat"' in refused.stderr
    done = client.run("install", str(tmp_path / "c"), "--name", name, "--namespace", name, "--timeout", "60")
    assert "==> v1/Boat" in done.stdout
    client.run("delete", "--purge", name)
    kubectl.run("delete", "crd", f"boats.{group}")


POD = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {"name": "tiller", "labels": {"app": "helm", "name": "tiller"}},
    "spec": {
        "hostNetwork": True,
        "containers": [{"name": "tiller", "image": "x", "ports": [{"containerPort": 44134}]}],
    },
}
CRD = """\
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: boats.GROUP
  annotations: {helm.sh/hook: crd-install}
spec:
  group: GROUP
  scope: Namespaced
  names: {kind: Boat, plural: boats, singular: boat}
  versions:
  - {name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object}}}
"""
