"""Times and durations: what Go 1.27 itself printed (cases.json), zones, the calendar."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from charthouse.golang.duration import duration_text
from charthouse.golang.kinds import GoError
from charthouse.golang.time import UTC, FixedZone, Time, civil, days_of, load_location
from charthouse.golang.time_duration import parse_duration, round_to, truncate_to
from charthouse.golang.time_layout import format_time
from charthouse.golang.time_parse import parse_time
from charthouse.sprig.moments import Span, time_text

CASES: list[dict[str, Any]] = json.loads(Path(__file__).with_name("cases.json").read_text())
TIMES = [case for case in CASES if "layout" in case]
DURATIONS = [case for case in CASES if "duration" in case]


@pytest.mark.parametrize("case", TIMES, ids=[repr((case["layout"], case["text"])) for case in TIMES])
def test_parse_and_format(case: dict[str, Any]) -> None:
    found: dict[str, Any] = {"error": None, "shown": None, "nanoseconds": None, "string": None}
    try:
        time = parse_time(case["layout"], case["text"], UTC, UTC)
        nanoseconds = time.unix * 10**9 + time.nanosecond
        found["nanoseconds"] = (nanoseconds + 2**63) % 2**64 - 2**63
        found["shown"] = format_time(time, case["shown as"])
        found["string"] = time_text(time)
    except GoError as error:
        found["error"] = str(error)
    assert {**case, **found} == case


@pytest.mark.parametrize("case", DURATIONS, ids=[repr(case["duration"]) for case in DURATIONS])
def test_durations(case: dict[str, Any]) -> None:
    found: dict[str, Any] = {"error": None, "parsed": None}
    try:
        duration = parse_duration(case["duration"])
        multiple = parse_duration(case["multiple"])
        parts = [Span.go_methods[name].implementation(Span(duration)) for name in ("Hours", "Minutes", "Seconds")]
        rounded, truncated = round_to(duration, multiple), truncate_to(duration, multiple)
        texts = [duration_text(number) for number in (duration, rounded, truncated)]
        found["parsed"] = [duration, *texts, *parts]
    except GoError as error:
        found["error"] = str(error)
    assert {**case, **found} == case


@pytest.mark.parametrize("days", [-800_000, -1, 0, 59, 11016, 19782, 3_000_000])
def test_calendar_goes_both_ways(days: int) -> None:
    assert days_of(*civil(days)) == days


def test_zones() -> None:
    moment = Time(1_600_000_000)
    assert format_time(moment.shown_in(FixedZone("X", -5400)), "15:04 -0700 MST") == "10:56 -0130 X"
    assert load_location("") is UTC
    with pytest.raises(GoError, match="unknown time zone No/Where"):
        load_location("No/Where")
    with pytest.raises(GoError, match=r"unknown time zone \.\./x"):
        load_location("../x")


def test_named_zone() -> None:
    try:
        zone = load_location("America/New_York")
    except GoError:
        pytest.skip("no time zone database")
    assert format_time(Time(1_600_000_000, 0, zone), "2006-01-02 15:04 MST") == "2020-09-13 08:26 EDT"
    assert Time.date((2021, 3, 14), (2, 30, 0), 0, zone).unix == 1615703400
