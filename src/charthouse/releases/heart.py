"""A few threads that renew every Lease a process holds.

A server holds as many Leases as it has operations; a thread for each would cost more than the renewals. More than one,
since a request that hangs must not let all other Leases expire. They are there as long as there is something to renew.
"""

from __future__ import annotations

import os
import sys
import threading
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["HEARTBEAT", "Heart"]

_THREADS = 4
HEARTBEAT = 5.0  # seconds between two renewals of one Lease


class Heart:
    """Calls each `beat` every HEARTBEAT seconds until it is removed. A beat may take its time. What it raises is told
    as what ends a thread is, and the heart goes on: one mistake must not let every Lease of the process expire."""

    def __init__(self, *, every: float = HEARTBEAT) -> None:
        self._every = every
        self._changed = threading.Condition()
        self._due: dict[Callable[[], None], float] = {}
        self._threads = 0
        self._pid = os.getpid()

    def add(self, beat: Callable[[], None]) -> None:
        """From one HEARTBEAT on."""
        with self._changed:
            if self._pid != os.getpid():  # a fork has no threads, and nothing of its parent's to renew
                self._pid, self._threads, self._due = os.getpid(), 0, {}
            self._due[beat] = time.monotonic() + self._every
            if self._threads < min(_THREADS, len(self._due)):
                self._threads += 1
                threading.Thread(target=self._run, name="heartbeat", daemon=True).start()

    def remove(self, beat: Callable[[], None]) -> None:
        """It may be called once more if its turn has come already."""
        with self._changed:
            self._due.pop(beat, None)
            self._changed.notify_all()

    def _run(self) -> None:
        while True:
            with self._changed:
                if self._threads > len(self._due):
                    self._threads -= 1
                    return
                beat, due = min(self._due.items(), key=lambda item: item[1])
                left = due - time.monotonic()
                if left > 0:
                    self._changed.wait(left)
                    continue
                self._due[beat] = time.monotonic() + self._every
            try:
                beat()
            except Exception:
                threading.excepthook(threading.ExceptHookArgs((*sys.exc_info(), threading.current_thread())))
