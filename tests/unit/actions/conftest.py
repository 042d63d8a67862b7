"""A world for verbs: the real planning and applying over an API server in a dict, waiting as scripted."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from charthouse.actions.environment import Environment
from charthouse.actions.ports import Finding, Progress, WaitOptions
from charthouse.charts.chart import Chart, File, Metadata
from charthouse.k8s.objects import Resource, ResourceType
from charthouse.kube.cluster import Cluster
from charthouse.kube.errors import WaitFailed
from charthouse.logs import LogRecord
from charthouse.releases.history import Storage
from charthouse.releases.holder import Holder, this_process
from charthouse.releases.lock import LeaseLocks
from charthouse.releases.release import Release
from charthouse.releases.storage.driver import open_driver

_spec = importlib.util.spec_from_file_location(
    "releases_conftest", Path(__file__).parents[1] / "releases" / "conftest.py"
)
assert _spec is not None and _spec.loader is not None
_fakes: Any = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_fakes)


class FakeCluster(Cluster):
    """Waits succeed at once unless `failing` names an object (`Job/ns/name`)."""

    def __init__(self, client: Any, clock: Any) -> None:
        super().__init__(client, clock=clock)
        self.failing: dict[str, str] = {}
        self.waited: list[str] = []
        self.interrupt_at = ""

    def _wait(self, what: str, resources: Sequence[Resource], options: WaitOptions) -> None:
        for resource in resources:
            name = str(resource.ref)
            if self.interrupt_at == name:
                raise KeyboardInterrupt
            self.waited.append(f"{what} {name} {options.strategy}")
            if what != "delete" and name in self.failing:
                raise WaitFailed(self.failing[name], pending=[resource])

    def wait(self, resources: Sequence[Resource], options: WaitOptions, progress: Callable[[Progress], None]) -> None:
        self._wait("ready", resources, options)

    def wait_hook(
        self, resources: Sequence[Resource], options: WaitOptions, progress: Callable[[Progress], None]
    ) -> None:
        self._wait("hook", resources, options)

    def wait_deleted(
        self, resources: Sequence[Resource], options: WaitOptions, progress: Callable[[Progress], None]
    ) -> None:
        self._wait("delete", resources, options)

    def diagnose(self, resources: Sequence[Resource]) -> list[Finding]:
        return [Finding(str(resource.ref), "event", "no node has room") for resource in resources]


class World:
    """The environment and everything behind it."""

    def __init__(self) -> None:
        self.client = _fakes.FakeClient()
        self.client.types["v1", "Namespace"] = ResourceType("v1", "Namespace", "namespaces", False)
        self.clock = _fakes.FakeClock()
        self.cluster = FakeCluster(self.client, self.clock)
        self.said: list[LogRecord] = []
        self.hints: list[str] = []
        self.printed: list[tuple[str, str, str, str]] = []
        self.holder: Callable[[], Holder] = lambda: this_process("t")
        self.env = self.environment()

    def environment(self) -> Environment:
        driver = open_driver("secret", self.client, "ns", now=lambda: 0.0, log=self.said.append)
        locks = LeaseLocks(self.client, "ns", holder=lambda: self.holder(), clock=self.clock, hint=self.hints.append)
        return Environment(
            cluster=self.cluster,
            storage=Storage(driver),
            clock=self.clock,
            random=lambda count: b"x" * count,
            log=self.said.append,
            hint=self.hints.append,
            locks=locks,
            hook_output=lambda *line: self.printed.append(line),
        )

    def history(self, name: str = "r") -> list[tuple[int, str, str]]:
        """Revision, status and description of every record."""
        found = sorted(self.env.storage.history(name), key=lambda release: release.version)
        return [(release.version, release.status, release.info.description) for release in found]

    def last(self, name: str = "r") -> Release:
        return self.env.storage.last(name)

    def objects(self) -> list[str]:
        """Everything but records, as `Kind/name`."""
        return sorted(f"{kind}/{name}" for kind, _, name in self.client.objects if not name.startswith("sh.helm."))

    def writes(self) -> list[str]:
        """The calls that change something, records left out."""
        verbs = ("create", "replace", "patch", "delete")
        return [
            call
            for call in self.client.calls
            if call.startswith(verbs) and "sh.helm." not in call and "Lease" not in call
        ]


@pytest.fixture
def world() -> World:
    return World()


def config_map(name: str, *, hook: str = "", data: str = "x", **annotations: str) -> str:
    """A ConfigMap's document."""
    if hook:
        annotations["helm.sh/hook"] = hook
    lines = [f"apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {name}"]
    if annotations:
        lines.append("  annotations:")
        lines += [
            f'    {key.replace("_", "/", 1) if "/" not in key else key}: "{text}"' for key, text in annotations.items()
        ]
    lines.append(f"data:\n  value: {data}\n")
    return "\n".join(lines)


@pytest.fixture
def make_chart() -> Callable[..., Chart]:
    """A chart of templates: file name to text."""

    def make(*, values: dict[str, Any] | None = None, crds: str = "", **templates: str) -> Chart:
        metadata = Metadata("demo", "0.1.0", api_version="v2")
        files = [File(f"templates/{name.replace('_', '.')}", text.encode()) for name, text in sorted(templates.items())]
        extra = [File("crds/c.yaml", crds.encode())] if crds else []
        return Chart(metadata, templates=files, values=values, files=extra)

    return make


@pytest.fixture
def document() -> Callable[..., str]:
    return config_map
