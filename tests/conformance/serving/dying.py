"""A process that does one thing to a repository and kills itself at the N-th step of it, whole process, no warning.

    python dying.py FOLDER WHAT

WHAT is done in one forked child after the other: the first dies at the first step, the second at the second, until one
gets to its end. A step is just before and just after each change of the disk, and in the middle of each write. After
each child the folder is put back. Printed: one line a child, what is left in the folder, for the test to judge.
"""

from __future__ import annotations

import builtins
import json
import os
import shutil
import signal
import sys
from pathlib import Path
from typing import Any

from charthouse.repository_server import journal
from tests.unit.repository_server.archives import chart, signed
from tests.unit.repository_server.sites import ask, catalogue, site
from tests.unit.repository_server.stories import BOUNDARY, form

FORM = f"multipart/form-data; boundary={BOUNDARY}"
NEW, OTHER = chart("pear", "3.0.0"), chart(more="home: https://x.y\n")
DEEDS: dict[str, tuple[str, str, bytes]] = {
    "upload": ("POST", "/api/charts", NEW),
    "replace": ("POST", "/api/charts?force", form(chart=OTHER, prov=signed(note="ab"))),
    "delete": ("DELETE", "/api/charts/apple/1.0.0", b""),
    "sign": ("POST", "/api/prov?force", signed(note="ab")),
    "restart": ("", "", b""),
    "tidy up": ("", "", b""),
}


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


class Steps:
    """Counts steps, and dies at the one that was wanted."""

    def __init__(self, last: int) -> None:
        self.left = last

    def step(self) -> None:
        self.left -= 1
        if self.left == 0:
            die()

    def around(self, function: Any) -> Any:
        def wrapped(*arguments: Any, **named: Any) -> Any:
            self.step()
            result = function(*arguments, **named)
            self.step()
            return result

        return wrapped


class Torn:
    """A stream whose writes are steps, with half of the bytes out in the middle."""

    def __init__(self, stream: Any, steps: Steps) -> None:
        self._stream, self._steps = stream, steps

    def write(self, data: bytes) -> int:
        self._steps.step()
        half = len(data) // 2
        self._stream.write(data[:half])
        self._stream.flush()
        self._steps.step()
        return half + int(self._stream.write(data[half:]))

    def writelines(self, lines: Any) -> None:
        self.write(b"".join(lines))

    def __enter__(self) -> Torn:
        return self

    def __exit__(self, *_: object) -> None:
        self._stream.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def break_everything(steps: Steps) -> None:
    for name in ("fsync", "rename", "replace", "unlink", "makedirs"):
        setattr(os, name, steps.around(getattr(os, name)))
    real_open, real_fdopen = builtins.open, os.fdopen

    def opened(file: Any, mode: str = "r", *rest: Any, **more: Any) -> Any:
        stream = real_open(file, mode, *rest, **more)
        return Torn(stream, steps) if "b" in mode and set(mode) & set("awx") else stream

    builtins.open = opened
    os.fdopen = lambda handle, mode="r", *rest: Torn(real_fdopen(handle, mode, *rest), steps)  # type: ignore[assignment]  # for this process


def deed(folder: Path, what: str) -> None:
    method, path, body = DEEDS[what]
    if not method:
        catalogue(folder)
        return
    kind = {"content_type": FORM} if body.startswith(b"--") else {}
    answer = ask(site(folder), method, path, body, **kind)
    if answer.status >= 300:
        raise RuntimeError(str(answer))


def main(base: Path, what: str) -> None:
    number = 0
    while True:
        number += 1
        folder = base / str(number)
        folder.mkdir()
        for version in ("1.0.0", "1.1.0"):
            (folder / f"apple-{version}.tgz").write_bytes(chart(version=version))
        (folder / "apple-1.0.0.tgz.prov").write_bytes(signed())
        if what == "restart":
            shutil.rmtree(folder / ".charthouse", ignore_errors=True)
        else:
            catalogue(folder)
        if what == "tidy up":
            journal._SLACK = -100
        child = os.fork()
        if not child:
            break_everything(Steps(number))
            deed(folder, what)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        sys.stdout.write(json.dumps({"step": number, "status": status}) + "\n")
        sys.stdout.flush()
        if status == 0 or number > 200:
            return


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
