"""Plans that wait for somebody's word before they are carried out.

A request that asks for it is planned first; then the operation waits for ``Approve`` with the plan's digest, or for
``Cancel``, and no longer than it was asked to. What was approved is planned again at once before it is done: when
something else would be done now, it is refused, and the error carries the new plan.
"""

from __future__ import annotations

import threading

from charthouse.rpc.status import Code, RpcError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from charthouse.actions.ports import Clock
    from charthouse.tiller.operations import Operation
    from charthouse.tiller.v1 import messages

__all__ = ["Approvals", "PlanChanged"]

LONGEST, USUAL = 3600.0, 600.0  # seconds to wait for a word
_SLICE = 0.2  # seconds after which a waiting operation notices that it was cancelled


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
    """The operations of this process that wait for a word."""

    def __init__(self) -> None:
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
            if found[0] != digest:
                raise RpcError(
                    Code.FAILED_PRECONDITION,
                    "the digest is not that of the plan",
                    hint="approve the digest of the plan the operation has sent",
                )
            found[1].set()

    def check(
        self,
        operation: Operation,
        control: messages.Control,
        plan: Callable[[], messages.Plan],
        clock: Clock,
    ) -> None:
        """What a request's `control` asks for before the work begins.

        Raises PlanChanged; RpcError DEADLINE_EXCEEDED when nobody says a word; Cancelled.
        """
        if not control.approved_digest and not control.await_approval:
            return
        made = plan()
        if control.approved_digest and made.digest != control.approved_digest:
            raise PlanChanged(made)
        if control.await_approval:
            seconds = control.approval_timeout if control.HasField("approval_timeout") else USUAL
            self._wait(operation, made, min(max(seconds, 0.0), LONGEST), clock)
            again = plan()
            if again.digest != made.digest:
                raise PlanChanged(again)

    def _wait(self, operation: Operation, plan: messages.Plan, seconds: float, clock: Clock) -> None:
        told = threading.Event()
        with self._mutex:
            self._waiting[operation.id] = (plan.digest, told)
        try:
            operation.tell("plan", plan)
            until = clock.monotonic() + seconds
            while not told.wait(_SLICE):
                operation.check()
                if clock.monotonic() >= until:
                    raise RpcError(Code.DEADLINE_EXCEEDED, f"nobody approved the plan within {seconds:g} seconds")
        finally:
            with self._mutex:
                del self._waiting[operation.id]
