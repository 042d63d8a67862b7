"""The library: its names, what importing it costs, rendering, and a client over a cluster handed in."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

import charthouse
from charthouse import api
from charthouse.charts.metadata import ChartError

NAMES = {
    "ActionError",
    "AsyncClient",
    "Chart",
    "CharthouseError",
    "Client",
    "Explanation",
    "Limits",
    "Progress",
    "ProvenanceError",
    "Release",
    "TillerSettings",
    "TillerTLS",
    "VerbFailed",
    "Verification",
    "diff_text",
    "exact_differences",
    "explain",
    "load_chart",
    "render",
    "sign_package",
    "verify_cosign_bundle",
    "verify_package",
}


def test_names() -> None:
    assert set(api.__all__) == NAMES
    assert set(charthouse.__all__) == NAMES | {"HELM_VERSION", "__version__"}
    for name in NAMES:
        assert getattr(charthouse, name) is getattr(api, name)
    assert set(dir(charthouse)) >= NAMES
    for module in (charthouse, api):
        with pytest.raises(AttributeError, match="nothing"):
            _ = module.nothing


def test_importing_is_nearly_free() -> None:
    script = "import sys; old = {*sys.modules, '__future__'}; import charthouse; print(*sorted({*sys.modules} - old))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["charthouse"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A chart on disk."""
    chart = tmp_path / "demo"
    (chart / "templates").mkdir(parents=True)
    (chart / "Chart.yaml").write_text("apiVersion: v2\nname: demo\nversion: 0.1.0\n")
    (chart / "values.yaml").write_text("size: 1\n")
    (chart / "templates" / "a.yaml").write_text(
        "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{ .Release.Name }}\ndata:\n"
        '  size: "{{ .Values.size }} {{ .Capabilities.KubeVersion.Minor }}"\n'
    )
    (chart / "templates" / "NOTES.txt").write_text("{{ .Release.Namespace }}\n")
    return chart


def test_render(folder: Path) -> None:
    made = charthouse.render(folder, {"size": 1234567}, name="r", namespace="n", kube_version="1.30")
    assert made.manifest == (
        "---\n# Source: demo/templates/a.yaml\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: r\ndata:\n"
        '  size: "1234567 30"\n\n'
    )
    assert made.notes == "n\n"
    assert [document.head.kind for document in made.documents] == ["ConfigMap"]


def test_a_loaded_chart_may_be_used_many_times(folder: Path) -> None:
    chart = charthouse.load_chart(folder)
    with ThreadPoolExecutor(8) as threads:
        texts = list(threads.map(lambda n: charthouse.render(chart, {"size": n}).manifest, range(16)))
    assert [f'size: "{n} ' in text for n, text in enumerate(texts)] == [True] * 16


def test_limits(folder: Path) -> None:
    (folder / "templates" / "b.yaml").write_text("{{ range until 9000 }}{{ range until 9000 }}{{ end }}{{ end }}")
    with pytest.raises(charthouse.CharthouseError, match="template took more than 20000 steps"):
        charthouse.render(folder, limits=charthouse.Limits(steps=20_000))
    late = charthouse.Limits(seconds=1.0, clock=iter(range(99)).__next__)
    with pytest.raises(charthouse.CharthouseError, match="template ran longer than 1 seconds"):
        charthouse.render(folder, limits=late)


def test_errors(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(ChartError, match="no such file or directory"):
        charthouse.load_chart(tmp_path / "none")
    with pytest.raises(TypeError, match="keys of values are text, not int"):
        charthouse.render(folder, {"a": {1: 2}})
    with pytest.raises(TypeError, match="not set"):
        charthouse.render(folder, {"a": [{1}]})
    (folder / "templates" / "b.yaml").write_text('{{ fail "enough" }}')
    with pytest.raises(charthouse.CharthouseError, match="enough"):
        charthouse.render(folder)
    (folder / "Chart.yaml").write_text(
        "apiVersion: v2\nname: demo\nversion: 0.1.0\ndependencies: [{name: x, version: 1.0.0}]\n"
    )
    with pytest.raises(ChartError, match=r"found in Chart.yaml, but missing in charts/ directory: x"):
        charthouse.load_chart(folder)


def test_a_releases_life(folder: Path, cluster: Callable[[], Any]) -> None:
    client = charthouse.Client(cluster=cluster(), namespace="n")
    assert client.install("r", folder, {"size": 2}).status == "deployed"
    planned = client.plan("r", folder, {"size": 3})
    assert [step.kind for step in planned.steps] == ["record", "objects", "record"]
    diff = client.diff("r", folder, {"size": 3})
    assert (len(diff.changes), diff.unchanged) == (1, 0)
    assert "-  size: 2 37\n+  size: 3 37\n" in charthouse.diff_text(diff)
    client.upgrade("r", folder, {"size": 3})
    assert [release.version for release in client.history("r")] == [1, 2]
    assert client.rollback("r").info.rollback_revision == 1
    assert client.values("r") == {"size": 2.0}
    assert client.values("r", all=True) == {"size": 2.0}
    assert client.metadata("r").revision == 3
    assert client.get("r", 2).config == {"size": 3.0}
    assert client.status("r").info.resources is not None
    assert client.test("r").error is None
    assert [release.name for release in client.list()] == ["r"]
    client.uninstall("r")
    assert client.list() == []


def test_the_memory_driver(folder: Path, cluster: Callable[[], Any]) -> None:
    client = charthouse.Client(cluster=cluster(), namespace="n", driver="memory")
    client.upgrade("r", folder, install=True)
    client.upgrade("r", folder, install=True)
    assert [release.version for release in client.history("r")] == [1, 2]
    client.install("r", folder, namespace="m", disable_hooks=True, take_ownership=True)
    found = client.list(all_namespaces=True)
    assert [(release.namespace, release.name, release.version) for release in found] == [("m", "r", 1), ("n", "r", 2)]


def test_fifty_at_once(folder: Path, cluster: Callable[[], Any]) -> None:
    chart = charthouse.load_chart(folder)
    client = charthouse.Client(cluster=cluster(), namespace="n")
    with ThreadPoolExecutor(50) as threads:
        made = list(threads.map(lambda n: client.install(f"t{n}", chart), range(50)))
    assert {release.status for release in made} == {"deployed"}

    async def at_once() -> list[charthouse.Release]:
        async with charthouse.AsyncClient(cluster=client.cluster, namespace="n") as same:
            return await asyncio.gather(*(same.install(f"a{n}", chart) for n in range(50)))

    assert {release.status for release in asyncio.run(at_once())} == {"deployed"}
    assert len(client.list()) == 100
