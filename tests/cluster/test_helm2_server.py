"""The real Helm 2.17 client talking to our Tiller: by every command it prints what it prints against the real one.

The whole story is told on the embedded cluster, its essential part on the real one too.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.cluster.conftest import RunningCluster, peer
from tests.cluster.helm2_story import World, sections, told
from tests.cluster.interop import Tool, fresh
from tests.cluster.serving import Served, running
from tests.cluster.tiller2 import helm2_tool, running_tiller

pytest.importorskip("google.protobuf")

STORY = Path(__file__).parent / "stories" / "helm2.txt"
ESSENTIAL = ("essential", "sub")


@pytest.fixture(scope="module")
def ours(cluster: RunningCluster, kubectl: Tool) -> Iterator[Served]:
    """Our Tiller; its own namespace is nobody else's, so that it sees no records of other tests' Tillers."""
    namespace = fresh("tiller")
    kubectl.run("create", "namespace", namespace)
    with running(cluster, namespace=namespace, anonymous=True) as served:
        yield served


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("helm2") / "home"


@pytest.fixture(scope="module")
def client(ours: Served, cluster: RunningCluster, home: Path) -> Tool:
    """The real client, speaking to our Tiller."""
    return helm2_tool(peer("helm2"), ours.address, cluster.kubeconfig, home)


def test_the_same_story(client: Tool, cluster: RunningCluster, kubectl: Tool, home: Path) -> None:
    story = sections(STORY)
    if cluster.name == "real":
        story = {name: commands for name, commands in story.items() if name in ESSENTIAL}
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
