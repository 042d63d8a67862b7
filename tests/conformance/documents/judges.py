"""The real Helm as a judge: a JSON line in, a JSON line out (tests/peers/oracle, tests/peers/judge)."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

__all__ = ["ask", "ask_oracle"]


def ask(program: Path, questions: list[dict[str, Any]], *, timeout: float = 600) -> list[dict[str, Any]]:
    """The answers of one process to many questions; {"panic": …} for one that ends the process."""
    lines = "".join(json.dumps(question) + "\n" for question in questions)
    done = subprocess.run(
        [program],
        input=lines.encode(),
        capture_output=True,
        check=False,
        timeout=timeout,
        env={"TZ": os.environ.get("TZ", "UTC")},
    )
    if done.returncode == 0:
        return [json.loads(line) for line in done.stdout.split(b"\n")[:-1]]
    if len(questions) == 1:
        return [{"panic": done.stderr[:200].decode(errors="replace")}]
    middle = len(questions) // 2
    return [answer for half in (questions[:middle], questions[middle:]) for answer in ask(program, half)]


def ask_oracle(program: Path, template: str, values: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What one template makes of each of many values in Helm's engine: {"out": text} with "err" where it failed."""
    return ask(program, [{"template": template, "values": item} for item in values])
