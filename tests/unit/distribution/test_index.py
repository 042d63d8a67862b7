"""Indexes: what is read, what is left out, which version is meant; and the rows kept of them."""

from __future__ import annotations

import pytest

from charthouse.distribution import cataloguing
from charthouse.distribution.errors import IndexError_
from charthouse.distribution.index import Index, load, select
from charthouse.distribution.search import search
from charthouse.logs import LogRecord, silent

TEXT = b"""apiVersion: v1
entries:
  web:
  - {name: web, version: 1.2.0, appVersion: "7", description: A web server, keywords: [http], digest: ab,
     urls: [web-1.2.0.tgz]}
  - {name: web, version: 2.0.0-rc1, urls: [web-2.0.0-rc1.tgz]}
  - {name: web, version: 1.10.0, urls: [web-1.10.0.tgz]}
  db:
  - {name: db, version: v0.1, description: Stores what the web says, urls: [a.tgz]}
generated: "2020-01-01T00:00:00.120Z"
"""


def test_newest_first() -> None:
    index = load(TEXT, "x", log=silent)
    assert [entry.version for entry in index.entries["web"]] == ["2.0.0-rc1", "1.10.0", "1.2.0"]
    assert index.generated == "2020-01-01T00:00:00.12Z"


def test_it_is_written_as_it_was_read() -> None:
    index = load(TEXT, "x", log=silent)
    assert index.to_dict()["entries"]["web"][2] == {
        "name": "web", "version": "1.2.0", "description": "A web server", "keywords": ["http"], "apiVersion": "v1",
        "appVersion": "7", "urls": ["web-1.2.0.tgz"], "created": "0001-01-01T00:00:00Z", "digest": "ab",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"", "empty index.yaml file"),
        (b"entries: {}", "no API version specified"),
        (b"apiVersion: v1\nnope: 1", 'error unmarshaling JSON: while decoding JSON: json: unknown field "nope"'),
        (b"apiVersion: v1\napiVersion: v1", 'key "apiVersion" already set in map'),
        (b"apiVersion: v1\nentries: {a: [{name: a, version: 1.0.0, urls: x}]}", "cannot unmarshal string into"),
        (
            b'{"apiVersion": 1}',
            "json: cannot unmarshal number into Go struct field IndexFile.apiVersion of type string",
        ),
    ],
)
def test_what_is_no_index(text: bytes, message: str) -> None:
    with pytest.raises(IndexError_) as caught:
        load(text, "x", log=silent)
    assert message in str(caught.value)


def test_a_damaged_entry_costs_itself_only() -> None:
    said: list[LogRecord] = []
    text = b"apiVersion: v1\nentries:\n  a:\n  - null\n  - {name: a, version: x}\n  - {name: a, version: 1.0.0}\n"
    index = load(text, "src", log=said.append)
    assert [entry.version for entry in index.entries["a"]] == ["1.0.0"]
    assert [record.attributes.get("error") for record in said] == [
        'validation: chart.metadata.version "x" is invalid', None,
    ]  # fmt: skip


SELECTED = [
    ("", "1.10.0"), ("1.2.0", "1.2.0"), ("^1.1", "1.10.0"), ("<1.5", "1.2.0"), (">0-0", "2.0.0-rc1"),
    ("2.0.0-rc1", "2.0.0-rc1"), ("1.2", "1.2.0"),
]  # fmt: skip


@pytest.mark.parametrize(("wanted", "found"), SELECTED)
def test_which_version_is_meant(wanted: str, found: str) -> None:
    versions = ["2.0.0-rc1", "1.10.0", "1.2.0"]
    assert versions[select(versions, "web", wanted, log=silent)] == found


def test_no_version_suits() -> None:
    with pytest.raises(IndexError_, match=r"^no chart version found for web-3\.0\.0$") as caught:
        select(["1.0.0"], "web", "3.0.0", log=silent)
    assert caught.value.hint == "its newest versions: 1.0.0"
    with pytest.raises(IndexError_, match=r'^improper constraint: "x y"$'):
        select(["1.0.0"], "web", "x y", log=silent)


def test_merging_keeps_ours() -> None:
    mine, theirs = load(TEXT, "x", log=silent), load(TEXT.replace(b"1.2.0", b"1.1.0"), "y", log=silent)
    mine.merge(theirs, log=silent)
    assert sorted(entry.version for entry in mine.entries["web"]) == ["1.1.0", "1.10.0", "1.2.0", "2.0.0-rc1"]


FOUND = [
    (None, "", ["x/db v0.1 0", "x/web 1.10.0 0"]),
    ("WEB", "", ["x/web 1.10.0 0", "x/db v0.1 2"]),
    ("http", "", ["x/web 1.2.0 3"]),
    ("x/d", "", ["x/db v0.1 1"]),
    (None, ">0.0.0-0", ["x/db v0.1 0", "x/web 2.0.0-rc1 0"]),
    ("nothing", "", []),
]


@pytest.mark.parametrize(("term", "version", "found"), FOUND)
def test_search(term: str | None, version: str, found: list[str]) -> None:
    charts = cataloguing.in_memory(cataloguing.read(TEXT, "x"))
    results = search({"x": charts}, term, version=version or ">0.0.0")
    assert [f"{r.name} {r.version} {r.score}" for r in results] == found


def test_an_empty_index() -> None:
    assert Index().to_dict() == {"apiVersion": "v1", "generated": "0001-01-01T00:00:00Z", "entries": {}}
