"""Linting agrees with what Helm 4.3.1 was recorded to say (tools/record_rules.py)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from charthouse.charts.archive import pack
from charthouse.charts.capabilities import parse_kube_version
from charthouse.charts.loader import load_directory
from charthouse.lint import ERROR, INFO, WARNING, run
from charthouse.logs import silent
from tools.record_rules import lay_out

ROWS = [json.loads(line) for line in (Path(__file__).parent / "answers.jsonl").read_text().split("\n") if line]


def outcome(path: Path) -> tuple[int, str]:
    """Exit status and output of `lint PATH` as the command line puts them together."""
    report = run(str(path), {}, log=silent)
    lines = [f"==> Linting {path}"]
    lines += [str(message) for message in report.messages] or [f"Error {text}" for text in report.failures]
    status = 1 if report.failures else 0
    summary = "" if status else "1 chart(s) linted, 0 chart(s) failed\n"
    return status, ("\n".join(lines) + "\n\n" + summary).replace(str(path), "CHART")


@pytest.mark.parametrize(("files", "status", "expected"), ROWS)
def test_recorded(tmp_path: Path, files: dict[str, str], status: int, expected: str) -> None:
    chart = tmp_path / "c"
    chart.mkdir()
    lay_out(chart, files)
    assert outcome(chart) == (status, expected)


CHART = {
    "Chart.yaml": "apiVersion: v2\nname: c\nversion: 0.1.0\n",
    "values.yaml": "a: 1\n",
    "templates/a.yaml": "apiVersion: discovery.k8s.io/v1beta1\nkind: EndpointSlice\nmetadata: {name: a}\n",
}


def test_severities_and_strictness(tmp_path: Path) -> None:
    lay_out(tmp_path, CHART)
    report = run(str(tmp_path), {}, log=silent)
    assert [message.severity for message in report.messages] == [INFO, WARNING]
    assert (report.failures, report.has_warnings_or_errors) == ((), True)
    strict = run(str(tmp_path), {}, strict=True, log=silent)
    assert strict.failures == (report.messages[1].text,)


def test_kubernetes_version(tmp_path: Path) -> None:
    lay_out(tmp_path, CHART)
    report = run(str(tmp_path), {}, kube_version=parse_kube_version("1.20"), log=silent)
    assert [str(message) for message in report.messages] == ["[INFO] Chart.yaml: icon is recommended"]


def test_user_values_reach_schema_and_templates(tmp_path: Path) -> None:
    lay_out(tmp_path, {**CHART, "values.schema.json": '{"properties": {"a": {"type": "string"}}}'})
    assert [message.severity for message in run(str(tmp_path), {"a": "x"}, log=silent).messages] == [INFO, WARNING]
    broken = run(str(tmp_path), {}, log=silent).messages
    assert [(message.severity, message.path) for message in broken] == [
        (INFO, "Chart.yaml"),
        (ERROR, "values.yaml"),
        (ERROR, "templates/"),
    ]
    skipped = run(str(tmp_path), {}, skip_schema=True, log=silent).messages
    assert [message.severity for message in skipped] == [INFO, WARNING]


def test_archive(tmp_path: Path) -> None:
    lay_out(tmp_path / "c", CHART)
    archive = tmp_path / "c-0.1.0.tgz"
    archive.write_bytes(pack(load_directory(str(tmp_path / "c"), log=silent)))
    report = run(str(archive), {}, log=silent)
    assert [message.path for message in report.messages] == ["Chart.yaml", "templates/a.yaml"]
    missing = run(str(tmp_path / "no.tgz"), {}, log=silent)
    assert missing.failures == (f"unable to open tarball: open {tmp_path}/no.tgz: no such file or directory",)
