"""One operation: its events, how it ends, and how it is stopped.

Any number of threads follow it, each from where it likes; nobody who is slow holds it up, since only the newest events
are kept. Cancelling is cooperative: it is noticed wherever the verb sleeps or tells how far it is, raises ``Cancelled``
there once, and the verb then ends as it does on Ctrl-C (marked failed, or rolled back where that was asked for).
"""

from __future__ import annotations

import threading
from collections import deque

from charthouse.actions.errors import Cancelled
from charthouse.tiller.operations.errors import HandedOver
from charthouse.tiller.operations.work import DROPPED, ENDS, FAILED, HINT, LOG, OUTPUT, PROGRESS, RESULT, Event

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from charthouse.actions.ports import Clock, Progress
    from charthouse.logs import LogRecord
    from charthouse.tiller.caller import Caller
    from charthouse.tiller.operations.work import Work

__all__ = ["KEPT_EVENTS", "Operation", "StoppableClock"]

KEPT_EVENTS = 1000
_SLICE = 0.2  # seconds after which a sleeping operation notices that it was cancelled


class Operation:
    """id, work, caller: whose it is and what it does. given: whether another replica is to go on with it;
    stopping: whether it was asked to stop; held: bytes its request takes while it runs or waits.

    It is made by ``Operations.start``.
    """

    def __init__(
        self, work: Work, caller: Caller, clock: Clock, *, kept: int = KEPT_EVENTS, held: int = 0
    ) -> None:  # fmt: skip
        self.id = work.id
        self.held = held
        self.work = work
        self.caller = caller
        self.clock = StoppableClock(clock, self.check)
        self.given = False
        self.stopping = False
        self._clock = clock
        self._events: deque[Event] = deque(maxlen=kept)
        self._last = 0
        self._changed = threading.Condition()
        self._stop = threading.Event()
        self._end: Event | None = None

    # for those who follow it

    @property
    def done(self) -> bool:
        """Whether it has ended."""
        return self._end is not None

    def events(self, after: int = 0, *, timeout: float | None = None) -> Iterator[Event]:
        """The events after number `after`, waiting for more until the operation ends.

        timeout: seconds to wait for the next event; when they are over the iterator ends early (ask again with the last
        number). What was dropped before it was read is told by one event `dropped`.
        """
        while True:
            batch = self._after(after, timeout)
            if not batch:
                return
            for event in batch:
                after = event.number
                yield event
                if event.kind in ENDS:
                    return

    def result(self, timeout: float | None = None) -> Any:
        """What the operation returned. Raises what it raised; TimeoutError when it has not ended in time."""
        with self._changed:
            if not self._changed.wait_for(lambda: self._end is not None, timeout):
                raise TimeoutError(f"operation {self.id} is still running")
        end = self._end
        assert end is not None
        if end.kind == FAILED:
            raise end.value
        return end.value

    def cancel(self) -> None:
        """Ask it to stop; an operation that has ended stays as it is."""
        self.stopping = True
        self._stop.set()

    # for the verb at work

    def tell(self, kind: str, value: Any) -> None:
        """Add an event. After the end nothing is told any more."""
        with self._changed:
            if self._end is not None:
                return
            self._last += 1
            event = Event(self._last, kind, value, self._clock.now())
            self._events.append(event)
            if kind in ENDS:
                self._end = event
            self._changed.notify_all()

    def progress(self, progress: Progress) -> None:
        """For the verb's `progress`. Raises Cancelled."""
        self.tell(PROGRESS, progress)
        self.check()

    def log(self, entry: LogRecord) -> None:
        """For the Environment."""
        self.tell(LOG, entry)

    def hint(self, text: str) -> None:
        """For the Environment."""
        self.tell(HINT, text)

    def hook_output(self, namespace: str, pod: str, container: str, text: str) -> None:
        """For the Environment."""
        self.tell(OUTPUT, (namespace, pod, container, text))

    def check(self) -> None:
        """Raises Cancelled, once each time it was asked to stop: what undoes the work is not stopped as well.

        Raises HandedOver.
        """
        self.check_given()
        if self._stop.is_set():
            self._stop.clear()
            raise Cancelled

    def hand_over(self) -> None:
        """Let the verb stop where it is, so that another replica goes on with it."""
        self.given = True

    def check_given(self) -> None:
        """Raises HandedOver."""
        if self.given and self._end is None:
            raise HandedOver

    def finish(self, value: Any) -> None:
        """It ended well."""
        self.tell(RESULT, value)

    def fail(self, error: BaseException) -> None:
        """It ended badly."""
        self.tell(FAILED, error)

    def _after(self, after: int, timeout: float | None) -> list[Event]:
        with self._changed:
            self._changed.wait_for(lambda: self._last > after or self._end is not None, timeout)
            found = [event for event in self._events if event.number > after]
            missing = (found[0].number if found else self._last + 1) - after - 1
            if missing > 0 and found:
                found.insert(0, Event(found[0].number - 1, DROPPED, missing, found[0].time))
            return found


class StoppableClock:
    """A clock whose sleep ends with ``Cancelled`` when the operation is asked to stop."""

    def __init__(self, clock: Clock, check: Callable[[], None]) -> None:
        self._clock = clock
        self._check = check
        self._thread = threading.get_ident()

    def belong(self) -> None:
        """The calling thread is the operation's: those that help it are not stopped by themselves."""
        self._thread = threading.get_ident()

    def now(self) -> Any:
        return self._clock.now()

    def monotonic(self) -> float:
        """Waits look at the time again and again, so they are stopped here. Raises Cancelled, HandedOver."""
        if threading.get_ident() == self._thread:
            self._check()
        return self._clock.monotonic()

    def sleep(self, seconds: float) -> None:
        """Raises Cancelled, HandedOver."""
        if threading.get_ident() != self._thread:
            self._clock.sleep(seconds)
            return
        self._check()
        until = self._clock.monotonic() + seconds
        while (left := until - self._clock.monotonic()) > 0:
            self._clock.sleep(min(left, _SLICE))
            self._check()
