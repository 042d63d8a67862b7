"""Records what the real helm says about ``--set`` arguments, values schemas and linted charts, for the unit tests.

Usage: python tools/record_rules.py HELM, where HELM is Helm 4.3.1. Inputs stand beside the answers:
tests/unit/formats/sets.json, tests/unit/schema/cases.json, tests/unit/lint/charts.json.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

UNIT = Path(__file__).parent.parent / "tests" / "unit"
CHART = "apiVersion: v2\nname: c\nversion: 0.1.0\n"


def lay_out(folder: Path, files: dict[str, str]) -> None:
    """Writes a chart's files; a name ending in a slash is a folder."""
    for name, text in files.items():
        path = folder / name
        if name.endswith("/"):
            path.mkdir(parents=True, exist_ok=True)
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def answer(helm: str, files: dict[str, str], *arguments: str) -> tuple[int, str, str]:
    """Exit status, output and error output of a helm command whose argument CHART is a chart of these files."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "c"
        folder.mkdir()
        lay_out(folder, files)
        line = [str(folder) if argument == "CHART" else argument for argument in arguments]
        done = subprocess.run([helm, *line], capture_output=True, text=True, check=False)
        return done.returncode, done.stdout.replace(str(folder), "CHART"), done.stderr.replace(str(folder), "CHART")


def write(path: Path, rows: list[Any]) -> None:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))


def sets(helm: str) -> None:
    files = {"Chart.yaml": CHART, "templates/t.yaml": "v: {{ .Values | toJson | quote }}\n"}
    rows = []
    for flag, arguments in json.loads((UNIT / "formats" / "sets.json").read_text()).items():
        for argument in arguments:
            status, out, err = answer(helm, files, "template", "CHART", flag, argument)
            text = err.removeprefix("Error: ").rstrip("\n") if status else json.loads(out.split("\n")[2][3:])
            rows.append([flag, argument, status, text])
    write(UNIT / "formats" / "sets.jsonl", rows)


def schemas(helm: str) -> None:
    head = "Error: values don't meet the specifications of the schema(s) in the following chart(s):\nc:\n"
    rows = []
    for schema, values in json.loads((UNIT / "schema" / "cases.json").read_text()):
        files = {"Chart.yaml": CHART, "values.yaml": json.dumps(values), "values.schema.json": schema}
        _, _, err = answer(helm, files, "template", "CHART")
        rows.append([schema, values, err.removeprefix(head)])
    write(UNIT / "schema" / "answers.jsonl", rows)


def lint(helm: str) -> None:
    rows = []
    for files in json.loads((UNIT / "lint" / "charts.json").read_text()):
        status, out, _ = answer(helm, files, "lint", "CHART")
        rows.append([files, status, out])
    write(UNIT / "lint" / "answers.jsonl", rows)


if __name__ == "__main__":
    for record in (sets, schemas, lint):
        record(sys.argv[1])
