"""Whole releases as the real Tiller 2.17 makes them: manifest, hooks, notes, values, and what it refuses."""

from __future__ import annotations

import base64
import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cluster.conftest import RunningCluster, peer
from tests.cluster.interop import Tool, fresh
from tests.cluster.tiller2 import helm2_tool, recording, running_tiller

pytest.importorskip("google.protobuf")
pytest.importorskip("grpc")

CHARTS = Path(__file__).parent.parent / "conformance" / "helm2" / "charts"


@pytest.fixture(scope="module")
def spoken(cluster: RunningCluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Tool, Any]]:
    """The client, and a recorder of what it and Tiller say."""
    if cluster.name == "embedded":
        pytest.skip("the real Tiller is tested on a real cluster")
    home = tmp_path_factory.mktemp("helm2") / "home"
    with (
        running_tiller(peer("tiller2"), cluster.kubeconfig, "kube-system") as tiller,
        recording(tiller) as (address, recorder),
    ):
        yield helm2_tool(peer("helm2"), address, cluster.kubeconfig, home), recorder


def rendered_by_us(request: bytes, cluster: RunningCluster, time: Any) -> Any:
    """What ours makes of an InstallReleaseRequest: Rendered."""
    from charthouse.actions.render import render_release
    from charthouse.charts.capabilities import Capabilities, HelmVersion, KubeVersion
    from charthouse.formats.yaml import load_map
    from charthouse.gotemplate.limits import Limits
    from charthouse.hapi import messages
    from charthouse.kube.connect import ConnectConfig, SystemClock, connect
    from charthouse.logs import silent
    from charthouse.profile_helm2 import HELM2
    from charthouse.releases.helm2.charts import chart_from_message

    asked = messages.parse(messages.InstallReleaseRequest, request)
    config = ConnectConfig(environ={}, kubeconfig=str(cluster.kubeconfig))
    client = connect(config, clock=SystemClock(), log=silent)
    version = client.server_version()
    kube = KubeVersion(version.git_version, version.git_version, version.major, version.minor)
    return render_release(
        chart_from_message(asked.chart),
        load_map(asked.values.raw) or {},
        name=asked.name,
        namespace=asked.namespace,
        capabilities=Capabilities(kube, client.api_versions(), HelmVersion("", "", "", "", "")),
        log=silent,
        limits=Limits(),
        profile=HELM2,
        time=time,
    )


@pytest.mark.parametrize(
    ("chart", "flags"),
    [
        ("meadow", []),
        ("meadow", ["--set", "cows=5,brook.fish=null"]),
        ("paddock", []),
        ("paddock", ["--set", "extra=true"]),
        ("broken", []),
        ("refused", []),
    ],
)
def test_dry_runs(chart: str, flags: list[str], spoken: tuple[Tool, Any], cluster: RunningCluster) -> None:
    from charthouse.hapi import messages
    from charthouse.releases.helm2.conversion import EVENTS, release_from_message

    helm2, recorder = spoken
    name = fresh("dry")
    with contextlib.suppress(AssertionError):  # what Tiller refuses is compared, too
        helm2.run("install", str(CHARTS / chart), "--name", name, "--namespace", "fields", "--dry-run", *flags)
    call = [call for call in recorder.calls if call["method"].endswith("/InstallRelease")][-1]
    request = base64.b64decode(call["request"])
    if call["code"]:
        mine = rendered_by_us(request, cluster, None)
        assert mine.error is not None
        assert mine.error.message == call["message"].split("\n---\n")[0].rstrip("\n")
        return
    theirs = release_from_message(
        messages.parse(messages.InstallReleaseResponse, base64.b64decode(call["responses"][0])).release
    )
    mine = rendered_by_us(request, cluster, theirs.info.first_deployed)
    assert mine.error is None
    assert (mine.manifest, mine.notes) == (theirs.manifest, theirs.info.notes)
    by_path = sorted(theirs.hooks, key=lambda hook: (hook.path, hook.name))
    assert sorted(mine.hooks, key=lambda hook: (hook.path, hook.name)) == by_path
    assert all(event in EVENTS for hook in mine.hooks for event in hook.events)
