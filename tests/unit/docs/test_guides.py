"""The programs of docs/guides/library.md run, and print what stands below them."""

from __future__ import annotations

import contextlib
import io
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from charthouse import devcluster

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
