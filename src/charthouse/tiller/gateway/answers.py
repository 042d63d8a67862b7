"""What a handler returns, as the caller wants it: one JSON object, lines of JSON, or server-sent events.

A stream asked for as plain JSON is collected: an operation to its result (or, with `wait=false`, to its id), a list in
pieces to one list. Errors that come before anything was sent have their HTTP code; later ones are the last line.
"""

from __future__ import annotations

import itertools

from charthouse.rpc.call import HttpAnswer
from charthouse.rpc.status import Code, RpcError
from charthouse.tiller.gateway.statuses import JSON, failed, status_of, status_text
from charthouse.tiller.gateway.streaming import Body
from charthouse.tiller.v1 import messages

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import Any

    from charthouse.rpc.call import Call, HttpRequest
    from charthouse.tiller.gateway.running import Runner

    Headers = tuple[tuple[str, str], ...]

__all__ = ["form_of", "streamed", "unary"]

_NDJSON, _EVENTS = "application/x-ndjson", "text/event-stream"
_TYPES = {_NDJSON: _NDJSON, _EVENTS: "text/event-stream; charset=utf-8"}
_WARNINGS, _WARNING = 10, 400  # how many headers, of how many characters
OPERATION = "x-charthouse-operation"


def form_of(request: HttpRequest, *, endless: bool) -> str:
    """The media type of the answer. endless: of what has no end to collect."""
    accepted = request.header("accept").lower()
    for kind in (_EVENTS, _NDJSON):
        if kind in accepted:
            return kind
    return _NDJSON if endless else JSON[1]


def unary(message: Any) -> HttpAnswer:
    """One message as JSON."""
    return HttpAnswer(200, (JSON,), status_text(_json(message)))


def streamed(answers: Iterable[Any], call: Call, runner: Runner, *, form: str, wait: Callable[[], bool]) -> HttpAnswer:
    """The messages of a stream in the form asked for. wait: whether to, known once there is a first answer (layers may
    begin a call when its answers are asked for)."""
    found = iter(answers)
    try:
        first = next(found, None)
    except Exception as error:
        return failed(runner.told(error, call))
    if form == JSON[1]:
        return _collected(first, found, call, runner, wait())
    rest = itertools.chain(() if first is None else (first,), found)
    headers: list[tuple[str, str]] = [("content-type", _TYPES[form]), ("cache-control", "no-store")]
    if isinstance(first, messages.Event):
        headers.append((OPERATION, first.started.operation))
    pieces = _events if form == _EVENTS else _lines
    silence = b": \n\n" if form == _EVENTS else b"\n"
    return HttpAnswer(200, tuple(headers), Body(lambda: pieces(rest, call, runner), call, silence=silence))


def _lines(found: Iterator[Any], call: Call, runner: Runner) -> Iterator[bytes]:
    for _, _, data in _told(found, call, runner):
        yield data


def _events(found: Iterator[Any], call: Call, runner: Runner) -> Iterator[bytes]:
    for number, kind, data in _told(found, call, runner):
        place = b"id: %d\n" % number if number else b""
        yield place + b"event: " + kind.encode("ascii") + b"\ndata: " + data + b"\n"


def _told(found: Iterator[Any], call: Call, runner: Runner) -> Iterator[tuple[int, str, bytes]]:
    """(number, kind, line) of each message; an error that no message has told is one of kind `error`."""
    ended = False
    try:
        for message in found:
            number, kind = 0, "message"
            if isinstance(message, messages.Event):
                number, kind = message.number, message.WhichOneof("what") or "message"
                ended = kind == "failed"
            yield number, kind, status_text(_json(message))
    except Exception as error:
        told = runner.told(error, call)
        if not ended and told.code != Code.CANCELLED:
            yield 0, "error", status_text({"error": status_of(told)[1]})


def _collected(first: Any, rest: Iterator[Any], call: Call, runner: Runner, wait: bool) -> HttpAnswer:
    try:
        if isinstance(first, messages.Event):
            return _outcome(first, rest, wait)
        merged = type(first)()
        merged.MergeFrom(first)
        for message in rest:
            merged.MergeFrom(message)
        return unary(merged)
    except Exception as error:
        answer = failed(runner.told(error, call))
        if not isinstance(first, messages.Event):
            return answer
        return HttpAnswer(answer.status, (*answer.headers, (OPERATION, first.started.operation)), answer.body)
    finally:
        call.cancel()


def _outcome(first: messages.Event, rest: Iterator[messages.Event], wait: bool) -> HttpAnswer:
    """The result of an operation, what it warned of in headers; or the operation, when nobody waits."""
    started = first.started
    headers: list[tuple[str, str]] = [JSON, (OPERATION, started.operation)]
    if not wait:
        out = messages.OperationResponse()
        out.operation.id, out.operation.verb = started.operation, started.verb
        out.operation.namespace, out.operation.name = started.namespace, started.name
        out.operation.state = "running"
        return HttpAnswer(202, tuple(headers), status_text(_json(out)))
    said: list[str] = []
    for event in rest:
        kind = event.WhichOneof("what")
        if kind == "log" and event.log.level in ("WARN", "ERROR"):
            said.append(event.log.message)
        elif kind == "hint":
            said.append(event.hint)
        elif kind == "result":
            headers += [("warning", _warning(text)) for text in said[:_WARNINGS]]
            return HttpAnswer(200, tuple(headers), status_text(_json(event.result)))
    raise RpcError(Code.INTERNAL, "internal error")


def _warning(text: str) -> str:
    """A Warning header (RFC 7234 §5.5), as Kubernetes sends them."""
    cut = text[:_WARNING].encode("ascii", "replace").decode("ascii")
    clean = "".join(letter if " " <= letter <= "~" else " " for letter in cut)
    return '299 - "' + clean.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _json(message: Any) -> Any:
    from google.protobuf import json_format

    return json_format.MessageToDict(message)
