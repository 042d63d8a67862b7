"""TLS of one connection to the server: bytes in, bytes out.

Not asyncio's: that one drops what OpenSSL wants said when a handshake fails, so that a caller with a wrong certificate
would see a connection that breaks instead of `unknown ca`.
"""

from __future__ import annotations

import ssl
from contextlib import suppress

__all__ = ["Encryption"]

_PIECE = 256 * 1024


class Encryption:
    """object: OpenSSL's side of it. established: whether the handshake is over. ended: the peer says nothing more."""

    def __init__(self, context: ssl.SSLContext) -> None:
        self._in, self._out = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.object = context.wrap_bio(self._in, self._out, server_side=True)
        self.established = self.ended = False

    def receive(self, data: bytes) -> bytes:
        """What the bytes that have come say. Raises ssl.SSLError; `outgoing` then has what to answer."""
        self._in.write(data)
        if not self.established:
            try:
                self.object.do_handshake()
            except ssl.SSLWantReadError:
                return b""
            self.established = True
        pieces: list[bytes] = []
        with suppress(ssl.SSLWantReadError):  # everything is read
            while not self.ended:
                try:
                    piece = self.object.read(_PIECE)
                except ssl.SSLZeroReturnError:
                    piece = b""
                self.ended = not piece
                pieces.append(piece)
        return b"".join(pieces)

    def send(self, data: bytes) -> None:
        """Say something; `outgoing` has the bytes. Raises ssl.SSLError."""
        view = memoryview(data)
        while view:
            view = view[self.object.write(view) :]

    def farewell(self) -> None:
        """Say that nothing more comes."""
        with suppress(ssl.SSLError):  # it waits for the peer's own, which nobody needs
            self.object.unwrap()

    def outgoing(self) -> bytes:
        """Bytes for the peer."""
        return self._out.read()
