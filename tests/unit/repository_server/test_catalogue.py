"""The catalogue agrees with its folder, reads only what changed, and its index is the one Helm would write."""

from __future__ import annotations

import os
import random
import time
from hashlib import sha256
from pathlib import Path

import pytest

from charthouse.distribution import index as indexes
from charthouse.formats.yaml import dump
from charthouse.logs import LogRecord, silent
from charthouse.repository_server import entries
from charthouse.repository_server.catalogue import Catalogue
from charthouse.repository_server.entries import moment
from charthouse.repository_server.folder import Folder
from charthouse.repository_server.journal import Journal
from tests.unit.repository_server import sites
from tests.unit.repository_server.archives import chart
from tests.unit.repository_server.sites import catalogue

ODD = 'annotations: {k: "line one\\n\\nline two  \\n"}\ndescription: "  odd: #text\\n "\n'


def names(made: Catalogue) -> dict[str, list[str]]:
    return {name: [e.version for e in versions] for name, versions in made.charts().items()}


def put(folder: Path, name: str, version: str, more: str = "") -> Path:
    path = folder / f"{name}-{version}.tgz"
    path.write_bytes(chart(name, version, more))
    return path


def test_the_index_is_what_helm_writes_of_the_same_entries(tmp_path: Path) -> None:
    for name in ("b10", "b9", "a_b", "a-b", "Z", "true", "123", "zz"):
        for version in ("1.0.0", "1.10.0", "1.9.0", "2.0.0-rc1"):
            put(tmp_path, name, version, ODD if name == "zz" else "")
    made = catalogue(tmp_path)
    text = made.index().data.decode()
    read = indexes.load(text.encode(), "index.yaml", log=silent)
    assert {name: [e.version for e in versions] for name, versions in read.entries.items()} == names(made)
    again = read.to_dict()
    again["serverInfo"] = {}
    assert text == dump(again)
    assert names(made)["b9"] == ["2.0.0-rc1", "1.10.0", "1.9.0", "1.0.0"]


def test_the_digest_is_that_of_the_file(tmp_path: Path) -> None:
    data = put(tmp_path, "apple", "1.0.0").read_bytes()
    assert f"    digest: {sha256(data).hexdigest()}\n" in catalogue(tmp_path).index().data.decode()


def test_an_empty_folder_has_an_index(tmp_path: Path) -> None:
    assert catalogue(tmp_path).index().data == (
        b'apiVersion: v1\nentries: {}\ngenerated: "1970-01-01T00:00:00Z"\nserverInfo: {}\n'
    )


def test_files_that_come_change_and_go_are_seen_at_once(tmp_path: Path) -> None:
    made = catalogue(tmp_path)
    path = put(tmp_path, "apple", "1.0.0")
    assert names(made) == {"apple": ["1.0.0"]}
    put(tmp_path, "apple", "1.1.0")
    before = made.index()
    assert names(made) == {"apple": ["1.1.0", "1.0.0"]}
    path.unlink()
    assert names(made) == {"apple": ["1.1.0"]}
    after = made.index()
    assert before.etag != after.etag
    put(tmp_path, "apple", "1.1.0").unlink()
    assert names(made) == {}


def test_what_is_no_chart_is_left_out_and_said_once(tmp_path: Path) -> None:
    said: list[LogRecord] = []
    (tmp_path / "broken-1.0.0.tgz").write_bytes(b"no archive")
    (tmp_path / ".hidden-1.0.0.tgz").write_bytes(chart())
    (tmp_path / "folder-1.0.0.tgz").mkdir()
    (tmp_path / "gone-1.0.0.tgz").symlink_to("/nowhere")
    (tmp_path / "readme.txt").write_text("x")
    os.mkfifo(tmp_path / "pipe-1.0.0.tgz")
    put(tmp_path, "apple", "1.0.0")
    assert names(catalogue(tmp_path, log=said.append)) == {"apple": ["1.0.0"]}
    assert [(r.message, r.attributes) for r in said] == [
        ("file is no chart", {"file": "broken-1.0.0.tgz", "error": "gzip: invalid header"})
    ]
    said.clear()
    assert names(catalogue(tmp_path, log=said.append)) == {"apple": ["1.0.0"]}
    assert said == []


def test_two_servers_and_other_hands_agree_after_any_changes(tmp_path: Path) -> None:
    chance = random.Random(7)
    shops = [sites.site(tmp_path), sites.site(tmp_path)]
    for _ in range(40):
        name, version = chance.choice(("a", "b", "b10")), f"{chance.randrange(3)}.{chance.randrange(3)}.0"
        path, shop = tmp_path / f"{name}-{version}.tgz", chance.choice(shops)
        data = chart(name, version, chance.choice(("", "home: https://x.y\n")))
        deed = chance.randrange(5)
        if deed == 0:
            sites.ask(shop, "POST", "/api/charts?force", data)
        elif deed == 1:
            sites.ask(shop, "DELETE", f"/api/charts/{name}/{version}")
        elif deed == 2:
            path.unlink(missing_ok=True)
        elif deed == 3:
            (tmp_path / "new").write_bytes(data)
            (tmp_path / "new").rename(path)
        else:
            path.write_bytes(b"no chart")
            shop.catalogue.refresh(force=True)
            shops[0].catalogue.refresh(force=True)
            shops[1].catalogue.refresh(force=True)
        whole = catalogue(tmp_path, keep=False).index()
        assert [s.catalogue.index() for s in shops] == [whole, whole]
    assert catalogue(tmp_path).index() == whole


def test_a_restart_reads_only_what_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for version in ("1.0.0", "1.1.0", "1.2.0"):
        put(tmp_path, "apple", version)
    first = catalogue(tmp_path).index()
    os.utime(tmp_path / "apple-1.1.0.tgz", ns=(1, 1_700_000_000_000_000_000))
    read: list[str] = []
    real = entries.entry_of

    def entry_of(file: str, *rest: object, **more: object) -> object:
        read.append(file)
        return real(file, *rest, **more)  # type: ignore[arg-type]  # handed on as it came

    monkeypatch.setattr("charthouse.repository_server.catalogue.entry_of", entry_of)
    second = catalogue(tmp_path)
    assert read == ["apple-1.1.0.tgz"]
    assert moment(1_700_000_000_000_000_000) in second.index().data.decode()
    read.clear()
    third = catalogue(tmp_path)
    assert read == []
    assert third.index() == second.index() != first
    assert catalogue(tmp_path, keep=False).index() == third.index()
    assert len(read) == 3


@pytest.mark.parametrize("damage", [b"", b"[1,", b"\x00\xff\n", b'[9,""]\n', b'{"a":1}\n', b'[1,"",1,2,3]\n' * 3])
def test_a_damaged_journal_only_costs_time(damage: bytes, tmp_path: Path) -> None:
    for version in ("1.0.0", "1.1.0"):
        put(tmp_path, "apple", version)
    whole = catalogue(tmp_path).index()
    journal = tmp_path / ".charthouse/read.jsonl"
    data = journal.read_bytes()
    for cut in range(0, len(data), 97):
        journal.write_bytes(data[:cut] + damage)
        assert catalogue(tmp_path).index() == whole
    journal.write_bytes(damage + data)
    assert catalogue(tmp_path).index() == whole


def test_a_journal_of_history_is_written_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("charthouse.repository_server.journal._SLACK", 5)
    put(tmp_path, "apple", "1.0.0")
    for second in range(9):
        os.utime(tmp_path / "apple-1.0.0.tgz", (second, second))
        last = catalogue(tmp_path).index()
    journal = tmp_path / ".charthouse/read.jsonl"
    assert journal.read_bytes().count(b'apple-1.0.0.tgz",') < 5
    assert catalogue(tmp_path).index() == last
    assert sorted(os.listdir(tmp_path / ".charthouse")) == ["lock", "read.jsonl"]


def test_a_journal_that_cannot_be_written_is_said_once(tmp_path: Path) -> None:
    said: list[LogRecord] = []
    put(tmp_path, "apple", "1.0.0")
    journal = Journal("/proc/nowhere/read.jsonl", prefix="", log=said.append)
    made = Catalogue(
        Folder(str(tmp_path)), journal=journal, log=said.append, clock=time.time_ns, monotonic=time.monotonic
    )
    assert made.open() == 1
    put(tmp_path, "apple", "1.1.0")
    assert names(made) == {"apple": ["1.1.0", "1.0.0"]}
    assert [r.message for r in said] == ["what was read is not kept for the next start"]


def test_entries_of_another_address_are_read_anew(tmp_path: Path) -> None:
    put(tmp_path, "apple", "1.0.0")
    assert b"- charts/apple-1.0.0.tgz\n" in catalogue(tmp_path).index().data
    assert b"- https://x/charts/apple-1.0.0.tgz\n" in catalogue(tmp_path, prefix="https://x/").index().data


@pytest.mark.parametrize(
    ("nanoseconds", "text"),
    [
        (0, "1970-01-01T00:00:00Z"),
        (1_700_000_000_000_000_000, "2023-11-14T22:13:20Z"),
        (1_700_000_000_120_000_000, "2023-11-14T22:13:20.12Z"),
        (1_700_000_000_000_000_001, "2023-11-14T22:13:20.000000001Z"),
    ],
)
def test_moments_as_go_writes_them(nanoseconds: int, text: str) -> None:
    assert moment(nanoseconds) == text
