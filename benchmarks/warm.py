"""What stays in one process: warm renders, a thousand of them, eight threads. Also run by itself, as a process of its
own: `python -m benchmarks.warm CHART` prints what it measured as JSON.

Helm has no library to compare with here, so a warm render is set against Helm's whole process on the same chart.
"""

from __future__ import annotations

import hashlib
import json
import os
import statistics
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

from benchmarks.measuring import PEERS, ROOT, Bench, Row

__all__ = ["endurance", "threads", "warm"]

_THREADS = 8


def warm(bench: Bench, job: str, arguments: list[str]) -> Row:
    """Median of warm renders in one process over the median of Helm's processes; a few of each in turn."""
    ours, helm = [], []
    for _ in range(3):
        ours += _child(bench, "warm", arguments[2], bench.runs)["seconds"]
        helm += [bench.sample(PEERS / "helm4", arguments).wall for _ in range(max(bench.runs // 3, 1))]
    mine, theirs = statistics.median(ours), statistics.median(helm)
    text = f"{mine * 1000:8.1f} {theirs * 1000:8.1f} ms"
    figures = {"ours_ms": round(mine * 1000, 1), "helm_process_ms": round(theirs * 1000, 1)}
    return Row(job, text, mine / theirs, 0.2, figures)


def endurance(bench: Bench, job: str, chart: str, renders: int) -> Row:
    """Memory after many renders over memory after the first tenth of them."""
    found = _child(bench, "endure", chart, renders)
    early, late = found["early"], found["late"]
    text = f"{early / 1024:.0f} MiB after {renders // 10}, {late / 1024:.0f} MiB after {renders} renders"
    return Row(job, text, late / early, 1.05, found)


def threads(bench: Bench, job: str, chart: str) -> Row:
    """How many different outputs eight threads give."""
    found = _child(bench, "threads", chart, 3)
    return Row(job, f"{_THREADS} threads, outputs that differ from one thread's:", found["different"], 0, found)


def _child(bench: Bench, what: str, chart: str, count: int) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.warm", what, chart, str(count)]
    done = subprocess.run(command, cwd=ROOT, env=bench.environment, check=True, capture_output=True, text=True)
    result: dict[str, Any] = json.loads(done.stdout)
    return result


# In the child.


def _resident() -> int:
    """KiB of memory in use now."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1])
    raise SystemExit("no /proc/self/status")


def _digest(chart: Any) -> str:
    from charthouse.api import render

    made = render(chart, name="rel", namespace="testns", kube_version="1.37.1", include_crds=True)
    return hashlib.sha256(made.manifest.encode("utf-8", "surrogateescape")).hexdigest()


def _warm(path: str, count: int) -> dict[str, Any]:
    from charthouse.api import load_chart

    chart = load_chart(path)
    for _ in range(3):
        _digest(chart)
    seconds = []
    for _ in range(count):
        started = time.perf_counter()
        _digest(chart)
        seconds.append(time.perf_counter() - started)
    return {"seconds": seconds}


def _endure(path: str, count: int) -> dict[str, Any]:
    from charthouse.api import load_chart

    chart = load_chart(path)
    early = 0
    for number in range(count):
        _digest(chart)
        if number + 1 == count // 10:
            early = _resident()
    return {"early": early, "late": _resident()}


def _parallel(path: str, rounds: int) -> dict[str, Any]:
    from charthouse.api import load_chart

    chart = load_chart(path)
    expected = _digest(chart)
    found: list[str] = []

    def work() -> None:
        for _ in range(rounds):
            found.append(_digest(chart))

    workers = [threading.Thread(target=work) for _ in range(_THREADS)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    missing = _THREADS * rounds - len(found)
    return {"different": missing + sum(digest != expected for digest in found), "renders": len(found)}


def main() -> None:
    what, path, count = sys.argv[1], os.path.abspath(sys.argv[2]), int(sys.argv[3])
    work = {"warm": _warm, "endure": _endure, "threads": _parallel}[what]
    sys.stdout.write(json.dumps(work(path, count)) + "\n")


if __name__ == "__main__":
    main()
