"""Integers: conversion, arithmetic modulo 2**64, ranges.

Rules: sprig functions.go and numeric.go over spf13/cast (sprig/casts.py). Results are int64 except where
sprig says int.
"""

from __future__ import annotations

from charthouse.golang.kinds import Int64, IntSlice
from charthouse.golang.size import ENTRY, check_size
from charthouse.sprig.casts import SMALLEST, to_float, to_int, wrap64
from charthouse.sprig.panics import divide_by_zero

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = [
    "add",
    "add1",
    "atoi",
    "biggest",
    "div",
    "float64",
    "int64",
    "integer",
    "mod",
    "mul",
    "seq",
    "smallest",
    "sub",
    "to_decimal",
    "until",
    "until_step",
]


def atoi(text: str) -> int:
    """The decimal number, 0 for anything else; numbers out of range give the nearest int, as strconv.Atoi does."""
    body = text[1:] if text[:1] in ("+", "-") else text
    if not (body.isascii() and body.isdigit()):
        return 0
    digits = body.lstrip("0")[:20]  # one more than an int64 has
    number = int(digits or "0") * (-1 if text[0] == "-" else 1)
    return max(SMALLEST, min(number, -SMALLEST - 1))


def integer(value: Any) -> int:
    """The value as an int."""
    return to_int(value)


def int64(value: Any) -> Int64:
    """The value as an int64."""
    return Int64(to_int(value))


def float64(value: Any) -> float:
    """The value as a float64."""
    return to_float(value)


def to_decimal(value: Any) -> Int64:
    """The value's text read as an octal number, 0 if it is none."""
    from charthouse.golang.fmt import format_value

    text = value if type(value) is str else format_value(value)
    body = text[1:] if text[:1] in ("+", "-") else text
    if not body or body.strip("01234567"):
        return Int64(0)
    number = int(text, 8)
    return Int64(number if SMALLEST <= number < -SMALLEST else 0)


def add1(value: Any) -> Int64:
    """value + 1."""
    return Int64(wrap64(to_int(value) + 1))


def add(*values: Any) -> Int64:
    """The sum."""
    return Int64(wrap64(sum(map(to_int, values))))


def sub(left: Any, right: Any) -> Int64:
    """left - right."""
    return Int64(wrap64(to_int(left) - to_int(right)))


def div(left: Any, right: Any) -> Int64:
    """left / right, towards zero. Raises GoError for a zero."""
    a, b = to_int(left), to_int(right)
    if b == 0:
        raise divide_by_zero()
    quotient = abs(a) // abs(b)
    return Int64(wrap64(quotient if (a < 0) == (b < 0) else -quotient))


def mod(left: Any, right: Any) -> Int64:
    """The remainder of div; it has the sign of `left`. Raises GoError for a zero."""
    a, b = to_int(left), to_int(right)
    if b == 0:
        raise divide_by_zero()
    remainder = abs(a) % abs(b)
    return Int64(-remainder if a < 0 else remainder)


def mul(value: Any, *values: Any) -> Int64:
    """The product."""
    product = to_int(value)
    for factor in values:
        product = wrap64(product * to_int(factor))
    return Int64(product)


def biggest(value: Any, *values: Any) -> Int64:
    """The largest one."""
    return Int64(max(to_int(value), *map(to_int, values)) if values else to_int(value))


def smallest(value: Any, *values: Any) -> Int64:
    """The smallest one."""
    return Int64(min(to_int(value), *map(to_int, values)) if values else to_int(value))


def until(count: int) -> IntSlice:
    """0, 1 … up to but without `count` (down for a negative one)."""
    return until_step(0, count, -1 if count < 0 else 1)


def until_step(start: int, stop: int, step: int) -> IntSlice:
    """start, start + step … up to but without `stop`; empty when the step leads away from it."""
    if step == 0 or (stop < start) == (step > 0):
        return IntSlice()
    numbers = range(start, stop, step)
    check_size(len(numbers), ENTRY)
    return IntSlice(numbers)


def seq(*bounds: int) -> str:
    """The numbers from 1 to the only bound, or from the first by the middle to the last, as text."""
    count = len(bounds)
    if count == 1:
        start, step, end = 1, -1 if bounds[0] < 1 else 1, bounds[0]
        past = step
    elif count == 2:
        start, end = bounds
        past = step = -1 if end < start else 1
    elif count == 3:
        start, step, end = bounds
        past = -1 if end < start else 1
        if past < 0 < step:
            return ""
    else:
        return ""
    return " ".join(map(str, until_step(start, wrap64(end + past), step)))
