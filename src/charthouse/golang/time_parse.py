"""Text to time by a layout.

Rules: Go 1.27 time/format.go ``parse``, with ParseError's texts.
"""

from __future__ import annotations

from charthouse.golang.kinds import GoError, go_bytes, go_string
from charthouse.golang.time import UTC, FixedZone, Time, civil, days_before, days_of
from charthouse.golang.time_duration import quoted
from charthouse.golang.time_layout import DAYS, MONTHS, elements

TYPE_CHECKING = False
if TYPE_CHECKING:
    from charthouse.golang.time import Location

__all__ = ["parse_time"]


class _Bad(Exception):
    """The value does not look like the element."""


class _Range(Exception):
    """A number that is out of range; says which. `rest`: what was left to read."""


def _digit(text: str, at: int) -> bool:
    return "0" <= text[at : at + 1] <= "9"


class _Reader:
    """What has been read so far."""

    __slots__ = (
        "day",
        "half",
        "hour",
        "minute",
        "month",
        "nanosecond",
        "offset",
        "rest",
        "second",
        "utc",
        "year",
        "year_day",
        "zone",
    )

    def __init__(self, text: str) -> None:
        self.rest = text
        self.year = 0
        self.month = self.day = self.year_day = -1
        self.hour = self.minute = self.second = self.nanosecond = 0
        self.half = ""
        self.utc = False
        self.offset = -1
        self.zone = ""

    def number(self, *, fixed: bool) -> int:
        """One or two digits; two when `fixed`."""
        text = self.rest
        if not _digit(text, 0) or (fixed and not _digit(text, 1)):
            raise _Bad
        size = 2 if _digit(text, 1) else 1
        self.rest = text[size:]
        return int(text[:size])

    def ranged(self, low: int, high: int, name: str, *, fixed: bool) -> int:
        number = self.number(fixed=fixed)
        if not low <= number <= high:
            raise _Range(name)
        return number

    def word(self, words: tuple[str, ...], size: int | None) -> int:
        """The index of the word (cut to `size` letters) the text begins with, whatever its case."""
        for index, word in enumerate(words):
            wanted = word[:size]
            if self.rest[: len(wanted)].isascii() and self.rest[: len(wanted)].lower() == wanted.lower():
                self.rest = self.rest[len(wanted) :]
                return index
        raise _Bad

    def take(self, size: int) -> str:
        if len(self.rest) < size:
            raise _Bad
        taken, self.rest = self.rest[:size], self.rest[size:]
        return taken

    def fraction(self, size: int) -> None:
        """A separator and digits, `size` characters in all."""
        text = self.take(size)
        if text[0] not in ".,":
            raise _Bad
        digits = text[1:10]
        if not digits.lstrip("+-").isdigit() or (not digits[1:].isdigit() and len(digits) > 1):
            raise _Bad
        number = int(digits)
        if number < 0:
            raise _Range("fractional second")
        self.nanosecond = number * 10 ** (9 - len(digits))

    def digits_behind(self) -> int:
        """The size of a separator and the digits behind it."""
        end = 1
        while _digit(self.rest, end):
            end += 1
        return end

    def offset_by(self, layout: str) -> None:
        if layout[0] == "Z" and self.rest.startswith("Z"):
            self.rest = self.rest[1:]
            self.utc = True
            return
        text = self.take(len(layout))
        parts = [text[1:3]]
        at = 3
        while at < len(layout):
            if layout[at] == ":":
                if text[at] != ":":
                    self.rest = text + self.rest
                    raise _Bad
                at += 1
            parts.append(text[at : at + 2])
            at += 2
        bad = any(not (_digit(part, 0) and _digit(part, 1)) for part in parts)
        numbers = [0, 0, 0]
        for index, part in enumerate(parts):
            if not (_digit(part, 0) and _digit(part, 1)):
                break
            numbers[index] = int(part)
        for number, limit, name in zip(reversed(numbers), (60, 60, 24), ("second", "minute", "hour"), strict=True):
            if number > limit:
                raise _Range(f"time zone offset {name}")
        if bad or text[0] not in "+-":
            raise _Bad
        self.offset = numbers[0] * 3600 + numbers[1] * 60 + numbers[2]
        if text[0] == "-":
            self.offset = -self.offset

    def abbreviation(self) -> None:
        if self.rest.startswith("UTC"):
            self.rest = self.rest[3:]
            self.utc = True
            return
        self.zone = self.take(_zone_length(self.rest))
        if not self.zone:
            raise _Bad


def _signed_offset(text: str) -> int:
    if text[:1] not in ("+", "-"):
        return 0
    end = 1
    while _digit(text, end):
        end += 1
    return end if end > 1 and int(text[1:end][:20]) <= 23 else 0


def _zone_length(text: str) -> int:
    """The length of a zone's abbreviation at the beginning; 0 when there is none (``parseTimeZone``)."""
    if len(text) < 3:
        return 0
    if text[:4] in ("ChST", "MeST"):
        return 4
    if text.startswith("GMT"):
        return 3 + _signed_offset(text[3:])
    if text[0] in "+-":
        return _signed_offset(text)
    capitals = 0
    while capitals < 6 and "A" <= text[capitals : capitals + 1] <= "Z":
        capitals += 1
    if capitals == 3 or (capitals == 5 and text[4] == "T"):
        return capitals
    return 4 if capitals == 4 and (text[3] == "T" or text[:4] == "WITA") else 0


def _skip(text: str, plain: str) -> tuple[str, str, bool]:
    """What is left of the text and of the plain part of a layout, and whether they agreed."""
    while plain:
        if plain[0] == " ":
            if text and text[0] != " ":
                return text, plain, False
            plain = plain.lstrip(" ")
            text = text.lstrip(" ")
            continue
        if not text or text[0] != plain[0]:
            return text, plain, False
        plain, text = plain[1:], text[1:]
    return text, plain, True


def _read(reader: _Reader, kind: str, text: str, following: str) -> None:
    """Read one element. Raises _Bad or _Range."""
    fixed = kind.startswith("zero")
    if kind == "year":
        digits = reader.take(2)
        if not (_digit(digits, 1) and (_digit(digits, 0) or digits[0] in "+-")):
            raise _Bad
        number = int(digits)
        reader.year = number + (1900 if number >= 69 else 2000)
    elif kind == "long year":
        if len(reader.rest) < 4 or not _digit(reader.rest, 0):
            raise _Bad
        digits = reader.take(4)
        if not (digits.isascii() and digits.isdigit()):
            raise _Bad
        reader.year = int(digits)
    elif kind in ("month", "long month"):
        reader.month = reader.word(MONTHS, 3 if kind == "month" else None) + 1
    elif kind in ("weekday", "long weekday"):
        reader.word(DAYS, 3 if kind == "weekday" else None)
    elif kind in ("num month", "zero month"):
        reader.month = reader.ranged(1, 12, "month", fixed=fixed)
    elif kind in ("day", "under day", "zero day"):
        if kind == "under day":
            reader.rest = reader.rest.removeprefix(" ")
        reader.day = reader.number(fixed=fixed)
    elif kind in ("under year day", "zero year day"):
        _read_year_day(reader, fixed=fixed)
    elif kind in ("hour", "hour12", "zero hour12"):
        reader.hour = reader.ranged(0, 23 if kind == "hour" else 12, "hour", fixed=fixed)
    elif kind in ("minute", "zero minute"):
        reader.minute = reader.ranged(0, 59, "minute", fixed=fixed)
    elif kind in ("second", "zero second"):
        reader.second = reader.ranged(0, 59, "second", fixed=fixed)
        if reader.rest[:1] in (".", ",") and _digit(reader.rest, 1) and not following.endswith("fraction"):
            reader.fraction(reader.digits_behind())
    elif kind in ("PM", "pm"):
        reader.half = reader.take(2)
        if reader.half not in (("AM", "PM") if kind == "PM" else ("am", "pm")):
            raise _Bad
    elif kind == "offset":
        reader.offset_by(text)
    elif kind == "zone":
        reader.abbreviation()
    elif kind == "fraction":
        reader.fraction(len(text))
    elif reader.rest[:1] in (".", ",") and _digit(reader.rest, 1):
        reader.fraction(reader.digits_behind())


def _read_year_day(reader: _Reader, *, fixed: bool) -> None:
    if not fixed:
        reader.rest = reader.rest.removeprefix(" ").removeprefix(" ")
    size = 0
    while size < 3 and _digit(reader.rest, size):
        size += 1
    if size == 0 or (fixed and size != 3):
        raise _Bad
    reader.year_day = int(reader.take(size))


def _is_leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def _date(reader: _Reader) -> str:
    """Complete and check the date; what is wrong with it, or ""."""
    year = reader.year
    if reader.year_day >= 0:
        if not 1 <= reader.year_day <= (366 if _is_leap(year) else 365):
            return "day-of-year out of range"
        _, month, day = civil(days_of(year, 1, reader.year_day))
        if reader.month not in (-1, month):
            return "day-of-year does not match month"
        if reader.day not in (-1, day):
            return "day-of-year does not match day"
        reader.month, reader.day = month, day
    reader.month = 1 if reader.month < 0 else reader.month
    reader.day = 1 if reader.day < 0 else reader.day
    length = days_before(reader.month + 1) - days_before(reader.month) + (reader.month == 2 and _is_leap(year))
    return "" if 1 <= reader.day <= length else "day out of range"


def _bytewise(text: str) -> str:
    return text if text.isascii() else go_bytes(text).decode("latin-1")


def _shown(text: str) -> str:
    return quoted(go_string(text.encode("latin-1")))


def parse_time(layout: str, text: str, location: Location, local: Location) -> Time:
    """The time a text shows by a layout; `location` when it names no zone, `local` to recognise the zone it names.

    Raises GoError with ParseError's text.
    """
    # Bytes as characters: Go cuts what it reads by bytes.
    reader = _Reader(_bytewise(text))
    parts = elements(_bytewise(layout))
    head = f"parsing time {quoted(text)}"
    for index, (kind, shown) in enumerate(parts):
        if not kind:
            reader.rest, _, agreed = _skip(reader.rest, shown)
            if not agreed:
                raise GoError(f"{head} as {quoted(layout)}: cannot parse {_shown(reader.rest)} as {_shown(shown)}")
            continue
        hold = reader.rest
        try:
            _read(reader, kind, shown, parts[index + 1][0] if index + 1 < len(parts) else "")
        except _Range as fault:
            raise GoError(f"{head}: {fault} out of range") from None
        except _Bad:
            raise GoError(f"{head} as {quoted(layout)}: cannot parse {_shown(hold)} as {_shown(shown)}") from None
    if reader.rest:
        raise GoError(f"{head}: extra text: {_shown(reader.rest)}")
    wrong = _date(reader)
    if wrong:
        raise GoError(f"{head}: {wrong}")
    return _time(reader, location, local)


def _time(reader: _Reader, location: Location, local: Location) -> Time:
    """The time read, in the zone it names."""
    hour = reader.hour
    if reader.half in ("PM", "pm") and hour < 12:
        hour += 12
    elif reader.half in ("AM", "am") and hour == 12:
        hour = 0
    date, clock = (reader.year, reader.month, reader.day), (hour, reader.minute, reader.second)
    if reader.utc:
        return Time.date(date, clock, reader.nanosecond, UTC)
    shown = Time.date(date, clock, reader.nanosecond, UTC)
    if reader.offset != -1:
        moment = Time(shown.unix - reader.offset, shown.nanosecond)
        name, offset, _ = local.at(moment.unix)
        if offset == reader.offset and reader.zone in ("", name):
            return moment.shown_in(local)
        return moment.shown_in(FixedZone(reader.zone, reader.offset))
    if reader.zone:
        name, offset, _ = local.at(shown.unix)
        if name == reader.zone:
            return Time(shown.unix - offset, shown.nanosecond, local)
        offset = int(reader.zone[3:] or "0") * 3600 if reader.zone.startswith("GMT") else 0
        return Time(shown.unix, shown.nanosecond, FixedZone(reader.zone, offset))
    return Time.date(date, clock, reader.nanosecond, location)
