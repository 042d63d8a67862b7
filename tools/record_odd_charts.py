"""Record what helm 4.3.1 answers about the odd and damaged charts of tests/cli/odd/charts.json.

    python tools/record_odd_charts.py PATH_OF_HELM [--all]

Without --all only lines that have no answer yet are asked: some answers come in an order that changes from run to run.
charts.json is a list of {"name", "files", "lines"}: the files of a directory (a text; {"base64": …} for bytes;
{"link": target}; null for a directory), on top of those of "base" that are not named in "without", and the command
lines to run in it, each in a fresh copy. answers.json holds for each line [exit status, text on standard output, text
on standard error, files written], the texts as numbers of lines in its list "texts", since most are said often. Paths
become `$DIR`; of a file written a digest is kept (of an archive: of what is inside, because compressors differ).
"""

from __future__ import annotations

import base64
import contextlib
import gzip
import hashlib
import json
import os
import shlex
import subprocess
import sys
import tempfile
import zlib
from typing import Any

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tests", "cli", "odd")
ENVIRON = {"TZ": "UTC", "SOURCE_DATE_EPOCH": "1700000000", "KUBECONFIG": "/nonexistent"}


def files_of(base: dict[str, Any], chart: dict[str, Any]) -> dict[str, Any]:
    """All files of an odd chart."""
    files = {name: text for name, text in base.items() if name not in chart.get("without", ())}
    files.update(chart["files"])
    return files


def build(directory: str, files: dict[str, Any]) -> None:
    """Write the files of an odd chart below a directory."""
    for name, content in files.items():
        path = os.path.join(directory, name)
        if content is None:
            os.makedirs(path, exist_ok=True)
            continue
        os.makedirs(os.path.dirname(path), exist_ok=True)
        if isinstance(content, dict) and "link" in content:
            os.symlink(content["link"], path)
            continue
        data = (
            base64.b64decode(content["base64"])
            if isinstance(content, dict)
            else content.encode("utf-8", "surrogateescape")
        )
        with open(path, "wb") as file:
            file.write(data)


def written(directory: str) -> dict[str, str]:
    """Path → digest of every regular file below a directory."""
    out = {}
    for folder, _, names in os.walk(directory):
        for name in names:
            path = os.path.join(folder, name)
            if not os.path.isfile(path) or os.path.islink(path):
                continue
            with open(path, "rb") as file:
                data = file.read()
            if name.endswith(".tgz"):
                with contextlib.suppress(OSError, EOFError, zlib.error):
                    data = gzip.decompress(data)
            out[os.path.relpath(path, directory)] = hashlib.sha256(data).hexdigest()[:16]
    return dict(sorted(out.items()))


def answer(helm: str, files: dict[str, Any], line: str) -> list[Any]:
    """[exit status, standard output, standard error, files written] of a line."""
    with tempfile.TemporaryDirectory() as base:
        directory = os.path.join(base, "work")
        os.mkdir(directory)
        build(directory, files)
        before = written(directory)
        environ = {"PATH": os.environ["PATH"], "HOME": os.path.join(base, "home"), **ENVIRON}
        run = subprocess.run(
            [helm, *shlex.split(line)],
            cwd=directory,
            env=environ,
            capture_output=True,
            check=False,
            stdin=subprocess.DEVNULL,
        )
        texts = [
            data.decode("utf-8", "surrogateescape").replace(directory, "$DIR").replace(base, "$BASE")
            for data in (run.stdout, run.stderr)
        ]
        fresh = {path: digest for path, digest in written(directory).items() if before.get(path) != digest}
    return [run.returncode, *texts, fresh]


def main() -> None:
    helm = os.path.abspath(sys.argv[1])
    with open(os.path.join(FOLDER, "charts.json"), encoding="utf-8") as file:
        data = json.load(file)
    with open(os.path.join(FOLDER, "answers.json"), encoding="utf-8") as file:
        known: dict[str, Any] = {} if "--all" in sys.argv else json.load(file)
    numbers: dict[str, int] = {}
    rows = {}
    for chart in data["charts"]:
        for line in chart["lines"]:
            told = known.get("answers", {}).get(f"{chart['name']}: {line}")
            if told is None:
                status, out, err, files = answer(helm, files_of(data["base"], chart), line)
            else:
                status, out, err = told[0], known["texts"][told[1]], known["texts"][told[2]]
                files = told[3] if len(told) > 3 else {}
            row: list[Any] = [status, *(numbers.setdefault(text, len(numbers)) for text in (out, err))]
            rows[f"{chart['name']}: {line}"] = [*row, files] if files else row
    with open(os.path.join(FOLDER, "answers.json"), "w", encoding="utf-8") as file:
        rows_text = ",\n".join(f"{json.dumps(key)}: {json.dumps(row)}" for key, row in rows.items())
        texts = ",\n".join(json.dumps(text) for text in numbers)
        file.write(f'{{"texts": [\n{texts}\n],\n"answers": {{\n{rows_text}\n}}}}\n')
    print(f"{len(rows)} lines")


if __name__ == "__main__":
    main()
