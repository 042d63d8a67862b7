"""The connections to one API server: TLS, proxy, those kept open between requests.

A ``Transport`` makes its own; several may share one (the release server's: a connection belongs to the process, whom a
request is for stands in its headers, so requests of all users go over the same few). Rules: client-go v0.37.1
``transport/cache.go`` shares connections likewise among clients of one configuration.
"""

from __future__ import annotations

from charthouse.kube.tls import server_endpoint, tls_context
from charthouse.web import dial
from charthouse.web.address import proxy_for
from charthouse.web.http1 import Connection

TYPE_CHECKING = False
if TYPE_CHECKING:
    import ssl
    from collections.abc import Mapping

    from charthouse.actions.ports import Clock
    from charthouse.kube.credentials import Credentials
    from charthouse.kube.kubeconfig import Access

__all__ = ["Connections"]

IDLE_SECONDS = 60.0
MAX_IDLE = 16


class Connections:
    """Connections to the server of one Access. Safe to use from several threads."""

    def __init__(
        self,
        access: Access,
        credentials: Credentials,
        *,
        clock: Clock,
        environ: Mapping[str, str],
        max_idle: int = MAX_IDLE,
    ) -> None:
        """environ: for the proxy's variables. max_idle: how many are kept while nobody uses them."""
        import threading

        self.endpoint = server_endpoint(access.server)
        self.proxy = access.proxy_url or proxy_for(self.endpoint, environ)
        self._access = access
        self._credentials = credentials
        self._clock = clock
        self._max_idle = max_idle
        self._lock = threading.Lock()
        self._idle: list[Connection] = []
        self._context: ssl.SSLContext | None = None

    def take(self) -> Connection:
        """The connection used last, or a new one. Raises DialError, CredentialError."""
        now = self._clock.monotonic()
        with self._lock:
            while self._idle:
                connection = self._idle.pop()
                if now - connection.used_at < IDLE_SECONDS:
                    return connection
                connection.close()
        sock = dial.connect(
            self.endpoint, proxy=self.proxy, context=self._tls(), server_name=self._access.tls_server_name
        )
        return Connection(sock)

    def give_back(self, connection: Connection) -> None:
        """Keep a connection for the next request; those nobody has used for long are closed."""
        now = connection.used_at = self._clock.monotonic()
        with self._lock:
            old = [kept for kept in self._idle if now - kept.used_at >= IDLE_SECONDS]
            if old:
                self._idle = [kept for kept in self._idle if now - kept.used_at < IDLE_SECONDS]
            if len(self._idle) < self._max_idle:
                self._idle.append(connection)
            else:
                old.append(connection)
        for unused in old:
            unused.close()

    def forget(self) -> None:
        """Close what is kept, and read the certificates again for the next one."""
        with self._lock:
            idle, self._idle, self._context = self._idle, [], None
        for connection in idle:
            connection.close()

    def _tls(self) -> ssl.SSLContext | None:
        if self.endpoint.scheme != "https":
            return None
        with self._lock:
            if self._context is None:
                cert, key = self._credentials.certificate()
                self._context = tls_context(self._access, cert=cert, key=key)
            return self._context
