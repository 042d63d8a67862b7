"""The lists of modules commands import are true, and a bundle of them imports each without the import machinery."""

from __future__ import annotations

import os
import pathlib
import subprocess
import sys

import pytest

from charthouse.startup_modules import _LISTS, modules_of
from tools.record_startup import TARGET, lists, text

_RUN = "import sys; sys.argv[0] = 'charthouse'; from charthouse.entry import entry; entry()"


def test_the_lists_are_up_to_date() -> None:
    for word, imported in lists().items():
        listed = [name.partition(".")[2] for name in modules_of(word)]
        assert set(listed) <= set(imported), "run python -m tools.record_startup"
        assert len(imported) - len(listed) < 5, "run python -m tools.record_startup"


def test_the_file_is_as_it_is_written() -> None:
    listed = {word: [name.partition(".")[2] for name in modules_of(word)] for word in _LISTS}
    assert TARGET.read_text() == text(listed)


def test_no_list_for_other_words() -> None:
    assert modules_of("nothing") == []


def _imports(home: pathlib.Path, arguments: list[str]) -> tuple[str, set[str]]:
    """What a command line prints, and the modules it imported by the import machinery."""
    environ = {"HOME": str(home), "PATH": os.environ["PATH"], "PYTHONPATH": str(TARGET.parent.parent)}
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-c", _RUN, *arguments],
        capture_output=True, text=True, check=True, env=environ, cwd=home,
    )  # fmt: skip
    return done.stdout, {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}


@pytest.mark.parametrize("word", ["template", "show", "version"])
def test_a_bundle_is_imported_at_once(word: str, tmp_path: pathlib.Path) -> None:
    arguments = {"template": ["template", "name", "web"], "show": ["show", "values", "web"], "version": ["version"]}
    _imports(tmp_path, ["create", "web"])
    first, imported = _imports(tmp_path, arguments[word])
    assert imported >= set(modules_of(word))  # the first run leaves an empty file, the second one the bundle
    assert _imports(tmp_path, arguments[word])[0] == first
    again, imported = _imports(tmp_path, arguments[word])
    assert again == first
    assert imported & set(modules_of(word)) == set()
