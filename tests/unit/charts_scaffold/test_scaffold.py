"""`create`: names that are refused, files that are overwritten, starters. That they are Helm's files: tests/cli."""

from __future__ import annotations

from pathlib import Path

import pytest

from charthouse.charts.chart import ChartError
from charthouse.charts.scaffold import create, create_from, scaffold
from charthouse.logs import silent

REFUSED = [
    ("", "chart name must be between 1 and 250 characters"),
    ("x" * 251, "chart name must be between 1 and 250 characters"),
    ("a b", 'chart name must match the regular expression "^[a-zA-Z0-9._-]+$"'),
    ("ä", 'chart name must match the regular expression "^[a-zA-Z0-9._-]+$"'),
]


@pytest.mark.parametrize(("name", "text"), REFUSED)
def test_refuses_names(name: str, text: str, tmp_path: Path) -> None:
    with pytest.raises(ChartError) as caught:
        create(name, str(tmp_path), warn=print)
    assert str(caught.value) == text
    assert list(tmp_path.iterdir()) == []


def test_writes_every_file_and_warns_of_those_there(tmp_path: Path) -> None:
    warnings: list[str] = []
    target = Path(create("web", str(tmp_path), warn=warnings.append))
    assert warnings == []
    files = dict(scaffold("web"))
    assert {str(p.relative_to(target)) for p in target.rglob("*") if p.is_file()} == set(files)
    assert all((target / path).read_bytes() == content for path, content in files.items())
    assert (target / "charts").is_dir()
    assert b"<CHARTNAME>" not in b"".join(files.values())
    create("web", str(tmp_path), warn=warnings.append)
    assert len(warnings) == len(files)
    assert warnings[0] == f'WARNING: File "{target}/Chart.yaml" already exists. Overwriting.\n'


def test_needs_a_directory(tmp_path: Path) -> None:
    with pytest.raises(ChartError, match=r"stat .*/nowhere: no such file or directory"):
        create("web", str(tmp_path / "nowhere"), warn=print)
    (tmp_path / "web").write_text("a file")
    with pytest.raises(ChartError, match="already exists and is not a directory"):
        create("web", str(tmp_path), warn=print)


def test_from_a_starter(tmp_path: Path) -> None:
    starter = tmp_path / "starter"
    (starter / "templates").mkdir(parents=True)
    (starter / "Chart.yaml").write_text("apiVersion: v2\nname: starter\nversion: 9.9.9\n")
    (starter / "values.yaml").write_text("name: <CHARTNAME>  # kept\n")
    (starter / "templates" / "a.yaml").write_text("a: <CHARTNAME>\n")
    (starter / "other.txt").write_text("<CHARTNAME>\n")
    target = Path(create_from("web", str(tmp_path), str(starter), log=silent))
    assert (target / "values.yaml").read_text() == "name: web  # kept\n"
    assert (target / "templates" / "a.yaml").read_text() == "a: web\n"
    assert (target / "other.txt").read_text() == "<CHARTNAME>\n"
    assert (target / "Chart.yaml").read_text() == (
        "apiVersion: v2\nappVersion: 0.1.0\ndescription: A Helm chart for Kubernetes\nname: web\n"
        "type: application\nversion: 0.1.0\n"
    )
    with pytest.raises(ChartError, match=r"could not load .*/absent: stat .*: no such file or directory"):
        create_from("web", str(tmp_path), str(tmp_path / "absent"), log=silent)
