"""One replica of Tiller: what its operations share with those of the others, and the journal they write."""

from __future__ import annotations

from charthouse.actions.errors import VerbFailed
from charthouse.errors import CharthouseError
from charthouse.logs import WARN, LogRecord, silent
from charthouse.releases.heart import Heart
from charthouse.releases.holder import this_process
from charthouse.releases.lock import LeaseLocks
from charthouse.tiller.operations.ledger import Ledger
from charthouse.tiller.operations.locks import Books, Ended, TillerLocks
from charthouse.tiller.operations.outcomes import Outcome, Outcomes
from charthouse.tiller.operations.presence import Presence
from charthouse.tiller.operations.rights import may_hold
from charthouse.tiller.operations.seal import Seal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from charthouse.actions.environment import Environment
    from charthouse.actions.ports import Clock
    from charthouse.logs import Log
    from charthouse.tiller.operations.ledger import Page
    from charthouse.tiller.operations.operation import Operation
    from charthouse.tiller.workplace import Workplace

__all__ = ["Replica"]

_PAUSES = (0.2, 0.5, 1.0, 2.0, 0.0)  # seconds after each try


class Replica:
    """workplace: whose namespace and own cluster are used. random: so many random bytes. log: told of refused journals
    and of what could not be written."""

    def __init__(
        self, workplace: Workplace, *, clock: Clock, random: Callable[[int], bytes], log: Log = silent
    ) -> None:
        client, namespace = workplace.own_cluster().client, workplace.namespace
        seal = Seal(client, namespace, random)
        me = this_process(random(8).hex())
        self.workplace = workplace
        self.clock = clock
        self.log = log
        self.seal = seal
        self.ledger = Ledger(client, namespace, seal, log)
        self.presence = Presence(client, namespace, me, clock=clock, heart=Heart())
        self.outcomes = Outcomes(client, namespace, seal, lambda: float(clock.now().timestamp()))
        self.books = Books(self.ledger, self.presence)

    def announce(self) -> None:
        """Be there for the other replicas. Raises ApiError, Unreachable, BadKey."""
        self.seal.prepare()
        self.presence.announce()

    def locks(self, operation: Operation, env: Environment, taken: Page | None = None) -> TillerLocks:
        """The locks of one operation: Tiller's Lease, then what the direct mode would have taken."""
        inner = env.locks
        if self.workplace.storage != "memory":
            inner = LeaseLocks(
                env.cluster.client,
                operation.work.namespace,
                holder=lambda: this_process(operation.id),
                clock=operation.clock,
                hint=operation.hint,
                heir=operation.id if taken is not None else "",
                guarded=True,
            )
        client, namespace, storage = env.cluster.client, operation.work.namespace, self.workplace.storage
        return TillerLocks(
            self.books, operation, inner, taken=taken, may_hold=lambda: may_hold(client, namespace, storage)
        )

    def close(self, operation: Operation, locks: TillerLocks, value: Any, error: BaseException | None) -> None:
        """The operation has ended: write down how, then give its Lease back."""
        lock = locks.lock
        if lock is None or lock.lost:
            return
        outcome = _outcome(operation, value, error)
        self._surely("an outcome could not be kept", operation, lambda: self.outcomes.keep(outcome))
        how = Ended.WELL
        if lock.unsettled:  # what was done but not recorded is gone on with: that ends in recording it
            how = Ended.UNSETTLED if error is not None else Ended.GIVEN
        self._surely("a Lease could not be given back", operation, lambda: lock.leave(how))

    def give_away(self, operation: Operation, locks: TillerLocks) -> None:
        """Another replica is to go on with it at once."""
        lock = locks.lock
        if lock is not None:
            self._surely("a Lease could not be given away", operation, lambda: lock.leave(Ended.GIVEN))

    def _surely(self, problem: str, operation: Operation, write: Callable[[], None]) -> None:
        """Write although the server may be away for a moment; what fails for good is found by the Successor."""
        for pause in _PAUSES:
            try:
                write()
            except CharthouseError as error:
                self.log(LogRecord(WARN, problem, operation=operation.id, error=error.message))
                self.clock.sleep(pause)
            else:
                return


def _outcome(operation: Operation, value: Any, error: BaseException | None) -> Outcome:
    made = error.release if isinstance(error, VerbFailed) else value
    revision = getattr(made, "version", 0)
    revision = revision if isinstance(revision, int) else 0
    if error is None:
        return Outcome(operation.work, operation.caller, revision)
    if isinstance(error, CharthouseError):
        return Outcome(operation.work, operation.caller, revision, error.message or "failed", error.hint)
    return Outcome(operation.work, operation.caller, revision, f"internal error: {type(error).__name__}")
