"""Finding operations whose replica died, or gave them away, and going on with them.

Every replica looks every two seconds; who replaces the Lease first has the operation. Before anything is done the
caller's rights are asked again, as the caller. What nobody may go on with is left: the next operation on the release,
by somebody with the rights, puts its records right as the direct mode does (``actions.recovery``).
"""

from __future__ import annotations

import threading

from charthouse.actions.resume import resume, settle
from charthouse.actions.resumed import Interrupted
from charthouse.errors import CharthouseError
from charthouse.k8s.ports import ApiError
from charthouse.logs import INFO, WARN, LogRecord
from charthouse.records import replace
from charthouse.releases.journal import Journal
from charthouse.tiller.operations.entry import GIVEN, LEFT, UNSETTLED, WORKING
from charthouse.tiller.operations.ledger import Page
from charthouse.tiller.operations.outcomes import Outcome
from charthouse.tiller.operations.rights import missing_right

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from charthouse.actions.environment import Environment
    from charthouse.actions.ports import Progress
    from charthouse.releases.holder import Holder
    from charthouse.tiller.operations.entry import Entry
    from charthouse.tiller.operations.ledger import Ledger
    from charthouse.tiller.operations.operation import Operation
    from charthouse.tiller.operations.replica import Replica

    Do = Callable[[Environment, Callable[[Progress], None], Operation], Any]

__all__ = ["EVERY", "Successor"]

EVERY = 2.0  # seconds between two looks
_TIDY = 30  # looks between two clean-ups of old outcomes
_OFTEN = 3  # times an operation is taken over: one that kills each replica must not kill them all for ever


class Successor:
    """adopt: runs an operation that was taken over (``Operations.adopt``). at_work: finds one that runs here."""

    def __init__(
        self,
        replica: Replica,
        adopt: Callable[[Page, Do], None],
        at_work: Callable[[str], Operation | None],
        *,
        every: float = EVERY,
    ) -> None:
        self._replica = replica
        self._adopt = adopt
        self._at_work = at_work
        self._every = every
        self._looks = 0
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def ledger(self) -> Ledger:
        """Where it looks."""
        return self._replica.ledger

    def start(self) -> None:
        """Look again and again, in a thread of its own."""
        self._thread = threading.Thread(target=self._run, name="successor", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Take over nothing more."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(30)

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self.look()
            except CharthouseError as error:
                self._log(WARN, "looking for interrupted operations failed", error=error.message)
            except Exception as error:  # whatever one Lease holds, the others need looking after
                self._log(WARN, "looking for interrupted operations failed", error=repr(error))
            self._stop.wait(self._every)

    def look(self) -> int:
        """Once; returns how many operations were taken over. Raises ApiError, Unreachable."""
        pages = self._replica.ledger.all()
        me = self._replica.presence.me
        tidy, self._looks = self._looks % _TIDY == 0, self._looks + 1
        is_dead = self._replica.presence.look() if pages or tidy else _nobody
        taken = 0
        failure: CharthouseError | None = None
        for page in pages:
            if self._stop.is_set():
                break
            try:
                if page.entry.state == WORKING and page.entry.holder.token == me.token:
                    taken += self._look_at_ours(page)
                elif self._is_due(page.entry, is_dead):
                    taken += self._take(page)
            except CharthouseError as error:
                failure = failure or error  # the others need looking after all the same
        if failure is not None:
            raise failure
        if tidy:
            self._replica.outcomes.tidy()
        return taken

    def _is_due(self, entry: Entry, is_dead: Callable[[Holder], bool]) -> bool:
        """Whether somebody is to go on with it now; what could not be settled is tried ever more rarely."""
        if entry.state == UNSETTLED:
            return bool(self._looks % 4**entry.taken == 0)
        return entry.state == GIVEN or (entry.state == WORKING and is_dead(entry.holder))

    def _look_at_ours(self, page: Page) -> bool:
        """Stop an operation that another replica was asked to stop; settle one that could not give its Lease back."""
        id = page.entry.work.id
        operation = self._at_work(id)
        if operation is not None:
            if not operation.stopping and self._replica.ledger.asked_to_cancel(page):
                operation.cancel()
            return False
        try:
            found = self._replica.ledger.get(self._replica.ledger.ref(page.entry))
        except ApiError as error:
            if error.reason == "NotFound":
                return False  # it ended since the list was made
            raise
        if found is None or found.version != page.version or self._at_work(id) is not None:
            return False
        return self._take(Page(found.lease, replace(found.entry, state=UNSETTLED), found.bound))

    def _take(self, page: Page) -> bool:
        """Take an operation over and go on with it; False when another replica was quicker, or nobody may."""
        entry, ledger = page.entry, self._replica.ledger
        times = entry.taken + (entry.state != GIVEN)  # a replica that gives its work away has not died of it
        settling = not _resumable(page)  # noted, since from this write on the entry is bound and at work
        mine = replace(entry, holder=self._replica.presence.me, taken=times, state=WORKING, settling=settling)
        try:
            held = ledger.write(page, mine)
        except ApiError as error:
            if error.reason in ("Conflict", "NotFound"):
                return False
            raise
        problem = self._problem(held)
        if problem:
            self._leave(held, problem)
            return False
        self._log(INFO, "an interrupted operation is taken up", **_named(entry))
        self._adopt(held, _settling if settling else _going_on)
        return True

    def _problem(self, page: Page) -> str:
        """Why the operation must not be gone on with, "" when it may. Raises ApiError, Unreachable (try again)."""
        if page.entry.taken > _OFTEN:
            return f"it was interrupted {page.entry.taken} times"
        try:
            missing = missing_right(self._replica.workplace, page.entry)
        except CharthouseError:
            self._replica.ledger.write(page, replace(page.entry, state=GIVEN))
            raise
        return f"its caller's rights do not allow it any more: {missing}" if missing else ""

    def _leave(self, page: Page, problem: str) -> None:
        entry = page.entry
        self._log(WARN, "an interrupted operation is not gone on with", reason=problem, **_named(entry))
        text = f"the {entry.journal.verb} was interrupted and is not gone on with: {problem}"
        hint = "the next operation on the release puts its records right"
        self._replica.outcomes.keep(Outcome(entry.work, entry.caller, entry.journal.revision, text, hint))
        self._replica.ledger.write(page, replace(entry, state=LEFT))

    def _log(self, level: str, message: str, **attributes: Any) -> None:
        self._replica.log(LogRecord(level, message, **attributes))


def _resumable(page: Page) -> bool:
    """Whether the verb can be gone on with: Helm 2's rules keep too little, but for an uninstall; an unbound entry had
    begun nothing."""
    entry, work = page.entry, page.entry.work
    if not page.bound or entry.settling or entry.state == UNSETTLED:
        return False
    return work.api == "v1" or work.verb == "uninstall"


def _nobody(holder: Holder) -> bool:
    return False


def _named(entry: Entry) -> dict[str, str]:
    work = entry.work
    return {
        "operation": work.id, "namespace": work.namespace, "release": work.name, "verb": entry.journal.verb,
        "step": entry.journal.step, "user": entry.caller.user, "replica": entry.holder.identity,
    }  # fmt: skip


def _going_on(env: Environment, progress: Callable[[Progress], None], operation: Operation) -> Any:
    """What an operation does that was taken over."""
    work = operation.work
    lock = env.locks.acquire(work.name, Journal(work.verb, 0))
    return resume(env, lock, work.name, work.namespace, progress)


def _settling(env: Environment, progress: Callable[[Progress], None], operation: Operation) -> Any:
    """What is done for one that had ended, or had not properly begun."""
    work = operation.work
    lock = env.locks.acquire(work.name, Journal(work.verb, 0))
    left = settle(env, lock, work.name, work.namespace, progress)
    text = f"revision {left[-1].version} is marked failed" if left else "nothing had been changed"
    raise Interrupted(f"the {work.verb} was interrupted; {text}", hint="begin it again")
