"""What is wrong with a schema, and numbers as gojsonschema keeps and prints them (`utils.go`, math/big)."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from fractions import Fraction
    from typing import Any

__all__ = ["Number", "SchemaProblem", "canonical", "exact", "number_text"]

# Powers of ten beyond this are no numbers of a chart, and cost memory.
_MAX_EXPONENT = 400
_MAX_DIGITS = 1000


class SchemaProblem(Exception):
    """The schema cannot be used; the text is Helm's."""


class Number:
    """A number of the schema, as written (json.Number)."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text


def exact(value: Any) -> Fraction:
    """The exact value of a number. Raises SchemaProblem for one of absurd size."""
    from fractions import Fraction

    text = value.text if type(value) is Number else repr(float(value)) if isinstance(value, float) else str(int(value))
    mantissa, _, exponent = text.lower().partition("e")
    if len(mantissa) > _MAX_DIGITS or abs(int(exponent[:9] or 0)) > _MAX_EXPONENT:
        raise SchemaProblem(f"unable to validate schema: number out of range: {text[:40]}")
    return Fraction(text)


def number_text(number: Fraction) -> str:
    """big.Float's text of a fraction, as few digits as tell it apart at 64 bits and more."""
    if number.denominator == 1:
        digits = str(abs(number.numerator))
        exponent = len(digits) - 1
        digits = digits.rstrip("0") or "0"
    else:
        digits, exponent = _decimal(number)
    sign = "-" if number < 0 else ""
    if -4 <= exponent < 6 or not number:
        if exponent >= len(digits) - 1:
            return sign + digits + "0" * (exponent - len(digits) + 1 if number else 0)
        if exponent >= 0:
            return f"{sign}{digits[: exponent + 1]}.{digits[exponent + 1 :]}"
        return f"{sign}0.{'0' * (-exponent - 1)}{digits}"
    point = f".{digits[1:]}" if len(digits) > 1 else ""
    return f"{sign}{digits[0]}{point}e{'-' if exponent < 0 else '+'}{abs(exponent):02d}"


def _decimal(number: Fraction) -> tuple[str, int]:
    """Digits and exponent of a fraction that is no whole number."""
    from decimal import Context, Decimal

    context = Context(prec=40)
    value = context.divide(Decimal(abs(number.numerator)), Decimal(number.denominator)).normalize(context)
    _, digits, power = value.as_tuple()
    return "".join(map(str, digits)), len(digits) - 1 + int(power)


def canonical(value: Any) -> str:
    """A value as JSON with every number a float64 (marshalWithoutNumber), for comparing and printing."""
    from charthouse.golang.json import encode

    return encode(_as_floats(value))


def _as_floats(value: Any) -> Any:
    if type(value) is Number:
        return float(value.text)
    if isinstance(value, dict):
        return {key: _as_floats(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_as_floats(item) for item in value]
    if isinstance(value, int) and type(value) is not bool:
        return float(value)
    return value
