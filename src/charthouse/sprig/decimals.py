"""``addf``, ``subf``, ``mulf``, ``divf``, ``add1f``: float64 arithmetic by way of decimals.

Rules: sprig numeric.go ``execDecimalOp`` over github.com/shopspring/decimal@v1.4.0: a float becomes the shortest
decimal that reads back as it, sums and products are exact, quotients are rounded half away from zero to 16 decimals.
A decimal here is a pair (coefficient, exponent).
"""

from __future__ import annotations

from charthouse.golang.kinds import GoError
from charthouse.sprig.casts import to_float

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    Decimal = tuple[int, int]

__all__ = ["add1f", "addf", "divf", "mulf", "subf"]

_DIVISION_PRECISION = 16


def _decimal(value: float) -> Decimal:
    if value != value or value in (float("inf"), float("-inf")):
        from charthouse.golang.fmt import format_value

        raise GoError(f"Cannot create a Decimal from {format_value(value)}")
    text, _, exponent = repr(value).partition("e")
    whole, _, fraction = text.partition(".")
    fraction = fraction.rstrip("0")
    return int(whole + fraction), int(exponent or 0) - len(fraction)


def _aligned(left: Decimal, right: Decimal) -> tuple[int, int, int]:
    exponent = min(left[1], right[1])
    return left[0] * 10 ** (left[1] - exponent), right[0] * 10 ** (right[1] - exponent), exponent


def _add(left: Decimal, right: Decimal) -> Decimal:
    a, b, exponent = _aligned(left, right)
    return a + b, exponent


def _sub(left: Decimal, right: Decimal) -> Decimal:
    a, b, exponent = _aligned(left, right)
    return a - b, exponent


def _mul(left: Decimal, right: Decimal) -> Decimal:
    return left[0] * right[0], left[1] + right[1]


def _div(left: Decimal, right: Decimal) -> Decimal:
    if right[0] == 0:
        raise GoError("decimal division by 0")
    a, b, _ = _aligned(left, right)
    quotient, rest = divmod(abs(a) * 10**_DIVISION_PRECISION, abs(b))
    if rest * 2 >= abs(b):
        quotient += 1
    return (quotient if (a < 0) == (b < 0) else -quotient), -_DIVISION_PRECISION


def _float(value: Decimal) -> float:
    coefficient, exponent = value
    try:
        return float(coefficient * 10**exponent) if exponent >= 0 else coefficient / 10**-exponent
    except OverflowError:
        return float("inf") if coefficient > 0 else float("-inf")


def _fold(operation: Callable[[Decimal, Decimal], Decimal], first: Any, others: tuple[Any, ...]) -> float:
    result = _decimal(to_float(first))
    for other in others:
        result = operation(result, _decimal(to_float(other)))
    return _float(result)


def add1f(value: Any) -> float:
    """value + 1."""
    return _fold(_add, value, (1,))


def addf(*values: Any) -> float:
    """The sum."""
    return _fold(_add, 0.0, values)


def subf(value: Any, *values: Any) -> float:
    """The value less all others."""
    return _fold(_sub, value, values)


def mulf(value: Any, *values: Any) -> float:
    """The product."""
    return _fold(_mul, value, values)


def divf(value: Any, *values: Any) -> float:
    """The value divided by all others in turn. Raises GoError for a zero."""
    return _fold(_div, value, values)
