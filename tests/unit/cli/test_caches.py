"""What is kept between runs never changes what a run prints, whatever became of it meanwhile."""

from __future__ import annotations

import os
import pathlib
import subprocess
import sys

import pytest

import charthouse

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

_TEXT = (
    "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{ .Release.Name }}\ndata:\n"
    '{{- range until 900 }}\n  key-{{ . }}: {{ printf "%d-%s" . $.Chart.Name | quote }}  # a line that is long enough\n'
    "{{- end }}\n{{- /* " + "x" * 5000 + " */}}\n"
)


@pytest.fixture
def chart(tmp_path: pathlib.Path) -> pathlib.Path:
    place = tmp_path / "c"
    (place / "templates").mkdir(parents=True)
    (place / "Chart.yaml").write_text("apiVersion: v2\nname: c\nversion: 1.0.0\n")
    (place / "templates" / "map.yaml").write_text(_TEXT)
    return place


def _template(chart: pathlib.Path, cache: str) -> str:
    environ = {"HOME": str(chart.parent / "home"), "PATH": os.environ.get("PATH", ""), "CHARTHOUSE_CACHE": cache}
    source = os.path.dirname(os.path.dirname(charthouse.__file__))
    command = [sys.executable, "-m", "charthouse", "template", "r", str(chart)]
    done = subprocess.run(command, env={**environ, "PYTHONPATH": source}, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def _files(cache: pathlib.Path) -> list[pathlib.Path]:
    return sorted(path for path in cache.rglob("*") if path.is_file())


def _each(change: Callable[[bytes], bytes]) -> Callable[[pathlib.Path], None]:
    def spoil(cache: pathlib.Path) -> None:
        for path in _files(cache):
            path.write_bytes(change(path.read_bytes()))

    return spoil


def _flipped(data: bytes) -> bytes:
    """A damaged byte in every 500."""
    return b"".join(data[at : at + 499] + bytes([data[at + 499] ^ 0x55]) for at in range(0, len(data) - 500, 500))


def _given_away(cache: pathlib.Path) -> None:
    for path in cache.rglob("*"):
        os.chmod(path, 0o777)


def _linked(cache: pathlib.Path) -> None:
    os.rename(cache, cache.with_name("elsewhere"))
    os.mkdir(cache)
    for name in os.listdir(cache.with_name("elsewhere")):
        os.symlink(cache.with_name("elsewhere") / name, cache / name)


def _exchanged(cache: pathlib.Path) -> None:
    """Each file holds what another should."""
    files = _files(cache)
    contents = [path.read_bytes() for path in files]
    for path, data in zip(files, contents[1:] + contents[:1], strict=True):
        path.write_bytes(data)


_SPOILED = {
    "cut short": _each(lambda data: data[: len(data) // 2]),
    "empty": _each(lambda data: b""),
    "damaged": _each(_flipped),
    "end damaged": _each(lambda data: data[:-9] + b"123456789"),
    "not ours": _given_away,
    "links": _linked,
    "exchanged": _exchanged,
}


@pytest.mark.parametrize("name", _SPOILED)
def test_spoiled_caches_change_nothing(name: str, chart: pathlib.Path) -> None:
    cache = chart.parent / "cache"
    expected = _template(chart, str(cache))
    assert {path.parent.name for path in _files(cache)} == {"modules", "templates"}
    assert _template(chart, str(cache)) == expected
    assert _template(chart, str(cache)) == expected
    _SPOILED[name](cache)
    assert _template(chart, str(cache)) == expected
    assert _template(chart, str(cache)) == expected


@pytest.mark.parametrize("cache", ["", "/dev/null/below", "/proc/nothing/here"])
def test_without_a_place_for_caches(cache: str, chart: pathlib.Path) -> None:
    assert _template(chart, cache) == _template(chart, str(chart.parent / "cache"))


def test_changed_templates_are_read_anew(chart: pathlib.Path) -> None:
    cache = chart.parent / "cache"
    first = _template(chart, str(cache))
    path = chart / "templates" / "map.yaml"
    path.write_text(path.read_text().replace("key-", "new-"))
    assert _template(chart, str(cache)) == first.replace("key-", "new-")


def test_many_processes_at_once(chart: pathlib.Path) -> None:
    from concurrent.futures import ThreadPoolExecutor

    cache = str(chart.parent / "cache")
    with ThreadPoolExecutor(4) as pool:
        found = set(pool.map(lambda _: _template(chart, cache), range(6)))
    assert found == {_template(chart, "")}
    assert [path.name for path in _files(chart.parent / "cache") if "." in path.name] == []
