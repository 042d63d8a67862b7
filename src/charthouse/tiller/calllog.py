"""A line of log for each call: who, what, how it ended, how long it took; and a number to find it again by.

Texts of errors stay out: they may quote a chart's values. The caller learns the number from the trailer
`x-charthouse-request`, an operation's log and audit lines carry the operation's id beside it.
"""

from __future__ import annotations

import time

from charthouse.logs import DEBUG, INFO, LogRecord
from charthouse.tiller.ending import to_the_end
from charthouse.tiller.metering import code_word

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    from charthouse.logs import Log
    from charthouse.rpc.call import Call, Handler, Method
    from charthouse.rpc.status import Code

__all__ = ["REQUEST_TRAILER", "CallLog"]

REQUEST_TRAILER = "x-charthouse-request"
_QUIET = ("/grpc.health.v1.Health/", "/hapi.services.tiller.ReleaseService/GetVersion")


class CallLog:
    """random: so many random bytes, for the calls' numbers."""

    def __init__(self, methods: Iterable[Method], *, log: Log, random: Callable[[int], bytes]) -> None:
        self._streams = {method.path for method in methods if method.streams}
        self._log = log
        self._random = random

    def layer(self, request: Any, call: Call, handler: Handler) -> Any:
        """Around each call (``rpc.call.Layer``)."""
        number = self._random(6).hex()
        call.notes["request"] = number
        call.trailers[REQUEST_TRAILER] = number
        started = time.monotonic()
        streams = call.method in self._streams
        return to_the_end(request, call, handler, lambda code: self._done(call, code, started), streams=streams)

    def _done(self, call: Call, code: Code, started: float) -> None:
        level = DEBUG if call.method.startswith(_QUIET) else INFO
        caller = call.notes.get("caller")
        about: dict[str, Any] = {
            "method": call.method, "code": code_word(code), "seconds": round(time.monotonic() - started, 3),
            "user": caller.user if caller is not None else "", "address": call.peer.address,
            "request": call.notes["request"],
        }  # fmt: skip
        if "operation" in call.notes:
            about["operation"] = call.notes["operation"]
        self._log(LogRecord(level, "call", **about))
