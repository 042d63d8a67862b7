"""Objects, their versions, and who watches them: the API server's etcd. Thread-safe; in memory, written through on
request.

Objects handed out are shared and never changed in place; a writer copies. Resource versions are one counter for all.
Deciding functions stand above; here an object is only a name, a version and a place in history.
"""

from __future__ import annotations

import json
import threading
from collections import deque
from queue import SimpleQueue

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    Object = dict[str, Any]
    Key = tuple[str, str]

__all__ = ["Change", "Compacted", "Entry", "Store", "Watch", "copy_json"]

HISTORY = 20_000


def copy_json(value: Any) -> Any:
    """A deep copy of JSON data."""
    if isinstance(value, dict):
        return {k: copy_json(v) if isinstance(v, (dict, list)) else v for k, v in value.items()}
    if isinstance(value, list):
        return [copy_json(v) if isinstance(v, (dict, list)) else v for v in value]
    return value


class Compacted(Exception):
    """The history asked for is gone. oldest: the first version a watch can start from."""

    def __init__(self, oldest: int) -> None:
        super().__init__(str(oldest))
        self.oldest = oldest


class Entry:
    """One version of one object. data: its JSON; item: the same without apiVersion and kind, as lists of built-in kinds
    show it (each made when first asked for)."""

    __slots__ = ("_data", "_item", "object", "version")

    def __init__(self, obj: Object, version: int) -> None:
        self.object = obj
        self.version = version
        self._data: bytes | None = None
        self._item: bytes | None = None

    @property
    def data(self) -> bytes:
        if self._data is None:
            self._data = json.dumps(self.object, separators=(",", ":"), ensure_ascii=False).encode()
        return self._data

    @property
    def item(self) -> bytes:
        if self._item is None:
            rest = {k: v for k, v in self.object.items() if k not in ("apiVersion", "kind")}
            self._item = json.dumps(rest, separators=(",", ":"), ensure_ascii=False).encode()
        return self._item


class Change:
    """A step of history: version, table, key, the entry before (None: created) and after (None: deleted)."""

    __slots__ = ("after", "before", "key", "table", "version")

    def __init__(self, version: int, table: str, key: Key, before: Entry | None, after: Entry | None) -> None:
        self.version = version
        self.table = table
        self.key = key
        self.before = before
        self.after = after


class Watch:
    """A place in history that moves; `next` waits. Close it when done."""

    def __init__(self, store: Store, table: str, namespace: str) -> None:
        self.store = store
        self.table = table
        self.namespace = namespace
        self.queue: SimpleQueue[Change | None] = SimpleQueue()

    def close(self) -> None:
        self.store.unwatch(self)


class Store:
    """See the module. sink: called with (table, namespace, name, entry or None) inside the lock, to persist."""

    def __init__(self, sink: Callable[[str, Key, Entry | None, int], None] | None = None) -> None:
        self.lock = threading.RLock()
        self.version = 0
        self.tables: dict[str, dict[Key, Entry]] = {}
        self.history: deque[Change] = deque(maxlen=HISTORY)
        self.watches: dict[str, list[Watch]] = {}
        self.listeners: list[Callable[[Change], None]] = []
        self.sink = sink

    def get(self, table: str, key: Key) -> Entry | None:
        return self.tables.get(table, {}).get(key)

    def list(self, table: str, namespace: str = "") -> tuple[list[tuple[Key, Entry]], int]:
        """Entries in key order and the version they were read at; namespace "" = all."""
        with self.lock:
            found = list(self.tables.get(table, {}).items())
            version = self.version
        if namespace:
            found = [item for item in found if item[0][0] == namespace]
        found.sort(key=lambda item: item[0])
        return found, version

    def put(self, table: str, key: Key, obj: Object) -> Entry:
        """Store a new version (the caller holds `lock` since it read the old one). Sets metadata.resourceVersion."""
        with self.lock:
            self.version += 1
            obj["metadata"]["resourceVersion"] = str(self.version)
            entry = Entry(obj, self.version)
            rows = self.tables.setdefault(table, {})
            before = rows.get(key)
            rows[key] = entry
            self._record(Change(self.version, table, key, before, entry))
            return entry

    def delete(self, table: str, key: Key) -> Entry | None:
        """Remove an object; its last version, with a new resourceVersion, or None."""
        with self.lock:
            before = self.tables.get(table, {}).pop(key, None)
            if before is None:
                return None
            self.version += 1
            last = dict(before.object)
            last["metadata"] = {**before.object["metadata"], "resourceVersion": str(self.version)}
            gone = Entry(last, self.version)
            self._record(Change(self.version, table, key, gone, None))
            return gone

    def load(self, table: str, key: Key, obj: Object) -> None:
        """Put back an object that was persisted, without history."""
        version = int(obj["metadata"]["resourceVersion"])
        self.version = max(self.version, version)
        self.tables.setdefault(table, {})[key] = Entry(obj, version)

    def _record(self, change: Change) -> None:
        self.history.append(change)
        if self.sink is not None:
            self.sink(change.table, change.key, change.after, change.version)
        for watch in self.watches.get(change.table, ()):
            if not watch.namespace or watch.namespace == change.key[0]:
                watch.queue.put(change)
        for listener in self.listeners:
            listener(change)

    def watch(self, table: str, namespace: str, since: int) -> Watch:
        """Changes after version `since` (0: from now). Raises Compacted."""
        with self.lock:
            watch = Watch(self, table, namespace)
            if 0 < since < self.version:
                oldest = self.history[0].version - 1 if self.history else self.version
                if since < oldest:
                    raise Compacted(oldest)
                for change in self.history:
                    if change.version > since and change.table == table and namespace in ("", change.key[0]):
                        watch.queue.put(change)
            self.watches.setdefault(table, []).append(watch)
            return watch

    def unwatch(self, watch: Watch) -> None:
        with self.lock:
            rows = self.watches.get(watch.table, [])
            if watch in rows:
                rows.remove(watch)

    def wake_all(self) -> None:
        """End every watch (the server stops)."""
        with self.lock:
            for rows in self.watches.values():
                for watch in rows:
                    watch.queue.put(None)
