"""charthouse beside helm 4.3.1, in turn, in one run. Run by `make bench`.

Each job prints what both took (medians), peak memory, and the ratio ours/Helm with the target for it. Jobs whose corpus
is missing are left out, or use the charts this repository ships. The exit status is 0 whether targets are met or not;
it is a measurement, not a test.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # when run as a file

from benchmarks.charts import CORPUS
from benchmarks.jobs import Scope, all_jobs, make_created
from benchmarks.measuring import PEERS, Bench, Differs, Row


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=9, help="counted pairs for each job")
    parser.add_argument("--only", action="append", default=[], help="jobs whose name contains this (repeatable)")
    parser.add_argument("--quick", action="store_true", help="3 pairs, the 5 largest charts, 30 cases, 200 renders")
    parser.add_argument("--sample", type=int, default=0, help="cases behind the geometric means (default 200)")
    parser.add_argument("--list", action="store_true", help="print the names of the jobs")
    parser.add_argument("--json", type=Path, help="write the rows here too")
    return parser.parse_args()


def _measure(options: argparse.Namespace, folder: Path) -> list[Row]:
    scope = Scope(largest=5, sample=30, renders=200, releases=24, records=30) if options.quick else Scope()
    if options.sample:
        scope.sample = options.sample
    jobs = [
        job for job in all_jobs(folder, scope) if not options.only or any(part in job.name for part in options.only)
    ]
    if options.list:
        sys.stdout.write("".join(f"{job.name}\n" for job in jobs))
        return []
    bench = Bench(folder, 3 if options.quick else options.runs)
    rows = []
    try:
        make_created(folder, bench.environment)
        for job in jobs:
            try:
                rows.append(job.run(bench))
                sys.stdout.write(rows[-1].line() + "\n")
            except Differs as problem:
                sys.stdout.write(f"{job.name:52} not measured: {problem}\n")
            sys.stdout.flush()
    finally:
        bench.close()
    return rows


def main() -> None:
    options = _options()
    if not (PEERS / "helm4").is_file():
        raise SystemExit(f"the bench compares with the real helm, which is not at {PEERS}/helm4: run `make peers`")
    if not (CORPUS / "cases.json").is_file():
        sys.stdout.write(f"no corpus at {CORPUS}: the repository's own charts stand in for it\n")
    with tempfile.TemporaryDirectory() as name:
        rows = _measure(options, Path(name))
    judged = [row for row in rows if row.met is not None]
    if judged:
        missed = [row.job for row in judged if not row.met]
        sys.stdout.write(f"{len(judged) - len(missed)} of {len(judged)} targets met\n")
        sys.stdout.write("".join(f"missed: {job}\n" for job in missed))
    if options.json:
        options.json.write_text(json.dumps([{**asdict(row), "met": row.met} for row in rows], indent=1) + "\n")


if __name__ == "__main__":
    main()
