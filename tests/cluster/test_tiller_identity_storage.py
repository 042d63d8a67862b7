"""Records outside the cluster: the same rights count."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path

from tests.cluster.conftest import RunningCluster, peer
from tests.cluster.doors import patiently, secured, succeeds
from tests.cluster.interop import CHART, Tool, fresh

MOST = 'secrets is forbidden: User "bob" cannot list resource "secrets" in API group "" in the namespace "{space}"'


def test_records_are_seen_by_those_who_may(
    clusters: Callable[[str], RunningCluster], homes: Path, tmp_path: Path
) -> None:
    cluster, space = clusters("embedded"), fresh("stored")
    environment = {**os.environ, "KUBECONFIG": str(cluster.kubeconfig), "HELM_CACHE_HOME": str(homes / "cache")}
    kubectl = Tool("kubectl", [str(peer("kubectl"))], {**environment, "KUBECACHEDIR": str(homes / "kube")})
    charthouse = Tool("charthouse", [sys.executable, "-m", "charthouse"], environment)
    kubectl.run("create", "namespace", space)
    kubectl.run("create", "rolebinding", "alice", "--clusterrole=edit", "--user=alice", "-n", space)
    kubectl.run("create", "rolebinding", "bob", "--clusterrole=view", "--user=bob", "-n", space)
    asked = ("auth", "can-i", "create", "configmaps", "-n", space, "--as", "alice", "-q")
    assert patiently(lambda: succeeds(kubectl, *asked))
    database = f"sqlite:///{tmp_path / 'records.db'}"
    flags = ("--storage", "sql", "--sql-dialect", "sqlite", "--sql-connection-string", database)
    (folder := tmp_path / "served").mkdir()
    with secured(cluster, charthouse, kubectl, folder, *flags) as (tiller, ca):
        there = {"CHARTHOUSE_TILLER": tiller.address, "HELM_TLS_CA_CERT": str(ca), "HELM_NAMESPACE": space}
        alice, bob = (Tool("charthouse", charthouse.command, {**environment, **there, "HELM_KUBECONTEXT": user})
                      for user in ("alice", "bob"))  # fmt: skip
        alice.run("install", "grove", str(CHART), "--set", "kind=pear")
        alice.run("upgrade", "grove", str(CHART), "--set", "kind=plum")
        assert [row["status"] for row in alice.json("history", "grove")] == ["superseded", "deployed"]
        assert [row["name"] for row in alice.json("list")] == ["grove"]
        assert [row["name"] for row in alice.json("list", "-A")] == ["grove"]
        for verb in (("list",), ("history", "grove"), ("get", "values", "grove")):
            said = bob.run(*verb, expect=1).stderr
            assert MOST.format(space=space) in said or 'User "bob" cannot get resource "secrets"' in said, said
        alice.run("uninstall", "grove")
        assert alice.json("list") == []
        lines = [json.loads(line) for line in tiller.said.splitlines() if '"audit"' in line]
        assert {line["user"] for line in lines if line["msg"] == "audit"} == {"alice"}
    kubectl.run("delete", "namespace", space, "--wait=false")
