"""A moment as Helm writes it into a record: RFC 3339 with up to nine decimals and the local offset.

Whose rules: time.Time's MarshalJSON and UnmarshalJSON (Go 1.27, layout RFC3339Nano). A `Moment` is an aware datetime
that keeps the nanoseconds datetime has no room for, so that a record read and written again keeps its times to the
digit.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

__all__ = ["Moment", "from_nanoseconds", "from_text", "now", "to_text"]


class Moment(datetime):
    """An aware datetime with `nanosecond`: the whole fraction of the second, 0…999999999."""

    nanosecond: int

    def __reduce_ex__(self, protocol: object) -> tuple[object, tuple[str]]:
        return from_text, (to_text(self),)


def from_text(text: str) -> Moment:
    """Parse RFC 3339 text ("2026-11-22T22:36:00.123456789Z"). Raises ValueError with Go's text for anything else."""
    try:
        head, rest = text[:19], text[19:]
        base = _base(head)
        nanosecond = 0
        if rest.startswith("."):
            end = 1
            while end < len(rest) and rest[end].isdigit():
                end += 1
            digits = rest[1:end]
            if not digits:
                raise ValueError("no digits")
            nanosecond = int(digits[:9].ljust(9, "0"))
            rest = rest[end:]
        zone = _zone(rest)
    except ValueError as error:
        raise ValueError(f'parsing time "\\"{text}\\"" as "\\"2006-01-02T15:04:05Z07:00\\"": {error}') from error
    return _moment(base.replace(tzinfo=zone), nanosecond)


_DIGITS = frozenset("0123456789")


def _base(head: str) -> datetime:
    """Date and time of the first 19 characters. Raises ValueError. (strptime takes ten times as long, and a list of
    releases reads thousands of times.)"""
    if (
        head[4:17:3] == "--T::"
        and _DIGITS.issuperset(head[:4] + head[5:7] + head[8:10] + head[11:13] + head[14:16] + head[17:])
        and len(head) == 19
    ):
        return datetime(
            int(head[:4]), int(head[5:7]), int(head[8:10]), int(head[11:13]), int(head[14:16]), int(head[17:])
        )
    return datetime.strptime(head, "%Y-%m-%dT%H:%M:%S")


def _zone(text: str) -> timezone:
    if text == "Z":
        return UTC
    if len(text) == 6 and text[0] in "+-" and text[3] == ":" and text[1:3].isdigit() and text[4:].isdigit():
        minutes = int(text[1:3]) * 60 + int(text[4:])
        return timezone(timedelta(minutes=minutes if text[0] == "+" else -minutes))
    raise ValueError(f"bad zone {text!r}")


def _moment(base: datetime, nanosecond: int) -> Moment:
    made = Moment(base.year, base.month, base.day, base.hour, base.minute, base.second, nanosecond // 1000, base.tzinfo)
    made.nanosecond = nanosecond
    return made


def from_nanoseconds(since_1970: int) -> Moment | None:
    """A moment in UTC; None when it is beyond what a datetime can say."""
    try:
        base = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=since_1970 // 10**9)
    except OverflowError:
        return None
    return _moment(base, since_1970 % 10**9)


def now(clock_now: datetime) -> Moment:
    """What a clock says (an aware datetime) as a Moment."""
    return _moment(clock_now, getattr(clock_now, "nanosecond", clock_now.microsecond * 1000))


def to_text(moment: datetime) -> str:
    """RFC3339Nano: the fraction without trailing zeros, `Z` for offset zero."""
    nanosecond: int = getattr(moment, "nanosecond", moment.microsecond * 1000)
    fraction = f".{nanosecond:09d}".rstrip("0") if nanosecond else ""
    offset = moment.utcoffset() or timedelta()
    minutes = round(offset.total_seconds() / 60)
    zone = "Z"
    if minutes:
        sign = "+" if minutes > 0 else "-"
        zone = f"{sign}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}"
    head = (
        f"{moment.year:04d}-{moment.month:02d}-{moment.day:02d}T"
        f"{moment.hour:02d}:{moment.minute:02d}:{moment.second:02d}"
    )
    return f"{head}{fraction}{zone}"
