"""time.Time and time.Location: moments, the civil calendar, time zones.

Rules: Go 1.27 time/time.go, time/zoneinfo.go. A moment is the seconds since 1970 (any number of them) and nanoseconds;
the calendar is the proleptic Gregorian one. Named zones come from ``zoneinfo``; where the system and Python have no
zone data, a name cannot be loaded, as in Go. The local zone is the C library's (``TZ`` as it was at start). The
monotonic reading that Go prints behind ``now`` (``m=+0.01``) is left out.
"""

from __future__ import annotations

from charthouse.golang.kinds import GoError, Struct

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any, ClassVar

__all__ = [
    "LOCAL",
    "UTC",
    "FixedZone",
    "Location",
    "NamedZone",
    "Time",
    "civil",
    "days_before",
    "days_of",
    "load_location",
]

_YEAR_ONE = -62135596800
_LATEST = 253402214400


def days_of(year: int, month: int, day: int) -> int:
    """Days from 1970-01-01 to a date; month and day may be out of range (they are carried over)."""
    year += (month - 1) // 12
    month = (month - 1) % 12 + 1
    shifted = year - (month <= 2)
    era = shifted // 400
    of_era = shifted - era * 400
    of_year = (153 * (month + (-3 if month > 2 else 9)) + 2) // 5
    return era * 146097 + of_era * 365 + of_era // 4 - of_era // 100 + of_year - 719468 + day - 1


def civil(days: int) -> tuple[int, int, int]:
    """Year, month and day of a number of days since 1970-01-01."""
    days += 719468
    era = days // 146097
    of_era = days - era * 146097
    year_of_era = (of_era - of_era // 1460 + of_era // 36524 - of_era // 146096) // 365
    of_year = of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
    shifted = (5 * of_year + 2) // 153
    month = shifted + 3 if shifted < 10 else shifted - 9
    return year_of_era + era * 400 + (month <= 2), month, of_year - (153 * shifted + 2) // 5 + 1


def days_before(month: int) -> int:
    """Days of a common year before a month (13: of the whole year)."""
    return (0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365)[month - 1]


class Location(Struct):
    """A time zone: its name, and what it says at a moment."""

    __slots__ = ("name",)
    go_type = "*time.Location"
    go_methods: ClassVar[Mapping[str, Any]] = {}

    def __init__(self, name: str) -> None:
        self.name = name

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Location) and self.name == other.name

    def __hash__(self) -> int:
        return hash(self.name)

    def at(self, unix: int) -> tuple[str, int, bool]:
        """Abbreviation, seconds east of Greenwich, whether it is summer time, at a moment."""
        return self.name, 0, False

    def offset_of(self, unix: int) -> int:
        """The offset for a clock that shows `unix` as if it were UTC (time.Date's rule for gaps and overlaps)."""
        offset = self.at(unix)[1]
        if offset:
            offset = self.at(unix - offset)[1]
        return offset


class FixedZone(Location):
    """A zone that is always at the same offset."""

    __slots__ = ("offset",)

    def __init__(self, name: str, offset: int) -> None:
        super().__init__(name)
        self.offset = offset

    def at(self, unix: int) -> tuple[str, int, bool]:
        return self.name, self.offset, False


class _Local(Location):
    """The machine's own zone."""

    __slots__ = ()

    def at(self, unix: int) -> tuple[str, int, bool]:
        from time import localtime

        shown = localtime(max(_YEAR_ONE, min(unix, _LATEST)))
        return shown.tm_zone, shown.tm_gmtoff, shown.tm_isdst > 0


class NamedZone(Location):
    """A zone of the zone database."""

    __slots__ = ("zone",)

    def __init__(self, name: str, zone: Any) -> None:
        super().__init__(name)
        self.zone = zone

    def at(self, unix: int) -> tuple[str, int, bool]:
        from datetime import datetime

        shown = datetime.fromtimestamp(max(_YEAR_ONE + 86400, min(unix, _LATEST)), self.zone)
        offset, summer = shown.utcoffset(), shown.dst()
        return shown.tzname() or "", int(offset.total_seconds()) if offset else 0, bool(summer)


UTC = FixedZone("UTC", 0)
LOCAL = _Local("Local")
_loaded: dict[str, Location] = {"": UTC, "UTC": UTC, "Local": LOCAL}


def load_location(name: str) -> Location:
    """The zone of that name. Raises GoError when there is none."""
    known = _loaded.get(name)
    if known is None:
        from zoneinfo import ZoneInfo

        try:
            known = NamedZone(name, ZoneInfo(name))
        except (OSError, ValueError, LookupError):
            raise GoError(f"unknown time zone {name}") from None
        _loaded[name] = known
    return known


class Time(Struct):
    """A moment, shown in a location. unix: seconds since 1970; nanosecond: 0…999999999."""

    __slots__ = ("location", "nanosecond", "unix")
    go_type = "time.Time"
    go_methods: ClassVar[Mapping[str, Any]] = {}

    def __init__(self, unix: int, nanosecond: int = 0, location: Location = UTC) -> None:
        self.unix = unix + nanosecond // 1_000_000_000
        self.nanosecond = nanosecond % 1_000_000_000
        self.location = location

    @classmethod
    def zero(cls) -> Time:
        """The zero Time: the first of January of the year one."""
        return cls(_YEAR_ONE)

    @classmethod
    def date(cls, date: tuple[int, int, int], clock: tuple[int, int, int], nanosecond: int, location: Location) -> Time:
        """The moment a calendar and a clock show in a location."""
        unix = days_of(*date) * 86400 + clock[0] * 3600 + clock[1] * 60 + clock[2]
        return cls(unix - location.offset_of(unix), nanosecond, location)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Time):
            return NotImplemented
        return self.moment == other.moment and self.location == other.location

    def __hash__(self) -> int:
        return hash(self.moment)

    def __repr__(self) -> str:
        return f"Time({self.unix}, {self.nanosecond}, {self.location.name!r})"

    def go_layout(self) -> list[tuple[str, object]]:
        """What fmt prints of the struct itself: UTC is a nil pointer."""
        from charthouse.golang.kinds import Int64, NilPointer, Uint64

        location = NilPointer("*time.Location") if self.location is UTC else self.location
        return [("wall", Uint64(self.nanosecond)), ("ext", Int64(self.unix - _YEAR_ONE)), ("loc", location)]

    @property
    def moment(self) -> tuple[int, int]:
        """What two times are compared by."""
        return self.unix, self.nanosecond

    def shown_in(self, location: Location) -> Time:
        """The same moment in another location."""
        return Time(self.unix, self.nanosecond, location)

    def add(self, duration: int) -> Time:
        """The moment that many nanoseconds later."""
        return Time(self.unix, self.nanosecond + duration, self.location)

    def since(self, other: Time) -> int:
        """Nanoseconds from the other moment to this one, at most what a Duration holds."""
        between = (self.unix - other.unix) * 1_000_000_000 + self.nanosecond - other.nanosecond
        return max(-(1 << 63), min(between, (1 << 63) - 1))

    def calendar(self) -> tuple[int, int, int]:
        """Year, month, day in the location."""
        return civil((self.unix + self.location.at(self.unix)[1]) // 86400)

    def clock(self) -> tuple[int, int, int]:
        """Hour, minute, second in the location."""
        seconds = (self.unix + self.location.at(self.unix)[1]) % 86400
        return seconds // 3600, seconds // 60 % 60, seconds % 60

    def weekday(self) -> int:
        """0 for Sunday."""
        return ((self.unix + self.location.at(self.unix)[1]) // 86400 + 4) % 7

    def year_day(self) -> int:
        """1 for the first of January."""
        days = (self.unix + self.location.at(self.unix)[1]) // 86400
        return days - days_of(civil(days)[0], 1, 1) + 1
