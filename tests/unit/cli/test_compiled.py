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


_PACKAGE = "charthouse_probe_package"
_SOURCES = {
    "__init__": f"from {_PACKAGE}.inner import value\nfrom {_PACKAGE} import last\n",
    "inner": "value = 1\n",
    "last": f"from {_PACKAGE}.inner import value as same\n",
}
_ORDER = [f"{_PACKAGE}.inner", f"{_PACKAGE}.last", _PACKAGE]


@pytest.fixture
def package(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[pathlib.Path]:
    path = tmp_path / _PACKAGE
    path.mkdir()
    for name, text in _SOURCES.items():
        (path / f"{name}.py").write_text(text)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    monkeypatch.setattr("charthouse.startup_modules.modules_of", {"probe": _ORDER}.get)
    yield path
    _forget()


def _forget() -> None:
    for name in _ORDER:
        sys.modules.pop(name, None)


def _bundled(folder: pathlib.Path) -> tuple[bool, int]:
    """Whether the bundle gave the package, and a value in it."""
    modules = CompiledModules(str(folder), "probe")
    modules.open()
    try:
        found: int = importlib.import_module(_PACKAGE).value
        if modules.bundled:
            package = sys.modules[_PACKAGE]
            assert package.last.same == found and package.__spec__ is not None
            assert package.__spec__.submodule_search_locations == package.__path__
            assert sys.modules[f"{_PACKAGE}.last"].__package__ == _PACKAGE
        modules.keep()
        return modules.bundled, found
    finally:
        sys.meta_path.remove(modules)
        _forget()


def test_a_bundle_gives_all_its_modules(package: pathlib.Path, tmp_path: pathlib.Path) -> None:
    assert [_bundled(tmp_path / "modules") for _ in range(4)] == [(False, 1), (False, 1), (True, 1), (True, 1)]


@pytest.mark.parametrize("change", ["text", "time", "lost"])
def test_a_bundle_of_changed_sources_is_not_run(change: str, package: pathlib.Path, tmp_path: pathlib.Path) -> None:
    for _ in range(2):
        _bundled(tmp_path / "modules")
    inner = package / "inner.py"
    if change == "lost":
        (package / "inner.py").unlink()
        inner = package / "inner"
        inner.mkdir()
        inner /= "__init__.py"
    inner.write_text("value = 20\n")
    os.utime(inner, (1, 1))
    importlib.invalidate_caches()
    assert [_bundled(tmp_path / "modules") for _ in range(2)] == [(False, 20), (True, 20)]


def test_a_damaged_bundle_is_not_run(package: pathlib.Path, tmp_path: pathlib.Path) -> None:
    for _ in range(2):
        _bundled(tmp_path / "modules")
    (path,) = (tmp_path / "modules").glob("*-probe")
    path.write_bytes(path.read_bytes()[:-4] + b"\0\0\0\0")
    assert [_bundled(tmp_path / "modules") for _ in range(2)] == [(False, 1), (True, 1)]


def test_a_run_that_imports_less_leaves_no_bundle(package: pathlib.Path, tmp_path: pathlib.Path) -> None:
    for _ in range(3):
        modules = CompiledModules(str(tmp_path / "modules"), "probe")
        modules.open()
        importlib.import_module(f"{_PACKAGE}.inner")
        sys.modules.pop(f"{_PACKAGE}.last")
        modules.keep()
        sys.meta_path.remove(modules)
        _forget()
    assert list((tmp_path / "modules").glob("*-probe")) == []


def test_a_list_older_than_the_sources_makes_a_bundle(
    package: pathlib.Path, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    longer = [f"{_PACKAGE}.gone", *_ORDER * 9]
    monkeypatch.setattr("charthouse.startup_modules.modules_of", {"probe": longer}.get)
    assert [_bundled(tmp_path / "modules") for _ in range(3)] == [(False, 1), (False, 1), (True, 1)]


def test_a_module_that_fails_in_the_bundle_fails_where_it_is_imported(
    package: pathlib.Path, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (package / "last.py").write_text("import os\nsame = 1\nif os.environ.get('PROBE'): raise ValueError('no')\n")
    for _ in range(2):
        _bundled(tmp_path / "modules")
    monkeypatch.setenv("PROBE", "1")
    modules = CompiledModules(str(tmp_path / "modules"), "probe")
    modules.open()
    try:
        assert _PACKAGE not in sys.modules
        with pytest.raises(ValueError, match="no"):
            importlib.import_module(_PACKAGE)
    finally:
        sys.meta_path.remove(modules)
