"""Threads for handlers: as many as there is work, up to a bound; the rest waits, up to a bound.

Not ``concurrent.futures``: its threads keep a process from ending while a handler hangs, and its queue has no bound.
"""

from __future__ import annotations

import threading
from collections import deque

from charthouse.logs import ERROR, LogRecord

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from charthouse.logs import Log

__all__ = ["Workers"]

_IDLE = 30.0


class Workers:
    """most: threads; waiting: pieces of work without one."""

    def __init__(self, most: int, waiting: int, log: Log) -> None:
        self._most = most
        self._waiting = waiting
        self._log = log
        self._work: deque[Callable[[], None]] = deque()
        self._ready = threading.Condition(threading.Lock())
        self._threads = 0
        self._idle = 0
        self._stopped = False

    @property
    def busy(self) -> int:
        """Threads at work."""
        with self._ready:
            return self._threads - self._idle

    def submit(self, work: Callable[[], None]) -> bool:
        """False when too much waits already, or after `stop`."""
        with self._ready:
            if self._stopped or (self._threads >= self._most and len(self._work) >= self._waiting + self._idle):
                return False
            self._work.append(work)
            if self._idle >= len(self._work):
                self._ready.notify()
                return True
            if self._threads >= self._most:
                return True
            self._threads += 1
        threading.Thread(target=self._run, name="rpc-handler", daemon=True).start()
        return True

    def stop(self) -> None:
        """Threads end after what they are at; what waits is dropped."""
        with self._ready:
            self._stopped = True
            self._work.clear()
            self._ready.notify_all()

    def _run(self) -> None:
        while (work := self._next()) is not None:
            try:
                work()
            except BaseException as error:  # a thread's last: the thread goes on
                self._log(LogRecord(ERROR, "a handler's thread failed", error=f"{type(error).__name__}: {error}"))

    def _next(self) -> Callable[[], None] | None:
        with self._ready:
            self._idle += 1
            try:
                while not self._work and not self._stopped:
                    if not self._ready.wait(_IDLE) and not self._work:
                        self._stopped_one()
                        return None
                if self._stopped:
                    self._stopped_one()
                    return None
                return self._work.popleft()
            finally:
                self._idle -= 1

    def _stopped_one(self) -> None:
        self._threads -= 1
