"""One call of a method for an HTTP request: the same layers and handlers that gRPC calls go through."""

from __future__ import annotations

from charthouse.errors import CharthouseError
from charthouse.logs import ERROR, LogRecord, silent
from charthouse.rpc.call import Call
from charthouse.rpc.services import trouble
from charthouse.rpc.status import Code, RpcError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import Any

    from charthouse.logs import Log
    from charthouse.rpc.call import Handler, HttpRequest, Layer, Method
    from charthouse.tiller.caller import Caller

__all__ = ["Runner"]


class Runner:
    """methods: of the server; layers: around each call, besides the one that finds out who calls: that is `identify`'s
    work here, as headers count that gRPC calls do not bring (None leaves it to the layers). Layers see no message:
    it is read when the caller is known, so that nobody else can keep the server busy with one."""

    def __init__(
        self,
        methods: Iterable[Method],
        layers: Sequence[Layer] = (),
        *,
        identify: Callable[[HttpRequest], Caller] | None = None,
        log: Log = silent,
    ) -> None:
        self.methods = {method.path: method for method in methods}
        self._identify = identify
        self._log = log
        self._handlers = {path: self._layered(method.handler, layers) for path, method in self.methods.items()}

    def call(self, path: str, request: HttpRequest) -> Call:
        """The call a request is, not begun yet. path: of the method."""
        metadata: dict[str, str] = {}
        for name, value in request.headers:
            metadata[name] = f"{metadata[name]},{value}" if name in metadata else value
        call = Call(path, metadata, request.peer)
        call.notes["http"] = request
        return call

    def run(self, make: Callable[[], Any], call: Call) -> Any:
        """The answer, or an iterator of answers. make: the request's message, made once it is known who calls.

        Raises RpcError; what is no error of ours is logged, and INTERNAL.
        """
        try:
            return self._handlers[call.method](make, call)
        except RpcError:
            raise
        except Exception as error:
            raise self.told(error, call) from error

    def told(self, error: Exception, call: Call) -> RpcError:
        """The error a caller is told."""
        if isinstance(error, RpcError):
            return error
        if isinstance(error, CharthouseError):
            return RpcError(Code.UNKNOWN, error.message, hint=error.hint)
        self._log(LogRecord(ERROR, "a call failed", method=call.method, error=trouble(error)))
        return RpcError(Code.INTERNAL, "internal error")

    def _layered(self, handler: Handler, layers: Sequence[Layer]) -> Handler:
        handler = self._identified(handler)
        for layer in reversed(layers):
            handler = _around(layer, handler)
        return handler

    def _identified(self, handler: Handler) -> Handler:
        identify = self._identify

        def identified(make: Callable[[], Any], call: Call) -> Any:
            if identify is not None:
                call.notes["caller"] = identify(call.notes["http"])
            return handler(make(), call)

        return identified


def _around(layer: Layer, inner: Handler) -> Handler:
    return lambda message, call: layer(message, call, inner)
