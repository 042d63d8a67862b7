"""Drivers: what they write, what they answer, what they say when the server says no; history and pruning."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import pytest

from charthouse.charts.chart import Chart, Metadata
from charthouse.k8s.objects import ObjectRef
from charthouse.logs import LogRecord, silent
from charthouse.releases.codec import encode
from charthouse.releases.errors import AlreadyExists, NoDeployedReleases, NotFound, StorageError
from charthouse.releases.history import Storage
from charthouse.releases.release import Info, Release
from charthouse.releases.storage.database import Database, SqliteDatabase
from charthouse.releases.storage.driver import open_driver
from charthouse.releases.storage.memory import MemoryDriver, MemoryStore
from charthouse.releases.storage.secret import SecretDriver


def release(version: int = 1, status: str = "deployed", name: str = "r", **more: Any) -> Release:
    return Release(
        name=name,
        namespace="ns",
        version=version,
        info=Info(status=status),
        chart=Chart(Metadata("demo", "0.1.0")),
        config={},
        **more,
    )


def opened(name: str, client: Any, log: Any = silent) -> Storage:
    def database() -> Database:
        return SqliteDatabase(":memory:")

    return Storage(open_driver(name, client, "ns", now=lambda: 1700000000.9, log=log, database=database))


DRIVERS = ["secret", "configmap", "memory", "sql"]


def test_the_secret_helm_writes(client: Any) -> None:
    opened("", client).create(release(labels={"team": "x"}, annotations={"charthouse.dev/findings": "[]"}))
    [stored] = client.objects.values()
    payload = encode(release())
    assert {key: stored[key] for key in ("apiVersion", "kind", "type", "data")} == {
        "apiVersion": "v1",
        "kind": "Secret",
        "type": "helm.sh/release.v1",
        "data": {"release": base64.b64encode(payload.encode()).decode()},
    }
    assert stored["metadata"]["name"] == "sh.helm.release.v1.r.v1"
    assert stored["metadata"]["annotations"] == {"charthouse.dev/findings": "[]"}
    assert stored["metadata"]["labels"] == {
        "team": "x",
        "createdAt": "1700000000",
        "name": "r",
        "owner": "helm",
        "status": "deployed",
        "version": "1",
    }


def test_the_configmap_helm_writes(client: Any) -> None:
    opened("configmaps", client).create(release())
    [stored] = client.objects.values()
    assert stored["kind"] == "ConfigMap"
    assert stored["data"] == {"release": encode(release())}
    assert "type" not in stored


def test_an_update_rebuilds_the_object(client: Any) -> None:
    storage = opened("secrets", client)
    storage.create(release())
    storage.update(storage.get("r", 1).with_status("failed", "why"))
    [stored] = client.objects.values()
    assert stored["metadata"]["labels"] == {
        "modifiedAt": "1700000000",
        "name": "r",
        "owner": "helm",
        "status": "failed",
        "version": "1",
    }


@pytest.mark.parametrize("driver", DRIVERS[:3])
def test_labels_of_get_and_query_differ(driver: str, client: Any) -> None:
    storage = opened(driver, client)
    storage.create(release(labels={"team": "x"}))
    assert storage.get("r", 1).labels == {"team": "x"}
    assert storage.last("r").labels["createdAt"] == "1700000000"


@pytest.mark.parametrize("driver", DRIVERS)
def test_not_found_and_already_there(driver: str, client: Any) -> None:
    storage = opened(driver, client)
    for call in (lambda: storage.get("r", 1), lambda: storage.history("r"), lambda: storage.delete("r", 1)):
        with pytest.raises(NotFound, match=r"^release: not found$"):
            call()
    with pytest.raises(NoDeployedReleases, match=r'^"r" has no deployed releases$'):
        storage.deployed("r")
    storage.create(release())
    with pytest.raises(AlreadyExists, match=r"^release: already exists$"):
        storage.create(release())


@pytest.mark.parametrize("driver", DRIVERS)
def test_last_deployed_and_all(driver: str, client: Any) -> None:
    storage = opened(driver, client)
    for version, status in ((2, "deployed"), (10, "failed"), (9, "deployed"), (1, "superseded")):
        storage.create(release(version, status))
    storage.create(release(1, name="other"))
    assert storage.last("r").version == 10
    assert storage.deployed("r").version == 9
    assert sorted(found.version for found in storage.history("r")) == [1, 2, 9, 10]
    assert sorted(head.key for head in storage.heads())[0] == "sh.helm.release.v1.other.v1"
    assert storage.delete("r", 10).status == "failed"
    assert storage.last("r").version == 9


PRUNING = [
    (10, {1: "superseded", 2: "deployed"}, [1, 2, 3]),
    (2, {1: "superseded", 2: "deployed"}, [2, 3]),
    (2, {1: "deployed", 2: "failed"}, [1, 3]),
    (1, {1: "deployed", 2: "failed"}, [1, 3]),
    (3, {1: "superseded", 2: "deployed", 3: "failed", 4: "failed"}, [2, 4, 5]),
    (0, {1: "superseded", 2: "deployed"}, [1, 2, 3]),
]


@pytest.mark.parametrize(("limit", "before", "after"), PRUNING)
def test_history_is_cut_oldest_first_but_never_the_deployed(
    limit: int, before: dict[int, str], after: list[int], client: Any
) -> None:
    storage = opened("secret", client)
    for version, status in before.items():
        storage.create(release(version, status))
    storage.create(release(max(before) + 1, "pending-upgrade"), history_max=limit)
    assert sorted(found.version for found in storage.history("r")) == after


REFUSALS = [
    ("create", "create", 'create: failed to create: secrets is forbidden: User "u" cannot create'),
    ("update", "replace", 'update: failed to update: secrets is forbidden: User "u" cannot create'),
    ("history", "list", 'query: failed to query with labels: secrets is forbidden: User "u" cannot create'),
    ("heads", "list", 'list: failed to list: secrets is forbidden: User "u" cannot create'),
    ("get", "get", 'get: failed to get "sh.helm.release.v1.r.v1": secrets is forbidden: User "u" cannot create'),
]


@pytest.mark.parametrize(("doing", "verb", "text"), REFUSALS)
def test_the_servers_no_in_helms_words(doing: str, verb: str, text: str, client: Any) -> None:
    storage = opened("secret", client)
    client.refused(verb, "Secret", 403, "Forbidden", 'secrets is forbidden: User "u" cannot create')
    calls: dict[str, Callable[[], object]] = {
        "create": lambda: storage.create(release()),
        "update": lambda: storage.update(release()),
        "history": lambda: storage.history("r"),
        "heads": storage.heads,
        "get": lambda: storage.get("r", 1),
    }
    with pytest.raises(StorageError) as caught:
        calls[doing]()
    assert caught.value.message == text


def test_records_that_cannot_be_read_are_left_out(client: Any) -> None:
    said: list[LogRecord] = []
    storage = opened("secret", client, said.append)
    storage.create(release())
    storage.create(release(2))
    client.objects["Secret", "ns", "sh.helm.release.v1.r.v1"]["data"] = {"release": "bm9uc2Vuc2U="}
    assert [found.version for found in storage.history("r")] == [2]
    assert [(line.level, line.message) for line in said] == [("DEBUG", "failed to decode release")]
    with pytest.raises(StorageError, match=r'get: failed to decode data "sh\.helm\.release\.v1\.r\.v1": '):
        storage.get("r", 1)


def test_few_records_are_read_one_by_one_many_in_one_list(client: Any) -> None:
    driver = SecretDriver(client, "ns", now=lambda: 0.0)
    storage = Storage(driver)
    for version in range(1, 11):
        storage.create(release(version))
    heads = sorted(storage.heads(), key=lambda head: head.key)
    client.calls.clear()
    assert sorted(found.version for found in storage.fetch(heads[:2], 10)) == [1, 10]
    assert sorted(client.calls) == [
        "get Secret/ns/sh.helm.release.v1.r.v1",
        "get Secret/ns/sh.helm.release.v1.r.v10",
    ]
    client.calls.clear()
    assert len(storage.fetch(heads[:6], 10)) == 6
    assert client.calls == ["list Secret/ns/*"]


def test_the_newest_of_many_releases_come_in_one_list_of_their_states(client: Any) -> None:
    storage = Storage(SecretDriver(client, "ns", now=lambda: 0.0))
    for number in range(20):
        storage.create(release(1, name=f"r{number}", status="superseded"))
        storage.create(release(2, name=f"r{number}", status="failed" if number % 2 else "deployed"))
    heads = [head for head in storage.heads() if head.labels["version"] == "2" and head.labels["name"] != "r3"]
    moved = client.objects["Secret", "ns", "sh.helm.release.v1.r5.v2"]["metadata"]["labels"]
    moved["status"] = "superseded"
    client.calls.clear()
    found = storage.fetch(heads, 40)
    assert sorted(made.name for made in found) == sorted(f"r{number}" for number in range(20) if number != 3)
    assert {made.version for made in found} == {2}
    assert client.calls == ["list Secret/ns/*", "get Secret/ns/sh.helm.release.v1.r5.v2"]


def test_a_record_that_goes_while_listing_is_left_out(client: Any) -> None:
    storage = opened("secret", client)
    storage.create(release())
    [head] = storage.heads()
    storage.delete("r", 1)
    assert storage.fetch([head], 10) == []


def test_memory_drivers_share_a_store() -> None:
    store = MemoryStore()
    one = Storage(MemoryDriver("ns", now=lambda: 0.0, store=store))
    other = Storage(MemoryDriver("other", now=lambda: 0.0, store=store))
    everything = Storage(MemoryDriver("", now=lambda: 0.0, store=store))
    one.create(release())
    with pytest.raises(NotFound):
        other.last("r")
    assert [head.namespace for head in everything.heads()] == ["ns"]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("nosql", 'unknown driver "nosql"'),
        ("sql", "unable to instantiate SQL driver: no connection string"),
    ],
)
def test_other_drivers(name: str, text: str, client: Any) -> None:
    with pytest.raises(StorageError) as caught:
        open_driver(name, client, "ns", now=lambda: 0.0, log=silent)
    assert caught.value.message == text
    assert caught.value.hint


def test_payload_of_another_shape(client: Any) -> None:
    storage = opened("configmap", client)
    storage.create(release())
    ref = ObjectRef(client.resource_type("v1", "ConfigMap"), "ns", "sh.helm.release.v1.r.v1")
    body = client.get(ref)
    body["data"] = {"release": 5}
    client.replace(ref, body)
    with pytest.raises(StorageError, match=r"the payload is not text"):
        storage.get("r", 1)
