"""One request of the gateway and its answer, whichever HTTP it came by.

Rules: RFC 9110. An answer's body is sent as it comes; one that fails half-way is broken off, never ended.
"""

from __future__ import annotations

import time

from charthouse.logs import ERROR, LogRecord
from charthouse.rpc.call import HttpAnswer
from charthouse.rpc.outgoing import Gone
from charthouse.rpc.services import trouble

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from charthouse.logs import Log
    from charthouse.rpc.call import Gateway, HttpRequest

    Headers = tuple[tuple[str, str], ...]
    Begin = Callable[[int, Headers, "bytes | None"], None]

__all__ = ["NO_GATEWAY", "answer_head", "http_date", "perform", "reason_of"]

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_CONNECTION = frozenset(("connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade"))
_REASONS = {
    413: b"Request Entity Too Large", 414: b"Request URI Too Long", 416: b"Requested Range Not Satisfiable",
    422: b"Unprocessable Entity",
}  # fmt: skip
_TEXT = (("content-type", "text/plain; charset=utf-8"),)


def NO_GATEWAY(request: HttpRequest) -> HttpAnswer:
    """A server that speaks gRPC only."""
    return HttpAnswer(404, _TEXT, b"this server speaks gRPC\n")


def http_date(seconds: float) -> str:
    """RFC 9110 §5.6.7, independent of the locale."""
    t = time.gmtime(seconds)
    clock = f"{t.tm_hour:02}:{t.tm_min:02}:{t.tm_sec:02}"
    return f"{_DAYS[t.tm_wday]}, {t.tm_mday:02} {_MONTHS[t.tm_mon - 1]} {t.tm_year} {clock} GMT"


def answer_head(headers: Headers) -> list[tuple[bytes, bytes]]:
    """Headers as bytes, without those that are the connection's, with a date. Raises ValueError for unsendable ones."""
    made: list[tuple[bytes, bytes]] = []
    for name, value in headers:
        key = name.lower()
        if key in _CONNECTION:
            continue
        raw = value.strip().encode("latin-1")
        if not key.isascii() or not key.replace("-", "").replace("_", "").isalnum() or set(raw) & {0, 10, 13}:
            raise ValueError(f"the header {name!r} cannot be sent")
        made.append((key.encode("ascii"), raw))
    if not any(name == b"date" for name, _ in made):
        made.append((b"date", http_date(time.time()).encode("ascii")))
    return made


def reason_of(status: int) -> bytes:
    """The words behind a status of HTTP/1.1, as Go has them where Python's depend on its version."""
    from http import HTTPStatus

    if status in _REASONS:
        return _REASONS[status]
    return HTTPStatus(status).phrase.encode("ascii") if status in HTTPStatus._value2member_map_ else b""


def perform(
    gateway: Gateway, request: HttpRequest, begin: Begin, put: Callable[[bytes], None], log: Log
) -> bytes | None:
    """In a handler's thread: ask the gateway, hand on its answer. The last bytes of the body; None: break off.

    begin(status, headers, body): the head, before any byte; body: the whole of it when it is known already.
    """
    try:
        answer = gateway(request)
        headers = answer.headers
        answer_head(headers)
    except BaseException as error:
        log(LogRecord(ERROR, "a request failed", target=request.target[:200], error=trouble(error)))
        answer, headers = HttpAnswer(500, _TEXT, b"internal server error\n"), _TEXT
    bare = request.method == "HEAD" or answer.status in (204, 304)
    if isinstance(answer.body, bytes):
        if answer.status not in (204, 304) and not any(name.lower() == "content-length" for name, _ in headers):
            headers = (*headers, ("content-length", str(len(answer.body))))
        body = b"" if bare else answer.body
        begin(answer.status, headers, body)
        return body
    begin(answer.status, headers, None)
    return _pass_on(answer, bare, put, request, log)


def _pass_on(
    answer: HttpAnswer, bare: bool, put: Callable[[bytes], None], request: HttpRequest, log: Log
) -> bytes | None:
    """A streamed body; closed in the end whatever happens."""
    try:
        if not bare:
            for piece in answer.body:
                assert isinstance(piece, bytes)
                put(piece)
    except Gone:
        return None
    except BaseException as error:
        log(LogRecord(ERROR, "an answer broke off", target=request.target[:200], error=trouble(error)))
        return None
    finally:
        close = getattr(answer.body, "close", None)
        if close is not None:
            close()
    return b""
