"""A client of gRPC: calls to one server, on one connection as long as it lives.

    channel = Channel(lambda: socket.create_connection(("127.0.0.1", 44134)), authority="tiller")
    answer = channel.unary("/hapi.services.tiller.ReleaseService/GetVersion", b"")
    for message in channel.stream("/hapi.services.tiller.ReleaseService/ListReleases", request): ...
    channel.close()

Rules: grpc/doc/PROTOCOL-HTTP2.md. A call the server says it has not looked at (GOAWAY, REFUSED_STREAM) is made once
more, on another connection; nothing else is repeated.
"""

from __future__ import annotations

import threading
import time

from charthouse.rpc.framing import frame
from charthouse.rpc.limits import Limits
from charthouse.rpc.link import Link
from charthouse.rpc.metadata import timeout_text
from charthouse.rpc.reasons import reason
from charthouse.rpc.reply import Reply
from charthouse.rpc.status import Code, RpcError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from charthouse.rpc.link import Pipe

    Metadata = Mapping[str, str]

__all__ = ["Channel", "Responses"]

_ANY_SIZE = 2**32 - 1
_WINDOW = 512 * 1024  # what a stream nobody reads costs; 10 MB/s where the server is 50 ms away


class Channel:
    """Safe for many threads.

    dial: makes a connection: a socket (TLS or not), or what can as much; what it raises comes through, OSError as
    UNAVAILABLE. authority: the name the server is known by. metadata: sent with every call, or makes it for each one
    (a token that is renewed). max_message: bytes of a response. secure: whether `dial` encrypts.
    settle: seconds a server may take to greet; keepalive: seconds of silence, while calls wait, until it is
    asked whether it still lives; patience: seconds it may take to answer that.
    """

    def __init__(
        self, dial: Callable[[], Pipe], *, authority: str = "localhost", secure: bool = False,
        metadata: Metadata | Callable[[], Metadata] | None = None, user_agent: str = "charthouse",
        max_message: int = 20 * 1024 * 1024, settle: float = 20.0, keepalive: float = 30.0,
        patience: float = 20.0,
    ) -> None:  # fmt: skip
        self._dial = dial
        self._authority = authority
        self._scheme = b"https" if secure else b"http"
        self._metadata = metadata
        self._agent = user_agent
        self._limits = Limits(receive=max_message, window=_WINDOW)
        self._settle = settle
        self._keepalive = keepalive
        self._patience = patience
        self._link: Link | None = None
        self._old: list[Link] = []
        self._connecting = threading.Lock()
        self._closed = False

    def unary(self, path: str, message: bytes, metadata: Metadata | None = None, timeout: float | None = None) -> bytes:
        """One request, one response. timeout: seconds. Raises RpcError, and what `dial` raises."""
        deadline = None if timeout is None else time.monotonic() + timeout
        reply = self._begin(path, message, metadata, deadline)
        try:
            return reply.only()
        except RpcError:
            if not reply.unprocessed:
                raise
        return self._begin(path, message, metadata, deadline, again=False).only()

    def stream(
        self, path: str, message: bytes, metadata: Metadata | None = None, timeout: float | None = None
    ) -> Responses:
        """One request, any number of responses. The call is cancelled by closing the result. Raises as `unary`."""
        deadline = None if timeout is None else time.monotonic() + timeout
        first = self._begin(path, message, metadata, deadline)
        return Responses(first, lambda: self._begin(path, message, metadata, deadline, again=False))

    def close(self) -> None:
        """End the connection; calls under way fail with UNAVAILABLE."""
        with self._connecting:
            self._closed = True
            left = [*self._old, *([self._link] if self._link is not None else [])]
            self._link, self._old = None, []
        for link in left:
            link.close()

    def __enter__(self) -> Channel:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _begin(
        self, path: str, message: bytes, metadata: Metadata | None, deadline: float | None, *, again: bool = True
    ) -> Reply:
        body = frame(message, _ANY_SIZE)
        headers = self._headers(path, metadata, deadline)
        link = self._connected()
        reply = Reply(link, self._limits.receive, time.monotonic, deadline)
        try:
            link.begin(reply, headers, body, deadline)
        except RpcError:
            if not (reply.unprocessed and again):
                raise
            return self._begin(path, message, metadata, deadline, again=False)
        return reply

    def _headers(self, path: str, metadata: Metadata | None, deadline: float | None) -> list[tuple[bytes, bytes]]:
        made = [
            (b":method", b"POST"), (b":scheme", self._scheme), (b":path", path.encode("ascii")),
            (b":authority", self._authority.encode("ascii", "replace")), (b"content-type", b"application/grpc"),
            (b"user-agent", self._agent.encode("ascii", "replace")), (b"te", b"trailers"),
        ]  # fmt: skip
        if deadline is not None:
            left = deadline - time.monotonic()
            if left <= 0:
                raise RpcError(Code.DEADLINE_EXCEEDED, "context deadline exceeded")
            made.append((b"grpc-timeout", timeout_text(left).encode("ascii")))
        common = self._metadata() if callable(self._metadata) else self._metadata
        for key, value in {**(common or {}), **(metadata or {})}.items():
            if not value.isascii() or not value.isprintable():
                raise RpcError(Code.INTERNAL, f'header key "{key}" contains value with non-printable ASCII characters')
            made.append((key.lower().encode("ascii"), value.strip().encode("ascii")))
        return made

    def _connected(self) -> Link:
        with self._connecting:
            if self._closed:
                raise RpcError(Code.CANCELLED, "grpc: the client connection is closing")
            if self._link is not None and self._link.usable:
                return self._link
            if self._link is not None:
                self._old = [link for link in (*self._old, self._link) if not link.finished]
                self._link = None
            try:
                pipe = self._dial()
            except OSError as error:
                raise RpcError(Code.UNAVAILABLE, f"connection to {self._authority}: {reason(error)}") from error
            self._link = Link(
                pipe, self._limits, where=self._authority, wait=self._settle, keepalive=self._keepalive,
                patience=self._patience,
            )  # fmt: skip
            return self._link


class Responses:
    """The responses of a call, as they come; an iterator that raises RpcError. headers, trailers: the server's
    metadata, once they have come."""

    def __init__(self, reply: Reply, again: Callable[[], Reply]) -> None:
        self._reply = reply
        self._again: Callable[[], Reply] | None = again

    @property
    def headers(self) -> Mapping[str, str]:
        return self._reply.headers

    @property
    def trailers(self) -> Mapping[str, str]:
        return self._reply.trailers

    def __iter__(self) -> Responses:
        return self

    def __next__(self) -> bytes:
        try:
            message = self._reply.next()
        except RpcError:
            if not self._reply.unprocessed or self._again is None:
                raise
            again, self._again = self._again, None
            self._reply = again()
            return next(self)
        if message is None:
            raise StopIteration
        self._again = None
        return message

    def close(self) -> None:
        """Any thread: nothing more is wanted."""
        self._again = None
        self._reply.cancel()
