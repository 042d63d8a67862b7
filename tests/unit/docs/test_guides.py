"""The programs and commands of guides run, and print what stands below them."""

from __future__ import annotations

import contextlib
import io
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from charthouse import devcluster
from charthouse.cli.main import run
from charthouse.cli.streams import Output

ROOT = Path(__file__).parent.parent.parent.parent
BLOCKS = re.findall(r"```python\n(.*?)```(?:\n\n```\n(.*?)```)?", (ROOT / "docs/guides/library.md").read_text(), re.S)


@pytest.fixture(scope="module")
def kubeconfig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    path = tmp_path_factory.mktemp("guide") / "kubeconfig"
    with devcluster.start(speed=100) as cluster:
        cluster.write_kubeconfig(str(path))
        yield path


def test_the_library_guide(kubeconfig: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KUBECONFIG", str(kubeconfig))
    assert len(BLOCKS) == 7
    for program, expected in BLOCKS:
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile(program.replace("50", "4"), "library.md", "exec"), {"__name__": "guide"})
        if "progress=" in program:  # how often an object is looked at depends on the machine
            assert printed.getvalue().splitlines()[0] == expected.splitlines()[0]
        else:
            assert printed.getvalue() == expected


def test_the_errors_guide(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    text = (ROOT / "docs/guides/errors.md").read_text(encoding="utf-8")
    program, expected = re.findall(r"```python\n(.*?)```\n\n```\n(.*?)```", text, re.S)[0]
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(program, "errors.md", "exec"), {"__name__": "guide"})
    assert printed.getvalue() == expected
    commands = re.findall(r"^\$ charthouse (.*)\n((?:(?!```).*\n)*)", text, re.M)
    assert len(commands) == 3
    for command, said in commands:
        out, err = io.BytesIO(), io.BytesIO()
        stderr = Output(err)
        environ = {"HOME": "/nowhere", "CHARTHOUSE_CACHE": ""}
        assert run(shlex.split(command), environ, Output(out), stderr, lambda: b"") == 1
        stderr.flush()
        assert re.sub(r"^level=.*\n", "", err.getvalue().decode(), flags=re.M).rstrip() == said.rstrip()
