"""The parts of YAML that templates do not show: objects, documents, strictness, positions, bounds."""

from __future__ import annotations

import pytest

from charthouse.formats import yaml


def test_objects_keep_whole_numbers() -> None:
    text = "a: 1\nb: 1.0\nc: 1.5\nd: 1e3\ne: 9223372036854775807\nf: 9223372036854775808\ng: '1'\nh: -0.0\n"
    found = yaml.load_object(text)
    assert [(type(item).__name__, item) for item in found.values()] == [
        ("int", 1),
        ("int", 1),
        ("float", 1.5),
        ("int", 1000),
        ("int", 9223372036854775807),
        ("float", 9223372036854775808.0),
        ("str", "1"),
        ("int", 0),
    ]


def test_values_are_floats_and_written_numbers_stay() -> None:
    assert repr(yaml.load_values("[1, 2.5, 0755]")) == "[1.0, 2.5, 493.0]"
    assert repr(yaml.load_written("[1, 1.0, 1e6]")) == "[1, 1.0, 1000000.0]"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[1]", "cannot unmarshal array into Go value of type map[string]interface {}"),
        ("x", "cannot unmarshal string into Go value of type map[string]interface {}"),
        ("1", "cannot unmarshal number into Go value of type map[string]interface {}"),
        ("true", "cannot unmarshal bool into Go value of type map[string]interface {}"),
    ],
)
def test_only_maps_are_values(text: str, message: str) -> None:
    with pytest.raises(yaml.YamlError) as caught:
        yaml.load_map(text)
    assert str(caught.value) == f"error unmarshaling JSON: while decoding JSON: json: {message}"


def test_several_documents_of_values() -> None:
    assert yaml.load_values_documents("a: 1\n---\n# nothing\n--- # more\nb: 2\r\n") == [{"a": 1.0}, {}, {"b": 2.0}]
    assert yaml.load_values_documents("") == []
    assert yaml.load_documents("---\na: 1\n---\n- 2\n") == [{"a": 1}, [2]]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: 1\n--- x\n", "error reading yaml document: invalid Yaml document separator: x"),
        (
            "a: 1\n---\nb: c: d\n",
            "cannot unmarshal yaml document: error converting YAML to JSON: yaml: mapping values are not allowed in "
            "this context",
        ),
    ],
)
def test_broken_documents_of_values(text: str, message: str) -> None:
    with pytest.raises(yaml.YamlError) as caught:
        yaml.load_values_documents(text)
    assert str(caught.value) == message


def test_duplicate_keys_are_seen_when_asked() -> None:
    assert yaml.load_object("a: 1\na: 2\n") == {"a": 2}
    with pytest.raises(yaml.YamlError) as caught:
        yaml.load_strictly("a: 1\nb:\n  c: 1\n  c: 2\na: 2\n")
    assert str(caught.value) == (
        "error converting YAML to JSON: yaml: unmarshal errors:\n"
        '  line 4: key "c" already set in map\n  line 5: key "a" already set in map'
    )


def test_errors_know_their_true_line() -> None:
    with pytest.raises(yaml.YamlError) as caught:
        yaml.load_values("a: 1\nb: {x\n")
    assert (caught.value.line, str(caught.value).partition("line")[2][:2]) == (3, " 2")


def test_positions() -> None:
    text = "# head\na: 1\nb:\n  - x\n  - c: 2\n    d: |\n      text\ne: {f: 1}\n"
    assert yaml.key_lines(text) == {
        ("a",): 2,
        ("b",): 3,
        ("b", 0): 4,
        ("b", 1): 5,
        ("b", 1, "c"): 5,
        ("b", 1, "d"): 6,
        ("e",): 8,
        ("e", "f"): 8,
    }


def test_aliases_are_copies_and_bounded() -> None:
    found = yaml.load_values("a: &x {b: [1]}\nc: *x\n")
    found["c"]["b"].append(2)
    assert found["a"] == {"b": [1.0]}
    bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
        f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 10)}]\n" for level in range(1, 9)
    )
    with pytest.raises(yaml.YamlError) as caught:
        yaml.load_values(bomb)
    assert str(caught.value) == "error converting YAML to JSON: yaml: document contains excessive aliasing"


@pytest.mark.parametrize("text", ["[" * 100000, "{a: " * 50000, "- " * 20000, "? " * 5000])
def test_depth_is_bounded(text: str) -> None:
    with pytest.raises(yaml.YamlError):
        yaml.load_values(text)


def test_bytes_that_are_no_text() -> None:
    words = {
        b"a: \xff": "invalid leading UTF-8 octet",
        b"a: \xc3": "incomplete UTF-8 octet sequence",
        b"a: \xc3x": "invalid trailing UTF-8 octet",
        b"a: \xc0\x80": "invalid length of a UTF-8 sequence",
        b"a: \xed\xa0\x80": "invalid Unicode character",
    }
    for data, message in words.items():
        with pytest.raises(yaml.YamlError) as caught:
            yaml.load_values(data.decode("utf-8", "surrogateescape"))
        assert str(caught.value) == f"error converting YAML to JSON: yaml: {message}"


def test_an_error_before_the_unreadable_part_comes_first() -> None:
    text = "a: b: c\n" + "# x\n" * 300 + "\x01"
    with pytest.raises(yaml.YamlError) as caught:
        yaml.load_values(text)
    assert str(caught.value).endswith("mapping values are not allowed in this context")
    assert yaml.load_values("a: 1\n---\n" + "# x\n" * 600 + "\x01") == {"a": 1.0}


def test_utf16() -> None:
    for order, mark in (("utf-16-le", b"\xff\xfe"), ("utf-16-be", b"\xfe\xff")):
        data = mark + "a: é\n".encode(order)
        assert yaml.load_values(data.decode("utf-8", "surrogateescape")) == {"a": "é"}


def test_what_yaml_cannot_hold() -> None:
    with pytest.raises(yaml.YamlError) as caught:
        yaml.dump({"a": float("nan")})
    assert str(caught.value) == "error marshaling into JSON: json: unsupported value: NaN"
    cycle: list[object] = []
    cycle.append(cycle)
    with pytest.raises(yaml.YamlError):
        yaml.dump(cycle)
    with pytest.raises(yaml.YamlError):
        yaml.dump_pretty(cycle)


def test_binary_and_sized_values() -> None:
    from charthouse.golang.kinds import Duration, Float32, Int64, StringMap, StringSlice, Uint8

    value = {
        "a": b"hello",
        "b": Int64(5),
        "c": Uint8(7),
        "d": StringSlice(["x"]),
        "e": StringMap({"k": "v"}),
        "f": Float32(0.1),
        "g": Duration(1500000000),
        "h": 7,
    }
    assert yaml.dump(value) == "a: aGVsbG8=\nb: 5\nc: 7\nd:\n- x\ne:\n  k: v\nf: 0.1\ng: 1500000000\nh: 7\n"
    assert yaml.dump_pretty(value["g"]) == "1.5s\n"
    assert yaml.dump_pretty("\udcff\udcfe") == "!!binary //4=\n"


BROKEN_LINES = [  # recorded from Helm 4.3.1
    ("ab\u2028cd", "k: 'ab\u2028  cd'\n"),
    ("é \u2029 x", 'k: "é \\P x"\n'),
    ("\u2028" + "x" * 80 + " y", "k: '\u2028  " + "x" * 80 + "\n  y'\n"),
    ("ab \u2028" + "word " * 20 + "end", 'k: "ab \\L' + "word " * 14 + 'word\n  word word word word word end"\n'),
]


@pytest.mark.parametrize(("text", "written"), BROKEN_LINES)
def test_lines_end_at_their_separators_and_are_folded_behind_them(text: str, written: str) -> None:
    assert yaml.dump({"k": text}) == written
