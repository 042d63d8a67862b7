"""A database that keeps records: PostgreSQL as Helm connects to it, or an SQLite file (ours).

Whose rules: helm v4.3.1 pkg/storage/driver/sql.go (NewSQL) over lib/pq: the connection string is a URL
(`postgres://…`) or words (`host=… dbname=…`); without `sslmode` encryption is required, without a host it is localhost.
PostgreSQL is spoken to by psycopg, an extra; `sqlite:///PATH` (a fourth slash begins an absolute path) needs nothing.
Connection strings hold passwords: no error repeats one.

Statements are written with `?` for parameters and hold no other question mark or percent sign.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager

from charthouse.releases.errors import StorageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager
    from typing import Any

    Row = tuple[Any, ...]
    Statement = tuple[str, Sequence[object]]

__all__ = ["Database", "DatabaseError", "PostgresDatabase", "SqliteDatabase", "open_database"]

_FAILED = "unable to instantiate SQL driver: "
_SQLITE = "sqlite:///"
_BUSY_SECONDS = 30.0
_DUPLICATES = ("SQLITE_CONSTRAINT_PRIMARYKEY", "SQLITE_CONSTRAINT_UNIQUE")


class DatabaseError(StorageError):
    """The database refused a statement. duplicate: it was a row that is there already."""

    def __init__(self, message: str, *, duplicate: bool = False, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.duplicate = duplicate


class Database:
    """One connection, used by one thread at a time; another waits.

    dialect: "postgres", "sqlite".
    """

    dialect = ""
    _begin = "BEGIN"

    def __init__(self) -> None:
        self._lock = threading.RLock()

    def rows(self, query: str, parameters: Sequence[object] = ()) -> list[Row]:
        """What a query finds. Raises DatabaseError."""
        with self._lock, self._cursor() as cursor:
            cursor.execute(self._written(query), tuple(parameters))
            return [tuple(row) for row in cursor.fetchall()]

    def change(self, *statements: Statement) -> int:
        """Run statements in one transaction; how many rows the first of them changed. Raises DatabaseError, and then
        nothing was changed."""
        first = -1
        with self._lock, self._cursor() as cursor:
            cursor.execute(self._begin)
            try:
                for query, parameters in statements:
                    cursor.execute(self._written(query), tuple(parameters))
                    first = cursor.rowcount if first < 0 else first
            except BaseException:
                cursor.execute("ROLLBACK")
                raise
            cursor.execute("COMMIT")
        return first

    def has_table(self, name: str) -> bool:
        """Whether there is a table of this name."""
        raise StorageError(f"no database to look for {name} in")

    def close(self) -> None:
        """End the connection."""

    def _cursor(self) -> AbstractContextManager[Any]:
        """A cursor; errors of the library become DatabaseError."""
        raise StorageError("no database to ask")

    def _written(self, query: str) -> str:
        return query


class SqliteDatabase(Database):
    """An SQLite file, or memory for `:memory:`. New files are the user's alone: records hold secrets."""

    dialect = "sqlite"
    _begin = "BEGIN IMMEDIATE"  # a lock taken later is refused at once when another writes

    def __init__(self, path: str) -> None:
        super().__init__()
        import os
        import sqlite3

        self._errors = sqlite3.Error
        try:
            if path != ":memory:":
                os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
            self._connection = sqlite3.connect(
                path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False
            )
            self._connection.execute("PRAGMA journal_mode=WAL")
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            raise StorageError(f"{_FAILED}open {path}: {reason}", hint=_SQLITE_HINT) from error
        except sqlite3.Error as error:
            raise StorageError(f"{_FAILED}{path}: {error}", hint=_SQLITE_HINT) from error

    def has_table(self, name: str) -> bool:
        return bool(self.rows("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?", (name,)))

    def close(self) -> None:
        with self._lock:
            self._connection.close()

    @contextmanager
    def _cursor(self) -> Iterator[Any]:
        try:
            cursor = self._connection.cursor()
            try:
                yield cursor
            finally:
                cursor.close()
        except self._errors as error:
            duplicate = getattr(error, "sqlite_errorname", "") in _DUPLICATES
            raise DatabaseError(f"sqlite: {error}", duplicate=duplicate) from error


_SQLITE_HINT = f"write the path behind {_SQLITE}, an absolute one as {_SQLITE}/var/lib/releases.db"


class PostgresDatabase(Database):
    """A connection to PostgreSQL. A connection that broke is made anew for the next statement."""

    dialect = "postgres"

    def __init__(self, connection_string: str, environ: Mapping[str, str]) -> None:
        super().__init__()
        try:
            import psycopg
        except ImportError:
            raise StorageError(
                f"{_FAILED}psycopg is not installed",
                hint="install it with `pip install 'charthouse[sql]'`; sqlite:///PATH needs nothing",
            ) from None
        self._library = psycopg
        self._given = self._parsed(connection_string, environ)
        self._connection = self._connect()

    def has_table(self, name: str) -> bool:
        return self.rows("SELECT to_regclass(?) IS NOT NULL", (name,)) == [(True,)]

    def close(self) -> None:
        with self._lock:
            self._connection.close()

    def _parsed(self, text: str, environ: Mapping[str, str]) -> dict[str, Any]:
        try:
            given = dict(self._library.conninfo.conninfo_to_dict(text))
        except self._library.Error as error:
            reason = _first_line(error).replace(text, "…") if text else _first_line(error)
            raise StorageError(f"{_FAILED}{reason}", hint=_POSTGRES_HINT) from None
        if not ("host" in given or "hostaddr" in given or "service" in given or environ.get("PGHOST")):
            given["host"] = "localhost"
        if "sslmode" not in given and not environ.get("PGSSLMODE"):
            given["sslmode"] = "require"
        return given

    def _connect(self) -> Any:
        import re

        try:
            return self._library.connect(**self._given, autocommit=True)
        except self._library.Error as error:
            reason = _first_line(error)
            hint = _POSTGRES_HINT
            if "does not support SSL" in reason:
                reason, hint = "pq: SSL is not enabled on the server", "add sslmode=disable if that is meant"
            elif refused := re.search(r'"([^"]*)"(?: \(([^)]*)\))?, port (\d+) failed: Connection refused', reason):
                host, address, port = refused.groups()
                reason = f"dial tcp {address or host}:{port}: connect: connection refused"
            raise StorageError(f"{_FAILED}{reason}", hint=hint) from None

    @contextmanager
    def _cursor(self) -> Iterator[Any]:
        if self._connection.closed:
            self._connection = self._connect()
        try:
            with self._connection.cursor() as cursor:
                yield cursor
        except self._library.Error as error:
            duplicate = isinstance(error, self._library.errors.UniqueViolation)
            primary = error.diag.message_primary or _first_line(error)
            raise DatabaseError(f"pq: {primary}", duplicate=duplicate) from error

    def _written(self, query: str) -> str:
        return query.replace("?", "%s")


_POSTGRES_HINT = "HELM_DRIVER_SQL_CONNECTION_STRING is postgres://USER:PASSWORD@HOST:PORT/DATABASE?sslmode=…"


def _first_line(error: Exception) -> str:
    return str(error).strip().split("\n", 1)[0]


def open_database(connection_string: str, environ: Mapping[str, str]) -> Database:
    """The database a connection string names. environ: for PGHOST and PGSSLMODE. Raises StorageError."""
    if connection_string.startswith("sqlite:"):
        path = connection_string.removeprefix(_SQLITE)
        if path == connection_string or not path:
            raise StorageError(f"{_FAILED}no path in the connection string", hint=_SQLITE_HINT)
        return SqliteDatabase(path)
    return PostgresDatabase(connection_string, environ)
