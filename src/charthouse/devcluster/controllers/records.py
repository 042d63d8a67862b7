"""Two things every controller leans on: the event recorder and the index of dependents.

Rules: client-go/tools/record (events of one cause are counted up, not repeated).
"""

from __future__ import annotations

import uuid

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from charthouse.devcluster.clock import Clock
    from charthouse.devcluster.store import Change, Entry, Store

    Object = dict[str, Any]

__all__ = ["Dependents", "Recorder"]

MAX_EVENTS = 2000


class Recorder:
    """Writes events to the store; the oldest go when there are many."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self.store = store
        self.clock = clock
        self.order: list[tuple[str, str]] = []
        self.known: dict[tuple[str, ...], tuple[str, str]] = {}

    def record(self, obj: Object, reason: str, message: str, *, kind: str, source: str) -> None:
        meta = obj["metadata"]
        namespace = meta.get("namespace") or "default"
        now = self.clock.now()
        cause = (meta["uid"], reason, message, source)
        with self.store.lock:
            entry = self.store.get("events", self.known.get(cause, ("", "")))
            if entry is not None:
                event = {**entry.object, "metadata": dict(entry.object["metadata"])}
                event["count"] = event.get("count", 1) + 1
                event["lastTimestamp"] = now
                self.store.put("events", self.known[cause], event)
                return
            name = f"{meta['name']}.{uuid.uuid4().hex[:16]}"
            involved = {
                "kind": obj["kind"], "namespace": meta.get("namespace", ""), "name": meta["name"], "uid": meta["uid"],
                "apiVersion": obj["apiVersion"], "resourceVersion": meta.get("resourceVersion", ""),
            }  # fmt: skip
            event = {
                "kind": "Event", "apiVersion": "v1",
                "metadata": {"name": name, "namespace": namespace, "uid": str(uuid.uuid4()), "creationTimestamp": now},
                "involvedObject": {k: v for k, v in involved.items() if v}, "reason": reason, "message": message,
                "source": {"component": source}, "firstTimestamp": now, "lastTimestamp": now, "count": 1, "type": kind,
                "eventTime": None, "reportingComponent": source, "reportingInstance": "",
            }  # fmt: skip
            if self.store.get("namespaces", ("", namespace)) is None:
                return
            self.store.put("events", (namespace, name), event)
            self.known[cause] = (namespace, name)
            self.order.append((namespace, name))
            if len(self.order) > MAX_EVENTS:
                oldest = self.order.pop(0)
                self.store.delete("events", oldest)


class Dependents:
    """owner uid → keys of the objects that name it; kept by the store's changes, under its lock."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.index: dict[str, dict[tuple[str, str, str], bool]] = {}
        store.listeners.append(self.follow)

    def follow(self, change: Change) -> None:
        place = (change.table, *change.key)
        for entry, present in ((change.before, False), (change.after, True)):
            if entry is None:
                continue
            for owner in entry.object["metadata"].get("ownerReferences") or ():
                rows = self.index.setdefault(owner["uid"], {})
                if present:
                    rows[place] = bool(owner.get("controller"))
                else:
                    rows.pop(place, None)
                    if not rows:
                        del self.index[owner["uid"]]

    def controlled(self, table: str, uid: str) -> list[Entry]:
        """Entries of one table whose controller is `uid`."""
        with self.store.lock:
            places = [p for p, controls in self.index.get(uid, {}).items() if controls and p[0] == table]
            found = [self.store.get(p[0], (p[1], p[2])) for p in places]
        return [entry for entry in found if entry is not None]

    def all(self, uid: str) -> list[tuple[str, str, str]]:
        """(table, namespace, name) of everything that names `uid` as an owner."""
        with self.store.lock:
            return list(self.index.get(uid, {}))
