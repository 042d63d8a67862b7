"""charthouse beside helm 4.3.1, whole processes, alternating in one run. Run by `make bench`.

For each job: the two commands in turn (A B A B …), wall and CPU seconds (user + system, of the process and its
children), medians, and the median of the pairwise ratios ours/Helm (below 1 = ours is faster). The machine's load moves
single figures, the ratio much less. Jobs whose peer or corpus is missing are named and left out.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PEERS = Path(os.environ.get("CHARTHOUSE_PEERS") or ROOT / ".peers" / "bin")
CORPUS = Path(os.environ.get("CHARTHOUSE_CORPUS") or ROOT.parent / "shared" / "corpus")
LARGE = ("helm__prometheus-operator", "bitnami__kube-prometheus")


def measure(command: list[str], environment: dict[str, str]) -> tuple[float, float, int]:
    """Wall seconds, CPU seconds and exit status of one run."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.perf_counter()
    done = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    wall = time.perf_counter() - started
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return wall, cpu, done.returncode


def compare(name: str, arguments: list[str], *, runs: int, environment: dict[str, str]) -> dict[str, object]:
    ours = [str(Path(sys.executable).parent / "charthouse"), *arguments]
    helm = [str(PEERS / "helm4"), *arguments]
    rows: list[tuple[float, float, float, float]] = []
    for index in range(runs + 1):
        wall, cpu, status = measure(ours, environment)
        helm_wall, helm_cpu, helm_status = measure(helm, environment)
        if status != helm_status:
            raise SystemExit(f"{name}: exit status {status}, Helm's {helm_status}: {' '.join(ours)}")
        if index:  # the first pair warms the caches of both
            rows.append((wall, cpu, helm_wall, helm_cpu))
    middle = statistics.median
    return {
        "job": name,
        "ours_wall_ms": round(middle(r[0] for r in rows) * 1000, 1),
        "ours_cpu_ms": round(middle(r[1] for r in rows) * 1000, 1),
        "helm_wall_ms": round(middle(r[2] for r in rows) * 1000, 1),
        "helm_cpu_ms": round(middle(r[3] for r in rows) * 1000, 1),
        "wall_ratio": round(middle(r[0] / r[2] for r in rows), 2),
        "cpu_ratio": round(middle(r[1] / r[3] for r in rows), 2),
    }


def corpus_chart(prefix: str) -> list[str]:
    """The arguments of the first successful default case of a corpus chart, or nothing."""
    if not (CORPUS / "cases.json").is_file():
        return []
    for case in json.loads((CORPUS / "cases.json").read_text()):
        if case["case"].startswith(prefix) and case["rc"] == 0 and not case.get("values"):
            return [str(CORPUS / case["tgz"]), *case["flags"]]
    return []


def jobs(folder: Path) -> list[tuple[str, list[str]]]:
    created = str(folder / "created")
    shop = str(ROOT / "examples" / "bookshop")
    found = [
        ("version", ["version"]),
        ("template small (create)", ["template", "r", created]),
        ("template medium (bookshop)", ["template", "r", shop]),
    ]
    for prefix in LARGE:
        chart = corpus_chart(prefix)
        if chart:
            found.append((f"template large ({prefix})", ["template", "r", *chart]))
            found.append((f"lint large ({prefix})", ["lint", chart[0]]))
        else:
            sys.stdout.write(f"left out: {prefix} (no corpus at {CORPUS})\n")
    found.append(("lint (create)", ["lint", created]))
    found.append(("lint (bookshop)", ["lint", shop]))
    found.append(("show values (bookshop)", ["show", "values", shop]))
    found.append(("package (bookshop)", ["package", shop, "-d", str(folder)]))
    found.append(("list (40 releases)", ["list", "-A"]))
    return found


def releases(folder: Path, environment: dict[str, str]) -> None:
    """A dev cluster with 40 releases, for `list`."""
    run = [str(Path(sys.executable).parent / "charthouse")]
    subprocess.run([*run, "cluster", "start"], env=environment, check=True, capture_output=True)
    for index in range(40):
        subprocess.run(
            [*run, "install", f"r{index:02}", str(folder / "created")], env=environment, check=True, capture_output=True
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=9, help="counted pairs for each job")
    parser.add_argument("--only", default="", help="jobs whose name contains this")
    parser.add_argument("--json", type=Path, help="write the rows here too")
    options = parser.parse_args()
    if not (PEERS / "helm4").is_file():
        raise SystemExit(
            f"the bench compares with the real helm, which is not at {PEERS}/helm4: run `make peers` first"
        )
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        environment = {
            **os.environ,
            "HELM_CACHE_HOME": f"{folder}/cache",
            "HELM_CONFIG_HOME": f"{folder}/config",
            "HELM_DATA_HOME": f"{folder}/data",
            "KUBECONFIG": f"{folder}/kubeconfig",
        }
        # A machine that forbids Python its bytecode files would have us compile ourselves anew in every run.
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        subprocess.run([str(PEERS / "helm4"), "create", "created"], cwd=folder, env=environment, check=True)
        chosen = [(job, arguments) for job, arguments in jobs(folder) if options.only in job]
        cluster = any(job.startswith("list") for job, _ in chosen)
        if cluster:
            releases(folder, environment)
        try:
            rows = []
            sys.stdout.write(
                f"{'job':48} {'ours ms':>9} {'helm ms':>9} {'wall':>6} {'cpu':>6}   (medians of {options.runs})\n"
            )
            for job, arguments in chosen:
                row = compare(job, arguments, runs=options.runs, environment=environment)
                rows.append(row)
                times = f"{row['ours_wall_ms']:>9} {row['helm_wall_ms']:>9}"
                sys.stdout.write(f"{job:48} {times} {row['wall_ratio']:>6} {row['cpu_ratio']:>6}\n")
                sys.stdout.flush()
        finally:
            if cluster:
                stop = [str(Path(sys.executable).parent / "charthouse"), "cluster", "stop"]
                subprocess.run(stop, env=environment, check=False, capture_output=True)
    if options.json:
        options.json.write_text(json.dumps(rows, indent=1) + "\n")


if __name__ == "__main__":
    main()
