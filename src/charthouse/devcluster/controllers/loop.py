"""The one thread that runs every controller: keys in, one reconciliation at a time, timers for what is due later.

A controller says which changes concern it (`routes`: table → change → keys) and brings one key to its desired state
(`reconcile`). Nothing polls: the thread sleeps until an object changes or a timer is due.
"""

from __future__ import annotations

import abc
import heapq
import queue
import threading
import time

from charthouse.devcluster.failures import ApiFailure

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    from charthouse.devcluster.clock import Clock
    from charthouse.devcluster.objects import Objects
    from charthouse.devcluster.resources import Kind
    from charthouse.devcluster.store import Change

    Object = dict[str, Any]
    Key = tuple[str, str]
    Route = Callable[[Change], Iterable[Key]]

__all__ = ["Controller", "Loop", "owner_key", "same_key"]


def same_key(change: Change) -> Iterable[Key]:
    """The changed object itself."""
    return (change.key,)


def owner_key(kind: str) -> Route:
    """The controlling owner of the changed object, when it is of `kind`."""

    def route(change: Change) -> Iterable[Key]:
        entry = change.after or change.before
        assert entry is not None
        return [
            (change.key[0], owner["name"])
            for owner in entry.object["metadata"].get("ownerReferences") or ()
            if owner.get("controller") and owner["kind"] == kind
        ]

    return route


class Controller(abc.ABC):
    """Base of controllers. routes: which changes concern it. name: its field manager and event source."""

    name = "kube-controller-manager"

    def __init__(self, objects: Objects, loop: Loop) -> None:
        self.objects = objects
        self.store = objects.store
        self.clock: Clock = objects.clock
        self.loop = loop

    @abc.abstractmethod
    def routes(self) -> dict[str, Route]:
        """Table → change → keys to reconcile."""

    @abc.abstractmethod
    def reconcile(self, key: Key) -> None:
        """Bring one key to its desired state."""

    # what they all need ----------------------------------------------------------------------------------------------

    def kind(self, table: str) -> Kind:
        """The kind of a table, in its preferred version."""
        plural, _, group = table.partition(".")
        versions = self.objects.resources.groups[group]
        return next(k for kinds in versions.values() for k in kinds if k.plural == plural)

    def get(self, table: str, key: Key) -> Object | None:
        entry = self.store.get(table, key)
        return None if entry is None else entry.object

    def status(self, table: str, key: Key, status: Object) -> None:
        """Write a status when it differs."""

        def change(obj: Object) -> None:
            obj["status"] = status

        self.objects.write(self.kind(table), *key, change, manager=self.name, subresource="status")

    def owned(self, table: str, owner: Object) -> list[Object]:
        """Objects of the owner's namespace that it controls, oldest first."""
        uid, namespace = owner["metadata"]["uid"], owner["metadata"].get("namespace", "")
        rows = [
            e.object
            for e in self.loop.dependents.controlled(table, uid)
            if e.object["metadata"].get("namespace", "") == namespace
        ]
        return sorted(rows, key=lambda o: (o["metadata"]["creationTimestamp"], int(o["metadata"]["resourceVersion"])))

    def after(self, seconds: float, key: Key) -> None:
        """Reconcile a key again later (simulated seconds)."""
        self.loop.later(seconds / self.clock.speed, self, key)

    def event(self, obj: Object, reason: str, message: str, *, kind: str = "Normal", source: str = "") -> None:
        self.loop.recorder.record(obj, reason, message, kind=kind, source=source or self.name)


def reference(owner: Object, *, block: bool = True) -> Object:
    """The ownerReference of a controlled object."""
    return {
        "apiVersion": owner["apiVersion"],
        "kind": owner["kind"],
        "name": owner["metadata"]["name"],
        "uid": owner["metadata"]["uid"],
        "controller": True,
        "blockOwnerDeletion": block,
    }


class Loop:
    """Starts and stops the thread; `errors` keeps the last unexpected failures for people who debug."""

    def __init__(self, objects: Objects, recorder: Any, dependents: Any) -> None:
        self.objects = objects
        self.recorder = recorder
        self.dependents = dependents
        self.queue: queue.SimpleQueue[tuple[Controller, Key] | None] = queue.SimpleQueue()
        self.pending: set[tuple[int, Key]] = set()
        self.routes: dict[str, list[tuple[Controller, Route]]] = {}
        self.timers: list[tuple[float, int, Controller, Key]] = []
        self.count = 0
        self.lock = threading.Lock()
        self.errors: list[str] = []
        self.thread: threading.Thread | None = None

    def add(self, controller: Controller) -> None:
        for table, route in controller.routes().items():
            self.routes.setdefault(table, []).append((controller, route))

    def follow(self, change: Change) -> None:
        """A store listener: note which keys have work."""
        for controller, route in (*self.routes.get(change.table, ()), *self.routes.get("*", ())):
            for key in route(change):
                self.enqueue(controller, key)

    def enqueue(self, controller: Controller, key: Key) -> None:
        mark = (id(controller), key)
        with self.lock:
            if mark in self.pending:
                return
            self.pending.add(mark)
        self.queue.put((controller, key))

    def later(self, seconds: float, controller: Controller, key: Key) -> None:
        """Only from the loop's own thread."""
        self.count += 1
        heapq.heappush(self.timers, (time.monotonic() + seconds, self.count, controller, key))

    def start(self) -> None:
        self.thread = threading.Thread(target=self._run, name="devcluster-controllers", daemon=True)
        self.thread.start()

    def stop(self) -> None:
        self.queue.put(None)
        if self.thread is not None:
            self.thread.join(timeout=5)

    def _run(self) -> None:
        while True:
            wait = max(self.timers[0][0] - time.monotonic(), 0) if self.timers else None
            try:
                item = self.queue.get(timeout=wait) if wait is not None else self.queue.get()
            except queue.Empty:
                _, _, controller, key = heapq.heappop(self.timers)
                self._reconcile(controller, key)
                continue
            if item is None:
                return
            controller, key = item
            with self.lock:
                self.pending.discard((id(controller), key))
            self._reconcile(controller, key)

    def _reconcile(self, controller: Controller, key: Key) -> None:
        try:
            controller.reconcile(key)
        except ApiFailure as failure:
            if failure.code not in (404, 409):  # gone or changed meanwhile: the next change brings us back
                self._note(controller, key, str(failure))
        except Exception as error:  # one object must not stop the others
            import traceback

            self._note(controller, key, f"{error!r}\n{traceback.format_exc()}")

    def _note(self, controller: Controller, key: Key, text: str) -> None:
        self.errors.append(f"{type(controller).__name__} {key}: {text}")
        del self.errors[:-50]
