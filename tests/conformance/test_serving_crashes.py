"""A crash at any point leaves whole charts and a whole index: at each step of each change, and of the real process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from tests.conformance.serving.dying import DEEDS, NEW, OTHER
from tests.conformance.serving.running import ask, serving, start
from tests.unit.repository_server import sites
from tests.unit.repository_server.archives import chart, signed

OLD = chart()
ALLOWED: dict[str, set[bytes]] = {
    "apple-1.0.0.tgz": {OLD, OTHER},
    "apple-1.1.0.tgz": {chart(version="1.1.0")},
    "apple-1.0.0.tgz.prov": {signed(), signed(note="ab")},
    "pear-3.0.0.tgz": {NEW},
}


def check(folder: Path) -> list[str]:
    """Every file is whole, and what a restart says is what the files say; the names that are there."""
    names = sorted(name for name in os.listdir(folder) if name != ".charthouse")
    for name in names:
        assert (folder / name).read_bytes() in ALLOWED[name], name
    assert sites.catalogue(folder).index() == sites.catalogue(folder, keep=False).index()
    return names


@pytest.mark.parametrize("what", DEEDS)
def test_a_crash_at_any_step_leaves_whole_files(what: str, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.conformance.serving.dying", str(tmp_path), what]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert [row["status"] for row in rows] == [9] * (len(rows) - 1) + [0]
    assert len(rows) >= 5
    seen = []
    for row in rows:
        folder = tmp_path / str(row["step"])
        names = check(folder)
        seen.append((names, [(folder / name).read_bytes() for name in names]))
        # The next one gets through, and takes away what was left.
        shop = sites.site(folder)
        assert sites.ask(shop, "POST", "/api/charts?force", NEW).status == 201
        assert sites.content(sites.ask(shop, "GET", "/charts/pear-3.0.0.tgz")) == NEW
        assert [name for name in os.listdir(folder / ".charthouse") if name.startswith("new.")] == []
    before = ["apple-1.0.0.tgz", "apple-1.0.0.tgz.prov", "apple-1.1.0.tgz"]
    assert seen[0][0] == before
    after = {"upload": [*before, "pear-3.0.0.tgz"], "delete": ["apple-1.1.0.tgz"]}.get(what, before)
    assert seen[-1][0] == after


def test_a_process_killed_under_load_loses_nothing_it_has_confirmed(tmp_path: Path) -> None:
    folder = tmp_path / "charts"
    saved: list[str] = []
    for turn in range(6):
        server = start(folder)
        threads = [threading.Thread(target=_upload, args=(server, turn, i, saved)) for i in range(3)]
        for thread in threads:
            thread.start()
        time.sleep(0.15 + turn * 0.05)
        server.process.kill()
        server.process.wait()
        for thread in threads:
            thread.join()
        assert server.process.stdout is not None
        server.process.stdout.close()
    assert len(saved) > 10
    with serving(folder) as server:
        index = ask(server, "GET", "/index.yaml")[2]
        assert index == sites.catalogue(folder, keep=False).index().data
        for version in saved:
            assert (folder / f"apple-{version}.tgz").read_bytes() == chart(version=version)
            assert f"    version: {version}\n".encode() in index
        assert server.end() == 0


def _upload(server: object, turn: int, worker: int, saved: list[str]) -> None:
    for number in range(1000):
        version = f"{turn}.{worker}.{number}"
        try:
            status = ask(server, "POST", "/api/charts", chart(version=version))[0]  # type: ignore[arg-type]  # a Server
        except OSError:
            return
        except Exception as error:
            assert type(error).__name__ in ("RemoteDisconnected", "IncompleteRead", "BadStatusLine")
            return
        assert status == 201
        saved.append(version)


def test_two_processes_take_uploads_of_one_folder(tmp_path: Path) -> None:
    folder = tmp_path / "charts"
    statuses: list[int] = []
    with serving(folder) as one, serving(folder) as other:

        def upload(worker: int) -> None:
            for number in range(8):
                for version in (f"{worker}.{number}.0", f"9.{number}.0"):
                    server = (one, other)[(worker + number) % 2]
                    statuses.append(ask(server, "POST", "/api/charts", chart(version=version))[0])

        threads = [threading.Thread(target=upload, args=(i,)) for i in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(statuses) == [201] * (32 + 8) + [409] * 24
        first, second = ask(one, "GET", "/index.yaml"), ask(other, "GET", "/index.yaml")
        assert first[2] == second[2]
        assert first[1]["etag"] == second[1]["etag"]
        assert first[2].count(b"  - apiVersion: v2\n") == 40
        assert ask(one, "DELETE", "/api/charts/apple/9.0.0")[0] == 200
        assert b"version: 9.0.0\n" not in ask(other, "GET", "/index.yaml")[2]
        assert ask(other, "GET", "/charts/apple-9.0.0.tgz")[0] == 404
