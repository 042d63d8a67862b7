"""One call as its handler sees it, and what a server serves, as data.

A handler runs in a thread of its own and may block. It gets the decoded request and its ``Call``, and returns the
response (or, when its method streams, an iterator of responses). What concerns every call (who calls, version checks,
metrics, logs) is a ``Layer`` around it, which hands on a request that is not decoded yet: strangers' bytes stay bytes.
"""

from __future__ import annotations

import threading

from charthouse.records import Record
from charthouse.rpc.status import Code, RpcError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from typing import Any

    Handler = Callable[[Any, "Call"], Any]
    Layer = Callable[[Any, "Call", Handler], Any]
    Gateway = Callable[["HttpRequest"], "HttpAnswer"]
else:
    Handler = Layer = Gateway = object

__all__ = ["Call", "Gateway", "Handler", "HttpAnswer", "HttpRequest", "Layer", "Method", "Peer"]


class Peer(Record):
    """Who is at the other end of a connection, as far as the transport knows.

    address: `192.0.2.1:4711`, `unix:` for a Unix socket. tls: whether the connection is encrypted. chain: the client
    certificate and what it came with, DER, leaf first; its signature by one of the server's client CAs, its dates and
    its use have been checked. authority: the name of the set of CAs that vouches for it (``rpc.tls.ClientCAs``).
    """

    address: str
    tls: bool = False
    chain: tuple[bytes, ...] = ()
    authority: str = ""


class Call:
    """method: the full path. metadata: what came with the request, names in lower case, `-bin` values still base64; of
    a name given twice, all values joined by a comma. notes: what layers tell those inside them (``notes["caller"]``).
    trailers: sent with the status.
    """

    __slots__ = (
        "_cancelled",
        "_deadline",
        "_lock",
        "_monotonic",
        "_watchers",
        "metadata",
        "method",
        "notes",
        "peer",
        "trailers",
    )

    def __init__(
        self,
        method: str,
        metadata: Mapping[str, str],
        peer: Peer,
        *,
        deadline: float | None = None,
        monotonic: Callable[[], float] | None = None,
    ) -> None:
        """deadline: on the clock `monotonic` (default: time.monotonic); None when the caller set no timeout."""
        import time

        self.method = method
        self.metadata = metadata
        self.peer = peer
        self.notes: dict[str, Any] = {}
        self.trailers: dict[str, str] = {}
        self._deadline = deadline
        self._monotonic = monotonic or time.monotonic
        self._cancelled = threading.Event()
        self._lock = threading.Lock()
        self._watchers: list[Callable[[], None]] = []

    def time_left(self) -> float | None:
        """Seconds until the caller gives up; None when it has not said."""
        return None if self._deadline is None else max(0.0, self._deadline - self._monotonic())

    def expect(self, seconds: float) -> None:
        """The transport: the caller waits that long from now."""
        self._deadline = self._monotonic() + seconds

    @property
    def cancelled(self) -> bool:
        """Whether the caller has gone, has cancelled, or has run out of time."""
        return self._cancelled.is_set() or self.time_left() == 0.0

    def cancel(self) -> None:
        """The transport: nobody waits for the answer any more. Calls every watcher once; raises what the first of
        them that fails does."""
        with self._lock:
            if self._cancelled.is_set():
                return
            self._cancelled.set()
            watchers, self._watchers = self._watchers, []
        failed: Exception | None = None
        for watcher in watchers:
            try:
                watcher()
            except Exception as error:
                failed = failed or error  # the others are called all the same
        if failed is not None:
            raise failed

    def on_cancel(self, watcher: Callable[[], None]) -> None:
        """Call `watcher` (from another thread, quickly) when the caller goes; at once when it has gone."""
        with self._lock:
            if not self._cancelled.is_set():
                self._watchers.append(watcher)
                return
        watcher()

    def check(self) -> None:
        """Raises RpcError (CANCELLED, DEADLINE_EXCEEDED) when nobody waits any more."""
        if self._cancelled.is_set():
            raise RpcError(Code.CANCELLED, "the caller has gone")
        if self.time_left() == 0.0:
            raise RpcError(Code.DEADLINE_EXCEEDED, "the caller's time is over")


class Method(Record):
    """What is served at a path: `/package.Service/Name`.

    request: makes the message of its bytes (raises ValueError or protobuf's DecodeError: INTERNAL, as grpc-go);
    response: bytes of a message; streams: the handler returns an iterable of responses.
    """

    path: str
    handler: Handler
    request: Callable[[bytes], Any]
    response: Callable[[Any], bytes]
    streams: bool = False


class HttpRequest(Record):
    """A request that is no gRPC (HTTP/1.1, or HTTP/2 with another content type). target: path and query, as sent;
    headers: names in lower case; body: whole, at most the server's limit."""

    method: str
    target: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    peer: Peer

    def header(self, name: str) -> str:
        """All values of a header joined by a comma, "" when there is none."""
        return ",".join(value for key, value in self.headers if key == name)

    def values(self, name: str) -> list[str]:
        """A header's values, one a line of the request."""
        return [value for key, value in self.headers if key == name]


class HttpAnswer(Record):
    """body: bytes, or pieces sent as they come (closed, when it has `close`, once the caller has gone)."""

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes | Iterable[bytes] | Iterator[bytes] = b""
