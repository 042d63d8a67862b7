"""gRPC over HTTP/1.1, for clients behind proxies that speak nothing newer: the API server's, among others.

Source: grpc/doc/PROTOCOL-WEB.md, the binary form: messages framed as in gRPC, trailers in a last frame whose first bit
is set. Same paths, messages and errors as gRPC.
"""

from __future__ import annotations

from charthouse.rpc.call import HttpAnswer
from charthouse.rpc.metadata import trailers
from charthouse.rpc.status import Code, RpcError
from charthouse.tiller.gateway.streaming import Body

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from charthouse.rpc.call import Call, HttpRequest, Method
    from charthouse.tiller.gateway.running import Runner

__all__ = ["CONTENT_TYPE", "answer", "frames", "is_grpc_web"]

CONTENT_TYPE = "application/grpc-web+proto"
_TRAILERS = 0x80
_HEADERS = (("content-type", CONTENT_TYPE), ("cache-control", "no-store"))


def is_grpc_web(request: HttpRequest) -> bool:
    """Whether a request is a call in this form."""
    kind = request.header("content-type").partition(";")[0].strip().lower()
    return kind in (CONTENT_TYPE, "application/grpc-web")


def answer(request: HttpRequest, method: Method, runner: Runner) -> HttpAnswer:
    """Perform the call. How it ended is in the last frame; the HTTP code is always 200."""
    call = runner.call(method.path, request)
    if not method.streams:
        return HttpAnswer(200, _HEADERS, b"".join(_pieces(request.body, method, call, runner)))
    body = Body(lambda: _pieces(request.body, method, call, runner), call, silence=b"")
    return HttpAnswer(200, _HEADERS, body)


def frames(data: bytes) -> tuple[list[tuple[int, bytes]], bytes]:
    """The whole frames at the beginning of `data`, (flags, content) each, and what is left."""
    found: list[tuple[int, bytes]] = []
    at = 0
    while len(data) - at >= 5:
        size = int.from_bytes(data[at + 1 : at + 5], "big")
        if len(data) - at - 5 < size:
            break
        found.append((data[at], data[at + 5 : at + 5 + size]))
        at += 5 + size
    return found, data[at:]


def _pieces(body: bytes, method: Method, call: Call, runner: Runner) -> Iterator[bytes]:
    error = RpcError(Code.OK, "")
    try:
        found = runner.run(lambda: _message(body, method), call)
        for message in found if method.streams else (found,):
            yield _frame(0, method.response(message))
    except Exception as failed:
        error = runner.told(failed, call)
    lines = trailers(int(error.code), error.message, error.details, call.trailers)
    yield _frame(_TRAILERS, b"".join(name + b": " + value + b"\r\n" for name, value in lines))


def _message(body: bytes, method: Method) -> object:
    found, rest = frames(body)
    if len(found) != 1 or rest or found[0][0] != 0:
        raise RpcError(Code.INTERNAL, "the body is not one uncompressed message")
    try:
        return method.request(found[0][1])
    except Exception as error:  # whatever the message library raises: the bytes are no such message
        raise RpcError(Code.INTERNAL, f"grpc: error unmarshalling request: {error}") from error


def _frame(flags: int, data: bytes) -> bytes:
    return bytes((flags,)) + len(data).to_bytes(4, "big") + data
