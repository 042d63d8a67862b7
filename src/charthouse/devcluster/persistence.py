"""Objects in an SQLite file, written as they change."""

from __future__ import annotations

import json
import sqlite3
import threading

TYPE_CHECKING = False
if TYPE_CHECKING:
    from charthouse.devcluster.store import Entry, Key, Store

__all__ = ["Database"]


class Database:
    """path: created when missing. Raises sqlite3.Error for a file that is none of ours."""

    def __init__(self, path: str) -> None:
        self.lock = threading.Lock()
        self.connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self.connection.execute("PRAGMA journal_mode=WAL")
        self.connection.execute("PRAGMA synchronous=NORMAL")
        self.connection.execute(
            "CREATE TABLE IF NOT EXISTS objects (kind TEXT, namespace TEXT, name TEXT, version INTEGER, object TEXT,"
            " PRIMARY KEY (kind, namespace, name)) WITHOUT ROWID"
        )
        self.connection.execute("CREATE TABLE IF NOT EXISTS counter (id INTEGER PRIMARY KEY, version INTEGER)")

    def load(self, store: Store) -> None:
        """Put everything the file holds into an empty store."""
        for kind, namespace, name, text in self.connection.execute("SELECT kind, namespace, name, object FROM objects"):
            store.load(kind, (namespace, name), json.loads(text))
        row = self.connection.execute("SELECT version FROM counter WHERE id = 1").fetchone()
        store.version = max(store.version, row[0] if row else 0)

    def write(self, table: str, key: Key, entry: Entry | None, version: int) -> None:
        """A store's sink: called inside its lock."""
        with self.lock:
            if entry is None:
                self.connection.execute(
                    "DELETE FROM objects WHERE kind = ? AND namespace = ? AND name = ?", (table, *key)
                )
            else:
                self.connection.execute(
                    "INSERT OR REPLACE INTO objects VALUES (?, ?, ?, ?, ?)",
                    (table, *key, version, entry.data.decode()),
                )
            self.connection.execute("INSERT OR REPLACE INTO counter VALUES (1, ?)", (version,))

    def close(self) -> None:
        with self.lock:
            self.connection.close()
