"""Dates and times as formats of JSON Schema: RFC 3339 by santhosh-tekuri/jsonschema v6.0.3 `format.go`."""

from __future__ import annotations

__all__ = ["date", "date_time", "digits", "prefixed", "time"]


def digits(text: str) -> int:
    """How many digits a text begins with."""
    count = 0
    while count < len(text) and "0" <= text[count] <= "9":
        count += 1
    return count


def prefixed(head: str, words: str) -> str:
    return f"{head}: {words}" if words else ""


def date(text: str) -> str:
    """time.Parse("2006-01-02"), its own error text included."""
    from charthouse.golang.strconv import quote

    layout = "2006-01-02"
    parsing = f"parsing time {quote(text)}"
    rest = text
    numbers: list[int] = []
    for size, element, following in ((4, "2006", "-"), (2, "01", "-"), (2, "02", "")):
        if len(rest) < size or digits(rest[:size]) != size:
            return f'{parsing} as "{layout}": cannot parse {quote(rest)} as "{element}"'
        numbers.append(int(rest[:size]))
        rest = rest[size:]
        if element == "01" and not 1 <= numbers[1] <= 12:
            return f"{parsing}: month out of range"
        if following:
            if not rest.startswith(following):
                return f'{parsing} as "{layout}": cannot parse {quote(rest)} as "{following}"'
            rest = rest[1:]
    if rest:
        return f"{parsing}: extra text: {quote(rest)}"
    from calendar import monthrange

    year, month, day = numbers
    longest = 29 if year < 1 and month == 2 else monthrange(max(year, 1), month)[1]
    return f"{parsing}: day out of range" if not 1 <= day <= longest else ""


def _whole(text: str) -> int | None:
    body = text[1:] if text[:1] in ("+", "-") else text
    return int(text) if body.isdecimal() and body.isascii() else None


def time(text: str) -> str:
    if len(text) < 9:
        return "less than 9 characters long"
    if text[2] != ":" or text[5] != ":":
        return "missing colon in correct place"
    clock: list[int] = []
    for part in text[:8].split(":", 2):
        value = _whole(part)
        if value is None:
            return "invalid hour/min/sec"
        if value < 0:
            return "non-positive hour/min/sec"
        clock.append(value)
    hour, minute, second = clock
    if hour > 23 or minute > 59 or second > 60:
        return "hour/min/sec out of range"
    rest = text[8:]
    if rest.startswith("."):
        count = digits(rest[1:])
        if not count:
            return "no digits in second fraction"
        rest = rest[1 + count :]
    shift: int | str = 0 if rest in ("z", "Z") else _offset(rest)
    if isinstance(shift, str):
        return shift
    total = (hour * 60 + minute + shift) % (24 * 60)
    return "invalid leap second" if second >= 60 and total != 23 * 60 + 59 else ""


def _offset(text: str) -> int | str:
    """Minutes to add for UTC, or what is wrong with the offset."""
    if len(text) != 6:
        return "offset must be 6 characters long"
    if text[0] not in "+-":
        return "offset must begin with plus/minus"
    if text[3] != ":":
        return "missing colon in offset in correct place"
    parts = [_whole(part) for part in text[1:].split(":", 1)]
    if None in parts:
        return "invalid hour/min in offset"
    hours, minutes = (part or 0 for part in parts)
    if hours < 0 or minutes < 0:
        return "non-positive hour/min in offset"
    if hours > 23 or minutes > 59:
        return "hour/min in offset out of range"
    return (hours * 60 + minutes) * (-1 if text[0] == "+" else 1)


def date_time(text: str) -> str:
    if len(text) < 20:
        return "less than 20 characters long"
    if text[10] not in "tT":
        return "11th character must be t or T"
    return prefixed("invalid date element", date(text[:10])) or prefixed("invalid time element", time(text[11:]))
