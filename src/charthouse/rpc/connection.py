"""One connection as asyncio sees it: who it is, which HTTP it speaks, and its way to the loop.

HTTP/2 is told by its preface, over TLS too (a peer that agreed upon `h2` and sends something else is answered in
HTTP/1.1, or refused by it).
"""

from __future__ import annotations

import asyncio

from charthouse.logs import DEBUG, LogRecord
from charthouse.rpc.call import Peer
from charthouse.rpc.encryption import Encryption
from charthouse.rpc.gate import PREFACE
from charthouse.rpc.http1 import Http1
from charthouse.rpc.http2 import Http2

TYPE_CHECKING = False
if TYPE_CHECKING:
    from charthouse.logs import Log
    from charthouse.rpc.budget import Budget
    from charthouse.rpc.call import Gateway
    from charthouse.rpc.limits import Limits
    from charthouse.rpc.ports import Reactor
    from charthouse.rpc.services import Services
    from charthouse.rpc.tls import Current

__all__ = ["Connection", "Shared"]

_LINGER = 2.0
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
    """address: of the peer; tls: None for plain text. peer: who it is, once that is known."""

    def __init__(self, shared: Shared, address: str, tls: Current | None) -> None:
        self._shared = shared
        self._address = address
        self._tls = tls
        self._encryption = Encryption(tls.context) if tls is not None else None
        self._transport: asyncio.Transport | None = None
        self._core: Http1 | Http2 | None = None
        self._first = b""
        self._begun = shared.reactor.now()
        self._full_since = 0.0
        self._closing_since = 0.0
        self._lingers = 0.0
        self._paused = False
        self.peer: Peer | None = None if tls is not None else Peer(address)

    # asyncio's calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.set_write_buffer_limits(high=self._shared.limits.write_buffer)
        self._shared.open.add(self)

    def data_received(self, data: bytes) -> None:
        if self._closing_since:
            return
        encryption = self._encryption
        if encryption is not None:
            try:
                data = encryption.receive(data)
                if encryption.established and self.peer is None:
                    self._identify(encryption)
            except Exception as error:  # no TLS, a certificate of nobody we know, or one nobody foresaw
                self._refuse(f"{type(error).__name__}: {error}")
                return
            self._flush(encryption)
        if data:
            self._hear(data)
        if encryption is not None and encryption.ended and not self._closing_since:
            self.close()

    def _identify(self, encryption: Encryption) -> None:
        assert self._tls is not None
        self.peer = self._tls.peer(self._address, encryption.object)
        self._begun = self._shared.reactor.now()

    def _refuse(self, reason: str) -> None:
        self._shared.log(LogRecord(DEBUG, "a connection was refused", peer=self._address, reason=reason))
        if self._core is not None:
            self._core.lost()
        if self._encryption is not None:
            self._flush(self._encryption)
        # Closing at once would take the reason away from a peer that is still sending.
        self._closing_since = self._lingers = self._shared.reactor.now()
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write_eof()

    def _hear(self, data: bytes) -> None:
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
        if self._transport is None or self._transport.is_closing():
            return
        if self._encryption is None:
            self._transport.write(data)
            return
        self._encryption.send(data)
        self._flush(self._encryption)

    def _flush(self, encryption: Encryption) -> None:
        data = encryption.outgoing()
        if data and self._transport is not None and not self._transport.is_closing():
            self._transport.write(data)

    def close(self) -> None:
        self._closing_since = self._closing_since or self._shared.reactor.now()
        if self._transport is None:
            return
        if self._encryption is not None:
            if self._encryption.established:
                self._encryption.farewell()
            self._flush(self._encryption)
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
        elif self._lingers and now - self._lingers > _LINGER:
            self.abort()
        elif self._core is not None:
            self._core.check(now)
        elif now - self._begun > limits.handshake_seconds:
            self._give_up("no request came")

    def _give_up(self, reason: str) -> None:
        self._shared.log(LogRecord(DEBUG, "a connection was ended", peer=self._address, reason=reason))
        self.abort()

    def leave(self) -> None:
        """Take nothing new, finish what there is, close."""
        if self._core is None:
            self.close()
        else:
            self._core.leave()
