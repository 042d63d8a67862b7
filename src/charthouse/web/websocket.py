"""WebSockets, client side: binary messages over a connection that has switched protocols (RFC 6455; no extensions).

Written here because the ready libraries bring their own connections; ours must go through the proxies, certificates and
credentials every other request goes through. The handshake's request is made by whoever owns the connection.
"""

from __future__ import annotations

from charthouse.web.duplex import Duplex

TYPE_CHECKING = False
if TYPE_CHECKING:
    import socket
    from collections.abc import Mapping

__all__ = ["WebSocket", "WebSocketError", "accepted", "handshake"]

_MAGIC = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_CONTINUED, _TEXT, _BINARY, _CLOSE, _PING, _PONG = 0, 1, 2, 8, 9, 10
_MAX_MESSAGE = 4 * 1024 * 1024
_CHUNK = 64 * 1024


class WebSocketError(Exception):
    """The server broke the protocol or went away; closed: it said goodbye properly."""

    def __init__(self, message: str, *, closed: bool = False) -> None:
        super().__init__(message)
        self.closed = closed


def handshake(protocol: str) -> tuple[str, list[tuple[str, str]]]:
    """(key, headers of the request) that asks for `protocol`."""
    import base64
    import os

    key = base64.b64encode(os.urandom(16)).decode()
    return key, [
        ("Connection", "Upgrade"), ("Upgrade", "websocket"), ("Sec-WebSocket-Version", "13"),
        ("Sec-WebSocket-Key", key), ("Sec-WebSocket-Protocol", protocol),
    ]  # fmt: skip


def accepted(headers: Mapping[str, str], key: str, protocol: str) -> bool:
    """Whether the head of an answer 101 agrees to what was asked (header names in lower case)."""
    import base64
    import hashlib

    digest = hashlib.sha1(key.encode() + _MAGIC, usedforsecurity=False).digest()
    return (
        headers.get("upgrade", "").lower() == "websocket"
        and headers.get("sec-websocket-accept", "") == base64.b64encode(digest).decode()
        and headers.get("sec-websocket-protocol", "") == protocol
    )


class WebSocket:
    """One connection. `receive` is for one thread, `send` and `close` for any. before: bytes read after the head."""

    def __init__(self, sock: socket.socket, before: bytes = b"") -> None:
        self._wire = Duplex(sock)
        self._sock = sock
        self._rest = bytearray(before)

    def send(self, data: bytes, opcode: int = _BINARY) -> None:
        """One message. Raises OSError."""
        import os

        size = len(data)
        if size < 126:
            head = bytes((128 | opcode, 128 | size))
        elif size < 65536:
            head = bytes((128 | opcode, 128 | 126)) + size.to_bytes(2)
        else:
            head = bytes((128 | opcode, 128 | 127)) + size.to_bytes(8)
        mask = os.urandom(4)
        self._wire.sendall(head + mask + _masked(data, mask))

    def receive(self) -> bytes:
        """The next message. Raises WebSocketError and OSError."""
        parts: list[bytes] = []
        total = 0
        while True:
            opcode, last, data = self._frame()
            if opcode == _PING:
                self.send(data, _PONG)
            elif opcode == _CLOSE:
                raise WebSocketError(data[2:].decode("utf-8", "replace") or "closed by the server", closed=True)
            elif opcode in (_CONTINUED, _TEXT, _BINARY):
                parts.append(data)
                total += len(data)
                if total > _MAX_MESSAGE:
                    raise WebSocketError("message too large")
                if last:
                    return b"".join(parts)
            elif opcode != _PONG:
                raise WebSocketError(f"unknown frame {opcode}")

    def _frame(self) -> tuple[int, bool, bytes]:
        head = self._exactly(2)
        size = head[1] & 127
        if head[1] & 128:
            raise WebSocketError("a server's frames must not be masked")
        if size == 126:
            size = int.from_bytes(self._exactly(2))
        elif size == 127:
            size = int.from_bytes(self._exactly(8))
        if size > _MAX_MESSAGE:
            raise WebSocketError("frame too large")
        return head[0] & 15, bool(head[0] & 128), self._exactly(size)

    def _exactly(self, size: int) -> bytes:
        while len(self._rest) < size:
            data = self._wire.recv(max(size - len(self._rest), _CHUNK))
            if not data:
                raise WebSocketError("unexpected EOF")
            self._rest += data
        out = bytes(self._rest[:size])
        del self._rest[:size]
        return out

    def close(self) -> None:
        """Say goodbye and end both directions; wakes a thread that receives."""
        from contextlib import suppress

        with suppress(OSError):
            # an error means that it is gone already
            self.send((1000).to_bytes(2), _CLOSE)
        self._wire.close()

    def release(self) -> None:
        """Give the socket back to the system, once no thread uses it."""
        self._sock.close()


def _masked(data: bytes, mask: bytes) -> bytes:
    """XOR with the repeated mask, by one big number: a loop over bytes is a hundred times slower."""
    size = len(data)
    if not size:
        return data
    repeated = (mask * (size // 4 + 1))[:size]
    return (int.from_bytes(data) ^ int.from_bytes(repeated)).to_bytes(size)
