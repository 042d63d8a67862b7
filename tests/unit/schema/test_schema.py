"""Values schemas are answered as Helm 4.3.1 was recorded to answer (tools/record_rules.py)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from charthouse.charts.schema import validate_values
from charthouse.formats import yaml
from charthouse.logs import LogRecord

ROWS = [json.loads(line) for line in (Path(__file__).parent / "answers.jsonl").read_text().split("\n") if line]


def ordered(text: str) -> list[Any]:
    """Lines as a tree, each level sorted: Helm's order among siblings is random."""
    roots: list[Any] = []
    stack: list[tuple[int, list[Any]]] = [(-1, roots)]
    for line in text.split("\n"):
        depth = len(line) - len(line.lstrip(" "))
        while stack[-1][0] >= depth:
            stack.pop()
        node: list[Any] = []
        stack[-1][1].append([line.strip(), node])
        stack.append((depth, node))

    def sort(nodes: list[Any]) -> list[Any]:
        return sorted(([line, sort(inner)] for line, inner in nodes), key=repr)

    return sort(roots)


@pytest.mark.parametrize(("schema", "values", "expected"), ROWS)
def test_answers(schema: str, values: dict[str, Any], expected: str) -> None:
    given = {key: item for key, item in yaml.load_map(json.dumps(values)).items() if item is not None}
    found = validate_values(given, schema.encode())
    if expected.startswith("level=WARN"):
        expected = ""
    assert ordered(found + ("\n" if found else "")) == ordered(expected)


def test_remote_and_file_schemas_are_refused() -> None:
    assert validate_values({}, b'{"$ref": "http://x.y/z.json"}') == (
        'failing loading "http://x.y/z.json": HTTP request failed for http://x.y/z.json: remote schemas are not fetched'
    )
    assert validate_values({}, b'{"$ref": "file:///etc/passwd"}') == (
        'failing loading "file:///etc/passwd": open /etc/passwd: no such file or directory'
    )
    assert validate_values({}, b'{"$ref": "ftp://x/y"}') == (
        'failing loading "ftp://x/y": no URLLoader registered for "ftp://x/y"'
    )


def test_remote_schemas_can_be_fetched_by_the_caller() -> None:
    def fetch(address: str) -> bytes:
        if address != "https://x.y/z.json":
            raise OSError("no route")
        return b'{"$defs": {"port": {"type": "integer"}}}'

    schema = b'{"properties": {"p": {"$ref": "https://x.y/z.json#/$defs/port"}}}'
    assert validate_values({"p": "x"}, schema, fetch=fetch) == "- at '/p': got string, want integer\n"
    assert validate_values({"p": 1.0}, schema, fetch=fetch) == ""
    refused = validate_values({}, b'{"$ref": "https://q/"}', fetch=fetch)
    assert refused == 'failing loading "https://q/": HTTP request failed for https://q/: no route'


def test_unresolved_urns_are_told_and_let_through() -> None:
    told: list[LogRecord] = []
    schema = b'{"$ref": "urn:x:y"}'
    assert validate_values({}, schema, log=told.append) == ""
    assert [(record.level, record.message, record.attributes) for record in told] == [
        ("DEBUG", "unmarshalled JSON schema", {"schema": schema}),
        ("WARN", "unresolved URN reference ignored; using permissive schema", {"urn": "urn:x:y"}),
    ]


def test_recursion_is_bounded() -> None:
    value: dict[str, Any] = {}
    for _ in range(3000):
        value = {"a": value}
    schema = b'{"$defs": {"n": {"properties": {"a": {"$ref": "#/$defs/n"}}}}, "$ref": "#/$defs/n"}'
    assert validate_values(value, schema).startswith("unable to validate schema: ")
