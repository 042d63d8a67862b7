"""The SQL driver over SQLite: tables, rows, labels, annotations, many namespaces, strangers in the database."""

from __future__ import annotations

import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from charthouse.charts.chart import Chart, Metadata
from charthouse.logs import LogRecord
from charthouse.releases.codec import encode
from charthouse.releases.errors import AlreadyExists, NotFound, StorageError
from charthouse.releases.history import Storage
from charthouse.releases.release import Info, Release
from charthouse.releases.storage.database import Database, DatabaseError, SqliteDatabase, open_database
from charthouse.releases.storage.sql import SqlDriver


def release(version: int = 1, status: str = "deployed", namespace: str = "ns", **more: Any) -> Release:
    chart = Chart(Metadata("demo", "0.1.0"))
    return Release("r", namespace, version, Info(status=status), chart, {}, **more)


@pytest.fixture
def database() -> Database:
    return SqliteDatabase(":memory:")


@pytest.fixture
def driver(database: Database) -> Callable[..., SqlDriver]:
    said: list[LogRecord] = []

    def make(namespace: str = "ns") -> SqlDriver:
        return SqlDriver(lambda: database, namespace, now=lambda: 1700000000.9, log=said.append)

    return make


def test_the_rows_helm_writes(database: Database, driver: Callable[..., SqlDriver]) -> None:
    driver().create(release(labels={"team": "x", "owner": "me"}))
    rows = database.rows("SELECT * FROM releases_v1")
    assert rows == [
        ("sh.helm.release.v1.r.v1", "helm.sh/release.v1", encode(release()), "r", "ns", 1, "deployed", "helm",
         1700000000, 0)
    ]  # fmt: skip
    assert database.rows("SELECT * FROM custom_labels_v1") == [("sh.helm.release.v1.r.v1", "ns", "team", "x")]
    assert database.rows("SELECT id FROM gorp_migrations ORDER BY id") == [("custom_labels",), ("init",)]


def test_an_update_keeps_labels(database: Database, driver: Callable[..., SqlDriver]) -> None:
    storage = Storage(driver())
    storage.create(release(labels={"team": "x"}))
    storage.update(release(status="failed", labels={"team": "y"}))
    found = database.rows("SELECT status, createdAt, modifiedAt FROM releases_v1")
    assert found == [("failed", 1700000000, 1700000000)]
    assert storage.get("r", 1).labels == {"team": "x"}


def test_labels_of_list_and_query_differ(driver: Callable[..., SqlDriver]) -> None:
    storage = Storage(driver())
    storage.create(release(labels={"team": "x"}))
    assert storage.last("r").labels == {"team": "x"}
    heads = storage.heads()
    everything = {"name": "r", "owner": "helm", "status": "deployed", "team": "x", "version": "1"}
    assert [dict(head.labels) for head in heads] == [everything]
    assert [dict(found.labels) for found in storage.fetch(heads, 1)] == [everything]


def test_namespaces_are_apart(driver: Callable[..., SqlDriver]) -> None:
    driver("a").create(release(namespace="a", labels={"in": "a"}))
    driver("b").create(release(namespace="b", labels={"in": "b"}))
    assert driver("a").get("sh.helm.release.v1.r.v1").labels == {"in": "a"}
    heads = driver("").heads({"owner": "helm"})
    assert sorted((head.namespace, head.labels["in"]) for head in heads) == [("a", "a"), ("b", "b")]
    both = driver("").fetch(heads, 2)
    assert sorted((found.namespace, found.labels["in"]) for found in both) == [("a", "a"), ("b", "b")]
    driver("a").delete("sh.helm.release.v1.r.v1")
    assert [head.namespace for head in driver("").heads({"owner": "helm"})] == ["b"]
    with pytest.raises(NotFound):
        driver("a").query({"name": "r"})


def test_annotations_go_with_their_record(database: Database, driver: Callable[..., SqlDriver]) -> None:
    storage = Storage(driver())
    storage.create(release())
    assert not database.has_table("charthouse_annotations_v1")
    storage.update(release(annotations={"why": "interrupted"}))
    assert storage.get("r", 1).annotations == {"why": "interrupted"}
    storage.update(release())
    assert storage.get("r", 1).annotations == {}
    storage.create(release(2, annotations={"why": "again"}))
    assert [found.annotations for found in storage.history("r")] == [{}, {"why": "again"}]
    # Helm deletes the record and makes another of the same key: ours is not about that one
    database.change(("DELETE FROM releases_v1 WHERE version = 2", ()))
    driver_later = SqlDriver(lambda: database, "ns", now=lambda: 1800000000.0)
    row = ("sh.helm.release.v1.r.v2", "t", encode(release(2)), "r", "ns", 2, "deployed", "helm", 1800000000, 0)
    database.change(("INSERT INTO releases_v1 VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", row))
    assert driver_later.get("sh.helm.release.v1.r.v2").annotations == {}
    driver_later.delete("sh.helm.release.v1.r.v2")
    assert database.rows("SELECT * FROM charthouse_annotations_v1") == []


def test_refusals(driver: Callable[..., SqlDriver]) -> None:
    one = driver()
    one.create(release())
    with pytest.raises(AlreadyExists):
        one.create(release())
    with pytest.raises(NotFound):
        one.update(release(9))
    with pytest.raises(StorageError, match=r"^unknown label team$"):
        one.query({"team": "x"})
    with pytest.raises(NotFound):
        one.delete("sh.helm.release.v1.r.v9")


def test_a_refused_create_leaves_nothing(database: Database, driver: Callable[..., SqlDriver]) -> None:
    one = driver()
    one.heads({})
    database.change(("CREATE TRIGGER no BEFORE INSERT ON custom_labels_v1 BEGIN SELECT RAISE(ABORT, 'no'); END", ()))
    with pytest.raises(StorageError):
        one.create(release(labels={"team": "x"}))
    assert database.rows("SELECT * FROM releases_v1") == []


def test_damaged_rows_are_passed_over(database: Database, driver: Callable[..., SqlDriver]) -> None:
    one = driver()
    one.create(release())
    one.create(release(2))
    database.change(("UPDATE releases_v1 SET body = 'x' WHERE version = 1", ()))
    assert [found.version for found in one.query({"name": "r"})] == [2]
    with pytest.raises(StorageError, match="failed to decode data"):
        one.get("sh.helm.release.v1.r.v1")


def test_a_file_is_the_users_alone(tmp_path: Path) -> None:
    path = tmp_path / "releases.db"
    text = f"sqlite:///{path}"
    SqlDriver(lambda: open_database(text, {}), "ns", now=lambda: 0.0).create(release())
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    again = SqlDriver(lambda: open_database(text, {}), "ns", now=lambda: 0.0)
    assert again.get("sh.helm.release.v1.r.v1").name == "r"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("sqlite:", "unable to instantiate SQL driver: no path in the connection string"),
        ("sqlite:///", "unable to instantiate SQL driver: no path in the connection string"),
        ("sqlite:////no/x.db", "unable to instantiate SQL driver: open /no/x.db: no such file or directory"),
    ],
)
def test_connection_strings_that_lead_nowhere(text: str, said: str) -> None:
    with pytest.raises(StorageError) as caught:
        open_database(text, {})
    assert caught.value.message == said
    assert caught.value.hint


def test_a_transaction_is_all_or_nothing(database: Database) -> None:
    database.change(("CREATE TABLE t (x INTEGER PRIMARY KEY)", ()))
    with pytest.raises(DatabaseError) as caught:
        database.change(("INSERT INTO t VALUES (?)", (1,)), ("INSERT INTO t VALUES (?)", (1,)))
    assert caught.value.duplicate
    assert database.rows("SELECT * FROM t") == []
