"""The port of probes and metrics: `/liveness`, `/readiness`, `/metrics`.

Whose paths: helm v2.17.0 cmd/tiller/probes.go; there both probes always answer 200. Here readiness says whether calls
would be served: the server listens, is not about to end, and the API server answered lately. The answer's body is empty
when all is well, as there, and says why otherwise.
"""

from __future__ import annotations

import threading
import time

from charthouse.errors import CharthouseError
from charthouse.logs import INFO, WARN, LogRecord
from charthouse.rpc.call import HttpAnswer
from charthouse.tiller.metrics import CONTENT_TYPE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from charthouse.logs import Log
    from charthouse.rpc.call import HttpRequest
    from charthouse.tiller.metrics import Registry

__all__ = ["Probes", "Reachability"]

_LATELY = 3.5  # times the time between two looks: so long an answer counts


class Reachability:
    """Whether the API server answers: asked now and then, in a thread of its own. ask: raises when it does not."""

    def __init__(
        self, ask: Callable[[], object], *, log: Log, monotonic: Callable[[], float] = time.monotonic,
        every: float = 10.0,
    ) -> None:  # fmt: skip
        self._ask = ask
        self._log = log
        self._monotonic = monotonic
        self._every = every
        self._lately = _LATELY * every
        self._stop = threading.Event()
        self._answered: float | None = None
        self._problem = ""

    @property
    def problem(self) -> str:
        """Why calls would fail, "" while they would not."""
        if self._answered is None:
            return f"the API server has not answered yet{self._problem and ': ' + self._problem}"
        silent = self._monotonic() - self._answered
        if silent <= self._lately:
            return ""
        return f"the API server has not answered for {silent:.0f} seconds: {self._problem}"

    def look(self) -> None:
        """Ask once."""
        try:
            self._ask()
        except CharthouseError as error:
            if not self._problem:
                self._log(LogRecord(WARN, "the API server cannot be reached", error=error.message))
            self._problem = error.message
        else:
            if self._problem:
                self._log(LogRecord(INFO, "the API server can be reached again"))
            self._problem, self._answered = "", self._monotonic()

    def start(self) -> None:
        """Go on asking until ``stop``."""
        threading.Thread(target=self._run, name="reachability", daemon=True).start()

    def stop(self) -> None:
        self._stop.set()

    def _run(self) -> None:
        while not self._stop.wait(self._every):
            self.look()


class Probes:
    """problem: why calls are not served now, "" when they are."""

    def __init__(self, registry: Registry, problem: Callable[[], str]) -> None:
        self._registry = registry
        self._problem = problem

    def gateway(self, request: HttpRequest) -> HttpAnswer:
        """For ``rpc.server.Server``."""
        path = request.target.partition("?")[0]
        if request.method not in ("GET", "HEAD"):
            return _plain(405, "method not allowed\n", (("allow", "GET, HEAD"),))
        if path == "/liveness":
            return _plain(200, "")
        if path == "/readiness":
            problem = self._problem()
            return _plain(503, problem + "\n") if problem else _plain(200, "")
        if path == "/metrics":
            text = self._registry.text().encode()
            return HttpAnswer(200, (("content-type", CONTENT_TYPE), ("cache-control", "no-store")), text)
        return _plain(404, "404 page not found\n")


def _plain(status: int, text: str, more: tuple[tuple[str, str], ...] = ()) -> HttpAnswer:
    headers = (("content-type", "text/plain; charset=utf-8"), ("cache-control", "no-store"), *more)
    return HttpAnswer(status, headers, text.encode())
