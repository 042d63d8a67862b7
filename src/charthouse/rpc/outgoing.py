"""What a handler has made and its caller has not been sent: bounded, so that a slow reader slows its handler down."""

from __future__ import annotations

import threading
from collections import deque

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Gone", "Outgoing"]


class Gone(Exception):
    """Nobody takes it any more."""


class Outgoing:
    """limit: bytes held before `put` waits. wake: called, from the handler's thread, when there is something again."""

    __slots__ = ("_changed", "_closed", "_limit", "_pieces", "_wake", "size")

    def __init__(self, limit: int, wake: Callable[[], None]) -> None:
        self._limit = limit
        self._wake = wake
        self._pieces: deque[memoryview] = deque()
        self._changed = threading.Condition(threading.Lock())
        self._closed = False
        self.size = 0

    def put(self, data: bytes) -> None:
        """The handler's thread: waits until there is room (a piece larger than that has room when there is nothing
        else). Raises Gone, also for a piece without bytes: so a handler that has nothing to say learns of it."""
        with self._changed:
            while self.size and self.size + len(data) > self._limit and not self._closed:
                self._changed.wait()
            if self._closed:
                raise Gone
            if not data:
                return
            was_empty = not self.size
            self._pieces.append(memoryview(data))
            self.size += len(data)
        if was_empty:
            self._wake()

    def add(self, data: bytes) -> None:
        """The loop's thread: the last of it, however much."""
        if data:
            with self._changed:
                if not self._closed:
                    self._pieces.append(memoryview(data))
                    self.size += len(data)

    def take(self, most: int) -> memoryview | bytes:
        """The loop's thread: at most that many bytes of what comes next."""
        with self._changed:
            taken: list[memoryview] = []
            left = most
            while left and self._pieces:
                piece = self._pieces[0]
                if len(piece) > left:
                    taken.append(piece[:left])
                    self._pieces[0] = piece[left:]
                    left = 0
                else:
                    taken.append(self._pieces.popleft())
                    left -= len(piece)
            self.size -= most - left
            self._changed.notify_all()
        return taken[0] if len(taken) == 1 else b"".join(taken)

    def close(self) -> None:
        """The loop's thread: nobody takes it any more."""
        with self._changed:
            self._closed = True
            self._pieces.clear()
            self.size = 0
            self._changed.notify_all()
