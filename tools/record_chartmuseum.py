"""Plays the stories of tests/unit/repository_server to a real ChartMuseum and keeps its answers.

    python -m tools.record_chartmuseum PROGRAM

PROGRAM is a ChartMuseum (recorded with its main branch of April 2026); each story gets one of its own, on loopback.
"""

from __future__ import annotations

import http.client
import json
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.unit.repository_server.stories import STORIES, Step, body_of, steady
from tests.unit.repository_server.tokens import public_key, token

OUT = Path(__file__).parent.parent / "tests/unit/repository_server/chartmuseum.json"


def main(program: str) -> None:
    found = {}
    for name, (options, steps) in STORIES.items():
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / "key.pem").write_bytes(public_key())
            (Path(folder) / "charts").mkdir()
            port = _free_port()
            given = [option.replace("@KEY", f"{folder}/key.pem") for option in options]
            command = [program, f"--port={port}", "--listen-host=127.0.0.1", "--storage=local", *given]
            command += [f"--storage-local-rootdir={folder}/charts", "--always-regenerate-chart-index"]
            with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
                try:
                    _wait(port)
                    found[name] = [_ask(port, step) for step in steps]
                finally:
                    process.terminate()
        print(name, len(found[name]))
    OUT.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _ask(port: int, step: Step) -> dict[str, object]:
    method, path, what = step
    body, headers = body_of(what)
    if "@" in headers.get("Authorization", ""):
        headers["Authorization"] = "Bearer " + token(headers["Authorization"].partition("@")[2])
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    connection.request(method, path, body=body or None, headers=headers)
    answer = connection.getresponse()
    data = answer.read()
    connection.close()
    kind = answer.getheader("Content-Type") or ""
    text = "an archive" if "tar" in kind else steady(data.decode())
    row: dict[str, object] = {"step": " ".join(step).strip(), "status": answer.status, "type": kind, "body": text}
    if challenge := answer.getheader("WWW-Authenticate"):
        row["challenge"] = challenge
    return row


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait(port: int) -> None:
    for _ in range(200):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise RuntimeError("it does not listen")


if __name__ == "__main__":
    main(sys.argv[1])
