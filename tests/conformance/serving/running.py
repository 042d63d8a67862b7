"""`charthouse serve` as a process of its own, and talking to it."""

from __future__ import annotations

import http.client
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

__all__ = ["Server", "ask", "serving"]


class Server:
    """A server that runs. port; folder: what it serves; log: where its standard error goes."""

    def __init__(self, process: subprocess.Popen[str], port: int, folder: Path, log: Path) -> None:
        self.process = process
        self.port = port
        self.folder = folder
        self.log = log

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        return f"http://{self.host}"

    def end(self, number: int = signal.SIGTERM) -> int:
        """Send a signal and wait; the exit status."""
        self.process.send_signal(number)
        return self.process.wait(30)


def start(folder: Path, *options: str, environ: dict[str, str] | None = None) -> Server:
    folder.mkdir(exist_ok=True)
    log = folder.parent / f"{folder.name}.log"
    command = [sys.executable, "-m", "charthouse", "serve", str(folder), "--port=0", *options]
    with log.open("ab") as errors:
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=errors, text=True, env={**os.environ, **(environ or {})}
        )
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line.startswith("serving "), (line, log.read_text())
    return Server(process, int(line.rpartition(":")[2].partition("/")[0]), folder, log)


@contextmanager
def serving(folder: Path, *options: str, environ: dict[str, str] | None = None) -> Iterator[Server]:
    """A server of `folder` while the block runs."""
    server = start(folder, *options, environ=environ)
    try:
        yield server
    finally:
        server.process.kill()
        server.process.wait()
        assert server.process.stdout is not None
        server.process.stdout.close()
        assert "Traceback" not in server.log.read_text()


def ask(
    server: Server, method: str, path: str, body: bytes | None = None, **headers: str
) -> tuple[int, dict[str, str], bytes]:
    """Status, headers (lower case) and body of an answer. headers: `_` for a hyphen."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
    try:
        connection.request(method, path, body, {key.replace("_", "-"): value for key, value in headers.items()})
        answer = connection.getresponse()
        return answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read()
    finally:
        connection.close()
