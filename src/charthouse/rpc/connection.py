"""One connection as asyncio sees it: who it is, which HTTP it speaks, and its way to the loop.

HTTP/2 is told by its preface, over TLS too (a peer that agreed upon `h2` and sends something else is answered in
HTTP/1.1, or refused by it).
"""

from __future__ import annotations

import asyncio

from charthouse.logs import DEBUG, ERROR, LogRecord
from charthouse.rpc.gate import PREFACE
from charthouse.rpc.http1 import Http1
from charthouse.rpc.http2 import Http2
from charthouse.rpc.services import trouble

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from charthouse.logs import Log
    from charthouse.rpc.budget import Budget
    from charthouse.rpc.call import Gateway, Peer
    from charthouse.rpc.limits import Limits
    from charthouse.rpc.ports import Reactor
    from charthouse.rpc.services import Services

__all__ = ["Connection", "Shared"]

_TELLING = 3  # bytes that tell HTTP/2 (`PRI`) from any method of HTTP/1.1


class Shared:
    """What all connections of a server have in common. open: those there are."""

    def __init__(
        self, services: Services, gateway: Gateway | None, limits: Limits, budget: Budget, reactor: Reactor, log: Log
    ) -> None:
        self.services, self.gateway, self.limits = services, gateway, limits
        self.budget, self.reactor, self.log = budget, reactor, log
        self.open: set[Connection] = set()


class Connection(asyncio.Protocol):
    """peer_of: who is at the other end; None: not to be talked to."""

    def __init__(self, shared: Shared, peer_of: Callable[[asyncio.Transport], Peer | None]) -> None:
        self._shared = shared
        self._peer_of = peer_of
        self._transport: asyncio.Transport | None = None
        self._core: Http1 | Http2 | None = None
        self._first = b""
        self._begun = shared.reactor.now()
        self._full_since = 0.0
        self._closing_since = 0.0
        self._paused = False
        self.peer: Peer | None = None

    # asyncio's calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        try:
            self.peer = self._peer_of(transport)
        except Exception as error:  # of a certificate nobody foresaw: whose it is, is not known
            self._shared.log(LogRecord(ERROR, "a connection failed", error=trouble(error)))
        if self.peer is None:
            transport.abort()
            return
        transport.set_write_buffer_limits(high=self._shared.limits.write_buffer)
        self._shared.open.add(self)

    def data_received(self, data: bytes) -> None:
        if self._core is None:
            self._first += data
            if len(self._first) < _TELLING and PREFACE.startswith(self._first):
                return
            data, self._first = self._first, b""
            self._core = self._speak(data)
        self._core.receive(data)

    def _speak(self, data: bytes) -> Http1 | Http2:
        shared, peer = self._shared, self.peer
        assert peer is not None
        if data.startswith(PREFACE[:_TELLING]):
            return Http2(
                self, shared.reactor, peer, shared.services, shared.gateway, shared.limits, shared.budget, shared.log
            )
        return Http1(self, shared.reactor, peer, shared.gateway, shared.limits, shared.budget, shared.log)

    def eof_received(self) -> bool:
        return False  # gone: nobody who waits for an answer ends his side

    def connection_lost(self, exc: Exception | None) -> None:
        self._shared.open.discard(self)
        if self._core is not None:
            self._core.lost()

    def pause_writing(self) -> None:
        self._full_since = self._shared.reactor.now()
        if self._core is not None:
            self._core.full()

    def resume_writing(self) -> None:
        self._full_since = 0.0
        if self._core is not None:
            self._core.drained()

    # The protocols' wire

    def write(self, data: bytes) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(data)

    def close(self) -> None:
        self._closing_since = self._shared.reactor.now()
        if self._transport is not None:
            self._transport.close()

    def abort(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    def pause_reading(self) -> None:
        if self._transport is not None and not self._paused and not self._transport.is_closing():
            self._paused = True
            self._transport.pause_reading()

    def resume_reading(self) -> None:
        if self._transport is not None and self._paused and not self._transport.is_closing():
            self._paused = False
            self._transport.resume_reading()

    # The server's calls

    @property
    def idle_since(self) -> float | None:
        """Since when nothing is going on; None when something is."""
        if self._core is None:
            return self._begun
        return self._core.idle_since if self._core.idle else None

    def check(self, now: float) -> None:
        """Now and then: whatever takes too long."""
        limits = self._shared.limits
        if self._full_since and now - self._full_since > limits.write_seconds:
            self._give_up("what was sent was not taken")
        elif self._closing_since and now - self._closing_since > limits.write_seconds:
            self._give_up("the connection did not close")
        elif self._core is not None:
            self._core.check(now)
        elif now - self._begun > limits.handshake_seconds:
            self._give_up("no request came")

    def _give_up(self, reason: str) -> None:
        address = self.peer.address if self.peer is not None else ""
        self._shared.log(LogRecord(DEBUG, "a connection was ended", peer=address, reason=reason))
        self.abort()

    def leave(self) -> None:
        """Take nothing new, finish what there is, close."""
        if self._core is None:
            self.close()
        else:
            self._core.leave()
