"""The cluster as somebody else: one set of connections and credentials, a client for each request.

A request carries Tiller's own credentials and, in Impersonate headers, whom it is for, so connections are shared by
all callers and a client costs nothing to make. What the server serves is the same for all and remembered once.
"""

from __future__ import annotations

import threading

from charthouse.kube.client import Client
from charthouse.kube.connect import resolve
from charthouse.kube.connections import Connections
from charthouse.kube.credentials import Credentials
from charthouse.kube.discovery import DiscoveryCache
from charthouse.kube.errors import KubeconfigError
from charthouse.kube.transport import Transport
from charthouse.logs import silent
from charthouse.records import replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from charthouse.actions.ports import Clock
    from charthouse.kube.connect import ConnectConfig
    from charthouse.kube.discovery import Snapshot
    from charthouse.kube.kubeconfig import Access
    from charthouse.kube.transport import Observe
    from charthouse.logs import Log
    from charthouse.tiller.caller import Caller

__all__ = ["Clusters"]

_MAX_IDLE = 64


class Clusters:
    """Clients of one API server, each as one caller. Safe to use from several threads."""

    def __init__(
        self, config: ConnectConfig, *, clock: Clock, access: Access | None = None, observe: Observe | None = None
    ) -> None:
        """access: the way to the server, when it is known already; else what `config` names: a kubeconfig, or the
        pod's service account. observe: told of each request. Raises KubeconfigError."""
        self._access = resolve(config) if access is None else access
        if self._access.impersonate:
            raise KubeconfigError(
                f'the kubeconfig makes Tiller act as "{self._access.impersonate}"; it must be itself to act for others',
                hint="leave out `as` and --kube-as-user",
            )
        # The API server is near; packing answers of records, which are packed already, took longer than sending them.
        self._access = replace(self._access, disable_compression=True)
        self._config = config
        self._observe = observe
        self._clock = clock
        self._credentials = Credentials(self._access, clock=clock, environ=config.environ)
        self._connections = Connections(
            self._access, self._credentials, clock=clock, environ=config.environ, max_idle=_MAX_IDLE
        )
        self._discovery = _SharedDiscovery()

    def client(self, caller: Caller | None, *, log: Log = silent) -> Client:
        """A client that makes its requests as `caller`; None, and a caller without a name: as Tiller itself.

        Whether Tiller may is asked before (``impersonation.check``). log: gets the server's warnings.
        """
        access = self._access
        if caller is not None and caller.user:
            access = replace(
                access, impersonate=caller.user, impersonate_uid=caller.uid, impersonate_groups=caller.groups,
                impersonate_extra=caller.extra,
            )  # fmt: skip
        config = self._config

        def transport() -> tuple[Transport, DiscoveryCache]:
            made = Transport(
                access, self._credentials, clock=self._clock, environ=config.environ, log=log,
                user_agent=config.user_agent, connections=self._connections, observe=self._observe,
            )  # fmt: skip
            return made, self._discovery

        return Client(transport, clock=self._clock, log=log)

    def close(self) -> None:
        """Close kept connections."""
        self._connections.forget()


class _SharedDiscovery(DiscoveryCache):
    """What was served last, in memory. A client asks again what it must know for certain, as with the cache on disk."""

    def __init__(self) -> None:
        super().__init__("", "")
        self._lock = threading.Lock()
        self._held: Snapshot | None = None

    def load(self) -> Snapshot | None:
        with self._lock:
            return self._held

    def store(self, snapshot: Snapshot) -> None:
        with self._lock:
            self._held = snapshot
