"""Our answers to the command lines of cases.txt against helm 4.3.1's, recorded by tools/record_goldens.py.

What may differ: our hint lines, our own sentences in help and completion, and the cases listed in DIFFERENT, each with
its reason.
"""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import io
import json
import os
import shlex
import shutil
from pathlib import Path
from typing import Any

import pytest

from charthouse.cli.main import run
from charthouse.cli.streams import Output

HERE = Path(__file__).parent
GOLDENS: list[dict[str, Any]] = json.loads((HERE / "goldens.json").read_text(encoding="utf-8"))

OURS = ("--dev-cluster", "--recover")
"""Flags Helm has not."""

DIFFERENT: dict[str, str] = {}
"""Case → why our answer is another one."""


def _words(case: str, directory: str) -> tuple[dict[str, str], list[str]]:
    parts = [part.replace("$DIR", directory) for part in shlex.split(case)]
    environ = {}
    while parts and "=" in parts[0] and not parts[0].startswith("-"):
        name, _, value = parts.pop(0).partition("=")
        environ[name] = value
    return environ, parts


def _written(directory: Path, known: dict[str, str]) -> dict[str, str]:
    out = {}
    for path in sorted(p for p in directory.rglob("*") if p.is_file()):
        data = path.read_bytes()
        if path.suffix == ".tgz":
            with contextlib.suppress(OSError, EOFError):
                data = gzip.decompress(data)
        digest = hashlib.sha256(data).hexdigest()[:16]
        relative = str(path.relative_to(directory))
        if known.get(relative) != digest:
            out[relative] = digest
    return out


def _usage(text: str) -> list[str]:
    """What is Helm's in a help text: the usage line and the names of flags, without what is ours."""
    _, _, usage = text.partition("Usage:\n")
    lines = [line.split("   ")[0].rstrip() for line in usage.splitlines()]
    return [line for line in lines if line.startswith(("  helm", "  -", "      --")) and not line.endswith(OURS)]


def _shape(case: str, stdout: str, stderr: str) -> tuple[Any, str]:
    stderr = "".join(line for line in stderr.splitlines(keepends=True) if not line.startswith("hint: "))
    if "\nUsage:\n" in stdout:
        return _usage(stdout), stderr
    if case.startswith("__complete"):
        return [line.partition("\t")[0] for line in stdout.splitlines()], stderr
    return stdout, stderr


def _copy_charts(target: Path) -> None:
    """With the modification time the goldens were recorded with: archives hold it."""
    shutil.copytree(HERE / "charts", target)
    for path in target.rglob("*"):
        if path.is_file():
            os.utime(path, (1_700_000_000, 1_700_000_000))


@pytest.fixture(scope="session")
def charts(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    target = tmp_path_factory.mktemp("golden") / "work"
    _copy_charts(target)
    return target, _written(target, {})


def _answer(case: str, directory: Path) -> tuple[int, str, str]:
    extra, arguments = _words(case, str(directory))
    environ = {"HOME": str(directory.parent / "home"), "TZ": "UTC", "CHARTHOUSE_CACHE": "", **extra}
    out, err = io.BytesIO(), io.BytesIO()
    stdout = Output(out)
    stderr = Output(err, before=stdout)
    status = run(arguments, environ, stdout, stderr, lambda: b"", program="helm")
    stdout.flush()
    stderr.flush()
    texts = []
    for data in (out.getvalue(), err.getvalue()):
        text = data.decode("utf-8", "surrogateescape")
        texts.append(text.replace(str(directory), "$DIR").replace(str(directory.parent), "$BASE"))
    return status, texts[0], texts[1]


@pytest.mark.parametrize("row", GOLDENS, ids=[row["case"] for row in GOLDENS])
def test_answers_like_helm(
    row: dict[str, Any], charts: tuple[Path, dict[str, str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = row["case"]
    if case in DIFFERENT:
        pytest.skip(DIFFERENT[case])
    directory, known = charts
    if "files" in row:
        directory = tmp_path / "work"
        _copy_charts(directory)
    monkeypatch.chdir(directory)
    status, stdout, stderr = _answer(case, directory)
    assert (status, _shape(case, stdout, stderr)) == (row["exit"], _shape(case, row["stdout"], row["stderr"]))
    if "files" in row:
        assert _written(directory, known) == row["files"]


def test_unused_differences() -> None:
    assert set(DIFFERENT) <= {row["case"] for row in GOLDENS}


def test_working_directory_is_kept_clean(charts: tuple[Path, dict[str, str]]) -> None:
    assert _written(*charts) == {}, "a row writes files, but its golden has none"
    assert os.path.isdir(charts[0])
