"""Answers that come piece by piece: read ahead in a thread of their own, so that silence can be filled.

A caller who has gone is noticed only when something is handed on. So a stream that has nothing to say hands on empty
pieces, at which the server closes the body of a caller who has gone and the call is cancelled; and now and then it
sends something that means nothing, for what stands between and gives silent connections up.
"""

from __future__ import annotations

import queue
import threading

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from charthouse.rpc.call import Call

__all__ = ["Body"]

_AHEAD = 64
_TICK = 1.0  # seconds
_SILENT = 15  # ticks


class Body:
    """An ``HttpAnswer.body``. pieces: what is sent, raises nothing; silence: what stands for nothing.

    tick: seconds. Closing it cancels the call.
    """

    def __init__(
        self, pieces: Callable[[], Iterator[bytes]], call: Call, *, silence: bytes, tick: float = _TICK
    ) -> None:
        self._call = call
        self._silence = silence
        self._tick = tick
        self._silent = 0
        self._queue: queue.Queue[bytes | None] = queue.Queue(_AHEAD)
        self._closed = threading.Event()
        threading.Thread(target=self._read, args=(pieces,), name="gateway stream", daemon=True).start()

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        if self._closed.is_set():
            raise StopIteration
        try:
            piece = self._queue.get(timeout=self._tick)
        except queue.Empty:
            self._silent += 1
            return b"" if self._silent % _SILENT else self._silence
        self._silent = 0
        if piece is None:
            raise StopIteration
        return piece

    def close(self) -> None:
        """The caller has gone, or has had all of it."""
        self._closed.set()
        self._call.cancel()

    def _read(self, pieces: Callable[[], Iterator[bytes]]) -> None:
        try:
            for piece in pieces():
                self._put(piece)
                if self._closed.is_set():
                    return
        finally:
            self._put(None)

    def _put(self, piece: bytes | None) -> None:
        while not self._closed.is_set():
            try:
                self._queue.put(piece, timeout=1.0)
            except queue.Full:
                continue
            return
