"""One cluster for all the processes a test run is spread over.

The process that needs a cluster first starts it and leaves a note; the others read the note. Everybody signs in and
out; whoever started it ends it, once all have signed out. It is started again when somebody needs it after that.
"""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

__all__ = ["shared"]

PATIENCE = 3600.0


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _users(folder: Path) -> list[Path]:
    """Who has signed in and lives."""
    found = []
    for path in folder.glob("user-*"):
        if Path(f"/proc/{path.name[5:]}").exists() or not Path("/proc/self").exists():
            found.append(path)
        else:
            path.unlink(missing_ok=True)
    return found


@contextmanager
def shared(folder: Path, start: Callable[[], Iterator[dict[str, Any]]]) -> Iterator[dict[str, Any]]:
    """What `start` yields (JSON), from whichever process has started it. folder: the same for all processes."""
    mine = None
    with _locked(folder):
        note = folder / "note.json"
        if not _users(folder):
            note.unlink(missing_ok=True)
        if not note.exists():
            mine = start()
            note.write_text(json.dumps(next(mine)))
        told = json.loads(note.read_text())
        ticket = folder / f"user-{os.getpid()}"
        ticket.touch()
    try:
        yield told
    finally:
        _leave(folder, ticket, mine)


def _leave(folder: Path, ticket: Path, mine: Iterator[dict[str, Any]] | None) -> None:
    if mine is None:
        with _locked(folder):
            ticket.unlink()
        return
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        with _locked(folder):
            if _users(folder) in ([], [ticket]):
                ticket.unlink()
                (folder / "note.json").unlink()
                next(mine, None)
                return
        time.sleep(0.2)
