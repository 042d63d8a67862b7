# ruff: noqa: E501 (tables of exact texts)
"""Chart directories: order, symbolic links, irregular files, limits."""

from __future__ import annotations

import os
import pathlib

import pytest

from charthouse.charts.chart import ChartError
from charthouse.charts.directory import read_directory
from charthouse.charts.loader import load
from charthouse.logs import LogRecord, silent


def names(path: pathlib.Path) -> list[str]:
    return [file.name for file in read_directory(str(path), log=silent)]


def make(place: pathlib.Path, *paths: str) -> None:
    for path in paths:
        (place / path).parent.mkdir(parents=True, exist_ok=True)
        (place / path).write_text("x")


def test_order_is_that_of_names_directory_by_directory(tmp_path: pathlib.Path) -> None:
    make(tmp_path, "b", "a/z", "a.x", "a/b/c", "Z")
    assert names(tmp_path) == ["Z", "a/b/c", "a/z", "a.x", "b"]


def test_follows_links_and_says_so(tmp_path: pathlib.Path) -> None:
    make(tmp_path / "chart", "a")
    make(tmp_path / "other", "deep/f")
    (tmp_path / "chart" / "link").symlink_to(tmp_path / "other")
    said: list[LogRecord] = []
    files = read_directory(str(tmp_path / "chart"), log=said.append)
    assert [file.name for file in files] == ["a", "link/deep/f"]
    text = "found symbolic link in path. Contents of linked file included and used"
    assert [(r.level, r.message, r.attributes) for r in said] == [
        ("INFO", text, {"path": str(tmp_path / "chart" / "link"), "resolved": str(tmp_path / "other")})
    ]


def test_links_may_lead_to_neighbours_and_into_the_repository(tmp_path: pathlib.Path) -> None:
    make(tmp_path, ".git/HEAD", "common/x", "charts/a/Chart.yaml", "charts/shared/y", ".keys/z", "elsewhere")
    chart = tmp_path / "charts" / "a"
    (chart / "common").symlink_to("../../common")
    (chart / "y").symlink_to("../shared/y")
    (chart / "own").symlink_to("Chart.yaml")
    assert names(chart) == ["Chart.yaml", "common/x", "own", "y"]
    (chart / "z").symlink_to("../../.keys/z")
    with pytest.raises(ChartError, match=r"symbolic link z leads out of the chart to .*/\.keys/z"):
        names(chart)


def test_links_may_not_lead_anywhere_else(tmp_path: pathlib.Path) -> None:
    make(tmp_path, "far/secret", "near/chart/Chart.yaml")
    (tmp_path / "near" / "chart" / "far").symlink_to(tmp_path / "far")
    with pytest.raises(ChartError, match=r"symbolic link far leads out of the chart to .*/far"):
        names(tmp_path / "near" / "chart")


def test_broken_link(tmp_path: pathlib.Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "gone")
    with pytest.raises(ChartError) as caught:
        names(tmp_path)
    where = tmp_path / "gone"
    assert str(caught.value) == (f"error evaluating symlink {tmp_path}/link: lstat {where}: no such file or directory")


def test_link_to_itself_ends(tmp_path: pathlib.Path) -> None:
    (tmp_path / "loop").symlink_to(tmp_path)
    with pytest.raises(ChartError, match=r"too many links|file name too long|too many levels"):
        names(tmp_path)


def test_irregular_file(tmp_path: pathlib.Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ChartError) as caught:
        names(tmp_path)
    assert str(caught.value) == f"cannot load irregular file {tmp_path}/pipe as it has file mode type bits set"


def test_limit(tmp_path: pathlib.Path) -> None:
    make(tmp_path, "a", "b", "c")
    assert len(read_directory(str(tmp_path), log=silent, limit=3)) == 3
    with pytest.raises(ChartError) as caught:
        read_directory(str(tmp_path), log=silent, limit=2)
    assert str(caught.value) == "error reading c: chart exceeds maximum decompressed size of 2 bytes"


def test_load_errors(tmp_path: pathlib.Path) -> None:
    cases = {
        "gone": f"stat {tmp_path}/gone: no such file or directory",
        "": f"unable to detect chart at {tmp_path}/Chart.yaml: open {tmp_path}/Chart.yaml: no such file or directory",
        "v.yaml": f"file '{tmp_path}/v.yaml' seems to be a YAML file, but expected a gzipped archive",
        "t.txt": f"file '{tmp_path}/t.txt' does not appear to be a gzipped archive; got 'application/octet-stream'",
        "long.txt": f"file '{tmp_path}/long.txt' does not appear to be a gzipped archive; got 'text/plain; charset=utf-8'",
        "p.png": f"file '{tmp_path}/p.png' does not appear to be a gzipped archive; got 'image/png'",
        "cut.tgz": "unable to load chart archive",
    }
    (tmp_path / "v.yaml").write_text("a: 1\n")
    (tmp_path / "t.txt").write_text("a: 1\n")
    (tmp_path / "long.txt").write_text("a: 1\n" * 200)
    (tmp_path / "p.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    (tmp_path / "cut.tgz").write_bytes(b"\x1f\x8b\x08\0\0\0\0\0\0\0\0\0")
    for path, text in cases.items():
        with pytest.raises(ChartError) as caught:
            load(str(tmp_path / path) if path else str(tmp_path), log=silent)
        assert str(caught.value) == text
