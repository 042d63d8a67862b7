"""The real Helm 2.17 client with `--tls` is served as its certificate's user, and nobody else is."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.cluster.conftest import RunningCluster, peer
from tests.cluster.doors import patiently, secured, strangers_authority, succeeds
from tests.cluster.helm2_story import CHARTS
from tests.cluster.identities import client_certificate
from tests.cluster.interop import Tool, fresh
from tests.cluster.serving import Served
from tests.cluster.tiller2 import helm2_tool

pytest.importorskip("google.protobuf")


class Wires:
    """Helm 2's client with certificates."""

    def __init__(self, cluster: RunningCluster, served: tuple[Served, Path], folder: Path) -> None:
        self.cluster = cluster
        self.tiller, self.ca = served
        self.folder = folder

    def by(self, user: str) -> Tool:
        pair = client_certificate(self.cluster.folder, "ca", self.folder, user)
        tool = helm2_tool(peer("helm2"), self.tiller.address, self.cluster.kubeconfig, self.folder / "home")
        settings = {
            "HELM_TLS_ENABLE": "true", "HELM_TLS_VERIFY": "true", "HELM_TLS_HOSTNAME": "localhost",
            "HELM_TLS_CA_CERT": str(self.ca), "HELM_TLS_CERT": str(pair), "HELM_TLS_KEY": str(pair),
        }  # fmt: skip
        return Tool("helm2", tool.command, {**tool.environment, **settings})


@pytest.fixture(scope="module")
def kubectl(clusters: Callable[[str], RunningCluster], homes: Path) -> Tool:
    """For the embedded cluster alone: what the API server makes of a certificate's user is tested on both elsewhere."""
    variables = {"KUBECONFIG": str(clusters("embedded").kubeconfig), "KUBECACHEDIR": str(homes / "kube")}
    return Tool("kubectl", [str(peer("kubectl"))], {**os.environ, **variables})


@pytest.fixture(scope="module")
def wires(
    clusters: Callable[[str], RunningCluster], kubectl: Tool, homes: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Wires]:
    peer("helm2")
    variables = {"KUBECONFIG": str(clusters("embedded").kubeconfig), "HELM_CACHE_HOME": str(homes / "cache")}
    charthouse = Tool("charthouse", [sys.executable, "-m", "charthouse"], {**os.environ, **variables})
    folder = tmp_path_factory.mktemp("wires")
    with secured(clusters("embedded"), charthouse, kubectl, folder) as served:
        yield Wires(clusters("embedded"), served, folder)


def test_a_certificate_s_user(wires: Wires, kubectl: Tool) -> None:
    space, chart = fresh("second"), str(next(iter(CHARTS.values())))
    kubectl.run("create", "namespace", space)
    kubectl.run("create", "rolebinding", "dora", "--clusterrole=admin", "--user=dora", "-n", space)
    asked = ("auth", "can-i", "create", "configmaps", "-n", space, "--as", "dora", "-q")
    assert patiently(lambda: succeeds(kubectl, *asked))
    dora, emil, name = wires.by("dora"), wires.by("emil"), fresh("barley")
    refused = emil.run("install", chart, "--name", name, "--namespace", space, expect=1).stderr
    assert 'is forbidden: User "emil" cannot' in refused
    assert "STATUS: DEPLOYED" in dora.run("install", chart, "--name", name, "--namespace", space).stdout
    assert name in dora.run("list").stdout
    dora.run("upgrade", name, chart)
    assert "STATUS: DEPLOYED" in dora.run("status", name).stdout
    for verb in (("list",), ("status", name), ("delete", name)):
        refused = emil.run(*verb, expect=1).stderr
        assert 'User "emil" cannot' in refused or "not found" in refused
    dora.run("delete", "--purge", name)
    assert name not in dora.run("list", "--all").stdout
    kubectl.run("delete", "namespace", space, "--wait=false")


def test_without_a_certificate_nobody_is_served(wires: Wires) -> None:
    tool = wires.by("dora")
    stranger = client_certificate(strangers_authority(wires.folder / "pki"), "ca", wires.folder, "stranger")
    wrong = {"HELM_TLS_CERT": str(stranger), "HELM_TLS_KEY": str(stranger)}
    for settings in (wrong, {"HELM_TLS_ENABLE": "", "HELM_TLS_VERIFY": ""}):
        environment = {**tool.environment, **settings}
        said = Tool("helm2", tool.command, environment).run("list", "--tiller-connection-timeout", "2", expect=1)
        assert said.stderr.startswith("Error: ") and said.stdout == ""
