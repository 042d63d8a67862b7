"""Records in an SQL database (`HELM_DRIVER=sql`).

Whose rules: helm v4.3.1 pkg/storage/driver/sql.go: the same tables, rows and payloads, so `helm` and charthouse take
turns on one database. A record is written into the namespace of its release. Labels are written once, when the record
is created: an update leaves them. Differs: a listing of all namespaces sees the users' labels too (Helm's looks
for them in the namespace ""), an update of a record that is gone says so, and the database is opened when it is first
asked (Helm opens it for every command, `version` too).
"""

from __future__ import annotations

import threading
from contextlib import suppress

from charthouse.errors import CharthouseError
from charthouse.logs import DEBUG, LogRecord, silent
from charthouse.releases.codec import decode, encode
from charthouse.releases.errors import AlreadyExists, CodecError, NotFound, StorageError
from charthouse.releases.release import SYSTEM_LABELS, without_system_labels
from charthouse.releases.storage.database import DatabaseError
from charthouse.releases.storage.driver import Head
from charthouse.releases.storage.sql_schema import (
    ANNOTATIONS,
    LABELS,
    MIGRATIONS_TABLE,
    RELEASES,
    annotations_table,
    migrations,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from charthouse.logs import Log
    from charthouse.releases.release import Release
    from charthouse.releases.storage.database import Database, Statement

    # A condition and what its parameters are.
    Where = tuple[str, list[object]]
    # (namespace, key) of a record to its labels or annotations.
    Texts = dict[tuple[str, str], dict[str, str]]

__all__ = ["SqlDriver"]

_OWNER = "helm"
_TYPE = "helm.sh/release.v1"
_DEFAULT_NAMESPACE = "default"
_ATTEMPTS = 4  # at making the tables; each lets another make one


class SqlDriver:
    """Releases of one namespace ("" = all, for listing) in a database. database: opens it, called once."""

    name = "SQL"

    def __init__(
        self, database: Callable[[], Database], namespace: str, *, now: Callable[[], float], log: Log = silent
    ) -> None:
        self.namespace = namespace
        self._open = database
        self._now = now
        self._log = log
        self._lock = threading.Lock()
        self._opened: Database | None = None

    def get(self, key: str) -> Release:
        where = self._at(key)
        found = self._database.rows(f"SELECT r.body FROM {RELEASES} r WHERE {where[0]}", where[1])
        if not found:
            raise NotFound
        labels = self._labels(where).get((self.namespace, key), {})
        try:
            return decode(found[0][0], labels, self._annotations(where).get((self.namespace, key), {}))
        except CodecError as error:
            raise StorageError(f'get: failed to decode data "{key}": {error}') from error

    def heads(self, labels: Mapping[str, str]) -> list[Head]:
        where = self._with(labels)
        custom = self._labels(where)
        query = f"SELECT r.namespace, r.key, r.name, r.owner, r.status, r.version FROM {RELEASES} r WHERE {where[0]}"
        out = []
        for namespace, key, name, owner, status, version in self._database.rows(query, where[1]):
            system = {"name": name, "owner": owner, "status": status, "version": str(version)}
            out.append(Head(namespace, key, {**custom.get((namespace, key), {}), **system}))
        return out

    def fetch(self, heads: Sequence[Head], total: int) -> list[Release]:
        wanted = {(head.namespace, head.key): head.labels for head in heads}
        if len(wanted) == 1:
            where: Where = ("r.namespace = ? AND r.key = ?", list(next(iter(wanted))))
        else:
            where = self._with({"owner": _OWNER})
        return self._decoded(where, wanted)

    def query(self, labels: Mapping[str, str]) -> list[Release]:
        where = self._with(labels)
        custom = self._labels(where)
        found = self._decoded(where, None, custom)
        if not found:
            raise NotFound
        return found

    def create(self, release: Release) -> None:
        body = self._body(release, "create")
        key, namespace, created = release.key, release.namespace or _DEFAULT_NAMESPACE, int(self._now())
        columns = "key, type, body, name, namespace, version, status, owner, createdAt"
        row = (key, _TYPE, body, release.name, namespace, release.version, release.info.status, _OWNER, created)
        statements: list[Statement] = [
            (f"INSERT INTO {RELEASES} ({columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", row),
            (f"DELETE FROM {LABELS} WHERE releaseKey = ? AND releaseNamespace = ?", (key, namespace)),
        ]
        for label, value in sorted(without_system_labels(release.labels).items()):
            query = f"INSERT INTO {LABELS} (releaseKey, releaseNamespace, key, value) VALUES (?, ?, ?, ?)"
            statements.append((query, (key, namespace, label, value)))
        statements += self._annotating(release, namespace)
        try:
            self._database.change(*statements)
        except DatabaseError as error:
            if error.duplicate:
                raise AlreadyExists from error
            raise StorageError(f"create: failed to create: {error}", hint=error.hint) from error

    def update(self, release: Release) -> None:
        body = self._body(release, "update")
        namespace = release.namespace or _DEFAULT_NAMESPACE
        query = (
            f"UPDATE {RELEASES} SET body = ?, name = ?, version = ?, status = ?, owner = ?, modifiedAt = ? "
            "WHERE key = ? AND namespace = ?"
        )
        row = (body, release.name, release.version, release.info.status, _OWNER, int(self._now()))
        try:
            changed = self._database.change(
                (query, (*row, release.key, namespace)), *self._annotating(release, namespace)
            )
        except DatabaseError as error:
            raise StorageError(f"update: failed to update: {error}", hint=error.hint) from error
        if not changed:
            raise NotFound

    def delete(self, key: str) -> Release:
        release = self.get(key)
        where = (key, self.namespace)
        statements: list[Statement] = [
            (f"DELETE FROM {RELEASES} WHERE key = ? AND namespace = ?", where),
            (f"DELETE FROM {LABELS} WHERE releaseKey = ? AND releaseNamespace = ?", where),
        ]
        if self._database.has_table(ANNOTATIONS):
            statements.append((f"DELETE FROM {ANNOTATIONS} WHERE releaseKey = ? AND releaseNamespace = ?", where))
        self._database.change(*statements)
        return release

    # parts

    @property
    def _database(self) -> Database:
        with self._lock:
            if self._opened is None:
                database = self._open()
                _migrate(database)
                self._opened = database
            return self._opened

    def _body(self, release: Release, doing: str) -> str:
        try:
            return encode(release)
        except CharthouseError as error:
            raise StorageError(f'{doing}: failed to encode release "{release.name}": {error}') from error

    def _at(self, key: str) -> Where:
        return "r.key = ? AND r.namespace = ?", [key, self.namespace]

    def _with(self, labels: Mapping[str, str]) -> Where:
        """The condition labels are. Raises StorageError for a label that is no column."""
        parts: list[str] = []
        values: list[object] = []
        for label in sorted(labels):
            if label not in SYSTEM_LABELS:
                raise StorageError(f"unknown label {label}")
            parts.append(f"r.{label} = ?")
            values.append(labels[label])
        if self.namespace:
            parts.append("r.namespace = ?")
            values.append(self.namespace)
        return " AND ".join(parts) or "1 = 1", values

    def _decoded(
        self, where: Where, wanted: Mapping[tuple[str, str], Mapping[str, str]] | None, labels: Texts | None = None
    ) -> list[Release]:
        """The releases of a condition, those in `wanted` (with its labels) or all (with `labels`)."""
        annotations = self._annotations(where)
        out = []
        query = f"SELECT r.namespace, r.key, r.body FROM {RELEASES} r WHERE {where[0]}"
        for namespace, key, body in self._database.rows(query, where[1]):
            at = (namespace, key)
            if wanted is not None and at not in wanted:
                continue
            given = wanted[at] if wanted is not None else (labels or {}).get(at, {})
            try:
                out.append(decode(body, given, annotations.get(at)))
            except CodecError as error:
                self._log(LogRecord(DEBUG, "failed to decode release", key=key, error=str(error)))
        return out

    def _labels(self, where: Where) -> Texts:
        query = (
            f"SELECT r.namespace, r.key, l.key, l.value FROM {LABELS} l JOIN {RELEASES} r "
            f"ON r.key = l.releaseKey AND r.namespace = l.releaseNamespace WHERE {where[0]}"
        )
        found = self._texts(query, where)
        return {at: without_system_labels(labels) for at, labels in found.items()}

    def _annotations(self, where: Where) -> Texts:
        if not self._database.has_table(ANNOTATIONS):
            return {}
        query = (
            f"SELECT r.namespace, r.key, a.key, a.value FROM {ANNOTATIONS} a JOIN {RELEASES} r "
            "ON r.key = a.releaseKey AND r.namespace = a.releaseNamespace AND r.createdAt = a.createdAt "
            f"WHERE {where[0]}"
        )
        return self._texts(query, where)

    def _texts(self, query: str, where: Where) -> Texts:
        out: Texts = {}
        for namespace, key, name, value in self._database.rows(query, where[1]):
            out.setdefault((namespace, key), {})[name] = value
        return out

    def _annotating(self, release: Release, namespace: str) -> list[Statement]:
        """What makes the annotations of a record those of `release`."""
        at = (release.key, namespace)
        if not self._database.has_table(ANNOTATIONS):
            if not release.annotations:
                return []
            with suppress(DatabaseError):  # somebody else made it, or we may not: then the next statement says so
                self._database.change((annotations_table(), ()))
        out: list[Statement] = [(f"DELETE FROM {ANNOTATIONS} WHERE releaseKey = ? AND releaseNamespace = ?", at)]
        for name, value in sorted(release.annotations.items()):
            query = (
                f"INSERT INTO {ANNOTATIONS} (releaseKey, releaseNamespace, createdAt, key, value) "
                f"SELECT r.key, r.namespace, r.createdAt, ?, ? FROM {RELEASES} r WHERE r.key = ? AND r.namespace = ?"
            )
            out.append((query, (name, value, *at)))
        return out


def _migrate(database: Database) -> None:
    """Make the tables that are not there. Raises StorageError."""
    for attempt in range(_ATTEMPTS):
        try:
            _apply_missing(database)
            return
        except DatabaseError as error:  # two at once: who comes second finds the table there, and looks again
            if attempt == _ATTEMPTS - 1:
                raise StorageError(f"unable to instantiate SQL driver: {error}", hint=error.hint) from error


def _apply_missing(database: Database) -> None:
    applied = _applied(database)
    planned = migrations(database.dialect)
    if planned.keys() <= applied:
        return
    database.change((MIGRATIONS_TABLE[database.dialect], ()))
    for name, statements in planned.items():
        if name not in applied:
            entry = ("INSERT INTO gorp_migrations (id, applied_at) VALUES (?, CURRENT_TIMESTAMP)", (name,))
            database.change(*((statement, ()) for statement in statements), entry)


def _applied(database: Database) -> set[str]:
    if not database.has_table("gorp_migrations"):
        return set()
    return {str(name) for (name,) in database.rows("SELECT id FROM gorp_migrations")}
