"""Odd and damaged charts: our answers against those helm 4.3.1 gave (odd/answers.json, tools/record_odd_charts.py).

The charts are data (odd/charts.json): every field of Chart.yaml with values it cannot have, values and schemas of every
sort, dependencies that are missing, doubled or misnamed, broken templates and manifests, strange files, links and
archives. What may differ are our hint lines alone.
"""

from __future__ import annotations

import base64
import contextlib
import gzip
import hashlib
import io
import json
import os
import shlex
import shutil
import zlib
from pathlib import Path
from typing import Any

import pytest

from charthouse.cli.main import run
from charthouse.cli.streams import Output

FOLDER = Path(__file__).parent / "odd"
DATA: dict[str, Any] = json.loads((FOLDER / "charts.json").read_text(encoding="utf-8"))
RECORDED: dict[str, Any] = json.loads((FOLDER / "answers.json").read_text(encoding="utf-8"))
ENVIRON = {"TZ": "UTC", "SOURCE_DATE_EPOCH": "1700000000", "KUBECONFIG": "/nonexistent", "CHARTHOUSE_CACHE": ""}


def _build(directory: Path, files: dict[str, Any]) -> None:
    for name, content in files.items():
        path = directory / name
        if content is None:
            path.mkdir(parents=True, exist_ok=True)
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, dict) and "link" in content:
            path.symlink_to(content["link"])
        elif isinstance(content, dict):
            path.write_bytes(base64.b64decode(content["base64"]))
        else:
            path.write_bytes(content.encode("utf-8", "surrogateescape"))


def _written(directory: Path) -> dict[str, str]:
    out = {}
    for folder, _, names in os.walk(directory):
        for path in (Path(folder, name) for name in names):
            if not path.is_file() or path.is_symlink():
                continue
            data = path.read_bytes()
            if path.suffix == ".tgz":
                with contextlib.suppress(OSError, EOFError, zlib.error):
                    data = gzip.decompress(data)
            out[str(path.relative_to(directory))] = hashlib.sha256(data).hexdigest()[:16]
    return out


def _answer(line: str, directory: Path) -> list[Any]:
    out, err = io.BytesIO(), io.BytesIO()
    stdout = Output(out)
    stderr = Output(err, before=stdout)
    environ = {"HOME": str(directory.parent / "home"), **ENVIRON}
    status = run(shlex.split(line), environ, stdout, stderr, lambda: b"", program="helm")
    stdout.flush()
    stderr.flush()
    texts = []
    for data in (out.getvalue(), err.getvalue()):
        text = data.decode("utf-8", "surrogateescape")
        texts.append(text.replace(str(directory), "$DIR").replace(str(directory.parent), "$BASE"))
    told = "".join(part for part in texts[1].splitlines(keepends=True) if not part.startswith("hint: "))
    return [status, texts[0], told]


def _recorded(chart: dict[str, Any], line: str) -> list[Any]:
    status, out, err, *files = RECORDED["answers"][f"{chart['name']}: {line}"]
    return [status, RECORDED["texts"][out], RECORDED["texts"][err], files[0] if files else {}]


@pytest.mark.parametrize("chart", DATA["charts"], ids=[chart["name"] for chart in DATA["charts"]])
def test_odd_chart(chart: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    directory = tmp_path / "work"
    directory.mkdir()
    without = chart.get("without", ())
    files = {name: text for name, text in DATA["base"].items() if name not in without} | chart["files"]
    _build(directory, files)
    before = _written(directory)
    monkeypatch.chdir(directory)
    for line in chart["lines"]:
        answer = _answer(line, directory)
        after = _written(directory)
        fresh = {path: digest for path, digest in after.items() if before.get(path) != digest}
        assert [*answer, fresh] == _recorded(chart, line), line
        if fresh:
            monkeypatch.chdir(tmp_path)
            shutil.rmtree(directory)
            directory.mkdir()
            _build(directory, files)
            monkeypatch.chdir(directory)


def test_every_answer_is_asked() -> None:
    asked = {f"{chart['name']}: {line}" for chart in DATA["charts"] for line in chart["lines"]}
    assert asked == set(RECORDED["answers"])
