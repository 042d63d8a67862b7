"""The listening socket: a thread a connection, as many as may be, until it is stopped.

When all places are taken, the connection that has waited longest without a request gives up its own; when none waits,
the new one is told 503. A stop ends idle connections at once and lets answers that are being made go out.
"""

from __future__ import annotations

import os
import socket
import threading
import time

from charthouse.logs import DEBUG, ERROR, INFO, WARN, LogRecord
from charthouse.records import Record
from charthouse.repository_server.errors import ServerError
from charthouse.repository_server.wire import Conversation, Pace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ssl import SSLContext

    from charthouse.logs import Log
    from charthouse.repository_server.requests import Request
    from charthouse.repository_server.site import Site

__all__ = ["Certificates", "Listener", "tls_context"]

_HANDSHAKE = 10.0
_BODIES = 8
_MOMENT = 0.2
_SLOW_HANDSHAKE = 1.0  # seconds after which one that has not agreed upon TLS may lose its place
_FULL = (
    b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
)  # fmt: skip


class Certificates(Record):
    """Paths of PEM files. chain, key: the server's; authorities: those whose clients may connect, "" for all."""

    chain: str
    key: str
    authorities: str = ""


def tls_context(files: Certificates) -> SSLContext:
    """TLS 1.2 or newer with these certificates. Raises ServerError."""
    import ssl

    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(files.chain, files.key, password=lambda: "")
        if files.authorities:
            context.load_verify_locations(files.authorities)
            context.verify_mode = ssl.CERT_REQUIRED
    except (OSError, ValueError) as error:
        what = getattr(error, "strerror", None) or str(error)
        raise ServerError(f"certificates cannot be used: {what}".lower()) from error
    return context


class _Place:
    """One connection. socket: as it is now; conversation: None until TLS is agreed upon; begun: when accepted."""

    __slots__ = ("begun", "conversation", "socket")

    def __init__(self, connection: socket.socket) -> None:
        self.socket = connection
        self.conversation: Conversation | None = None
        self.begun = time.monotonic()

    def waits(self) -> bool:
        """Whether it waits for its client, and may lose its place to another one."""
        if self.conversation is None:
            return time.monotonic() - self.begun > _SLOW_HANDSHAKE
        return self.conversation.idle

    def give_way(self) -> None:
        if self.conversation is not None:
            self.conversation.stop()
            return
        try:
            self.socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            return  # it has gone already


class Listener:
    """Listens at once on host and port (0 for any free one). places: connections at the same time; log_health: log
    requests for /health, too. Raises ServerError."""

    def __init__(
        self, host: str, port: int, site: Site, *, tls: SSLContext | None = None, pace: Pace | None = None,
        places: int = 256, log_health: bool = False,
    ) -> None:  # fmt: skip
        self._site = site
        self._log: Log = site.log
        self._tls = tls
        self._pace = pace or Pace()
        self._places = places
        self._log_health = log_health
        self._bodies = threading.BoundedSemaphore(_BODIES)
        self._lock = threading.Lock()
        self._open: set[_Place] = set()
        self._closed = threading.Event()
        try:
            family = socket.AF_INET6 if ":" in host else socket.AF_INET
            self._socket = socket.create_server((host, port), family=family, backlog=256)
        except (OSError, OverflowError) as error:
            number = getattr(error, "errno", None)
            # socket.create_server puts the address into the text, which says it already.
            reason = os.strerror(number) if isinstance(number, int) and number > 0 else str(error)
            raise ServerError(f"listen on {host}:{port}: {reason.lower()}", hint=_HINT) from error
        self.port: int = self._socket.getsockname()[1]

    def start(self) -> None:
        """Accept connections, in a thread."""
        threading.Thread(target=self._accept, name="accept", daemon=True).start()

    def stop(self, grace: float) -> bool:
        """Accept no more, and wait at most `grace` seconds for answers that are being made; whether all went out."""
        self._closed.set()
        try:
            self._socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            self._log(LogRecord(DEBUG, "the listening socket was closed already"))
        self._socket.close()
        until = time.monotonic() + grace
        while time.monotonic() < until:
            with self._lock:
                left = list(self._open)
            for place in left:
                if place.conversation is not None:
                    place.conversation.stop()
            if not left:
                return True
            time.sleep(0.02)
        return False

    def _accept(self) -> None:
        while not self._closed.is_set():
            try:
                connection, address = self._socket.accept()
            except OSError as error:
                if self._closed.is_set():
                    return
                self._log(LogRecord(ERROR, "cannot accept a connection", error=str(error.strerror)))
                time.sleep(0.1)  # out of file handles, most likely: some come back
                continue
            if not self._has_place():
                self._turn_away(connection)
                continue
            place = _Place(connection)
            with self._lock:
                self._open.add(place)
            arguments = (place, str(address[0]))
            threading.Thread(target=self._converse, args=arguments, name="connection", daemon=True).start()

    def _has_place(self) -> bool:
        """Whether there is a place within a moment; one that waits for a request is taken away for it."""
        until = time.monotonic() + _MOMENT
        while True:
            with self._lock:
                if len(self._open) < self._places:
                    return True
                waiting = [place for place in self._open if place.waits()]
            if waiting:
                min(waiting, key=lambda place: place.begun).give_way()
                return True
            if time.monotonic() > until:
                return False
            time.sleep(_MOMENT / 20)

    def _turn_away(self, connection: socket.socket) -> None:
        self._log(LogRecord(WARN, "too many connections", limit=self._places))
        try:
            if self._tls is None:
                connection.setblocking(False)
                connection.send(_FULL)
        except OSError as error:
            self._log(LogRecord(DEBUG, "a connection was lost", error=str(error)))
        connection.close()

    def _converse(self, place: _Place, client: str) -> None:
        try:
            place.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self._tls is not None:
                place.socket.settimeout(_HANDSHAKE)
                wrapped = self._tls.wrap_socket(place.socket, server_side=True, do_handshake_on_connect=False)
                place.socket = wrapped
                wrapped.do_handshake()
            place.conversation = Conversation(
                place.socket, self._site, client=client, secure=self._tls is not None, pace=self._pace,
                bodies=self._bodies, told=lambda *what: self._tell(client, *what),
            )  # fmt: skip
            place.conversation.run()
        except OSError as error:  # no TLS, or a client without the certificate it needs
            self._log(LogRecord(DEBUG, "a connection was lost", client=client, error=str(error)))
        except Exception as error:  # a thread's last: nothing of a request may end up on a terminal unseen
            self._log(LogRecord(ERROR, "a request failed", client=client, error=f"{type(error).__name__}: {error}"))
        finally:
            with self._lock:
                self._open.discard(place)
            place.socket.close()

    def _tell(self, client: str, request: Request | None, status: int, sent: int, seconds: float) -> None:
        path = request.path if request is not None else ""
        if path.endswith("/health") and status == 200 and not self._log_health:
            return
        level = INFO if status < 400 else WARN if status < 500 else ERROR
        method = request.method if request is not None else ""
        self._log(
            LogRecord(
                level, "request", method=method, path=path, status=status, bytes=sent, seconds=round(seconds, 4),
                client=client,
            )
        )  # fmt: skip


_HINT = "--port takes another one; 0 takes any that is free"
