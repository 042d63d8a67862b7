"""What the verbs of a client need of a connection: calls with bytes, by the path of the method.

``rpc.channel.Channel`` is one; tests hand in a server's methods directly. Errors are ``rpc.status.RpcError``; that the
server cannot be reached (any more) is its code UNAVAILABLE.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Protocol

    class Stream(Protocol):
        """The answers of one call; closing it before its end cancels the call."""

        def __iter__(self) -> Iterator[bytes]: ...

        def __next__(self) -> bytes: ...

        def close(self) -> None: ...

    class Wire(Protocol):
        """A connection to one server. metadata: sent besides the connection's own."""

        def unary(
            self, path: str, data: bytes, *, metadata: Mapping[str, str] | None = None, timeout: float | None = None
        ) -> bytes: ...

        def stream(
            self, path: str, data: bytes, *, metadata: Mapping[str, str] | None = None, timeout: float | None = None
        ) -> Stream: ...

        def close(self) -> None: ...

else:
    Stream = Wire = object

__all__ = ["Stream", "Wire"]
