"""What the archives of a folder are: the same however many processes look, and looked at once."""

from __future__ import annotations

import os
from hashlib import sha256
from pathlib import Path

import pytest

from charthouse.charts import loader
from charthouse.charts.archive import save
from charthouse.charts.loader import load_directory
from charthouse.distribution import archives
from charthouse.distribution.archives import look_at
from charthouse.distribution.indexing import index_directory
from charthouse.logs import silent


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Twelve archives, two of them no charts, and one that is not there."""
    chart = tmp_path / "web"
    chart.mkdir()
    (chart / "values.yaml").write_text("a: 1\n" * 2000)
    for number in range(10):
        (chart / "Chart.yaml").write_text(f"apiVersion: v2\nname: web\nversion: 1.{number}.0\n")
        save(load_directory(str(chart), log=silent), str(tmp_path))
    (tmp_path / "x.tgz").write_bytes(b"x")
    (tmp_path / "y.tgz").mkdir()
    (tmp_path / "z.tgz").symlink_to("nowhere")
    return tmp_path


def paths(folder: Path) -> list[str]:
    return sorted(str(path) for path in folder.glob("*.tgz"))


def said(folder: Path, workers: int, cache: str = "") -> list[tuple[str, str]]:
    return [
        (a.digest, a.metadata.version if a.metadata else "")
        for a in look_at(paths(folder), workers=workers, cache=cache)
    ]


def expected(folder: Path) -> list[tuple[str, str]]:
    digests = [sha256(Path(path).read_bytes()).hexdigest() for path in paths(folder)[:11]]
    return [*zip(digests, [*(f"1.{n}.0" for n in range(10)), ""], strict=True), ("", ""), ("", "")]


@pytest.mark.parametrize("workers", [0, 1, 2, 5, 30])
def test_processes_share_the_work(folder: Path, workers: int) -> None:
    assert said(folder, workers) == expected(folder)


def test_what_was_found_is_kept(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache = str(folder / "own")
    first = said(folder, 2, cache)
    monkeypatch.setattr(loader, "load_archive", None)
    assert said(folder, 2, cache) == first == expected(folder)


def test_damage_is_read_past(folder: Path) -> None:
    cache = folder / "own"
    said(folder, 1, str(cache))
    (kept,) = (cache / "archives").iterdir()
    whole = kept.read_bytes()
    for data in (b"", whole[:10], whole[:-1], whole.replace(b"1.7.0", b"7.7.7")):
        kept.write_bytes(data)
        assert said(folder, 1, str(cache)) == expected(folder)


def test_a_process_that_dies_leaves_its_work(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answers, here = archives._answers, os.getpid()

    def dying(names: list[str], known: archives.Found) -> object:
        if os.getpid() != here:
            os._exit(9)
        return answers(names, known)

    monkeypatch.setattr(archives, "_answers", dying)
    assert said(folder, 3) == expected(folder)


def test_the_index_of_a_folder(folder: Path) -> None:
    one, other = (index_directory(str(folder), "", now=lambda: "2026-01-01T00:00:00Z", workers=n) for n in (1, 3))
    assert one.to_dict() == other.to_dict()
    assert [entry.urls for entry in one.entries["web"]] == [[f"web-1.{n}.0.tgz"] for n in range(10)]
