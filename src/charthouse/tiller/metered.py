"""Operations that are counted (how many of which verb, how they ended, how long they took) and traced."""

from __future__ import annotations

import time

from charthouse.actions.errors import Cancelled
from charthouse.tiller.operations import Operations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from charthouse.actions.environment import Environment
    from charthouse.actions.ports import Progress
    from charthouse.tiller.caller import Caller
    from charthouse.tiller.metering import Metering
    from charthouse.tiller.operations import Operation, Work
    from charthouse.tiller.operations.ledger import Page
    from charthouse.tiller.tracing import Tracing

    Do = Callable[[Environment, Callable[[Progress], None], Operation], Any]

__all__ = ["MeteredOperations"]


class MeteredOperations(Operations):
    """metering: counts; tracing: makes spans; everything else as ``Operations``."""

    def __init__(self, *arguments: Any, metering: Metering, tracing: Tracing | None = None, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._metering = metering
        self._tracing = tracing

    def start(self, caller: Caller, work: Work, do: Do, *, held: int = 0) -> Operation:
        """As there."""
        return super().start(caller, work, self._counted(work, do), held=held)

    def adopt(self, page: Page, do: Do) -> None:
        """As there; counted as taken over, too."""
        self._metering.taken_over(page.entry.work.verb)
        super().adopt(page, self._counted(page.entry.work, do))

    def _counted(self, work: Work, do: Do) -> Do:
        do = self._traced(do)

        def counted(env: Environment, progress: Callable[[Progress], None], operation: Operation) -> Any:
            started, outcome = time.monotonic(), "failed"
            try:
                result = do(env, progress, operation)
                outcome = "succeeded"
                return result
            except Cancelled:
                outcome = "cancelled"
                raise
            finally:
                self._metering.operation(work.verb, outcome, time.monotonic() - started)

        return counted

    def _traced(self, do: Do) -> Do:
        tracing = self._tracing
        if tracing is None:
            return do
        place = tracing.here()

        def traced(env: Environment, progress: Callable[[Progress], None], operation: Operation) -> Any:
            with tracing.operation(operation.work, operation.id, place, progress) as watch:
                return do(env, watch, operation)

        return traced
