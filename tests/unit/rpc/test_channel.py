"""The client, against a server that says what the test wants: no sockets."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from typing import Any

import pytest
from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import ConnectionTerminated, DataReceived, PingReceived, RequestReceived, StreamEnded, StreamReset
from hyperframe.frame import GoAwayFrame

from charthouse.rpc.channel import Channel
from charthouse.rpc.status import Code, RpcError
from tests.unit.rpc.memory import framed

HEAD = [(":status", "200"), ("content-type", "application/grpc")]
DONE = [("grpc-status", "0")]


class Pipe:
    """A connection to a server of h2's. act(server, number, headers, body): called for each complete request."""

    def __init__(self, act: Callable[[Pipe, int, dict[str, str], bytes], None], *, silent: bool = False) -> None:
        self.act = act
        self.silent = silent
        self.h2 = H2Connection(H2Configuration(client_side=False, header_encoding="latin-1"))
        self.h2.initiate_connection()
        self.incoming: queue.Queue[bytes] = queue.Queue()
        self.resets: queue.Queue[int] = queue.Queue()
        self.pings = threading.Event()
        self.closed = threading.Event()
        self.gone = False
        self.requests: dict[int, tuple[dict[str, str], bytearray]] = {}
        self._lock = threading.RLock()
        if not silent:
            self.flush()

    def recv(self, size: int) -> bytes:
        return self.incoming.get()

    def close(self) -> None:
        self.closed.set()
        self.incoming.put(b"")

    def flush(self) -> None:
        data = self.h2.data_to_send()
        if data:
            self.incoming.put(data)

    def sendall(self, data: bytes) -> None:
        if self.gone:
            raise BrokenPipeError(32, "Broken pipe")
        with self._lock:
            for event in self.h2.receive_data(data):
                self._note(event)
            if not self.silent:
                self.flush()

    def _note(self, event: Any) -> None:
        if isinstance(event, RequestReceived):
            self.requests[event.stream_id] = dict(event.headers), bytearray()  # type: ignore[arg-type]
        elif isinstance(event, DataReceived):
            self.requests[event.stream_id][1].extend(event.data)
            self.h2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
        elif isinstance(event, StreamEnded):
            headers, body = self.requests[event.stream_id]
            self.act(self, event.stream_id, headers, bytes(body))
        elif isinstance(event, StreamReset):
            self.resets.put(event.stream_id)
        elif isinstance(event, PingReceived):
            self.pings.set()
        elif isinstance(event, ConnectionTerminated):
            self.closed.set()

    def answer(self, number: int, data: bytes = b"", trailers: Any = DONE, head: Any = HEAD) -> None:
        """Headers, data and trailers; None for trailers: not yet."""
        with self._lock:
            if head:
                self.h2.send_headers(number, head)
            if data:
                self.h2.send_data(number, data)
            if trailers is not None:
                self.h2.send_headers(number, trailers, end_stream=True)
            self.flush()

    def leave(self, last: int, code: int = 0, text: bytes = b"") -> None:
        frame = GoAwayFrame(0, last_stream_id=last, error_code=code, additional_data=text)
        self.incoming.put(frame.serialize())


def echo(pipe: Pipe, number: int, headers: dict[str, str], body: bytes) -> None:
    pipe.answer(number, body)


def channel(*pipes: Pipe, **options: Any) -> Channel:
    left = list(pipes)
    return Channel(lambda: left.pop(0), authority="tiller", **options)


def problem(channel: Channel, **options: Any) -> tuple[int, str]:
    with pytest.raises(RpcError) as caught:
        channel.unary("/a.B/C", b"", **options)
    return int(caught.value.code), caught.value.message


def test_a_call() -> None:
    pipe = Pipe(echo)
    with channel(pipe, metadata={"X-A": "1"}, user_agent="test/1") as client:
        assert client.unary("/a.B/C", b"hello", {"x-b": "2"}) == b"hello"
        assert client.unary("/a.B/C", b"again", timeout=5000.0) == b"again"
    first, second = (headers for headers, _ in pipe.requests.values())
    assert first == {
        ":method": "POST", ":scheme": "http", ":path": "/a.B/C", ":authority": "tiller",
        "content-type": "application/grpc", "user-agent": "test/1", "te": "trailers", "x-a": "1", "x-b": "2",
    }  # fmt: skip
    assert int(second["grpc-timeout"][:-1]) > 4_900_000 and second["grpc-timeout"][-1] == "m"
    assert pipe.closed.wait(60)


def test_metadata_is_made_anew_for_each_call() -> None:
    tokens = iter(("one", "two"))
    pipe = Pipe(echo)
    with channel(pipe, metadata=lambda: {"authorization": next(tokens)}) as client:
        client.unary("/a.B/C", b"")
        client.unary("/a.B/C", b"")
    assert [headers["authorization"] for headers, _ in pipe.requests.values()] == ["one", "two"]


def test_metadata_that_cannot_be_sent() -> None:
    with channel(Pipe(echo), metadata={"x": "a\nb"}) as client:
        assert problem(client) == (13, 'header key "x" contains value with non-printable ASCII characters')


def test_a_large_request_waits_for_leave() -> None:
    message = b"0123456789" * 300_000
    with channel(Pipe(lambda pipe, number, headers, body: pipe.answer(number, framed(b"%d" % len(body))))) as client:
        assert client.unary("/a.B/C", message) == b"%d" % (len(message) + 5)


def test_responses_as_they_come() -> None:
    def act(pipe: Pipe, number: int, headers: dict[str, str], body: bytes) -> None:
        pipe.answer(number, framed(b"one") + framed(b"tw"[:2])[:6], None, [*HEAD, ("x-a", "1")])

    pipe = Pipe(act)
    with channel(pipe) as client:
        responses = client.stream("/a.B/C", b"")
        assert next(responses) == b"one"
        pipe.answer(1, b"w", [*DONE, ("x-b", "2")], None)
        assert list(responses) == [b"tw"]
    assert (responses.headers, responses.trailers) == (
        {"content-type": "application/grpc", "x-a": "1"},
        {"x-b": "2"},
    )


def test_a_closed_stream_is_cancelled() -> None:
    pipe = Pipe(lambda pipe, number, headers, body: pipe.answer(number, framed(b"one"), None))
    with channel(pipe) as client:
        responses = client.stream("/a.B/C", b"")
        assert next(responses) == b"one"
        responses.close()
        assert pipe.resets.get(timeout=60) == 1
        with pytest.raises(RpcError) as caught:
            next(responses)
    assert (caught.value.code, caught.value.message) == (Code.CANCELLED, "context canceled")


def test_messages_nobody_takes_hold_the_server_back() -> None:
    pipe = Pipe(lambda pipe, number, headers, body: pipe.answer(number, framed(b"x" * 1000), None))
    with channel(pipe) as client:
        responses = client.stream("/a.B/C", b"")
        room = pipe.h2.local_flow_control_window(1)
        for _ in range(100):
            pipe.answer(1, framed(b"x" * 1000), None, None)
        assert pipe.h2.local_flow_control_window(1) == room - 100 * 1005
        for _ in range(101):
            next(responses)
        pipe.answer(1, b"", DONE, None)
        assert list(responses) == []


@pytest.mark.parametrize(
    ("head", "data", "trailers", "expected"),
    [
        (HEAD, b"", [("grpc-status", "5"), ("grpc-message", "no%20%C3%B6")], (5, "no ö")),
        (HEAD, b"", DONE, (13, "cardinality violation: received no response message from a unary call")),
        (HEAD, framed(b"") * 2, DONE,
         (13, "cardinality violation: received several response messages of a unary call")),
        (HEAD, framed(b""), [("x", "y")], (13, "server closed the stream without sending trailers")),
        (HEAD, b"\x00\x01\x40\x00\x01", None, (8, "grpc: received message larger than max (20971521 vs. 20971520)")),
        (HEAD, b"\x01\x00\x00\x00\x00", None, (13, "grpc: compressed flag set with identity or empty encoding")),
        ([(":status", "502")], b"", [("x", "y")],
         (14, "unexpected HTTP status code received from server: 502 (Bad Gateway)")),
        ([(":status", "401"), ("content-type", "text/html")], b"<p>", [("x", "y")],
         (16, "unexpected HTTP status code received from server: 401 (Unauthorized)")),
        ([(":status", "200"), ("content-type", "text/html")], b"<p>", [("x", "y")],
         (2, 'transport: received unexpected content-type "text/html"')),
    ],
)  # fmt: skip
def test_answers_that_are_errors(head: Any, data: bytes, trailers: Any, expected: tuple[int, str]) -> None:
    with channel(Pipe(lambda pipe, number, headers, body: pipe.answer(number, data, trailers, head))) as client:
        assert problem(client) == expected


def test_trailers_only() -> None:
    def act(pipe: Pipe, number: int, headers: dict[str, str], body: bytes) -> None:
        pipe.h2.send_headers(number, [*HEAD, ("grpc-status", "12"), ("grpc-message", "nope")], end_stream=True)

    with channel(Pipe(act)) as client:
        assert problem(client) == (12, "nope")


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (8, (1, "stream terminated by RST_STREAM with error code: CANCEL")),
        (11, (8, "stream terminated by RST_STREAM with error code: ENHANCE_YOUR_CALM")),
        (2, (13, "stream terminated by RST_STREAM with error code: 2")),
    ],
)
def test_resets(code: int, expected: tuple[int, str]) -> None:
    with channel(Pipe(lambda pipe, number, headers, body: pipe.h2.reset_stream(number, code))) as client:
        assert problem(client) == expected


def test_the_time_is_over() -> None:
    pipe = Pipe(lambda pipe, number, headers, body: None)
    with channel(pipe) as client:
        assert problem(client, timeout=0.05) == (4, "context deadline exceeded")
        assert pipe.resets.get(timeout=60) == 1
        assert problem(client, timeout=0.0) == (4, "context deadline exceeded")


def test_a_call_the_server_has_not_looked_at_is_made_again() -> None:
    refusing = Pipe(lambda pipe, number, headers, body: pipe.h2.reset_stream(number, 7))
    leaving = Pipe(lambda pipe, number, headers, body: pipe.leave(0))
    with channel(leaving, Pipe(echo)) as client:
        assert client.unary("/a.B/C", b"x") == b"x"
    with channel(leaving_stream := Pipe(leaving.act), Pipe(echo)) as client:
        assert list(client.stream("/a.B/C", b"x")) == [b"x"]
    assert leaving_stream.closed.wait(60)
    with channel(refusing) as client:
        assert problem(client) == (14, "stream terminated by RST_STREAM with error code: REFUSED_STREAM")
    assert len(refusing.requests) == 2
    twice = [Pipe(lambda pipe, number, headers, body: pipe.leave(0, 11, b"too_many_pings")) for _ in range(2)]
    with channel(*twice) as client:
        assert problem(client) == (14, "connection to tiller: the server is leaving: too_many_pings")


def test_calls_under_way_survive_a_goaway() -> None:
    first = Pipe(lambda pipe, number, headers, body: pipe.leave(number))
    second = Pipe(echo)
    with channel(first, second) as client:
        responses = client.stream("/a.B/C", b"")
        done = threading.Event()
        found: list[bytes] = []

        def collect() -> None:
            found.extend(responses)
            done.set()

        threading.Thread(target=collect, daemon=True).start()
        while client._link is not None and client._link.usable:
            threading.Event().wait(0.001)
        assert client.unary("/a.B/C", b"on another one") == b"on another one"
        first.answer(1, framed(b"late"))
        assert done.wait(60) and found == [b"late"]
        assert first.closed.wait(60)


def test_a_connection_that_breaks() -> None:
    pipe = Pipe(lambda pipe, number, headers, body: pipe.incoming.put(b""))
    with channel(pipe, Pipe(echo)) as client:
        assert problem(client) == (14, "connection to tiller: the server closed it")
        assert client.unary("/a.B/C", b"next") == b"next"


def test_a_connection_that_cannot_be_made() -> None:
    def dial() -> Any:
        raise ConnectionRefusedError(111, "Connection refused")

    assert problem(Channel(dial, authority="tiller")) == (14, "connection to tiller: connection refused")


def test_a_server_that_speaks_something_else() -> None:
    pipe = Pipe(echo, silent=True)
    pipe.incoming.put(b"HTTP/1.1 400 Bad Request\r\n\r\n")
    assert problem(channel(pipe)) == (14, "connection to tiller: the server does not speak HTTP/2")
    assert pipe.closed.is_set()


def test_a_server_that_says_nothing() -> None:
    pipe = Pipe(echo, silent=True)
    assert problem(channel(pipe, settle=0.05)) == (14, "connection to tiller: no answer in 0.05 seconds")


def test_a_server_that_is_silent_is_asked_and_left() -> None:
    pipe = Pipe(lambda pipe, number, headers, body: setattr(pipe, "silent", True))
    with channel(pipe, keepalive=0.05, patience=0.05) as client:
        assert problem(client) == (14, "connection to tiller: no answer to a ping")
        assert pipe.pings.is_set()


def test_a_server_that_answers_pings_is_waited_for() -> None:
    pipe = Pipe(lambda pipe, number, headers, body: None)
    with channel(pipe, keepalive=0.01, patience=60.0) as client:
        responses = client.stream("/a.B/C", b"")
        for _ in range(3):
            assert pipe.pings.wait(60)
            pipe.pings.clear()
        pipe.answer(1, framed(b"x"))
        assert list(responses) == [b"x"]


def test_many_calls_at_once() -> None:
    client = channel(Pipe(echo))
    found: queue.Queue[bool] = queue.Queue()

    def work(number: int) -> None:
        message = b"%d" % number * 1000
        found.put(all(client.unary("/a.B/C", message) == message for _ in range(20)))

    for number in range(8):
        threading.Thread(target=work, args=(number,), daemon=True).start()
    assert [found.get(timeout=60) for _ in range(8)] == [True] * 8
    client.close()


def test_more_calls_than_the_server_takes_wait() -> None:
    pending: list[int] = []
    both = threading.Event()

    def act(pipe: Pipe, number: int, headers: dict[str, str], body: bytes) -> None:
        pending.append(number)
        both.set()

    pipe = Pipe(act, silent=True)
    pipe.h2.update_settings({3: 1})
    pipe.silent = False
    pipe.flush()
    client = channel(pipe)
    found: queue.Queue[bytes] = queue.Queue()
    for _ in range(2):
        threading.Thread(target=lambda: found.put(client.unary("/a.B/C", b"")), daemon=True).start()
    for count in (1, 2):
        assert both.wait(60) and len(pending) == count
        both.clear()
        pipe.answer(pending[-1], framed(b"x"))
        assert found.get(timeout=60) == b"x"
    client.close()


def test_a_closed_channel() -> None:
    pipe = Pipe(lambda pipe, number, headers, body: None)
    client = channel(pipe)
    responses = client.stream("/a.B/C", b"")
    client.close()
    with pytest.raises(RpcError) as caught:
        next(responses)
    assert (caught.value.code, caught.value.message) == (Code.UNAVAILABLE, "connection to tiller was closed")
    assert problem(client) == (1, "grpc: the client connection is closing")
