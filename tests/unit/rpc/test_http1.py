"""HTTP/1.1 requests for the gateway, in memory."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest

from charthouse.logs import LogRecord
from charthouse.rpc import exchange
from charthouse.rpc.budget import Budget
from charthouse.rpc.call import Gateway, HttpAnswer, HttpRequest
from charthouse.rpc.exchange import http_date
from charthouse.rpc.http1 import Http1
from charthouse.rpc.limits import Limits
from tests.unit.rpc.memory import PEER, Loop, Wire

DATE = "date: Mon, 23 Nov 2026 09:00:00 GMT\r\n"
TEXT = "content-type: text/plain; charset=utf-8\r\n"


@pytest.fixture(autouse=True)
def _still(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exchange, "http_date", lambda seconds: "Mon, 23 Nov 2026 09:00:00 GMT")


class Talk:
    def __init__(self, gateway: Gateway, *, limits: Limits | None = None, budget: int = 1 << 28) -> None:
        self.loop, self.wire, self.log = Loop(), Wire(), list[LogRecord]()
        self.budget = Budget(budget)
        self.core = Http1(self.wire, self.loop, PEER, gateway, limits or Limits(), self.budget, self.log.append)

    def say(self, text: str) -> str:
        """What is answered."""
        self.core.receive(text.encode("latin-1"))
        self.loop.run()
        return self.wire.take().decode("latin-1")


def told(request: HttpRequest) -> HttpAnswer:
    return HttpAnswer(200, (), f"{request.method} {request.target} {request.body!r}".encode())


def answer(body: str, head: str = "") -> str:
    return f"HTTP/1.1 200 OK\r\n{head}content-length: {len(body)}\r\n{DATE}\r\n{body}"


def refusal(status: str, text: str) -> str:
    return f"HTTP/1.1 {status}\r\n{TEXT}content-length: {len(text) + 1}\r\n{DATE}connection: close\r\n\r\n{text}\n"


def test_a_request_and_another_on_the_same_connection() -> None:
    talk = Talk(told)
    assert talk.say("GET /a?b=c HTTP/1.1\r\nHost: x\r\n\r\n") == answer("GET /a?b=c b''")
    assert talk.say("PUT /d HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}") == answer("PUT /d b'{}'")
    assert not talk.wire.closed and talk.budget.held == 0


def test_what_the_gateway_sees() -> None:
    seen: list[HttpRequest] = []

    def gateway(request: HttpRequest) -> HttpAnswer:
        seen.append(request)
        return HttpAnswer(204)

    talk = Talk(gateway)
    head = "POST http://x/y HTTP/1.1\r\nHost: x\r\nX-A: 1\r\nx-a: 2\r\nTransfer-Encoding: chunked\r\n\r\n"
    said = talk.say(head + "2\r\nab\r\n0\r\n\r\n")
    assert said == f"HTTP/1.1 204 No Content\r\n{DATE}\r\n"
    headers = (("host", "x"), ("x-a", "1"), ("x-a", "2"), ("transfer-encoding", "chunked"))
    assert seen == [HttpRequest("POST", "/y", headers, b"ab", PEER)]
    assert (seen[0].header("x-a"), seen[0].values("x-a"), seen[0].header("x-b")) == ("1,2", ["1", "2"], "")


def test_requests_one_after_the_other_without_waiting() -> None:
    talk = Talk(told)
    assert talk.say("GET /1 HTTP/1.1\r\nHost: x\r\n\r\nGET /2 HTTP/1.1\r\nHost: x\r\n\r\n") == (
        answer("GET /1 b''") + answer("GET /2 b''")
    )


def test_a_request_in_pieces() -> None:
    talk = Talk(told)
    text = "PUT /d HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}"
    assert [talk.say(letter) for letter in text][-1] == answer("PUT /d b'{}'")


def test_head() -> None:
    talk = Talk(told)
    said = talk.say("HEAD / HTTP/1.1\r\nHost: x\r\n\r\n")
    assert said == f"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n{DATE}\r\n"
    assert talk.say("GET / HTTP/1.1\r\nHost: x\r\n\r\n") == answer("GET / b''")


def test_http_1_0_and_close() -> None:
    talk = Talk(told)
    assert talk.say("GET / HTTP/1.0\r\n\r\n").endswith("Connection: close\r\n\r\nGET / b''")
    assert talk.wire.closed
    talk = Talk(told)
    assert "connection: close" in talk.say("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").lower()
    assert talk.wire.closed


def test_expect() -> None:
    talk = Talk(told)
    head = "PUT /d HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n"
    assert talk.say(head) == "HTTP/1.1 100 \r\n\r\n"
    assert talk.say("{}") == answer("PUT /d b'{}'")
    talk = Talk(told, limits=Limits(body=1))
    assert talk.say(head) == refusal("413 Request Entity Too Large", "request body too large")


def test_bodies_over_the_limit() -> None:
    talk = Talk(told, limits=Limits(body=3))
    head = "PUT / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    assert talk.say(head + "3\r\nabc\r\n") == ""
    assert talk.say("1\r\nd\r\n") == refusal("413 Request Entity Too Large", "request body too large")
    assert talk.budget.held == 0 and not talk.wire.closed
    assert talk.say("3\r\nabc\r\n" * 1000) == ""
    talk.loop.advance(3.0)
    talk.core.check(talk.loop.time)
    assert talk.wire.closed


def test_too_many_bytes_at_once() -> None:
    talk = Talk(told, budget=3)
    assert talk.say("PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nabcd") == refusal(
        "503 Service Unavailable", "too many bytes of requests are being received; try again"
    )
    assert talk.budget.held == 0


def test_too_many_requests_at_once() -> None:
    talk = Talk(told)
    talk.loop.full = True
    assert talk.say("PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nabcd") == refusal(
        "503 Service Unavailable", "too many calls are being worked on; try again"
    )
    assert talk.budget.held == 0 and talk.core.idle


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("nonsense\r\n\r\n", "400 Bad Request"),
        ("GET / HTTP/1.1\r\n\r\n", "400 Bad Request"),
        ("GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", "400 Bad Request"),
        ("GET / HTTP/1.1\r\nHost: x\r\nX: " + "x" * 70_000, "431 Request Header Fields Too Large"),
        ("GET / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n", "501 Not Implemented"),
    ],
)
def test_what_is_no_request(text: str, status: str) -> None:
    assert Talk(told).say(text) == refusal(status, "bad request")


def test_what_is_not_done() -> None:
    talk = Talk(told)
    status = "505 HTTP Version Not Supported"
    assert talk.say("GET / HTTP/3.0\r\nHost: x\r\n\r\n") == refusal(status, "HTTP version not supported")
    talk = Talk(told)
    assert talk.say("CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n") == refusal(
        "405 Method Not Allowed", "method not allowed"
    )


def test_an_answer_in_pieces() -> None:
    closed: list[bool] = []

    def pieces() -> Iterator[bytes]:
        try:
            yield b"one"
            yield b""
            yield b"two"
        finally:
            closed.append(True)

    talk = Talk(lambda request: HttpAnswer(200, (("content-type", "a/b"),), pieces()))
    said = talk.say("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    head = f"HTTP/1.1 200 OK\r\ncontent-type: a/b\r\n{DATE}Transfer-Encoding: chunked\r\n\r\n"
    assert said in (f"{head}6\r\nonetwo\r\n0\r\n\r\n", f"{head}3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n")
    assert closed == [True] and not talk.wire.closed


def test_an_answer_that_breaks_is_not_ended() -> None:
    def pieces() -> Iterator[bytes]:
        yield b"one"
        raise OSError("disk")

    talk = Talk(lambda request: HttpAnswer(200, (), pieces()))
    assert not talk.say("GET / HTTP/1.1\r\nHost: x\r\n\r\n").endswith("0\r\n\r\n")
    assert talk.wire.aborted and [record.message for record in talk.log] == ["an answer broke off"]


@pytest.mark.parametrize(
    "headers", [(("x\r\ny", "z"),), (("x", "y\r\nz: 1"),), (("x y", "z"),), (("x", "\N{SNOWMAN}"),), (("", "y"),)]
)
def test_headers_cannot_be_smuggled(headers: Any) -> None:
    talk = Talk(lambda request: HttpAnswer(200, headers, b"x"))
    said = talk.say("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    body = "internal server error\n"
    assert said == f"HTTP/1.1 500 Internal Server Error\r\n{TEXT}content-length: {len(body)}\r\n{DATE}\r\n{body}"
    assert [record.message for record in talk.log] == ["a request failed"]


def test_a_gateway_that_fails() -> None:
    def fail(request: HttpRequest) -> HttpAnswer:
        raise SystemExit(1)

    talk = Talk(fail)
    assert talk.say("GET / HTTP/1.1\r\nHost: x\r\n\r\n").startswith("HTTP/1.1 500 Internal Server Error\r\n")
    assert talk.say("GET / HTTP/1.1\r\nHost: x\r\n\r\n").startswith("HTTP/1.1 500 Internal Server Error\r\n")


def test_an_answer_of_another_length_than_it_says() -> None:
    talk = Talk(lambda request: HttpAnswer(200, (("content-length", "3"),), b"four"))
    talk.say("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    assert talk.wire.aborted


@pytest.mark.parametrize(
    ("said", "seconds", "reply"),
    [
        ("", 119.0, None),
        ("", 121.0, ""),
        ("GET / HTTP/1.1\r\nHo", 11.0, ""),
        ("PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nab", 61.0, "408"),
    ],
)
def test_those_who_are_slow(said: str, seconds: float, reply: str | None) -> None:
    talk = Talk(told)
    if said:
        talk.say(said)
    talk.loop.advance(seconds)
    talk.core.check(talk.loop.time)
    answered = talk.wire.take().decode()
    if reply == "408":
        assert answered == refusal("408 Request Timeout", "the request did not come in time")
        talk.loop.advance(3.0)
        talk.core.check(talk.loop.time)
    assert talk.wire.closed == (reply is not None)
    assert talk.budget.held == 0


def test_leaving() -> None:
    talk = Talk(told)
    talk.core.leave()
    assert talk.wire.closed
    talk = Talk(told)
    talk.loop.hold = True
    talk.say("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    talk.core.leave()
    assert not talk.wire.closed
    talk.loop.hold = False
    talk.loop.run()
    assert "connection: close" in talk.wire.take().decode() and talk.wire.closed


def test_a_full_wire_stops_the_sending() -> None:
    talk = Talk(lambda request: HttpAnswer(200, (), b"x" * 3_000_000))
    talk.wire.core = talk.core
    talk.wire.room = 300_000
    said = talk.say("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    assert 300_000 < len(said) < 600_000
    talk.wire.room = None
    talk.core.drained()
    assert len(said) + len(talk.wire.take()) == len(said.partition("\r\n\r\n")[0]) + 4 + 3_000_000


def test_a_caller_that_sends_ahead_is_not_read_further() -> None:
    talk = Talk(told)
    talk.loop.hold = True
    one = "GET / HTTP/1.1\r\nHost: x\r\n\r\n"
    talk.say(one)
    talk.say(one * 3000)
    assert talk.wire.paused
    talk.loop.hold = False
    talk.loop.run()
    assert talk.wire.take().count(b"HTTP/1.1 200 OK") == 3001
    assert not talk.wire.paused


def test_dates() -> None:
    assert http_date(784111777) == "Sun, 06 Nov 1994 08:49:37 GMT"
    assert http_date(time.time()).endswith(" GMT")


def test_answers_nobody_takes_are_counted() -> None:
    talk = Talk(lambda request: HttpAnswer(200, (), b"x" * 1000), budget=1500)
    talk.wire.core = talk.core
    assert talk.say("GET / HTTP/1.1\r\nHost: x\r\n\r\n").endswith("x" * 1000) and talk.budget.held == 0
    talk.core.full()
    talk.say("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    assert talk.budget.held == 1000
    talk.core.lost()
    assert talk.budget.held == 0
    talk = Talk(lambda request: HttpAnswer(200, (), b"x" * 1000), budget=999)
    talk.say("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    assert talk.wire.aborted and talk.budget.held == 0
