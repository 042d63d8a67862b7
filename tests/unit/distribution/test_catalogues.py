"""Catalogues of indexes: kept, found again, made anew when the index changed or what was kept is damaged."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from charthouse.distribution import catalogues, cataloguing
from charthouse.distribution.catalogue import Catalogue
from charthouse.distribution.errors import IndexError_
from charthouse.logs import LogRecord, silent
from tests.unit.distribution.indexes import plain_index

TEXT = plain_index(charts=3, versions=4).encode()
YEAR = 365 * 86400


@pytest.fixture
def index(tmp_path: Path) -> Path:
    path = tmp_path / "repository" / "x-index.yaml"
    path.parent.mkdir()
    path.write_bytes(TEXT)
    return path


def said(catalogue: Catalogue) -> dict[str, object]:
    return {key: catalogue.find(key) for key in catalogue}


def load(index: Path) -> dict[str, object]:
    return said(catalogues.load(str(index), str(index.parent.parent / "own"), log=silent))


def kept(index: Path) -> Path:
    (found,) = (index.parent.parent / "own" / "indexes").iterdir()
    return found


def settle(index: Path) -> None:
    """As if what is kept had been made long after the index was written."""
    later = os.stat(index).st_mtime_ns + YEAR * 10**9
    os.utime(kept(index), ns=(later, later))


@pytest.fixture
def unread(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Where indexes were read again."""
    read, places = cataloguing.read, []

    def reading(data: bytes, source: str) -> object:
        places.append(source)
        return read(data, source)

    monkeypatch.setattr(cataloguing, "read", reading)
    return places


def test_what_is_kept_says_the_same(index: Path, unread: list[str]) -> None:
    first = load(index)
    settle(index)
    assert load(index) == first
    assert len(unread) == 1
    assert os.stat(kept(index)).st_mode & 0o777 == 0o600


def test_the_same_content_written_again_is_not_read_again(index: Path, unread: list[str]) -> None:
    first = load(index)
    settle(index)
    index.unlink()
    index.write_bytes(TEXT)
    assert load(index) == first
    settle(index)
    assert load(index) == first
    assert len(unread) == 1


def test_a_change_is_seen(index: Path, unread: list[str]) -> None:
    load(index)
    settle(index)
    index.write_bytes(TEXT.replace(b"chart-0", b"chart-9"))
    assert sorted(load(index)) == ["chart-1", "chart-2", "chart-9"]
    assert len(unread) == 2


def test_a_change_that_leaves_no_trace_is_seen_while_it_may_have_happened(index: Path) -> None:
    load(index)
    before = os.stat(index)
    index.write_bytes(TEXT.replace(b"chart-0", b"chart-9"))
    os.utime(index, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert sorted(load(index)) == ["chart-1", "chart-2", "chart-9"]


def test_damage_is_read_past(index: Path) -> None:
    first = load(index)
    settle(index)
    whole = kept(index).read_bytes()
    for at in [*range(64), *range(64, len(whole), 41), len(whole) - 1]:
        kept(index).write_bytes(whole[:at] + bytes((whole[at] ^ 0x55,)) + whole[at + 1 :])
        settle(index)
        assert load(index) == first, at
    for length in (0, 1, 30, 60, 200, len(whole) - 1):
        kept(index).write_bytes(whole[:length])
        settle(index)
        assert load(index) == first, length


def test_what_others_may_write_is_not_read(index: Path, unread: list[str]) -> None:
    load(index)
    settle(index)
    kept(index).chmod(0o666)
    load(index)
    assert len(unread) == 2


def test_nothing_is_kept_without_a_cache(index: Path) -> None:
    assert said(catalogues.load(str(index), "", log=silent)) == load(index)
    assert catalogues.load(str(index), "/dev/null/x", log=silent).find("nope") is None


def test_warnings_are_said_each_time(index: Path) -> None:
    index.write_bytes(b"apiVersion: v1\nentries:\n  a: [null]\n")
    for _ in range(2):
        told: list[LogRecord] = []
        catalogues.load(str(index), str(index.parent.parent / "own"), log=told.append)
        assert [record.message for record in told] == ["skipping loading invalid entry for chart: empty entry"]


def test_what_is_no_index(index: Path) -> None:
    index.write_bytes(b"entries: {}\n")
    with pytest.raises(IndexError_) as caught:
        load(index)
    assert str(caught.value) == f"error loading {index}: no API version specified"
    index.unlink()
    with pytest.raises(IndexError_) as caught:
        load(index)
    assert str(caught.value) == f"open {index}: no such file or directory"
