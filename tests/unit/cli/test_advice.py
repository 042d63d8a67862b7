"""What the command line advises where the error itself has no hint."""

from __future__ import annotations

from pathlib import Path

import pytest

from charthouse.cli.main import run
from charthouse.cli.streams import Output


class Sink:
    def __init__(self) -> None:
        self.data = b""

    def write(self, data: bytes) -> int:
        self.data += data
        return len(data)

    def flush(self) -> None: ...


def said(arguments: list[str], home: Path) -> list[str]:
    """Standard error of one command line."""
    out, err = Sink(), Sink()
    environ = {"HOME": str(home), "KUBECONFIG": str(home / "none")}
    stderr = Output(err)  # type: ignore[arg-type]  # a sink is all of BinaryIO that Output uses
    status = run(arguments, environ, Output(out), stderr, lambda: b"")  # type: ignore[arg-type]  # as above
    stderr.flush()
    assert status == 1
    return err.data.decode().splitlines()


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (["template", "x", "y", "--valuess", "f"], "hint: did you mean --values?"),
        (["template", "/nowhere/at/all"], "hint: there is nothing at /nowhere/at/all"),
        (["nosuch"], "hint: `charthouse --help` lists the commands"),
        (["list", "-o", "xml"], "hint: `charthouse list --help` lists what it takes"),
        (["template", "Bad_Name", "CHART"], "hint: did you mean bad-name? lower-case letters, digits, `-` and `.`"),
        (["template", "r", "CHART", "-f", "/nowhere.yaml"], "hint: there is no file /nowhere.yaml (looked from "),
        (["template", "r", "CHART", "--set", "a[70000]=x"], "hint: an index is a whole number from 0 to 65536"),
    ],
)
def test_every_error_has_a_hint(arguments: list[str], hint: str, tmp_path: Path) -> None:
    (tmp_path / "chart").mkdir()
    (tmp_path / "chart" / "Chart.yaml").write_text("apiVersion: v2\nname: c\nversion: 0.1.0\n")
    lines = said([a.replace("CHART", str(tmp_path / "chart")) for a in arguments], tmp_path)
    assert any(line.startswith(hint) for line in lines), lines


def test_a_template_error_shows_its_line(tmp_path: Path) -> None:
    (tmp_path / "c" / "templates").mkdir(parents=True)
    (tmp_path / "c" / "Chart.yaml").write_text("apiVersion: v2\nname: c\nversion: 0.1.0\n")
    (tmp_path / "c" / "templates" / "t.yaml").write_text("a: 1\nb: {{ .Values.x.y }}\n")
    lines = said(["template", "r", str(tmp_path / "c")], tmp_path)
    hints = [line for line in lines if line.startswith("hint:")]
    assert hints == [
        "hint: c/templates/t.yaml:2:13",
        "hint:     2 | b: {{ .Values.x.y }}",
        "hint:       |       ^^^^^^^^^^^",
        "hint: .Values.x is not set, neither by the chart's values.yaml nor by -f or --set",
        "hint: give it, as with --set x.y=…, or let the template allow for its absence: {{ (.Values.x).y }}",
    ]


def test_a_values_error_shows_its_line(tmp_path: Path) -> None:
    (tmp_path / "c").mkdir()
    (tmp_path / "c" / "Chart.yaml").write_text("apiVersion: v2\nname: c\nversion: 0.1.0\n")
    (tmp_path / "v.yaml").write_text("a: 1\nb: [1\nc: 2\n")
    lines = said(["template", "r", str(tmp_path / "c"), "-f", str(tmp_path / "v.yaml")], tmp_path)
    assert next(line for line in lines if line.startswith("hint:")).startswith(f"hint: {tmp_path}/v.yaml:")
