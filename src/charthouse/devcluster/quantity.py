"""Kubernetes quantities in their canonical form: `1024Mi` → `1Gi`, `0.5` → `500m`.

Rules: apimachinery/pkg/api/resource/quantity.go v0.37.2 (ParseQuantity, CanonicalizeBytes): no more than nine decimals
(rounded up), binary suffixes only from 1024 on, the largest suffix that leaves an integer.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from fractions import Fraction

__all__ = ["canonical", "parse"]

DECIMAL = {"n": -9, "u": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}
BINARY = {"Ki": 10, "Mi": 20, "Gi": 30, "Ti": 40, "Pi": 50, "Ei": 60}
NO_MATCH = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"
UNPARSED = "unable to parse quantity's suffix"


def _split(text: str) -> tuple[str, str]:
    end = 0
    while end < len(text) and (text[end] in "0123456789." or (end == 0 and text[end] in "+-")):
        end += 1
    number = text[:end]
    if not any(c.isdigit() for c in number) or number.count(".") > 1:
        raise ValueError(NO_MATCH)
    return number, text[end:]


def parse(text: str) -> tuple[Fraction, str]:
    """(value, format): format is "binary", "decimal" or "exponent". Raises ValueError with Kubernetes' text."""
    from fractions import Fraction

    number, suffix = _split(text)
    value = Fraction(number if number.strip("+-.") else "0")
    if suffix in BINARY:
        return value * 2 ** BINARY[suffix], "binary"
    if suffix in DECIMAL:
        return value * Fraction(10) ** DECIMAL[suffix], "decimal"
    if suffix[0] in "eE" and suffix[1:].lstrip("+-").isdigit() and len(suffix) < 8:
        return value * Fraction(10) ** int(suffix[1:]), "exponent"
    raise ValueError(UNPARSED if all(c in "eEinumkKMGTP+-0123456789" for c in suffix) else NO_MATCH)


def canonical(text: str) -> str:
    """The canonical form of a quantity. Raises ValueError with Kubernetes' text."""
    value, style = parse(text)
    sign = "-" if value < 0 else ""
    value = abs(value)
    scaled = value * 10**9
    nanos = -(-scaled.numerator // scaled.denominator)  # rounded up
    if nanos == 0:
        return "0"
    if style == "binary" and nanos >= 1024 * 10**9 and nanos % 10**9 == 0:
        return sign + _binary(nanos // 10**9)
    return sign + _decimal(nanos, style == "exponent")


def _binary(number: int) -> str:
    for suffix, bits in reversed(BINARY.items()):
        if number % (1 << bits) == 0:
            return f"{number >> bits}{suffix}"
    return str(number)


def _decimal(nanos: int, exponent: bool) -> str:
    for suffix, power in reversed(DECIMAL.items()):
        unit = 10 ** (power + 9)
        if nanos % unit == 0:
            if exponent and power:
                return f"{nanos // unit}e{power}"
            return f"{nanos // unit}{suffix}"
    return f"{nanos}n"
