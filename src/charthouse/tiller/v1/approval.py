"""Plans that wait for somebody's word before they are carried out.

A request that asks for it is planned first; then the operation waits for ``Approve`` with the plan's digest, or for
``Cancel``, and no longer than it was asked to. What was approved is planned again at once before it is done: when
something else would be done now, it is refused, and the error carries the new plan. With several replicas the word may
come by another one (``notices``).
"""

from __future__ import annotations

import contextlib
import threading

from charthouse.errors import CharthouseError
from charthouse.rpc.status import Code, RpcError
from charthouse.tiller.operations.errors import NotFound
from charthouse.tiller.v1.notices import APPROVE, CANCEL, notice_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from charthouse.actions.ports import Clock
    from charthouse.tiller.caller import Caller
    from charthouse.tiller.operations import Operation
    from charthouse.tiller.v1 import messages
    from charthouse.tiller.v1.notices import Notice, Notices

__all__ = ["Approvals", "PlanChanged"]

LONGEST, USUAL = 3600.0, 600.0  # seconds to wait for a word
_SLICE = 0.2  # seconds after which a waiting operation notices that it was cancelled
_LOOK = 5  # slices between two looks for a word that came by another replica


class PlanChanged(RpcError):
    """What would be done is not what was approved. plan: what would be done now."""

    def __init__(self, plan: messages.Plan) -> None:
        super().__init__(
            Code.FAILED_PRECONDITION,
            "something else would be done now than what was approved",
            hint="look at the new plan, and approve it when it is right",
        )
        self.plan = plan


class Approvals:
    """The operations of this process that wait for a word. notices: what other replicas are told, None for none."""

    def __init__(self, notices: Notices | None = None) -> None:
        self.notices = notices
        self._mutex = threading.Lock()
        self._waiting: dict[str, tuple[str, threading.Event]] = {}

    def waits(self, operation: str) -> bool:
        """Whether an operation waits for approval."""
        with self._mutex:
            return operation in self._waiting

    def approve(self, operation: str, digest: str) -> None:
        """Let it go on. Raises RpcError FAILED_PRECONDITION when it does not wait, or its plan is another one."""
        with self._mutex:
            found = self._waiting.get(operation)
            if found is None:
                raise RpcError(Code.FAILED_PRECONDITION, f"operation {operation!r} does not wait for approval")
            _same(found[0], digest)
            found[1].set()

    def approve_elsewhere(self, notice: Notice, digest: str) -> None:
        """Let one that waits in another replica go on. Raises as ``approve``, ApiError."""
        assert self.notices is not None
        _same(notice.digest, digest)
        self.notices.answer(notice, APPROVE)

    def cancel_elsewhere(self, notice: Notice) -> None:
        """Stop one that waits in another replica. Raises ApiError."""
        assert self.notices is not None
        self.notices.answer(notice, CANCEL)

    def elsewhere(self, caller: Caller, id: str) -> Notice:
        """The notice of an operation of the caller's that waits in another replica. Raises NotFound, ApiError."""
        found = None if self.notices is None else self.notices.find(caller, id)
        if found is None:
            raise NotFound(id)
        return found

    def check(
        self,
        operation: Operation,
        control: messages.Control,
        plan: Callable[[], messages.Plan],
        clock: Clock,
    ) -> None:
        """What a request's `control` asks for before the work begins.

        Raises PlanChanged; RpcError DEADLINE_EXCEEDED when nobody says a word, INVALID_ARGUMENT; Cancelled.
        """
        if not control.approved_digest and not control.await_approval:
            return
        seconds = control.approval_timeout if control.HasField("approval_timeout") else USUAL
        if seconds != seconds:  # NaN, which would be waited for without an end
            raise RpcError(Code.INVALID_ARGUMENT, "field control.approval_timeout: nan is no number of seconds")
        made = plan()
        if control.approved_digest and made.digest != control.approved_digest:
            raise PlanChanged(made)
        if control.await_approval:
            self._wait(operation, made, min(max(seconds, 0.0), LONGEST), clock)
            again = plan()
            if again.digest != made.digest:
                raise PlanChanged(again)

    def _wait(self, operation: Operation, plan: messages.Plan, seconds: float, clock: Clock) -> None:
        told = threading.Event()
        with self._mutex:
            self._waiting[operation.id] = (plan.digest, told)
        notice = notice_of(operation, plan.digest, float(clock.now().timestamp()) + seconds)
        self._publish(notice)
        try:
            operation.tell("plan", plan)
            until = clock.monotonic() + seconds
            slices = 0
            while not told.wait(_SLICE):
                operation.check()
                slices += 1
                if slices % _LOOK == 0 and self._answered(notice, operation):
                    return
                if clock.monotonic() >= until:
                    raise RpcError(Code.DEADLINE_EXCEEDED, f"nobody approved the plan within {seconds:g} seconds")
        finally:
            with self._mutex:
                del self._waiting[operation.id]
            self._withdraw(notice)

    def _publish(self, notice: Notice) -> None:
        if self.notices is not None:
            self.notices.publish(notice)

    def _answered(self, notice: Notice, operation: Operation) -> bool:
        """Whether another replica has brought an approval. Raises Cancelled when it brought the other word."""
        try:
            word = "" if self.notices is None else self.notices.answered(notice)
        except CharthouseError:
            return False  # the server may be away for a moment
        if word == CANCEL:
            operation.cancel()
            operation.check()
        return word == APPROVE

    def _withdraw(self, notice: Notice) -> None:
        if self.notices is not None:
            with contextlib.suppress(CharthouseError):  # its time runs out by itself
                self.notices.remove(notice.id)


def _same(waiting: str, given: str) -> None:
    if waiting != given:
        raise RpcError(
            Code.FAILED_PRECONDITION,
            "the digest is not that of the plan",
            hint="approve the digest of the plan the operation has sent",
        )
