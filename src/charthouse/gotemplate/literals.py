"""Numbers and characters of template text, with the types each one can be.

Rules: text/template/parse/node.go ``newNumber`` of Go 1.27: a constant is kept under every type that can hold it, and
the place where it is used chooses.
"""

from __future__ import annotations

import re
from math import ldexp

from charthouse.golang.kinds import GoError
from charthouse.golang.strconv import NumberError, parse_float, parse_int, parse_uint, quote, unquote_char

# A lone `i` is taken too, as the beginning of `inf`; the second form is that of hexadecimals.
_FLOAT_TOKEN = re.compile(
    r"[+-]?(?:0[xX][0-9a-fA-F_]*(?:\.[0-9a-fA-F_]*)?(?:[pP][+-]?[0-9_]*)?"
    r"|i|[0-9_]*(?:\.[0-9_]*)?(?:[eEpP][+-]?[0-9_]*)?)"
)
_NO_COMPLEX = "syntax error scanning complex number"

TYPE_CHECKING = False
if TYPE_CHECKING:
    Number = tuple[int | None, int | None, float | None, complex | None]

__all__ = ["character", "complex_number", "number"]


def character(text: str) -> Number:
    """A character constant with its quotes. Raises GoError with Go's text."""
    code, _, tail = unquote_char(text[1:], text[0])
    if tail != "'":
        raise GoError(f"malformed character constant: {text}")
    return code, code, float(code), None


def complex_number(text: str) -> Number:
    """`1+2i` as fmt.Sscan reads it. Raises GoError with Go's text."""
    real, at = _float_token(text, 0)
    if text[at : at + 1] not in ("+", "-"):
        raise GoError(_NO_COMPLEX)
    sign = text[at]
    imaginary, at = _float_token(text, at + 1)
    if text[at : at + 1] != "i":
        raise GoError(_NO_COMPLEX)
    try:
        return _simplified(complex(_part(real), _part(sign + imaginary)))
    except NumberError as error:
        raise GoError(str(error)) from None


def _float_token(text: str, at: int) -> tuple[str, int]:
    """What fmt's ``floatToken`` takes of a text: a float, or what begins like one; and where it ends."""
    match = _FLOAT_TOKEN.match(text, at)
    assert match is not None
    return match.group(), match.end()


def _part(text: str) -> float:
    if "p" in text and "x" not in text.lower():
        mantissa, _, power = text.partition("p")
        try:
            return ldexp(parse_float(mantissa), parse_int(power, 10))
        except OverflowError:
            return float("inf")
    return parse_float(text)


def number(text: str) -> Number:
    """A number literal as the lexer lets it through. Raises GoError with Go's text."""
    if text.endswith("i"):
        try:
            return _simplified(complex(0, parse_float(text[:-1])))
        except NumberError:
            pass
    unsigned = _parsed_uint(text)
    signed = _parsed_int(text)
    if signed == 0:
        unsigned = unsigned or 0
    if signed is not None:
        return signed, unsigned, float(signed), None
    if unsigned is not None:
        return None, unsigned, float(unsigned), None
    try:
        value = parse_float(text)
    except NumberError:
        raise GoError(f"illegal number syntax: {quote(text)}") from None
    if not any(char in ".eEpP" for char in text):
        raise GoError(f"integer overflow: {quote(text)}")
    return _as_int(value), _as_uint(value), value, None


def _parsed_uint(text: str) -> int | None:
    try:
        return parse_uint(text, 0)
    except NumberError:
        return None


def _parsed_int(text: str) -> int | None:
    try:
        return parse_int(text, 0)
    except NumberError:
        return None


def _as_int(value: float) -> int | None:
    # Go converts and compares; out of range the conversion gives the smallest int64 on amd64.
    return int(value) if value.is_integer() and -(2.0**63) <= value < 2.0**63 else None


def _as_uint(value: float) -> int | None:
    return int(value) if value.is_integer() and 0 <= value < 2.0**64 else None


def _simplified(value: complex) -> Number:
    if value.imag != 0:
        return None, None, None, value
    return _as_int(value.real), _as_uint(value.real), value.real, value
