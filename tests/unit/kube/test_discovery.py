"""Discovery documents, the cache, and what is asked when."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from charthouse.kube.discovery import Discovery, DiscoveryCache
from charthouse.kube.errors import UnknownKind
from charthouse.kube.transport import Answer
from charthouse.logs import LogRecord
from tests.unit.kube.fakes import FakeClock, api_error


def resource(kind: str, plural: str, *subs: str) -> dict[str, Any]:
    return {
        "resource": plural, "responseKind": {"kind": kind}, "scope": "Namespaced", "verbs": ["get"],
        "singularResource": kind.lower(),
        "subresources": [{"subresource": sub.lower(), "responseKind": {"kind": sub}} for sub in subs],
    }  # fmt: skip


def group(name: str, version: str, *resources: dict[str, Any], freshness: str = "Current") -> dict[str, Any]:
    return {
        "metadata": {"name": name},
        "versions": [{"version": version, "resources": list(resources), "freshness": freshness}],
    }


class Server:
    """Aggregated discovery with ETags."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.core = [group("", "v1", resource("Pod", "pods", "Eviction"))]
        self.groups = [group("apps", "v1", resource("Deployment", "deployments", "Scale"))]

    def get(self, path: str, accept: str, tag: str) -> Answer:
        self.asked.append(path)
        body = json.dumps({"kind": "APIGroupDiscoveryList", "items": self.core if path == "/api" else self.groups})
        found = str(hash(body))
        return Answer(304, {}, b"") if tag == found else Answer(200, {"etag": found}, body.encode())


def discovery(server: Any, folder: str = "", clock: FakeClock | None = None, log: Any = None) -> Discovery:
    return Discovery(
        server.get, cache=DiscoveryCache(folder, "key"), clock=clock or FakeClock(), log=log or (lambda record: None)
    )


def test_aggregated() -> None:
    server = Server()
    found = discovery(server)
    assert found.versions() == ("apps/v1", "apps/v1/Deployment", "apps/v1/Scale", "v1", "v1/Eviction", "v1/Pod")
    assert found.resource_type("apps/v1", "Deployment").plural == "deployments"
    with pytest.raises(UnknownKind):
        found.resource_type("apps/v1", "Scale")
    assert server.asked == ["/api", "/apis"], "what was just read is not read again"


def test_stale_groups_are_told() -> None:
    server = Server()
    server.groups.append(group("metrics.k8s.io", "v1beta1", freshness="Stale"))
    logged: list[LogRecord] = []
    assert "metrics.k8s.io/v1beta1" in discovery(server, log=logged.append).versions()
    assert [record.message for record in logged] == [
        "the kubernetes server has an orphaned API service",
        "to fix this, kubectl delete apiservice <service-name>",
    ]


def test_cache(tmp_path: Path) -> None:
    server, clock, folder = Server(), FakeClock(), str(tmp_path / "cache")
    discovery(server, folder, clock).resource_type("v1", "Pod")
    server.asked.clear()
    assert discovery(server, folder, clock).resource_type("v1", "Pod").kind == "Pod"
    assert server.asked == []
    discovery(server, folder, clock).versions()
    assert server.asked == ["/api", "/apis"], "capabilities are asked of the server, by ETag"
    server.asked.clear()
    server.groups.append(group("new.io", "v1", resource("Thing", "things")))
    assert discovery(server, folder, clock).resource_type("new.io/v1", "Thing").plural == "things"
    assert server.asked == ["/api", "/apis", "/api"], "an unknown kind is looked up at the server"
    server.asked.clear()
    clock.seconds += 601
    discovery(server, folder, clock).resource_type("v1", "Pod")
    assert len(server.asked) == 2, "old snapshots are revalidated"


def test_damaged_cache(tmp_path: Path) -> None:
    server = Server()
    discovery(server, str(tmp_path)).resource_type("v1", "Pod")
    (file,) = tmp_path.iterdir()
    for damage in (b"", b"{}", b'{"format":2,"types":[["v1"]]}', file.read_bytes()[:-9]):
        file.write_bytes(damage)
        server.asked.clear()
        assert discovery(server, str(tmp_path)).resource_type("v1", "Pod").plural == "pods"
        assert server.asked == ["/api", "/apis"]


def test_forget() -> None:
    server = Server()
    found = discovery(server)
    found.resource_type("v1", "Pod")
    server.groups.append(group("new.io", "v1", resource("Thing", "things")))
    found.forget()
    assert found.resource_type("new.io/v1", "Thing").plural == "things"


class OldServer:
    """Legacy discovery, one group of which does not answer."""

    def get(self, path: str, accept: str, tag: str) -> Answer:
        documents: dict[str, Any] = {
            "/api": {"kind": "APIVersions", "versions": ["v1"]},
            "/apis": {
                "kind": "APIGroupList",
                "groups": [
                    {"versions": [{"groupVersion": "apps/v1"}]},
                    {"versions": [{"groupVersion": "metrics.k8s.io/v1beta1"}]},
                ],
            },
            "/api/v1": {"resources": [{"name": "pods", "kind": "Pod", "namespaced": True, "verbs": ["get"]}]},
            "/apis/apps/v1": {
                "resources": [
                    {"name": "deployments", "kind": "Deployment", "namespaced": True, "singularName": "deployment"},
                    {"name": "deployments/scale", "kind": "Scale", "namespaced": True},
                ]
            },
        }
        if path not in documents:
            raise api_error(503, "ServiceUnavailable", "away")
        return Answer(200, {}, json.dumps(documents[path]).encode())


def test_legacy() -> None:
    found = discovery(OldServer())
    assert found.versions() == (
        "apps/v1", "apps/v1/Deployment", "apps/v1/Scale", "metrics.k8s.io/v1beta1", "v1", "v1/Pod",
    )  # fmt: skip
    assert found.resource_type("apps/v1", "Deployment").singular == "deployment"
