"""What all handlers of the API work with: operations, the workplace, limits, and those who wait for approval."""

from __future__ import annotations

import re

from charthouse.actions.environment import no_hints, no_output
from charthouse.profile import HELM4
from charthouse.rpc.status import Code, RpcError
from charthouse.tiller.operations.errors import NotFound, Taken
from charthouse.tiller.v1.approval import Approvals
from charthouse.tiller.v1.notices import Notices
from charthouse.tiller.v1.sources import SourceLimits, load_chart

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from charthouse.actions.environment import Environment
    from charthouse.actions.ports import Clock
    from charthouse.logs import Log
    from charthouse.tiller.caller import Caller
    from charthouse.tiller.operations import Operation, Operations, Work
    from charthouse.tiller.v1.sources import LoadChart
    from charthouse.tiller.workplace import Workplace

__all__ = ["WATCHES", "Desk"]

WATCHES = 40  # at once, half of them of one caller

_ID = re.compile(r"[0-9a-z][0-9a-z-]{6,61}[0-9a-z]\Z")


class Desk:
    """operations, workplace, clock: the process's. load: makes a chart of an archive. watches: at once, half of them of
    one caller."""

    def __init__(
        self,
        operations: Operations,
        workplace: Workplace,
        *,
        clock: Clock,
        version: str,
        limits: SourceLimits | None = None,
        load: LoadChart = load_chart,
        watches: int = WATCHES,
    ) -> None:
        self.operations = operations
        self.workplace = workplace
        self.clock = clock
        self.version = version
        self.limits = limits or SourceLimits()
        self.load = load
        self.watches = watches
        self.approvals = Approvals(_notices(operations, clock))

    def begin(
        self, caller: Caller, work: Work, do: Callable[..., Any], *, first: bool = False, held: int = 0
    ) -> Operation:  # fmt: skip
        """Start an operation; with an id of the caller's that is known already, find that one instead.

        first: the caller says that the id is new, so only this process is looked through. held: bytes of the request.

        Raises RpcError INVALID_ARGUMENT for an id that is none, and as ``Operations.start``.
        """
        if work.id:
            if not _ID.match(work.id):
                raise RpcError(
                    Code.INVALID_ARGUMENT,
                    "field control.operation: an id has 8 to 63 lower-case letters, digits and dashes",
                )
            found = None if first else self._known(caller, work)
            if found is not None:
                return found
        try:
            return self.operations.start(caller, work, do, held=held)
        except Taken:
            found = self._known(caller, work)  # the same request, sent twice at once
            if found is None:
                raise
            return found

    def _known(self, caller: Caller, work: Work) -> Operation | None:
        """The operation with this id, when it is the caller's. Raises Taken when it is another work."""
        try:
            found = self.operations.find(caller, work.id)
        except NotFound:
            return None
        if (found.work.verb, found.work.namespace, found.work.name) != (work.verb, work.namespace, work.name):
            raise Taken(work.id)
        return found

    def environment(
        self, caller: Caller, namespace: str, log: Log, hint: Callable[[str], None] = no_hints
    ) -> Environment:
        """For a request that is answered at once."""
        return self.workplace.environment(
            caller, namespace, profile=HELM4, log=log, hint=hint, hook_output=no_output, clock=self.clock
        )


def _notices(operations: Operations, clock: Clock) -> Notices | None:
    """Where replicas tell each other of plans that wait; None for a replica that is alone."""
    replica = operations.replica
    if replica is None:
        return None
    return Notices(replica.ledger.client, replica.ledger.namespace, replica.seal, lambda: clock.now().timestamp())
