"""The operations of one process: started, followed, found again, limited in number.

So many run at once, each in a thread of its own; so many more wait for their turn in the order they came. Those that
have ended are kept for a while, so that a client that lost its connection learns how its operation ended.
"""

from __future__ import annotations

import threading
from collections import OrderedDict, deque

from charthouse.records import replace
from charthouse.tiller.operations.errors import Busy, Draining, NotFound
from charthouse.tiller.operations.operation import Operation

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from charthouse.actions.environment import Environment
    from charthouse.actions.ports import Clock, Progress
    from charthouse.profile import Profile
    from charthouse.tiller.caller import Caller
    from charthouse.tiller.operations.work import Work
    from charthouse.tiller.workplace import Workplace

    Do = Callable[[Environment, Callable[[Progress], None], Operation], Any]

__all__ = ["Operations"]

RUNNING, WAITING = 64, 1024  # operations at once in this process
KEPT, KEPT_SECONDS = 256, 600.0  # that have ended


class Operations:
    """workplace: where they work. random: so many random bytes. running, waiting: at once; kept, kept_seconds: how many
    that have ended can be found, and for how long."""

    def __init__(
        self,
        workplace: Workplace,
        *,
        clock: Clock,
        random: Callable[[int], bytes],
        running: int = RUNNING,
        waiting: int = WAITING,
        kept: int = KEPT,
        kept_seconds: float = KEPT_SECONDS,
    ) -> None:
        self._workplace = workplace
        self._clock = clock
        self._random = random
        self._limits = (running, waiting)
        self._keeping = (kept, kept_seconds)
        self._mutex = threading.Lock()
        self._idle = threading.Condition(self._mutex)
        self._running: dict[str, Operation] = {}
        self._waiting: deque[tuple[Operation, Do]] = deque()
        self._ended: OrderedDict[str, tuple[float, Operation]] = OrderedDict()
        self._draining = False

    def start(self, caller: Caller, work: Work, do: Do) -> Operation:
        """Run `do(environment, progress, operation)` as `caller`, in a thread of its own.

        Returns at once; the operation goes on whether or not anybody follows it. Raises Busy, Draining.
        """
        operation = Operation(replace(work, id=work.id or self._random(16).hex()), caller, self._clock)
        with self._mutex:
            if self._draining:
                raise Draining
            running, waiting = self._limits
            if len(self._running) >= running:
                if len(self._waiting) >= waiting:
                    raise Busy(running + waiting)
                self._waiting.append((operation, do))
                return operation
            self._running[operation.id] = operation
        self._begin(operation, do)
        return operation

    def find(self, caller: Caller, id: str) -> Operation:
        """An operation of `caller` by its id: running, waiting, or ended not long ago. Raises NotFound."""
        with self._mutex:
            self._forget()
            for operation in (*self._running.values(), *(waiting for waiting, _ in self._waiting)):
                if operation.id == id and _same(operation.caller, caller):
                    return operation
            ended = self._ended.get(id)
        if ended is not None and _same(ended[1].caller, caller):
            return ended[1]
        raise NotFound(id)

    def running(self, caller: Caller) -> list[Operation]:
        """The operations of `caller` that have not ended, the oldest first."""
        with self._mutex:
            found = [*self._running.values(), *(waiting for waiting, _ in self._waiting)]
        return [operation for operation in found if _same(operation.caller, caller)]

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

    def _begin(self, operation: Operation, do: Do) -> None:
        name = f"operation {operation.work.verb} {operation.work.namespace}/{operation.work.name}"
        threading.Thread(target=self._run, args=(operation, do), name=name, daemon=True).start()

    def _run(self, operation: Operation, do: Do) -> None:
        try:
            operation.check()
            operation.finish(do(self._environment(operation), operation.progress, operation))
        except BaseException as error:  # kept for whoever asks for the result
            operation.fail(error)
        finally:
            self._end(operation)

    def _environment(self, operation: Operation) -> Environment:
        work = operation.work
        return self._workplace.environment(
            operation.caller,
            work.namespace,
            profile=_profile(work),
            log=operation.log,
            hint=operation.hint,
            hook_output=operation.hook_output,
            clock=operation.clock,
        )

    def _end(self, operation: Operation) -> None:
        following: tuple[Operation, Do] | None = None
        with self._mutex:
            self._running.pop(operation.id, None)
            self._ended[operation.id] = (self._clock.monotonic(), operation)
            self._forget()
            if self._waiting:
                following = self._waiting.popleft()
                self._running[following[0].id] = following[0]
            self._idle.notify_all()
        if following is not None:
            self._begin(*following)

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


def _same(one: Caller, other: Caller) -> bool:
    """Whether two calls are one user's; where there is a uid, a later user of the same name is another one."""
    return one.user == other.user and one.uid == other.uid
