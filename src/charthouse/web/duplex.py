"""One connection read by one thread and written by others at the same time, encrypted or not.

An OpenSSL connection must not be entered by two threads at once, and a thread that waits inside it keeps the others
out. So the socket does not block: a lock is held only for the moment of each call, waiting is done outside of it. A
reader is then never kept back by a writer whose peer does not read, nor the other way round.
"""

from __future__ import annotations

import select
import socket
import threading
from contextlib import suppress

__all__ = ["Duplex"]

_PIECE = 64 * 1024


class Duplex:
    """Takes a connected socket over. `recv` is for one thread, `sendall` and `close` for any."""

    def __init__(self, sock: socket.socket) -> None:
        import ssl

        sock.setblocking(False)
        self.sock = sock
        self._io = threading.Lock()
        self._writing = threading.Lock()
        self._want_read = (ssl.SSLWantReadError, BlockingIOError)
        self._want_write = ssl.SSLWantWriteError
        self._closed = False

    def recv(self, size: int) -> bytes:
        """What has arrived, at most `size` bytes; b"" at the end. Raises OSError."""
        while True:
            with self._io:
                if self._closed:
                    return b""
                try:
                    return self.sock.recv(size)
                except self._want_read:
                    wanted = select.POLLIN
                except self._want_write:
                    wanted = select.POLLOUT
            self._wait(wanted)

    def sendall(self, data: bytes) -> None:
        """Everything of `data`. Raises OSError."""
        left = memoryview(data)
        with self._writing:
            while left:
                with self._io:
                    if self._closed:
                        raise BrokenPipeError("the connection is closed")
                    try:
                        left = left[self.sock.send(left[:_PIECE]) :]
                        continue
                    except self._want_write:
                        wanted = select.POLLOUT
                    except self._want_read as error:
                        wanted = select.POLLOUT if isinstance(error, BlockingIOError) else select.POLLIN
                self._wait(wanted)

    def _wait(self, wanted: int) -> None:
        poll = select.poll()
        poll.register(self.sock, wanted)
        poll.poll()

    def close(self) -> None:
        """End both directions; wakes the reader and the writers. The socket itself is closed by whoever made it."""
        with suppress(OSError, ValueError):
            # an error means that it is gone already; the plain method keeps the encryption's state for the reader
            socket.socket.shutdown(self.sock, socket.SHUT_RDWR)
        with self._io:
            self._closed = True
