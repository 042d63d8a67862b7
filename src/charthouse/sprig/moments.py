"""The methods of time.Time, time.Duration, time.Month, time.Weekday and *time.Location that a template can call.

Rules: Go 1.27 package time; methods with two results or of no use in a template (encoders into buffers) are left out.
Importing this module gives golang's classes their method tables.
"""

from __future__ import annotations

from charthouse.golang.duration import duration_text
from charthouse.golang.kinds import Duration, Int64, SizedInt, go_bytes
from charthouse.golang.strconv import quote
from charthouse.golang.time import LOCAL, UTC, Location, Time
from charthouse.golang.time_duration import HOUR, MINUTE, SECOND, round_to, truncate_to
from charthouse.golang.time_layout import DAYS, MONTHS, format_time
from charthouse.gotemplate.functions import Function

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, ClassVar

__all__ = ["Month", "Span", "Weekday", "time_text"]


def _table(rows: tuple[tuple[str, str, Callable[..., Any]], ...]) -> dict[str, Function]:
    return {name: Function(name, signature, body) for name, signature, body in rows}


class Month(SizedInt):
    """time.Month: an int that prints its English name."""

    __slots__ = ()
    go_type = "time.Month"
    go_methods: ClassVar[dict[str, Function]] = {}


class Weekday(SizedInt):
    """time.Weekday: an int that prints its English name."""

    __slots__ = ()
    go_type = "time.Weekday"
    go_methods: ClassVar[dict[str, Function]] = {}


class Span(Duration):
    """time.Duration with its methods."""

    __slots__ = ()
    go_methods: ClassVar[dict[str, Function]] = {}


def time_text(time: Time) -> str:
    """Time.String (without the monotonic reading)."""
    return format_time(time, "2006-01-02 15:04:05.999999999 -0700 MST")


def go_string(time: Time) -> str:
    """Time.GoString, which `%#v` prints."""
    year, month, day = time.calendar()
    location = time.location
    if location is UTC or location is LOCAL:
        zone = "time.UTC" if location is UTC else "time.Local"
    else:
        zone = f"time.Location({quote(location.name)})"
    clock = ", ".join(str(part) for part in time.clock())
    return f"time.Date({year}, time.{MONTHS[month - 1]}, {day}, {clock}, {time.nanosecond}, {zone})"


def _add_date(time: Time, years: int, months: int, days: int) -> Time:
    year, month, day = time.calendar()
    date = (year + years, month + months, day + days)
    return Time.date(date, time.clock(), time.nanosecond, time.location)


def _truncated(time: Time, duration: int) -> Time:
    if duration <= 0:
        return time
    rest = ((time.unix + 62135596800) * SECOND + time.nanosecond) % duration
    return time.add(-rest)


def _rounded(time: Time, duration: int) -> Time:
    if duration <= 0:
        return time
    rest = ((time.unix + 62135596800) * SECOND + time.nanosecond) % duration
    return time.add(-rest if rest + rest < duration else duration - rest)


def _seconds(value: int) -> float:
    whole, rest = divmod(abs(value), SECOND)
    return (float(whole) + float(rest) / 1e9) * (-1 if value < 0 else 1)


def _divided(value: int, unit: int) -> float:
    """Duration.Minutes and Hours: whole units plus the fraction."""
    whole, rest = divmod(abs(value), unit)
    return (float(whole) + float(rest) / float(unit)) * (-1 if value < 0 else 1)


def _towards_zero(value: int, unit: int) -> Int64:
    return Int64(value // unit if value >= 0 else -(-value // unit))


Month.go_methods = _table((("String", "->string", lambda m: MONTHS[m - 1] if 1 <= m <= 12 else f"%!Month({int(m)})"),))
Weekday.go_methods = _table((("String", "->string", lambda d: DAYS[d] if 0 <= d < 7 else f"%!Weekday({int(d)})"),))
Location.go_methods = _table((("String", "->string", lambda location: location.name),))
Span.go_methods = _table(
    (
        ("String", "->string", lambda d: duration_text(int(d))),
        ("Seconds", "->float64", _seconds),
        ("Minutes", "->float64", lambda d: _divided(d, MINUTE)),
        ("Hours", "->float64", lambda d: _divided(d, HOUR)),
        ("Milliseconds", "->int64", lambda d: _towards_zero(d, 1_000_000)),
        ("Microseconds", "->int64", lambda d: _towards_zero(d, 1000)),
        ("Nanoseconds", "->int64", lambda d: Int64(d)),
        ("Abs", "->time.Duration", lambda d: Span(min(abs(d), (1 << 63) - 1))),
        ("Round", "time.Duration->time.Duration", lambda d, m: Span(round_to(int(d), int(m)))),
        ("Truncate", "time.Duration->time.Duration", lambda d, m: Span(truncate_to(int(d), int(m)))),
    )
)
Time.go_methods = _table(
    (
        ("String", "->string", time_text),
        ("Format", "string->string", format_time),
        ("GoString", "->string", go_string),
        ("Year", "->int", lambda t: t.calendar()[0]),
        ("Month", "->time.Month", lambda t: Month(t.calendar()[1])),
        ("Day", "->int", lambda t: t.calendar()[2]),
        ("Hour", "->int", lambda t: t.clock()[0]),
        ("Minute", "->int", lambda t: t.clock()[1]),
        ("Second", "->int", lambda t: t.clock()[2]),
        ("Nanosecond", "->int", lambda t: t.nanosecond),
        ("Weekday", "->time.Weekday", lambda t: Weekday(t.weekday())),
        ("YearDay", "->int", Time.year_day),
        ("Unix", "->int64", lambda t: Int64(t.unix)),
        ("UnixMilli", "->int64", lambda t: Int64(t.unix * 1000 + t.nanosecond // 1_000_000)),
        ("UnixMicro", "->int64", lambda t: Int64(t.unix * 1_000_000 + t.nanosecond // 1000)),
        ("UnixNano", "->int64", lambda t: Int64(t.unix * SECOND + t.nanosecond)),
        ("UTC", "->time.Time", lambda t: t.shown_in(UTC)),
        ("Local", "->time.Time", lambda t: t.shown_in(LOCAL)),
        ("In", "*time.Location->time.Time", lambda t, location: t.shown_in(location)),
        ("Location", "->*time.Location", lambda t: t.location),
        ("IsDST", "->bool", lambda t: t.location.at(t.unix)[2]),
        ("IsZero", "->bool", lambda t: t.moment == Time.zero().moment),
        ("Add", "time.Duration->time.Time", lambda t, d: t.add(int(d))),
        ("AddDate", "int,int,int->time.Time", _add_date),
        ("Sub", "time.Time->time.Duration", lambda t, other: Span(t.since(other))),
        ("After", "time.Time->bool", lambda t, other: t.moment > other.moment),
        ("Before", "time.Time->bool", lambda t, other: t.moment < other.moment),
        ("Equal", "time.Time->bool", lambda t, other: t.moment == other.moment),
        ("Compare", "time.Time->int", lambda t, o: (t.moment > o.moment) - (t.moment < o.moment)),
        ("Round", "time.Duration->time.Time", lambda t, d: _rounded(t, int(d))),
        ("Truncate", "time.Duration->time.Time", lambda t, d: _truncated(t, int(d))),
        ("MarshalText", "->[]uint8", lambda t: go_bytes(format_time(t, "2006-01-02T15:04:05.999999999Z07:00"))),
        ("MarshalJSON", "->[]uint8", lambda t: go_bytes(f'"{format_time(t, "2006-01-02T15:04:05.999999999Z07:00")}"')),
    )
)
