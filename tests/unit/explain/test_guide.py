"""What docs/guides/explain.md shows is what the command and the library print."""

from __future__ import annotations

import contextlib
import io
import re
import shlex
from pathlib import Path

import pytest

from charthouse.cli import main
from charthouse.cli.streams import Output

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs/guides/explain.md").read_text(encoding="utf-8")
SESSIONS = re.findall(r"```console\n\$ charthouse ([^\n]*)\n(.*?)```", PAGE, re.S)
PROGRAMS = re.findall(r"```python\n(.*?)```\n\n```\n(.*?)```", PAGE, re.S)


@pytest.mark.parametrize(("command", "shown"), SESSIONS, ids=range(len(SESSIONS)))
def test_sessions(command: str, shown: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    out = io.BytesIO()
    output = Output(out)
    main.run(shlex.split(command), {"HOME": "/dev/null"}, output, output, lambda: b"")
    output.flush()
    assert out.getvalue().decode() == shown


@pytest.mark.parametrize(("program", "shown"), PROGRAMS, ids=range(len(PROGRAMS)))
def test_programs(program: str, shown: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(compile(program, "explain.md", "exec"), {})
    assert out.getvalue() == shown


def test_there_are_some() -> None:
    assert len(SESSIONS) >= 5
    assert PROGRAMS
