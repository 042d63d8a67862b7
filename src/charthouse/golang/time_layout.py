"""Layouts: the reference time ``Mon Jan 2 15:04:05 MST 2006`` as a pattern; times as text.

Rules: Go 1.27 time/format.go ``nextStdChunk`` and ``Time.appendFormat``. A layout is read into elements: tuples of a
kind and its text; the kind of plain text is "".
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from charthouse.golang.time import Time

__all__ = ["DAYS", "MONTHS", "elements", "format_time", "offset_text"]

MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
DAYS = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")

# By first character, the longest first: text → kind.
_WORDS: dict[str, tuple[tuple[str, str], ...]] = {
    "J": (("January", "long month"), ("Jan", "month")),
    "M": (("Monday", "long weekday"), ("Mon", "weekday"), ("MST", "zone")),
    "0": (
        ("002", "zero year day"),
        ("01", "zero month"),
        ("02", "zero day"),
        ("03", "zero hour12"),
        ("04", "zero minute"),
        ("05", "zero second"),
        ("06", "year"),
    ),
    "1": (("15", "hour"), ("1", "num month")),
    "2": (("2006", "long year"), ("2", "day")),
    "_": (("_2006", "_long year"), ("__2", "under year day"), ("_2", "under day")),
    "3": (("3", "hour12"),),
    "4": (("4", "minute"),),
    "5": (("5", "second"),),
    "P": (("PM", "PM"),),
    "p": (("pm", "pm"),),
    "-": tuple((text, "offset") for text in ("-070000", "-07:00:00", "-0700", "-07:00", "-07")),
    "Z": tuple((text, "offset") for text in ("Z070000", "Z07:00:00", "Z0700", "Z07:00", "Z07")),
}
_cache: dict[str, tuple[tuple[str, str], ...]] = {}


def _fraction(layout: str, at: int) -> str:
    """``.000`` or ``,999`` at the position; "" when there is none (or other digits follow)."""
    digit = layout[at + 1 : at + 2]
    if digit not in ("0", "9"):
        return ""
    end = at + 1
    while layout[end : end + 1] == digit:
        end += 1
    return "" if "0" <= layout[end : end + 1] <= "9" else layout[at:end]


def _element(layout: str, at: int) -> tuple[str, str]:
    """Kind and text of the element that begins at the position, or ("", "")."""
    char = layout[at]
    if char in ".,":
        text = _fraction(layout, at)
        return ("fraction" if text[1:2] == "0" else "trimmed fraction", text) if text else ("", "")
    for text, kind in _WORDS.get(char, ()):
        if layout.startswith(text, at):
            following = layout[at + 3 : at + 4]
            if kind in ("month", "weekday") and "a" <= following <= "z":
                continue
            return kind, text
    return "", ""


def elements(layout: str) -> tuple[tuple[str, str], ...]:
    """The layout's elements, plain text between them."""
    known = _cache.get(layout)
    if known is not None:
        return known
    found: list[tuple[str, str]] = []
    at = plain = 0
    while at < len(layout):
        kind, text = _element(layout, at)
        if not kind:
            at += 1
            continue
        if kind == "_long year":  # the underscore is plain text
            at, kind, text = at + 1, "long year", "2006"
        if plain < at:
            found.append(("", layout[plain:at]))
        found.append((kind, text))
        at += len(text)
        plain = at
    if plain < len(layout):
        found.append(("", layout[plain:]))
    if len(_cache) > 128:
        _cache.clear()
    known = _cache[layout] = tuple(found)
    return known


def _padded(number: int, width: int) -> str:
    return f"-{-number:0{width}d}" if number < 0 else f"{number:0{width}d}"


def offset_text(layout: str, offset: int) -> str:
    """An offset as ``-07:00`` and its kin show it; those that begin with Z show none as ``Z``."""
    if layout[0] == "Z" and offset == 0:
        return "Z"
    colon = ":" if ":" in layout else ""
    minutes = int(offset / 60)
    text = "-" if minutes < 0 else "+"
    size = -offset if minutes < 0 else offset
    minutes = abs(minutes)
    text += f"{minutes // 60:02d}"
    digits = layout[1:].replace(":", "")
    if len(digits) > 2:
        text += f"{colon}{minutes % 60:02d}"
    if len(digits) > 4:
        text += f"{colon}{_padded(size % 60 if size >= 0 else -(-size % 60), 2)}"
    return text


def _fraction_text(kind: str, text: str, nanosecond: int) -> str:
    shown = text[0] + f"{nanosecond:09d}"[: len(text) - 1]
    if kind == "fraction":
        return shown
    return "" if nanosecond == 0 else shown.rstrip("0").removesuffix(text[0])


def format_time(time: Time, layout: str) -> str:
    """The time as the layout shows it."""
    name, offset, _ = time.location.at(time.unix)
    year, month, day = time.calendar()
    hour, minute, second = time.clock()
    made: list[str] = []
    for kind, text in elements(layout):
        if not kind:
            made.append(text)
        elif kind == "offset":
            made.append(offset_text(text, offset))
        elif kind in ("fraction", "trimmed fraction"):
            made.append(_fraction_text(kind, text, time.nanosecond))
        elif kind == "zone":
            made.append(name or offset_text("-0700", offset))
        elif kind in ("long month", "month"):
            made.append(MONTHS[month - 1] if kind == "long month" else MONTHS[month - 1][:3])
        elif kind in ("long weekday", "weekday"):
            weekday = DAYS[time.weekday()]
            made.append(weekday if kind == "long weekday" else weekday[:3])
        elif kind in ("PM", "pm"):
            half = "PM" if hour >= 12 else "AM"
            made.append(half if kind == "PM" else half.lower())
        else:
            made.append(_number_text(kind, (year, month, day, hour, minute, second), time))
    return "".join(made)


def _number_text(kind: str, shown: tuple[int, int, int, int, int, int], time: Time) -> str:
    """A number of the calendar or the clock."""
    year, month, day, hour, minute, second = shown
    if kind == "long year":
        return _padded(year, 4)
    if kind == "year":
        return f"{abs(year) % 100:02d}"
    if kind == "hour":
        return f"{hour:02d}"
    if kind == "under day":
        return f"{day:2d}"
    if kind == "under year day":
        return f"{time.year_day():3d}"
    if kind == "zero year day":
        return f"{time.year_day():03d}"
    name = kind.rpartition(" ")[2]
    number = {"month": month, "day": day, "hour12": hour % 12 or 12, "minute": minute, "second": second}[name]
    return f"{number:02d}" if kind.startswith("zero") else str(number)
