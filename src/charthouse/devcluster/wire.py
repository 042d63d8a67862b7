"""HTTP/1.1 over threads: one thread a connection, keep-alive, chunked streams. Knows nothing of Kubernetes.

The standard library's ``http.server`` is not used: importing it costs more than this server's whole start, and it has
no chunked answers.
"""

from __future__ import annotations

import contextlib
import json
import select
import socket
import threading
from io import BufferedReader
from urllib.parse import parse_qsl, unquote

from charthouse.errors import CharthouseError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from ssl import SSLContext
    from typing import Any

    from charthouse.devcluster.identity import User

__all__ = ["HttpServer", "Request", "Response", "WireError"]

MAX_HEAD_LINE = 64 * 1024
MAX_HEADERS = 200
HANDSHAKE_SECONDS = 10
MAX_BODY = 16 * 1024 * 1024
PHRASES = {
    101: "Switching Protocols", 200: "OK", 201: "Created", 202: "Accepted", 400: "Bad Request", 401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found", 405: "Method Not Allowed", 406: "Not Acceptable", 409: "Conflict", 410: "Gone",
    413: "Request Entity Too Large", 415: "Unsupported Media Type", 422: "Unprocessable Entity",
    429: "Too Many Requests", 500: "Internal Server Error", 503: "Service Unavailable",
}  # fmt: skip


class WireError(CharthouseError):
    """A request that is not HTTP/1.1 as we read it, or one over the limits."""


class Request:
    """One request. headers have lower-case names, pairs keeps repeated ones; query keeps the last value of a name.

    target: path and query as they were sent. peer: the client's certificate as ssl tells it, None without one. by: who
    sent it, acting: whose rights count, once that is known. warnings: texts the answer carries in Warning headers,
    good or bad.
    """

    __slots__ = ("acting", "body", "by", "connection", "headers", "method", "pairs", "path", "peer", "query",
                 "raw_query", "target", "warnings")  # fmt: skip

    def __init__(
        self, method: str, target: str, headers: dict[str, str], body: bytes,
        pairs: list[tuple[str, str]] | None = None,
    ) -> None:  # fmt: skip
        path, _, query = target.partition("?")
        self.method = method
        self.target = target
        self.path = unquote(path)
        self.raw_query = query
        self.query = dict(parse_qsl(query, keep_blank_values=True))
        self.headers = headers
        self.body = body
        self.pairs = list(headers.items()) if pairs is None else pairs
        self.connection: socket.socket | None = None
        self.peer: dict[str, Any] | None = None
        self.by: User | None = None
        self.acting: User | None = None
        self.warnings: list[str] = []

    def header(self, name: str) -> str:
        return self.headers.get(name, "")

    def values(self, name: str) -> list[str]:
        """Every value of a header that may be repeated."""
        return [value for key, value in self.pairs if key == name]


class Response:
    """An answer: a body, or a stream of chunks. headers: (name, value) pairs beside type and length.

    upgrade: for status 101 (or 0: no head is sent): called with the socket; the connection ends when it returns.
    """

    __slots__ = ("body", "content_type", "headers", "status", "stream", "upgrade")

    def __init__(
        self,
        status: int,
        body: bytes = b"",
        content_type: str = "application/json",
        *,
        headers: list[tuple[str, str]] | None = None,
        stream: Iterator[bytes] | None = None,
        upgrade: Callable[[socket.socket], None] | None = None,
    ) -> None:
        self.status = status
        self.body = body
        self.content_type = content_type
        self.headers = headers or []
        self.stream = stream
        self.upgrade = upgrade

    @classmethod
    def json(cls, value: Any, status: int = 200, *, headers: list[tuple[str, str]] | None = None) -> Response:
        return cls(
            status, json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode() + b"\n", headers=headers
        )


class HttpServer:
    """Listens at once; `serve` starts the thread that accepts. handler: Request → Response; it must not raise."""

    def __init__(
        self, host: str, port: int, handler: Callable[[Request], Response], tls: SSLContext | None = None
    ) -> None:
        self.handler = handler
        self.tls = tls
        self.listener = socket.create_server((host, port), backlog=256, reuse_port=False)
        self.host, self.port = self.listener.getsockname()[:2]
        self.connections: set[socket.socket] = set()
        self.lock = threading.Lock()
        self.closed = False

    def serve(self) -> None:
        threading.Thread(target=self._accept, name="devcluster-accept", daemon=True).start()

    def stop(self) -> None:
        """Close the listener and every connection."""
        self.closed = True
        with contextlib.suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        with self.lock:
            open_now = list(self.connections)
        for connection in open_now:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def _accept(self) -> None:
        while not self.closed:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return  # the listener was closed
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self.lock:
                self.connections.add(connection)
            threading.Thread(target=self._converse, args=(connection,), name="devcluster-http", daemon=True).start()

    def _converse(self, connection: socket.socket) -> None:
        plain = connection
        try:
            if self.tls is not None:
                connection.settimeout(HANDSHAKE_SECONDS)
                connection = self.tls.wrap_socket(connection, server_side=True)
                connection.settimeout(None)
        except OSError:  # no TLS, or a client that does not trust us
            with self.lock:
                self.connections.discard(plain)
            plain.close()
            return
        with self.lock:
            self.connections.discard(plain)
            self.connections.add(connection)
        reader = BufferedReader(connection.makefile("rb", buffering=0), 64 * 1024)
        peer = peer_certificate(connection)
        try:
            while not self.closed:
                request = read_request(reader, connection)
                if request is None:
                    return
                request.connection = connection
                request.peer = peer
                keep = request.header("connection").lower() != "close"
                if not send(connection, request, self.handler(request), keep=keep) or not keep:
                    return
        except WireError as error:
            with contextlib.suppress(OSError):
                body = error.message.encode()
                connection.sendall(head(400, [("Content-Length", str(len(body))), ("Connection", "close")]) + body)
        except OSError:
            return  # the client went away
        finally:
            with self.lock:
                self.connections.discard(connection)
            reader.close()
            connection.close()


def peer_certificate(connection: socket.socket) -> dict[str, Any] | None:
    """The client's certificate on a TLS connection (verified against the CAs of the context), with its digest; None
    without one."""
    ask = getattr(connection, "getpeercert", None)
    found = ask() if ask is not None else None
    if ask is None or not found:
        return None
    import hashlib

    return {**found, "sha256": hashlib.sha256(ask(binary_form=True)).hexdigest()}


def read_request(reader: BufferedReader[Any], connection: socket.socket) -> Request | None:
    """The next request on a connection, None at its end. Raises WireError."""
    line = reader.readline(MAX_HEAD_LINE)
    while line in (b"\r\n", b"\n"):
        line = reader.readline(MAX_HEAD_LINE)
    if not line:
        return None
    parts = line.decode("latin-1").split()
    if len(parts) != 3 or not parts[2].startswith("HTTP/1."):
        raise WireError("malformed request line")
    headers: dict[str, str] = {}
    pairs: list[tuple[str, str]] = []
    for _ in range(MAX_HEADERS):
        line = reader.readline(MAX_HEAD_LINE)
        if line in (b"\r\n", b"\n", b""):
            break
        name, colon, value = line.decode("utf-8", "replace").partition(":")  # as text, it is UTF-8 to Go as well
        if not colon:
            raise WireError("malformed header")
        name, value = name.strip().lower(), value.strip()
        pairs.append((name, value))
        headers[name] = value
    else:
        raise WireError("too many headers")
    if headers.get("expect", "").lower() == "100-continue":
        connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
    return Request(parts[0], parts[1], headers, read_body(reader, headers), pairs)


def read_body(reader: BufferedReader[Any], headers: dict[str, str]) -> bytes:
    if headers.get("transfer-encoding", "").lower() == "chunked":
        out = bytearray()
        while True:
            size = int(reader.readline(MAX_HEAD_LINE).split(b";")[0] or b"0", 16)
            if len(out) + size > MAX_BODY:
                raise WireError("request body too large")
            out += reader.read(size)
            reader.readline(MAX_HEAD_LINE)
            if size == 0:
                return bytes(out)
    length = headers.get("content-length", "0")
    if not length.isdigit() or int(length) > MAX_BODY:
        raise WireError("request body too large")
    return reader.read(int(length))


def head(status: int, headers: list[tuple[str, str]]) -> bytes:
    lines = [f"HTTP/1.1 {status} {PHRASES.get(status, 'Status')}"]
    lines += [f"{name}: {value}" for name, value in headers]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("utf-8", "replace")


def send(connection: socket.socket, request: Request, response: Response, *, keep: bool) -> bool:
    """Write the answer; False when the connection must be closed."""
    if response.upgrade is not None:
        if response.status:  # 0: the other side says it itself
            connection.sendall(head(response.status, response.headers))
        response.upgrade(connection)
        return False
    headers = [("Content-Type", response.content_type), ("Cache-Control", "no-cache, private"), *response.headers]
    if not keep:
        headers.append(("Connection", "close"))
    if response.stream is None:
        headers.append(("Content-Length", str(len(response.body))))
        body = b"" if request.method == "HEAD" else response.body
        connection.sendall(head(response.status, headers) + body)
        return True
    headers.append(("Transfer-Encoding", "chunked"))
    connection.sendall(head(response.status, headers))
    with contextlib.closing(response.stream) as stream:  # type: ignore[type-var]  # generators have close
        for chunk in stream:
            if chunk:
                connection.sendall(b"%x\r\n%b\r\n" % (len(chunk), chunk))
            elif is_gone(connection):
                return False
    connection.sendall(b"0\r\n\r\n")
    return True


def is_gone(connection: socket.socket) -> bool:
    """True when the other side closed its half (while a stream runs, a client has nothing else to say over TLS)."""
    poll = select.poll()
    poll.register(connection, select.POLLIN)
    if not poll.poll(0):
        return False
    return type(connection) is not socket.socket or connection.recv(1, socket.MSG_PEEK) == b""
