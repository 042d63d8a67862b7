"""A chart that was sent is the chart that is loaded."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from charthouse.charts.chart import Chart, File
from charthouse.charts.loader import load, load_archive
from charthouse.charts.metadata import Metadata
from charthouse.logs import silent
from charthouse.releases.codec import chart_to_json
from charthouse.tiller.client.errors import NotCarried
from charthouse.tiller.client.packing import archive_of

CHART = Path(__file__).parent.parent.parent / "cluster" / "charts" / "orchard"


def write(folder: Path, files: dict[str, str]) -> Path:
    for number, (name, text) in enumerate(files.items()):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        os.utime(path, ns=(0, (1_700_000_000 + number) * 10**9 + 123_456_789 - number))
    return folder


def same(one: Chart, other: Chart) -> None:
    assert chart_to_json(one) == chart_to_json(other)
    assert [(file.name, file.data) for file in one.raw] == [(file.name, file.data) for file in other.raw]
    assert [inner.name for inner in one.dependencies] == [inner.name for inner in other.dependencies]
    for inner, outer in zip(one.dependencies, other.dependencies, strict=True):
        same(inner, outer)


def test_every_part_and_every_time_arrives(tmp_path: Path) -> None:
    folder = write(
        tmp_path / "web",
        {
            "Chart.yaml": "apiVersion: v2\nname: web\nversion: 1.0.0 # as written\ndependencies:\n- name: inner\n"
            "  version: 1.0.0\n  repository: file://charts/inner\n",
            "Chart.lock": "dependencies:\n- name: inner\n  repository: file://charts/inner\n  version: 1.0.0\n"
            "digest: sha256:0\ngenerated: '2026-01-01T00:00:00.5Z'\n",
            "values.yaml": "# a comment\na: 1\n",
            "values.schema.json": '{"type": "object"}',
            ".helmignore": "*.secret\n",
            "key.secret": "left out",
            "templates/a.yaml": "a: {{ .Values.a }}\n",
            "files/ü.txt": "x" * 1000,
            "charts/inner/Chart.yaml": "apiVersion: v2\nname: inner\nversion: 1.0.0\n",
            "charts/inner/templates/" + "long/" * 40 + "b.yaml": "b: 1\n",
        },
    )
    sent = load(str(folder), log=silent)
    assert not any(file.name == "key.secret" for file in sent.raw)
    same(sent, load_archive(archive_of(sent), log=silent))


def test_an_archive_is_sent_on() -> None:
    sent = load(str(CHART), log=silent)
    once = load_archive(archive_of(sent), log=silent)
    same(once, load_archive(archive_of(once), log=silent))
    same(sent, once)


def test_a_chart_made_in_memory_is_packed() -> None:
    chart = Chart(Metadata(), templates=[File("templates/a.yaml", b"a: 1\n")])
    chart.metadata.name, chart.metadata.version, chart.metadata.api_version = "made", "1.0.0", "v2"
    found = load_archive(archive_of(chart), log=silent)
    assert (found.name, [file.data for file in found.templates]) == ("made", [b"a: 1\n"])


@pytest.mark.parametrize("name", ["templates/a\\b.yaml", "..a", "a//b", "c:/x"])
def test_names_an_archive_cannot_hold_are_refused(name: str) -> None:
    with pytest.raises(NotCarried, match="cannot be sent"):
        archive_of(Chart(Metadata(), raw=[File("Chart.yaml", b""), File(name, b"")]))
