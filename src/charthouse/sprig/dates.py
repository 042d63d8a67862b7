"""Dates: ``now``, ``date``, ``toDate``, ``ago``, ``duration`` …

Rules: sprig date.go over Go's package time (charthouse.golang.time). What is neither a time nor an int, int32 or int64
of seconds stands for the present moment. The present moment comes from ``clock``, which a caller may replace
(``use_clock``) to render the same text twice.
"""

from __future__ import annotations

from charthouse.golang.duration import duration_text
from charthouse.golang.kinds import GoError, Int32, Int64
from charthouse.golang.time import LOCAL, UTC, Time, load_location
from charthouse.golang.time_duration import HOUR, MINUTE, SECOND, parse_duration, round_to
from charthouse.golang.time_layout import format_time
from charthouse.sprig import moments
from charthouse.sprig.numbers import atoi

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

__all__ = [
    "ago",
    "date",
    "date_in_zone",
    "date_modify",
    "duration",
    "duration_round",
    "html_date",
    "html_date_in_zone",
    "must_date_modify",
    "must_to_date",
    "now",
    "to_date",
    "unix_epoch",
    "use_clock",
]

_ = moments  # gives Time its methods


def _system_clock() -> int:
    from time import time_ns

    return time_ns()


_clock: list[Callable[[], int]] = [_system_clock]


def use_clock(clock: Callable[[], int] | None) -> None:
    """Take the present moment (nanoseconds since 1970) from `clock`; None: from the system again."""
    _clock[0] = clock or _system_clock


def now() -> Time:
    """The present moment in the local zone."""
    return Time(0, _clock[0](), LOCAL)


def _moment(value: Any, classes: tuple[type, ...]) -> Time:
    if isinstance(value, Time):
        return value
    return Time(int(value), 0, LOCAL) if type(value) in classes else now()


def date_in_zone(layout: str, value: Any, zone: str) -> str:
    """The moment as the layout shows it in a zone; in UTC when there is no such zone."""
    moment = _moment(value, (int, Int64, Int32))
    try:
        location = load_location(zone)
    except GoError:
        location = UTC
    return format_time(moment.shown_in(location), layout)


def date(layout: str, value: Any) -> str:
    """The moment as the layout shows it in the local zone."""
    return date_in_zone(layout, value, "Local")


def html_date(value: Any) -> str:
    """The moment as year-month-day."""
    return date_in_zone("2006-01-02", value, "Local")


def html_date_in_zone(value: Any, zone: str) -> str:
    """The moment as year-month-day in a zone."""
    return date_in_zone("2006-01-02", value, zone)


def must_date_modify(shift: str, moment: Time) -> Time:
    """The moment a duration later. Raises GoError for a text that is no duration."""
    return moment.add(parse_duration(shift))


def date_modify(shift: str, moment: Time) -> Time:
    """The moment a duration later; the same moment for a text that is no duration."""
    try:
        return must_date_modify(shift, moment)
    except GoError:
        return moment


def ago(value: Any) -> str:
    """How long ago the moment was, in whole seconds."""
    return duration_text(round_to(now().since(_moment(value, (int, Int64))), SECOND))


def duration(seconds: Any) -> str:
    """Seconds (an int64 or decimal text) as a duration; 0s for anything else."""
    count = 0
    if type(seconds) is Int64:
        count = int(seconds)
    elif type(seconds) is str:
        body = seconds[1:] if seconds[:1] in ("+", "-") else seconds
        if body.isascii() and body.isdigit():
            count = atoi(seconds)
    nanoseconds = (count * SECOND + (1 << 63)) % (1 << 64) - (1 << 63)
    return duration_text(nanoseconds)


def duration_round(value: Any) -> str:
    """A duration (text, int64 nanoseconds, or since a time) in its largest unit: ``3h``, ``2d``, ``5mo``."""
    span = 0
    if type(value) is str:
        try:
            span = parse_duration(value)
        except GoError:
            span = 0
    elif type(value) is Int64:
        span = int(value)
    elif isinstance(value, Time):
        span = now().since(value)
    size = abs(span)
    day = 24 * HOUR
    for unit, name in ((365 * day, "y"), (30 * day, "mo"), (day, "d"), (HOUR, "h"), (MINUTE, "m"), (SECOND, "s")):
        if size > unit:
            return f"{size // unit}{name}"
    return "0s"


def must_to_date(layout: str, text: str) -> Time:
    """The time a text shows by a layout, in the local zone unless it names one. Raises GoError with Go's text."""
    from charthouse.golang.time_parse import parse_time

    return parse_time(layout, text, LOCAL, LOCAL)


def to_date(layout: str, text: str) -> Time:
    """The time a text shows by a layout; the zero time for a text that shows none."""
    try:
        return must_to_date(layout, text)
    except GoError:
        return Time.zero()


def unix_epoch(moment: Time) -> str:
    """Seconds since 1970."""
    return str(moment.unix)
