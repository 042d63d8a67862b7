"""Go's regular expressions: what Go 1.27 itself found (cases.json), groups, time on hostile input, the cache."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest

from charthouse.golang.kinds import GoError
from charthouse.golang.regexp import compile as go_compile
from charthouse.golang.regexp import quote_meta
from charthouse.golang.regexp.classes import clean, fold, negate, orbit, unicode_class

CASES: list[dict[str, Any]] = json.loads(Path(__file__).with_name("cases.json").read_text())


def outcome(case: dict[str, Any]) -> dict[str, Any]:
    text, template = case["text"], case["template"]
    try:
        found = go_compile(case["expression"])
    except GoError as error:
        return {"error": str(error)}
    spans = found.find_submatch_index(text)
    groups = None
    if spans is not None:
        groups = [text[max(spans[i], 0) : max(spans[i + 1], 0)] for i in range(0, len(spans), 2)]
    return {
        "match": found.match(text),
        "find": found.find(text),
        "all": found.find_all(text),
        "two": found.find_all(text, 2),
        "groups": groups,
        "replaced": found.replace_all(text, template),
        "literal": found.replace_all_literal(text, template),
        "split": found.split(text),
        "halves": found.split(text, 2),
        "quoted": quote_meta(case["expression"]),
    }


@pytest.mark.parametrize("case", CASES, ids=[repr(case["expression"]) for case in CASES])
def test_as_go_finds(case: dict[str, Any]) -> None:
    given = ("expression", "text", "template")
    assert outcome(case) == {key: value for key, value in case.items() if key not in given}


def test_find_nothing() -> None:
    assert go_compile("a").find_all("a", 0) is None
    assert go_compile("a").split("a", 0) is None
    assert go_compile("b").find_submatch_index("a") is None


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        ("(a*)*b", "a" * 3000),
        ("(a|a)*b", "a" * 3000),
        ("(a+)+$", "a" * 3000 + "b"),
        ("a*a*a*a*b", "a" * 3000),
        ("(.*)(.*)(.*)x", "a" * 3000),
        ("^(([a-z])+.)+[A-Z]([a-z])+$", "a" * 3000),
        ("[a-z]+;", "a" * 20000),
    ],
)
def test_hostile_input_takes_linear_time(expression: str, text: str) -> None:
    begin = time.process_time()
    assert not go_compile(expression).match(text)
    assert time.process_time() - begin < 2


def test_size_and_depth_are_limited() -> None:
    with pytest.raises(GoError, match="expression too large"):
        go_compile("(?:" + "[ab]" * 300 + "){1000}")
    with pytest.raises(GoError, match="expression nests too deeply"):
        go_compile("(" * 1200 + ")" * 1200)


def test_compiled_expressions_are_kept() -> None:
    assert go_compile("kept") is go_compile("kept")


def test_classes() -> None:
    assert clean([(5, 9), (1, 4), (20, 30), (8, 12)]) == ((1, 12), (20, 30))
    assert negate(((0, 9), (11, 0x10FFFF))) == ((10, 10),)
    assert sorted(orbit(ord("k"))) == [0x4B, 0x6B, 0x212A]
    assert fold(((0x61, 0x61),)) == ((0x41, 0x41), (0x61, 0x61))
    assert fold(((0x3C3, 0x3C3),)) == ((0x3A3, 0x3A3), (0x3C2, 0x3C3))
    assert unicode_class("zl", folded=False) == ((0x2028, 0x2028),)
    assert unicode_class("Nope", folded=False) is None
