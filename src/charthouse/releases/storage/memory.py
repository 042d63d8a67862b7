"""Records in this process (`HELM_DRIVER=memory`): for tests, dry runs and embedding programs.

Whose rules: helm v4.3.1 pkg/storage/driver/memory.go. Differs: records are kept encoded, so that what comes back is
what any other driver would give back (Helm hands out the very object that was stored), and a namespace of the driver is
fixed.
"""

from __future__ import annotations

import threading

from charthouse.releases.codec import decode, encode
from charthouse.releases.errors import AlreadyExists, NotFound
from charthouse.releases.release import without_system_labels
from charthouse.releases.storage.driver import Head

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from charthouse.releases.release import Release

__all__ = ["MemoryDriver", "MemoryStore"]


class _Row:
    __slots__ = ("annotations", "labels", "payload")

    def __init__(self, payload: str, labels: dict[str, str], annotations: dict[str, str]) -> None:
        self.payload = payload
        self.labels = labels
        self.annotations = annotations


class MemoryStore:
    """What several drivers of different namespaces share."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.rows: dict[tuple[str, str], _Row] = {}


class MemoryDriver:
    """Releases of one namespace ("" = all, for listing) in a store."""

    name = "Memory"

    def __init__(self, namespace: str, *, now: Callable[[], float], store: MemoryStore | None = None) -> None:
        self.namespace = namespace
        self.store = store if store is not None else MemoryStore()
        self._now = now

    def get(self, key: str) -> Release:
        with self.store.lock:
            row = self.store.rows.get((self.namespace, key))
        if row is None:
            raise NotFound
        return decode(row.payload, without_system_labels(row.labels), row.annotations)

    def heads(self, labels: Mapping[str, str]) -> list[Head]:
        with self.store.lock:
            found = sorted(self.store.rows.items())
        return [
            Head(namespace, key, dict(row.labels))
            for (namespace, key), row in found
            if self.namespace in ("", namespace) and all(row.labels.get(k) == v for k, v in labels.items())
        ]

    def fetch(self, heads: Sequence[Head], total: int) -> list[Release]:
        with self.store.lock:
            rows = [self.store.rows.get((head.namespace, head.key)) for head in heads]
        return [decode(row.payload, row.labels, row.annotations) for row in rows if row is not None]

    def query(self, labels: Mapping[str, str]) -> list[Release]:
        heads = self.heads(labels)
        if not heads:
            raise NotFound
        return self.fetch(heads, len(heads))

    def create(self, release: Release) -> None:
        row = self._row(release, "createdAt")
        with self.store.lock:
            if (self.namespace, release.key) in self.store.rows:
                raise AlreadyExists
            self.store.rows[self.namespace, release.key] = row

    def update(self, release: Release) -> None:
        row = self._row(release, "modifiedAt")
        with self.store.lock:
            if (self.namespace, release.key) not in self.store.rows:
                raise NotFound
            self.store.rows[self.namespace, release.key] = row

    def delete(self, key: str) -> Release:
        release = self.get(key)
        with self.store.lock:
            self.store.rows.pop((self.namespace, key), None)
        return release

    def _row(self, release: Release, stamp: str) -> _Row:
        labels = {**release.labels, stamp: str(int(self._now()))}
        labels.update(name=release.name, owner="helm", status=release.info.status, version=str(release.version))
        return _Row(encode(release), labels, dict(release.annotations))
