"""Locks that need no cluster: none at all, and those among the threads of one process."""

from __future__ import annotations

import threading

from charthouse.releases.errors import Locked

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from charthouse.releases.journal import Journal
    from charthouse.releases.lock import Lock

__all__ = ["Held", "ProcessLocks", "Unlocked"]


class Held:
    """No lock at all: Helm's pending check is the only guard."""

    interrupted: Journal | None = None
    guards = False
    thorough = False

    def note_finely(self, journal: Journal) -> None:
        """Not wanted."""

    def note(self, journal: Journal) -> None:
        """Nowhere to write it."""

    def check(self) -> None:
        """Cannot be lost."""

    def release(self, *, finished: bool = True) -> None:
        """Nothing to give back."""

    def abandon(self) -> None:
        """Nothing to hold."""


class Unlocked:
    """Locks for callers who need none (dry runs, reading)."""

    def acquire(self, name: str, journal: Journal) -> Lock:
        return Held()

    def left_behind(self, name: str) -> bool:
        return False


class _ProcessLock(Held):
    guards = True

    def __init__(self, give_back: Callable[[], None]) -> None:
        self._give_back = give_back

    def release(self, *, finished: bool = True) -> None:
        self._give_back()


class ProcessLocks:
    """Locks among the threads of one process, for the memory driver."""

    def __init__(self) -> None:
        self._mutex = threading.Lock()
        self._busy: set[str] = set()

    def acquire(self, name: str, journal: Journal) -> Lock:
        with self._mutex:
            if name in self._busy:
                raise Locked(hint="another thread of this process works on the release")
            self._busy.add(name)
        return _ProcessLock(lambda: self._busy.discard(name))

    def left_behind(self, name: str) -> bool:
        return name in self._busy
