# ruff: noqa: E501 (tables of exact texts)
"""Packing and unpacking: Helm's members, order and headers."""

from __future__ import annotations

import gzip
import io
import pathlib
import tarfile

import pytest

from charthouse.charts import archive
from charthouse.charts.archive import expand, pack, save
from charthouse.charts.chart import Chart, ChartError, File, Metadata
from charthouse.charts.loader import load, load_archive
from charthouse.charts.metadata import Dependency, Lock
from charthouse.logs import silent

LONG = "templates/" + "d" * 90 + "/" + "e" * 60 + ".yaml"


def chart() -> Chart:
    values = File("values.yaml", b"a: 1 # kept\n", 1_600_000_000 * 10**9 + 600_000_000)
    made = Chart(
        Metadata("top", "1.2.3", api_version="v2"),
        templates=[File("templates/é.yaml", b"t"), File(LONG, b"l")],
        values={"a": 1.0},
        schema=b"{}",
        files=[File("README.md", b"r"), File("crds/c.yaml", b"c")],
        raw=[values],
        lock=Lock("2020-01-02T03:04:05.5Z", "sha256:0", [Dependency("sub", "0.1.0", "https://x")]),
        modified=1_500_000_000 * 10**9,
    )
    made.metadata.dependencies = [Dependency("sub", "*", "https://x", alias="s")]
    made.add_dependency(Chart(Metadata("sub", "0.1.0", api_version="v1"), modified=0))
    return made


def members(data: bytes) -> dict[str, tuple[int, int, bytes]]:
    with tarfile.open(fileobj=io.BytesIO(gzip.decompress(data))) as tar:
        out = {}
        for info in tar:
            stream = tar.extractfile(info)
            assert stream is not None
            assert (info.mode, info.uid, info.gid, info.uname) == (0o644, 0, 0, "")
            out[info.name] = (int(info.mtime), info.size, stream.read())
        return out


def test_members() -> None:
    data = pack(chart(), now=1_650_000_000.0)
    assert data[:10] == b"\x1f\x8b\x08\x14\0\0\0\0\0\xff"
    assert data[12:14] == b"rr"
    assert b"Helm\0" in data[:70]
    now = 1_650_000_000
    yaml = b"apiVersion: v2\ndependencies:\n- alias: s\n  name: sub\n  repository: https://x\n  version: '*'\nname: top\nversion: 1.2.3\n"
    lock = b'dependencies:\n- name: sub\n  repository: https://x\n  version: 0.1.0\ndigest: sha256:0\ngenerated: "2020-01-02T03:04:05.5Z"\n'
    expected = {
        "top/Chart.yaml": (1_500_000_000, yaml),
        "top/Chart.lock": (1_577_934_246, lock),
        "top/values.yaml": (1_600_000_001, b"a: 1 # kept\n"),
        "top/values.schema.json": (now, b"{}"),
        "top/templates/é.yaml": (now, b"t"),
        "top/" + LONG: (now, b"l"),
        "top/README.md": (now, b"r"),
        "top/crds/c.yaml": (now, b"c"),
        "top/charts/sub/Chart.yaml": (0, b"apiVersion: v1\nname: sub\nversion: 0.1.0\n"),
    }
    got = members(data)
    assert list(got) == list(expected)
    assert {name: (entry[0], entry[2]) for name, entry in got.items()} == expected


def test_source_date_epoch(tmp_path: pathlib.Path) -> None:
    first = pathlib.Path(save(chart(), str(tmp_path / "one"), epoch=1_000_000_000))
    second = pathlib.Path(save(chart(), str(tmp_path / "two"), epoch=1_000_000_000))
    assert first.name == "top-1.2.3.tgz"
    assert first.read_bytes() == second.read_bytes()
    assert {entry[0] for entry in members(first.read_bytes()).values()} == {1_000_000_000}
    assert b'generated: "2001-09-09T01:46:40Z"' in members(first.read_bytes())["top/Chart.lock"][2]


def test_reads_its_own_archives(tmp_path: pathlib.Path) -> None:
    path = save(chart(), str(tmp_path))
    again = load(path, log=silent)
    assert again.values == {"a": 1.0}
    assert [file.name for file in again.templates] == ["templates/é.yaml", LONG]
    assert [inner.name for inner in again.dependencies] == ["sub"]
    assert again.metadata.to_dict() == chart().metadata.to_dict()


def test_refuses(tmp_path: pathlib.Path) -> None:
    bad = chart()
    bad.schema = b"{"
    with pytest.raises(ChartError, match=r"^invalid JSON in values.schema.json$"):
        pack(bad)
    nameless = Chart(Metadata("", "1.0.0", api_version="v2"))
    with pytest.raises(ChartError, match=r"^chart validation: validation: chart.metadata.name is required$"):
        save(nameless, str(tmp_path))
    (tmp_path / "file").write_text("")
    with pytest.raises(ChartError, match=r"is not a directory|not a directory"):
        save(chart(), str(tmp_path / "file"))


def test_expands(tmp_path: pathlib.Path) -> None:
    data = pack(chart())
    target = pathlib.Path(expand(data, str(tmp_path / "here")))
    assert target == tmp_path / "here" / "top"
    assert (target / "templates" / "é.yaml").read_bytes() == b"t"
    assert load_archive(data, log=silent).name == "top"


def test_expands_through_no_symbolic_link(tmp_path: pathlib.Path) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "in" / "top").mkdir(parents=True)
    (tmp_path / "in" / "top" / "crds").symlink_to(tmp_path / "outside")
    with pytest.raises(ChartError, match="is a symbolic link"):
        expand(pack(chart()), str(tmp_path / "in"))
    assert list((tmp_path / "outside").iterdir()) == []


@pytest.mark.parametrize(
    "text",
    [
        "1970-01-01T00:00:00Z",
        "2024-02-29T23:59:59.999999999Z",
        "2026-11-23T06:40:11.5+02:00",
        "2026-11-23T06:40:11.499999-11:30",
        "1969-12-31T23:59:59Z",
        "2000-03-01T00:00:00+00:00",
        "9999-12-31T23:59:58.6Z",
    ],
)
def test_seconds_of_a_lock(text: str) -> None:
    from datetime import datetime, timedelta

    moment = datetime.fromisoformat(text)
    rounded = (moment + timedelta(seconds=int(moment.microsecond >= 500_000))).replace(microsecond=0)
    assert archive._generated(text) == int(rounded.timestamp())


def test_every_day_counts() -> None:
    from datetime import date, timedelta

    day = date(1896, 1, 1)
    while day.year < 2105:
        assert archive._days(day.year, day.month, day.day) == (day - date(1970, 1, 1)).days
        day += timedelta(days=17)
