"""How a call ended, for the layers that look at calls from outside (metrics, log, traces): once for all."""

from __future__ import annotations

from contextlib import nullcontext

from charthouse.errors import CharthouseError
from charthouse.rpc.status import Code, RpcError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from contextlib import AbstractContextManager
    from typing import Any

    from charthouse.rpc.call import Call, Handler

__all__ = ["code_of", "to_the_end"]


def code_of(error: BaseException) -> Code:
    """How a call that raised this ends (``rpc.services``)."""
    if isinstance(error, RpcError):
        return error.code
    if isinstance(error, GeneratorExit):
        return Code.CANCELLED
    return Code.UNKNOWN if isinstance(error, CharthouseError) else Code.INTERNAL


def _nothing() -> None:
    """For those who count no answers."""


def to_the_end(
    request: Any,
    call: Call,
    handler: Handler,
    ended: Callable[[Code], None],
    *,
    streams: bool,
    sent: Callable[[], None] = _nothing,
    within: Callable[[], AbstractContextManager[Any]] = nullcontext,
) -> Any:
    """What `handler` answers; `ended` is called once, with the code, when the last answer has been given, or not.

    streams: whether the answer is an iterable of answers. sent: called for each of them. within: around whatever the
    handler does. Raises what the handler raises.
    """
    try:
        with within():
            answer = handler(request, call)
    except BaseException as error:
        ended(code_of(error))
        raise
    if streams:
        return _followed(answer, ended, sent, within)
    sent()
    ended(Code.OK)
    return answer


def _followed(
    answers: Iterable[Any],
    ended: Callable[[Code], None],
    sent: Callable[[], None],
    within: Callable[[], AbstractContextManager[Any]],
) -> Iterator[Any]:
    code = Code.OK
    try:
        with within():
            for answer in answers:
                sent()
                yield answer
    except BaseException as error:
        code = code_of(error)
        raise
    finally:
        close = getattr(answers, "close", None)
        if close is not None:
            close()
        ended(code)
