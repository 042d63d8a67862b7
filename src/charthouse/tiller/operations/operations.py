"""The operations of one process: started, followed, found again, limited in number.

So many run at once, each in a thread of its own; so many more wait for their turn in the order they came. Those that
have ended are kept for a while, so that a client that lost its connection learns how its operation ended. With a
``Replica`` they are journaled in the cluster: found from any replica, and gone on with by another when this one dies.
"""

from __future__ import annotations

import re
import threading
from collections import OrderedDict, deque
from weakref import WeakValueDictionary

from charthouse.records import replace
from charthouse.tiller.operations.errors import Busy, Draining, Full, GoesOn, HandedOver, NotFound, Taken
from charthouse.tiller.operations.followed import Followed
from charthouse.tiller.operations.operation import Operation
from charthouse.tiller.operations.successor import EVERY, Successor

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from charthouse.actions.environment import Environment
    from charthouse.actions.ports import Clock, Progress
    from charthouse.profile import Profile
    from charthouse.tiller.caller import Caller
    from charthouse.tiller.operations.ledger import Page
    from charthouse.tiller.operations.locks import TillerLocks
    from charthouse.tiller.operations.replica import Replica
    from charthouse.tiller.operations.work import Work
    from charthouse.tiller.workplace import Workplace

    Do = Callable[[Environment, Callable[[Progress], None], Operation], Any]
    Waiting = deque[tuple[Operation, Do]]

__all__ = ["Operations"]

RUNNING, WAITING = 64, 1024  # operations at once in this process
KEPT, KEPT_SECONDS = 64, 600.0  # that have ended, with their results
HELD = 512 << 20  # bytes of the requests of what is running and waiting
_ID = re.compile(r"[0-9a-z]([0-9a-z-]{0,61}[0-9a-z])?")
_GIVING = 10.0  # seconds operations have to come to a place where they can be given away


class Operations:
    """workplace: where they work. random: so many random bytes. replica: None keeps everything in this process (tests,
    the memory driver). running, waiting: at once, three quarters of them of one caller; kept, kept_seconds: how many
    that have ended can be found, and for how long. held: bytes of all requests together, shared as places are. every:
    seconds between two looks for operations of dead replicas."""

    def __init__(
        self,
        workplace: Workplace,
        *,
        clock: Clock,
        random: Callable[[int], bytes],
        replica: Replica | None = None,
        running: int = RUNNING,
        waiting: int = WAITING,
        kept: int = KEPT,
        kept_seconds: float = KEPT_SECONDS,
        held: int = HELD,
        every: float = EVERY,
    ) -> None:
        self.workplace = workplace
        self._clock = clock
        self._random = random
        self._replica = replica
        self._limits = (running, waiting)
        self._keeping = (kept, kept_seconds)
        self._most_held = held
        self._mutex = threading.Lock()
        self._idle = threading.Condition(self._mutex)
        self._running: dict[str, Operation] = {}
        self._waiting: Waiting = deque()
        self._ended: OrderedDict[str, tuple[float, Operation]] = OrderedDict()
        self._draining = False
        self._follows: WeakValueDictionary[object, Followed] = WeakValueDictionary()
        self.successor: Successor | None = None
        if replica is not None:
            self.successor = Successor(replica, self.adopt, self._at_work, every=every)

    @property
    def replica(self) -> Replica | None:
        """What is shared with other replicas."""
        return self._replica

    def serve(self) -> None:
        """Announce this replica and take up what dead ones left. Raises ApiError, Unreachable, BadKey."""
        if self._replica is not None and self.successor is not None:
            self._replica.announce()
            self.successor.start()

    def start(self, caller: Caller, work: Work, do: Do, *, held: int = 0) -> Operation:
        """Run `do(environment, progress, operation)` as `caller`, in a thread of its own.

        held: bytes of the request that `do` keeps. Returns at once; the operation goes on whether or not anybody
        follows it, so its request is counted here, too, not with its call alone. Raises Busy, Full, Draining, and Taken
        when there is an operation with this id, whoever's it is.
        """
        operation = Operation(replace(work, id=work.id or self._random(16).hex()), caller, self._clock, held=held)
        with self._mutex:
            if self._draining:
                raise Draining
            if operation.id in self._running or operation.id in self._ended or self._waits(operation.id):
                raise Taken(operation.id)
            self._check_room(operation)
            running, waiting = self._limits
            if not self._has_place(operation):
                others = sum(_same(other.caller, caller) for other, _ in self._waiting)
                if len(self._waiting) >= waiting or others >= _share(waiting):
                    raise Busy(running + waiting)
                self._waiting.append((operation, do))
                return operation
            self._running[operation.id] = operation
        self._begin(operation, do)
        return operation

    def adopt(self, page: Page, do: Do) -> None:
        """Run an operation that was taken over from another replica, whatever the limits."""
        operation = Operation(page.entry.work, page.entry.caller, self._clock)
        with self._mutex:
            self._running[operation.id] = operation
        self._begin(operation, do, page)

    def find(self, caller: Caller, id: str) -> Operation:
        """An operation of `caller` by its id: running, waiting, or ended not long ago, here or in another replica.

        Raises NotFound; ApiError, Unreachable when the other replicas' cannot be looked at.
        """
        with self._mutex:
            self._forget()
            here = [*self._running.values(), *(waiting for waiting, _ in self._waiting)]
            here += [operation for _, operation in self._ended.values()]
        for operation in here:
            if operation.id == id:
                if _same(operation.caller, caller):
                    return operation
                raise NotFound(id)
        return self._elsewhere(caller, id)

    def running(self, caller: Caller) -> list[Operation]:
        """The operations of `caller` that have not ended, in all replicas, the oldest of each first.

        Raises ApiError, Unreachable.
        """
        with self._mutex:
            found = [*self._running.values(), *(waiting for waiting, _ in self._waiting)]
        found = [operation for operation in found if _same(operation.caller, caller)]
        if self._replica is not None:
            here = {operation.id for operation in found}
            for page in self._replica.ledger.all():
                entry = page.entry
                if entry.work.id not in here and entry.state != "left" and _same(entry.caller, caller):
                    found.append(self._followed(entry.work, caller))
        return found

    @property
    def count(self) -> tuple[int, int]:
        """How many are running and how many wait for their turn, for the metrics."""
        with self._mutex:
            return len(self._running), len(self._waiting)

    def drain(self, seconds: float) -> list[Operation]:
        """Take on nothing more and wait for what is running; returns what has not ended in time."""
        with self._mutex:
            self._draining = True
            self._idle.wait_for(lambda: not self._running and not self._waiting, seconds)
            return [*self._running.values(), *(waiting for waiting, _ in self._waiting)]

    def stop(self, seconds: float = 0.0) -> None:
        """``drain``, then give what has not ended to other replicas, and leave. The process may end afterwards."""
        unfinished = self.drain(seconds)
        if self._replica is None or self.successor is None:
            return
        self.successor.stop()
        with self._mutex:
            waiting = [operation for operation, _ in self._waiting]
            self._waiting.clear()
        for operation in unfinished:
            operation.hand_over()
        for operation in waiting:
            operation.fail(Draining())
        with self._mutex:
            self._idle.wait_for(lambda: not self._running, _GIVING)
            at_work = bool(self._running)
        self._replica.presence.leave(remove=not at_work)

    # doing

    def _begin(self, operation: Operation, do: Do, taken: Page | None = None) -> None:
        name = f"operation {operation.work.verb} {operation.work.namespace}/{operation.work.name}"
        threading.Thread(target=self._run, args=(operation, do, taken), name=name, daemon=True).start()

    def _run(self, operation: Operation, do: Do, taken: Page | None) -> None:
        operation.clock.belong()
        locks: TillerLocks | None = None
        value: Any = None
        failure: BaseException | None = None
        try:
            operation.check()
            env = self._environment(operation)
            if self._replica is not None:
                locks = self._replica.locks(operation, env, taken)
                env = replace(env, locks=locks)
            value = do(env, operation.progress, operation)
        except BaseException as error:  # kept for whoever asks for the result
            failure = error
        try:
            if self._replica is not None and locks is not None:
                if isinstance(failure, HandedOver):
                    failure = GoesOn(operation.id) if locks.lock is not None else Draining()
                    self._replica.give_away(operation, locks)
                else:
                    self._replica.close(operation, locks, value, failure)
        finally:
            self._end(operation, value, Draining() if isinstance(failure, HandedOver) else failure)

    def _environment(self, operation: Operation) -> Environment:
        work = operation.work
        return self.workplace.environment(
            operation.caller,
            work.namespace,
            profile=_profile(work),
            log=operation.log,
            hint=operation.hint,
            hook_output=operation.hook_output,
            clock=operation.clock,
        )

    def _end(self, operation: Operation, value: Any, failure: BaseException | None) -> None:
        following: tuple[Operation, Do] | None = None
        with self._mutex:
            self._running.pop(operation.id, None)
            self._ended[operation.id] = (self._clock.monotonic(), operation)
            if isinstance(failure, GoesOn):
                del self._ended[operation.id]
            self._forget()
            following = next((entry for entry in self._waiting if self._has_place(entry[0])), None)
            if following is not None:
                self._waiting.remove(following)
                self._running[following[0].id] = following[0]
            self._idle.notify_all()
        if following is not None:
            self._begin(*following)
        if failure is not None:
            operation.fail(failure)
        else:
            operation.finish(value)

    def _at_work(self, id: str) -> Operation | None:
        """An operation that runs here."""
        with self._mutex:
            return self._running.get(id)

    def _has_place(self, operation: Operation) -> bool:
        """Whether it may begin: there is a place, and its caller has not their share of them yet. The mutex is held."""
        running = self._limits[0]
        if len(self._running) >= running:
            return False
        mine = sum(_same(other.caller, operation.caller) for other in self._running.values())
        return mine < _share(running)

    def _check_room(self, operation: Operation) -> None:
        """Raises Full. The mutex is held."""
        here = [*self._running.values(), *(waiting for waiting, _ in self._waiting)]
        mine = sum(other.held for other in here if _same(other.caller, operation.caller)) + operation.held
        if sum(other.held for other in here) + operation.held > self._most_held or mine > _share(self._most_held):
            raise Full(self._most_held)

    def _waits(self, id: str) -> bool:
        """The mutex is held."""
        return any(operation.id == id for operation, _ in self._waiting)

    # finding

    def _elsewhere(self, caller: Caller, id: str) -> Operation:
        if self._replica is None or not _ID.fullmatch(id):
            raise NotFound(id)
        page = self._replica.ledger.find(id)
        if page is not None and page.entry.state != "left" and _same(page.entry.caller, caller):
            return self._followed(page.entry.work, caller)
        outcome = self._replica.outcomes.find(id) if page is None or page.entry.state == "left" else None
        if outcome is None or not _same(outcome.caller, caller):
            raise NotFound(id)
        found = Followed(outcome.work, caller, self._clock, self._replica, self._environment)
        found.ended(outcome)
        return found

    def _followed(self, work: Work, caller: Caller) -> Followed:
        """One for all calls with the same rights: each looks at the cluster once a second while it is read."""
        assert self._replica is not None
        who = (work.id, caller.user, caller.uid, caller.groups, caller.extra)
        with self._mutex:
            found = self._follows.get(who)
            if found is None or found.done:
                found = Followed(work, caller, self._clock, self._replica, self._environment)
                self._follows[who] = found
            return found

    def _forget(self) -> None:
        """Let go of what ended too long ago. The mutex is held."""
        kept, seconds = self._keeping
        since = self._clock.monotonic() - seconds
        while self._ended:
            oldest, (ended, _) = next(iter(self._ended.items()))
            if len(self._ended) <= kept and ended >= since:
                return
            del self._ended[oldest]


def _profile(work: Work) -> Profile:
    from charthouse.profile import HELM4, profile_named

    return profile_named("helm2") if work.api == "hapi" else HELM4


def _share(places: int) -> int:
    """How many of so many places one caller may have: so many that some are left for the others."""
    return places - places // 4


def _same(one: Caller, other: Caller) -> bool:
    """Whether two calls are one user's; where there is a uid, a later user of the same name is another one."""
    return one.user == other.user and one.uid == other.uid
