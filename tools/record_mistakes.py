"""Writes what we say about the mistakes of tests/cli/mistakes/*.txt into these files; run it, then read every change.

usage: record_mistakes.py [HELM [WORD …]]

HELM: helm 4.3.1; a case whose lines that are no hints differ from its standard error is named and left alone (without
HELM this is not looked at). WORD: only cases whose title has one of these words.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.cli.mistake_cases import Mistake, answer, read_cases, write_chart  # noqa: E402  # found through the path above


def _record(case: Mistake, helm: str) -> str:
    """Our standard error; "" (and a word why) where Helm's lines are not in it."""
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name).resolve()
        write_chart(case, directory)
        os.chdir(directory)
        status, said = answer(case, directory)
        if helm:
            ours = "".join(line for line in said.splitlines(keepends=True) if not line.startswith("hint: "))
            done = subprocess.run(
                [helm, *shlex.split(case.command)],
                capture_output=True,
                text=True,
                check=False,
                timeout=60,
                env={
                    "HOME": str(directory / "home"),
                    "TZ": "UTC",
                    "KUBECONFIG": "/dev/null",
                    "PATH": os.environ["PATH"],
                },
            )
            theirs = done.stderr.replace(str(directory), "$DIR")
            if (ours, status) != (theirs, done.returncode):
                print(f"DIFFERS: {case.title}\n--- helm ({done.returncode})\n{theirs}--- ours ({status})\n{said}")
                return ""
        os.chdir("/")
    return said


def _text(case: Mistake) -> str:
    out = [f"### {case.title}\n"]
    for name in case.written:
        out += [f"--- {name}\n", case.files[name]]
    out.append(f"$ {case.command}\n")
    out += [f"| {line}\n" for line in case.expected.splitlines()]
    return "".join(out)


def main() -> None:
    helm = sys.argv[1] if len(sys.argv) > 1 else ""
    for path in sorted((ROOT / "tests/cli/mistakes").glob("*.txt")):
        cases = read_cases(path)
        for case in cases:
            if sys.argv[2:] and not any(word in case.title for word in sys.argv[2:]):
                continue
            said = _record(case, helm)
            if said and said != case.expected:
                print(f"### {case.title}\n$ {case.command}\n{said}")
                case.expected = said
        head = path.read_text(encoding="utf-8").partition("### ")[0]
        path.write_text(head + "\n".join(_text(case) for case in cases), encoding="utf-8")


if __name__ == "__main__":
    main()
