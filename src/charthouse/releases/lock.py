"""One operation at a time on a release: a Lease beside the record, with holder, heartbeat and expiry.

Helm has only the pending status of the last record, which a killed process leaves behind for ever. Ours is a
coordination.k8s.io Lease `sh.charthouse.release.v1.NAME` in the release's namespace for as long as the operation runs,
carrying the holder and the journal (``releases.journal``) in annotations. It is created before anything is written and
deleted when everything is recorded; one found there is

- busy, when its holder lives: ``Locked`` with Helm's text;
- taken over at once, when its holder was a process of this machine that is gone (``releases.holder``);
- taken over once it has not moved for its duration (15 s, measured here, so that clocks need not agree) otherwise.

Without the right to Leases, and where there are none, work goes on under Helm's own pending check.
"""

from __future__ import annotations

import threading
from contextlib import suppress
from datetime import UTC

from charthouse.errors import CharthouseError
from charthouse.golang.moment import from_text
from charthouse.k8s.objects import ObjectRef, ResourceType
from charthouse.k8s.ports import ApiError
from charthouse.releases.errors import Locked
from charthouse.releases.heart import HEARTBEAT, Heart
from charthouse.releases.holder import ALIVE, GONE, Holder, fate
from charthouse.releases.journal import Journal
from charthouse.releases.process_locks import Held, ProcessLocks, Unlocked

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from typing import Any, Protocol

    from charthouse.k8s.ports import KubeClient

    class Clock(Protocol):
        """As actions.ports.Clock."""

        def now(self) -> Any: ...

        def monotonic(self) -> float: ...

        def sleep(self, seconds: float) -> None: ...

    class Lock(Protocol):
        """A lock that is held. interrupted: the journal of the dead operation it was taken from."""

        @property
        def interrupted(self) -> Journal | None: ...

        @property
        def guards(self) -> bool:
            """Whether this is more than Helm's own pending check."""
            ...

        @property
        def thorough(self) -> bool:
            """Whether the journal is to say enough to go on with the verb (see ``note_finely``)."""
            ...

        def note_finely(self, journal: Journal) -> None:
            """Write what only going on needs; asked for when `thorough`. Raises Locked when the lock was lost."""
            ...

        def note(self, journal: Journal) -> None:
            """Write the journal. Raises Locked when the lock was lost."""
            ...

        def check(self) -> None:
            """Raises Locked when the lock was lost."""
            ...

        def release(self, *, finished: bool = True) -> None:
            """Give it back; unless finished, the journal stays for the next operation."""
            ...

        def abandon(self) -> None:
            """Hold it no longer and leave everything as it is, for another process that goes on."""
            ...

    class Locks(Protocol):
        """Where locks come from."""

        def acquire(self, name: str, journal: Journal) -> Lock:
            """Raises Locked."""
            ...

        def left_behind(self, name: str) -> bool:
            """Whether somebody, dead or alive, holds the release's lock."""
            ...

else:
    Lock = Locks = object

__all__ = [
    "DURATION",
    "HEARTBEAT",
    "LEASE",
    "LeaseLocks",
    "Lock",
    "Locks",
    "ProcessLocks",
    "Unlocked",
    "lease_name",
    "micro_time",
]

LEASE = ResourceType("coordination.k8s.io/v1", "Lease", "leases", True)
DURATION = 15  # seconds without a sign of life after which a holder elsewhere counts as dead
_POLL = 1.0
_FORGOTTEN = 60.0  # a renewal this long past on this very machine: the process lives, but has lost sight of the Lease
_HEART = Heart()  # the process's
_HELD: set[str] = set()  # tokens of the Leases this process holds
_LONG_AGO = 900.0  # a renewal this long past is dead whatever the clocks say

_HOLDER = "charthouse.dev/holder"
_JOURNAL = "charthouse.dev/journal"
_RELEASE = "charthouse.dev/release"
_NO_LEASES = ("Forbidden", "NotFound", "MethodNotAllowed", "Unauthorized")


def lease_name(release: str) -> str:
    """The Lease of a release."""
    return f"sh.charthouse.release.v1.{release}"


class LeaseLocks:
    """Locks as Leases in one namespace.

    holder: makes the Holder of one operation; clock: for times, waiting and measuring; hint: told, once, when there
    is no right to Leases, unless something else guards the release as well (`guarded`). heir: the token of a dead
    holder whose Lease is taken over at once: whoever says so knows that it is dead.
    """

    def __init__(
        self,
        client: KubeClient,
        namespace: str,
        *,
        holder: Callable[[], Holder],
        clock: Clock,
        hint: Callable[[str], None],
        heir: str = "",
        guarded: bool = False,
    ) -> None:
        self._client = client
        self._namespace = namespace
        self._holder = holder
        self._clock = clock
        self._hint = hint
        self._heir = heir
        self._guarded = guarded

    def acquire(self, name: str, journal: Journal) -> Lock:
        """See Locks. Raises Locked, ApiError (other than for missing rights), kube's Unreachable."""
        holder = self._holder()
        ref = ObjectRef(LEASE, self._namespace, lease_name(name))
        try:
            return self._acquire(ref, name, holder, journal)
        except ApiError as error:
            if error.reason not in _NO_LEASES:
                raise
            if error.reason == "Forbidden" and not self._guarded:
                self._hint(
                    "no right to create Leases here: only Helm's own check guards this release, and an operation that "
                    "is killed will not be taken up (grant create, get, update, delete on leases.coordination.k8s.io)"
                )
            return Held()

    def left_behind(self, name: str) -> bool:
        try:
            self._client.get(ObjectRef(LEASE, self._namespace, lease_name(name)))
        except ApiError as error:
            if error.reason in _NO_LEASES:
                return False
            raise
        return True

    def _acquire(self, ref: ObjectRef, name: str, holder: Holder, journal: Journal) -> Lock:
        watched: tuple[str, float] | None = None
        while True:
            try:
                made = self._client.create(ref, _lease(ref, name, holder, journal, self._now()))
                return _LeaseLock(self._client, ref, made, holder, self._clock, None)
            except ApiError as error:
                if error.reason != "AlreadyExists":
                    raise
            try:
                found = self._client.get(ref)
            except ApiError as error:
                if error.reason != "NotFound":
                    raise
                continue
            watched = self._watch(found, holder, watched)
            if watched is not None:
                self._clock.sleep(_POLL)
                continue
            taken = self._take(ref, name, holder, journal, found)
            if taken is not None:
                return taken

    def _watch(self, found: dict[str, Any], me: Holder, watched: tuple[str, float] | None) -> tuple[str, float] | None:
        """None when the lease may be taken; else what to compare the next look with. Raises Locked when it is alive."""
        spec = found.get("spec") or {}
        if not spec.get("holderIdentity"):
            return None
        annotations = (found.get("metadata") or {}).get("annotations") or {}
        owner = Holder.from_text(annotations.get(_HOLDER, ""))
        if owner is not None and self._heir and owner.token == self._heir:
            return None
        state = fate(owner, seen_from=me) if owner is not None else ""
        age = _age(spec.get("renewTime"), self._clock.now())
        if state == GONE or (owner is not None and _let_go(owner, me)):
            return None
        if state == ALIVE and owner is not None and (age is None or age < _FORGOTTEN):
            raise Locked(hint=f"process {owner.pid} of this machine works on the release")
        if age is not None and age > _LONG_AGO:
            return None
        version = str((found.get("metadata") or {}).get("resourceVersion", ""))
        now = self._clock.monotonic()
        if watched is None:
            return version, now
        if watched[0] != version:
            raise Locked(hint=f"{spec.get('holderIdentity')} works on the release")
        return None if now - watched[1] >= DURATION else watched

    def _take(self, ref: ObjectRef, name: str, holder: Holder, journal: Journal, found: dict[str, Any]) -> Lock | None:
        """Replace the dead holder; None when somebody else was quicker. The journal found stays until it is dealt
        with."""
        annotations = (found.get("metadata") or {}).get("annotations") or {}
        interrupted = Journal.from_text(annotations.get(_JOURNAL, ""))
        body = _lease(ref, name, holder, interrupted or journal, self._now())
        body["metadata"]["resourceVersion"] = (found.get("metadata") or {}).get("resourceVersion", "")
        body["spec"]["leaseTransitions"] = int((found.get("spec") or {}).get("leaseTransitions") or 0) + 1
        try:
            made = self._client.replace(ref, body)
        except ApiError as error:
            if error.reason in ("Conflict", "NotFound"):
                return None
            raise
        return _LeaseLock(self._client, ref, made, holder, self._clock, interrupted)

    def _now(self) -> datetime:
        now: datetime = self._clock.now()
        return now


def _let_go(owner: Holder, me: Holder) -> bool:
    """Whether it was this process that held the Lease, and could not give it back."""
    return (owner.machine, owner.pid, owner.started) == (me.machine, me.pid, me.started) and owner.token not in _HELD


def _lease(ref: ObjectRef, name: str, holder: Holder, journal: Journal, now: datetime) -> dict[str, Any]:
    stamp = micro_time(now)
    return {
        "apiVersion": LEASE.api_version,
        "kind": LEASE.kind,
        "metadata": {
            "name": ref.name,
            "namespace": ref.namespace,
            "labels": {"app.kubernetes.io/managed-by": "charthouse"},
            "annotations": {_RELEASE: name, _HOLDER: holder.to_text(), _JOURNAL: journal.to_text()},
        },
        "spec": {
            "holderIdentity": holder.identity,
            "leaseDurationSeconds": DURATION,
            "acquireTime": stamp,
            "renewTime": stamp,
        },
    }


def micro_time(now: datetime) -> str:
    """As the API's MicroTime."""
    return now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _age(text: Any, now: datetime) -> float | None:
    try:
        return (now - from_text(text)).total_seconds()
    except (ValueError, TypeError):
        return None


class _LeaseLock:
    """A Lease held by this operation, renewed by the process's ``Heart`` until it is given back."""

    guards = True
    thorough = False

    def __init__(
        self,
        client: KubeClient,
        ref: ObjectRef,
        lease: dict[str, Any],
        holder: Holder,
        clock: Clock,
        interrupted: Journal | None,
    ) -> None:
        self.interrupted = interrupted
        self._client = client
        self._ref = ref
        self._holder = holder
        self._clock = clock
        self._mutex = threading.Lock()
        self._lease = lease
        self._lost = False
        self._given_back = False
        _HELD.add(holder.token)
        _HEART.add(self._beat)

    def note_finely(self, journal: Journal) -> None:
        """Not wanted: whoever comes next undoes in the records and does the work anew."""

    def note(self, journal: Journal) -> None:
        self.check()
        with self._mutex:
            self._write({_JOURNAL: journal.to_text()})
        self.check()

    def check(self) -> None:
        if self._lost:
            raise Locked(hint="this process was not heard of for too long and another one took the release over")

    def abandon(self) -> None:
        _HEART.remove(self._beat)
        _HELD.discard(self._holder.token)
        with self._mutex:
            self._given_back = True

    def release(self, *, finished: bool = True) -> None:
        self.abandon()
        with self._mutex:
            if self._lost:
                return
            metadata = self._lease.get("metadata") or {}
            try:
                if finished:
                    self._client.delete(
                        self._ref,
                        uid=metadata.get("uid", ""),
                        resource_version=metadata.get("resourceVersion", ""),
                    )
                else:
                    self._lease.setdefault("spec", {})["holderIdentity"] = ""
                    self._write({})
            except CharthouseError:
                self._lost = True  # it expires; whoever comes next finds the journal and the records in order

    def _beat(self) -> None:
        with self._mutex:
            if self._given_back or self._lost:
                return
            with suppress(CharthouseError):  # the server may be away for a moment; the next beat tries again
                self._write({})

    def _write(self, annotations: dict[str, str]) -> None:
        """Renew and annotate; on a conflict look whether the Lease is still this operation's. The mutex is held."""
        for _ in range(3):
            lease = dict(self._lease)
            metadata = dict(lease.get("metadata") or {})
            metadata.pop("managedFields", None)
            metadata["annotations"] = {**(metadata.get("annotations") or {}), **annotations}
            lease["metadata"] = metadata
            lease["spec"] = {**(lease.get("spec") or {}), "renewTime": micro_time(self._clock.now())}
            try:
                self._lease = self._client.replace(self._ref, lease)
                return
            except ApiError as error:
                if error.reason == "NotFound":
                    self._lost = True
                    return
                if error.reason != "Conflict":
                    raise
            self._lease = self._client.get(self._ref)
            found = ((self._lease.get("metadata") or {}).get("annotations") or {}).get(_HOLDER, "")
            if found != self._holder.to_text():
                self._lost = True
                return
