"""Which replicas live: each renews one Lease of its own, whatever number of operations it has.

A replica is dead when its process is known to be gone (same machine), when its Lease has not moved for its duration as
observed here (clocks need not agree), or when it has had none for a while.
"""

from __future__ import annotations

import threading
from contextlib import suppress

from charthouse.errors import CharthouseError
from charthouse.k8s.objects import ObjectRef
from charthouse.k8s.ports import ApiError
from charthouse.releases.heart import HEARTBEAT, Heart
from charthouse.releases.holder import GONE, Holder, fate
from charthouse.releases.lock import DURATION, LEASE, micro_time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from charthouse.k8s.ports import KubeClient
    from charthouse.releases.lock import Clock

__all__ = ["Presence"]

REPLICA = "charthouse.dev/tiller-replica"
_ABSENT = 1.5 * HEARTBEAT  # seconds a replica may be without a Lease: somebody may have deleted a living one's
_LONG_DEAD = 4 * DURATION  # seconds after which the Lease of a dead replica is removed


class Presence:
    """This replica, and what it knows of the others. me: this process; client: Tiller's own."""

    def __init__(self, client: KubeClient, namespace: str, me: Holder, *, clock: Clock, heart: Heart) -> None:
        self.me = me
        self._client = client
        self._namespace = namespace
        self._clock = clock
        self._heart = heart
        self._mutex = threading.Lock()
        self._renewed = clock.monotonic()
        self._seen: dict[str, tuple[str, float]] = {}

    def announce(self) -> None:
        """Make the Lease and keep renewing it. Raises ApiError, Unreachable."""
        self._renew()
        self._heart.add(self._beat)

    def leave(self, *, remove: bool = True) -> None:
        """Renew no more; remove the Lease unless some of this replica's work may still be going on."""
        self._heart.remove(self._beat)
        if remove:
            with suppress(CharthouseError):  # it expires
                self._client.delete(self._ref(self.me.token))

    @property
    def silent_for(self) -> float:
        """Seconds since the others last heard of this replica: near DURATION they take its work over."""
        with self._mutex:
            return self._clock.monotonic() - self._renewed

    def look(self) -> Callable[[Holder], bool]:
        """Look at all replicas; what comes back tells whether a holder is dead. Raises ApiError."""
        leases = self._client.list(LEASE, self._namespace, label_selector=REPLICA)
        present = {str(lease["metadata"]["name"]): lease for lease in leases}
        time = self._clock.monotonic()
        for name in [name for name in self._seen if name not in present and self._seen[name][0]]:
            del self._seen[name]  # from now on it is absent
        for name, lease in present.items():
            version = str(lease["metadata"].get("resourceVersion", ""))
            known = self._seen.get(name)
            if known is None or known[0] != version:
                self._seen[name] = version, time
            elif time - known[1] > _LONG_DEAD:
                self._bury(name, lease)
        return lambda holder: self._is_dead(holder, time)

    def _is_dead(self, holder: Holder, time: float) -> bool:
        if holder.token == self.me.token:
            return False
        if fate(holder, seen_from=self.me) == GONE:
            return True
        name = self._ref(holder.token).name
        if name not in self._seen:
            self._seen[name] = "", time
        version, since = self._seen[name]
        return time - since >= (DURATION if version else _ABSENT)

    def _bury(self, name: str, lease: dict[str, Any]) -> None:
        metadata = lease["metadata"]
        if name == self._ref(self.me.token).name:
            return
        with suppress(CharthouseError):  # another replica buried it, or it lives after all
            self._client.delete(
                ObjectRef(LEASE, self._namespace, name),
                uid=str(metadata.get("uid", "")),
                resource_version=str(metadata.get("resourceVersion", "")),
            )

    def _ref(self, token: str) -> ObjectRef:
        return ObjectRef(LEASE, self._namespace, f"charthouse-tiller-replica.{token}")

    def _beat(self) -> None:
        with suppress(CharthouseError):  # the server may be away for a moment; the next beat tries again
            self._renew()

    def _renew(self) -> None:
        """Our Lease is nobody else's, so it is written over whatever is there."""
        ref = self._ref(self.me.token)
        stamp = micro_time(self._clock.now())
        spec = {"holderIdentity": self.me.identity, "leaseDurationSeconds": DURATION, "renewTime": stamp}
        begun = self._clock.monotonic()
        try:
            self._client.patch(ref, {"spec": spec}, type="application/merge-patch+json")
        except ApiError as error:
            if error.reason != "NotFound":
                raise
            labels = {"app.kubernetes.io/managed-by": "charthouse-tiller", REPLICA: self.me.token}
            metadata = {"name": ref.name, "namespace": ref.namespace, "labels": labels}
            body = {"apiVersion": LEASE.api_version, "kind": LEASE.kind, "metadata": metadata, "spec": spec}
            self._client.create(ref, body)
        with self._mutex:
            self._renewed = begun
