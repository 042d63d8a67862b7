"""The server's side of one HTTP/1.1 connection: one request at a time, for the gateway.

The protocol is the `h11` library's. Rules: RFC 9112. A request that is refused while it is still coming in is answered,
then read for a moment more, because closing at once would take the answer away from a caller that is still sending.
"""

from __future__ import annotations

import h11

from charthouse.logs import DEBUG, ERROR, LogRecord
from charthouse.rpc.budget import Budget
from charthouse.rpc.call import HttpRequest
from charthouse.rpc.exchange import NO_GATEWAY, answer_head, perform, reason_of
from charthouse.rpc.outgoing import Outgoing
from charthouse.rpc.services import trouble

TYPE_CHECKING = False
if TYPE_CHECKING:
    from charthouse.logs import Log
    from charthouse.rpc.call import Gateway, Peer
    from charthouse.rpc.limits import Limits
    from charthouse.rpc.ports import Reactor, Wire

    Headers = tuple[tuple[str, str], ...]

__all__ = ["Http1"]

_LINGER = 2.0
_AHEAD = 64 * 1024  # bytes of further requests held while one is worked on


class _Exchange:
    """One request and its answer. received: bytes of the body."""

    def __init__(self, owner: Http1, request: HttpRequest) -> None:
        self.request = request
        self.body = bytearray()
        self.out = Outgoing(owner.limits.stream_buffer, lambda: owner.reactor.post(owner.pump))
        self.begun = self.moved = owner.reactor.now()
        self.working = False
        self.kept = 0  # bytes of the complete answer
        self.headed = False
        self.ended = False


class Http1:
    """As ``Http2``: bytes in by `receive`, the rest by the ports."""

    def __init__(
        self,
        wire: Wire,
        reactor: Reactor,
        peer: Peer,
        gateway: Gateway | None,
        limits: Limits,
        budget: Budget,
        log: Log,
    ) -> None:
        self.wire, self.reactor, self.peer = wire, reactor, peer
        self.gateway, self.limits, self.log = gateway or NO_GATEWAY, limits, log
        self.budget = Budget(limits.connection_bytes, budget)
        self._h11 = h11.Connection(h11.SERVER, max_incomplete_event_size=limits.headers)
        self._exchange: _Exchange | None = None
        self._full = False
        self._closing = False
        self._leaving = False
        self._lingers = 0.0
        self._since = reactor.now()  # when it began to wait for a request
        self._begun = False  # some of the next request has come
        self._ahead = 0
        self.running = 0

    @property
    def idle(self) -> bool:
        """Whether nothing is going on."""
        return self._exchange is None and not self.running

    @property
    def idle_since(self) -> float:
        return self._since

    # What comes in

    def receive(self, data: bytes) -> None:
        """Bytes of the caller."""
        if self._closing or self._lingers:
            return
        if not self._begun and self._exchange is None:
            self._begun = True
            self._since = self.reactor.now()
        try:
            self._h11.receive_data(data)
            if self._exchange is not None and self._exchange.working:
                self._ahead += len(data)
                if self._ahead > _AHEAD:
                    self.wire.pause_reading()
            self._turn()
        except h11.RemoteProtocolError as error:
            self.log(LogRecord(DEBUG, "a request was refused", peer=self.peer.address, reason=str(error)))
            self._refuse(error.error_status_hint, "bad request")

    def _turn(self) -> None:
        while not self._closing and not self._lingers:
            event = self._h11.next_event()
            if isinstance(event, h11.Request):
                self._begin(event)
            elif isinstance(event, h11.Data):
                self._take(bytes(event.data))
            elif isinstance(event, h11.EndOfMessage):
                self._start()
            elif isinstance(event, h11.ConnectionClosed):
                self._end()
            else:
                return

    def _begin(self, event: h11.Request) -> None:
        headers = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in event.headers)
        target = event.target.decode("latin-1")
        if target.startswith(("http://", "https://")):  # the absolute form, as to a proxy
            target = "/" + target.partition("://")[2].partition("/")[2]
        request = HttpRequest(event.method.decode("latin-1"), target, headers, b"", self.peer)
        self._exchange = _Exchange(self, request)
        length = request.header("content-length")
        if length.isdigit() and int(length) > self.limits.body:
            self._refuse(413, "request body too large")
        elif event.http_version not in (b"1.0", b"1.1"):
            self._refuse(505, "HTTP version not supported")
        elif request.method == "CONNECT":
            self._refuse(405, "method not allowed")
        elif self._h11.they_are_waiting_for_100_continue:
            self._write(h11.InformationalResponse(status_code=100, headers=[]))

    def _take(self, data: bytes) -> None:
        exchange = self._exchange
        assert exchange is not None
        if len(exchange.body) + len(data) > self.limits.body:
            self._refuse(413, "request body too large")
        elif not self.budget.take(len(data)):
            self._refuse(503, "too many bytes of requests are being received; try again")
        else:
            exchange.body += data

    def _start(self) -> None:
        exchange = self._exchange
        assert exchange is not None
        exchange.working = True
        self.running += 1
        if not self.reactor.submit(lambda: self._work(exchange)):
            self.running -= 1
            exchange.working = False
            self._refuse(503, "too many calls are being worked on; try again")

    def _work(self, exchange: _Exchange) -> None:
        """A handler's thread."""
        from charthouse.records import replace

        request = replace(exchange.request, body=bytes(exchange.body))
        post = self.reactor.post
        last = perform(
            self.gateway, request, lambda status, headers, body: post(self._head, exchange, status, headers),
            exchange.out.put, self.log,
        )  # fmt: skip
        post(self._done, exchange, last)

    # What goes out

    def _head(self, exchange: _Exchange, status: int, headers: Headers) -> None:
        if exchange is not self._exchange or self._closing:
            return
        head = answer_head(headers)
        if self._leaving:
            head.append((b"connection", b"close"))
        exchange.headed = True
        self._write(h11.Response(status_code=status, headers=head, reason=reason_of(status)))
        exchange.moved = self.reactor.now()

    def _done(self, exchange: _Exchange, last: bytes | None) -> None:
        self.running -= 1
        self.budget.give(len(exchange.body))
        exchange.body.clear()
        if exchange is not self._exchange or self._closing:
            return
        kept = len(last or b"") + exchange.out.size
        if last is None or not self.budget.take(kept):  # broken off: an answer cut short must not look whole
            self.lost()
            self.wire.abort()
            return
        exchange.kept = kept
        exchange.out.add(last)
        exchange.ended = True
        self.pump()

    def pump(self) -> None:
        """Send what may be sent."""
        exchange = self._exchange
        if exchange is None or not exchange.headed:
            return
        while exchange.out.size and not self._full and not self._closing:
            self._write(h11.Data(data=bytes(exchange.out.take(self.limits.write_buffer))))
            exchange.moved = self.reactor.now()
        if exchange.ended and not exchange.out.size and not self._closing:
            self._write(h11.EndOfMessage())
            self._next()

    def _write(self, event: h11.Response | h11.InformationalResponse | h11.Data | h11.EndOfMessage) -> None:
        try:
            data = self._h11.send(event)
        except h11.LocalProtocolError as error:  # an answer that is no HTTP, such as one of another length than it says
            self.log(LogRecord(ERROR, "an answer broke off", peer=self.peer.address, error=trouble(error)))
            self.lost()
            self.wire.abort()
            return
        if data:
            self.wire.write(data)

    def _next(self) -> None:
        """The answer has gone out; is there another request?"""
        self._forget()
        self._since = self.reactor.now()
        self._ahead = 0
        if self._h11.our_state is not h11.DONE or self._h11.their_state is not h11.DONE or self._leaving:
            self._end()
            return
        self._h11.start_next_cycle()
        self._begun = bool(self._h11.trailing_data[0])
        self.wire.resume_reading()
        self.reactor.post(self.receive_more)

    def receive_more(self) -> None:
        """What came while the last request was worked on."""
        if self._exchange is None and not self._closing:
            self.receive_nothing()

    def receive_nothing(self) -> None:
        try:
            self._turn()
        except h11.RemoteProtocolError as error:
            self._refuse(error.error_status_hint, "bad request")

    def _refuse(self, status: int, text: str) -> None:
        """Answer, and take no more from this caller."""
        exchange = self._forget()
        if exchange is not None and exchange.headed:
            self._end()
            return
        body = b"" if exchange is not None and exchange.request.method == "HEAD" else f"{text}\n".encode()
        if self._h11.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            head = answer_head((("content-type", "text/plain; charset=utf-8"), ("content-length", str(len(text) + 1))))
            self._write(
                h11.Response(status_code=status, headers=[*head, (b"connection", b"close")], reason=reason_of(status))
            )
            self._write(h11.Data(data=body))
            self._write(h11.EndOfMessage())
        self._lingers = self.reactor.now() + _LINGER
        self.wire.resume_reading()

    def full(self) -> None:
        """The wire takes no more for now."""
        self._full = True

    def drained(self) -> None:
        """It does again."""
        self._full = False
        self.pump()

    # How it ends

    def check(self, now: float) -> None:
        """Now and then: whatever takes too long."""
        limits, exchange = self.limits, self._exchange
        if self._closing:
            return
        if self._lingers:
            if now > self._lingers:
                self._end()
        elif exchange is None:
            if now - self._since > (limits.head_seconds if self._begun else limits.keep_alive_seconds):
                self._end()
        elif not exchange.working:
            if now > exchange.begun + limits.body_seconds + len(exchange.body) / limits.body_rate:
                self._refuse(408, "the request did not come in time")
        elif exchange.out.size and now - exchange.moved > limits.stall_seconds:
            self.lost()
            self.wire.abort()

    def leave(self) -> None:
        """Take no new request, finish the one there is, close."""
        self._leaving = True
        if self._exchange is None and not self._closing:
            self._end()

    def _end(self) -> None:
        self.lost()
        self.wire.close()

    def lost(self) -> None:
        """The connection is gone."""
        self._closing = True
        self._forget()

    def _forget(self) -> _Exchange | None:
        """The exchange there was, its bytes given back (a handler at work gives the request's back itself)."""
        exchange, self._exchange = self._exchange, None
        if exchange is not None:
            exchange.out.close()
            self.budget.give(exchange.kept + (0 if exchange.working else len(exchange.body)))
            exchange.kept = 0
        return exchange
