"""Times of releases as Helm prints them.

Rules: Go 1.27 ``time``: ``Time.String`` (without the monotonic part), ``Format(time.ANSIC)``; a parsed time whose
offset is the local one at that moment counts as local and carries the local zone's name, any other offset has no name.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from datetime import datetime

__all__ = ["ansic", "full", "in_layout", "rfc3339", "zone_name"]

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def ansic(moment: datetime | None) -> str:
    """`Sun Nov 22 22:36:00 2026`; Go's zero time when there is none."""
    if moment is None:
        return "Mon Jan  1 00:00:00 0001"
    return f"{_DAYS[moment.weekday()]} {_MONTHS[moment.month - 1]} {moment.day:2d} {moment:%H:%M:%S} {moment.year:04d}"


def full(moment: datetime) -> str:
    """`2026-11-22 22:36:00.123456789 +0000 UTC`."""
    nanosecond = getattr(moment, "nanosecond", moment.microsecond * 1000)
    fraction = f".{nanosecond:09d}".rstrip("0") if nanosecond else ""
    offset = _offset(moment, "")
    return f"{moment.year:04d}-{moment:%m-%d %H:%M:%S}{fraction} {offset} {zone_name(moment)}"


def rfc3339(moment: datetime | None) -> str:
    """`2026-11-22T22:36:00Z`."""
    if moment is None:
        return "0001-01-01T00:00:00Z"
    offset = _offset(moment, ":")
    return f"{moment.year:04d}-{moment:%m-%dT%H:%M:%S}{'Z' if offset == '+00:00' else offset}"


def _offset(moment: datetime, colon: str) -> str:
    delta = moment.utcoffset()
    minutes = round(delta.total_seconds() / 60) if delta is not None else 0
    return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02d}{colon}{abs(minutes) % 60:02d}"


def zone_name(moment: datetime) -> str:
    """The zone's abbreviation, or the offset where Go knows no name."""
    import time

    offset = _offset(moment, "")
    if offset == "+0000":
        return "UTC"
    local = time.localtime(moment.timestamp())
    delta = moment.utcoffset()
    if delta is not None and local.tm_gmtoff == delta.total_seconds():
        return local.tm_zone
    return offset


def in_layout(moment: datetime, layout: str) -> str:
    """The time in one of Go's layouts (``--time-format``)."""
    from charthouse.golang.time import FixedZone, Time
    from charthouse.golang.time_layout import format_time

    delta = moment.utcoffset()
    seconds = int(delta.total_seconds()) if delta is not None else 0
    nanosecond = getattr(moment, "nanosecond", moment.microsecond * 1000)
    zone = FixedZone(zone_name(moment), seconds)
    return format_time(Time(int(moment.timestamp() // 1), nanosecond, zone), layout)
