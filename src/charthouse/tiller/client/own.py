"""Calls of our own API (``charthouse.v1``), with messages in and out and the errors the verbs raise.

What only reads is asked again when the connection broke meanwhile; what changes something is followed by its operation
(``following``).
"""

from __future__ import annotations

from charthouse.rpc.status import Code, RpcError
from charthouse.tiller.client.errors import BadAnswer, ClientError
from charthouse.tiller.v1 import messages
from charthouse.tiller.v1.failures import error_from
from charthouse.tiller.v1.rpcs import METHODS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from charthouse.actions.ports import Clock
    from charthouse.errors import CharthouseError
    from charthouse.tiller.client.wire import Stream, Wire

__all__ = ["OwnService", "is_lost", "is_unknown_service"]

_METHODS = {method.name: method for method in METHODS}
_PAUSES = (0.1, 0.5, 2.0)  # seconds before what only reads is asked again


def is_lost(error: RpcError) -> bool:
    """Whether it is the connection that failed, or the replica behind it, not what was asked for: then the server said
    nothing more of it."""
    return error.code == Code.UNAVAILABLE and not error.details


def is_unknown_service(error: BaseException) -> bool:
    """Whether the server knows nothing of our API: a Tiller of Helm 2."""
    if not isinstance(error, RpcError):
        return False
    return (error.code == Code.UNIMPLEMENTED and "unknown service" in error.message.lower()) or (
        error.code == Code.UNKNOWN and error.message.startswith("incompatible versions")
    )


class OwnService:
    """wire: a connection, opened with the first call and anew when it was lost (raises NotReached). lost: the error to
    raise for one that does not come back. answered: whether the server has ever said anything; one that never did is
    not asked again."""

    def __init__(self, wire: Callable[[], Wire], clock: Clock, lost: Callable[[RpcError], CharthouseError]) -> None:
        self._wire = wire
        self.clock = clock
        self.lost = lost
        self.answered = False

    def call(self, name: str, request: Any) -> Any:
        """One answer, of a method that only reads. Raises the error the server told, RpcError, NotReached."""
        return self._again(lambda: self.once(name, request))

    def collect(self, name: str, request: Any) -> list[Any]:
        """All answers of a method that only reads. Raises as ``call``."""
        found: list[Any] = self._again(lambda: list(self.stream(name, request)))
        return found

    def once(self, name: str, request: Any) -> Any:
        """One answer, asked for once. Raises as ``call``."""
        method = _METHODS[name]
        try:
            data = self._wire().unary(method.path, request.SerializeToString())
        except RpcError as error:
            raise self._told(error) from error.__cause__
        self.answered = True
        return _parsed(method.response, data)

    def stream(self, name: str, request: Any) -> Iterator[Any]:
        """Answers as they come; leaving the iterator cancels the call. Raises as ``call``."""
        method = _METHODS[name]
        stream: Stream | None = None
        try:
            stream = self._wire().stream(method.path, request.SerializeToString())
            for data in stream:
                self.answered = True
                yield _parsed(method.response, data)
        except RpcError as error:
            raise self._told(error) from error.__cause__
        finally:
            if stream is not None:
                stream.close()

    def _told(self, error: RpcError) -> CharthouseError:
        self.answered = self.answered or bool(error.details) or error.code != Code.UNAVAILABLE
        return error_from(error)

    def _again(self, ask: Callable[[], Any]) -> Any:
        for pause in _PAUSES:
            try:
                return ask()
            except RpcError as error:
                if not is_lost(error):
                    raise
                if not self.answered:
                    raise self.lost(error) from error
            self.clock.sleep(pause)
        try:
            return ask()
        except RpcError as error:
            if not is_lost(error):
                raise
            raise self.lost(error) from error


def _parsed(kind: str, data: bytes) -> Any:
    from google.protobuf.message import DecodeError

    try:
        return getattr(messages, kind).FromString(data)
    except DecodeError as error:
        raise BadAnswer(f"the server's answer is no {kind}: {error}") from error


class LostOperation(ClientError):
    """The connection broke while an operation ran, and nobody knows it any more. operation: its id."""

    def __init__(self, operation: str, name: str) -> None:
        super().__init__(
            f"the connection to Tiller was lost, and the operation {operation} is not known any more",
            hint=f"what it came to: `charthouse status {name}`",
        )
        self.operation = operation
