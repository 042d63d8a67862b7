"""The client's side of one HTTP/2 connection: many calls, from many threads.

A caller's thread writes its request itself; one thread reads, one writes what the reader must not wait for (leave to
send, answers to pings) and sees to it that a dead connection is noticed. Rules: RFC 9113; grpc-go v1.82.1
``internal/transport/http2_client.go`` (``handleGoAway``: calls above the last one served may be made again;
``keepalive``: a ping when nothing has come for so long while calls wait).
"""

from __future__ import annotations

import socket
import threading
import time

from h2.events import (
    DataReceived,
    RemoteSettingsChanged,
    ResponseReceived,
    StreamEnded,
    StreamReset,
    TrailersReceived,
    WindowUpdated,
)
from h2.exceptions import H2Error
from hyperframe.frame import GoAwayFrame

from charthouse.rpc.gate import Flood, Gate, GoAway
from charthouse.rpc.machine import client_machine
from charthouse.rpc.reasons import reason
from charthouse.rpc.reply import Reply
from charthouse.rpc.status import Code, RpcError
from charthouse.web.duplex import Duplex

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Protocol

    from h2.events import Event

    from charthouse.rpc.limits import Limits

    class Pipe(Protocol):
        """What a connection is made of: a socket, or what can as much. `recv` is used by one thread, `sendall` by
        another at the same time, `close` by any; it ends both."""

        def recv(self, size: int, /) -> bytes: ...
        def sendall(self, data: bytes, /) -> object: ...
        def close(self) -> object: ...

    Headers = list[tuple[bytes, bytes]]
else:
    Pipe = object

__all__ = ["Link", "Pipe"]

_PIECE = 256 * 1024
_PING = b"charthou"
_CANCEL = 8


class Link:
    """A connection. usable: whether calls may begin on it."""

    def __init__(
        self, pipe: Pipe, limits: Limits, *, where: str, wait: float, keepalive: float, patience: float
    ) -> None:
        """Takes `pipe` over, and waits for the server's settings, at most `wait` seconds. Raises RpcError
        (UNAVAILABLE)."""
        self._sock = pipe if isinstance(pipe, socket.socket) else None
        self._pipe: Pipe = Duplex(pipe) if isinstance(pipe, socket.socket) else pipe
        self._where = where
        self._keepalive = keepalive
        self._patience = patience
        self._limits = limits
        self._lock = threading.RLock()
        self._changed = threading.Condition(self._lock)
        self._h2 = client_machine(limits)
        self._gate = Gate(limits, time.monotonic)
        self._replies: dict[int, Reply] = {}
        self._writing = False
        self._urgent = True  # something waits for the writing thread
        self._greeted = False
        self._closed = False
        self._retired = False
        self._due = 0  # bytes that have come and for which the connection has no new leave
        self._last = self._now()
        self._pinged = 0.0
        self.problem: RpcError | None = None
        for work, name in ((self._read, "rpc-read"), (self._write, "rpc-write")):
            threading.Thread(target=work, name=name, daemon=True).start()
        self._wait_for_settings(wait)

    _now: Callable[[], float] = staticmethod(time.monotonic)

    def _wait_for_settings(self, wait: float) -> None:
        until = self._now() + wait
        with self._changed:
            while not self._greeted and not self._closed and (left := until - self._now()) > 0:
                self._changed.wait(left)
            if self._greeted:
                return
        self._break(f"connection to {self._where}: no answer in {wait:g} seconds")
        assert self.problem is not None
        raise self.problem

    @property
    def usable(self) -> bool:
        return not self._closed and not self._retired

    @property
    def finished(self) -> bool:
        return self._closed

    # Calls

    def begin(self, reply: Reply, headers: Headers, body: bytes, deadline: float | None) -> None:
        """Send a request; returns when it is sent, or when the call is over. Raises RpcError; `reply.unprocessed` when
        nothing of it was sent."""
        view = memoryview(body)
        with self._changed:
            while self.usable and self._h2.open_outbound_streams >= self._h2.remote_settings.max_concurrent_streams:
                self._pause(deadline)
            if not self.usable:
                reply.unprocessed = True
                raise self.problem or RpcError(Code.UNAVAILABLE, f"connection to {self._where} is closing")
            reply.number = self._h2.get_next_available_stream_id()
            self._h2.send_headers(reply.number, headers)
            if not self._replies:  # from now on the silence counts
                self._last = self._now()
                self._changed.notify_all()
            self._replies[reply.number] = reply
            view = self._put(reply, view)
        self._flush()
        while view:
            with self._changed:
                while not reply.over and not self._room(reply):
                    self._pause(deadline, reply)
                if reply.over:
                    return
                view = self._put(reply, view)
            self._flush()

    def _put(self, reply: Reply, view: memoryview) -> memoryview:
        """As much of the request as may be sent now; the rest of it."""
        sent = 0
        while view and sent < _PIECE and (room := min(self._room(reply), self._h2.max_outbound_frame_size)):
            self._h2.send_data(reply.number, view[:room], end_stream=len(view) <= room)
            view, sent = view[room:], sent + room
        return view

    def _room(self, reply: Reply) -> int:
        return max(self._h2.local_flow_control_window(reply.number), 0) if reply.number in self._h2.streams else 0

    def _pause(self, deadline: float | None, reply: Reply | None = None) -> None:
        left = None if deadline is None else deadline - self._now()
        if left is not None and left <= 0:
            error = RpcError(Code.DEADLINE_EXCEEDED, "context deadline exceeded")
            if reply is None:
                raise error
            reply.fail(error, reset=True)
            return
        self._changed.wait(left)

    def forget(self, reply: Reply) -> None:
        """We have ended a call: tell the server."""
        with self._changed:
            if self._replies.pop(reply.number, None) is not None and not self._closed:
                self._say(lambda: self._h2.reset_stream(reply.number, _CANCEL))
            self._changed.notify_all()

    def grant(self, reply: Reply, size: int) -> None:
        """Messages were taken: the server may send more."""
        with self._lock:
            if size and not self._closed and reply.number in self._replies:
                self._say(lambda: self._h2.increment_flow_control_window(size, reply.number))

    def _say(self, what: Callable[[], None]) -> None:
        """Have the writing thread send it."""
        try:
            what()
        except (H2Error, KeyError):
            return  # the stream has ended meanwhile: the server needs no word about it
        self._urgent = True
        self._changed.notify_all()

    # What comes in

    def _read(self) -> None:
        text = "the server closed it"
        try:
            while data := self._pipe.recv(_PIECE):
                with self._changed:
                    self._last = self._now()
                    self._pinged = 0.0
                    self._gate.feed(data)
                    while self._gate.more and not self._closed:
                        for event in self._h2.receive_data(self._gate.turn()):
                            self._handle(event)
                        self._leave()
                    self._urgent = True
                    self._changed.notify_all()
        except (H2Error, Flood) as error:
            text = "the server does not speak HTTP/2" if not self._greeted else f"broken HTTP/2: {error}"
        except OSError as error:
            text = reason(error)
        except Exception as error:  # whatever a hostile server makes of the libraries: this connection only
            text = f"{type(error).__name__}: {error}"
        self._break(f"connection to {self._where}: {text}")

    def _handle(self, event: Event) -> None:
        if isinstance(event, RemoteSettingsChanged):
            self._greeted = True
            return
        if isinstance(event, WindowUpdated):
            return
        reply = self._replies.get(getattr(event, "stream_id", 0) or 0)
        if isinstance(event, DataReceived):
            self._received(event, reply)
        elif reply is None:
            return
        elif isinstance(event, ResponseReceived):
            reply.head(_plain(event), last=event.stream_ended is not None)
        elif isinstance(event, TrailersReceived):
            reply.end(_plain(event))
        elif isinstance(event, StreamEnded):
            self._replies.pop(event.stream_id, None)
            if not reply.over:
                reply.end([])
            self._finish_request(reply)
        elif isinstance(event, StreamReset):
            self._replies.pop(event.stream_id, None)
            reply.reset(int(event.error_code))

    def _finish_request(self, reply: Reply) -> None:
        """The answer is complete: what is left of the request need not be sent."""
        stream = self._h2.streams.get(reply.number)
        if stream is not None and stream.open:
            self._say(lambda: self._h2.reset_stream(reply.number, _CANCEL))

    def _received(self, event: DataReceived, reply: Reply | None) -> None:
        size = event.flow_controlled_length
        self._due += size
        if self._due >= self._limits.connection_window // 4:
            self._h2.increment_flow_control_window(self._due)
            self._due = 0
        if reply is not None:
            more = reply.data(event.data) + size - len(event.data)
            if more and event.stream_ended is None and event.stream_id in self._replies:
                number = event.stream_id
                self._say(lambda: self._h2.increment_flow_control_window(more, number))

    def _leave(self) -> None:
        """GOAWAY: calls the server has not looked at are over; the others go on."""
        while self._gate.goaways:
            said: GoAway = self._gate.goaways.pop(0)
            self._retired = True
            text = f": {said.text}" if said.text else ""
            for number in [number for number in self._replies if number > said.last]:
                reply = self._replies.pop(number)
                reply.unprocessed = True
                reply.fail(RpcError(Code.UNAVAILABLE, f"connection to {self._where}: the server is leaving{text}"))

    # What goes out

    def _flush(self) -> None:
        """Write what is ready, unless another thread is at it: that one takes it along."""
        while True:
            with self._lock:
                if self._writing or self._closed:
                    return
                data = self._h2.data_to_send()
                if not data:
                    return
                self._writing = True
            try:
                self._pipe.sendall(data)
            except OSError as error:
                self._break(f"connection to {self._where}: {reason(error)}")
                return
            finally:
                with self._lock:
                    self._writing = False

    def _write(self) -> None:
        while True:
            with self._changed:
                if not self._urgent and not self._closed:
                    self._changed.wait(self._pulse())
                if self._closed:
                    return
                self._urgent = False
                if self._retired and not self._replies:
                    break
                if not self._beat():
                    break
            self._flush()
        self._break(f"connection to {self._where}: {'closed' if self._retired else 'no answer to a ping'}")

    def _pulse(self) -> float | None:
        """Seconds until the connection must be looked at."""
        if not self._replies:
            return None
        after = self._pinged + self._patience if self._pinged else self._last + self._keepalive
        return max(after - self._now(), 0.01)

    def _beat(self) -> bool:
        """Ping a server that has been silent; False when it does not answer."""
        now = self._now()
        if not self._replies:
            return True
        if self._pinged:
            return now < self._pinged + self._patience
        if now >= self._last + self._keepalive:
            self._pinged = now
            self._h2.ping(_PING)
        return True

    # The end

    def close(self) -> None:
        """End it; calls under way fail."""
        with self._changed:
            if not self._closed and not self._writing:
                self._h2.data_to_send()
            polite = not self._closed and not self._writing
            self._writing = True
        if polite:
            try:
                self._pipe.sendall(GoAwayFrame(0, last_stream_id=0, error_code=0, additional_data=b"").serialize())
            except OSError:
                polite = False  # it has gone already
        self._break(f"connection to {self._where} was closed")

    def _break(self, text: str) -> None:
        with self._changed:
            if self._closed:
                return
            self._closed = True
            self.problem = RpcError(Code.UNAVAILABLE, text)
            left = list(self._replies.values())
            self._replies.clear()
            self._changed.notify_all()
        for reply in left:
            reply.fail(RpcError(Code.UNAVAILABLE, text))
        self._pipe.close()
        if self._sock is not None:
            self._sock.close()


def _plain(event: ResponseReceived | TrailersReceived) -> Headers:
    return [(bytes(name), bytes(value)) for name, value in event.headers]
