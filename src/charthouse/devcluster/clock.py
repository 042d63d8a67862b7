"""The server's time: wall clock as Kubernetes writes it. An argument, so that tests can hold it still."""

from __future__ import annotations

import time

__all__ = ["Clock"]


class Clock:
    """seconds: Unix time; now: RFC 3339 to the second; micro: with microseconds. speed: how many times faster the
    simulated delays of the controllers pass."""

    def __init__(self, speed: float = 1.0) -> None:
        self.speed = speed

    def seconds(self) -> float:
        return time.time()

    def now(self) -> str:
        return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(self.seconds()))

    def micro(self) -> str:
        seconds = self.seconds()
        return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds)) + f".{int(seconds % 1 * 1e6):06d}Z"
