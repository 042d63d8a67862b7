"""Why an operation is not begun, or not found.

::

    RpcError
    ├── Busy       this replica has enough to do (RESOURCE_EXHAUSTED)
    ├── Full       its memory for requests is full (RESOURCE_EXHAUSTED)
    ├── Draining   this replica is about to end (UNAVAILABLE): ask another one
    ├── NotFound   no such operation, or another user's (NOT_FOUND)
    ├── Taken      there is an operation with this id (ALREADY_EXISTS)
    └── GoesOn     another replica goes on with it (UNAVAILABLE): ask for it again

``HandedOver`` is none of them: it takes a verb off its thread without its noticing.
"""

from __future__ import annotations

from charthouse.rpc.status import Code, RpcError

__all__ = ["Busy", "Draining", "Full", "GoesOn", "HandedOver", "NotFound", "Taken"]


class Busy(RpcError):
    """More operations are running and waiting than this replica takes on. limit: that number."""

    def __init__(self, limit: int) -> None:
        text = f"too many operations: {limit} are running or waiting"
        super().__init__(Code.RESOURCE_EXHAUSTED, text, hint="try again in a moment; another replica may have time")
        self.limit = limit


class Full(RpcError):
    """The requests of what is running and waiting take all the memory there is for them. limit: bytes."""

    def __init__(self, limit: int) -> None:
        text = f"too many operations: their requests may take {limit >> 20} MiB together"
        super().__init__(Code.RESOURCE_EXHAUSTED, text, hint="try again in a moment; another replica may have room")
        self.limit = limit


class Draining(RpcError):
    """The process was told to end and takes on nothing more."""

    def __init__(self) -> None:
        super().__init__(Code.UNAVAILABLE, "this Tiller is shutting down", hint="try again: another replica answers")


class NotFound(RpcError):
    """No operation has this id, it ended too long ago, or it is another user's (nobody is told which)."""

    def __init__(self, id: str) -> None:
        super().__init__(Code.NOT_FOUND, f"operation {id!r}: not found")


class Taken(RpcError):
    """The id a caller has chosen belongs to another operation, maybe of another caller."""

    def __init__(self, id: str) -> None:
        super().__init__(Code.ALREADY_EXISTS, f"operation {id!r} is another one already", hint="choose another id")


class GoesOn(RpcError):
    """This replica has given the operation away."""

    def __init__(self, id: str) -> None:
        text = f"operation {id} goes on in another replica"
        super().__init__(Code.UNAVAILABLE, text, hint="ask for it again by its id")


class HandedOver(BaseException):
    """Raised in the thread of an operation that is given away. No verb may take it for a failure of its own."""
