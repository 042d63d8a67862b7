"""How many requests a second a client sends: a bucket of tokens.

Rules: client-go v0.37 ``util/flowcontrol`` (``NewTokenBucketRateLimiter`` over golang.org/x/time/rate): the bucket
starts full, every request takes a token, those that find none wait in turn. Differs: without ``--qps`` there is no
limit, where client-go allows five a second once the first hundred are sent; API servers have had priority and fairness
of their own since Kubernetes 1.20.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from charthouse.actions.ports import Clock

__all__ = ["Pace"]

_BURST = 10  # client-go's, where none is said


class Pace:
    """Safe to use from several threads. qps: tokens a second, over 0; burst: tokens the bucket holds, 0 = 10."""

    __slots__ = ("_at", "_burst", "_clock", "_lock", "_qps", "_tokens")

    def __init__(self, qps: float, burst: int, clock: Clock) -> None:
        from threading import Lock

        self._qps = qps
        self._burst = float(burst if burst > 0 else _BURST)
        self._clock = clock
        self._tokens = self._burst
        self._at = clock.monotonic()
        self._lock = Lock()

    def wait(self) -> None:
        """Take a token, waiting for it when there is none."""
        with self._lock:
            now = self._clock.monotonic()
            self._tokens = min(self._burst, self._tokens + (now - self._at) * self._qps) - 1.0
            self._at = now
            debt = -self._tokens
        if debt > 0:
            self._clock.sleep(debt / self._qps)
