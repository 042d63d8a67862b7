"""Every job of the bench: its name, what it runs and the ratio ours/Helm it must not pass."""

from __future__ import annotations

import statistics
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from benchmarks.charts import generated, largest, named, own, sampled
from benchmarks.fleet import fleet_jobs
from benchmarks.measuring import OURS, PEERS, ROOT, Bench, Row
from benchmarks.repositories import repository_jobs
from benchmarks.warm import endurance, threads, warm

__all__ = ["Job", "Scope", "all_jobs"]

LARGE = ("helm__prometheus-operator", "bitnami__kube-prometheus")
# kind, smaller size, what it counts; the larger is the one the issue names.
SCALES = (
    ("templates", 250, "templates"),
    ("values", 5, "MiB of values"),
    ("tpl", 5000, "tpl calls"),
    ("umbrella", 15, "charts"),
)


@dataclass
class Job:
    """name: what `--only` looks for; run: measures it."""

    name: str
    run: Callable[[Bench], Row]


@dataclass
class Scope:
    """How much to measure. largest: charts; sample: corpus cases; renders: of the endurance job; releases,
    records: of the fleet: those worked on, and those with ten revisions that are listed."""

    largest: int = 20
    sample: int = 200
    renders: int = 1000
    releases: int = 200
    records: int = 300


def all_jobs(folder: Path, scope: Scope) -> list[Job]:
    """In the order they are run. folder: holds the chart `created`."""
    return [
        *_small(folder),
        *_large(scope),
        *_means(scope),
        *_one_process(folder, scope),
        *_scales(folder),
        *(Job(name, run) for name, run in repository_jobs(folder)),
        *_cluster(folder),
        *(Job(name, run) for name, run in fleet_jobs(folder, scope.releases, scope.records)),
    ]


def _whole(name: str, arguments: list[str], target: float | None) -> Job:
    return Job(name, lambda bench: bench.compare(name, arguments, target))


def _small(folder: Path) -> list[Job]:
    created = str(folder / "created")
    shop = str(ROOT / "examples" / "bookshop")
    large = [(prefix, named(prefix)) for prefix in LARGE]
    jobs = [
        _whole("version", ["version"], 0.4),
        _whole("env", ["env"], 0.4),
        _whole("template small (create)", ["template", "r", created], 0.7),
        _whole("template medium (bookshop)", ["template", "r", shop], 0.7),
        _whole("lint (create)", ["lint", created], 0.7),
        _whole("lint (bookshop)", ["lint", shop], 0.7),
    ]
    jobs += [_whole(f"lint large ({prefix})", ["lint", found[2]], 0.7) for prefix, found in large if found]
    jobs.append(_whole("show values (bookshop)", ["show", "values", shop], 0.7))
    jobs += [_whole(f"show values ({prefix})", ["show", "values", found[2]], 0.7) for prefix, found in large if found]
    jobs.append(_whole("package (create)", ["package", created, "-d", str(folder)], 0.8))
    jobs.append(_whole("package (bookshop)", ["package", shop, "-d", str(folder)], 0.8))
    jobs += [_package(prefix, found[2], folder) for prefix, found in large if found]
    return jobs


def _package(prefix: str, archive: str, folder: Path) -> Job:
    """The archive unpacked, then packed again."""
    name = f"package ({prefix})"

    def run(bench: Bench) -> Row:
        place = folder / f"unpacked-{prefix}"
        place.mkdir()
        subprocess.run(["tar", "-xzf", archive, "-C", str(place)], check=True)
        (chart,) = place.iterdir()
        return bench.compare(name, ["package", str(chart), "-d", str(folder)], 0.8)

    return Job(name, run)


def _large(scope: Scope) -> list[Job]:
    jobs = [_whole(f"template large ({prefix})", found, 0.8) for prefix in LARGE if (found := named(prefix))]
    jobs += [
        _whole(f"template largest {n:2} ({case})", line, 0.8)
        for n, (case, line) in enumerate(largest(scope.largest), 1)
    ]
    return jobs


def _means(scope: Scope) -> list[Job]:
    cases = sampled(scope.sample)
    return [
        Job("geometric mean, warm", lambda bench: bench.mean("geometric mean, warm", cases, 0.65)),
        Job("geometric mean, cold", lambda bench: bench.mean("geometric mean, cold", cases, 1.2, cold=True)),
    ]


def _one_process(folder: Path, scope: Scope) -> list[Job]:
    found = [(prefix, line) for prefix in LARGE if (line := named(prefix))] or [("bookshop", own()[0])]
    jobs = [_warm(f"one process, warm ({prefix})", line) for prefix, line in found]
    name, chart = f"one process, {scope.renders} renders", found[-1][1][2]
    jobs.append(Job(name, lambda bench: endurance(bench, name, str(folder / "created"), scope.renders)))
    long = f"one process, {max(scope.renders // 10, 20)} large renders"
    jobs.append(Job(long, lambda bench: endurance(bench, long, chart, max(scope.renders // 10, 20))))
    jobs.append(Job("one process, 8 threads", lambda bench: threads(bench, "one process, 8 threads", chart)))
    return jobs


def _warm(name: str, line: list[str]) -> Job:
    return Job(name, lambda bench: warm(bench, name, line))


def _scales(folder: Path) -> list[Job]:
    return [_scale(folder, *scale) for scale in SCALES]


def _scale(folder: Path, kind: str, size: int, unit: str) -> Job:
    """How much longer twice the size takes; beyond 2 (and some noise) is worse than linear."""
    name = f"scale, {size * 2} {unit}"

    def run(bench: Bench) -> Row:
        small, large = (bench.pairs(generated(kind, n, folder), runs=max(bench.runs // 2, 3)) for n in (size, size * 2))
        start = statistics.median(bench.sample(OURS, ["version"]).cpu for _ in range(3))
        cpu = [statistics.median(p[0].cpu for p in pairs) - start for pairs in (small, large)]
        walls = [statistics.median(p[i].wall for p in large) for i in (0, 1)]
        peaks = [max(p[i].peak for p in large) for i in (0, 1)]
        text = (
            f"{walls[0] * 1000:8.0f} {walls[1] * 1000:8.0f} ms   wall {walls[0] / walls[1]:4.2f}   "
            f"peak {peaks[0] / 1024:5.0f} {peaks[1] / 1024:4.0f} MiB   twice the size:"
        )
        figures = {"ours_wall_ms": walls[0] * 1000, "helm_wall_ms": walls[1] * 1000, "peaks_kib": peaks}
        return Row(name, text, cpu[1] / cpu[0], 2.2, figures)

    return Job(name, run)


def _cluster(folder: Path) -> list[Job]:
    def run(bench: Bench) -> Row:
        def ours(*arguments: str) -> None:
            subprocess.run([str(OURS), *arguments], env=bench.environment, check=True, capture_output=True)

        ours("cluster", "start")
        try:
            for index in range(40):
                ours("install", f"r{index:02}", str(folder / "created"))
            return bench.compare("list (40 releases)", ["list", "-A"], None)
        finally:
            ours("cluster", "stop")

    return [Job("list (40 releases)", run)]


def make_created(folder: Path, environment: dict[str, str]) -> None:
    """The chart `helm create` makes."""
    subprocess.run(
        [str(PEERS / "helm4"), "create", "created"], cwd=folder, env=environment, check=True, capture_output=True
    )
