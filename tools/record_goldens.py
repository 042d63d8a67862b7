"""Record what helm 4.3.1 answers to the command lines of tests/cli/cases.txt.

    python tools/record_goldens.py PATH_OF_HELM [NUMBER_OR_WORDS …]

Each row runs in a fresh copy of tests/cli/charts with a HOME of its own and no cluster. Paths of the copy become
`$DIR`. What a command wrote is kept as a digest (of an archive: the digest of what is inside, because compressors
differ).
"""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import json
import os
import shlex
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
FOLDER = os.path.join(HERE, "..", "tests", "cli")
MODIFIED = 1_700_000_000


def cases() -> list[str]:
    with open(os.path.join(FOLDER, "cases.txt"), encoding="utf-8") as file:
        return [line.strip() for line in file if line.strip() and not line.startswith("#")]


def words(case: str, directory: str) -> tuple[dict[str, str], list[str]]:
    """The variables and the arguments of a row."""
    parts = [part.replace("$DIR", directory) for part in shlex.split(case)]
    environ = {}
    while parts and "=" in parts[0] and not parts[0].startswith("-"):
        name, _, value = parts.pop(0).partition("=")
        environ[name] = value
    return environ, parts


def written(directory: str, known: set[str]) -> dict[str, str]:
    """Path → digest of every file a run has added or changed."""
    out = {}
    for folder, _, names in os.walk(directory):
        for name in names:
            path = os.path.join(folder, name)
            relative = os.path.relpath(path, directory)
            with open(path, "rb") as file:
                data = file.read()
            if name.endswith(".tgz"):
                with contextlib.suppress(OSError, EOFError):
                    data = gzip.decompress(data)
            digest = hashlib.sha256(data).hexdigest()[:16]
            if f"{relative} {digest}" not in known:
                out[relative] = digest
    return dict(sorted(out.items()))


def compared(case: str, text: str) -> str:
    """Of help and completion only what must agree: usage lines, names and types of flags, candidates; no sentences."""
    if "\nUsage:\n" in text:
        lines = [line.split("   ")[0].rstrip() for line in text.partition("Usage:\n")[2].splitlines()]
        return "\nUsage:\n" + "".join(f"{line}\n" for line in lines if line.startswith(("  helm", "  -", "      --")))
    if case.startswith("__complete"):
        return "".join(f"{line.partition(chr(9))[0]}\n" for line in text.splitlines())
    return text


def date(directory: str) -> None:
    """Give every file one modification time: archives hold it, and a checkout's files have that of the checkout."""
    for folder, _, names in os.walk(directory):
        for name in names:
            os.utime(os.path.join(folder, name), (MODIFIED, MODIFIED))


def record(helm: str, case: str) -> dict[str, object]:
    with tempfile.TemporaryDirectory() as base:
        directory = os.path.join(base, "work")
        shutil.copytree(os.path.join(FOLDER, "charts"), directory)
        date(directory)
        before = {f"{path} {digest}" for path, digest in written(directory, set()).items()}
        extra, arguments = words(case, directory)
        environ = {"PATH": os.environ["PATH"], "HOME": os.path.join(base, "home"), "TZ": "UTC", **extra}
        run = subprocess.run(
            [helm, *arguments], cwd=directory, env=environ, capture_output=True, check=False, stdin=subprocess.DEVNULL
        )
        row: dict[str, object] = {"case": case, "exit": run.returncode}
        for key, data in (("stdout", run.stdout), ("stderr", run.stderr)):
            text = data.decode("utf-8", "surrogateescape").replace(directory, "$DIR").replace(base, "$BASE")
            row[key] = compared(case, text) if key == "stdout" else text
        files = written(directory, before)
        if files:
            row["files"] = files
        return row


def main() -> None:
    helm, wanted = os.path.abspath(sys.argv[1]), " ".join(sys.argv[2:])
    path = os.path.join(FOLDER, "goldens.json")
    rows = {}
    if wanted:
        with open(path, encoding="utf-8") as file:
            rows = {row["case"]: row for row in json.load(file)}
    fresh = [rows[c] if c in rows and wanted not in c else record(helm, c) for c in cases()]
    with open(path, "w", encoding="utf-8") as file:
        json.dump(fresh, file, indent=1, ensure_ascii=True)
        file.write("\n")
    print(f"{len(fresh)} rows")


if __name__ == "__main__":
    main()
