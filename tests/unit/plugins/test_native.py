"""Python packages as plugins: commands, getters, post-renderers and storage by entry point, looked up by need."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from charthouse.cli.main import run
from charthouse.cli.streams import Output

MODULE = """
def greet(arguments, host):
    host.out(f"hello {' '.join(arguments)} from {host.environ['HELM_NAMESPACE']}\\n")
    return len(arguments)

def read(url, access):
    if "fail" in url:
        raise ValueError("no")
    return b"read: " + url.encode()

def shout(manifests, arguments):
    return manifests.replace("old", arguments[0] if arguments else "")

def nothing(manifests, arguments):
    return ""

def memory(namespace, host):
    from charthouse.releases.storage.memory import MemoryDriver

    return MemoryDriver(namespace, now=lambda: 0.0)

broken = 7
"""
ENTRIES = """[charthouse.commands]
greet = native_sample:greet
broken = native_sample:broken
missing = native_sample:missing
[charthouse.getters]
vault = native_sample:read
[charthouse.post_renderers]
shout = native_sample:shout
nothing = native_sample:nothing
[charthouse.storage]
sample = native_sample:memory
"""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    packages = tmp_path / "packages"
    (packages / "sample-1.2.dist-info").mkdir(parents=True)
    (packages / "sample-1.2.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\nName: sample\nVersion: 1.2\n")
    (packages / "sample-1.2.dist-info" / "entry_points.txt").write_text(ENTRIES)
    (packages / "native_sample.py").write_text(MODULE)
    monkeypatch.syspath_prepend(str(packages))
    chart = tmp_path / "chart" / "templates"
    chart.mkdir(parents=True)
    (chart.parent / "Chart.yaml").write_text("apiVersion: v2\nname: chart\nversion: 0.1.0\n")
    (chart / "c.yaml").write_text("kind: A\nmetadata:\n  name: old\nv: {{ .Values.read }}\n")
    yield tmp_path
    sys.modules.pop("native_sample", None)


def play(home: Path, *words: str, **environ: str) -> tuple[int, str, str]:
    out, err = io.BytesIO(), io.BytesIO()
    environ = {"HOME": str(home), "CHARTHOUSE_CACHE": "", **environ}
    shown = Output(out)
    status = run(list(words), environ, shown, Output(err, before=shown), lambda: b"")
    shown.flush()
    return status, out.getvalue().decode(), err.getvalue().decode().replace(str(home), "~")


def test_command(home: Path) -> None:
    assert play(home, "greet", "a", "-n", "x", "--flag") == (2, "hello a --flag from x\n", "")
    assert play(home, "greet", HELM_NAMESPACE="y") == (0, "hello  from y\n", "")
    status, _, said = play(home, "greet", HELM_NO_PLUGINS="1")
    assert (status, said.splitlines()[0]) == (1, 'Error: unknown command "greet" for "helm"')
    assert play(home, "broken")[2].startswith("Error: native_sample:broken of the package sample is not callable\n")
    assert play(home, "missing")[2].startswith("Error: cannot load missing of the package sample: AttributeError: ")


def test_getter(home: Path) -> None:
    chart = str(home / "chart")
    status, out, _ = play(home, "template", "r", chart, "-f", "vault://x")
    assert (status, "v: vault://x" in out) == (0, True)
    status, _, said = play(home, "template", "r", chart, "-f", "vault://fail")
    assert said.startswith("Error: vault of the package sample cannot fetch: ValueError: no\n")
    assert play(home, "template", "r", chart, "-f", "none://x")[2].startswith("Error: open none://x: no such file")


def test_post_renderer(home: Path) -> None:
    chart = str(home / "chart")
    words = ("template", "r", chart, "--post-renderer")
    status, out, _ = play(home, *words, "shout", "--post-renderer-args", "NEW")
    assert (status, "  name: NEW\n" in out) == (0, True)
    assert play(home, *words, "nothing")[2].startswith(
        'Error: error while running post render on files: post-renderer "nothing" produced empty output\n'
    )
    assert play(home, *words, "other")[2].startswith(
        'Error: invalid argument "other" for "--post-renderer" flag: '
        "plugin: {Name:other Type:postrenderer/v1} not found\n"
    )
    (home / "run.sh").write_text("#!/bin/sh\nsed s/old/$1/\n")
    (home / "run.sh").chmod(0o755)
    for program in (str(home / "run.sh"), "run.sh"):
        done = play(home, *words, program, "--post-renderer-args", "PROG", PATH=f"{home}:/bin:/usr/bin")
        assert (done[0], "  name: PROG\n" in done[1]) == (0, True), done


def test_storage_is_one_that_is_there(home: Path) -> None:
    assert play(home, "version", HELM_DRIVER="sample")[0] == 0
    status, out, said = play(home, "version", HELM_DRIVER="other")
    assert (status, out) == (1, "")
    assert said.startswith('level=INFO msg="unknown driver \\"other\\""\n')


def test_listed_behind_helms(home: Path) -> None:
    lines = [line.split() for line in play(home, "plugin", "list")[1].splitlines()]
    assert ["greet", "1.2", "cli/v1", "python", "unknown", "package", "sample"] in lines
    assert ["vault", "1.2", "getter/v1", "python", "unknown", "package", "sample"] in lines
