"""Replicas of Tiller over one API server in a dict: the real locks, journal and records."""

from __future__ import annotations

import itertools
from typing import Any, cast

from charthouse.actions.environment import Environment
from charthouse.k8s.objects import ObjectRef
from charthouse.k8s.ports import ApiError
from charthouse.kube.cluster import Cluster
from charthouse.logs import LogRecord
from charthouse.records import replace
from charthouse.releases.history import Storage
from charthouse.releases.holder import Holder, this_process
from charthouse.releases.journal import Journal
from charthouse.releases.storage.driver import open_driver
from charthouse.tiller.caller import Caller
from charthouse.tiller.operations import Operations, Work
from charthouse.tiller.operations.entry import Entry
from charthouse.tiller.operations.ledger import Ledger, Page
from charthouse.tiller.operations.replica import Replica
from charthouse.tiller.operations.seal import Seal
from charthouse.tiller.workplace import Workplace
from tests.unit.releases.conftest import FakeClient, FakeClock

__all__ = ["ALICE", "BEGUN", "BOB", "DEAD", "Place", "Server", "entry", "numbers"]

ALICE, BOB = Caller("alice", uid="1", groups=("devs",)), Caller("bob", uid="2")
BEGUN = "2026-11-22T20:00:00Z"
DEAD = replace(this_process("dead"), pid=2**22 + 1, started=1)


class Server(FakeClient):
    """Merges patches, dates what is made, and answers whether `missing` rights are there."""

    def __init__(self) -> None:
        super().__init__()
        self.missing: set[str] = set()
        self.date = BEGUN

    def create(self, ref: ObjectRef, body: dict[str, Any], **named: Any) -> dict[str, Any]:
        if ref.type.kind == "SelfSubjectAccessReview":
            verb = body["spec"]["resourceAttributes"]["verb"]
            self.calls.append(f"review {verb}")
            return {"status": {"allowed": verb not in self.missing}}
        body = {**body, "metadata": {**body["metadata"], "creationTimestamp": self.date}}
        return super().create(ref, body, **named)

    def patch(self, ref: ObjectRef, body: Any, **named: Any) -> dict[str, Any]:
        found = self.objects.get(self._key(ref))
        if found is None:
            raise ApiError("not found", code=404, reason="NotFound")
        metadata = {**found["metadata"], **body.get("metadata", {})}
        for key in ("annotations", "labels"):
            metadata[key] = {**(found["metadata"].get(key) or {}), **((body.get("metadata") or {}).get(key) or {})}
        return self._stored(ref, {**found, **body, "metadata": metadata})

    def leases(self, prefix: str = "charthouse-tiller.") -> list[dict[str, Any]]:
        """The Leases whose names begin so."""
        return [body for (kind, _, name), body in self.objects.items() if kind == "Lease" and name.startswith(prefix)]


def numbers() -> Any:
    """Random bytes that are not random."""
    count = itertools.count(1)
    return lambda size: next(count).to_bytes(size, "big")


class Place:
    """A workplace for everybody, and replicas on it."""

    storage = "configmap"
    namespace = "tillers"

    def __init__(self) -> None:
        self.server = Server()
        self.clock = FakeClock()
        self.said: list[LogRecord] = []
        self.random = numbers()

    def cluster(self, caller: Caller, **_: Any) -> Cluster:
        return Cluster(cast("Any", self.server), clock=self.clock)

    def own_cluster(self) -> Cluster:
        return Cluster(cast("Any", self.server), clock=self.clock)

    def environment(self, caller: Caller, namespace: str, **wiring: Any) -> Environment:
        client = cast("Any", self.server)
        driver = open_driver("configmap", client, namespace, now=lambda: 0.0, log=wiring["log"])
        return Environment(
            cluster=self.cluster(caller), storage=Storage(driver), clock=wiring["clock"], random=self.random,
            log=wiring["log"], hint=wiring["hint"], hook_output=wiring["hook_output"],
        )  # fmt: skip

    def replica(self) -> Replica:
        workplace = cast("Workplace", self)
        return Replica(workplace, clock=self.clock, random=self.random, log=self.said.append)

    def operations(self, replica: Replica) -> Operations:
        """Its successor looks when it is told to."""
        workplace = cast("Workplace", self)
        return Operations(workplace, clock=self.clock, random=self.random, replica=replica, every=3600.0)

    def ledger(self) -> Ledger:
        seal = Seal(cast("Any", self.server), self.namespace, self.random)
        return Ledger(cast("Any", self.server), self.namespace, seal, self.said.append)

    def left(self, change: Any = lambda entry: entry, *, bound: bool = True, holder: Holder = DEAD) -> Page:
        """The Lease of an operation whose replica is dead."""
        ledger = self.ledger()
        made = change(entry(holder))
        page = ledger.open(made)
        return ledger.write(page, made) if bound else page


def entry(holder: Holder = DEAD, **changes: Any) -> Entry:
    """Of an upgrade by alice."""
    work = Work("upgrade", "farm", "pear", {}, "v1", "op-1")
    return replace(Entry(work, ALICE, Journal("upgrade", 0, started=BEGUN), holder, begun=BEGUN), **changes)
