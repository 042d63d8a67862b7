"""`cluster start`: what is refused before anything is started."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from charthouse.cli.dev_cluster import Protection
from charthouse.cli.main import run
from charthouse.cli.streams import Output


def answer(folder: Path, *words: str) -> tuple[int, str, str]:
    out, err = io.BytesIO(), io.BytesIO()
    output = Output(out)
    errors = Output(err, before=output)
    status = run(["cluster", "start", *words], {"HOME": str(folder)}, output, errors, lambda: b"")
    output.flush()
    errors.flush()
    return status, out.getvalue().decode(), err.getvalue().decode()


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (("--authorization", "x"), 'Error: invalid --authorization "x"\nhint: it is simple or rbac\n'),
        (("--forward", "x"), 'Error: invalid --forward "x"\nhint: it is PORT=ADDRESS, as in 44134=127.0.0.1:5000\n'),
        (
            ("--forward", "80=1", "--forward", "x=1"),
            'Error: invalid --forward "x=1"\nhint: it is PORT=ADDRESS, as in 44134=127.0.0.1:5000\n',
        ),
    ],
)
def test_refusals(tmp_path: Path, words: tuple[str, ...], text: str) -> None:
    assert answer(tmp_path, *words) == (1, "", text)
    assert list(tmp_path.iterdir()) == []


def test_certificates_need_rbac(tmp_path: Path) -> None:
    status, out, error = answer(tmp_path, "--pki", "x")
    assert (status, out) == (1, "")
    assert error.startswith("Error: --pki goes with --authorization rbac\n")


def test_nothing_is_passed_on_for_what_is_off() -> None:
    assert Protection().words() == []
    words = Protection("rbac", "/a", "/b", ("1=2", "3=4")).words()
    assert words == ["--authorization", "rbac", "--pki", "/a", "--audit-log", "/b", "--forward", "1=2,3=4"]
