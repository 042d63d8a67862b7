"""What a shell is told of charts, versions and registries."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from charthouse.cli.main import run
from charthouse.cli.streams import Output
from charthouse.distribution import cataloguing
from tests.unit.distribution.indexes import plain_index

REPOSITORIES = "apiVersion: v1\nrepositories:\n- {name: x, url: 'https://x'}\n- {name: y, url: 'https://y'}\n"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    config, cache = tmp_path / ".config" / "helm", tmp_path / ".cache" / "helm" / "repository"
    (config / "registry").mkdir(parents=True)
    cache.mkdir(parents=True)
    (config / "repositories.yaml").write_text(REPOSITORIES)
    (config / "registry" / "config.json").write_text('{"auths": {"b.example:5000": {}, "a.example": {}}}')
    (cache / "x-index.yaml").write_text(plain_index(charts=2, versions=3))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def told(home: Path, *words: str) -> list[str]:
    raw = io.BytesIO()
    out = Output(raw)
    run(["__complete", *words], {"HOME": str(home)}, out, Output(io.BytesIO()), lambda: b"")
    out.flush()
    return raw.getvalue().decode().splitlines()


ROWS = [
    (["pull", "x"], ["x/\thttps://x", ":6"]),
    (["pull", "x/"], ["x/chart-0", "x/chart-1", ":4"]),
    (["pull", "y/"], [":4"]),
    (["pull", "oci://"], ["oci://\tChart OCI prefix", "oci://a.example/", "oci://b.example:5000/", ":6"]),
    (["pull", "oci://b"], ["oci://b.example:5000/", ":6"]),
    (["push", "a.tgz", "oci://a"], ["oci://", "oci://a.example/", ":6"]),
    (["registry", "login", ""], ["a.example", "b.example:5000", ":4"]),
    (["registry", "logout", "b"], ["b.example:5000", ":4"]),
    (["registry", "logout", "b.example:5000", ""], [":4"]),
    (["pull", "x/nope", "--version", ""], [":4"]),
    (["pull", "nope/chart-0", "--version", ""], [":4"]),
    (
        ["install", "r", "x/chart-0", "--version", ""],
        [
            "1.2.0-rc.1\tApp: 1.2.0, Created: January 12, 2024 (deprecated)",
            "1.1.0\tApp: 1.1.0, Created: January 11, 2024 (deprecated)",
            "1.0.0\tApp: 1.0.0, Created: January 10, 2024 (deprecated)",
            ":4",
        ],
    ),
]


@pytest.mark.parametrize(("words", "expected"), ROWS, ids=[" ".join(row[0]) for row in ROWS])
def test_told(home: Path, words: list[str], expected: list[str]) -> None:
    assert told(home, *words) == expected


def test_charts_come_from_the_list_beside_the_index(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (home / ".cache" / "helm" / "repository" / "x-charts.txt").write_text("one\ntwo\n")
    monkeypatch.setattr(cataloguing, "read", None)
    assert told(home, "show", "chart", "x/") == ["x/one", "x/two", ":0"]


def test_the_index_is_read_once(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = told(home, "show", "chart", "x/chart-1", "--version", "")
    monkeypatch.setattr(cataloguing, "read", None)
    assert told(home, "show", "chart", "x/chart-1", "--version", "") == first
    assert len(first) == 4


def test_what_cannot_be_read_is_left_out(home: Path) -> None:
    (home / ".cache" / "helm" / "repository" / "x-index.yaml").write_text("nope")
    assert told(home, "pull", "x/") == [":4"]
    assert told(home, "pull", "x/chart-0", "--version", "") == [":4"]
