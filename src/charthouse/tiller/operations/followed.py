"""An operation that another replica works on, or that ended there: the same to look at as one of our own.

Its events are a summary of the journal, looked at once a second; its result is read from the release's records as the
caller who asks.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager

from charthouse.actions.errors import ActionError, VerbFailed
from charthouse.actions.ports import Progress
from charthouse.errors import CharthouseError
from charthouse.tiller.operations.errors import NotFound
from charthouse.tiller.operations.operation import Operation

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from charthouse.actions.environment import Environment
    from charthouse.actions.ports import Clock
    from charthouse.tiller.caller import Caller
    from charthouse.tiller.operations.outcomes import Outcome
    from charthouse.tiller.operations.replica import Replica
    from charthouse.tiller.operations.work import Event, Work

__all__ = ["Followed"]

_EVERY = 1.0  # seconds
_UNREAD = 30  # looks that nobody was interested in
_MISSED = 3  # looks without Lease and outcome after which it is given up


class Followed(Operation):
    """environment: makes the caller's, for the result."""

    def __init__(
        self,
        work: Work,
        caller: Caller,
        clock: Clock,
        replica: Replica,
        environment: Callable[[Operation], Environment],
    ) -> None:
        super().__init__(work, caller, clock)
        self._replica = replica
        self._environment = environment
        self._pause = clock.sleep
        self._told: tuple[Any, ...] = ()
        self._mutex = threading.Lock()
        self._readers = 0
        self._looking = False

    def events(self, after: int = 0, *, timeout: float | None = None) -> Iterator[Event]:
        with self._followed():
            yield from super().events(after, timeout=timeout)

    def result(self, timeout: float | None = None) -> Any:
        with self._followed():
            return super().result(timeout)

    @contextmanager
    def _followed(self) -> Iterator[None]:
        """Look, in a thread of its own, as long as somebody wants to know, and a little longer."""
        with self._mutex:
            self._readers += 1
            begin, self._looking = not self._looking and not self.done, True
        if begin:
            threading.Thread(target=self._look, name=f"follow {self.id}", daemon=True).start()
        try:
            yield
        finally:
            with self._mutex:
                self._readers -= 1

    def cancel(self) -> None:
        """Ask the replica at work to stop it. Raises ApiError, Unreachable."""
        page = self._replica.ledger.find(self.id)
        if page is not None:
            self._replica.ledger.ask_to_cancel(page)

    def ended(self, outcome: Outcome) -> None:
        """It has ended so."""
        try:
            if outcome.error:
                self.fail(self._failure(outcome))
            else:
                self.finish(self._result(outcome))
        except CharthouseError as error:
            self.fail(error)

    def _look(self) -> None:
        missed = unread = 0
        while not self.done:
            with self._mutex:
                unread = 0 if self._readers else unread + 1
                if unread > _UNREAD:
                    self._looking = False
                    return
            try:
                page = self._replica.ledger.find(self.id)
                outcome = self._replica.outcomes.find(self.id) if page is None else None
            except CharthouseError:
                self._pause(_EVERY)
                continue  # the server may be away for a moment
            if outcome is not None:
                self.ended(outcome)
                return
            missed = 0 if page is not None else missed + 1
            if missed >= _MISSED:
                self.fail(NotFound(self.id))
                return
            if page is not None:
                self._tell_step(page.entry.journal)
            self._pause(_EVERY)

    def _tell_step(self, journal: Any) -> None:
        hook = journal.hook
        now = (journal.verb, journal.step, hook)
        if now == self._told:
            return
        self._told = now
        if hook is not None:
            self.tell("progress", Progress("hook", hook.event, hook.phase, f"hook {hook.place + 1}"))
        else:
            self.tell("progress", Progress("step", journal.verb, journal.step))

    def _result(self, outcome: Outcome) -> Any:
        from charthouse.actions.uninstall import Uninstalled

        if outcome.revision == 0 or outcome.work.verb == "uninstall":
            return Uninstalled()
        return self._environment(self).storage.get(outcome.work.name, outcome.revision)

    def _failure(self, outcome: Outcome) -> CharthouseError:
        if outcome.revision:
            try:
                release = self._environment(self).storage.get(outcome.work.name, outcome.revision)
            except CharthouseError:
                release = None  # gone by now: the text is what matters
            if release is not None:
                return VerbFailed(outcome.error, release=release, hint=outcome.hint)
        return ActionError(outcome.error, hint=outcome.hint)
