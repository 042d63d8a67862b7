"""Whose memory is bounded: the console script's, never that of a program or a test that renders in-process."""

from __future__ import annotations

from charthouse.cli import bounds


def test_memory_is_bounded_in_a_process_of_our_own_only() -> None:
    assert bounds.render_limits().slow is None
    bounds.own_process()
    try:
        assert bounds.render_limits().slow is bounds.bound_memory
        assert bounds.render_limits().seconds == bounds.SECONDS
    finally:
        bounds._process["ours"] = False
