"""A case as a directory and command lines, run by a live `helm4` and by us (see `odd_charts.play`).

The lines of standard error are compared as a set: Helm logs in the random order of its maps.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.conformance.chart_trees.grow import Case
from tests.conformance.odd_charts.play import Answer, Stage

__all__ = ["command_lines", "differences", "words"]

VALUE_FLAGS = ("template", "lint", "install")


def words(case: Case, command: str) -> list[str]:
    """The command line: `template` and `lint` take the case's values."""
    line = command.split(" ")
    if line[0] not in VALUE_FLAGS:
        return line
    for at in range(len(case.values)):
        line += ["-f", f"v{at}.yaml"]
    for flag, text in case.sets:
        line += [f"--{flag}", text]
    return line


def command_lines(case: Case, *, all_of_them: bool) -> list[list[str]]:
    """What to ask about a case."""
    commands = ["template r chart"]
    if all_of_them:
        commands += ["lint chart --with-subcharts", "lint chart --strict", "show values chart", "dependency list chart"]
        commands += ["show all chart", "install r chart --dry-run=client"]
    return [words(case, command) for command in commands]


def _settled(answer: Answer) -> tuple[Any, ...]:
    status, out, err, files = answer
    return status, out, tuple(sorted(err.split("\n"))), json.dumps(files)


def build(stage: Stage, case: Case) -> bool:
    files: dict[str, Any] = {f"chart/{name}": text for name, text in case.files.items()}
    files.update({f"v{at}.yaml": text for at, text in enumerate(case.values)})
    return stage.build({**files, **case.side})


def differences(helm: Path, cases: list[Case], folder: Path, *, all_of_them: bool) -> list[tuple[Any, Answer, Answer]]:
    """(case and command line, Helm's answer, ours) where Helm in 12 runs never says what we say."""
    stage = Stage(folder, str(helm))
    found = []
    for case in cases:
        if not build(stage, case):
            continue
        for line in command_lines(case, all_of_them=all_of_them):
            ours, theirs = stage.ours(line), stage.theirs(line)
            if _settled(ours) == _settled(theirs) or "contains itself" in ours[2]:
                continue
            again = [_settled(stage.theirs(line)) for _ in range(12)]
            if _settled(ours) not in again and not any(status == 2 for status, *_ in again):
                found.append(((case._asdict(), line), theirs, ours))
    return found
