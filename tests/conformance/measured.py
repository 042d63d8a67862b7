"""Runs one command line in a process of its own and measures it: time, memory, exit status, what it said.

The memory of a process counts what its parent held before it began, so a small interpreter stands between: this file,
run as a program, reads what to run from standard input and answers with the measures.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, NamedTuple

__all__ = ["Measured", "measured"]


class Measured(NamedTuple):
    """status: the exit status, -9 when the time was up; seconds: of processor time; mebibytes: the most it held."""

    status: int
    seconds: float
    mebibytes: float
    out: str
    err: str


def measured(command: list[str], folder: Path, environ: dict[str, str], *, timeout: float = 120.0) -> Measured:
    """Run a command in a folder, without standard input."""
    spec = json.dumps({"command": command, "folder": str(folder), "timeout": timeout})
    answer = subprocess.run(
        [sys.executable, "-S", "-E", __file__], input=spec, capture_output=True, text=True, env=environ, check=True
    )
    status, seconds, mebibytes, out, err = json.loads(answer.stdout)
    return Measured(status, seconds, mebibytes, out, err)


def _main() -> None:
    spec: dict[str, Any] = json.loads(sys.stdin.readline())
    readers = [os.pipe(), os.pipe()]
    child = os.fork()
    if child == 0:
        os.chdir(spec["folder"])
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(readers[0][1], 1)
        os.dup2(readers[1][1], 2)
        os.execv(spec["command"][0], spec["command"])
    texts = [b"", b""]
    for _, end in readers:
        os.close(end)
    for end, _ in readers:
        os.set_blocking(end, False)
    until = time.monotonic() + spec["timeout"]
    killed = False
    while True:
        done, status, usage = os.wait4(child, os.WNOHANG)
        for number, (end, _) in enumerate(readers):
            try:
                while piece := os.read(end, 1 << 16):
                    texts[number] = (texts[number] + piece)[: 1 << 20]
            except BlockingIOError:
                continue
        if done:
            break
        if not killed and time.monotonic() > until:
            os.kill(child, 9)
            killed = True
        time.sleep(0.005)
    shown = [text.decode("utf-8", "replace") for text in texts]
    seconds = usage.ru_utime + usage.ru_stime
    sys.stdout.write(json.dumps([os.waitstatus_to_exitcode(status), seconds, usage.ru_maxrss / 1024, *shown]))


if __name__ == "__main__":
    _main()
