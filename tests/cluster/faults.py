"""An API server that is not well, as the client sees it: what a seed decides goes wrong with a request.

Put between the client's connections and its transport, so retries, lost answers and broken streams are the real ones:

=========  =====================================================================================
reset      the connection breaks before the server sees the request
lost       the server has done it, and the connection breaks before the answer
refused    429, 500 or 503 instead of doing it
late       the server has done it, and the answer is 500 or 503
conflict   409 for a replacement or a patch, which is not done
slow       it takes a while
closed     a watch ends after an event or two, in the middle of a line or between two
=========  =====================================================================================
"""

from __future__ import annotations

import io
import json
import random
import threading
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from charthouse.kube.connect import SystemClock
from charthouse.kube.connections import Connections
from charthouse.web.http1 import Connection, Response

__all__ = ["Faults", "Hasty", "afflict"]

REASONS = {429: "TooManyRequests", 500: "InternalError", 503: "ServiceUnavailable", 409: "Conflict"}


class Hasty(SystemClock):
    """Sleeps a twentieth: what waits between two tries need not be waited for."""

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds / 20)


class Faults:
    """seed: of what goes wrong; rate: the share of requests something goes wrong with. seen: how often what did."""

    def __init__(self, seed: int, rate: float) -> None:
        self._random = random.Random(seed)
        self._rate = rate
        self._mutex = threading.Lock()
        self.seen: Counter[str] = Counter()
        self.active = True

    def choose(self, method: str, target: str) -> tuple[str, int]:
        """What goes wrong with a request ("" = nothing), and the status it is answered with."""
        with self._mutex:
            if not self.active or self._random.random() >= self._rate:
                return "", 0
            kinds = ["reset", "lost", "refused", "late", "slow"]
            if method in ("PUT", "PATCH"):
                kinds.append("conflict")
            if "watch=true" in target:
                kinds = ["reset", "refused", "slow", "closed"]
            kind = self._random.choice(kinds)
            self.seen[kind] += 1
            codes = {"refused": (429, 500, 503), "late": (500, 503), "conflict": (409,)}.get(kind, (0,))
            return kind, self._random.choice(codes)

    def lines(self) -> int:
        """How many lines a watch that is closed has."""
        with self._mutex:
            return self._random.choice((0, 1, 2))


class Afflicted(Connection):
    """A connection with faults; each request is one choice."""

    __slots__ = ("_faults", "_kind", "_status")

    def __init__(self, sock: Any, faults: Faults) -> None:
        super().__init__(sock)
        self._faults = faults
        self._kind, self._status = "", 0

    def send(self, method: str, target: str, headers: Iterable[tuple[str, str]], body: bytes | None) -> None:
        self._kind, self._status = self._faults.choose(method, target)
        if self._kind == "reset":
            raise ConnectionResetError(104, "connection reset by peer")
        if self._kind == "slow":
            time.sleep(0.05)
        if self._kind not in ("refused", "conflict"):
            super().send(method, target, headers, body)

    def receive(self, method: str) -> Response:
        if self._kind in ("refused", "conflict"):
            return self._answer(method)
        response = super().receive(method)
        if self._kind in ("lost", "late"):
            response.read()
            if self._kind == "lost":
                raise ConnectionResetError(104, "connection reset by peer")
            return self._answer(method)
        if self._kind == "closed":
            return Closed(self, self._reader, response, method, self._faults.lines())
        return response

    def _answer(self, method: str) -> Response:
        status = self._status
        body = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": status, "reason": REASONS[status]}
        data = json.dumps({**body, "message": f"injected: {REASONS[status]}"}).encode()
        headers = {"content-type": "application/json", "content-length": str(len(data))}
        if status == 429:
            headers["retry-after"] = "0"
        reader: Any = io.BufferedReader(io.BytesIO(data))
        return Response(self, reader, status, "", headers, keep_alive=False, method=method)


class Closed(Response):
    """A stream that ends too early."""

    __slots__ = ("_lines",)

    def __init__(self, connection: Connection, reader: Any, whole: Response, method: str, lines: int) -> None:
        super().__init__(connection, reader, whole.status, whole.reason, whole.headers, keep_alive=False, method=method)
        self._lines = lines

    def lines(self) -> Iterator[bytes]:
        left = self._lines
        for line in super().lines():
            if left <= 0:
                yield line[: len(line) // 2]
                raise ConnectionResetError(104, "connection reset by peer")
            left -= 1
            yield line


def afflict(connections: Connections, faults: Faults) -> None:
    """Let the faults befall every connection that is made from now on."""
    take = connections.take

    def taken() -> Connection:
        connection = take()
        if isinstance(connection, Afflicted):
            return connection
        afflicted = Afflicted(connection.sock, faults)
        afflicted.used, afflicted.used_at = connection.used, connection.used_at
        return afflicted

    connections.take = taken  # type: ignore[method-assign]  # this is the one way in
