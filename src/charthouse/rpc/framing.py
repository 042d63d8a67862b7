"""gRPC's messages on a byte stream: one byte (compressed or not), four bytes of length, the message.

Rules: grpc/doc/PROTOCOL-HTTP2.md; texts and codes of grpc-go v1.82.1 ``rpc_util.go`` (``parser.recvMsg``,
``checkRecvPayload``). The length is judged before the message is read.
"""

from __future__ import annotations

from charthouse.rpc.status import Code, RpcError

__all__ = ["Unframer", "frame"]

_HEAD = 5


def frame(message: bytes, limit: int) -> bytes:
    """The message as it is sent. Raises RpcError (RESOURCE_EXHAUSTED) for more than `limit` bytes."""
    if len(message) > limit:
        raise RpcError(
            Code.RESOURCE_EXHAUSTED, f"grpc: trying to send message larger than max ({len(message)} vs. {limit})"
        )
    return b"\x00" + len(message).to_bytes(4, "big") + message


class Unframer:
    """Messages out of pieces. limit: bytes of one message. size: bytes held."""

    __slots__ = ("_buffer", "_limit", "_need")

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._buffer = bytearray()
        self._need = -1

    @property
    def size(self) -> int:
        return len(self._buffer)

    def feed(self, data: bytes | memoryview) -> list[bytes]:
        """The messages that are complete now. Raises RpcError for what can be none."""
        buffer = self._buffer
        buffer += data
        found: list[bytes] = []
        while True:
            if self._need < 0:
                if len(buffer) < _HEAD:
                    return found
                self._need = self._judge(buffer[0], int.from_bytes(buffer[1:_HEAD], "big"))
                del buffer[:_HEAD]
            if len(buffer) < self._need:
                return found
            found.append(bytes(memoryview(buffer)[: self._need]))
            del buffer[: self._need]
            self._need = -1

    def _judge(self, mark: int, length: int) -> int:
        if length > self._limit:
            raise RpcError(
                Code.RESOURCE_EXHAUSTED, f"grpc: received message larger than max ({length} vs. {self._limit})"
            )
        if mark == 1:
            raise RpcError(Code.INTERNAL, "grpc: compressed flag set with identity or empty encoding")
        if mark:
            raise RpcError(Code.INTERNAL, f"grpc: received unexpected payload format {mark}")
        return length

    def finish(self) -> None:
        """The stream has ended. Raises RpcError in the middle of a message."""
        if self._buffer or self._need >= 0:
            raise RpcError(Code.INTERNAL, "unexpected EOF")
