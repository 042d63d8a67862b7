"""Helm 2.17's own engine (`judge2` of `make peers`) and ours, asked the same: a chart's files, values as YAML text."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from charthouse.actions.render import process_dependencies
from charthouse.charts.capabilities import default_capabilities
from charthouse.charts.loader import load
from charthouse.charts.values import to_render_values
from charthouse.engine.render import render
from charthouse.errors import CharthouseError
from charthouse.formats.yaml import load_map
from charthouse.golang.moment import from_nanoseconds
from charthouse.gotemplate.limits import Limits
from charthouse.logs import silent
from charthouse.profile_helm2 import HELM2

__all__ = ["Judge2", "found_judge", "ours"]

TIME = 1500000000 * 10**9 + 123456789
Answer = dict[str, Any]


class Judge2:
    """The process; a question a line."""

    def __init__(self, path: Path) -> None:
        self.process = subprocess.Popen(
            [str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )

    def ask(self, chart: Path | str, values: str = "", *, upgrade: bool = False) -> Answer:
        """{"files": {path: text} or None, "err": text}."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps({"path": str(chart), "values": values, "upgrade": upgrade}) + "\n")
        self.process.stdin.flush()
        answer: Answer = json.loads(self.process.stdout.readline())
        return answer

    def patch(self, original: Any, modified: Any) -> tuple[Any, str, str]:
        """The patch of an upgrade, its type, and why there is none."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps({"original": original, "modified": modified}) + "\n")
        self.process.stdin.flush()
        answer: Answer = json.loads(self.process.stdout.readline())
        return answer.get("patch"), answer.get("type", ""), answer["err"]

    def kinds(self) -> list[str]:
        """GROUP/VERSION/KIND of all that is patched strategically."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write('{"kinds": true}\n')
        self.process.stdin.flush()
        found: list[str] = json.loads(self.process.stdout.readline())["kinds"]
        return found

    def close(self) -> None:
        """End it."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait(20)


def found_judge() -> Judge2:
    """The running judge; skips, or fails in CI, where it is not built."""
    peers = Path(os.environ.get("CHARTHOUSE_PEERS") or ".peers/bin")
    if not (peers / "judge2").is_file():
        missing = f"missing peer: judge2 (run `make peers`; looked in {peers})"
        if os.environ.get("CI") == "true":
            pytest.fail(missing)
        pytest.skip(missing)
    return Judge2(peers / "judge2")


def ours(chart: Path | str, values: str = "", *, upgrade: bool = False) -> Answer:
    """What charthouse makes of it under the profile helm2."""
    try:
        loaded = load(str(chart), log=silent, profile=HELM2)
        given = load_map(values) if values else {}
        process_dependencies(loaded, given, log=silent, profile=HELM2)
        top = to_render_values(
            loaded,
            given,
            name="release-name",
            namespace="default",
            revision=0,
            is_install=not upgrade,
            is_upgrade=upgrade,
            capabilities=default_capabilities(HELM2),
            log=silent,
            profile=HELM2,
            time=from_nanoseconds(TIME),
        )
        return {"files": render(loaded, top, log=silent, profile=HELM2, limits=Limits()), "err": ""}
    except CharthouseError as error:
        return {"files": None, "err": error.message}
