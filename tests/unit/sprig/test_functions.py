"""sprig's functions, called directly: the table, laziness, in-place behaviour, randomness, limits.

What they print and how they fail is compared with Helm in tests/conformance/snippets/sprig_*.json.
"""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from charthouse import sprig
from charthouse.golang.kinds import GoError, Int64, NilSlice, StringSlice, TypedMap
from charthouse.sprig.dates import use_clock


def call(name: str, *arguments: Any) -> Any:
    found = sprig.function(name)
    assert found is not None
    return found.implementation(*arguments)


def test_every_name_has_an_implementation() -> None:
    assert len(sprig.names()) == 220
    for name in sprig.names():
        found = sprig.function(name)
        assert found is not None
        assert found.name == name
        assert callable(found.implementation)
    assert sprig.function("env") is None


def test_importing_imports_no_chapter() -> None:
    program = "import charthouse.sprig, sys; print([m for m in sys.modules if m.startswith('charthouse.sprig.')])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


HEAVY = (
    "re",
    "typing",
    "dataclasses",
    "enum",
    "hashlib",
    "cryptography",
    "zoneinfo",
    "datetime",
    "decimal",
    "fractions",
)


def test_common_chapters_stay_light() -> None:
    names = [
        "default",
        "quote",
        "dict",
        "list",
        "merge",
        "add",
        "semverCompare",
        "regexMatch",
        "trunc",
        "b64enc",
        "kindIs",
    ]
    program = (
        "import sys; before = set(sys.modules)\n"
        f"from charthouse.sprig import function\nfor name in {names}: function(name)\n"
        "function('regexMatch').implementation('^a+$', 'aa')\n"
        "function('semverCompare').implementation('>=1.2-0 <2 || 5.x', '1.3')\n"
        f"print(sorted(set({HEAVY}) & (set(sys.modules) - before)))"
    )
    done = subprocess.run(
        [sys.executable, "-S", "-c", program], capture_output=True, text=True, env={"PYTHONPATH": ":".join(sys.path)}
    )
    assert (done.stdout, done.stderr) == ("[]\n", "")


def test_merge_changes_and_shares() -> None:
    target: dict[str, Any] = {"a": {"x": 1}}
    source = {"a": {"y": 2}, "b": {"z": 3}}
    assert call("merge", target, source) is target
    assert target == {"a": {"x": 1, "y": 2}, "b": {"z": 3}}
    assert target["b"] is source["b"]
    assert source["a"] == {"y": 2}


def test_merge_of_a_cycle_ends() -> None:
    cycle: dict[str, Any] = {}
    cycle["a"] = cycle
    other: dict[str, Any] = {}
    other["a"] = other
    with pytest.raises(GoError, match="contains itself"):
        call("merge", cycle, other)
    with pytest.raises(GoError, match="contains itself"):
        call("deepCopy", cycle)


def test_sort_alpha_sorts_strings_in_place() -> None:
    words = StringSlice(["b", "a"])
    assert call("sortAlpha", words) is words
    assert words == ["a", "b"]
    anything = ["b", "a"]
    assert call("sortAlpha", anything) == ["a", "b"]
    assert anything == ["b", "a"]


def test_lists_are_copied() -> None:
    items = [1]
    assert call("append", items, 2) == [1, 2]
    assert items == [1]
    assert type(call("rest", [])) is NilSlice
    assert type(call("slice", StringSlice(["a", "b"]), 1)) is StringSlice


def test_values_are_a_type_of_their_own() -> None:
    class Values(TypedMap):
        go_type = "common.Values"

    with pytest.raises(GoError, match=r"interface \{\} is common\.Values, not map"):
        call("dig", "a", "none", Values({"a": 1}))


def test_numbers_wrap() -> None:
    assert call("add", 9223372036854775807, 1) == -9223372036854775808
    assert call("mul", Int64(1 << 62), 2) == -9223372036854775808
    assert call("div", -9223372036854775808, -1) == -9223372036854775808
    assert call("int64", 1e300) == -9223372036854775808


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("repeat", (1 << 40, "abc")),
        ("indent", (1 << 40, "a")),
        ("until", (1 << 40,)),
        ("untilStep", (0, 1 << 40, 1)),
        ("randAlphaNum", (1 << 40,)),
        ("randBytes", (1 << 40,)),
        ("replace", ("a", "b" * 100_000, "a" * 100_000)),
        ("seq", (1 << 40,)),
    ],
)
def test_results_are_limited(name: str, arguments: tuple[Any, ...]) -> None:
    with pytest.raises(GoError, match="too large"):
        call(name, *arguments)


def test_randomness() -> None:
    assert call("randAlphaNum", 40) != call("randAlphaNum", 40)
    assert call("randAlphaNum", 200).isalnum()
    assert call("randNumeric", 50).isdigit()
    assert call("randAlpha", 50).isalpha()
    assert sorted(call("shuffle", "abcdef")) == list("abcdef")
    assert 3 <= call("randInt", 3, 6) < 6
    assert call("uuidv4") != call("uuidv4")


def test_the_clock_can_be_given() -> None:
    use_clock(lambda: 1_600_000_000_500_000_000)
    try:
        assert call("unixEpoch", call("now")) == "1600000000"
        assert call("ago", Int64(1_599_996_400)) == "1h0m1s"
        assert call("dateInZone", "2006", "anything", "UTC") == "2020"
        assert call("durationRound", call("toDate", "2006", "2015")) == "5y"
    finally:
        use_clock(None)


def test_semver_compare_remembers() -> None:
    assert call("semverCompare", "^1.2", "1.3.0") is True
    assert call("semverCompare", "^1.2", "1.3.0") is True
    with pytest.raises(GoError, match="improper constraint"):
        call("semverCompare", "nope", "1.3.0")


def test_strings_count_bytes() -> None:
    assert call("trunc", 2, "é!") == "é"
    assert call("trunc", 1, "é").encode("utf-8", "surrogateescape") == b"\xc3"
    assert call("substr", 0, 2, "é!") == "é"
