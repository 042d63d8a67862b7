"""Anything as an int, an int64 or a float64: the rules behind all arithmetic of sprig.

Rules: github.com/spf13/cast@v1.7.0 ``ToInt64E``, ``ToIntE``, ``ToFloat64E`` (errors become 0), over Go's
strconv.ParseInt with base 0 (``0x``, ``0o``, ``0b``, a leading 0 for octal, underscores between digits) and
strconv.ParseFloat, and over amd64's conversion of floats that fit no integer (the smallest one).
"""

from __future__ import annotations

from charthouse.golang.kinds import Float32, GoError, SizedInt

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["SMALLEST", "to_float", "to_int", "wrap64"]

SMALLEST = -(1 << 63)


def wrap64(number: int) -> int:
    """The number modulo 2**64, as a signed 64 bit integer."""
    if -0x8000000000000000 <= number <= 0x7FFFFFFFFFFFFFFF:
        return number
    return ((number + 0x8000000000000000) & 0xFFFFFFFFFFFFFFFF) - 0x8000000000000000


def _integer_text(text: str) -> int:
    """strconv.ParseInt(text, 0, 64), 0 for what it refuses."""
    from charthouse.golang.strconv import parse_int

    try:
        return parse_int(text, 0, 64)
    except GoError:
        return 0


def _float_text(text: str) -> float:
    """strconv.ParseFloat(text, 64), 0 for what it refuses, numbers out of range included."""
    from charthouse.golang.strconv import parse_float

    try:
        return parse_float(text)
    except GoError:
        return 0.0


def _trim_zero_decimal(text: str) -> str:
    """``10.00`` as ``10``: cast's only kindness to decimals."""
    if "." not in text:
        return text
    head, _, tail = text.rpartition(".")
    if tail and not tail.strip("0"):
        return head
    if not tail and text.endswith("."):
        # Dots without zeros behind them are skipped by cast's scan from the end.
        inner, _, zeros = text.rstrip(".").rpartition(".")
        if zeros and not zeros.strip("0") and inner != text:
            return inner
    return text


def to_int(value: Any) -> int:
    """The value as a 64 bit integer (plain ``int``), 0 where there is none."""
    cls = type(value)
    if cls is int:
        return value  # type: ignore[no-any-return]  # narrowed by the class test
    if cls is float or cls is Float32:
        if -9223372036854775808.0 <= value < 9223372036854775808.0:
            return int(value)
        return SMALLEST
    if cls is str:
        if value.isascii() and value.isdigit() and (value[0] != "0" or len(value) == 1) and len(value) < 19:
            return int(value)
        return _integer_text(_trim_zero_decimal(value))
    if cls is bool:
        return 1 if value else 0
    if isinstance(value, SizedInt):
        # A named integer type (time.Duration) is none of cast's cases.
        if "." in cls.go_type and cls.go_type not in ("time.Weekday", "time.Month"):
            return 0
        return wrap64(int(value))
    return 0


def to_float(value: Any) -> float:
    """The value as a float64, 0 where there is none."""
    cls = type(value)
    if cls is float:
        return value  # type: ignore[no-any-return]  # narrowed by the class test
    if cls is int or cls is bool or cls is Float32:
        return float(value)
    if cls is str:
        return _float_text(value)
    if isinstance(value, SizedInt):
        if "." in cls.go_type and cls.go_type not in ("time.Weekday", "time.Month"):
            return 0.0
        return float(int(value))
    return 0.0
