"""gRPC calls over HTTP/2, in memory."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from charthouse.errors import CharthouseError
from charthouse.rpc.call import Call, HttpAnswer, Layer, Method
from charthouse.rpc.limits import Limits
from charthouse.rpc.status import Code, RpcError
from tests.unit.rpc.memory import DONE, ECHO, OK, PEER, Answer, Session, framed, method, plain

FIXED = "Mon, 23 Nov 2026 09:00:00 GMT"


def trailers(code: int, message: str = "", *more: tuple[str, str]) -> tuple[tuple[str, str], ...]:
    return (("grpc-status", str(code)), *((("grpc-message", message),) if message else ()), *more)


def only_trailers(code: int, message: str = "", *more: tuple[str, str]) -> Answer:
    return Answer("200", (*OK, *trailers(code, message, *more)), b"", (), "end")


def test_a_unary_call() -> None:
    assert Session([ECHO]).call("/test.Service/Echo", b"hello") == Answer("200", OK, framed(b"hello"), DONE, "end")


def test_large_messages_pass_the_windows() -> None:
    message = bytes(range(256)) * 40_000
    assert Session([ECHO]).call("/test.Service/Echo", message).data == framed(message)


def test_a_stream() -> None:
    def count(request: bytes, call: Call) -> Iterator[bytes]:
        call.trailers["x-count"] = "3"
        yield from (b"0", b"1", b"2")

    session = Session([method("/test.Service/Count", count, streams=True)])
    data = framed(b"0") + framed(b"1") + framed(b"2")
    assert session.call("/test.Service/Count", b"") == Answer("200", OK, data, trailers(0, "", ("x-count", "3")), "end")


def test_an_empty_stream_is_trailers_only() -> None:
    session = Session([method("/test.Service/None", lambda request, call: [], streams=True)])
    assert session.call("/test.Service/None", b"") == only_trailers(0)


def test_what_a_handler_sees() -> None:
    seen: list[Any] = []

    def look(request: bytes, call: Call) -> bytes:
        seen.extend((call.method, call.metadata, call.peer, call.time_left(), call.cancelled))
        return b""

    session = Session([method("/test.Service/Look", look)])
    session.call("/test.Service/Look", b"", headers=[("x-a", "1"), ("x-a", "2"), ("grpc-timeout", "5S")])
    metadata = {":authority": "tiller", "content-type": "application/grpc", "x-a": "1,2"}
    assert seen == ["/test.Service/Look", metadata, PEER, 5.0, False]


def raising(error: BaseException) -> Method:
    def fail(request: bytes, call: Call) -> bytes:
        raise error

    return method("/test.Service/Fail", fail)


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (RpcError(Code.NOT_FOUND, "no 100% \n"), only_trailers(5, "no 100%25 %0A")),
        (RpcError(Code.ABORTED, "", details=b"\x01\x02"), only_trailers(10, "", ("grpc-status-details-bin", "AQI"))),
        (CharthouseError("release: not found"), only_trailers(2, "release: not found")),
        (SystemExit(3), only_trailers(13, "internal error")),
        (RecursionError("deep"), only_trailers(13, "internal error")),
    ],
)
def test_errors_of_a_handler(error: BaseException, expected: Answer) -> None:
    session = Session([raising(error), ECHO])
    assert session.call("/test.Service/Fail", b"") == expected
    assert session.call("/test.Service/Echo", b"on").data == framed(b"on")


def test_an_unforeseen_error_is_logged_with_its_place() -> None:
    session = Session([raising(ZeroDivisionError("division by zero"))])
    session.call("/test.Service/Fail", b"")
    (record,) = session.log
    assert (record.level, record.message, record.attributes["method"]) == (
        "ERROR",
        "a call failed",
        "/test.Service/Fail",
    )
    assert record.attributes["error"].startswith("ZeroDivisionError: division by zero (")
    assert "test_calls.py:" in record.attributes["error"]


def test_a_stream_that_fails_half_way() -> None:
    closed: list[bool] = []

    def half(request: bytes, call: Call) -> Iterator[bytes]:
        try:
            yield b"one"
            raise RpcError(Code.DATA_LOSS, "gone")
        finally:
            closed.append(True)

    session = Session([method("/test.Service/Half", half, streams=True)])
    assert session.call("/test.Service/Half", b"") == Answer("200", OK, framed(b"one"), trailers(15, "gone"), "end")
    assert closed == [True]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("/test.Service/Nope", "unknown method Nope for service test.Service"),
        ("/test.Other/Echo", "unknown service test.Other"),
        ("/Echo", 'malformed method name: "/Echo"'),
    ],
)
def test_unknown_methods(path: str, text: str) -> None:
    assert Session([ECHO]).call(path, b"") == only_trailers(12, text)


@pytest.mark.parametrize(
    ("messages", "text"),
    [
        ((), "cardinality violation: received no request message"),
        ((b"a", b"b"), "cardinality violation: received more than one request message"),
    ],
)
def test_a_wrong_number_of_requests(messages: tuple[bytes, ...], text: str) -> None:
    assert Session([ECHO]).call("/test.Service/Echo", *messages) == only_trailers(12, text)


def test_a_request_that_is_no_message() -> None:
    def refuse(data: bytes) -> Any:
        raise ValueError("bad wire type")

    session = Session([Method("/test.Service/Echo", lambda request, call: b"", refuse, plain)])
    text = "grpc: error unmarshalling request: bad wire type"
    assert session.call("/test.Service/Echo", b"\xff") == only_trailers(13, text)


def test_a_message_over_the_limit_is_refused_by_its_length() -> None:
    session = Session([ECHO])
    number = session.begin("/test.Service/Echo")
    session.send(number, b"\x00\x01\x40\x00\x01")
    session.exchange()
    answer = session.answer(number)
    assert answer == only_trailers(8, "grpc: received message larger than max (20971521 vs. 20971520)")
    assert session.budget.held == 0


def test_a_message_at_the_limit_is_taken() -> None:
    session = Session([ECHO], limits=Limits(receive=1000, send=1000))
    assert session.call("/test.Service/Echo", b"x" * 1000).data == framed(b"x" * 1000)


def test_an_answer_over_the_limit() -> None:
    session = Session([ECHO], limits=Limits(send=3))
    text = "grpc: trying to send message larger than max (4 vs. 3)"
    assert session.call("/test.Service/Echo", b"four") == only_trailers(8, text)


def test_compression_is_refused() -> None:
    expected = Answer(
        "200",
        (
            *OK,
            ("grpc-accept-encoding", "identity"),
            *trailers(12, 'grpc: Decompressor is not installed for grpc-encoding "gzip"'),
        ),
        b"",
        (),
        "end",
    )
    assert Session([ECHO]).call("/test.Service/Echo", b"", headers=[("grpc-encoding", "gzip")]) == expected
    assert Session([ECHO]).call("/test.Service/Echo", b"", headers=[("grpc-encoding", "identity")]).trailers == DONE


@pytest.mark.parametrize(
    ("headers", "method_name", "status"),
    [
        ((("content-type", "application/grpc+json"),), "POST", "415"),
        ((("content-type", "application/grpc"),), "GET", "405"),
        ((("content-type", "application/grpc;charset=utf-8"),), "POST", "200"),
        ((("content-type", "application/grpc+proto"),), "POST", "200"),
    ],
)
def test_kinds_of_grpc(headers: tuple[tuple[str, str], ...], method_name: str, status: str) -> None:
    session = Session([ECHO])
    number = session.begin("/test.Service/Echo", *headers, method=method_name)
    session.send(number, framed(b""), end=True)
    session.exchange()
    assert session.answer(number).status == status


def test_layers_from_the_outside_in() -> None:
    def layer(name: str) -> Layer:
        def around(request: Any, call: Call, inner: Any) -> Any:
            call.notes[name] = len(call.notes)
            return b"<" + name.encode() + inner(request, call) + b">"

        return around

    session = Session([ECHO], layers=[layer("a"), layer("b")])
    assert session.call("/test.Service/Echo", b"!").data == framed(b"<a<b!>>")


def test_a_layer_refuses() -> None:
    def refuse(request: Any, call: Call, inner: Any) -> Any:
        raise RpcError(Code.UNAUTHENTICATED, "who are you?")

    assert Session([ECHO], layers=[refuse]).call("/test.Service/Echo", b"") == only_trailers(16, "who are you?")


def test_trailers_fit_what_the_caller_takes() -> None:
    session = Session([raising(RpcError(Code.UNKNOWN, "x" * 100_000))])
    session.client.update_settings({6: 8192})
    session.exchange()
    answer = session.call("/test.Service/Fail", b"")
    assert sum(len(name) + len(value) + 32 for name, value in answer.headers) < 8192
    assert dict(answer.headers)["grpc-message"].endswith("xxx%E2%80%A6")


def test_the_callers_time_is_over() -> None:
    session = Session([ECHO])
    session.loop.hold = True
    number = session.begin("/test.Service/Echo", ("grpc-timeout", "2S"))
    session.send(number, framed(b"x"), end=True)
    session.exchange()
    session.loop.advance(2.0)
    session.exchange()
    assert session.answer(number) == only_trailers(4, "context deadline exceeded")
    session.loop.hold = False
    session.exchange()
    assert session.core.idle and session.budget.held == 0


def test_a_malformed_time_out() -> None:
    answer = Session([ECHO]).call("/test.Service/Echo", b"", headers=[("grpc-timeout", "soon")])
    assert answer == only_trailers(13, "malformed grpc-timeout: 'soon'")


def test_a_cancelled_call_is_told() -> None:
    told: list[str] = []

    def watch(request: bytes, call: Call) -> bytes:
        call.on_cancel(lambda: told.append("cancelled"))
        session.client.reset_stream(number, 8)
        session.core.receive(session.client.data_to_send())
        with pytest.raises(RpcError) as caught:
            call.check()
        told.append(caught.value.message)
        return b"for nobody"

    session = Session([method("/test.Service/Watch", watch)])
    number = session.begin("/test.Service/Watch")
    session.send(number, framed(b""), end=True)
    session.exchange()
    assert told == ["cancelled", "the caller has gone"]
    assert session.answer(number).data == b""
    assert session.core.idle


def test_a_watcher_that_fails_harms_nobody() -> None:
    def watch(request: bytes, call: Call) -> bytes:
        call.on_cancel(lambda: setattr(call, "nowhere", 1))
        session.core.lost()
        return b""

    session = Session([method("/test.Service/Watch", watch)])
    number = session.begin("/test.Service/Watch")
    session.send(number, framed(b""), end=True)
    session.exchange()
    assert [record.message for record in session.log] == ["a call's watcher failed"]


def test_each_watcher_is_called_once() -> None:
    told: list[int] = []
    call = Call("/a.B/C", {}, PEER)
    call.on_cancel(lambda: told.append(1))
    call.on_cancel(lambda: setattr(call, "nowhere", 1))
    call.on_cancel(lambda: told.append(2))
    with pytest.raises(AttributeError):
        call.cancel()
    call.cancel()
    call.on_cancel(lambda: told.append(3))
    assert told == [1, 2, 3] and call.cancelled


def test_too_many_calls_at_once() -> None:
    session = Session([ECHO])
    session.loop.full = True
    assert session.call("/test.Service/Echo", b"x") == only_trailers(
        14, "too many calls are being worked on; try again"
    )
    assert session.budget.held == 0 and session.core.idle


def test_too_many_bytes_at_once() -> None:
    session = Session([ECHO], budget=1000)
    number = session.begin("/test.Service/Echo")
    session.send(number, b"\x00\x00\x01\x00\x00" + b"x" * 1000)
    session.exchange()
    assert session.answer(number) == only_trailers(8, "too many bytes of requests are being received; try again")
    assert session.budget.held == 0
    assert session.call("/test.Service/Echo", b"x" * 900).trailers == DONE


def test_plain_requests_go_to_the_gateway() -> None:
    seen: list[Any] = []

    def gateway(request: Any) -> HttpAnswer:
        seen.append(request)
        return HttpAnswer(201, (("Content-Type", "a/b"), ("Connection", "close"), ("date", FIXED)), b"made")

    session = Session(gateway=gateway)
    number = session.begin("/v1/x?y=z", ("content-type", "application/json"), ("x-a", "1"), method="PUT", grpc=False)
    session.send(number, b"{}", end=True)
    session.exchange()
    headers = (("content-type", "a/b"), ("date", FIXED), ("content-length", "4"))
    assert session.answer(number) == Answer("201", headers, b"made", (), "end")
    (request,) = seen
    expected = (("host", "tiller"), ("content-type", "application/json"), ("x-a", "1"))
    assert (request.method, request.target, request.headers) == ("PUT", "/v1/x?y=z", expected)
    assert (request.body, request.peer) == (b"{}", PEER)


def test_a_server_without_a_gateway() -> None:
    session = Session([ECHO])
    number = session.begin("/", method="GET", grpc=False)
    session.client.end_stream(number)
    session.exchange()
    answer = session.answer(number)
    assert (answer.status, answer.data) == ("404", b"this server speaks gRPC\n")


def test_an_answer_that_comes_in_pieces_and_breaks() -> None:
    def pieces() -> Iterator[bytes]:
        yield b"one"
        raise OSError("disk")

    session = Session(gateway=lambda request: HttpAnswer(200, (), pieces()))
    number = session.begin("/", method="GET", grpc=False)
    session.client.end_stream(number)
    session.exchange()
    answer = session.answer(number)
    assert answer.status in ("200", "") and answer.ended == "reset 2"
    assert [record.message for record in session.log] == ["an answer broke off"]


def test_a_body_over_the_limit() -> None:
    session = Session(gateway=lambda request: HttpAnswer(200), limits=Limits(body=1000))
    announced = session.begin("/", ("content-length", "1001"), method="POST", grpc=False)
    session.exchange()
    sent = session.begin("/", method="POST", grpc=False)
    session.send(sent, b"x" * 1001)
    session.exchange()
    for number in (announced, sent):
        answer = session.answer(number)
        assert (answer.status, answer.data) == ("413", b"request body too large\n")
    assert session.budget.held == 0


def test_a_caller_that_is_still_sending_is_let_finish() -> None:
    session = Session([ECHO])
    number = session.begin("/test.Service/Nope")
    session.exchange()
    assert session.answer(number).ended == "end"
    session.send(number, framed(b"x" * 100_000))
    session.exchange()
    session.loop.advance(3.0)
    session.core.check(session.loop.time)
    session.exchange()
    assert session.client.streams[number].closed if number in session.client.streams else True
    assert session.said == [] and session.call("/test.Service/Echo", b"").trailers == DONE


def test_answers_nobody_takes_are_counted() -> None:
    session = Session([method("/test.Service/Big", lambda request, call: b"x" * 100_000)], budget=250_000)
    numbers = []
    for _ in range(3):
        numbers.append(session.begin("/test.Service/Big"))
        session.client.send_data(numbers[-1], framed(b""), end_stream=True)
    session.core.receive(session.client.data_to_send())
    session.loop.run()
    assert session.budget.held == 200_010
    session.exchange()
    assert [len(session.answer(number).data) for number in numbers] == [100_005, 100_005, 0]
    assert session.answer(numbers[2]) == only_trailers(8, "too many bytes of answers wait for their callers; try again")
    assert session.budget.held == 0
