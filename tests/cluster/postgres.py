"""A PostgreSQL of the tests' own (Debian's package `postgresql`), without durability, on a port of its own."""

from __future__ import annotations

import contextlib
import glob
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cluster.tiller2 import free_port

__all__ = ["running_postgres"]


def _program(name: str) -> str:
    """The path of one of its programs; skips the test, or fails it in CI, where there is none."""
    found = shutil.which(name) or next(iter(sorted(glob.glob(f"/usr/lib/postgresql/*/bin/{name}"))), "")
    if not found:
        missing = f"missing peer: {name} (apt-get install postgresql)"
        if os.environ.get("CI") == "true":
            pytest.fail(missing)
        pytest.skip(missing)
    return found


@contextlib.contextmanager
def running_postgres() -> Iterator[str]:
    """Gives a connection string to an empty database while the block runs."""
    initdb, server = _program("initdb"), _program("postgres")
    who: dict[str, Any] = {"user": "postgres", "group": "postgres", "extra_groups": []} if os.getuid() == 0 else {}
    folder = Path(tempfile.mkdtemp(prefix="charthouse-postgres-"))
    try:
        if who:
            shutil.chown(folder, "postgres", "postgres")
        data = str(folder / "data")
        subprocess.run(
            [initdb, "-D", data, "-A", "trust", "-U", "helm", "--no-sync"],
            check=True,
            capture_output=True,
            timeout=60,
            **who,
        )
        port = free_port()
        options = ["listen_addresses=127.0.0.1", f"port={port}", f"unix_socket_directories={folder}", "fsync=off"]
        process = subprocess.Popen(
            [server, "-D", data, *(word for option in options for word in ("-c", option))],
            stdout=subprocess.DEVNULL,
            stderr=(folder / "log").open("w"),
            **who,
        )
        try:
            _wait_for(port, process)
            yield f"postgres://helm@127.0.0.1:{port}/postgres?sslmode=disable"
        finally:
            process.terminate()
            process.wait(20)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    raise RuntimeError(f"PostgreSQL did not come up (exit status {process.poll()})")
