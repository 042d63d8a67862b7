"""HTTP/1.1 from bytes."""

from __future__ import annotations

import gzip
import io
import socket
from typing import Any, cast

import pytest

from charthouse.web.http1 import Connection, ProtocolError, Response


class Wire:
    """What a Connection needs of a socket."""

    def __init__(self, answer: bytes) -> None:
        self._answer = answer
        self.sent = b""

    def makefile(self, mode: str) -> Any:
        return io.BufferedReader(io.BytesIO(self._answer))

    def sendall(self, data: bytes) -> None:
        self.sent += data


def receive(answer: bytes, method: str = "GET") -> Response:
    return Connection(cast(socket.socket, Wire(answer))).receive(method)


def test_request() -> None:
    wire = Wire(b"")
    Connection(cast(socket.socket, wire)).send("POST", "/a?b=c", [("Host", "h"), ("X", "a\r\nb")], b"{}")
    assert wire.sent == b"POST /a?b=c HTTP/1.1\r\nHost: h\r\nX: a  b\r\nContent-Length: 2\r\n\r\n{}"


def test_headers_keep_every_letter() -> None:
    wire = Wire(b"")
    Connection(cast(socket.socket, wire)).send("GET", "/", [("Impersonate-User", "Łukasz"), ("X", "\ud800")], None)
    assert wire.sent == b"GET / HTTP/1.1\r\nImpersonate-User: \xc5\x81ukasz\r\nX: ?\r\n\r\n"


def test_sized_body() -> None:
    answer = receive(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nA: 1\r\na: 2\r\n\r\nhelloNEXT")
    assert (answer.status, answer.headers["a"], answer.read(), answer.keep_alive) == (200, "1, 2", b"hello", True)
    assert answer.finished


def test_chunked_body() -> None:
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    assert receive(head + b"5;x=y\r\nhello\r\n1\r\n!\r\n0\r\nTrailer: x\r\n\r\n").read() == b"hello!"


def test_gzip_body() -> None:
    data = gzip.compress(b"x" * 1000)
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(data)
    assert receive(head + data).read() == b"x" * 1000


def test_body_until_close() -> None:
    answer = receive(b"HTTP/1.0 200 OK\r\n\r\nall of it")
    assert (answer.read(), answer.keep_alive) == (b"all of it", False)


def test_no_body() -> None:
    assert receive(b"HTTP/1.1 304 Not Modified\r\nETag: x\r\n\r\nnot mine").read() == b""
    assert receive(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", "HEAD").read() == b""


def test_informational_answers_are_skipped() -> None:
    assert receive(b"HTTP/1.1 103 Early\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").status == 200


def test_lines() -> None:
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    body = b'4\r\n{"a"\r\n5\r\n:1}\n{\r\n4\r\n}\n\nx\r\n0\r\n\r\n'
    assert list(receive(head + body).lines()) == [b'{"a":1}', b"{}", b"x"]


BAD: list[tuple[bytes, str]] = [
    (b"", "EOF"),
    (b"nonsense\r\n\r\n", "malformed HTTP response"),
    (b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n", "malformed MIME header"),
    (b"HTTP/1.1 200 OK\r\nA: b", "unexpected EOF"),
    (b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 300, "too many headers"),
    (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel", "unexpected EOF"),
    (b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n", 'bad Content-Length "many"'),
    (b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n", "body too large"),
    (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "malformed chunked encoding"),
    (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel", "unexpected EOF"),
]


@pytest.mark.parametrize(("answer", "message"), BAD)
def test_bad_answer(answer: bytes, message: str) -> None:
    with pytest.raises(ProtocolError, match=message):
        receive(answer).read()


@pytest.mark.parametrize("target", ["/a\r\nX: y", "/a\nb", "/a\x00", "/a\x7f"])
def test_a_target_is_one_line(target: str) -> None:
    wire = Wire(b"")
    with pytest.raises(ProtocolError, match="invalid control character in URL"):
        Connection(cast(socket.socket, wire)).send("GET", target, [], None)
    assert wire.sent == b""
