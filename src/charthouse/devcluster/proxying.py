"""Requests handed on to a process: what `services/NAME/proxy`, `pods/NAME/proxy` and aggregated APIs share.

Rules: apimachinery/pkg/util/proxy/{upgradeaware,transport}.go v0.37.2 with Go's httputil.ReverseProxy: HTTP/1.1, hop by
hop headers stay here, who asked is not passed on (Authorization and impersonation are dropped), X-Forwarded headers are
added. Differs: links in HTML answers are not rewritten.
"""

from __future__ import annotations

import socket
import threading
from contextlib import suppress

from charthouse.devcluster.forwarding import unavailable
from charthouse.devcluster.wire import Response
from charthouse.web.duplex import Duplex

TYPE_CHECKING = False
if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterator
    from http.client import HTTPResponse

    from charthouse.devcluster.wire import Request

__all__ = ["Destination", "forward", "forwarded_headers", "proxy_path", "pump"]

HOP_BY_HOP = {
    "connection", "proxy-connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "te", "trailer",
    "transfer-encoding", "upgrade",
}  # fmt: skip
DROPPED = {"authorization", "content-length", "host", "expect"}
DROPPED_PREFIXES = ("impersonate-", "x-remote-")
CHUNK = 64 * 1024
DIAL_SECONDS = 30.0
ANSWER_SECONDS = 600.0


class Destination:
    """Where a request goes. context: TLS to there, None for plain; server_name: whose certificate is expected."""

    __slots__ = ("address", "context", "server_name")

    def __init__(
        self, address: tuple[str, int], *, context: ssl.SSLContext | None = None, server_name: str = ""
    ) -> None:
        self.address = address
        self.context = context
        self.server_name = server_name

    def connect(self) -> socket.socket:
        """Raises OSError (ssl.SSLError included)."""
        sock = socket.create_connection(self.address, DIAL_SECONDS)
        if self.context is None:
            return sock
        try:
            return self.context.wrap_socket(sock, server_hostname=self.server_name or None)
        except OSError:
            sock.close()
            raise


def forward(request: Request, target: str, where: Destination, extra: list[tuple[str, str]]) -> Response:
    """The answer of the process. target: path and query there; extra: headers added. Raises ApiFailure (503)."""
    headers = [*_passed_on(request), *extra]
    try:
        sock = where.connect()
    except OSError as error:
        host, port = where.address
        why = (error.strerror or str(error)).lower()
        raise unavailable(f"error trying to reach service: dial tcp {host}:{port}: connect: {why}") from error
    if "upgrade" in request.header("connection").lower():
        return _upgraded(request, target, headers, sock)
    return _exchanged(request, target, headers, sock)


def proxy_path(request: Request) -> str:
    """What follows `/proxy` in the path of a request for pods or services, as it was sent ("" when nothing does)."""
    parts = request.target.partition("?")[0].split("/")
    return "/" + "/".join(parts[8:]) if len(parts) > 8 else ""


def forwarded_headers(request: Request) -> list[tuple[str, str]]:
    """Where the client thinks it is."""
    return [("X-Forwarded-Uri", request.target.partition("?")[0])]


def _passed_on(request: Request) -> list[tuple[str, str]]:
    named = {one.strip().lower() for one in request.header("connection").split(",")}
    out = [
        (name, value)
        for name, value in request.pairs
        if name not in HOP_BY_HOP and name not in DROPPED and name not in named
        and not name.startswith(DROPPED_PREFIXES)
    ]  # fmt: skip
    peer = request.connection.getpeername()[0] if request.connection is not None else ""
    before = request.header("x-forwarded-for")
    out = [pair for pair in out if pair[0] != "x-forwarded-for"]
    return [*out, ("X-Forwarded-For", f"{before}, {peer}" if before else str(peer))]


def _exchanged(request: Request, target: str, headers: list[tuple[str, str]], sock: socket.socket) -> Response:
    from http.client import HTTPConnection, HTTPException

    connection = HTTPConnection("localhost", timeout=ANSWER_SECONDS)
    sock.settimeout(ANSWER_SECONDS)
    connection.sock = sock
    try:
        connection.putrequest(request.method, target, skip_host=True, skip_accept_encoding=True)
        connection.putheader("Host", request.header("host"))
        for name, value in headers:
            connection.putheader(name, value.encode())
        if request.body or request.method in ("POST", "PUT", "PATCH"):
            connection.putheader("Content-Length", str(len(request.body)))
        connection.endheaders(request.body or None)
        answer = connection.getresponse()
    except (HTTPException, OSError, ValueError) as error:
        sock.close()
        raise unavailable(f"error trying to reach service: {error or 'EOF'}") from error
    kind = answer.headers.get("Content-Type", "")
    kept = [
        (name, value) for name, value in answer.headers.items()
        if name.lower() not in HOP_BY_HOP and name.lower() not in ("content-length", "content-type")
    ]  # fmt: skip
    if request.method == "HEAD" or answer.status in (204, 304):
        connection.close()
        return Response(answer.status, b"", kind, headers=kept)
    return Response(answer.status, b"", kind, headers=kept, stream=_chunks(answer, sock))


def _chunks(answer: HTTPResponse, sock: socket.socket) -> Iterator[bytes]:
    try:
        while data := answer.read1(CHUNK):
            yield data
    finally:
        answer.close()
        sock.close()


def _upgraded(request: Request, target: str, headers: list[tuple[str, str]], sock: socket.socket) -> Response:
    """Another protocol from here on: bytes both ways, whatever the process answers first."""
    lines = [("Host", request.header("host")), *headers, ("Connection", "Upgrade"),
             ("Upgrade", request.header("upgrade"))]  # fmt: skip
    first = f"{request.method} {target} HTTP/1.1\r\n" + "".join(f"{n}: {v}\r\n" for n, v in lines) + "\r\n"

    def run(client: socket.socket) -> None:
        sock.sendall(first.encode())
        sock.settimeout(None)
        pump(Duplex(client), Duplex(sock))
        sock.close()

    return Response(0, upgrade=run)


def pump(left: Duplex, right: Duplex) -> None:
    """Carry bytes both ways until either side ends."""

    def carry(source: Duplex, sink: Duplex) -> None:
        with suppress(OSError):
            # one side is gone: both are ended below
            while data := source.recv(CHUNK):
                sink.sendall(data)
        left.close()
        right.close()

    thread = threading.Thread(target=carry, args=(left, right), daemon=True)
    thread.start()
    carry(right, left)
    thread.join()
