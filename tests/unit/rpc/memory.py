"""A server's connection and its client back to back, without sockets, threads or a clock that runs."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import (
    ConnectionTerminated,
    DataReceived,
    InformationalResponseReceived,
    ResponseReceived,
    StreamEnded,
    StreamReset,
    TrailersReceived,
)

from charthouse.logs import LogRecord
from charthouse.records import Record
from charthouse.rpc.budget import Budget
from charthouse.rpc.call import Call, Gateway, Layer, Method, Peer
from charthouse.rpc.http1 import Http1
from charthouse.rpc.http2 import Http2
from charthouse.rpc.limits import Limits
from charthouse.rpc.services import Services

PEER = Peer("192.0.2.1:4711")


class Timer:
    def __init__(self, when: float, what: Callable[[], Any]) -> None:
        self.when, self.what, self.off = when, what, False

    def cancel(self) -> None:
        self.off = True


class Loop:
    """``ports.Reactor``. hold: keep handlers waiting in `jobs`; full: refuse them."""

    def __init__(self) -> None:
        self.time = 1000.0
        self.posted: deque[Callable[[], Any]] = deque()
        self.timers: list[Timer] = []
        self.jobs: deque[Callable[[], None]] = deque()
        self.hold = self.full = False

    def now(self) -> float:
        return self.time

    def post(self, what: Callable[..., Any], *arguments: Any) -> None:
        self.posted.append(lambda: what(*arguments))

    def later(self, seconds: float, what: Callable[..., Any], *arguments: Any) -> Timer:
        self.timers.append(Timer(self.time + seconds, lambda: what(*arguments)))
        return self.timers[-1]

    def submit(self, what: Callable[[], None]) -> bool:
        if self.full:
            return False
        self.jobs.append(what)
        return True

    def run(self) -> None:
        while self.posted or (self.jobs and not self.hold):
            (self.posted or self.jobs).popleft()()

    def advance(self, seconds: float) -> None:
        self.time += seconds
        for timer in [one for one in self.timers if one.when <= self.time]:
            self.timers.remove(timer)
            if not timer.off:
                timer.what()
        self.run()


class Wire:
    """``ports.Wire``. room: bytes that fit before the protocol is told that it is full; None: any number."""

    def __init__(self) -> None:
        self.sent = bytearray()
        self.total = 0
        self.closed = self.aborted = self.paused = False
        self.room: int | None = None
        self.core: Http2 | Http1 | None = None

    def write(self, data: bytes) -> None:
        self.sent += data
        self.total += len(data)
        if self.room is not None and len(self.sent) > self.room and self.core is not None:
            self.core.full()

    def close(self) -> None:
        self.closed = True

    def abort(self) -> None:
        self.aborted = True

    def pause_reading(self) -> None:
        self.paused = True

    def resume_reading(self) -> None:
        self.paused = False

    def take(self) -> bytes:
        data = bytes(self.sent)
        self.sent.clear()
        return data


class Answer(Record):
    """What came back of a call; ended: "" while it goes on, `end`, or `reset N`."""

    status: str
    headers: tuple[tuple[str, str], ...]
    data: bytes
    trailers: tuple[tuple[str, str], ...]
    ended: str


class Session:
    """An HTTP/2 client of a server's connection. said: GOAWAYs as (code, last call, text); log: what was logged."""

    def __init__(
        self, methods: Iterable[Method] = (), *, layers: Sequence[Layer] = (), gateway: Gateway | None = None,
        limits: Limits | None = None, budget: int = 1 << 28,
        shared: Budget | None = None, greet: bool = True,
    ) -> None:  # fmt: skip
        self.limits = limits or Limits()
        self.loop, self.wire = Loop(), Wire()
        self.log: list[LogRecord] = []
        services = Services(methods, layers, self.limits.send, self.log.append)
        self.budget = shared or Budget(budget)
        self.core = self.wire.core = Http2(
            self.wire, self.loop, PEER, services, gateway, self.limits, self.budget, self.log.append
        )
        self.client = H2Connection(H2Configuration(client_side=True, header_encoding="latin-1"))
        self.client.initiate_connection()
        self.said: list[tuple[int, int, str]] = []
        self._parts: dict[int, dict[str, Any]] = {}
        if greet:
            self.exchange()

    def exchange(self) -> None:
        """Until nothing moves."""
        while True:
            data = self.client.data_to_send()
            if data:
                self.core.receive(data)
            self.loop.run()
            answer = self.wire.take()
            if not answer and not data:
                return
            for event in self.client.receive_data(answer) if answer else ():
                self._note(event)

    def _note(self, event: Any) -> None:
        if isinstance(event, ConnectionTerminated):
            text = (event.additional_data or b"").decode()
            self.said.append((int(event.error_code or 0), event.last_stream_id or 0, text))
            return
        part = self._parts.setdefault(getattr(event, "stream_id", 0) or 0, {"data": b"", "ended": ""})
        if isinstance(event, InformationalResponseReceived):
            part["going on"] = True
        elif isinstance(event, ResponseReceived):
            part["headers"] = tuple(event.headers)
        elif isinstance(event, TrailersReceived):
            part["trailers"] = tuple(event.headers)
        elif isinstance(event, DataReceived):
            part["data"] += event.data
            self.client.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
        elif isinstance(event, StreamEnded):
            part["ended"] = "end"
        elif isinstance(event, StreamReset) and event.remote_reset and part["ended"] != "end":
            part["ended"] = f"reset {int(event.error_code)}"

    def begin(self, path: str, *headers: tuple[str, str], method: str = "POST", grpc: bool = True) -> int:
        number = self.client.get_next_available_stream_id()
        kind = [("content-type", "application/grpc"), ("te", "trailers")] if grpc else []
        own = dict(headers)
        pseudo = [(":method", method), (":scheme", "http"), (":path", path), (":authority", "tiller")]
        kind = [pair for pair in kind if pair[0] not in own]
        self.client.send_headers(number, [*pseudo, *kind, *headers])
        return number

    def send(self, number: int, data: bytes, *, end: bool = False) -> None:
        """Through the windows, as they open."""
        view = memoryview(data)
        while view:
            room = min(self.client.local_flow_control_window(number), self.client.max_outbound_frame_size, len(view))
            if not room:
                self.exchange()
                if number not in self.client.streams or self.client.streams[number].closed:
                    return
                assert self.client.local_flow_control_window(number), "the server gives no leave to send"
                continue
            self.client.send_data(number, bytes(view[:room]))
            view = view[room:]
        if end:
            self.client.end_stream(number)

    def call(self, path: str, *messages: bytes, headers: Sequence[tuple[str, str]] = ()) -> Answer:
        """A whole gRPC call."""
        number = self.begin(path, *headers)
        self.send(number, b"".join(framed(message) for message in messages), end=True)
        self.exchange()
        return self.answer(number)

    def answer(self, number: int) -> Answer:
        part = self._parts.get(number, {"data": b"", "ended": ""})
        headers = part.get("headers", ())
        return Answer(
            dict(headers).get(":status", ""), headers[1:], part["data"], part.get("trailers", ()), part["ended"]
        )


def framed(message: bytes) -> bytes:
    return b"\x00" + len(message).to_bytes(4, "big") + message


def plain(data: bytes) -> bytes:
    return data


def method(path: str, handler: Callable[[Any, Call], Any], *, streams: bool = False) -> Method:
    """One whose messages are bytes."""
    return Method(path, handler, plain, plain, streams)


ECHO = method("/test.Service/Echo", lambda request, call: request)
OK = (("content-type", "application/grpc"),)
DONE = (("grpc-status", "0"),)
