"""The lock of one operation: Tiller's Lease first, then the direct mode's beside the release, as the caller.

Tiller's Lease holds from the verb's first step to the end of the operation and carries the thorough journal; the other
one keeps `charthouse` and `helm` users off the release for as long as the verb runs, where the caller may make Leases.
"""

from __future__ import annotations

import threading
from contextlib import suppress

from charthouse.errors import CharthouseError
from charthouse.golang.moment import now, to_text
from charthouse.k8s.ports import ApiError
from charthouse.records import Record, replace
from charthouse.releases.errors import Locked
from charthouse.releases.lock import DURATION
from charthouse.tiller.operations.entry import GIVEN, LEFT, UNSETTLED, WORKING, Entry
from charthouse.tiller.operations.ledger import Ledger, Page

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from charthouse.releases.journal import Journal
    from charthouse.releases.lock import Lock, Locks
    from charthouse.tiller.operations.operation import Operation
    from charthouse.tiller.operations.presence import Presence

__all__ = ["Books", "TillerLock", "TillerLocks", "busy_hint"]

_DOUBTFUL = DURATION * 2 / 3  # seconds of silence after which a holder looks whether it still holds


class Books(Record):
    """What the locks of all operations of a process share."""

    ledger: Ledger
    presence: Presence


def busy_hint(entry: Entry) -> str:
    """Who works on the release, for the hint of Locked."""
    work = entry.work
    who = entry.caller.user or "an anonymous caller"
    where = f"operation {work.id} on {entry.holder.host}"
    return f"{who} is at work on {work.namespace}/{work.name}: {entry.journal.verb} since {entry.begun} ({where})"


class TillerLocks:
    """Locks of one operation. inner: the direct mode's, as the caller. taken: the page of a dead operation that this
    one goes on with. may_hold: whether the caller may keep others from releases in the namespace; where not, no Lease
    of Tiller's is taken, and the verb fails by the rights it lacks."""

    def __init__(
        self,
        books: Books,
        operation: Operation,
        inner: Locks,
        *,
        taken: Page | None = None,
        may_hold: Callable[[], bool] = lambda: True,
    ) -> None:
        self._books = books
        self._operation = operation
        self._inner = inner
        self._taken = taken
        self._may_hold = may_hold
        self.lock: TillerLock | None = None

    def acquire(self, name: str, journal: Journal) -> Lock:
        """See ``releases.lock.Locks``. Raises Locked, ApiError, Unreachable."""
        lock = self.lock
        if lock is None:
            if self._taken is None and not self._may_hold():
                return self._inner.acquire(name, journal)
            lock = self._taken_over() if self._taken is not None else self._open(journal)
            self.lock = lock
        else:
            lock.reopen(journal)
        try:
            lock.have(self._inner.acquire(name, journal))
        except CharthouseError as error:
            undecided = self._taken is not None and not isinstance(error, Locked)
            with suppress(CharthouseError):  # the Successor finds it
                lock.leave(Ended.GIVEN if undecided else Ended.WELL)
            self.lock = None
            raise
        return lock

    def left_behind(self, name: str) -> bool:
        return self._inner.left_behind(name)

    def _taken_over(self) -> TillerLock:
        assert self._taken is not None
        return TillerLock(self._books, self._taken, self._operation, interrupted=self._taken.entry.journal)

    def _open(self, journal: Journal) -> TillerLock:
        operation, ledger = self._operation, self._books.ledger
        begun = to_text(now(operation.clock.now()))
        entry = Entry(operation.work, operation.caller, journal, self._books.presence.me, begun=begun)
        while True:
            try:
                page = ledger.open(entry)
            except ApiError as error:
                if error.reason != "AlreadyExists":
                    raise
            else:
                if operation.work.api != "v1":
                    page = ledger.write(page, entry)  # bound at once: these verbs may have nothing more to note
                return TillerLock(self._books, page, operation)
            try:
                return self._over(entry)
            except ApiError as error:
                if error.reason not in ("NotFound", "Conflict"):
                    raise  # otherwise somebody was quicker: look again

    def _over(self, entry: Entry) -> TillerLock:
        """In the place of an operation that nobody goes on with. Raises Locked when somebody does, or will."""
        ledger, ref = self._books.ledger, self._books.ledger.ref(entry)
        lease = ledger.client.get(ref)
        found = ledger.read(lease)
        if found is None:
            self._operation.hint("the journal found with this release is not Tiller's; it is not acted upon")
            return TillerLock(self._books, ledger.write(Page(lease, entry, False), entry), self._operation)
        if found.entry.state != LEFT:
            raise Locked(hint=busy_hint(found.entry))
        kept = replace(entry, journal=found.entry.journal)  # until it is dealt with
        page = ledger.write(found, kept)
        return TillerLock(self._books, page, self._operation, interrupted=found.entry.journal)


class Ended:
    """How a lock is left."""

    WELL, UNSETTLED, GIVEN, LEFT = "", UNSETTLED, GIVEN, LEFT


class TillerLock:
    """Held until ``leave``, across the verbs of one operation."""

    thorough = True

    def __init__(self, books: Books, page: Page, operation: Operation, *, interrupted: Journal | None = None) -> None:
        self.interrupted = interrupted
        self.unsettled = False
        self._books = books
        self._page = page
        self._operation = operation
        self._mutex = threading.Lock()
        self._inner: Lock | None = None
        self._lost = False

    @property
    def guards(self) -> bool:
        """Whether the release is guarded against the direct mode as well."""
        return self._inner is None or self._inner.guards

    @property
    def lost(self) -> bool:
        """Whether it is no longer this operation's."""
        return self._lost

    @property
    def page(self) -> Page:
        """As last written."""
        return self._page

    def have(self, inner: Lock) -> None:
        """The direct mode's lock is held, too."""
        self._inner = inner
        if self.interrupted is None:
            self.interrupted = inner.interrupted

    def reopen(self, journal: Journal) -> None:
        """Another verb of the same operation begins (or the same one asks again)."""
        self.interrupted = None
        if journal != self._page.entry.journal:
            self._note(journal)

    def note(self, journal: Journal) -> None:
        self._note(journal)
        if self._inner is not None:
            self._inner.note(journal)

    def note_finely(self, journal: Journal) -> None:
        self._note(journal)

    def check(self) -> None:
        """Raises Locked when the lock was lost."""
        self._operation.check_given()
        if self._lost:
            raise self._gone()
        if self._books.presence.silent_for > _DOUBTFUL:
            with self._mutex:
                self._look()
        if self._inner is not None:
            self._inner.check()

    def release(self, *, finished: bool = True) -> None:
        """The verb has ended. Tiller's Lease stays until the operation has."""
        if self._operation.given:
            self.abandon()
            return
        self.unsettled = not finished
        if self._inner is not None:
            self._inner.release(finished=finished)
            self._inner = None

    def abandon(self) -> None:
        """Another replica goes on; it knows the direct mode's Lease by its holder's token."""
        if self._inner is not None:
            self._inner.abandon()

    def leave(self, how: str) -> None:
        """Give Tiller's Lease back, or leave it in a state for others. Raises ApiError, Unreachable."""
        with self._mutex:
            for _ in range(3):
                if self._lost:
                    return
                try:
                    if how == Ended.WELL:
                        self._books.ledger.delete(self._page)
                    else:
                        self._books.ledger.write(self._page, replace(self._page.entry, state=how))
                except ApiError as error:
                    if error.reason not in ("Conflict", "NotFound"):
                        raise
                    self._lost = not self._is_ours()  # a wish to cancel may have changed it
                else:
                    self._lost = True

    def _note(self, journal: Journal) -> None:
        self._operation.check_given()
        if self._lost:
            raise self._gone()
        with self._mutex:
            entry = replace(self._page.entry, journal=journal, state=WORKING)
            for _ in range(3):
                try:
                    self._page = self._books.ledger.write(self._page, entry)
                    return
                except ApiError as error:
                    if error.reason == "NotFound":
                        self._lost = True
                        raise self._gone() from error
                    if error.reason != "Conflict":
                        raise
                self._look()
        raise self._gone()

    def _look(self) -> None:
        """Whether the Lease is still this operation's. Raises Locked. The mutex is held."""
        try:
            ours = self._is_ours()
        except ApiError as error:
            raise self._gone() from error
        if not ours:
            self._lost = True
            raise self._gone()

    def _is_ours(self) -> bool:
        """Look again; what others may change (a wish to cancel) is taken over. Raises ApiError."""
        ledger, mine = self._books.ledger, self._page.entry
        try:
            found = ledger.get(ledger.ref(mine))
        except ApiError as error:
            if error.reason != "NotFound":
                raise
            return False
        if found is None or (found.entry.work.id, found.entry.holder) != (mine.work.id, mine.holder):
            return False
        self._page = Page(found.lease, mine, found.bound)
        return True

    def _gone(self) -> Locked:
        return Locked(hint="this replica was not heard of for too long and another one took the operation over")
