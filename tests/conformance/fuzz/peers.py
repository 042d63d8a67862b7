"""The two engines: Helm's, through the oracle (tests/peers/oracle), and ours, in this process."""

from __future__ import annotations

import functools
import json
import os
import resource
import subprocess
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from charthouse.charts.chart import Chart, File
from charthouse.charts.loader import load_files
from charthouse.engine.render import RenderError, render
from charthouse.gotemplate.deepstack import deep
from charthouse.gotemplate.limits import Limits
from charthouse.logs import silent
from tests.conformance.fuzz.statements import Snippet

__all__ = ["Oracle", "Outcome", "as_floats", "oracle_path", "ours"]

Outcome = dict[str, str]
_CHART = b"apiVersion: v2\nname: c\nversion: 0.1.0\n"
_MEMORY = 6 << 30  # bytes of address space the oracle may take
_PARTS = 8  # into which a batch is divided
_SECONDS = 5.0  # a single snippet of ours


def oracle_path() -> Path:
    """Where the oracle is built (see tests/peers/build.sh)."""
    folder = Path(os.environ.get("CHARTHOUSE_PEERS", Path(__file__).parents[3] / ".peers" / "bin"))
    return folder / "oracle"


class Oracle:
    """Helm's engine, a process for each batch: it flushes its answers when its input ends."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def begin(self, snippets: Sequence[Snippet]) -> Running:
        """Start on a batch."""
        return Running(self.path, snippets)

    def judge(self, snippets: Sequence[Snippet]) -> list[Outcome | None]:
        """The outcome of each; None where the oracle died of it or did not come back."""
        return self.begin(snippets).outcomes()


class Running:
    """A batch the oracle works on."""

    def __init__(self, path: Path, snippets: Sequence[Snippet]) -> None:
        self.path = path
        self.snippets = snippets
        self.answers = b""
        lines = [json.dumps({"template": template, "values": values}) for template, values in snippets]
        self.process = subprocess.Popen(
            [str(path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "GOGC": "800"},
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY)),
        )
        self.talk = threading.Thread(target=self.converse, args=("\n".join([*lines, ""]).encode(),), daemon=True)
        self.talk.start()

    def converse(self, given: bytes) -> None:
        """Hand over the snippets and take the answers."""
        try:
            self.answers, _ = self.process.communicate(given, timeout=10 + 0.02 * len(self.snippets))
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.communicate()

    def outcomes(self) -> list[Outcome | None]:
        """Wait; where the process died, divide the batch until the guilty snippet is alone."""
        self.talk.join()
        lines = self.answers.split(b"\n")[:-1]
        if self.process.returncode == 0 and len(lines) == len(self.snippets):
            return [json.loads(line) for line in lines]
        if len(self.snippets) == 1:
            return [None]
        size = -(-len(self.snippets) // _PARTS)
        parts = [self.snippets[start : start + size] for start in range(0, len(self.snippets), size)]
        return [outcome for part in parts for outcome in Running(self.path, part).outcomes()]


def as_floats(value: Any) -> Any:
    """JSON data as Go reads it: every number a float64."""
    if isinstance(value, dict):
        return {key: as_floats(item) for key, item in value.items()}
    if isinstance(value, list):
        return [as_floats(item) for item in value]
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _as_json(text: str) -> str:
    """What is left of a Go string in Go's JSON: each byte that is no UTF-8 is replaced by one U+FFFD."""
    if text.isascii():
        return text
    whole = text.encode("utf-8", "surrogateescape").decode("utf-8", "surrogateescape")
    return "".join("\ufffd" if "\ud800" <= char <= "\udfff" else char for char in whole)


@functools.cache
def _chart() -> Chart:
    return load_files([File("Chart.yaml", _CHART)], log=silent)


def _render(snippet: Snippet) -> Outcome:
    template, data = snippet
    chart = _chart()
    chart.templates = [File("templates/t", template.encode("utf-8", "surrogateescape"))]
    values = {"Values": as_floats(data), "Release": {"Name": "r"}, "Capabilities": None, "Chart": None}
    limits = Limits(seconds=_SECONDS, clock=time.monotonic)
    try:
        return {"out": _as_json(render(chart, values, log=silent, limits=limits)["c/templates/t"])}
    except RenderError as error:
        return {"out": "", "err": _as_json(error.message)}
    except Exception as error:  # a crash of ours is what we look for
        return {"out": "", "err": f"CRASH {type(error).__name__}: {error}"}


def ours(snippets: Sequence[Snippet]) -> list[Outcome]:
    """What charthouse makes of each."""
    return deep(lambda: [_render(snippet) for snippet in snippets])
