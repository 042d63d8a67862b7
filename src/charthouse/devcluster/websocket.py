"""WebSockets, server side: the handshake, frames, and byte streams over them (RFC 6455; no extensions).

Written here because the server shares nothing with the client, so that a mistake in one does not hide in the other.
"""

from __future__ import annotations

import base64
import hashlib

from charthouse.devcluster.failures import bad_request
from charthouse.devcluster.wire import Response
from charthouse.errors import CharthouseError
from charthouse.web.duplex import Duplex

TYPE_CHECKING = False
if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

    from charthouse.devcluster.wire import Request

__all__ = ["SocketClosed", "WebSocket", "asks_for_websocket", "upgrade"]

MAGIC = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
CONTINUED, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10
CHUNK = 64 * 1024
MAX_MESSAGE = 4 * 1024 * 1024


class SocketClosed(CharthouseError):
    """The other side closed, or broke the protocol."""


def asks_for_websocket(request: Request) -> bool:
    return request.header("upgrade").lower() == "websocket" and "upgrade" in request.header("connection").lower()


def upgrade(request: Request, known: tuple[str, ...], run: Callable[[WebSocket, str], None]) -> Response:
    """The answer 101 of a handshake; `run` gets the socket and the first protocol of `known` the client offers.

    Raises ApiFailure (400) when there is no key or no protocol in common.
    """
    key = request.header("sec-websocket-key")
    if not key or request.header("sec-websocket-version") != "13":
        raise bad_request("the request is not a WebSocket handshake of version 13")
    offered = [one.strip() for one in request.header("sec-websocket-protocol").split(",")]
    chosen = next((one for one in known if one in offered), "")
    if not chosen:
        raise bad_request(f"unable to negotiate a protocol: client supports {offered}, server accepts {list(known)}")
    accept = base64.b64encode(hashlib.sha1(key.encode() + MAGIC, usedforsecurity=False).digest()).decode()
    headers = [("Upgrade", "websocket"), ("Connection", "Upgrade"), ("Sec-WebSocket-Accept", accept),
               ("Sec-WebSocket-Protocol", chosen)]  # fmt: skip
    return Response(101, headers=headers, upgrade=lambda sock: run(WebSocket(sock), chosen))


class WebSocket:
    """One connection. `send` may be called from several threads, `receive` from one."""

    def __init__(self, sock: socket.socket) -> None:
        self._wire = Duplex(sock)
        self._rest = bytearray()

    def send(self, data: bytes, opcode: int = BINARY) -> None:
        """One message. Raises OSError."""
        size = len(data)
        if size < 126:
            head = bytes((128 | opcode, size))
        elif size < 65536:
            head = bytes((128 | opcode, 126)) + size.to_bytes(2)
        else:
            head = bytes((128 | opcode, 127)) + size.to_bytes(8)
        self._wire.sendall(head + data)

    def receive(self) -> bytes:
        """The next message's bytes. Raises SocketClosed and OSError."""
        parts: list[bytes] = []
        while True:
            opcode, last, data = self._frame()
            if opcode == PING:
                self.send(data, PONG)
            elif opcode == CLOSE:
                self.close()
                raise SocketClosed("closed by the client")
            elif opcode in (CONTINUED, TEXT, BINARY):
                parts.append(data)
                if sum(map(len, parts)) > MAX_MESSAGE:
                    raise SocketClosed("message too large")
                if last:
                    return b"".join(parts)

    def _frame(self) -> tuple[int, bool, bytes]:
        head = self._exactly(2)
        size = head[1] & 127
        if size == 126:
            size = int.from_bytes(self._exactly(2))
        elif size == 127:
            size = int.from_bytes(self._exactly(8))
        if not head[1] & 128:
            raise SocketClosed("a client's frames must be masked")
        if size > MAX_MESSAGE:
            raise SocketClosed("frame too large")
        mask = self._exactly(4)
        return head[0] & 15, bool(head[0] & 128), unmasked(self._exactly(size), mask)

    def _exactly(self, size: int) -> bytes:
        while len(self._rest) < size:
            data = self._wire.recv(max(size - len(self._rest), CHUNK))
            if not data:
                raise SocketClosed("cut off")
            self._rest += data
        out = bytes(self._rest[:size])
        del self._rest[:size]
        return out

    def close(self, code: int = 1000) -> None:
        """Say goodbye; the connection ends when the handler returns."""
        import contextlib

        with contextlib.suppress(OSError):
            # gone already: nobody is left to be told
            self.send(code.to_bytes(2), CLOSE)


def unmasked(data: bytes, mask: bytes) -> bytes:
    """XOR with the repeated mask, by one big number: a loop over bytes is a hundred times slower."""
    size = len(data)
    if not size:
        return data
    repeated = (mask * (size // 4 + 1))[:size]
    return (int.from_bytes(data) ^ int.from_bytes(repeated)).to_bytes(size)
