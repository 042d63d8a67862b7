"""strconv: quoting and numbers. Expected texts were printed by Go 1.27."""

from __future__ import annotations

import pytest

from charthouse.golang.kinds import GoError
from charthouse.golang.strconv import (
    NumberError,
    format_float,
    parse_bool,
    parse_float,
    parse_int,
    parse_uint,
    quote,
    quote_ascii,
    quote_rune,
    unquote,
)

QUOTED = [
    ("plain", '"plain"'),
    ('a"b\\c', '"a\\"b\\\\c"'),
    ("\a\b\f\n\r\t\v\x00\x7f", '"\\a\\b\\f\\n\\r\\t\\v\\x00\\x7f"'),
    ("é€😀", '"é€😀"'),
    ("\u00a0\u2028\ufeff", '"\\u00a0\\u2028\\ufeff"'),
    ("\udcff", '"\\xff"'),
]


@pytest.mark.parametrize(("text", "literal"), QUOTED)
def test_quote(text: str, literal: str) -> None:
    assert quote(text) == literal
    assert unquote(literal) == text


def test_quote_variants() -> None:
    assert quote_ascii("é😀") == '"\\u00e9\\U0001f600"'
    assert quote_rune(0x27) == "'\\''"
    assert quote_rune(0x110000) == "'\ufffd'"


@pytest.mark.parametrize(
    "literal", ["", '"', '"a', "'ab'", '"\\q"', '"\\400"', '"\\ud800"', '"a\nb"', "`a`b`", '"\\x4"', "''"]
)
def test_unquote_refuses(literal: str) -> None:
    with pytest.raises(GoError, match="invalid syntax"):
        unquote(literal)


INTEGERS = [
    ("0x1F", 31),
    ("0b101", 5),
    ("0o17", 15),
    ("017", 15),
    ("1_000", 1000),
    ("0x_1F", 31),
    ("-42", -42),
    ("+7", 7),
    ("0", 0),
]


@pytest.mark.parametrize(("text", "value"), INTEGERS)
def test_parse_int(text: str, value: int) -> None:
    assert parse_int(text, 0) == value


BAD_INTEGERS = [
    ("", "invalid syntax"),
    ("x", "invalid syntax"),
    ("1__0", "invalid syntax"),
    ("0x", "invalid syntax"),
    ("08", "invalid syntax"),
    ("9223372036854775808", "value out of range"),
    ("99999999999999999999x", "value out of range"),
]


@pytest.mark.parametrize(("text", "problem"), BAD_INTEGERS)
def test_parse_int_refuses(text: str, problem: str) -> None:
    with pytest.raises(NumberError) as caught:
        parse_int(text, 0)
    assert str(caught.value) == f"strconv.ParseInt: parsing {quote(text)}: {problem}"


def test_parse_uint() -> None:
    assert parse_uint("18446744073709551615") == (1 << 64) - 1
    with pytest.raises(NumberError, match="ParseUint"):
        parse_uint("-1")


FLOATS = [
    ("1.5", 1.5),
    (".5", 0.5),
    ("1.", 1.0),
    ("1e3", 1000.0),
    ("0x1p4", 16.0),
    ("0x1.8p1", 3.0),
    ("-inf", float("-inf")),
    ("0x_1p0", 1.0),
]


@pytest.mark.parametrize(("text", "value"), FLOATS)
def test_parse_float(text: str, value: float) -> None:
    assert parse_float(text) == value


@pytest.mark.parametrize("text", ["", ".", "1__0", "0b1", "0x1", "1e", "e1", " 1", "1 ", "١", "1e400", "0x1p", "--1"])
def test_parse_float_refuses(text: str) -> None:
    with pytest.raises(NumberError):
        parse_float(text)


LAYOUTS = [
    (1234567.0, "g", -1, "1.234567e+06"),
    (0.000001, "g", -1, "1e-06"),
    (100000.0, "g", -1, "100000"),
    (2.0, "f", -1, "2"),
    (2.5, "f", 0, "2"),
    (3.14159, "f", 2, "3.14"),
    (1e21, "f", -1, "1000000000000000000000"),
    (1.5, "e", -1, "1.5e+00"),
    (0.0, "e", -1, "0e+00"),
    (1234.5678, "g", 3, "1.23e+03"),
    (1.0, "x", -1, "0x1p+00"),
    (1.0, "b", -1, "4503599627370496p-52"),
]


@pytest.mark.parametrize(("value", "layout", "precision", "text"), LAYOUTS)
def test_format_float(value: float, layout: str, precision: int, text: str) -> None:
    assert format_float(value, layout, precision) == text


def test_parse_bool() -> None:
    assert parse_bool("T") is True
    assert parse_bool("false") is False
    with pytest.raises(NumberError, match="ParseBool"):
        parse_bool("yes")
