"""How a call ends: gRPC's status codes and the error that carries one.

Source: grpc/doc/statuscodes.md, grpc/doc/http-grpc-status-mapping.md.
"""

from __future__ import annotations

from enum import IntEnum

from charthouse.errors import CharthouseError

__all__ = ["Code", "RpcError"]


class Code(IntEnum):
    """`grpc-status`."""

    OK = 0
    CANCELLED = 1
    UNKNOWN = 2
    INVALID_ARGUMENT = 3
    DEADLINE_EXCEEDED = 4
    NOT_FOUND = 5
    ALREADY_EXISTS = 6
    PERMISSION_DENIED = 7
    RESOURCE_EXHAUSTED = 8
    FAILED_PRECONDITION = 9
    ABORTED = 10
    OUT_OF_RANGE = 11
    UNIMPLEMENTED = 12
    INTERNAL = 13
    UNAVAILABLE = 14
    DATA_LOSS = 15
    UNAUTHENTICATED = 16


class RpcError(CharthouseError):
    """A call that ended badly. On the server: raised by a handler to choose the code. On the client: what came back.

    code; message: `grpc-message`; details: `grpc-status-details-bin`, any bytes. Any other CharthouseError of a handler
    ends the call with UNKNOWN and its message, as a plain Go error does; any other exception with INTERNAL and no text.
    """

    def __init__(self, code: Code, message: str, *, hint: str = "", details: bytes = b"") -> None:
        super().__init__(message, hint=hint)
        self.code = code
        self.details = details
