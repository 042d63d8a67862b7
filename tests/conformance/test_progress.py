"""Bars on a real terminal: shown while something is fetched, gone afterwards, and never where nobody looks.

The screen is kept as a terminal would keep it, as far as the bars move on it: carriage returns, line feeds and "erase
to the end of the line". What is left on it must be what the command prints without a terminal.
"""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.conformance.repositories.tools import pack_charts

SLOWLY = 40_000


class _Slow(BaseHTTPRequestHandler):
    """A folder, in pieces with pauses between them."""

    protocol_version = "HTTP/1.1"
    folder = Path()
    pause = threading.Event()

    def do_GET(self) -> None:
        file = self.folder / self.path.rpartition("/")[2]
        body = file.read_bytes() if file.is_file() else b""
        if file.name == "index.yaml":
            body += b"# a long comment\n" * SLOWLY
        self.send_response_only(200 if body else 404)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        step = len(body) // 4 + 1
        for at in range(0, len(body), step):
            self.wfile.write(body[at : at + step])
            self.pause.wait(0.08)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing is told."""


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    _Slow.folder = pack_charts(tmp_path_factory.mktemp("charts"))
    with ThreadingHTTPServer(("127.0.0.1", 0), _Slow) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def environment(home: Path, **more: str) -> dict[str, str]:
    return {"HOME": str(home), "PATH": os.environ["PATH"], "TERM": "xterm", **more}


def on_a_terminal(arguments: list[str], home: Path, **more: str) -> str:
    """All that was written to standard output and error, both the terminal."""
    main, other = pty.openpty()
    command = [sys.executable, "-m", "charthouse", *arguments]
    with subprocess.Popen(
        command, stdin=other, stdout=other, stderr=other, env=environment(home, **more), cwd=home
    ) as process:
        os.close(other)
        pieces = []
        while True:
            try:
                piece = os.read(main, 65536)
            except OSError:  # the last one has closed its end
                break
            if not piece:
                break
            pieces.append(piece)
        assert process.wait(timeout=60) == 0, b"".join(pieces)
    os.close(main)
    return b"".join(pieces).decode()


def screen(written: str) -> list[str]:
    """What stands there in the end."""
    lines, column = [""], 0
    for part in re.findall(r"\x1b\[\d*[A-Za-z]|\r|\n|[^\x1b\r\n]+", written):
        if part == "\r":
            column = 0
        elif part == "\n":
            lines.append("")
        elif part == "\x1b[K":
            lines[-1] = lines[-1][:column]
        elif not part.startswith("\x1b["):
            lines[-1] = lines[-1][:column] + part + lines[-1][column + len(part) :]
            column += len(part)
    return lines


def off_a_terminal(arguments: list[str], home: Path) -> tuple[list[str], str]:
    done = subprocess.run(
        [sys.executable, "-m", "charthouse", *arguments],
        env=environment(home), cwd=home, capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    return done.stdout.split("\n"), done.stderr


@pytest.fixture
def home(tmp_path: Path, address: str) -> Path:
    for name in ("one", "two", "three"):
        off_a_terminal(["repo", "add", name, f"{address}/{name}"], tmp_path)
    chart = tmp_path / "box"
    chart.mkdir()
    needed = "".join(
        f"- {{name: {name}, version: '>0.0.0', repository: '{address}/one'}}\n" for name in ("apple", "pear")
    )
    (chart / "Chart.yaml").write_text(f"apiVersion: v2\nname: box\nversion: 1.0.0\ndependencies:\n{needed}")
    return tmp_path


SHOWN = [
    (["repo", "add", "four", "@/four"], r"index of four \[#*\.*\] +\d+ % \d+ kB of \d+ kB"),
    (["repo", "update"], r"indexes [1-3]/3 \["),
    (["repo", "update", "two"], r"indexes \[#*\.*\]|indexes +\d+"),
    (["pull", "one/apple"], r"apple-1\.0\.0\.tgz"),
    (["dependency", "update", "box"], r"charts [12]/2 \["),
]


@pytest.mark.parametrize(("arguments", "shown"), SHOWN, ids=[" ".join(row[0]) for row in SHOWN])
def test_a_bar_is_shown_and_goes(home: Path, address: str, arguments: list[str], shown: str) -> None:
    words = [word.replace("@", address) for word in arguments]
    plain, errors = off_a_terminal([word.replace("four", "five") for word in words], home)
    assert errors == ""
    written = on_a_terminal(words, home, NO_COLOR="1")
    assert re.search(shown, written), written
    assert [line.replace("four", "five") for line in screen(written)] == plain
    assert not re.search(r"\x1b\[\d*m", written), "no colours under NO_COLOR"


def test_colour_without_no_color(home: Path) -> None:
    assert "\x1b[32m#" in on_a_terminal(["repo", "update"], home)


def test_a_dumb_terminal_sees_none(home: Path) -> None:
    plain, _ = off_a_terminal(["repo", "update"], home)
    assert on_a_terminal(["repo", "update"], home, TERM="dumb").replace("\r\n", "\n").split("\n") == plain
