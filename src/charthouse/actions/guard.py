"""Holding the lock of a release around a verb.

A verb that ends, well or badly, gives the lock back and with it the journal. One whose last write to the records failed
leaves the journal behind, so that the next operation puts the records right; one that is killed leaves both.
"""

from __future__ import annotations

from contextlib import contextmanager

from charthouse.golang.moment import now, to_text
from charthouse.releases.journal import BEGUN, Journal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from charthouse.actions.environment import Environment
    from charthouse.releases.lock import Lock

__all__ = ["Guard", "guarded"]


class Guard:
    """lock: what is held; interrupted: what a dead operation left; unsaved: a write to the records failed."""

    __slots__ = ("_env", "_name", "_verb", "interrupted", "lock", "unsaved")

    def __init__(self, env: Environment, name: str, verb: str, options: dict[str, Any] | None = None) -> None:
        self._env = env
        self._name = name
        self._verb = verb
        self.unsaved = False
        self.lock: Lock = env.locks.acquire(name, self._journal(BEGUN, options))
        self.interrupted: Journal | None = self.lock.interrupted

    @property
    def verb(self) -> str:
        """Whose journal it is."""
        return self._verb

    def retry(self) -> None:
        """Acquire again what could not be had before there was a namespace."""
        if not self.lock.guards:
            self.lock = self._env.locks.acquire(self._name, self._journal(BEGUN, None))

    def note(self, step: str, *, verb: str = "", options: dict[str, Any] | None = None) -> None:
        """Write the journal: this verb (or another, begun on its behalf) has come to `step`."""
        self._verb = verb or self._verb
        self.lock.note(self._journal(step, options))

    def check(self) -> None:
        """Raises Locked when the lock was lost to another process."""
        self.lock.check()

    def _journal(self, step: str, options: dict[str, Any] | None) -> Journal:
        return Journal(self._verb, 0, step, to_text(now(self._env.clock.now())), options)


@contextmanager
def guarded(env: Environment, name: str, verb: str, options: dict[str, Any] | None = None) -> Iterator[Guard]:
    """The release `name` for this verb alone. options: for the journal. Raises Locked."""
    guard = Guard(env, name, verb, options)
    try:
        yield guard
    finally:
        guard.lock.release(finished=not guard.unsaved)
