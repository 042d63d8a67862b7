"""Two users at one Tiller, one with rights, one without: all verbs, the audit, and `helm` on the same records."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cluster.conftest import RunningCluster
from tests.cluster.doors import patiently, secured, succeeds
from tests.cluster.interop import CHART, Tool, fresh
from tests.cluster.serving import Served

KINDS = "configmaps,secrets,services,deployments,statefulsets,jobs,pods,leases,serviceaccounts"


class Place:
    """A namespace in which alice may do what an `admin` may and bob nothing, and the tools of both with a Tiller."""

    def __init__(self, name: str, tool: Callable[..., Tool], tiller: Served, ca: Path) -> None:
        self.name = name
        self.tool = tool
        self.tiller = tiller
        self.ca = ca
        self.kubectl = tool("kubectl")

    def by(self, user: str, *, direct: bool = False) -> Tool:
        """charthouse as `user`, through Tiller or, with the same kind of records, on its own."""
        there = {"CHARTHOUSE_TILLER": self.tiller.address, "HELM_TLS_CA_CERT": str(self.ca)}
        return self.tool("charthouse", HELM_KUBECONTEXT=user, HELM_NAMESPACE=self.name,
                         **({"HELM_DRIVER": "configmap"} if direct else there))  # fmt: skip

    def objects(self) -> dict[str, str]:
        """Every object of the namespace and its resource version."""
        items = self.kubectl.json("get", KINDS, "-n", self.name)["items"]
        return {f"{one['kind']}/{one['metadata']['name']}": one["metadata"]["resourceVersion"] for one in items}

    def records(self) -> list[dict[str, Any]]:
        """The ConfigMaps of releases."""
        found = self.kubectl.json("get", "configmaps", "-n", self.name, "-l", "owner=helm")["items"]
        return sorted(found, key=lambda one: str(one["metadata"]["name"]))


@pytest.fixture(scope="module")
def served(
    cluster: RunningCluster, charthouse: Tool, kubectl: Tool, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Served, Path]]:
    """A Tiller with the rights of our manifests and a certificate, and that certificate's CA."""
    with secured(cluster, charthouse, kubectl, tmp_path_factory.mktemp("served")) as found:
        yield found


@pytest.fixture
def place(served: tuple[Served, Path], tool: Callable[..., Tool], kubectl: Tool) -> Iterator[Place]:
    name = fresh("two-users")
    kubectl.run("create", "namespace", name)
    kubectl.run("create", "rolebinding", "alice", "--clusterrole=admin", "--user=alice", "-n", name)
    made = Place(name, tool, *served)
    asked = ("auth", "can-i", "create", "configmaps", "-n", name, "--as", "alice", "-q")
    assert patiently(lambda: succeeds(kubectl, *asked))
    yield made
    kubectl.run("delete", "namespace", name, "--wait=false")


def test_all_verbs_by_one_with_rights_and_one_without(place: Place, cluster: RunningCluster) -> None:
    alice, bob = place.by("alice"), place.by("bob")
    chart = str(CHART)
    before = place.objects()
    refused(bob, place, "install", "grove", chart)
    assert place.objects() == before, "nothing changed"

    assert "STATUS: deployed" in alice.run("install", "grove", chart, "--set", "kind=pear").stdout
    assert [row["name"] for row in alice.json("list")] == ["grove"]
    assert alice.json("status", "grove")["info"]["status"] == "deployed"
    alice.run("upgrade", "grove", chart, "--set", "kind=plum")
    assert [row["status"] for row in alice.json("history", "grove")] == ["superseded", "deployed"]
    assert "kind" in alice.run("diff", "grove", chart, "--set", "kind=apple").stdout
    alice.run("rollback", "grove", "1")
    assert alice.json("get", "values", "grove") == {"kind": "pear"}
    assert "Succeeded" in alice.run("test", "grove").stdout

    after = place.objects()
    for verb in (("list",), ("status", "grove"), ("history", "grove"), ("get", "values", "grove"),
                 ("upgrade", "grove", chart), ("diff", "grove", chart), ("rollback", "grove", "1"), ("test", "grove"),
                 ("uninstall", "grove")):  # fmt: skip
        refused(bob, place, *verb)
    assert place.objects() == after, "nothing changed"

    users = [json.loads(one["metadata"]["annotations"]["charthouse.dev/audit"]) for one in place.records()]
    assert [(one["user"], one["verb"]) for one in users] == [
        ("alice", "install"), ("alice", "upgrade"), ("alice", "rollback"),
    ]  # fmt: skip
    assert users[0]["values"] == users[2]["values"] != users[1]["values"]
    alice.run("uninstall", "grove")
    assert [name for name in place.objects() if "grove" in name] == []
    audited(place, cluster)


def refused(bob: Tool, place: Place, *verb: str) -> None:
    """Tiller says what the API server says to bob himself."""
    through, direct = bob.run(*verb, expect=1), place.by("bob", direct=True).run(*verb, expect=1)
    said = through.stderr.splitlines()[-1] if "hint:" not in through.stderr else through.stderr.split("\nhint:")[0]
    assert 'is forbidden: User "bob" cannot' in said and f'in the namespace "{place.name}"' in said, said
    assert first_error(through.stderr) == first_error(direct.stderr)


def first_error(text: str) -> str:
    return next(line for line in text.splitlines() if line.startswith("Error:"))


def audited(place: Place, cluster: RunningCluster) -> None:
    """The API server's audit log shows both users behind Tiller, and Tiller's log who did what."""
    log = cluster.folder / "audit.log"

    def seen() -> dict[str, set[int]]:
        codes: dict[str, set[int]] = {}
        for line in log.read_text().splitlines():
            if f"/namespaces/{place.name}/" in line and "impersonatedUser" in line:
                event = json.loads(line)
                assert event["user"]["username"].endswith(":tiller"), event
                codes.setdefault(event["impersonatedUser"]["username"], set()).add(event["responseStatus"]["code"])
        return codes

    assert patiently(lambda: set(seen()) == {"alice", "bob"})
    codes = seen()
    assert codes["bob"] <= {403, 404} and 403 in codes["bob"] and {200, 201} <= codes["alice"]
    ours = [json.loads(line) for line in place.tiller.said.splitlines() if line.startswith("{")]
    lines = [one for one in ours if one.get("msg") == "audit" and one.get("namespace") == place.name]
    assert {one["user"] for one in lines} == {"alice"}
    assert [one["verb"] for one in lines if one["status"].startswith("pending")] == ["install", "upgrade", "rollback"]
    assert "alicetoken" not in place.tiller.said and "pear" not in json.dumps(lines)


def test_helm_and_tiller_take_turns_on_one_release(place: Place) -> None:
    chart, ns = str(CHART), ("-n", place.name)
    helm4 = place.tool("helm4", HELM_DRIVER="configmap")
    alice = place.by("alice")
    alice.run("install", "turns", chart, "--set", "kind=pear")
    assert helm4.json("get", "values", "turns", *ns) == {"kind": "pear"}
    assert helm4.json("status", "turns", *ns)["info"]["status"] == "deployed"
    helm4.run("upgrade", "turns", chart, "--set", "kind=plum", *ns)
    assert alice.json("get", "values", "turns") == {"kind": "plum"}
    alice.run("upgrade", "turns", chart, "--set", "kind=apple")
    for tool in (helm4, alice):
        rows = tool.json("history", "turns", *ns)
        assert [(row["revision"], row["status"]) for row in rows] == [
            (1, "superseded"), (2, "superseded"), (3, "deployed"),
        ], tool.name  # fmt: skip
    helm4.run("rollback", "turns", "1", *ns)
    assert alice.json("status", "turns")["version"] == 4
    alice.run("uninstall", "turns")
    assert helm4.json("list", *ns) == []


def test_a_release_in_secrets_goes_on_in_secrets(place: Place) -> None:
    chart, ns = str(CHART), ("-n", place.name)
    helm4, alice = place.tool("helm4"), place.by("alice")
    helm4.run("install", "kept", chart, *ns)
    alice.run("upgrade", "kept", chart, "--set", "kind=fig")
    assert [row["revision"] for row in helm4.json("history", "kept", *ns)] == [1, 2]
    assert place.records() == []
    assert [row["name"] for row in alice.json("list")] == ["kept"]
    again = alice.run("install", "kept", chart, expect=1).stderr
    assert "cannot reuse a name that is still in use" in again or "cannot re-use a name" in again
    alice.run("uninstall", "kept")
    assert helm4.json("list", *ns) == []


def test_a_list_of_all_namespaces_shows_what_one_may_see(place: Place, kubectl: Tool) -> None:
    chart, other = str(CHART), fresh("not-hers")
    alice = place.by("alice")
    alice.run("install", "mine", chart)
    kubectl.run("create", "namespace", other)
    helm4 = place.tool("helm4", HELM_DRIVER="configmap")
    helm4.run("install", "theirs", chart, "-n", other)
    seen = [(row["namespace"], row["name"]) for row in alice.json("list", "-A")]
    assert (place.name, "mine") in seen and (other, "theirs") not in seen
    assert "cannot list resource" in place.by("bob").run("list", "-A", expect=1).stderr
    kubectl.run("delete", "namespace", other, "--wait=false")
