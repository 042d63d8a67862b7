"""Documents with comments and styles, written anew as go-yaml v3.0.5 writes them with kyaml's settings.

``styled.json`` holds pairs recorded from that library: a text, and what becomes of it (null: it cannot be read, or
there is nothing in it). Most were made at random: nested blocks and brackets with comments and empty lines everywhere.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from charthouse.formats.yaml import YamlError
from charthouse.formats.yaml.commented_nodes import MAP, SCALAR, StyledNode, read_styled
from charthouse.formats.yaml.styled_documents import clear, field, parse_all, set_field
from charthouse.formats.yaml.styled_emitter import write_styled

ROWS = json.loads((Path(__file__).parent / "styled.json").read_text())


def rewritten(text: str) -> str | None:
    try:
        found = read_styled(text)
    except YamlError:
        return None
    return None if found is None else write_styled([found])


@pytest.mark.parametrize(("text", "wanted"), ROWS, ids=range(len(ROWS)))
def test_as_go_yaml_writes_it(text: str, wanted: str | None) -> None:
    assert rewritten(text) == wanted


def test_streams() -> None:
    text = "a: 1\n--- # said\n# only\n---\nnull\n---\nb: 2\r\n---\n- c\n"
    assert write_styled(parse_all(text)) == "a: 1\n---\nb: 2\n---\n- c\n"
    listed = "kind: List\nitems:\n- a: 1\n# head\n- b: 2\n"
    assert write_styled(parse_all(listed)) == "a: 1\n---\n# head\nb: 2\n"
    assert len(parse_all(f"{listed}---\na: 1\n")) == 2
    for wrong, problem in (
        ("a: 1\n--- b: 2\nc: 3\n", "invalid document separator: --- b: 2"),
        ("a: b: c", "MalformedYAMLError: yaml: mapping values are not allowed in this context"),
    ):
        with pytest.raises(YamlError) as caught:
            parse_all(wrong)
        assert caught.value.message == problem


def test_fields() -> None:
    node = parse_all('a: "1"\nb: {c: 2}\n')[0].children[0]
    set_field(node, "a", StyledNode(SCALAR, "new", "single"))
    inner = field(node, "b")
    assert inner is not None
    set_field(inner, "d", StyledNode(MAP))
    clear(node, "b", if_empty=True)
    assert write_styled([node]) == 'a: "new"\nb: {c: 2, d: {}}\n'
    clear(node, "b")
    assert write_styled([node]) == 'a: "new"\n'
    with pytest.raises(
        YamlError, match=r"^wrong node kind: expected MappingNode but got SequenceNode: node contents:\n"
    ):
        field(parse_all("- a\n")[0].children[0], "a")
