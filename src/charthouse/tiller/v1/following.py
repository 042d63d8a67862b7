"""An operation's events as the answers of a call.

When the caller goes, the stream ends and the operation goes on. A failure is the last event, whole; the status of the
call carries the same without what might be too large for its headers.
"""

from __future__ import annotations

from charthouse.errors import CharthouseError
from charthouse.rpc.status import Code, RpcError
from charthouse.tiller.operations.work import ENDS, FAILED
from charthouse.tiller.v1 import messages
from charthouse.tiller.v1.events import to_message
from charthouse.tiller.v1.failures import to_failure
from charthouse.tiller.v1.releases import put_time
from charthouse.tiller.v1.results import result_message
from charthouse.tiller.v1.structs import text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from charthouse.rpc.call import Call
    from charthouse.tiller.operations import Event, Operation

__all__ = ["follow"]

_SLICE = 1.0  # seconds after which a silent stream notices that its caller has gone


def follow(operation: Operation, call: Call, *, view: int, after: int = 0) -> Iterator[messages.Event]:
    """The events behind number `after`, until the operation ends. Raises what it raised; RpcError CANCELLED."""
    work = operation.work
    started = messages.Event()
    started.started.operation = operation.id
    started.started.verb = text(work.verb)
    started.started.namespace = text(work.namespace)
    started.started.name = text(work.name)
    yield started
    end_only = False  # when its end has a number the caller has seen already: another replica counts anew
    while True:
        done = operation.done
        for event in operation.events(0 if end_only else after, timeout=_SLICE):
            if end_only and event.kind not in ENDS:
                continue
            after = event.number
            message = _message(event, view)
            if message is not None:
                yield message
            if event.kind in ENDS:
                return _end(event)
        end_only = done
        call.check()


def _message(event: Event, view: int) -> messages.Event | None:
    if event.kind == FAILED:
        return None if _goes_on(event.value) else _failed(event, view)
    return to_message(event, lambda value: result_message(value, view))


def _goes_on(error: BaseException) -> bool:
    """Whether it is the server that ends, not the operation: clients come back to it."""
    return isinstance(error, RpcError) and error.code == Code.UNAVAILABLE


def _end(event: Event) -> None:
    """Raises what the operation raised."""
    if event.kind == FAILED:
        raise event.value


def _failed(event: Event, view: int) -> messages.Event:
    out = messages.Event(number=event.number)
    put_time(out.time, event.time)
    error = event.value
    if isinstance(error, CharthouseError):
        out.failed.CopyFrom(to_failure(error, view=view))
    else:
        out.failed.error = "CharthouseError"
        out.failed.message = "internal error"
        out.failed.code = Code.INTERNAL
    return out
