"""The command: make charts by number, compare, print what differs and keep it as JSON."""

from __future__ import annotations

import argparse
import json
import random
import re
import shlex
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from tests.conformance.odd_charts import archives, chart_file, templates, tree, values
from tests.conformance.odd_charts.bases import Files, base, unpacked
from tests.conformance.odd_charts.lines import command_lines, environment, surface_line
from tests.conformance.odd_charts.play import Stage, difference

__all__ = ["created_chart", "make"]

_FAMILIES = (
    (chart_file.MUTATIONS, 26),
    (values.MUTATIONS, 18),
    (templates.MUTATIONS, 26),
    (tree.MUTATIONS, 24),
)
_RANDOM = re.compile(r"\brand[A-Z]|\bgen[A-Z]|uuidv4|\bnow\b|htpasswd|bcrypt|shuffle")
_SMALL = 40_000
"""Bytes of an archive of a real chart that is still quick to render."""


def make(number: int, created: Files, real: list[Path]) -> tuple[Files, list[list[str]], str]:
    """Chart, command lines and story of a number."""
    rng = random.Random(number)
    files = base(rng, created, real)
    told = []
    for _ in range(rng.choice((1, 1, 1, 2, 2, 3))):
        (mutations,) = rng.choices([family for family, _ in _FAMILIES], [weight for _, weight in _FAMILIES])
        told.append(rng.choice(mutations)(rng, files))
    if rng.random() < 0.14:
        told.append(archives.as_archive(rng, files))
    return files, command_lines(rng, files, 4), "; ".join(told)


def main() -> int:
    parser = argparse.ArgumentParser(prog="odd_charts")
    parser.add_argument("helm")
    parser.add_argument("--charts", type=int, default=100, help="how many charts")
    parser.add_argument("--seed", type=int, default=0, help="number of the first")
    parser.add_argument("--corpus", type=Path, help="directory of real chart archives")
    parser.add_argument("--surface", action="store_true", help="random words and flags instead of odd charts")
    parser.add_argument("--found", type=Path, help="where differences are kept as JSON lines")
    arguments = parser.parse_args()
    real = _real(arguments.corpus) if arguments.corpus else []
    count = differing = 0
    start = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        stage = Stage(Path(folder), str(Path(arguments.helm).resolve()))
        stage.build({})
        stage.theirs(["version"])
        created = created_chart(stage)
        found = arguments.found.resolve().open("a", encoding="utf-8") if arguments.found else None
        for number in range(arguments.seed, arguments.seed + arguments.charts):
            if arguments.surface:
                rng = random.Random(number)
                files, lines, story = (
                    dict(created),
                    [surface_line(rng) for _ in range(4)],
                    "surface",
                )
            else:
                files, lines, story = make(number, created, real)
            if not stage.build(files):
                continue
            for line in lines:
                count += 1
                extra = environment(random.Random(f"{number} {line}")) if arguments.surface else {}
                pair = difference(stage, line, extra)
                if pair is not None:
                    differing += 1
                    _tell(number, f"{story} {extra or ''}", line, *pair)
                    if found:
                        row = {
                            "number": number,
                            "line": line,
                            "extra": extra,
                            "files": files,
                            "theirs": pair[0],
                            "ours": pair[1],
                        }
                        found.write(json.dumps(row) + "\n")
                        found.flush()
    sys.stdout.write(f"{count} lines, {differing} differ, {time.monotonic() - start:.0f} s\n")
    return 1 if differing else 0


def _real(folder: Path) -> list[Path]:
    """Small archives of charts that render the same each time."""
    small = sorted(path for path in folder.glob("*.tgz") if path.stat().st_size < _SMALL)
    return [path for path in small if not _RANDOM.search("".join(map(str, unpacked(path).values())))]


def created_chart(stage: Stage) -> Files:
    """What `helm create odd` makes."""
    import subprocess

    subprocess.run([stage.helm, "create", "odd"], cwd=stage.directory, check=True, capture_output=True)
    return {
        str(path.relative_to(stage.directory)): path.read_text(encoding="utf-8")
        for path in sorted(stage.directory.rglob("*"))
        if path.is_file()
    }


def _tell(number: int, story: str, line: list[str], theirs: Any, ours: Any) -> None:
    import difflib

    text = f"#### {number} helm {shlex.join(line)}\n     {story}"[:1500] + "\n"
    for name, one, other in zip(("status", "stdout", "stderr", "files"), theirs, ours, strict=True):
        if one == other:
            continue
        a, b = ([str(side)] if name in ("status", "files") else side.splitlines() for side in (one, other))
        rows = list(difflib.unified_diff(a, b, f"helm {name}", "ours", lineterm="", n=0))
        text += "".join(f"{row[:400]}\n" for row in rows[:14])
    sys.stdout.write(text.encode("utf-8", "backslashreplace").decode())
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
