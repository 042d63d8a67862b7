"""Compiled modules in one file: given only for the source as it is now."""

from __future__ import annotations

import importlib
import os
import pathlib
import sys

import pytest

from charthouse.compiled import CompiledModules

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

_NAME = "charthouse_probe"


@pytest.fixture
def source(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[pathlib.Path]:
    path = tmp_path / f"{_NAME}.py"
    path.write_text("value = 1\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    yield path
    sys.modules.pop(_NAME, None)


def _value(modules: CompiledModules) -> int:
    """The module imported through `modules`, forgotten again."""
    modules.open()
    try:
        found: int = importlib.import_module(_NAME).value
        modules.keep()
        return found
    finally:
        sys.meta_path.remove(modules)
        sys.modules.pop(_NAME, None)


def _kept(folder: str) -> None:
    """The file as the second run leaves it."""
    assert _value(CompiledModules(folder)) == 1
    assert _value(CompiledModules(folder)) == 1


def test_a_module_is_given_from_the_file(source: pathlib.Path, tmp_path: pathlib.Path) -> None:
    _kept(str(tmp_path / "modules"))
    again = CompiledModules(str(tmp_path / "modules"))
    assert _value(again) == 1
    assert _NAME in again.entries and _NAME in again.given


@pytest.mark.parametrize("change", ["text", "time"])
def test_a_changed_source_is_imported_anew(change: str, source: pathlib.Path, tmp_path: pathlib.Path) -> None:
    _kept(str(tmp_path / "modules"))
    source.write_text("value = 20\n" if change == "text" else "value = 2\n")
    if change == "time":
        os.utime(source, (1, 1))
    importlib.invalidate_caches()
    expected = 20 if change == "text" else 2
    assert _value(CompiledModules(str(tmp_path / "modules"))) == expected
    again = CompiledModules(str(tmp_path / "modules"))
    assert _value(again) == expected
    assert _NAME in again.given


def test_a_lost_source_is_not_found(source: pathlib.Path, tmp_path: pathlib.Path) -> None:
    _kept(str(tmp_path / "modules"))
    source.unlink()
    importlib.invalidate_caches()
    with pytest.raises(ModuleNotFoundError):
        _value(CompiledModules(str(tmp_path / "modules")))


def test_damaged_code_is_not_run(source: pathlib.Path, tmp_path: pathlib.Path) -> None:
    _kept(str(tmp_path / "modules"))
    (path,) = (tmp_path / "modules").iterdir()
    path.write_bytes(path.read_bytes()[:-4] + b"\0\0\0\0")
    again = CompiledModules(str(tmp_path / "modules"))
    assert _value(again) == 1
