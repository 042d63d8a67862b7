"""What a plain scalar means: go-yaml v2's YAML 1.1 (`resolve.go`, go.yaml.in/yaml/v2 v2.4.4).

Booleans include y, n, yes, no, on, off; integers may be 0x, 0o, 0b and old octals (0755), underscores are dropped;
"089" is a float; base 60 is a string; timestamps are strings but must be known, because they are quoted on output.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = [
    "HINTS",
    "WORDS",
    "exact_number",
    "is_base60",
    "is_timestamp",
    "looks_typed",
    "resolve_number",
    "resolve_plain",
]

_NAN = float("nan")
_INF = float("inf")

WORDS: dict[str, bool | float | None] = {
    **dict.fromkeys(("y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"), True),
    **dict.fromkeys(("n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"), False),
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), _NAN),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), _INF),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), -_INF),
}

HINTS = frozenset("+-0123456789yYnNtTfFoO~.")
"""First characters of scalars that may be anything but a string (the empty scalar aside)."""

_FLOAT_CHARS = frozenset("0123456789.eE+-")
_DIGITS = "0123456789"


def resolve_plain(text: str) -> bool | int | float | str | None:
    """The value of an untagged plain scalar: None, bool, int (within int64 or uint64), float or str."""
    if text in WORDS:
        return WORDS[text]
    if text[0] in HINTS:
        number = resolve_number(text)
        if number is not None:
            return number
    return text


def resolve_number(text: str, *, timestamps: bool = True) -> int | float | None:
    """The number a scalar starting with a digit, sign or dot stands for; None when it is a string (or a timestamp)."""
    first = text[0]
    if first == ".":
        return _float(text)
    if first not in "+-0123456789" or (timestamps and is_timestamp(text)):
        return None
    plain = text.replace("_", "")
    whole = _integer(plain)
    if whole is not None:
        return whole
    real = _float(plain)
    if real is not None:
        return real
    return _binary(plain)


def _integer(plain: str) -> int | None:
    """strconv.ParseInt, then ParseUint, in base 0."""
    sign = plain[:1]
    body = plain[1:] if sign in ("+", "-") else plain
    if not body.isalnum() or not body.isascii():
        return None
    base = 10
    if body[0] == "0" and len(body) > 1:
        base = {"x": 16, "b": 2, "o": 8}.get(body[1].lower(), 0)
        body = body[2:] if base else body[1:]
        base = base or 8
    if not body or (base != 16 and not body.isdecimal()) or "x" in body or "X" in body:
        return None
    try:
        value = int(body, base)
    except ValueError:
        return None
    if sign == "-":
        return -value if value <= 1 << 63 else None
    # ParseUint takes no sign
    limit = (1 << 63) - 1 if sign == "+" else (1 << 64) - 1
    return value if value <= limit else None


def _float(plain: str) -> float | None:
    if not _FLOAT_CHARS.issuperset(plain):
        return None
    try:
        value = float(plain)
    except ValueError:
        return None
    return None if value in (_INF, -_INF) else value


def _binary(plain: str) -> int | None:
    """go-yaml's own 0b rule, which ParseInt has made superfluous but for a sign behind the prefix."""
    if not plain.startswith("0b"):
        return None
    body = plain[2:]
    sign = -1 if body[:1] == "-" else 1
    digits = body[1:] if body[:1] in ("+", "-") and body else body
    if not digits or not frozenset("01").issuperset(digits):
        return None
    value = sign * int(digits, 2)
    return value if -(1 << 63) <= value < 1 << 63 else None


def exact_number(value: Any) -> int | float:
    """Whole numbers that fit int64 stay integers, however they were written: Kubernetes objects read from JSON."""
    # An int or a float; Any, because compiled code turns an int into a float where a float is declared.
    if type(value) is int:
        return value if value < 1 << 63 else float(value)
    if value.is_integer() and -(2**63) <= value < 2**63 and abs(value) < 1e21:
        return int(value) if value or str(value)[0] != "-" else 0
    real: float = value
    return real


def looks_typed(text: str) -> bool:
    """Whether a string would be read back as something else, so that go-yaml quotes it."""
    if text in WORDS:
        return True
    first = text[0]
    if first not in HINTS:
        return False
    if resolve_number(text, timestamps=False) is not None:
        return True
    return first in "+-0123456789" and (is_timestamp(text) or is_base60(text))


def is_base60(text: str) -> bool:
    """YAML 1.1's ``190:20:30``, never read as a number but always quoted."""
    if ":" not in text:
        return False
    body = text[1:] if text[0] in "+-" else text
    head, *rest = body.split(":")
    if not head or head[0] not in _DIGITS or not frozenset("0123456789_").issuperset(head):
        return False
    last, dot, fraction = rest[-1].partition(".")
    if dot and not frozenset("0123456789_").issuperset(fraction):
        return False
    rest[-1] = last
    return all(
        part.isascii() and part.isdecimal() and (len(part) == 1 or (len(part) == 2 and part[0] in "012345"))
        for part in rest
    )


def is_timestamp(text: str) -> bool:
    """Whether go-yaml takes the scalar for a date: YYYY-M-D, alone or with a time in one of three layouts."""
    if len(text) < 8 or text[4] != "-" or not (text[:4].isascii() and text[:4].isdecimal()):
        return False
    month, at = _short_number(text, 5)
    if at < 0 or text[at : at + 1] != "-":
        return False
    day, at = _short_number(text, at + 1)
    if at < 0 or not (1 <= month <= 12 and 1 <= day <= _days(int(text[:4]), month)):
        return False
    if at == len(text):
        return True
    separator = text[at]
    if separator not in "Tt ":
        return False
    at = _clock(text, at + 1)
    if at < 0:
        return False
    rest = text[at:]
    return not rest if separator == " " else _is_zone(rest)


def _short_number(text: str, at: int) -> tuple[int, int]:
    """One or two digits at a place: their value and the place behind them, -1 when there are none."""
    end = at
    while end < len(text) and end < at + 2 and text[end] in _DIGITS:
        end += 1
    return (int(text[at:end]), end) if end > at else (0, -1)


def _clock(text: str, at: int) -> int:
    """The place behind ``15:4:5.999``, -1 when there is no such time."""
    for limit, mark in ((24, ":"), (60, ":"), (60, "")):
        value, at = _short_number(text, at)
        if at < 0 or value >= limit:
            return -1
        if mark:
            if text[at : at + 1] != mark:
                return -1
            at += 1
    if text[at : at + 1] in (".", ",") and text[at + 1 : at + 2] in tuple(_DIGITS):
        at += 1
        while at < len(text) and text[at] in _DIGITS:
            at += 1
    return at


def _is_zone(text: str) -> bool:
    if text == "Z":
        return True
    if len(text) != 6 or text[0] not in "+-" or text[3] != ":":
        return False
    hours, minutes = text[1:3], text[4:]
    if not (hours + minutes).isdecimal() or not text.isascii():
        return False
    return int(hours) <= 24 and int(minutes) <= 60


def _days(year: int, month: int) -> int:
    if month == 2:
        return 29 if year % 4 == 0 and (year % 100 != 0 or year % 400 == 0) else 28
    return 30 if month in (4, 6, 9, 11) else 31
