"""Operations from outside: listed, followed again, cancelled, approved."""

from __future__ import annotations

from charthouse.rpc.status import Code, RpcError
from charthouse.tiller.operations.errors import NotFound
from charthouse.tiller.v1 import messages
from charthouse.tiller.v1.calls import caller_of
from charthouse.tiller.v1.following import follow
from charthouse.tiller.v1.structs import text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from charthouse.rpc.call import Call
    from charthouse.tiller.operations import Operation
    from charthouse.tiller.v1.desk import Desk
    from charthouse.tiller.v1.notices import Notice

__all__ = ["Operating"]


class Operating:
    """Handlers; desk: what they all work with."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def list(self, request: messages.ListOperationsRequest, call: Call) -> messages.ListOperationsResponse:
        caller = caller_of(call)
        found = [self._message(operation) for operation in self._desk.operations.running(caller)]
        notices = self._desk.approvals.notices
        if notices is not None:
            here = {operation.id for operation in found}
            found += [_waiting(notice) for notice in notices.all(caller) if notice.id not in here]
        wanted = [o for o in found if request.namespace in ("", o.namespace) and request.name in ("", o.name)]
        return messages.ListOperationsResponse(operations=wanted)

    def get(self, request: messages.GetOperationRequest, call: Call) -> messages.OperationResponse:
        try:
            return self._answer(self._found(request.operation, call))
        except NotFound:
            return messages.OperationResponse(operation=_waiting(self._elsewhere(request.operation, call)))

    def attach(self, request: messages.AttachRequest, call: Call) -> Iterator[messages.Event]:
        if request.after < 0:
            raise RpcError(Code.INVALID_ARGUMENT, "field after: it is negative")
        operation = self._found(request.operation, call)
        return follow(operation, call, view=request.view, after=request.after)

    def cancel(self, request: messages.CancelRequest, call: Call) -> messages.OperationResponse:
        try:
            operation = self._found(request.operation, call)
        except NotFound:
            notice = self._elsewhere(request.operation, call)
            self._desk.approvals.cancel_elsewhere(notice)
            return messages.OperationResponse(operation=_waiting(notice))
        operation.cancel()
        return self._answer(operation)

    def approve(self, request: messages.ApproveRequest, call: Call) -> messages.OperationResponse:
        approvals = self._desk.approvals
        try:
            operation = self._found(request.operation, call)
        except NotFound:
            notice = self._elsewhere(request.operation, call)
            approvals.approve_elsewhere(notice, request.digest)
            return messages.OperationResponse(operation=_waiting(notice))
        approvals.approve(operation.id, request.digest)
        return self._answer(operation)

    def _found(self, id: str, call: Call) -> Operation:
        if not id:
            raise RpcError(Code.INVALID_ARGUMENT, "field operation: no id given")
        return self._desk.operations.find(caller_of(call), id)

    def _elsewhere(self, id: str, call: Call) -> Notice:
        """One that waits for approval in another replica, which has no other trace there. Raises NotFound."""
        return self._desk.approvals.elsewhere(caller_of(call), id)

    def _answer(self, operation: Operation) -> messages.OperationResponse:
        return messages.OperationResponse(operation=self._message(operation))

    def _message(self, operation: Operation) -> messages.Operation:
        work = operation.work
        return messages.Operation(
            id=operation.id,
            verb=text(work.verb),
            namespace=text(work.namespace),
            name=text(work.name),
            user=text(operation.caller.user),
            state=self._state(operation),
            api=work.api,
        )

    def _state(self, operation: Operation) -> str:
        if self._desk.approvals.waits(operation.id):
            return "awaiting-approval"
        if not operation.done:
            return "running"
        try:
            operation.result(0)
        except BaseException:  # whatever it ended with
            return "failed"
        return "succeeded"


def _waiting(notice: Notice) -> messages.Operation:
    """What is known of an operation that waits in another replica."""
    return messages.Operation(
        id=notice.id,
        verb=text(notice.verb),
        namespace=text(notice.namespace),
        name=text(notice.name),
        user=text(notice.user),
        state="awaiting-approval",
        api="v1",
    )
