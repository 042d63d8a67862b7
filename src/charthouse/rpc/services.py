"""The methods a server has, and how one call is made: layers, handler, and what its errors are to the caller.

Texts: grpc-go v1.82.1 ``server.go`` (``handleStream``, ``processUnaryRPC``). Differs: an exception of a handler ends
its call, not the process.
"""

from __future__ import annotations

from charthouse.errors import CharthouseError
from charthouse.logs import ERROR, LogRecord
from charthouse.records import Record
from charthouse.rpc.framing import frame
from charthouse.rpc.metadata import path_parts
from charthouse.rpc.outgoing import Gone
from charthouse.rpc.status import Code, RpcError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import Any

    from charthouse.logs import Log
    from charthouse.rpc.call import Call, Handler, Layer, Method

__all__ = ["Ending", "Services", "trouble"]


class Ending(Record):
    """How a call ends."""

    code: int = 0
    message: str = ""
    details: bytes = b""
    trailers: tuple[tuple[str, str], ...] = ()


def ending_of(error: RpcError) -> Ending:
    """The same, of an error."""
    return Ending(int(error.code), error.message, error.details)


def trouble(error: BaseException) -> str:
    """An exception for the log: what, and where it was raised."""
    where, trace = "", error.__traceback__
    while trace is not None:
        where, trace = f" ({trace.tb_frame.f_code.co_filename}:{trace.tb_lineno})", trace.tb_next
    return f"{type(error).__name__}: {error}{where}"


class Services:
    """Raises ValueError for two methods at one path."""

    def __init__(self, methods: Iterable[Method], layers: Sequence[Layer], send_limit: int, log: Log) -> None:
        self._log = log
        self._limit = send_limit
        self._methods: dict[str, tuple[Method, Handler]] = {}
        for method in methods:
            if method.path in self._methods:
                raise ValueError(f"two methods at {method.path}")
            self._methods[method.path] = method, _layered(_reading(method), layers)
        self._services = {path_parts(path)[0] for path in self._methods}

    def find(self, path: str) -> Method:
        """Raises RpcError."""
        found = self._methods.get(path)
        if found is not None:
            return found[0]
        service, name = path_parts(path)
        if service in self._services:
            raise RpcError(Code.UNIMPLEMENTED, f"unknown method {name} for service {service}")
        raise RpcError(Code.UNIMPLEMENTED, f"unknown service {service}")

    def perform(self, method: Method, data: bytes, call: Call, put: Callable[[bytes], None]) -> tuple[bytes, Ending]:
        """In a handler's thread: the last bytes of the answer and how it ends. put: sends what comes before them."""
        last = b""
        try:
            call.check()
            answer = self._methods[method.path][1](data, call)
            if method.streams:
                self._stream(method, answer, put)
            else:
                last = frame(method.response(answer), self._limit)
            ending = Ending()
        except Gone:
            ending = Ending(int(Code.CANCELLED), "the caller has gone")
        except BaseException as error:
            last, ending = b"", self._failure(error, call)
        return last, Ending(ending.code, ending.message, ending.details, tuple(call.trailers.items()))

    def _stream(self, method: Method, answers: Any, put: Callable[[bytes], None]) -> None:
        try:
            for answer in answers:
                put(frame(method.response(answer), self._limit))
        finally:
            close = getattr(answers, "close", None)
            if close is not None:
                close()

    def _failure(self, error: BaseException, call: Call) -> Ending:
        if isinstance(error, RpcError):
            return ending_of(error)
        if isinstance(error, CharthouseError):
            return Ending(int(Code.UNKNOWN), error.message)
        self._log(LogRecord(ERROR, "a call failed", method=call.method, error=trouble(error)))
        return Ending(int(Code.INTERNAL), "internal error")


def _reading(method: Method) -> Handler:
    """The handler, given bytes: nothing is made of them before every layer has let the call through."""
    return lambda data, call: method.handler(_decoded(method, data), call)


def _decoded(method: Method, data: bytes) -> Any:
    try:
        return method.request(data)
    except Exception as error:  # whatever the message library raises: the bytes are no such message
        raise RpcError(Code.INTERNAL, f"grpc: error unmarshalling request: {error}") from error


def _layered(handler: Handler, layers: Sequence[Layer]) -> Handler:
    for layer in reversed(layers):
        handler = _around(layer, handler)
    return handler


def _around(layer: Layer, inner: Handler) -> Handler:
    return lambda request, call: layer(request, call, inner)
