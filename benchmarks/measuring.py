"""Two commands in turn, A B A B …, and what their figures come to.

The machine's load moves single figures, the ratio of two runs side by side much less; so every figure is a median of
runs in turn, and every ratio ours/Helm the ratio of those medians.
"""

from __future__ import annotations

import json
import math
import os
import shutil
import statistics
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

__all__ = ["OURS", "PEERS", "ROOT", "Bench", "Differs", "Row", "Sample", "geometric_mean"]

ROOT = Path(__file__).resolve().parent.parent
PEERS = Path(os.environ.get("CHARTHOUSE_PEERS") or ROOT / ".peers" / "bin")
OURS = Path(sys.executable).parent / "charthouse"

_WARMING = 3  # the first run leaves a mark, the second gathers compiled modules, the third finds new ones


@dataclass
class Row:
    """One line of the report. figures: what is also written as JSON; target: the limit for `ratio`, if any."""

    job: str
    text: str
    ratio: float
    target: float | None = None
    figures: dict[str, Any] = field(default_factory=dict)

    @property
    def met(self) -> bool | None:
        return None if self.target is None else self.ratio <= self.target

    def line(self) -> str:
        verdict = "" if self.met is None else f"  ≤ {self.target:g} {'met' if self.met else 'MISSED'}"
        return f"{self.job:52} {self.text} {self.ratio:>6.2f}{verdict}"


class Differs(Exception):
    """The two programs do not do the same."""


@dataclass
class Sample:
    """One run of one command."""

    wall: float
    cpu: float
    peak: int
    status: int


def geometric_mean(values: list[float]) -> float:
    return math.exp(statistics.fmean(math.log(value) for value in values))


class Bench:
    """A folder with homes of its own for both programs, and the launcher. runs: counted pairs of each job."""

    def __init__(self, folder: Path, runs: int) -> None:
        self.folder = folder
        self.runs = runs
        self.environment = {
            **os.environ,
            "HELM_CACHE_HOME": f"{folder}/cache",
            "CHARTHOUSE_CACHE": f"{folder}/own-cache",
            "HELM_CONFIG_HOME": f"{folder}/config",
            "HELM_DATA_HOME": f"{folder}/data",
            "KUBECONFIG": f"{folder}/kubeconfig",
            "HELM_PLUGINS": f"{folder}/plugins",
        }
        # A machine that forbids Python its bytecode files would have us compile ourselves anew in every run.
        self.environment.pop("PYTHONDONTWRITEBYTECODE", None)
        self.launcher = subprocess.Popen(
            [sys.executable, "-I", "-S", str(Path(__file__).with_name("launcher.py"))],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=self.environment,
        )  # fmt: skip

    def close(self) -> None:
        assert self.launcher.stdin is not None
        self.launcher.stdin.close()
        self.launcher.wait()

    def sample(self, program: Path, arguments: list[str]) -> Sample:
        assert self.launcher.stdin is not None and self.launcher.stdout is not None
        self.launcher.stdin.write(json.dumps({"argv": [str(program), *arguments], "cwd": str(self.folder)}) + "\n")
        self.launcher.stdin.flush()
        return Sample(**json.loads(self.launcher.stdout.readline()))

    def empty_cache(self) -> None:
        """What charthouse keeps between runs, gone."""
        shutil.rmtree(self.folder / "own-cache", ignore_errors=True)

    def pairs(self, arguments: list[str], *, runs: int = 0, cold: bool = False) -> list[tuple[Sample, Sample]]:
        """Runs in turn, ours first. cold: with an empty cache each time. Raises Differs when the two end
        differently."""
        if not cold:
            for _ in range(_WARMING):
                self.sample(OURS, arguments)
            self.sample(PEERS / "helm4", arguments)
        found = []
        for _ in range(runs or self.runs):
            if cold:
                self.empty_cache()
            ours, helm = self.sample(OURS, arguments), self.sample(PEERS / "helm4", arguments)
            if ours.status != helm.status:
                raise Differs(f"exit status {ours.status}, Helm's {helm.status}: {' '.join(arguments)}")
            found.append((ours, helm))
        return found

    def compare(self, job: str, arguments: list[str], target: float | None) -> Row:
        """Whole processes, side by side."""
        return self.row(job, self.pairs(arguments), target)

    def row(self, job: str, pairs: list[tuple[Sample, Sample]], target: float | None) -> Row:
        """What pairs of runs come to."""
        wall, helm_wall = (statistics.median(p[i].wall for p in pairs) for i in (0, 1))
        cpu, helm_cpu = (statistics.median(p[i].cpu for p in pairs) for i in (0, 1))
        peak, helm_peak = (max(p[i].peak for p in pairs) for i in (0, 1))
        text = (
            f"{wall * 1000:8.1f} {helm_wall * 1000:8.1f} ms   cpu {cpu / helm_cpu:4.2f}   "
            f"peak {peak / 1024:5.0f} {helm_peak / 1024:4.0f} MiB {'' if peak <= helm_peak else 'OVER'} "
        )
        figures = {
            "ours_wall_ms": round(wall * 1000, 1), "helm_wall_ms": round(helm_wall * 1000, 1),
            "cpu_ratio": round(cpu / helm_cpu, 2), "ours_peak_kib": peak, "helm_peak_kib": helm_peak,
        }  # fmt: skip
        return Row(job, text, wall / helm_wall, target, figures)

    def mean(self, job: str, cases: list[list[str]], target: float | None, *, cold: bool = False) -> Row:
        """The geometric mean of the ratios of many cases, a few runs each."""
        ratios, cpu, peaks, different = [], [], [], 0
        for arguments in cases:
            try:
                pairs = self.pairs(arguments, runs=3, cold=cold)
            except Differs:
                different += 1
                continue
            ours, helm = (statistics.median(p[i].wall for p in pairs) for i in (0, 1))
            ratios.append(ours / helm)
            cpu.append(statistics.median(p[0].cpu for p in pairs) / statistics.median(p[1].cpu for p in pairs))
            peaks.append(max(p[0].peak for p in pairs) / max(p[1].peak for p in pairs))
        over = sum(peak > 1 for peak in peaks)
        text = f"{len(cases)} cases, cpu {geometric_mean(cpu):4.2f}, slowest {max(ratios):4.2f}, "
        text += f"more memory than Helm in {over}"
        if different:
            text += f", {different} left out: another exit status"
        figures = {
            "cases": len(cases),
            "different": different,
            "cpu_ratio": round(geometric_mean(cpu), 2),
            "slowest": round(max(ratios), 2),
            "over_memory": over,
        }
        return Row(job, text, geometric_mean(ratios), target, figures)
