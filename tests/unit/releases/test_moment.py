"""Times of records keep every digit they came with."""

from __future__ import annotations

import copy
import pickle

import pytest

from charthouse.golang.moment import from_nanoseconds, from_text, now, to_text

TEXTS = {
    "2026-11-22T20:00:00Z": "2026-11-22T20:00:00Z",
    "2026-11-22T20:00:00.123456789Z": "2026-11-22T20:00:00.123456789Z",
    "2026-11-22T20:00:00.120000000+02:00": "2026-11-22T20:00:00.12+02:00",
    "2026-11-22T20:00:00.000000001-03:30": "2026-11-22T20:00:00.000000001-03:30",
    "2026-11-22T20:00:00+00:00": "2026-11-22T20:00:00Z",
    "0001-01-01T00:00:00Z": "0001-01-01T00:00:00Z",
    "2026-11-22T20:00:00.1234567891234Z": "2026-11-22T20:00:00.123456789Z",
}


@pytest.mark.parametrize(("text", "again"), TEXTS.items())
def test_text_is_kept(text: str, again: str) -> None:
    moment = from_text(text)
    assert to_text(moment) == again
    assert to_text(copy.deepcopy(moment)) == again
    assert to_text(pickle.loads(pickle.dumps(moment))) == again
    assert to_text(now(moment)) == again


@pytest.mark.parametrize(
    "text", ["", "yesterday", "2026-11-22", "2026-11-22T20:00:00", "2026-13-22T20:00:00Z", "2026-11-22T20:00:00.Z"]
)
def test_other_text_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"parsing time"):
        from_text(text)


def test_nanoseconds() -> None:
    moment = from_nanoseconds(1_795_388_716_123_456_789)
    assert moment is not None
    assert to_text(moment) == "2026-11-22T23:05:16.123456789Z"
    assert from_nanoseconds(10**30) is None
