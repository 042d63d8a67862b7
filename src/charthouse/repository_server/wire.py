"""HTTP/1.1 over one connection: requests in, answers out, each within its time.

The protocol is h11's (what is a request, how long is its body, may the connection go on); here are the clock and the
limits, which no server of Python's package index has in this form: a head must be there within the read time-out
however it trickles in, a body or an answer within the time-out and one second more for each 64 KiB that moved, and
nothing may stand still for longer than the time-out. So a client that sends or reads a byte a second holds a connection
for that long and no longer.
"""

from __future__ import annotations

import time

from charthouse.records import Record
from charthouse.repository_server.errors import Refused, StorageError
from charthouse.repository_server.requests import Request, failure
from charthouse.repository_server.validators import http_date

TYPE_CHECKING = False
if TYPE_CHECKING:
    import socket
    from collections.abc import Callable
    from typing import Any

    from charthouse.repository_server.requests import Answer
    from charthouse.repository_server.site import Site

__all__ = ["Conversation", "Pace"]

_RATE = 64 * 1024
_PIECE = 64 * 1024
_HEAD = 32 * 1024
_LINGER = 1.0  # seconds a client may take to read a refusal sent while it was sending


class Pace(Record):
    """Seconds: read, write as described above; idle: between two requests of a connection."""

    read: float = 30.0
    write: float = 30.0
    idle: float = 60.0


class _Gone(Exception):
    """The connection is of no more use: closed, too slow, or broken."""


class Conversation:
    """One connection. socket: connected, TLS done; client: its address; bodies: a context manager that lets a few
    bodies in at a time; told: called with request (None for what was none), answer, bytes sent and seconds.

    idle is true while it waits for a request; `stop` has it end after the answer it is at.
    """

    def __init__(
        self, connection: socket.socket, site: Site, *, client: str, secure: bool, pace: Pace, bodies: Any,
        told: Callable[[Request | None, int, int, float], None],
    ) -> None:  # fmt: skip
        import h11

        self.idle = True
        self._socket = connection
        self._site = site
        self._client = client
        self._secure = secure
        self._pace = pace
        self._bodies = bodies
        self._told = told
        self._stopping = False
        self._protocol = h11.Connection(h11.SERVER, max_incomplete_event_size=_HEAD)

    def run(self) -> None:
        """Until the client goes, is too slow, or is told to."""
        import h11

        try:
            while self._turn():
                if self._protocol.our_state is h11.MUST_CLOSE or self._stopping:
                    return
                self._protocol.start_next_cycle()
        except (_Gone, OSError):
            return

    def stop(self) -> None:
        """End after the answer that is being made; at once when there is none."""
        import socket

        self._stopping = True
        if self.idle:
            try:
                self._socket.shutdown(socket.SHUT_RDWR)
            except OSError:
                return  # it has gone already

    def _turn(self) -> bool:
        """One request and its answer; False when there was none."""
        import h11

        self.idle = not self._protocol.trailing_data[0]
        try:
            event = self._next(time.monotonic() + self._pace.idle, first=True)
            if not isinstance(event, h11.Request):
                return False
            self.idle = False
            self._serve(event)
        except h11.RemoteProtocolError as error:
            self._refuse(Refused(error.error_status_hint, "bad request"))
            return False
        return True

    def _serve(self, event: Any) -> None:
        import h11

        begun = time.monotonic()
        request = self._request(event)
        if not _has_body(request):
            self._next(begun)  # its end, which is there already, so that the connection can go on
        try:
            answer = self._answer(request)
        except (_Gone, OSError, h11.RemoteProtocolError):
            raise
        except Exception:
            self._refuse(Refused(500, "internal server error"), request)
            raise  # to be logged
        sent = self._send(request, answer)
        self._told(request, answer.status, sent, time.monotonic() - begun)

    def _answer(self, request: Request) -> Answer:
        refused = self._site.gate(request)
        if refused is not None:
            return refused
        if not _has_body(request):
            return self._site.answer(request)
        with self._bodies:
            return self._site.answer(self._with_body(request, time.monotonic()))

    def _request(self, event: Any) -> Request:
        from urllib.parse import parse_qsl, unquote

        headers: dict[str, str] = {}
        for name, value in event.headers:
            key, text = name.decode("ascii"), value.decode("latin-1")
            headers[key] = f"{headers[key]}, {text}" if key in headers else text
        path, _, query = event.target.decode("ascii").partition("?")
        if path.startswith(("http://", "https://")):  # the absolute form, as to a proxy
            path = "/" + path.partition("://")[2].partition("/")[2]
        return Request(
            event.method.decode("ascii"), unquote(path, errors="surrogateescape"),
            dict(parse_qsl(query, keep_blank_values=True, max_num_fields=50)) if query.count("&") < 50 else {},
            headers, b"", self._client, self._secure,
        )  # fmt: skip

    def _with_body(self, request: Request, begun: float) -> Request:
        """The request with its body. Raises _Gone when the body does not come, or is too large (after saying so)."""
        import h11

        from charthouse.records import replace

        if self._protocol.they_are_waiting_for_100_continue:
            self._write(self._protocol.send(h11.InformationalResponse(status_code=100, headers=[])), begun)
        parts: list[bytes] = []
        size = 0
        while True:
            event = self._next(min(begun + size / _RATE, time.monotonic()) + self._pace.read)
            if isinstance(event, h11.EndOfMessage):
                return replace(request, body=b"".join(parts))
            if not isinstance(event, h11.Data):
                raise _Gone
            size += len(event.data)
            if size > self._site.largest:
                self._refuse(Refused(413, "request too large"), request)
                raise _Gone
            parts.append(bytes(event.data))

    def _next(self, until: float, *, first: bool = False) -> Any:
        """The next event. first: of a request, whose head has the read time-out once its first byte is there."""
        import h11

        while True:
            event = self._protocol.next_event()
            if event is not h11.NEED_DATA:
                return event
            if first and self._protocol.trailing_data[0]:
                first, until = False, time.monotonic() + self._pace.read
            self._protocol.receive_data(self._read(until))

    def _read(self, until: float) -> bytes:
        left = until - time.monotonic()
        if left <= 0:
            raise _Gone
        self._socket.settimeout(left)
        try:
            return self._socket.recv(_PIECE)
        except TimeoutError:
            raise _Gone from None

    def _write(self, data: bytes | None, begun: float, sent: int = 0) -> None:
        """Send all of `data`. begun: when the answer began; sent: bytes of it that have gone."""
        view = memoryview(data or b"")
        while view:
            left = begun + self._pace.write + sent / _RATE - time.monotonic()
            if left <= 0:
                raise _Gone
            self._socket.settimeout(min(left, self._pace.write))
            try:
                count = self._socket.send(view[:_PIECE])
            except TimeoutError:
                raise _Gone from None
            sent += count
            view = view[count:]

    def _send(self, request: Request, answer: Answer) -> int:
        """Send an answer; how many bytes of body went."""
        from http import HTTPStatus

        import h11

        begun = time.monotonic()
        length = answer.length if answer.stream is not None else len(answer.body)
        headers = [*answer.headers, ("Date", http_date(int(time.time())))]
        if answer.status != 304:
            headers.append(("Content-Length", str(length)))
        if self._stopping or self._protocol.their_state not in (h11.DONE, h11.IDLE, h11.MUST_CLOSE):
            headers.append(("Connection", "close"))  # also when a body was not read
        sent = 0
        try:
            reason = HTTPStatus(answer.status).phrase.encode()  # Helm shows people the phrase
            head = h11.Response(
                status_code=answer.status,
                reason=reason,
                headers=[(n.encode("ascii"), v.encode("utf-8")) for n, v in headers],
            )
            self._write(self._protocol.send(head), begun)
            if request.method != "HEAD" and answer.status != 304:
                for piece in answer.stream() if answer.stream is not None else (answer.body,):
                    self._write(self._protocol.send(h11.Data(data=piece)), begun, sent)
                    sent += len(piece)
            self._write(self._protocol.send(h11.EndOfMessage()), begun, sent)
        except StorageError:
            raise _Gone from None  # the head has gone: all that can be done is to break off
        finally:
            if answer.close is not None:
                answer.close()
        if self._protocol.our_state is h11.MUST_CLOSE:
            self._linger()
        return sent

    def _refuse(self, error: Refused, request: Request | None = None) -> None:
        """Say what is wrong, when that can still be said, and close."""
        import h11

        if self._protocol.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            answer = failure(error.status, error.message, headers=(("Connection", "close"),))
            self._told(request, error.status, 0, 0.0)
            self._send(request or Request("GET", "", {}, {}), answer)

    def _linger(self) -> None:
        """Read on for a moment what a client still sends, so that it reads the answer instead of a reset."""
        import socket

        self._socket.shutdown(socket.SHUT_WR)
        until = time.monotonic() + _LINGER
        left = 64 << 20
        while left > 0:
            data = self._read(until)
            if not data:
                return
            left -= len(data)


def _has_body(request: Request) -> bool:
    return request.header("content-length") not in ("", "0") or "transfer-encoding" in request.headers
