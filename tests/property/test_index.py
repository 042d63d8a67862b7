"""However an index is written, reading it by pieces says what reading it as a whole says, or leaves it to that."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from charthouse.distribution import cataloguing
from charthouse.distribution.errors import IndexError_
from charthouse.distribution.indexpieces import NotPlain
from tests.unit.distribution.indexes import plain_index

LINES = plain_index(charts=2, versions=2).split("\n")
WORDS = [
    *("", " ", "  ", "    ", "- ", "  - ", "#", " # c", "\n", "\n\n", "\n  ", "\n    ", "\n  - ", "x: 1\n", "\tx"),
    *('"', "'", "[", "]", "{", "}", ",", ": ", ":", "|", ">-", "&a ", "*a", "!!str ", "<<: ", "~", "null", "true"),
    *("1.0", "---\n", "...\n", "é", "\u2028", "\x85", "\r", "\r\n", "\ufeff", "\0", "\\", "name: y", "version: x"),
    *("entries:", "\nentries:\n", "apiVersion: v1\n", "  chart-1:\n", "2024-13-01", "v1.2", "1.2.3-rc.1+b", "- null"),
    *("deprecated: nope", "urls: []", "keywords: [a, 1]", "dependencies: [{name: a}, {name: a}]", "{name: z}"),
    *("- {name: chart-0, version: 2.0.0}", "- {name: chart-0} {version: 2.0.0}"),
]
edits = st.lists(
    st.tuples(
        st.sampled_from(["insert", "replace", "delete", "cut", "double", "move", "indent", "whole"]),
        st.integers(0, len(LINES) - 1),
        st.integers(0, 60),
        st.sampled_from(WORDS),
        st.integers(0, len(LINES) - 1),
    ),
    min_size=1,
    max_size=4,
)


def edited(changes: list[tuple[str, int, int, str, int]]) -> str:
    lines = list(LINES)
    for kind, number, at, word, other in changes:
        line = lines[number % len(lines)]
        number %= len(lines)
        if kind == "insert":
            lines[number] = line[:at] + word + line[at:]
        elif kind == "replace":
            lines[number] = line[:at] + word + line[at + len(word) :]
        elif kind == "delete":
            del lines[number]
        elif kind == "cut":
            lines[number] = line[:at]
        elif kind == "double":
            lines.insert(number, line)
        elif kind == "move":
            lines.insert(other % len(lines), lines.pop(number))
        elif kind == "indent":
            lines[number] = word + line.lstrip(" ")
        else:
            lines[number] = word
        lines = lines or [""]
    return "\n".join(lines)


def said(read: Any, data: bytes) -> Any:
    try:
        catalogue = cataloguing.in_memory(read(data, "source").filled())
    except IndexError_ as error:
        return error.message
    return {key: catalogue.find(key) for key in catalogue}, catalogue.warnings


@settings(max_examples=400, deadline=None)
@given(edits)
def test_pieces_say_what_the_whole_says(changes: list[tuple[str, int, int, str, int]]) -> None:
    data = edited(changes).encode()
    try:
        found = said(cataloguing._from_pieces, data)
    except NotPlain:
        return
    assert found == said(cataloguing._read_whole, data)


def test_the_usual_index_is_read_by_pieces() -> None:
    data = plain_index(charts=3, versions=5).encode()
    indented = data.replace(b"\n  ", b"\n      ").replace(b"\n      chart", b"\n  chart")
    for text in (data, indented, data.replace(b"\n", b"\r\n"), b"\xef\xbb\xbf---\n" + data):
        assert said(cataloguing._from_pieces, text) == said(cataloguing._read_whole, text)


def test_json_says_the_same() -> None:
    import json

    from charthouse.formats.yaml import load_strictly

    value = load_strictly(plain_index(charts=2, versions=3))
    value["entries"]["chart-0"][1].update(
        {"version": "v1", "surprise": 1, "keywords": None, "created": "2024-02-20T00:00:00Z"}
    )
    for indent in (None, 2):
        data = json.dumps(value, indent=indent).encode()
        try:
            found = said(cataloguing._from_json, data)
        except NotPlain:
            found = said(cataloguing._read_whole, data)
        assert found == said(cataloguing._read_whole, data)
