"""`--compat` and `--exact` on the command line."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from charthouse.cli.main import run
from charthouse.cli.streams import Output


def answer(
    folder: Path, *words: str, environ: dict[str, str] | None = None, stdin: bytes = b""
) -> tuple[int, str, str]:
    out, err = io.BytesIO(), io.BytesIO()
    output = Output(out)
    errors = Output(err, before=output)
    variables = {"HOME": str(folder), "KUBECONFIG": str(folder / "none"), "CHARTHOUSE_CACHE": "", **(environ or {})}
    status = run(list(words), variables, output, errors, lambda: stdin)
    output.flush()
    errors.flush()
    return status, out.getvalue().decode(), err.getvalue().decode()


@pytest.fixture
def chart(tmp_path: Path) -> str:
    folder = tmp_path / "c"
    (folder / "templates").mkdir(parents=True)
    (folder / "Chart.yaml").write_text("apiVersion: v2\nname: c\nversion: 0.1.0\n")
    (folder / "values.yaml").write_text("n: 10000000\nnothing: null\n")
    (folder / "templates" / "t.yaml").write_text("a: {{ .Values.m }} {{ hasKey .Values `nothing` }}\n\n")
    return str(folder)


def test_compat(chart: str, tmp_path: Path) -> None:
    helm4 = answer(tmp_path, "template", "r", chart, "--set", "m=1")
    helm3 = answer(tmp_path, "template", "r", chart, "--set", "m=1", "--compat", "helm3")
    assert helm4 == (0, "---\n# Source: c/templates/t.yaml\na: 1 false\n", "")
    assert helm3 == (0, "---\n# Source: c/templates/t.yaml\na: 1 true\n", "")
    variable = {"CHARTHOUSE_COMPAT": "helm3"}
    assert answer(tmp_path, "template", "r", chart, "--set", "m=1", environ=variable) == helm3
    assert answer(tmp_path, "template", "r", chart, "--set", "m=1", "--compat=helm4", environ=variable) == helm4


def test_unknown_profile(chart: str, tmp_path: Path) -> None:
    assert answer(tmp_path, "template", "r", chart, "--compat", "helm9") == (
        1,
        "",
        'Error: unknown compatibility profile "helm9"\nhint: the profiles are helm4, helm3 and helm2\n',
    )


def test_install_renders_by_the_profile(chart: str, tmp_path: Path) -> None:
    words = ("install", "r", chart, "--dry-run=client", "--set", "m=1", "--compat", "helm3")
    status, out, _ = answer(tmp_path, *words)
    assert (status, out.partition("MANIFEST:\n")[2]) == (0, "---\n# Source: c/templates/t.yaml\na: 1 true\n\n")


def test_exact(chart: str, tmp_path: Path) -> None:
    status, out, err = answer(tmp_path, "template", "r", chart, "--exact", "-f", "-", stdin=b"m: 20000000\n")
    assert (status, out) == (0, "---\n# Source: c/templates/t.yaml\na: 20000000 false\n")
    assert err == (
        'level=WARN msg="exact numbers: Helm prints otherwise" file=c/templates/t.yaml line=1 helm="a: 2e+07 false" '
        'ours="a: 20000000 false" template=c/templates/t.yaml:1 values=".Values.m .Values"\n'
    )


def test_exact_report(chart: str, tmp_path: Path) -> None:
    words = ("template", "r", chart, "--exact", "--set-json", "m=30000000")
    path = tmp_path / "report.json"
    status, _, err = answer(tmp_path, *words, "--exact-report", str(path))
    assert (status, err) == (0, "")
    (found,) = json.loads(path.read_text())["differences"]
    assert (found["file"], found["helm"], found["ours"]) == (
        "c/templates/t.yaml",
        "a: 3e+07 false",
        "a: 30000000 false",
    )
    status, _, err = answer(tmp_path, *words, "--exact-report", str(tmp_path))
    assert (status, err.splitlines()[0]) == (1, f"Error: open {tmp_path}: is a directory")
    assert answer(tmp_path, "template", "r", chart, "--exact-report", str(path))[2] == ""
