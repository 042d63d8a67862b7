"""One thread that renews every Lease a process holds.

A server holds as many Leases as it has operations; a thread for each would cost more than the renewals. The thread is
there as long as there is something to renew.
"""

from __future__ import annotations

import threading
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["HEARTBEAT", "Heart"]

HEARTBEAT = 5.0  # seconds between two renewals of one Lease


class Heart:
    """Calls each `beat` every HEARTBEAT seconds until it is removed. A beat must not raise; it may take its time."""

    def __init__(self, *, every: float = HEARTBEAT) -> None:
        self._every = every
        self._changed = threading.Condition()
        self._due: dict[Callable[[], None], float] = {}
        self._thread: threading.Thread | None = None

    def add(self, beat: Callable[[], None]) -> None:
        """From one HEARTBEAT on."""
        with self._changed:
            self._due[beat] = time.monotonic() + self._every
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="heartbeat", daemon=True)
                self._thread.start()

    def remove(self, beat: Callable[[], None]) -> None:
        """It may be called once more if its turn has come already."""
        with self._changed:
            self._due.pop(beat, None)
            if not self._due:
                self._changed.notify_all()

    def _run(self) -> None:
        while True:
            with self._changed:
                if not self._due:
                    self._thread = None
                    return
                beat, due = min(self._due.items(), key=lambda item: item[1])
                left = due - time.monotonic()
                if left > 0:
                    self._changed.wait(left)
                    continue
                self._due[beat] = time.monotonic() + self._every
            beat()
