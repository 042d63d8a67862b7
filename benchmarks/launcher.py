"""Starts the processes the bench measures; itself a small process, run as `python -I -S launcher.py`.

Linux counts into a child's peak memory what its parent held when it was started, so a program the size of the bench
cannot measure one; this one holds less than anything it starts. One command a line comes in and one result a line goes
out, both JSON: `{"argv": [...], "cwd": "..."}` → `{"wall": s, "cpu": s, "peak": KiB, "status": n}`.
"""

from __future__ import annotations

import json
import os
import sys
import time

_SILENT = [
    (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
    (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0),
    (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0),
]


def run(argv: list[str]) -> dict[str, float]:
    started = time.perf_counter()
    child = os.posix_spawn(argv[0], argv, os.environ, file_actions=_SILENT)
    _, status, used = os.wait4(child, 0)
    wall = time.perf_counter() - started
    return {
        "wall": wall,
        "cpu": used.ru_utime + used.ru_stime,
        "peak": used.ru_maxrss,
        "status": os.waitstatus_to_exitcode(status),
    }


def main() -> None:
    for line in sys.stdin:
        request = json.loads(line)
        os.chdir(request["cwd"])
        sys.stdout.write(json.dumps(run(request["argv"])) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
