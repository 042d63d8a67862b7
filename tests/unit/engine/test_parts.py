"""Globs, the cache of parsed templates, limits, lint mode, lookups."""

from __future__ import annotations

import os
import pathlib

import pytest

from charthouse.charts.capabilities import default_capabilities
from charthouse.charts.chart import Chart, File, Metadata
from charthouse.charts.values import to_render_values
from charthouse.engine.cache import TreeCache
from charthouse.engine.glob import compile_glob
from charthouse.engine.render import RenderError, render
from charthouse.errors import CharthouseError
from charthouse.gotemplate import Limits
from charthouse.logs import LogRecord, silent

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def rendered(text: str, **options: Any) -> str:
    chart = Chart(Metadata("c", "1.0.0", api_version="v2"), templates=[File("templates/x", text.encode())])
    values = to_render_values(
        chart, {}, name="r", namespace="n", revision=1, is_install=True, is_upgrade=False,
        capabilities=default_capabilities(), log=silent,
    )  # fmt: skip
    options.setdefault("log", silent)
    return render(chart, values, **options)["c/templates/x"]


@pytest.mark.parametrize(
    ("pattern", "path", "expected"),
    [
        ("*.txt", "a.txt", True),
        ("*.txt", "d/a.txt", False),
        ("**.txt", "d/e/a.txt", True),
        ("d/**", "d/e/f", True),
        ("d/**", "d", False),
        ("**/a", "d/a", True),
        ("**/a", "a", False),
        ("{a,b*}/c", "bb/c", True),
        ("{a,{b,c}}", "c", True),
        ("[a-c]x", "bx", True),
        ("[!a-c]x", "bx", False),
        ("[abc]", "c", True),
        ("\\*", "*", True),
        ("a,b", "a,b", True),
        ("a}", "a}", True),
        ("?", "/", False),
        ("[a", "anything/at/all", True),
        ("[b-a]", "anything", True),
    ],
)
def test_glob(pattern: str, path: str, expected: bool) -> None:
    assert compile_glob(pattern)(path) is expected


def test_glob_ends_quickly() -> None:
    assert compile_glob("**a" * 60 + "b")("a" * 2000) is False
    assert compile_glob("{" * 500 + "a")("a") is True


BIG = "{{/* " + "x" * 5000 + ' */}}{{ define "d" }}[{{ . }}]{{ end }}{{ range until 3 }}{{ include "d" . }}{{ end }}'


def test_cache_gives_the_same_text(tmp_path: pathlib.Path) -> None:
    cache = TreeCache(str(tmp_path / "trees"))
    assert [rendered(BIG, cache=cache) for _ in range(2)] == ["[0][1][2]"] * 2
    (file,) = (tmp_path / "trees").iterdir()
    assert file.stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "trees").stat().st_mode & 0o777 == 0o700
    file.write_bytes(file.read_bytes()[:-1] + b"?")
    assert rendered(BIG, cache=cache) == "[0][1][2]"
    assert rendered(BIG + "!", cache=cache) == "[0][1][2]!"


def test_cache_trusts_no_open_directory(tmp_path: pathlib.Path) -> None:
    place = tmp_path / "trees"
    cache = TreeCache(str(place))
    rendered(BIG, cache=cache)
    place.chmod(0o777)
    key = bytes.fromhex(next(place.iterdir()).name)
    assert cache.load(key) is None
    place.chmod(0o700)
    assert cache.load(key) is not None
    (tmp_path / "link").symlink_to(place)
    assert TreeCache(str(tmp_path / "link")).load(key) is None
    next(place.iterdir()).chmod(0o644)
    assert cache.load(key) is None


def test_cache_stays_below_its_limit(tmp_path: pathlib.Path) -> None:
    cache = TreeCache(str(tmp_path / "trees"), limit=30_000)
    for number in range(8):
        rendered(BIG + str(number), cache=cache)
        os.sync()
    assert sum(file.stat().st_size for file in (tmp_path / "trees").iterdir()) <= 30_000


def test_cache_needs_no_writable_place(tmp_path: pathlib.Path) -> None:
    (tmp_path / "file").write_text("")
    assert rendered(BIG, cache=TreeCache(str(tmp_path / "file" / "below"))) == "[0][1][2]"


def test_limits() -> None:
    with pytest.raises(RenderError, match="steps"):
        rendered("{{ range until 100000 }}{{ end }}", limits=Limits(steps=1000))


def test_lint_mode_only_logs() -> None:
    said: list[LogRecord] = []
    text = '[{{ required "need" .Values.x }}{{ fail "no" }}{{ required "e" "" }}]'
    assert rendered(text, lint_mode=True, log=said.append) == "[]"
    assert [(r.level, r.message, r.attributes) for r in said] == [
        ("WARN", "missing required value", {"message": "need"}),
        ("INFO", "funcMap fail", {"message": "no"}),
        ("WARN", "missing required values", {"message": "e"}),
    ]


def test_strict_mode() -> None:
    with pytest.raises(RenderError) as caught:
        rendered("{{ .Values.x }}", strict=True)
    assert str(caught.value) == (
        'c/templates/x:1:10\n  executing "c/templates/x" at <.Values.x>:\n    map has no entry for key "x"'
    )
    assert (caught.value.path, caught.value.line, caught.value.column) == ("c/templates/x", 1, 10)


def test_lookup() -> None:
    def find(version: str, kind: str, namespace: str, name: str) -> dict[str, Any]:
        if kind == "Broken":
            raise CharthouseError("the server says no")
        return {"found": f"{version} {kind} {namespace} {name}"}

    text = '{{ (lookup "v1" "Secret" "ns" "s").found }}'
    assert rendered(text) == ""
    assert rendered(text, lookup=find) == "v1 Secret ns s"
    assert rendered(text, lookup=find, lint_mode=True) == ""
    with pytest.raises(RenderError, match="error calling lookup: the server says no"):
        rendered('{{ lookup "v1" "Broken" "" "" }}', lookup=find)


def test_recursion_ends() -> None:
    with pytest.raises(
        RenderError, match=r"rendering template has a nested reference name: r: unable to execute template$"
    ):
        rendered('{{ define "r" }}{{ include "r" . }}{{ end }}{{ include "r" . }}')


def test_host_names_are_not_looked_up() -> None:
    assert rendered('[{{ getHostByName "localhost" }}]') == "[]"
