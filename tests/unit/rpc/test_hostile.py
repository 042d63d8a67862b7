"""What a connection may not do, and what becomes of it then."""

from __future__ import annotations

import struct
import threading
from collections.abc import Iterator

import pytest
from h2.exceptions import ProtocolError

from charthouse.rpc.call import Call
from charthouse.rpc.gate import Flood, Gate
from charthouse.rpc.limits import Limits
from charthouse.rpc.outgoing import Gone, Outgoing
from charthouse.rpc.workers import Workers
from tests.unit.rpc.memory import DONE, ECHO, Answer, Session, framed, method

DATA, HEADERS, PRIORITY, RST, SETTINGS, PING, GOAWAY, WINDOW, CONTINUATION = 0, 1, 2, 3, 4, 6, 7, 8, 9


def raw(kind: int, payload: bytes = b"", *, flags: int = 0, stream: int = 0) -> bytes:
    return struct.pack(">I", len(payload))[1:] + bytes((kind, flags)) + struct.pack(">I", stream) + payload


def open_call(session: Session) -> int:
    number = session.begin("/test.Service/Echo")
    session.exchange()
    return number


def fate(session: Session, data: bytes) -> list[tuple[int, str]]:
    """The GOAWAYs that `data` brings about, and that the connection is closed then."""
    session.core.receive(data)
    session.exchange()
    assert session.wire.closed == bool(session.said)
    return [(code, text) for code, _, text in session.said]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (raw(RST, bytes(4), stream=1) * 201, [(11, "too many resets")]),
        (raw(SETTINGS) * 21, [(11, "too many settings")]),
        (raw(DATA, stream=1) * 101, [(11, "too many empty frames")]),
        (raw(PING, bytes(8)) * 4, [(11, "too_many_pings")]),
        (raw(PING, bytes(8)) * 3, []),
        (
            raw(HEADERS, bytes(60_000), stream=3) + raw(CONTINUATION, bytes(6_000), stream=3),
            [(11, "headers too large")],
        ),
        (raw(CONTINUATION, bytes(70_000), stream=3), [(11, "headers too large")]),
        (b"\x10\x00\x01" + raw(DATA, stream=1)[3:], [(6, "frame too large")]),
        (b"\x00\x40\x01" + raw(99)[3:], [(6, "frame too large")]),
        (raw(99, b"whatever this is"), []),
        (raw(WINDOW, struct.pack(">I", 0x7FFFFFFF)), [(3, "")]),
        (raw(WINDOW, bytes(4)), [(1, "")]),
        (raw(DATA, b"x" * 10, stream=3), [(1, "")]),
        (raw(PING, bytes(7)), [(6, "")]),
        (raw(SETTINGS, b"\x00\x04\xff\xff\xff\xff"), [(3, "")]),
        (raw(HEADERS, b"\xff\xff\xff\xff\xff\xff\xff", flags=5, stream=3), [(1, "")]),
    ],
)
def test_floods_and_nonsense(data: bytes, expected: list[tuple[int, str]]) -> None:
    session = Session([ECHO])
    open_call(session)
    assert fate(session, data) == expected
    if expected:
        assert session.core.idle and session.budget.held == 0


def test_what_follows_the_end_is_not_read() -> None:
    session = Session([ECHO])
    assert fate(session, raw(SETTINGS) * 21) == [(11, "too many settings")]
    written = session.wire.total
    session.core.receive(raw(SETTINGS) * 1000)
    session.loop.run()
    assert session.wire.total == written


def test_a_preface_that_is_none() -> None:
    session = Session([ECHO])
    session.core = session.wire.core = type(session.core)(
        session.wire, session.loop, session.core.peer, session.core.services, None, session.limits, session.budget,
        session.log.append,
    )  # fmt: skip
    session.wire.take()
    session.core.receive(b"PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n")
    assert session.wire.closed


def test_many_frames_are_handled_in_turns() -> None:
    session = Session([ECHO], limits=Limits(turn_frames=10))
    session.core.receive(raw(WINDOW, struct.pack(">I", 1)) * 25)
    assert (len(session.loop.posted), session.wire.paused) == (1, True)
    session.loop.posted.popleft()()
    assert (len(session.loop.posted), session.wire.paused) == (1, True)
    session.loop.posted.popleft()()
    assert (len(session.loop.posted), session.wire.paused) == (0, False)


def test_resets_come_back_with_time() -> None:
    limits = Limits(resets=10)
    time = [0.0]
    gate = Gate(limits, lambda: time[0])
    for _ in range(50):
        gate.feed(raw(RST, bytes(4), stream=1))
        gate.turn()
        time[0] += 1.0
    gate.feed(raw(RST, bytes(4), stream=1) * 11)
    with pytest.raises(Flood):
        gate.turn()


def test_the_gate_lets_everything_else_through_unchanged() -> None:
    data = raw(SETTINGS) + raw(HEADERS, b"abc", stream=1) + raw(CONTINUATION, b"", flags=4, stream=1)
    data += raw(DATA, b"x" * 1000, flags=1, stream=1) + raw(PING, bytes(8))
    away = raw(GOAWAY, struct.pack(">II", 7, 11) + b"bye")
    for size in range(1, 40):
        gate = Gate(Limits(turn_frames=2), lambda: 0.0)
        whole, out = data + away + data, b""
        for at in range(0, len(whole), size):
            gate.feed(whole[at : at + size])
            while gate.more:
                out += gate.turn()
        assert out == data + data
        assert [(one.last, one.code, one.text) for one in gate.goaways] == [(7, 11, "bye")]


def test_streams_over_the_limit_end_the_connection() -> None:
    session = Session([ECHO], limits=Limits(streams=2))
    session.exchange()
    session.client.remote_settings[3] = 100
    session.client.remote_settings.acknowledge()
    for _ in range(3):
        session.begin("/test.Service/Echo")
    session.exchange()
    assert session.said == [(1, 3, "")]


def test_cancelled_calls_count_until_their_handlers_have_ended() -> None:
    session = Session([ECHO], limits=Limits(streams=2))
    session.loop.hold = True
    for _ in range(2):
        number = session.begin("/test.Service/Echo")
        session.send(number, framed(b""), end=True)
        session.exchange()
        session.client.reset_stream(number, 8)
        session.exchange()
    assert session.call("/test.Service/Echo", b"").ended == "reset 7"
    session.loop.hold = False
    session.exchange()
    assert session.call("/test.Service/Echo", b"").trailers == DONE


def test_pings_are_answered_and_forgiven_when_calls_are() -> None:
    session = Session([ECHO])
    for _ in range(10):
        session.client.ping(b"12345678")
        assert session.call("/test.Service/Echo", b"").trailers == DONE
    assert session.said == []
    for _ in range(10):
        session.loop.advance(20.0)
        session.client.ping(b"12345678")
        session.exchange()
    assert session.said == []


def test_an_idle_connection_is_sent_away() -> None:
    session = Session([ECHO])
    session.call("/test.Service/Echo", b"")
    session.loop.advance(600.0)
    session.core.check(session.loop.time)
    session.exchange()
    assert session.said == []
    session.loop.advance(1.0)
    session.core.check(session.loop.time)
    data = session.wire.take()
    assert data == raw(GOAWAY, struct.pack(">II", 0x7FFFFFFF, 0)) + raw(PING, b"goaway!!")
    session.core.receive(raw(PING, b"goaway!!", flags=1))
    assert session.wire.take() == raw(GOAWAY, struct.pack(">II", 1, 0))
    assert session.wire.closed


def test_a_connection_that_leaves_finishes_its_calls() -> None:
    session = Session([ECHO])
    session.loop.hold = True
    number = session.begin("/test.Service/Echo")
    session.send(number, framed(b"x"), end=True)
    session.exchange()
    session.core.leave()
    session.wire.take()
    session.core.receive(raw(PING, b"goaway!!", flags=1))
    assert not session.wire.closed
    assert session.wire.take() == raw(GOAWAY, struct.pack(">II", number, 0))
    session.loop.hold = False
    session.exchange()
    assert session.answer(number).trailers == DONE
    assert session.wire.closed


def test_a_leaving_connection_does_not_wait_for_its_ping() -> None:
    session = Session([ECHO])
    session.core.leave()
    session.loop.advance(3.0)
    session.core.check(session.loop.time)
    assert session.wire.closed


def test_a_caller_that_leaves_gets_its_answers() -> None:
    session = Session([ECHO])
    session.loop.hold = True
    number = session.begin("/test.Service/Echo")
    session.send(number, framed(b"x"), end=True)
    session.exchange()
    session.core.receive(raw(GOAWAY, bytes(8)))
    assert not session.wire.closed
    session.loop.hold = False
    session.exchange()
    assert session.answer(number).trailers == DONE
    assert session.wire.closed


def test_headers_that_do_not_end() -> None:
    session = Session([ECHO])
    session.core.receive(raw(HEADERS, b"", stream=1))
    session.loop.advance(11.0)
    session.core.check(session.loop.time)
    session.exchange()
    assert session.said == [(11, 0, "headers did not come in time")]


def test_a_request_that_comes_too_slowly() -> None:
    session = Session([ECHO])
    number = session.begin("/test.Service/Echo")
    session.send(number, b"\x00\x00\x00\x00\x09a")
    session.exchange()
    session.loop.advance(61.0)
    session.core.check(session.loop.time)
    session.exchange()
    answer = session.answer(number)
    assert dict(answer.headers)["grpc-message"] == "the request did not come in time"
    assert session.core.idle and session.budget.held == 0


def test_an_answer_nobody_takes() -> None:
    session = Session([method("/test.Service/Big", lambda request, call: b"x" * 100_000)])
    number = session.begin("/test.Service/Big")
    session.client.send_data(number, framed(b""), end_stream=True)
    session.core.receive(session.client.data_to_send())
    session.loop.run()
    session.client.receive_data(session.wire.take())  # and no window update
    session.loop.advance(301.0)
    session.core.check(session.loop.time)
    session.exchange()
    assert session.answer(number).ended == "reset 8"
    assert session.core.idle


def test_a_full_wire_stops_the_sending_and_the_reading() -> None:
    session = Session([method("/test.Service/Big", lambda request, call: b"x" * 3_000_000)])
    session.client.update_settings({4: 4_000_000})
    session.client.increment_flow_control_window(4_000_000)
    session.exchange()
    session.wire.room = 500_000
    number = session.begin("/test.Service/Big")
    session.client.send_data(number, framed(b""), end_stream=True)
    session.core.receive(session.client.data_to_send())
    session.loop.run()
    assert 500_000 < len(session.wire.sent) < 1_000_000 and session.wire.paused
    session.wire.room = None
    data = session.wire.take()
    session.core.drained()
    session.client.receive_data(data)
    session.exchange()
    assert session.core.idle
    assert not session.wire.paused


class Watched(threading.Condition):
    """Says when somebody begins to wait."""

    def __init__(self, waits: threading.Event) -> None:
        super().__init__(threading.Lock())
        self._waits = waits

    def wait(self, timeout: float | None = None) -> bool:
        self._waits.set()
        return super().wait(timeout)


def test_a_slow_reader_slows_its_handler_down() -> None:
    made: list[int] = []

    def count(request: bytes, call: Call) -> Iterator[bytes]:
        for number in range(1000):
            made.append(number)
            yield b"x" * 1000

    session = Session([method("/test.Service/Count", count, streams=True)], limits=Limits(stream_buffer=10_000))
    number = session.begin("/test.Service/Count")
    session.client.send_data(number, framed(b""), end_stream=True)
    session.loop.hold = True
    session.core.receive(session.client.data_to_send())
    job = session.loop.jobs.popleft()
    waits = threading.Event()
    stream = session.core.streams[number]
    stream.out._changed = Watched(waits)
    thread = threading.Thread(target=job, daemon=True)
    thread.start()
    assert waits.wait(60)
    assert len(made) == 10  # nine are held, the tenth waits
    session.core.lost()
    thread.join(60)
    assert not thread.is_alive() and len(made) == 10


def test_outgoing_is_cut_to_measure() -> None:
    woken: list[int] = []
    out = Outgoing(100, lambda: woken.append(out.size))
    out.put(b"abc")
    out.put(b"defg")
    out.put(b"")
    assert (out.size, bytes(out.take(2)), bytes(out.take(3)), bytes(out.take(9)), out.size) == (
        7,
        b"ab",
        b"cde",
        b"fg",
        0,
    )
    out.put(b"h")
    out.close()
    assert woken == [3, 1]
    with pytest.raises(Gone):
        out.put(b"i")


def test_workers_refuse_what_they_cannot_keep() -> None:
    logged = threading.Semaphore(0)
    workers = Workers(2, 1, lambda record: logged.release())
    go, running = threading.Event(), threading.Semaphore(0)

    def work() -> None:
        running.release()
        go.wait(60)
        raise SystemExit("a handler's own end")

    assert [workers.submit(work), workers.submit(work)] == [True, True]
    assert running.acquire(timeout=60) and running.acquire(timeout=60)
    assert [workers.submit(work), workers.submit(work), workers.busy] == [True, False, 2]
    go.set()
    assert running.acquire(timeout=60)
    done = threading.Event()
    assert workers.submit(done.set) and done.wait(60)
    workers.stop()
    assert not workers.submit(done.set)
    assert all(logged.acquire(timeout=60) for _ in range(3))


def test_an_answer_to_nobody_is_no_error() -> None:
    session = Session([ECHO])
    session.loop.hold = True
    number = session.begin("/test.Service/Echo")
    session.send(number, framed(b"x"), end=True)
    session.exchange()
    session.core.lost()
    session.loop.hold = False
    session.loop.run()
    assert session.answer(number) == Answer("", (), b"", (), "") and session.log == []
    with pytest.raises(ProtocolError):
        session.client.receive_data(raw(DATA, b"x", stream=9))


def test_calls_taken_back_in_the_same_breath() -> None:
    session = Session([ECHO], limits=Limits(streams=1))
    session.loop.hold = True
    first = session.begin("/test.Service/Echo")
    session.send(first, framed(b""), end=True)
    session.exchange()
    session.client.remote_settings[3] = 100
    session.client.remote_settings.acknowledge()
    session.client.reset_stream(first, 8)
    for grpc in (True, False):
        number = session.begin("/test.Service/Echo", ("expect", "100-continue"), grpc=grpc)
        session.client.reset_stream(number, 8)
    session.exchange()
    assert session.said == []
    session.loop.hold = False
    session.exchange()
    assert session.call("/test.Service/Echo", b"").trailers == DONE


def test_bytes_for_calls_that_are_over() -> None:
    session = Session([ECHO])
    number = session.begin("/test.Service/Nope")
    session.exchange()
    for _ in range(300):
        session.core.receive(raw(DATA, b"x" * 16000, stream=number))
    session.loop.run()
    assert not session.wire.closed and session.budget.held == 0
