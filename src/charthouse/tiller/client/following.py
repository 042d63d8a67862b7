"""Following an operation on the server to its end, through broken connections and the user's Ctrl-C.

Each operation has an id the client chose. When the connection breaks, the client comes back (to another replica, it may
be) and asks for the events behind the last one it saw; a request that may not have arrived is sent once more under the
same id, which never begins a second operation. Ctrl-C asks the server to stop; how that ends is still waited for, since
that is what is recorded. A second Ctrl-C leaves at once; the work goes on.
"""

from __future__ import annotations

from charthouse.releases.errors import NotFound
from charthouse.rpc.status import Code, RpcError
from charthouse.tiller.client.errors import BadAnswer, NotReached
from charthouse.tiller.client.own import LostOperation, is_lost
from charthouse.tiller.v1 import messages
from charthouse.tiller.v1.events import tell
from charthouse.tiller.v1.failures import from_failure

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from charthouse.actions.environment import HookOutput
    from charthouse.actions.ports import Progress
    from charthouse.logs import Log
    from charthouse.tiller.client.own import OwnService

__all__ = ["Following"]

_FIRST, _LONGEST = 0.25, 5.0  # seconds between two attempts to come back
_UNBEGUN = 2.0  # seconds to go on with a request nobody has answered yet


class Following:
    """One operation. name: of the release; patience: seconds to go on trying to come back; again: called before a
    request is sent once more."""

    def __init__(
        self,
        service: OwnService,
        operation: str,
        name: str,
        *,
        patience: float,
        again: Callable[[], None] = lambda: None,
        log: Log,
        hint: Callable[[str], None],
        progress: Callable[[Progress], None],
        hook_output: HookOutput,
    ) -> None:
        self._service = service
        self._operation = operation
        self._name = name
        self._patience = patience
        self._again = again
        self._log = log
        self._hint = hint
        self._progress = progress
        self._hook_output = hook_output
        self._seen = 0
        self._begun = False
        self._stopping = False
        self._lost_at: float | None = None
        self._pause = _FIRST

    def result(self, method: str, request: Any) -> messages.Result:
        """Begin the operation and follow it. Raises what the verb raised, NotReached, LostOperation."""
        ask: tuple[str, Any] = (method, request)
        while True:
            try:
                end = self._follow(*ask)
            except KeyboardInterrupt:
                if self._stopping:
                    raise
                self._stop()
            except NotReached as error:
                if not self._begun:
                    raise
                self._wait(error)
            except RpcError as error:
                if not self._comes_back(error):
                    raise
                self._wait(error)
            else:
                if end.HasField("failed"):
                    raise from_failure(end.failed)
                return end.result
            if self._begun:
                ask = ("Attach", messages.AttachRequest(operation=self._operation, after=self._seen))

    def _follow(self, method: str, request: Any) -> messages.Event:
        """The last event."""
        for event in self._service.stream(method, request):
            self._begun = True
            if event.number > self._seen:
                self._seen = event.number
                self._lost_at, self._pause = None, _FIRST
            if event.WhichOneof("what") in ("result", "failed"):
                end: messages.Event = event
                return end
            tell(event, log=self._log, hint=self._hint, progress=self._progress, hook_output=self._hook_output)
        raise BadAnswer(f"the server ended the operation {self._operation} without a result")

    def _stop(self) -> None:
        """Ask the server to stop; when it cannot be asked, the next thing that is tried will say so."""
        self._stopping = True
        if not self._begun:
            raise KeyboardInterrupt  # nothing has begun, as far as is known here
        try:
            self._service.once("Cancel", messages.CancelRequest(operation=self._operation))
        except (RpcError, NotReached, NotFound) as error:
            self._hint(f"Tiller could not be told to stop: {error}")

    def _comes_back(self, error: RpcError) -> bool:
        if is_lost(error):
            return True
        # Another replica takes a dead one's operations over once its Lease has run out; until then none knows them.
        return self._lost_at is not None and error.code == Code.NOT_FOUND

    def _wait(self, error: RpcError | NotReached) -> None:
        """Before the next attempt. Raises NotReached, or LostOperation, when patience is at its end."""
        self._again()
        now = self._service.clock.monotonic()
        if isinstance(error, RpcError) and not self._service.answered:
            raise self._service.lost(error) from error
        if self._lost_at is None:
            self._lost_at = now
            if self._begun:
                self._hint(f"the connection to Tiller was lost ({error}); coming back to operation {self._operation}")
        elif now - self._lost_at > (self._patience if self._begun else min(_UNBEGUN, self._patience)):
            if isinstance(error, NotReached):
                raise error
            if error.code == Code.NOT_FOUND:
                raise LostOperation(self._operation, self._name) from error
            raise self._service.lost(error) from error
        self._service.clock.sleep(self._pause)
        self._pause = min(2 * self._pause, _LONGEST)
