"""`grpc.health.v1.Health`: whether the server wants calls.

Messages and statuses: grpc/proto grpc/health/v1/health.proto; behaviour, texts: grpc-go v1.82.1 ``health/server.go``.
The messages have one field each, so they are read and written by hand. A Watch holds a thread, and needs no identity:
so there are few at a time (grpc-go: any number).
"""

from __future__ import annotations

import threading

from charthouse.rpc.call import Method
from charthouse.rpc.status import Code, RpcError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from charthouse.rpc.call import Call

__all__ = ["Health", "NOT_SERVING", "SERVING"]

SERVING, NOT_SERVING, SERVICE_UNKNOWN = 1, 2, 3
_WATCHERS = 16


class Health:
    """The state of each service; "" is the server as a whole. Services that were never `set` are unknown."""

    def __init__(self, **services: int) -> None:
        """services: as for `set`; the server as a whole is serving."""
        self._states: dict[str, int] = {"": SERVING, **services}
        self._changed = threading.Condition(threading.Lock())
        self._watchers = 0

    def set(self, service: str, state: int) -> None:
        """state: SERVING or NOT_SERVING."""
        with self._changed:
            self._states[service] = state
            self._changed.notify_all()

    def leave(self) -> None:
        """Nothing is served any more: before the server is drained."""
        with self._changed:
            self._states = dict.fromkeys(self._states, NOT_SERVING)
            self._changed.notify_all()

    def methods(self) -> list[Method]:
        """To be served, without any layer that asks who calls."""
        root = "/grpc.health.v1.Health/"
        return [
            Method(root + "Check", self._check, _service_of, _answer),
            Method(root + "Watch", self._watch, _service_of, _answer, streams=True),
        ]

    def _check(self, service: str, call: Call) -> int:
        with self._changed:
            state = self._states.get(service)
        if state is None:
            raise RpcError(Code.NOT_FOUND, "unknown service")
        return state

    def _watch(self, service: str, call: Call) -> Iterator[int]:
        with self._changed:
            if self._watchers >= _WATCHERS:
                raise RpcError(Code.RESOURCE_EXHAUSTED, "too many calls watch the health")
            self._watchers += 1
        call.on_cancel(self._wake)
        try:
            last = 0
            while True:
                with self._changed:
                    while not call.cancelled and self._states.get(service, SERVICE_UNKNOWN) == last:
                        self._changed.wait(call.time_left())
                    last = self._states.get(service, SERVICE_UNKNOWN)
                call.check()
                yield last
        finally:
            with self._changed:
                self._watchers -= 1

    def _wake(self) -> None:
        with self._changed:
            self._changed.notify_all()


def _service_of(data: bytes) -> str:
    """HealthCheckRequest: string service = 1; other fields are passed over. Raises ValueError."""
    service, at = "", 0
    while at < len(data):
        key, at = _varint(data, at)
        if key & 7 == 0:
            _, at = _varint(data, at)
            continue
        if key & 7 != 2:
            raise ValueError("a field of an unexpected type")
        size, at = _varint(data, at)
        if at + size > len(data):
            raise ValueError("unexpected EOF")
        if key >> 3 == 1:
            service = data[at : at + size].decode("utf-8")
        at += size
    return service


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = 0
    for number, byte in enumerate(data[at : at + 10]):
        value |= (byte & 0x7F) << 7 * number
        if byte < 0x80:
            return value, at + number + 1
    raise ValueError("unexpected EOF")


def _answer(state: int) -> bytes:
    """HealthCheckResponse: ServingStatus status = 1."""
    return bytes((8, state))
