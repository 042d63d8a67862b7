"""The bench's jobs on repositories: searching, indexing, updating, and bringing dependencies up to date.

Servers are as far away as 50 ms (``latency``). Each tool has caches of its own, which are warm unless a job says
`first`: then what charthouse keeps of indexes and archives is removed before each of its runs (Helm keeps nothing of
the kind).
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from benchmarks.indexes import archives, index
from benchmarks.measuring import OURS, PEERS, ROOT, Bench, Differs, Row, Sample

__all__ = ["repository_jobs"]

_TOOLS = ("charthouse", "helm")
_LARGE, _USUAL = 50_000_000, 1_000_000  # bytes of an index
_REPOSITORIES = 20
_DEPENDENCIES = 30
_DELAY = 0.05


def repository_jobs(folder: Path) -> list[tuple[str, Callable[[Bench], Row]]]:
    """Names and what measures them, in the order they are run. folder: of the bench; holds the chart `created`."""
    jobs: list[tuple[str, Callable[[_Place], Row]]] = [
        ("search repo, 50 MB index, second", lambda place: _search(place, 0.05)),
        ("search repo, 50 MB index, second: memory", lambda place: _memory(place, 0.2)),
        ("search repo, 50 MB index, first", lambda place: _search(place, 0.5, first=True)),
        ("search repo, 50 MB JSON index, second", lambda place: _search(place, 0.05, as_json=True)),
        ("search repo, 50 MB JSON index, first", lambda place: _search(place, 0.5, first=True, as_json=True)),
        ("repo index, 300 archives", lambda place: _index(place, 0.4)),
        ("repo index, 300 archives, first", lambda place: _index(place, 0.4, first=True)),
        ("repo update, 20 repositories", lambda place: _update(place, 0.4, "")),
        ("repo update, 20 repositories, all changed", lambda place: _update(place, 0.4, "new/")),
        ("dependency update, 30 dependencies", lambda place: _dependencies(place, 0.4)),
    ]
    return [(name, _in_place(name, run, folder)) for name, run in jobs]


def _in_place(name: str, run: Callable[[_Place], Row], folder: Path) -> Callable[[Bench], Row]:
    return lambda bench: run(_Place(name, bench, folder))


class _Place:
    """Where a job is run. root: a folder that jobs share what they need in; it goes with the bench's."""

    def __init__(self, name: str, bench: Bench, folder: Path) -> None:
        self.name = name
        self.bench = bench
        self.created = folder / "created"
        self.root = folder / "repositories"
        self.root.mkdir(exist_ok=True)

    def flags(self, tool: str) -> list[str]:
        """The homes of a tool as a command line says it."""
        home = self.root / tool
        return [
            "--repository-config", str(home / "repositories.yaml"), "--repository-cache", str(home / "repository"),
            "--content-cache", str(home / "content"),
        ]  # fmt: skip

    def add(self, repositories: dict[str, str]) -> None:
        """Have both tools know these repositories (name → address), and no others."""
        entries = "".join(f"- name: {name}\n  url: {url}\n" for name, url in repositories.items())
        for tool in _TOOLS:
            home = self.root / tool
            shutil.rmtree(home, ignore_errors=True)
            (home / "repository").mkdir(parents=True)
            (home / "repositories.yaml").write_text(f"apiVersion: v1\nrepositories:\n{entries}")

    def measure(
        self, target: float, arguments: Callable[[str], Sequence[str]], before: Callable[[], None] = lambda: None
    ) -> Row:
        """Runs in turn. arguments: of a tool; before: called before each of ours."""
        pairs: list[tuple[Sample, Sample]] = []
        for number in range(max(self.bench.runs // 2, 3) + 1):
            before()
            ours = self.bench.sample(OURS, [*arguments("charthouse"), *self.flags("charthouse")])
            helm = self.bench.sample(PEERS / "helm4", [*arguments("helm"), *self.flags("helm")])
            if ours.status or helm.status:
                raise Differs(f"exit status {ours.status}, Helm's {helm.status}: {' '.join(arguments('charthouse'))}")
            if number:  # the first pair warms the caches of both
                pairs.append((ours, helm))
        return self.bench.row(self.name, pairs, target)

    def forget(self, what: str) -> Callable[[], None]:
        """Removes a part of what charthouse keeps."""
        return lambda: shutil.rmtree(Path(self.bench.environment["CHARTHOUSE_CACHE"]) / what, ignore_errors=True)


def _search(place: _Place, target: float, *, first: bool = False, as_json: bool = False) -> Row:
    place.add({"large": "http://127.0.0.1:1/"})
    text = place.root / ("large.json" if as_json else "large.yaml")
    if not text.exists():
        text.write_text(_as_json(index(_LARGE)) if as_json else index(_LARGE))
    for tool in _TOOLS:
        shutil.copyfile(text, place.root / tool / "repository" / "large-index.yaml")
    before = place.forget("indexes") if first else lambda: None
    row = place.measure(target, lambda tool: ["search", "repo", "database"], before)
    if not first and not as_json:
        _seconds[place.root] = row
    return row


# The second searches of a bench, for the job that looks at their memory.
_seconds: dict[Path, Row] = {}


def _as_json(text: str) -> str:
    """By way of charthouse's reader, in a process of its own for the memory it takes."""
    program = (
        "import json, sys\nfrom charthouse.formats.yaml import load_strictly\n"
        "json.dump(load_strictly(sys.stdin.read()), sys.stdout)"
    )
    done = subprocess.run([sys.executable, "-c", program], input=text, capture_output=True, text=True, check=True)
    return done.stdout


def _memory(place: _Place, target: float) -> Row:
    """Peaks instead of times."""
    row = _seconds.get(place.root) or _search(place, target)
    ratio = row.figures["ours_peak_kib"] / row.figures["helm_peak_kib"]
    return Row(place.name, row.text, ratio, target, row.figures)


def _index(place: _Place, target: float, *, first: bool = False) -> Row:
    folders = {tool: place.root / f"archives-{tool}" for tool in _TOOLS}
    if not folders["helm"].exists():
        archives(folders["helm"], 300, place.created)
        shutil.copytree(folders["helm"], folders["charthouse"])
    before = place.forget("archives") if first else lambda: None
    return place.measure(target, lambda tool: ["repo", "index", str(folders[tool])], before)


@contextmanager
def _server(folder: Path) -> Iterator[str]:
    """What serves a folder from far away; its address."""
    command = [sys.executable, str(ROOT / "benchmarks" / "latency.py"), str(folder), str(_DELAY)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None and process.stdout is not None
        yield f"http://127.0.0.1:{int(process.stdout.readline())}"
        process.stdin.close()


def _update(place: _Place, target: float, below: str) -> Row:
    """below: `new/` for indexes that are other ones each time."""
    served = place.root / "served"
    for number in range(_REPOSITORIES):
        folder = served / f"r{number:02}"
        if not folder.exists():
            folder.mkdir(parents=True)
            (folder / "index.yaml").write_text(index(_USUAL, seed=number))
    with _server(served) as address:
        place.add({f"r{n:02}": f"{address}/{below}r{n:02}" for n in range(_REPOSITORIES)})
        return place.measure(target, lambda tool: ["repo", "update"])


def _dependencies(place: _Place, target: float) -> Row:
    """Thirty charts out of three repositories, which hold others too; no archive is at hand."""
    served = place.root / "dependencies"
    names = [f"part-{number:02}" for number in range(_DEPENDENCIES)]
    if not served.exists():
        _serve_parts(place, served, names)
    with _server(served) as address:
        place.add({f"d{n}": f"{address}/d{n}" for n in range(3)})
        for tool in _TOOLS:
            chart = place.root / f"umbrella-{tool}"
            chart.mkdir(exist_ok=True)
            needed = "".join(
                f"- {{name: {name}, version: ^0.1, repository: '{address}/d{n % 3}'}}\n" for n, name in enumerate(names)
            )
            (chart / "Chart.yaml").write_text(
                f"apiVersion: v2\nname: umbrella\nversion: 0.1.0\ndependencies:\n{needed}"
            )

        def before() -> None:
            for tool in _TOOLS:
                shutil.rmtree(place.root / f"umbrella-{tool}" / "charts", ignore_errors=True)
                (place.root / f"umbrella-{tool}" / "Chart.lock").unlink(missing_ok=True)
                shutil.rmtree(place.root / tool / "content", ignore_errors=True)

        return place.measure(
            target, lambda tool: ["dependency", "update", str(place.root / f"umbrella-{tool}")], before
        )


def _serve_parts(place: _Place, served: Path, names: list[str]) -> None:
    """Repositories that hold the charts `names`, each another third of them."""
    for number, name in enumerate(names):
        chart = place.root / "parts" / name
        shutil.copytree(place.created, chart)
        text = (chart / "Chart.yaml").read_text()
        (chart / "Chart.yaml").write_text(text.replace("name: created", f"name: {name}"))
        _helm("package", str(chart), "-d", str(served / f"d{number % 3}"))
    for number in range(3):
        folder = served / f"d{number}"
        (folder / "others.yaml").write_text(index(_USUAL // 4, seed=number))
        _helm("repo", "index", str(folder), "--merge", str(folder / "others.yaml"))


def _helm(*arguments: str) -> None:
    subprocess.run([str(PEERS / "helm4"), *arguments], check=True, capture_output=True)
