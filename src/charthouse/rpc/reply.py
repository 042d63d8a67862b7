"""One call as its caller sees it: messages that come, headers, and how it ended.

Texts and codes: grpc-go v1.82.1 ``internal/transport/http2_client.go`` (``operateHeaders``, ``handleRSTStream``),
grpc/doc/http-grpc-status-mapping.md.
"""

from __future__ import annotations

import threading
from collections import deque

from charthouse.rpc.framing import Unframer
from charthouse.rpc.metadata import metadata_of, status_of
from charthouse.rpc.status import Code, RpcError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from charthouse.rpc.link import Link

    Headers = list[tuple[bytes, bytes]]

__all__ = ["Reply"]

_HTTP = {
    400: Code.INTERNAL, 401: Code.UNAUTHENTICATED, 403: Code.PERMISSION_DENIED, 404: Code.UNIMPLEMENTED,
    429: Code.UNAVAILABLE, 502: Code.UNAVAILABLE, 503: Code.UNAVAILABLE, 504: Code.UNAVAILABLE,
}  # fmt: skip
_RESETS = {
    0x7: (Code.UNAVAILABLE, "REFUSED_STREAM"), 0x8: (Code.CANCELLED, "CANCEL"),
    0xB: (Code.RESOURCE_EXHAUSTED, "ENHANCE_YOUR_CALM"), 0xC: (Code.PERMISSION_DENIED, "INADEQUATE_SECURITY"),
}  # fmt: skip


class Reply:
    """number: of its stream. unprocessed: the server says that it has not looked at the call: it may be made again.

    The link's reader calls `head`, `data`, `end`, `fail`; the caller's thread the others. headers, trailers: metadata.
    """

    def __init__(self, link: Link, limit: int, now: Callable[[], float], deadline: float | None) -> None:
        self.link = link
        self.number = 0
        self.headers: dict[str, str] = {}
        self.trailers: dict[str, str] = {}
        self.unprocessed = False
        self.error: RpcError | None = None
        self.over = False
        self._now = now
        self._deadline = deadline
        self._unframer = Unframer(limit)
        self._messages: deque[bytes] = deque()
        self._owed = 0  # bytes of messages nobody has taken: the server gets no leave to send for them
        self._foreign = b""
        self._status = 0
        self._changed = threading.Condition(threading.Lock())

    # The link's reader

    def head(self, headers: Headers, *, last: bool) -> None:
        """Headers of the answer; last: there is nothing else."""
        found = dict(headers)
        if last and b"grpc-status" in found:
            self.end(headers)
            return
        self.headers = {key: value for key, value in metadata_of(headers).items() if key != ":status"}
        self._status = int(found.get(b":status", b"0"))
        kind = found.get(b"content-type", b"")
        if self._status != 200 or not kind.startswith(b"application/grpc"):
            self._foreign = kind or b"-"
        if last:
            self.end([])

    def data(self, data: bytes) -> int:
        """Bytes of messages; how many more the server may send at once for them."""
        if self._foreign or self.over:
            return len(data)
        try:
            found = self._unframer.feed(data)
        except RpcError as error:
            self.fail(error, reset=True)
            return len(data)
        if not found:
            return len(data)
        with self._changed:
            self._messages.extend(found)
            held = sum(map(len, found)) + 5 * len(found)
            grant = max(len(data) - held, 0)
            self._owed += len(data) - grant
            self._changed.notify_all()
        return grant

    def end(self, headers: Headers) -> None:
        """The trailers; [] when the stream just ended."""
        if self._foreign:
            self.fail(self._not_grpc())
            return
        if not any(name == b"grpc-status" for name, _ in headers):
            self.fail(RpcError(Code.INTERNAL, "server closed the stream without sending trailers"))
            return
        hidden = (":status", "grpc-status", "grpc-message", "grpc-status-details-bin")
        self.trailers = {key: value for key, value in metadata_of(headers).items() if key not in hidden}
        self._finish(status_of(headers))

    def reset(self, code: int) -> None:
        """RST_STREAM."""
        kind, name = _RESETS.get(code, (Code.INTERNAL, str(code)))
        text = f"stream terminated by RST_STREAM with error code: {name}"
        self.unprocessed = code == 0x7
        self.fail(RpcError(kind, text))

    def fail(self, error: RpcError, *, reset: bool = False) -> None:
        """It ends like this. reset: by us."""
        self._finish(error)
        if reset:
            self.link.forget(self)

    def _finish(self, error: RpcError | None) -> None:
        with self._changed:
            if not self.over:
                self.error = error
                self.over = True
                self._changed.notify_all()

    def _not_grpc(self) -> RpcError:
        if self._status != 200:
            from http import HTTPStatus

            known = HTTPStatus(self._status).phrase if self._status in HTTPStatus._value2member_map_ else ""
            text = f"unexpected HTTP status code received from server: {self._status} ({known})"
            return RpcError(_HTTP.get(self._status, Code.UNKNOWN), text)
        kind = self._foreign.decode("latin-1")
        return RpcError(Code.UNKNOWN, f'transport: received unexpected content-type "{kind}"')

    # The caller's thread

    def next(self) -> bytes | None:
        """The next message, None after the last. Raises RpcError."""
        with self._changed:
            while not self._messages and not self.over:
                left = None if self._deadline is None else self._deadline - self._now()
                if left is not None and left <= 0:
                    break
                self._changed.wait(left)
            if self._messages:
                message = self._messages.popleft()
                grant = min(self._owed, len(message) + 5)
                self._owed -= grant
            elif self.over:
                if self.error is not None:
                    raise self.error
                return None
            else:
                message, grant = None, 0
        if message is None:
            self.fail(RpcError(Code.DEADLINE_EXCEEDED, "context deadline exceeded"), reset=True)
            assert self.error is not None
            raise self.error
        self.link.grant(self, grant)
        return message

    def only(self) -> bytes:
        """The one message of a unary call. Raises RpcError."""
        message = self.next()
        if message is None:
            raise RpcError(Code.INTERNAL, "cardinality violation: received no response message from a unary call")
        if self.next() is not None:
            self.cancel()
            raise RpcError(Code.INTERNAL, "cardinality violation: received several response messages of a unary call")
        return message

    def cancel(self) -> None:
        """Any thread: the answer is not wanted any more."""
        if not self.over:
            self.fail(RpcError(Code.CANCELLED, "context canceled"), reset=True)
