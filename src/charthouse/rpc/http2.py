"""The server's side of one HTTP/2 connection: bytes in, calls, bytes out. No sockets, no clock of its own.

The protocol is the `h2` library's; here are the calls, whose turn it is to send, what a caller may demand, and how a
connection ends. Rules: RFC 9113; grpc-go v1.82.1 ``internal/transport/http2_server.go`` (``handlePing``: three pings
too many end the connection with `too_many_pings`; ``outgoingGoAwayHandler``: a first GOAWAY that still takes every
call, a ping, then one with the last call's number).
"""

from __future__ import annotations

from contextlib import suppress

from h2.errors import ErrorCodes
from h2.events import (
    DataReceived,
    PingAckReceived,
    PingReceived,
    RemoteSettingsChanged,
    RequestReceived,
    StreamEnded,
    StreamReset,
    WindowUpdated,
)
from h2.exceptions import H2Error
from hyperframe.frame import GoAwayFrame

from charthouse.logs import DEBUG, ERROR, LogRecord
from charthouse.rpc.budget import Budget
from charthouse.rpc.gate import ENHANCE_YOUR_CALM, Flood, Gate
from charthouse.rpc.machine import server_machine
from charthouse.rpc.services import trouble
from charthouse.rpc.streams import TOO_SLOW, GrpcStream, HttpStream, Stream

TYPE_CHECKING = False
if TYPE_CHECKING:
    from h2.events import Event

    from charthouse.logs import Log
    from charthouse.rpc.call import Call, Gateway, Peer
    from charthouse.rpc.limits import Limits
    from charthouse.rpc.ports import Reactor, Wire
    from charthouse.rpc.services import Services

__all__ = ["Http2"]

_WEB = b"application/grpc-web"
_LEAVING = b"goaway!!"
_EVERY = 2**31 - 1
_LINGER = 2.0


class Http2:
    """streams: calls that are not over for the caller; running: handlers at work, also for callers that have gone."""

    def __init__(
        self, wire: Wire, reactor: Reactor, peer: Peer, services: Services, gateway: Gateway | None, limits: Limits,
        budget: Budget, log: Log,
    ) -> None:  # fmt: skip
        self.wire, self.reactor, self.peer = wire, reactor, peer
        self.services, self.gateway, self.limits, self.log = services, gateway, limits, log
        self.budget = Budget(limits.connection_bytes, budget)
        self.streams: dict[int, Stream] = {}
        self.running = 0
        self._gate = Gate(limits, reactor.now, preface=True)
        self._h2 = server_machine(limits)
        self._ready: dict[int, Stream] = {}
        self._lingering: dict[int, float] = {}  # answered calls whose request is still coming in: until when
        self._unsent = 0
        self._full = False  # the wire takes no more
        self._turning = False  # a turn is arranged for
        self._busy = False  # in the middle of one
        self._closing = False
        self._leaving = 0  # 1: said that we will, 2: said which calls are served still
        self._last_call = _EVERY
        self._active = self._last_ping = reactor.now()
        self._pinged = False
        self._strikes = 0
        self._head_since = 0.0
        self._left_since = 0.0
        self.flush()

    @property
    def idle(self) -> bool:
        """Whether nothing is going on."""
        return not self.streams and not self.running

    @property
    def idle_since(self) -> float:
        return self._active

    @property
    def peer_header_room(self) -> int | None:
        """How many bytes of headers the caller takes for sure, when it has said so."""
        most = self._h2.remote_settings.max_header_list_size
        return None if most is None else most // 2  # grpcio refuses some of what is more than half of it

    # What comes in

    def receive(self, data: bytes) -> None:
        """Bytes of the caller."""
        if self._closing:
            return
        self._gate.feed(data)
        if not self._turning:
            self._turn()

    def _turn(self) -> None:
        self._turning = False
        if self._closing:
            return
        self._busy = True
        try:
            for event in self._h2.receive_data(self._gate.turn()):
                self._handle(event)
        except Flood as flood:
            self.die(flood.code, str(flood))
            return
        except H2Error as error:  # its GOAWAY lies ready
            self._end(f"{type(error).__name__}: {error}")
            return
        except Exception as error:  # not of the library's errors, yet caused by what came
            self.log(LogRecord(ERROR, "a connection failed", peer=self.peer.address, error=trouble(error)))
            self.die(ErrorCodes.INTERNAL_ERROR, "internal error")
            return
        finally:
            self._busy = False
        self._note_head()
        self.pump()
        self._maybe_leave()
        if self._gate.more and not self._closing:
            self._turning = True
            self.wire.pause_reading()
            self.reactor.post(self._turn)
        elif not self._full:
            self.wire.resume_reading()

    def _note_head(self) -> None:
        if not self._gate.in_headers:
            self._head_since = 0.0
        elif not self._head_since:
            self._head_since = self.reactor.now()
        if self._gate.goaways and not self._leaving:  # the caller leaves: nothing new will come
            self._leaving = 2

    def _handle(self, event: Event) -> None:
        if isinstance(event, DataReceived):
            if event.flow_controlled_length:
                self._h2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
            stream = self.streams.get(event.stream_id)
            if stream is not None:
                stream.take(event.data)
        elif isinstance(event, RequestReceived):
            self._open(event)
        elif isinstance(event, StreamEnded):
            self._lingering.pop(event.stream_id, None)
            stream = self.streams.get(event.stream_id)
            if stream is not None:
                stream.end()
        elif isinstance(event, StreamReset):
            self._lingering.pop(event.stream_id, None)
            self._drop(event.stream_id)
        elif isinstance(event, PingReceived):
            self._judge_ping()
        elif isinstance(event, PingAckReceived):
            if event.ping_data == _LEAVING and self._leaving == 1:
                self._leave_for_good()
        elif isinstance(event, (WindowUpdated, RemoteSettingsChanged)):
            self._unblock()

    def _open(self, event: RequestReceived) -> None:
        number = event.stream_id
        self._active = self.reactor.now()
        abandoned = self.running - sum(stream.running for stream in self.streams.values())
        if number > self._last_call or len(self.streams) + abandoned >= self.limits.streams:
            self._reset(number, ErrorCodes.REFUSED_STREAM)
            return
        headers = [(bytes(name), bytes(value)) for name, value in event.headers]
        kind = next((value for name, value in headers if name == b"content-type"), b"")
        made = GrpcStream if kind.startswith(b"application/grpc") and not kind.startswith(_WEB) else HttpStream
        made(self, number, headers)

    def adopt(self, stream: Stream) -> None:
        """A new call, before it can have anything to say."""
        self.streams[stream.number] = stream

    def _drop(self, number: int) -> None:
        stream = self.streams.pop(number, None)
        if stream is not None:
            self._ready.pop(number, None)
            self._active = self.reactor.now()
            stream.gone()

    def _judge_ping(self) -> None:
        now = self.reactor.now()
        if self._pinged and now - self._last_ping < self.limits.ping_seconds:
            self._strikes += 1
            if self._strikes > self.limits.ping_strikes:
                raise Flood(ENHANCE_YOUR_CALM, "too_many_pings")
        self._pinged = True
        self._last_ping = now

    # What goes out

    def wake(self, stream: Stream) -> None:
        """A call has something to send."""
        if self._closing or stream.closed:
            return
        if not stream.headed or stream.number not in self._ready:
            stream.moved = self.reactor.now()
        self._ready[stream.number] = stream
        if not self._busy:
            self.pump()
            self._maybe_leave()

    def _unblock(self) -> None:
        self._ready.update((n, one) for n, one in self.streams.items() if one.out.size or one.tail is not None)

    def pump(self) -> None:
        """Send what may be sent, a frame of each call in turn."""
        while self._ready and not self._full and not self._closing:
            for stream in list(self._ready.values()):
                try:
                    more = self._advance(stream)
                except H2Error as error:  # a state of the call that we have missed
                    self.log(LogRecord(DEBUG, "a call broke off", peer=self.peer.address, error=str(error)))
                    self._drop(stream.number)
                    continue
                if not more:
                    self._ready.pop(stream.number, None)
                if self._unsent > self.limits.write_buffer and not self.flush():
                    break
        self.flush()

    def _advance(self, stream: Stream) -> bool:
        """One frame of a call; False when there is none (yet)."""
        number, h2 = stream.number, self._h2
        size = stream.out.size
        if not stream.headed:
            if not size and stream.tail is None:
                return False
            stream.headed = True
            self._strikes, self._pinged = 0, False
            alone = not size and stream.tail is not None
            h2.send_headers(number, [*stream.head, *(stream.tail or ())] if alone else stream.head, end_stream=alone)
            if alone:
                self._over(stream)
                return False
        if not size:
            if stream.tail is None:
                return False
            if stream.tail:
                h2.send_headers(number, stream.tail, end_stream=True)
            else:
                h2.end_stream(number)
            self._over(stream)
            return False
        most = min(h2.local_flow_control_window(number), h2.max_outbound_frame_size, size)
        if most <= 0:
            return False
        h2.send_data(number, stream.out.take(most))
        self._strikes, self._pinged = 0, False
        self._unsent += most
        stream.moved = self._active = self.reactor.now()
        return True

    def _over(self, stream: Stream) -> None:
        """Everything is sent. A request that is still coming in is of no use."""
        del self.streams[stream.number]
        stream.closed = True
        stream.let_go()
        if not stream.complete:  # a reset now could take the answer away from a caller that is still sending
            self._lingering[stream.number] = self.reactor.now() + _LINGER
        self._active = self.reactor.now()

    def go_on(self, stream: Stream) -> None:
        """100 Continue."""
        with suppress(H2Error):  # reset already, by frames that came together with the request
            self._h2.send_headers(stream.number, [(b":status", b"100")])

    def _reset(self, number: int, code: ErrorCodes) -> None:
        with suppress(H2Error):  # the same
            self._h2.reset_stream(number, code)

    def break_off(self, stream: Stream) -> None:
        """Reset a call whose answer cannot be finished."""
        if stream.number in self.streams:
            self._reset(stream.number, ErrorCodes.INTERNAL_ERROR)
            self._drop(stream.number)
            self.flush()

    def settle(self, stream: Stream) -> None:
        """The handler of a call that was over already has ended."""
        self._active = self.reactor.now()
        self._maybe_leave()

    def cancelled(self, call: Call) -> None:
        """Tell a call that nobody waits for it."""
        try:
            call.cancel()
        except Exception as error:  # of a watcher: not this connection's fault
            self.log(LogRecord(ERROR, "a call's watcher failed", method=call.method, error=trouble(error)))

    def flush(self) -> bool:
        """Write what is ready; whether the wire takes more."""
        self._unsent = 0
        data = self._h2.data_to_send()
        if data:
            self.wire.write(data)
        return not self._full

    def full(self) -> None:
        """The wire takes no more for now: nothing is read either, lest answers to it pile up."""
        self._full = True
        self.wire.pause_reading()

    def drained(self) -> None:
        """It does again."""
        self._full = False
        if self._closing:
            return
        if not self._turning:
            self.wire.resume_reading()
        self.pump()
        self._maybe_leave()

    # How it ends

    def check(self, now: float) -> None:
        """Now and then: whatever takes too long."""
        if self._closing:
            return
        limits = self.limits
        for stream in list(self.streams.values()):
            if stream.tail is None and stream.late(now):
                stream.refuse(TOO_SLOW)
            elif stream.out.size + (stream.tail is not None) and now - stream.moved > limits.stall_seconds:
                self._reset(stream.number, ErrorCodes.CANCEL)
                self._drop(stream.number)
        for number in [number for number, until in self._lingering.items() if now > until]:
            del self._lingering[number]
            self._reset(number, ErrorCodes.NO_ERROR)
        self.flush()
        if self._head_since and now - self._head_since > limits.head_seconds:
            self.die(ENHANCE_YOUR_CALM, "headers did not come in time")
        elif self._leaving == 1 and now - self._left_since > 2.0:
            self._leave_for_good()
        elif self.idle and now - self._active > limits.idle_seconds:
            self.leave()

    def leave(self) -> None:
        """Take no new calls, finish those there are, close."""
        if self._closing or self._leaving:
            return
        self._leaving = 1
        self._left_since = self.reactor.now()
        self._say_goaway(_EVERY)
        self._h2.ping(_LEAVING)
        self.flush()

    def _leave_for_good(self) -> None:
        self._leaving = 2
        self._last_call = self._h2.highest_inbound_stream_id
        self._say_goaway(self._last_call)
        self._maybe_leave()

    def _say_goaway(self, last: int) -> None:
        # By hand: h2 sends nothing more once it has said GOAWAY.
        self.flush()
        self.wire.write(GoAwayFrame(0, last_stream_id=last, error_code=0, additional_data=b"").serialize())

    def _maybe_leave(self) -> None:
        if not self._busy and self._leaving == 2 and self.idle and not self._gate.more and not self._closing:
            self._end("")

    def die(self, code: int, text: str) -> None:
        """End it with an error."""
        if not self._closing:
            self._h2.data_to_send()  # of no use to anybody any more
            self.wire.write(
                GoAwayFrame(
                    0, last_stream_id=self._h2.highest_inbound_stream_id, error_code=code,
                    additional_data=text.encode(),
                ).serialize()
            )  # fmt: skip
            self._end(text)

    def _end(self, text: str) -> None:
        if text:
            self.log(LogRecord(DEBUG, "a connection was ended", peer=self.peer.address, reason=text))
        self.flush()
        self.lost()
        self.wire.close()

    def lost(self) -> None:
        """The connection is gone: so are its callers."""
        self._closing = True
        for number in list(self.streams):
            self._drop(number)
