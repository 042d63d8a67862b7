"""Requests are sent as often as ``--qps`` and ``--burst-limit`` allow."""

from __future__ import annotations

import pytest

from charthouse.kube.pace import Pace
from tests.unit.kube.fakes import FakeClock


@pytest.mark.parametrize(
    ("qps", "burst", "requests", "slept"),
    [
        (2.0, 3, 6, [0.5, 0.5, 0.5]),
        (0.5, 1, 3, [2.0, 2.0]),
        (1000.0, 0, 12, [0.001, 0.001]),  # client-go's own burst is 10
        (5.0, 100, 100, []),
    ],
)
def test_pace(qps: float, burst: int, requests: int, slept: list[float]) -> None:
    clock = FakeClock()
    pace = Pace(qps, burst, clock)
    for _ in range(requests):
        pace.wait()
    assert clock.slept == pytest.approx(slept)


def test_the_bucket_fills_again() -> None:
    clock = FakeClock()
    pace = Pace(1.0, 2, clock)
    for _ in range(3):
        pace.wait()
    clock.seconds += 60.0
    for _ in range(3):
        pace.wait()
    assert clock.slept == pytest.approx([1.0, 1.0])
