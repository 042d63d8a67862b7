"""Errors as Helm 2's client is told them.

Whose rules: Tiller's errors are plain texts: code 2 (UNKNOWN), and the client knows them by their words. It prints the
text as a printf format (helm v2.17.0 cmd/helm/helm.go, prettyError), so per cent signs are doubled; Tiller's are not.
Advice of ours (``hint``) is not part of the text. What is no answer of a verb's (too much to do, shutting down) keeps
its code.
"""

from __future__ import annotations

from charthouse.errors import CharthouseError
from charthouse.rpc.status import Code, RpcError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from charthouse.rpc.call import Call, Handler

__all__ = ["refusal", "refusing", "refusing_streams"]


def refusal(error: CharthouseError) -> RpcError:
    """The error a call ends with."""
    code = error.code if isinstance(error, RpcError) else Code.UNKNOWN
    return RpcError(code, error.message.replace("%", "%%"), hint=error.hint)


def refusing(handler: Callable[[Any, Call], Any]) -> Handler:
    """A handler whose errors are worded for the client."""

    def handle(request: Any, call: Call) -> Any:
        try:
            return handler(request, call)
        except CharthouseError as error:
            raise refusal(error) from error

    return handle


def refusing_streams(handler: Callable[[Any, Call], Iterator[Any]]) -> Handler:
    """As ``refusing``, for a handler of many answers."""

    def handle(request: Any, call: Call) -> Iterator[Any]:
        try:
            yield from handler(request, call)
        except CharthouseError as error:
            raise refusal(error) from error

    return handle
