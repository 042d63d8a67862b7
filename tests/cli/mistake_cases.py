"""The table of typical mistakes: small charts, a command line, and all we say on standard error.

A case in mistakes/*.txt::

    ### what is wrong
    --- templates/web.yaml          a file of the chart `web` (Chart.yaml and values.yaml have defaults)
    a: {{ .Values.a.b }}
    --- ../prod.yaml                beside the chart
    $ template web -f prod.yaml     run in the directory above the chart
    | Error: …                      standard error, hints and all

tools/record_mistakes.py writes the last part, and refuses where the lines that are not hints are not helm 4.3.1's.
"""

from __future__ import annotations

import io
import re
import shlex
from pathlib import Path

from charthouse.cli.main import run
from charthouse.cli.streams import Output

__all__ = ["Mistake", "answer", "read_cases", "write_chart"]

DEFAULTS = {
    "Chart.yaml": "apiVersion: v2\nname: web\nversion: 0.1.0\n",
    "values.yaml": "replicas: 1\n",
}


class Mistake:
    """One case. files: text by path (from the chart's directory); expected: standard error."""

    def __init__(self, title: str) -> None:
        self.title = title
        self.files = dict(DEFAULTS)
        self.written: list[str] = []
        self.command = ""
        self.expected = ""

    @property
    def name(self) -> str:
        return re.sub(r"[^a-z0-9]+", "-", self.title.lower()).strip("-")


def read_cases(path: Path) -> list[Mistake]:
    """The cases of one file."""
    cases: list[Mistake] = []
    name = ""
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("### "):
            cases.append(Mistake(line[4:]))
            name = ""
        elif not cases:
            continue
        elif line.startswith("--- ") and not cases[-1].command:
            name = line[4:].strip()
            cases[-1].files[name] = ""
            cases[-1].written.append(name)
        elif line.startswith("$ ") and not cases[-1].command:
            cases[-1].command = line[2:]
        elif cases[-1].command:
            if line.startswith("|"):
                cases[-1].expected += line[2:] + "\n"
        elif name:
            cases[-1].files[name] += line + "\n"
    return cases


def write_chart(case: Mistake, directory: Path) -> None:
    """The files of a case, the chart in directory/web."""
    for name, text in case.files.items():
        if text == "absent\n":
            continue
        path = (directory / "web" / name).resolve()
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode("utf-8").replace(b"<TAB>", b"\t").replace(b"<CR>", b"\r"))


def answer(case: Mistake, directory: Path) -> tuple[int, str]:
    """Our exit status and standard error; the caller has made `directory` the working directory."""
    out, err = io.BytesIO(), io.BytesIO()
    stdout = Output(out)
    stderr = Output(err, before=stdout)
    environ = {"HOME": str(directory / "home"), "TZ": "UTC", "CHARTHOUSE_CACHE": "", "KUBECONFIG": "/dev/null"}
    status = run(shlex.split(case.command), environ, stdout, stderr, lambda: b"", program="helm")
    stderr.flush()
    return status, err.getvalue().decode("utf-8", "surrogateescape").replace(str(directory), "$DIR")
