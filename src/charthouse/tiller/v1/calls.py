"""What every handler does: know its caller, and end with errors that clients can raise again."""

from __future__ import annotations

from charthouse.errors import CharthouseError
from charthouse.hapi.fields import bounded
from charthouse.rpc.call import Method
from charthouse.rpc.status import Code, RpcError
from charthouse.tiller.v1 import messages
from charthouse.tiller.v1.failures import code_of, details, to_failure

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from charthouse.rpc.call import Call
    from charthouse.tiller.caller import Caller

__all__ = ["caller_of", "ended", "in_namespace", "named_method"]

_ROOM = 6 << 10  # bytes of details that every client's limit of header sizes has room for


def caller_of(call: Call) -> Caller:
    """Who asks. Raises RpcError UNAUTHENTICATED where no layer has found that out."""
    caller: Caller | None = call.notes.get("caller")
    if caller is None:
        raise RpcError(Code.UNAUTHENTICATED, "no identity: send a token, or use a client certificate")
    return caller


def in_namespace(request: Any) -> str:
    """The namespace of a request. Raises RpcError INVALID_ARGUMENT when it has none, or one that cannot be."""
    namespace: str = request.namespace
    if not namespace:
        raise RpcError(Code.INVALID_ARGUMENT, "field namespace: no namespace given")
    return checked(namespace)


def checked(namespace: str) -> str:
    """A namespace's name. Raises RpcError INVALID_ARGUMENT for what is no DNS label: it becomes part of paths."""
    plain = namespace.isascii() and namespace.replace("-", "a").isalnum() and namespace == namespace.lower()
    if len(namespace) > 63 or not plain or namespace.startswith("-") or namespace.endswith("-"):
        raise RpcError(Code.INVALID_ARGUMENT, f"field namespace: {namespace[:63]!r} is no namespace's name")
    return namespace


def named_method(path: str, request: str, handler: Callable[[Any, Call], Any], *, streams: bool) -> Method:
    """A method whose errors are told as RpcError with details. request: its message's name."""
    kind = getattr(messages, request)

    def unary(message: Any, call: Call) -> Any:
        try:
            return handler(message, call)
        except CharthouseError as error:
            raise ended(error) from error

    def stream(message: Any, call: Call) -> Iterator[Any]:
        try:
            yield from handler(message, call)
        except CharthouseError as error:
            raise ended(error) from error

    return Method(
        path, stream if streams else unary, bounded(kind), lambda message: message.SerializeToString(), streams
    )


def ended(error: CharthouseError) -> RpcError:
    """The error that ends a call: gRPC's code, Helm's text, and for our clients which class it was."""
    if isinstance(error, RpcError) and (error.details or error.code == Code.UNAVAILABLE):
        return error  # a server that is about to end: clients take it for a connection that was lost
    failure = to_failure(error)
    failure.ClearField("release")
    for field in ("plan", "cause", "pending", "hint", "message"):
        if failure.ByteSize() <= _ROOM:
            break
        failure.ClearField(field)
    return RpcError(code_of(error), error.message, hint=error.hint, details=details(failure))
