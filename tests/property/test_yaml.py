"""Properties of YAML that hold for any text and any value."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from charthouse.formats import strvals, yaml
from charthouse.formats.yaml import reader
from charthouse.formats.yaml.block import BlockReader
from charthouse.formats.yaml.decode import real_number
from charthouse.formats.yaml.inline import Unusual, plain_text
from charthouse.golang.json import decode, encode
from charthouse.golang.kinds import GoError

PIECES = [
    "a",
    "b: ",
    "- ",
    "\n",
    "  ",
    "#",
    '"',
    "'",
    "[",
    "]",
    "{",
    "}",
    ",",
    ":",
    "|",
    ">",
    "&x",
    "*x",
    "!",
    "?",
    "\\",
]
PIECES += [
    "1",
    "true",
    "~",
    "---\n",
    "é",
    "\t",
    "key: value\n",
    "\u2028",
    "-",
    " #c\n",
    "|-\n",
    "<<: ",
    "%",
    "@",
    "\r\n",
]

yaml_texts = st.one_of(st.text(max_size=60), st.lists(st.sampled_from(PIECES), max_size=25).map("".join))
words = st.one_of(st.text(max_size=20), st.lists(st.sampled_from(PIECES), max_size=6).map("".join))
readable = words.filter(lambda text: all(c in "\t\n" or " " <= c <= "~" or "\xa0" <= c <= "\ud7ff" for c in text))
floats = st.floats(allow_nan=False, allow_infinity=False)
scalars = st.one_of(st.none(), st.booleans(), floats, readable)
values = st.recursive(
    scalars,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(readable, inner, max_size=4)),
    max_leaves=12,
)


def plus_zero(value: Any) -> Any:
    """A value whose negative zeros are positive: YAML has no -0."""
    if isinstance(value, float):
        return value + 0.0
    if isinstance(value, list):
        return [plus_zero(item) for item in value]
    if isinstance(value, dict):
        return {key: plus_zero(item) for key, item in value.items()}
    return value


@settings(max_examples=100)
@given(values)
def test_what_is_written_reads_back(value: Any) -> None:
    expected = plus_zero(value)
    text = yaml.dump(value)
    assert yaml.load_values(text) == expected
    assert yaml.dump(yaml.load_values(text)) == text
    assert yaml.dump_pretty(value).endswith("\n")


@settings(max_examples=100)
@given(values)
def test_json_is_yaml(value: Any) -> None:
    text = encode(value)
    assert decode(text) == value
    assert yaml.load_values(text) == plus_zero(value)


@settings(max_examples=200)
@given(yaml_texts)
def test_any_text_is_a_value_or_an_error(text: str) -> None:
    for load in (yaml.load_values, yaml.load_object, yaml.load_strictly, yaml.key_lines, yaml.load_values_documents):
        try:
            load(text)
        except yaml.YamlError as error:
            assert error.message and error.line >= 0


@settings(max_examples=200)
@given(yaml_texts)
def test_the_fast_reader_is_right_or_silent(text: str) -> None:
    if not plain_text(text):
        return
    try:
        fast = BlockReader(text.split("\n"), {}, real_number).document()
    except (Unusual, IndexError):
        return
    assert fast == reader.read_fully(text, real_number)


@settings(max_examples=200)
@given(
    st.one_of(
        yaml_texts, st.lists(st.sampled_from(["a: ", "b:\n", "{a: 1", ", a: 2}", "1\n", "  ", "- "])).map("".join)
    )
)
def test_the_fast_reader_sees_keys_that_come_twice(text: str) -> None:
    if not plain_text(text):
        return
    try:
        fast = BlockReader(text.split("\n"), {}, real_number, strict=True).document()
    except (Unusual, IndexError):
        return
    assert fast == reader.read_fully(text, real_number, strict=True)


@settings(max_examples=100)
@given(st.text(alphabet='ab01=.,[]{}\\"-: ', max_size=20))
def test_any_argument_is_values_or_an_error(text: str) -> None:
    for parse in (strvals.parse, strvals.parse_string, strvals.parse_literal):
        try:
            assert type(parse(text)) is dict
        except strvals.StrvalsError as error:
            assert error.message
    try:
        strvals.parse_json_into(text, {})
    except (strvals.StrvalsError, GoError) as problem:
        assert str(problem)
