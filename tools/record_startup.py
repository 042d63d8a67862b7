"""Write ``charthouse/startup_modules.py``: what each of the commands that are to be quick imports in every run.

Each command is run on small charts of its sort, as a directory and as an archive where it takes both; what all its runs
import, in the order in which the imports ended, is its list. Run ``python -m tools.record_startup`` when the test that
compares the two (tests/unit/cli/test_startup_modules.py) says so.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

__all__ = ["imported", "lists", "text"]

TARGET = Path(__file__).resolve().parent.parent / "src" / "charthouse" / "startup_modules.py"

_LINES = {
    "env": [["env"]],
    "lint": [["lint", "{directory}"], ["lint", "{archive}"]],
    "package": [["package", "{directory}", "-d", "{folder}"]],
    "repo-index": [["repo", "index", "{folder}"], ["repo", "index", "{folder}", "--url", "https://example.org"]],
    "show": [["show", "values", "{directory}"], ["show", "chart", "{archive}"]],
    "template": [["template", "name", "{directory}"], ["template", "name", "{archive}", "-n", "space"]],
    "version": [["version"]],
}
# Imported before a bundle is looked for, or only where a run takes long.
_APART = {"cachehome", "compiled", "entry", "privatedir", "", "gotemplate.watch"}

_HEAD = '''"""The modules of this package that every run of a command imports, in the order in which the imports end.

Written by ``tools/record_startup.py``; ``compiled`` makes bundles of them. A list that is not up to date costs time,
nothing else.
"""

from __future__ import annotations

__all__ = ["modules_of"]


def modules_of(word: str) -> list[str]:
    """The full names of the modules the command `word` imports, none for a command without a list."""
    return [f"charthouse.{name}" for name in _LISTS.get(word, "").split()]


_LISTS = {
'''


def imported(arguments: list[str], home: str) -> list[str]:
    """The modules of this package one command line imports, in the order in which the imports end, without
    `charthouse.` before their names."""
    code = "import sys; sys.argv[0] = 'charthouse'; from charthouse.cli.main import entry; entry()"
    environ = {"HOME": home, "PATH": os.environ.get("PATH", ""), "PYTHONPATH": str(TARGET.parent.parent)}
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-c", code, *arguments],
        capture_output=True, text=True, check=True, env=environ, cwd=home,
    )  # fmt: skip
    found = []
    for line in done.stderr.splitlines():
        name = line.rpartition("|")[2].strip()
        if line.startswith("import time:") and (name == "charthouse" or name.startswith("charthouse.")):
            found.append(name.partition(".")[2])
    return [name for name in dict.fromkeys(found) if name not in _APART]


def lists() -> dict[str, list[str]]:
    """For each command what all its runs import."""
    with tempfile.TemporaryDirectory() as home:
        imported(["create", "web"], home)
        imported(["package", "web"], home)
        places = {"directory": f"{home}/web", "archive": f"{home}/web-0.1.0.tgz", "folder": home}
        answer = {}
        for word, lines in _LINES.items():
            first, *others = [imported([part.format(**places) for part in line], home) for line in lines]
            answer[word] = [name for name in first if all(name in other for other in others)]
        return answer


def text(found: dict[str, list[str]]) -> str:
    """The module's source."""
    parts = [_HEAD]
    for word, names in found.items():
        lines = [""]
        for name in names:
            if len(lines[-1]) + len(name) > 110:
                lines.append("")
            lines[-1] += f" {name}" if lines[-1] else name
        body = "\n".join(f"        {line}" for line in lines)
        parts.append(f'    "{word}": """\n{body}\n    """,\n')
    return "".join([*parts, "}\n"])


if __name__ == "__main__":
    TARGET.write_text(text(lists()))
