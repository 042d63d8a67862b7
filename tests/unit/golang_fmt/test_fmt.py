"""Go's printing. Expected texts were printed by Go 1.27; random layouts are in tests/conformance."""

from __future__ import annotations

import pytest

from charthouse.golang.fmt import format_value, sprint, sprintf, sprintln
from charthouse.golang.kinds import Duration, Float32, Int64, StringMap, StringSlice, Uint8

VALUES: list[tuple[object, str]] = [
    (None, "<nil>"),
    (True, "true"),
    (5, "5"),
    (1e6, "1e+06"),
    (123456.0, "123456"),
    (1234567.0, "1.234567e+06"),
    (0.0001, "0.0001"),
    (0.00001, "1e-05"),
    (1e21, "1e+21"),
    (-0.0, "-0"),
    (float("inf"), "+Inf"),
    (float("-inf"), "-Inf"),
    (float("nan"), "NaN"),
    (Float32(0.1), "0.1"),
    (Int64(7), "7"),
    (1 + 2j, "(1+2i)"),
    (b"hi", "[104 105]"),
    ([1, "a", None, [2.5]], "[1 a <nil> [2.5]]"),
    ({"b": 1, "a": {"c": None}}, "map[a:map[c:<nil>] b:1]"),
    (StringSlice(["a", "b"]), "[a b]"),
    (StringMap(a="b"), "map[a:b]"),
    (Duration(5_400_000_000_000), "1h30m0s"),
    ([Duration(1500)], "[1.5µs]"),
]


@pytest.mark.parametrize(("value", "text"), VALUES, ids=[text for _, text in VALUES])
def test_plain(value: object, text: str) -> None:
    assert format_value(value) == text
    assert sprintf("%v", [value]) == text


LAYOUTS: list[tuple[str, list[object], str]] = [
    ("%x %X %#x %#g %#v", ["hi\udcff", b"hi", 255, 1.0, 1e6], "6869ff 6869 0xff 1.00000 1e+06"),
    ("%08.3f|%+d|% d|%6.2f%%|%-8q|%#q", [3.14159, 5, 7, 2.5, "a", "b`c"], '0003.142|+5| 7|  2.50%|"a"     |"b`c"'),
    ("%t|%v|%p|%U|%#U|%c", [True, None, None, 120, 0x2318, 121], "true|<nil>|%!p(<nil>)|U+0078|U+2318 '⌘'|y"),
    ("%s|%d", [5, "str"], "%!s(int=5)|%!d(string=str)"),
    ("%d %d", [1], "1 %!d(MISSING)"),
    ("%d", [1, "a", None], "1%!(EXTRA string=a, <nil>)"),
    ("%!", [], "%!!(MISSING)"),
    ("%", [], "%!(NOVERB)"),
    ("%[2]d %[1]d %[5]d", [1, 2], "2 1 %!d(BADINDEX)"),
    ("%*d|%-*d|%.*f", [5, 42, 5, 42, 2, 3.14159], "   42|42   |3.14"),
    (
        "%#v",
        [{"a": [1, "b", None], "c": Uint8(9)}],
        'map[string]interface {}{"a":[]interface {}{1, "b", interface {}(nil)}, "c":0x9}',
    ),
    ("%T %T %T %T", [None, {}, [], Uint8(1)], "<nil> map[string]interface {} []interface {} uint8"),
    ("%s %d", [[1, "a"], ["x", 2]], "[%!s(int=1) a] [%!d(string=x) 2]"),
    ("%5.1f|%-7.2e|%G", [2.25, 1234.5, 1e-10], "  2.2|1.23e+03|1E-10"),
    ("%b %o %O %x", [5, 8, 8, -255], "101 10 0o10 -ff"),
    ("%05d|%+05d|%-05d|%05s", [-42, 42, 42, "ab"], "-0042|+0042|42   |000ab"),
    ("%.2s|%.10s|%6.2s|", ["héllo", "é", "héllo"], "hé|é|    hé|"),
    ("%x % x %# x", [b"\x01\xff", "ab", "ab"], "01ff 61 62 0x61 0x62"),
    ("%q %+q %q", ["é\n", "é", 233], '"é\\n" "\\u00e9" \'é\''),
    ("%w", [1], "%!w(int=1)"),
    ("%x", [3.5], "0x1.cp+01"),
]


@pytest.mark.parametrize(("layout", "values", "text"), LAYOUTS, ids=[layout for layout, _, _ in LAYOUTS])
def test_layouts(layout: str, values: list[object], text: str) -> None:
    assert sprintf(layout, values) == text


def test_spaces_between_operands() -> None:
    assert sprint([1, 2, "a", "b", 3, 4.5]) == "1 2a b3 4.5".replace("a b", "ab")
    assert sprint([]) == ""
    assert sprintln([1, "a"]) == "1 a\n"
