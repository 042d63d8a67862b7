"""An operation that another replica works on, or that ended there: the same to look at as one of our own.

Its events are a summary of the journal, looked at once a second; its result is read from the release's records as the
caller who asks.
"""

from __future__ import annotations

import threading

from charthouse.actions.errors import ActionError, VerbFailed
from charthouse.actions.ports import Progress
from charthouse.errors import CharthouseError
from charthouse.tiller.operations.errors import NotFound
from charthouse.tiller.operations.operation import Operation

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from charthouse.actions.environment import Environment
    from charthouse.actions.ports import Clock
    from charthouse.tiller.caller import Caller
    from charthouse.tiller.operations.outcomes import Outcome
    from charthouse.tiller.operations.replica import Replica
    from charthouse.tiller.operations.work import Work

__all__ = ["Followed"]

_EVERY = 1.0  # seconds
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

    def follow(self) -> None:
        """Begin to look, in a thread of its own."""
        threading.Thread(target=self._look, name=f"follow {self.id}", daemon=True).start()

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
        missed = 0
        while not self.done:
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
