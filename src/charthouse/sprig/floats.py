"""Floats: ``floor``, ``ceil``, ``round``, ``maxf``, ``minf``.

Rules: sprig numeric.go over Go's math package (math.Pow, Modf, Max and Min are followed step by step, as their last bit
and their treatment of NaN, infinities and signed zeros show in the output).
"""

from __future__ import annotations

import math

from charthouse.sprig.casts import to_float

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["ceil", "floor", "maxf", "minf", "power_of_ten", "round_places"]

_WHOLE = float(1 << 52)


def _floor(value: float) -> float:
    if not abs(value) < _WHOLE:  # already whole, infinite or NaN
        return value
    return math.copysign(float(math.floor(value)), value) if value == 0 else float(math.floor(value))


def _ceil(value: float) -> float:
    if not abs(value) < _WHOLE:
        return value
    result = float(math.ceil(value))
    return math.copysign(result, value) if result == 0 else result


def floor(value: Any) -> float:
    """The largest whole number not above the value."""
    return _floor(to_float(value))


def ceil(value: Any) -> float:
    """The smallest whole number not below the value."""
    return _ceil(to_float(value))


def _largest(left: float, right: float) -> float:
    if left == math.inf or right == math.inf:
        return math.inf
    if left != left or right != right:
        return math.nan
    if left == 0 == right:
        return right if math.copysign(1, left) < 0 else left
    return left if left > right else right


def maxf(value: Any, *values: Any) -> float:
    """The largest one."""
    result = to_float(value)
    for other in values:
        result = _largest(result, to_float(other))
    return result


def minf(value: Any, *values: Any) -> float:
    """The smallest one."""
    result = to_float(value)
    for other in values:
        least = _largest(-result, -to_float(other))
        result = least if least != least else -least
    return result


def power_of_ten(exponent: int) -> float:
    """math.Pow(10, exponent), computed as Go does (repeated squaring of the mantissa)."""
    if exponent == 0:
        return 1.0
    if exponent == 1:
        return 10.0
    mantissa, scale = 1.0, 0
    base, power = math.frexp(10.0)
    rest = abs(exponent)
    while rest:
        if not -4096 <= power <= 4096:
            scale += power
            break
        if rest & 1:
            mantissa *= base
            scale += power
        base *= base
        power <<= 1
        if base < 0.5:
            base += base
            power -= 1
        rest >>= 1
    if exponent < 0:
        mantissa, scale = 1 / mantissa, -scale
    try:
        return math.ldexp(mantissa, scale)
    except OverflowError:
        return math.inf


def round_places(value: Any, places: int, *options: float) -> float:
    """The value rounded to that many decimals; a fraction from the option on (.5 by default) rounds up."""
    threshold = options[0] if options else 0.5
    power = power_of_ten(places)
    digits = power * to_float(value)
    fraction = math.modf(digits)[0] if math.isfinite(digits) else math.nan
    rounded = _ceil(digits) if fraction >= threshold else _floor(digits)
    if power == 0:
        # 0/0 is the processor's NaN, whose sign is set.
        return -math.nan if rounded == 0 else rounded if rounded != rounded else math.copysign(math.inf, rounded)
    return rounded / power
