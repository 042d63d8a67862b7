"""YAML, JSON, TOML and --set agree with what Helm 4.3.1 was recorded to make of them (tools/record_*.py)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from charthouse.errors import CharthouseError
from charthouse.formats import strvals, toml, yaml
from charthouse.formats.yaml import reader
from charthouse.formats.yaml.block import BlockReader
from charthouse.formats.yaml.decode import real_number
from charthouse.formats.yaml.inline import Unusual, plain_text
from charthouse.golang.json import decode, encode
from charthouse.golang.kinds import GoError

HERE = Path(__file__).parent


def rows(name: str) -> list[Any]:
    return [json.loads(line) for line in (HERE / name).read_text().split("\n") if line]


def values_of(value: Any) -> Any:
    """A recorded value as templates see it: every number a float."""
    if isinstance(value, bool) or not isinstance(value, (int, list, dict)):
        return value
    if isinstance(value, int):
        return float(value)
    if isinstance(value, list):
        return [values_of(item) for item in value]
    return {key: values_of(item) for key, item in value.items()}


def printed(write: Any, value: Any) -> str:
    """What a template prints: the text less one line break, nothing for what cannot be written."""
    try:
        text = str(write(value))
    except (CharthouseError, GoError):
        return ""
    return text.removesuffix("\n")


@pytest.mark.parametrize(("text", "expected"), rows("loads.jsonl"))
def test_from_yaml(text: str, expected: str) -> None:
    try:
        found: dict[str, Any] = yaml.load_map(text)
    except yaml.YamlError as error:
        found = {"Error": error.message}
    assert encode(found) == expected


def test_fast_reader_agrees_with_the_complete_one() -> None:
    taken = 0
    for text, _ in rows("loads.jsonl"):
        if not plain_text(text):
            continue
        try:
            fast = BlockReader(text.split("\n"), {}, real_number).document()
        except (Unusual, IndexError):
            continue
        taken += 1
        assert fast == reader.read_fully(text, real_number), text
    assert taken > 200


DUMPS = rows("dumps.jsonl")


@pytest.mark.parametrize(
    ("column", "write"),
    [
        (1, yaml.dump),
        (2, yaml.dump_pretty),
        (3, encode),
        (4, lambda value: encode(value, indent="  ")),
        (5, lambda value: encode(value, escape_html=False)),
    ],
    ids=["toYaml", "toYamlPretty", "toJson", "toPrettyJson", "toRawJson"],
)
def test_to_text(column: int, write: Any) -> None:
    found = [printed(write, values_of(row[0])) for row in DUMPS]
    assert found == [row[column] for row in DUMPS]


def test_to_toml() -> None:
    for value, expected in rows("tomls_out.jsonl"):
        try:
            found = toml.dump(values_of(value))
        except GoError as error:
            found = str(error)
        assert found == expected


@pytest.mark.parametrize(("text", "expected"), rows("tomls_in.jsonl"))
def test_from_toml(text: str, expected: str) -> None:
    try:
        found = toml.load(text)
    except GoError as error:
        found = {"Error": str(error)}
    assert encode(found) == expected


@pytest.mark.parametrize(("text", "expected"), rows("jsons.jsonl"))
def test_from_json_array(text: str, expected: str) -> None:
    try:
        found = decode(text)
    except GoError as error:
        found = [str(error)]
    assert encode(found) == expected


PARSERS = {"--set": strvals.parse, "--set-string": strvals.parse_string, "--set-literal": strvals.parse_literal}


@pytest.mark.parametrize(("flag", "argument", "status", "expected"), rows("sets.jsonl"))
def test_set(flag: str, argument: str, status: int, expected: str) -> None:
    found: dict[str, Any] = {}
    try:
        if flag == "--set-json" and argument.startswith("{"):
            pytest.skip("the object form is read by the command line")
        if flag == "--set-json":
            strvals.parse_json_into(argument, found)
        else:
            found = PARSERS[flag](argument)
    except strvals.StrvalsError as error:
        assert status == 1
        words = argument if flag == "--set-json" else f": {error}"
        assert f"failed parsing {flag} data{' ' if flag == '--set-json' else ''}{words}" == expected
    else:
        assert (status, json.loads(encode(found))) == (0, json.loads(expected))
