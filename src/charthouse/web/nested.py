"""TLS inside TLS: to an https server through an https proxy.

Python's ``ssl`` encrypts sockets only, not what is encrypted already, so this one is driven in memory
(``SSLContext.wrap_bio``). It is as much of a socket as a client needs: blocking, with the timeout of the one below.
"""

from __future__ import annotations

import functools
import io

TYPE_CHECKING = False
if TYPE_CHECKING:
    import socket
    import ssl
    from collections.abc import Callable
    from typing import Any, TypeVar

    T = TypeVar("T")

__all__ = ["NestedSocket"]

_CHUNK = 65536


class NestedSocket:
    """below: a connected, encrypted socket. Raises what a handshake raises."""

    def __init__(self, below: socket.socket, context: ssl.SSLContext, server_name: str) -> None:
        import ssl

        self._below = below
        self._wants = ssl.SSLWantReadError
        self._ended = (ssl.SSLZeroReturnError, ssl.SSLEOFError)
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_hostname=server_name)
        self._drive(self._tls.do_handshake)

    def _drive(self, work: Callable[[], T]) -> T:
        """Do something that may need bytes of the other side first."""
        while True:
            try:
                result = work()
            except self._wants:
                self._flush()
                data = self._below.recv(_CHUNK)
                if data:
                    self._incoming.write(data)
                else:
                    self._incoming.write_eof()
                continue
            self._flush()
            return result

    def _flush(self) -> None:
        data = self._outgoing.read()
        if data:
            self._below.sendall(data)

    def sendall(self, data: bytes) -> None:
        """Send all of `data`. Raises OSError."""
        rest = data
        while rest:
            piece = rest
            rest = piece[self._drive(functools.partial(self._tls.write, piece)) :]

    def recv(self, size: int) -> bytes:
        """What has come, at most `size` bytes; nothing at the end. Raises OSError."""
        try:
            return self._drive(lambda: self._tls.read(size))
        except self._ended:
            return b""

    def makefile(self, mode: str) -> io.BufferedReader:
        """A reader of what comes; mode is "rb"."""
        return io.BufferedReader(_Raw(self))

    def settimeout(self, seconds: float | None) -> None:
        self._below.settimeout(seconds)

    def fileno(self) -> int:
        return self._below.fileno()

    def shutdown(self, how: int) -> None:
        self._below.shutdown(how)

    def close(self) -> None:
        self._below.close()


class _Raw(io.RawIOBase):
    def __init__(self, source: NestedSocket) -> None:
        self._source = source

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        view = memoryview(buffer)
        data = self._source.recv(len(view))
        view[: len(data)] = data
        return len(data)
