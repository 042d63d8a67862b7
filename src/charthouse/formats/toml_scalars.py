"""Numbers, dates and escapes of TOML: from what stands in the text to values.

Rules: `valueInteger`, `valueFloat`, `valueDatetime`, `replaceEscapes` of parse.go, github.com/BurntSushi/toml v1.6.0.
Each function takes the characters as they stand in the text and raises GoError with the library's text.
"""

from __future__ import annotations

from charthouse.golang.kinds import GoError, Int64
from charthouse.golang.strconv import NumberError, parse_float, parse_int, quote

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from charthouse.golang.time import Time

__all__ = ["floating", "integer", "joined_lines", "moment", "unescaped"]

_HEX = frozenset("0123456789abcdefABCDEF")
_INFINITE = ("nan", "+nan", "-nan", "inf", "-inf", "+inf")
_SIMPLE = {"b": "\b", "t": "\t", "n": "\n", "f": "\f", "r": "\r", "e": "\x1b", '"': '"', "\\": "\\"}
_LENGTHS = {"x": 2, "u": 4, "U": 8}
# Layout, and the name of the zone of a time that has none.
_DATES = (
    ("2006-01-02T15:04:05.999999999Z07:00", ""),
    ("2006-01-02T15:04:05.999999999", "datetime-local"),
    ("2006-01-02", "date-local"),
    ("15:04:05.999999999", "time-local"),
    ("2006-01-02T15:04Z07:00", ""),
    ("2006-01-02T15:04", "datetime-local"),
    ("15:04", "time-local"),
)


def integer(text: str) -> Int64:
    if not _underscores_fine(text):
        raise GoError(f"Invalid integer {quote(text)}: underscores must be surrounded by digits")
    if _leading_zero(text):
        raise GoError(f"Invalid integer {quote(text)}: cannot have leading zeroes")
    try:
        return Int64(parse_int(text, 0))
    except NumberError:
        raise GoError(f"{text} is out of range for int64") from None


def floating(text: str) -> float:
    parts = [part for part in text.replace("e", ".").replace("E", ".").split(".") if part]
    if not all(_underscores_fine(part) for part in parts):
        raise GoError(f"Invalid float {quote(text)}: underscores must be surrounded by digits")
    if parts and _leading_zero(parts[0]):
        raise GoError(f"Invalid float {quote(text)}: cannot have leading zeroes")
    if any(not follower.isdecimal() for follower in [piece[:1] for piece in text.split(".")[1:]]):
        raise GoError(f"Invalid float {quote(text)}: '.' must be followed by one or more digits")
    plain = text.replace("_", "")
    try:
        if plain == "-nan":
            return -parse_float("nan")
        return parse_float("nan" if plain == "+nan" else plain)
    except NumberError as error:
        if error.problem == "value out of range":
            raise GoError(f"{text} is out of range for float64") from None
        raise GoError(f"Invalid float value: {quote(text)}") from None


def moment(text: str) -> Time:
    from charthouse.golang.time import LOCAL
    from charthouse.golang.time_parse import parse_time

    text = text.replace("z", "Z").replace("t", "T").replace(" ", "T")
    for layout, zone in _DATES:
        try:
            found = parse_time(layout, text, _zone(zone) if zone else LOCAL, LOCAL)
        except GoError:
            continue
        if not _zeros_missing(text, layout):
            return found
        break
    raise GoError(f"invalid datetime: {quote(text)}")


def unescaped(text: str) -> str:
    pieces = text.split("\\")
    out = [pieces[0]]
    at = 1
    while at < len(pieces):
        piece = pieces[at]
        at += 1
        if not piece:  # two backslashes
            out.append("\\" + (pieces[at] if at < len(pieces) else ""))
            at += 1
        elif piece[0] in _SIMPLE:
            out.append(_SIMPLE[piece[0]] + piece[1:])
        elif piece[0] in _LENGTHS:
            end = 1 + _LENGTHS[piece[0]]
            code = int(piece[1:end], 16)
            if code > 0x10FFFF or 0xD800 <= code <= 0xDFFF:
                raise GoError(f"Escaped character '\\u{piece[1:end]}' is not valid UTF-8.")
            out.append(chr(code) + piece[end:])
        else:
            raise GoError(f"invalid escape: '\\{piece[0]}'")
    return "".join(out)


_zones: dict[str, Any] = {}


def _zone(name: str) -> Any:
    """The library's zones for times without one: the machine's present offset under a name of its own."""
    if name not in _zones:
        from time import time

        from charthouse.golang.time import LOCAL, FixedZone

        _zones[name] = FixedZone(name, LOCAL.at(int(time()))[1])
    return _zones[name]


def _zeros_missing(text: str, layout: str) -> bool:
    """Whether a separator is not where it must be: Go's parser takes numbers without their leading zero."""
    for position, char in enumerate(layout):
        if char in ".Z":
            return False
        if not "0" <= char <= "9" and text[position : position + 1] != char:
            return True
    return False


def _underscores_fine(text: str) -> bool:
    if text in _INFINITE:
        return True
    fine = False
    for char in text:
        if char == "_" and not fine:
            return False
        fine = char in _HEX
    return fine


def _leading_zero(text: str) -> bool:
    if len(text) > 1 and text[0] == "0" and text[1] not in "box":
        return True
    return len(text) > 2 and text[0] in "+-" and text[1] == "0"


def joined_lines(text: str) -> str:
    """Without the space behind backslashes that end a line."""
    out: list[str] = []
    at = 0
    while (found := text.find("\\", at)) >= 0:
        if text.startswith("\\", found + 1):
            out.append(text[at : found + 2])
            at = found + 2
            continue
        end = found + 1
        while end < len(text) and text[end] in " \t\r\n":
            end += 1
        if "\n" in text[found + 1 : end]:
            out.append(text[at:found])
            at = end
        else:
            out.append(text[at : found + 1])
            at = found + 1
    out.append(text[at:])
    return "".join(out)
