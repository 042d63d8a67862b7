"""encoding/json where no template shows it: exact numbers, structs, prefixes, bounds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import pytest

from charthouse.golang.json import decode, decode_exact, decode_prefix, encode, float_text, general
from charthouse.golang.kinds import Float32, GoError, Int64, Struct


class Point(Struct):
    __slots__ = ("x", "y")
    go_type = "main.Point"
    go_fields: ClassVar[Mapping[str, str]] = {"Y": "y", "X": "x"}

    def __init__(self, x: int, y: object) -> None:
        self.x = x
        self.y = y


class Tagged(Point):
    __slots__ = ()

    def go_json(self) -> list[tuple[str, Any]]:
        return [("why", self.y)]


class Text(Point):
    __slots__ = ()

    def go_json(self) -> str:
        return f"<{self.x}>"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (Point(1, None), '{"Y":null,"X":1}'),
        ([Tagged(1, "z"), Text(2, None)], '[{"why":"z"},"\\u003c2\\u003e"]'),
        ({"b": 1, "a": Int64(2), "é": b"\x00\xff"}, '{"a":2,"b":1,"é":"AP8="}'),
        ("\u2028\udcff\x7f\b\f", '"\\u2028\ufffd\x7f\\b\\f"'),
        ([1e20, 1e21, 1e-6, 1e-7, -0.0, 100.0, 1.5e300], "[100000000000000000000,1e+21,0.000001,1e-7,-0,100,1.5e+300]"),
        (Float32(0.1), "0.1"),
        ([], "[]"),
        ({}, "{}"),
    ],
)
def test_encode(value: object, expected: str) -> None:
    assert encode(value) == expected


def test_indented() -> None:
    assert encode({"a": [1, {}], "b": []}, indent=" ", prefix=">") == '{\n> "a": [\n>  1,\n>  {}\n> ],\n> "b": []\n>}'


@pytest.mark.parametrize("value", [float("nan"), float("inf"), object(), len])
def test_unsupported(value: object) -> None:
    with pytest.raises(GoError, match=r"^json: unsupported "):
        encode(value)


def test_cycles_are_found() -> None:
    cycle: dict[str, object] = {}
    cycle["a"] = cycle
    with pytest.raises(GoError, match="encountered a cycle"):
        encode(cycle)


def test_exact_numbers() -> None:
    found = decode_exact("[1, -5, 1.0, 1e3, 9007199254740993, 123456789012345678901234567890]")
    assert repr(found) == "[1, -5, 1.0, 1000.0, 9007199254740993, 1.2345678901234568e+29]"
    assert repr(decode("[1, 2]")) == "[1.0, 2.0]"


def test_prefix() -> None:
    assert decode_prefix(' {"a": 1} rest') == ({"a": 1.0}, 9)


def test_depth_is_bounded() -> None:
    with pytest.raises(GoError, match=r"^exceeded max depth$"):
        decode("[" * 100000)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (1e6, "1e+06"),
        (123456.0, "123456"),
        (1234567.5, "1.2345675e+06"),
        (0.0001, "0.0001"),
        (0.00001, "1e-05"),
        (-2.5, "-2.5"),
        (1e100, "1e+100"),
    ],
)
def test_general(value: float, text: str) -> None:
    assert general(value) == text
    assert float(float_text(value)) == value
