"""Indexes that somebody made to hurt: a million entries, nulls, names that lead elsewhere, addresses with passwords.

Time and memory of whole processes are held under limits that leave room for a busy machine; nothing is written outside
the home, and no password is told.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

MEMORY = 1600 << 20  # Helm takes as much for a third of the entries
CONFIG = "apiVersion: v1\nrepositories:\n- name: big\n  url: http://anna:secret@127.0.0.1:1/\n"
TOP = "apiVersion: v1\nentries:\n"


def charts(count: int) -> Iterator[str]:
    return (f"  c{n}:\n  - name: c{n}\n    version: 1.0.0\n    urls:\n    - c{n}.tgz\n" for n in range(count))


def versions(count: int) -> Iterator[str]:
    yield "  web:\n"
    yield from (f"  - name: web\n    version: 1.0.{n}\n" for n in range(count))


def prereleases(count: int) -> Iterator[str]:
    yield "  web:\n"
    yield from (f"  - name: web\n    version: 1.0.0-rc.{n}\n" for n in range(count))


def flow(count: int) -> Iterator[str]:
    yield "  web:\n"
    yield from (f"  - {{name: web, version: 1.0.{n}}}\n" for n in range(count))


def same(count: int) -> Iterator[str]:
    yield "  web:\n"
    yield "  - name: web\n    version: 1.0.0\n" * count


def nulls(count: int) -> Iterator[str]:
    yield "  web:\n"
    yield "  - null\n" * count


def elsewhere(count: int) -> Iterator[str]:
    yield "  ../../web:\n"
    yield "  - name: ../../web\n    version: 1.0.0\n" * count


def twice(count: int) -> Iterator[str]:
    yield "  web:\n  - name: web\n    version: 1.0.0\n" * count


def deep(count: int) -> Iterator[str]:
    yield "  web: " + "[" * count + "\n"


def aliases(count: int) -> Iterator[str]:
    yield "  a: &a [" + "x, " * 1000 + "]\n  web: [" + "*a, " * count + "]\n"


ROWS: list[tuple[Callable[[int], Iterator[str]], int, int, str]] = [
    (charts, 300_000, 60, "No results found"),
    (versions, 1_000_000, 45, "big/web\t1.0.999999"),
    (prereleases, 100_000, 20, "No results found"),
    (flow, 100_000, 20, "big/web\t1.0.99999"),
    (same, 300_000, 30, "big/web\t1.0.0"),
    (nulls, 100_000, 20, "skipping loading invalid entry for chart: empty entry"),
    (elsewhere, 50_000, 30, r"chart.metadata.name \"../../web\" is invalid"),
    (twice, 30_000, 30, r"already set in map"),
    (deep, 200_000, 30, "repo is corrupt or missing"),
    (aliases, 100_000, 30, "repo is corrupt or missing"),
]


def prepared(home: Path, index: Iterator[str]) -> None:
    """A home with one repository, whose index is this."""
    (home / ".config" / "helm").mkdir(parents=True)
    (home / ".config" / "helm" / "repositories.yaml").write_text(CONFIG)
    cache = home / ".cache" / "helm" / "repository"
    cache.mkdir(parents=True)
    with (cache / "big-index.yaml").open("w") as stream:
        stream.write(TOP)
        stream.writelines(index)


def run(home: Path, *arguments: str, seconds: int = 60) -> str:
    """What the command says, all of it; it may take so much time and memory."""

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))

    done = subprocess.run(
        [sys.executable, "-m", "charthouse", *arguments],
        env={"HOME": str(home), "PATH": os.environ["PATH"]}, cwd=home, preexec_fn=limit,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, timeout=600,
    )  # fmt: skip
    assert done.returncode in (0, 1), (done.returncode, done.stdout[-2000:])
    assert "Traceback" not in done.stdout, done.stdout[-2000:]
    assert "secret" not in done.stdout
    return done.stdout


@pytest.mark.parametrize(("kind", "count", "seconds", "said"), ROWS, ids=[row[0].__name__ for row in ROWS])
def test_time_and_memory_are_bounded(
    tmp_path: Path, kind: Callable[[int], Iterator[str]], count: int, seconds: int, said: str
) -> None:
    prepared(tmp_path, kind(count))
    first = run(tmp_path, "search", "repo", "web", seconds=seconds)
    assert said in first.replace(" \t", "\t").replace("  ", "") or said in first


ADDRESSES = [
    ("http://u:hidden@127.0.0.1:1/web-1.0.0.tgz", '127.0.0.1:1/web-1.0.0.tgz": dial tcp 127.0.0.1:1:'),
    ("../../../../etc/passwd", '127.0.0.1:1/etc/passwd": dial tcp'),
    ("file:///etc/passwd", 'scheme "file" not supported'),
    ("http://127.0.0.1:1/..%2f..%2fweb.tgz", 'Get "http://127.0.0.1:1/..%2f..%2fweb.tgz": dial tcp'),
    ("'http://[::1/web.tgz'", "failed to parse http://[::1/web.tgz as URL"),
    ("''", "127.0.0.1:1"),
]


@pytest.mark.parametrize(("address", "said"), ADDRESSES, ids=[row[0] for row in ADDRESSES])
def test_addresses_lead_nowhere(tmp_path: Path, address: str, said: str) -> None:
    prepared(tmp_path, iter([f"  web:\n  - name: web\n    version: 1.0.0\n    urls:\n    - {address}\n"]))
    before = {path for path in tmp_path.rglob("*") if "charthouse" not in str(path)}
    text = run(tmp_path, "pull", "big/web")
    assert said in text, text
    assert "hidden" not in text
    left = {path for path in tmp_path.rglob("*") if "charthouse" not in str(path)}
    assert {path for path in left - before if path.is_file()} == set()
