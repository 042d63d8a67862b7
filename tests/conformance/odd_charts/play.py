"""Runs a command line with a real helm and with us in the same directory, and says what differs."""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import io
import os
import re
import shutil
import signal
import subprocess
import zlib
from pathlib import Path
from typing import Any

from tests.conformance.odd_charts.bases import Files, content

__all__ = ["Answer", "Stage", "difference"]

ENVIRON = {"TZ": "UTC", "SOURCE_DATE_EPOCH": "1700000000", "KUBECONFIG": "/nonexistent"}
_SECONDS = 60
_MOMENTS = re.compile(
    r"LAST DEPLOYED: [^\n]*|\b20[2-9]\d-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)|(?<=-)1\d{9}\b"
)
_TEMPORARY = re.compile(r"/tmp/helm-?lint[A-Za-z0-9_-]*")

Answer = tuple[int, str, str, dict[str, str]]
"""Exit status, standard output, standard error without our hints, files written and their digests."""


class _Late(BaseException):
    """Our side took too long."""


class Stage:
    """A directory in which one chart at a time is built."""

    def __init__(self, base: Path, helm: str) -> None:
        self.base = base
        self.helm = helm
        self.directory = base / "work"
        self.files: Files = {}
        self.before: dict[str, str] = {}
        self.kept = False

    def keep(self) -> None:
        """From now on what lines write stays, until the next chart is built."""
        self.kept = True

    def build(self, files: Files) -> bool:
        """Writes the files; False when they cannot stand beside each other."""
        self.files = files
        self.kept = False
        os.chdir(self.base)
        shutil.rmtree(self.directory, ignore_errors=True)
        self.directory.mkdir(parents=True)
        os.chdir(self.directory)
        try:
            for name, value in files.items():
                _write(Path(os.fsencode(self.directory).decode("utf-8", "surrogateescape")) / name, value)
        except (OSError, ValueError):
            return False
        self.before = _digests(self.directory)
        return True

    def _finished(self, status: int, out: bytes, err: bytes) -> Answer:
        texts = [data.decode("utf-8", "surrogateescape").replace(str(self.directory), "$DIR") for data in (out, err)]
        after = _digests(self.directory)
        fresh = {path: digest for path, digest in after.items() if self.before.get(path) != digest}
        if not self.kept and (fresh or self.before.keys() - after.keys()):
            self.build(self.files)
        shown = [_TEMPORARY.sub("$TEMP", _MOMENTS.sub("$MOMENT", text)) for text in texts]
        told = "".join(line for line in shown[1].splitlines(keepends=True) if not line.startswith("hint: "))
        return status, shown[0], told, fresh

    def theirs(self, words: list[str], extra: dict[str, str] | None = None) -> Answer:
        environ = {"PATH": os.environ["PATH"], "HOME": str(self.base / "home"), **ENVIRON, **(extra or {})}
        arguments = [word.replace("$DIR", str(self.directory)).encode("utf-8", "surrogateescape") for word in words]
        try:
            run = subprocess.run(
                [self.helm.encode(), *arguments],
                cwd=self.directory,
                env=environ,
                capture_output=True,
                check=False,
                stdin=subprocess.DEVNULL,
                timeout=_SECONDS,
            )
        except subprocess.TimeoutExpired:
            return self._finished(-1, b"", b"late")
        return self._finished(run.returncode, run.stdout, run.stderr)

    def ours(self, words: list[str], extra: dict[str, str] | None = None) -> Answer:
        from charthouse.cli.main import run
        from charthouse.cli.streams import Output

        out, err = io.BytesIO(), io.BytesIO()
        stdout = Output(out)
        stderr = Output(err, before=stdout)
        environ = {"HOME": str(self.base / "home"), **ENVIRON, "CHARTHOUSE_CACHE": "", **(extra or {})}

        def late(*_: Any) -> None:
            raise _Late

        signal.signal(signal.SIGALRM, late)
        signal.alarm(_SECONDS)
        try:
            arguments = [word.replace("$DIR", str(self.directory)) for word in words]
            status = run(arguments, environ, stdout, stderr, lambda: b"", program="helm")
            stdout.flush()
            stderr.flush()
        except _Late:
            return self._finished(-1, "", "late") if False else self._finished(-1, b"", b"late")
        except BaseException as error:
            return self._finished(
                -2, out.getvalue(), f"raised {type(error).__name__}: {error}".encode("utf-8", "replace")
            )
        finally:
            signal.alarm(0)
        return self._finished(status, out.getvalue(), err.getvalue())


def _write(path: Path, value: Any) -> None:
    if value is None:
        path.mkdir(parents=True, exist_ok=True)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(value, dict) and "link" in value:
        path.symlink_to(value["link"])
    else:
        path.write_bytes(content(value))


def _digests(directory: Path) -> dict[str, str]:
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


def difference(
    stage: Stage, words: list[str], extra: dict[str, str] | None = None, *, tries: int = 4
) -> tuple[Answer, Answer] | None:
    """Helm's answer and ours when they differ. helm runs again, since its order of things is at times random."""
    ours = stage.ours(words, extra)
    theirs = stage.theirs(words, extra)
    for _ in range(tries):
        if _same(theirs, ours):
            return None
        again = stage.theirs(words, extra)
        if again != theirs and _sorted(again) == _sorted(ours):
            return None  # helm does not agree with itself
        theirs = again
    return None if _same(theirs, ours) else (theirs, ours)


_OURS = re.compile(r"(--)?(dev-cluster|compat|recover|cluster|diff|explain|serve|show-secrets|live)\b")


_PROGRAM = re.compile(r'^HELM_BIN=.*|, Charthouse:"[^"]*"|(?<=v4\.3\.1\+)\S+', re.MULTILINE)
"""Where the program is, and which version of ours."""


def _same(theirs: Answer, ours: Answer) -> bool:
    """Of help and completion only usage lines, names and flags must agree; the sentences are ours."""
    if theirs == ours:
        return True
    if theirs[0] != ours[0] or theirs[3] != ours[3]:
        return False
    if _PROGRAM.sub("", theirs[1]) == _PROGRAM.sub("", ours[1]) and theirs[2] == ours[2]:
        return True
    if theirs[1].startswith(("#", "compdef")) and "completion" in theirs[1][:200]:
        return ours[2] == theirs[2]  # a completion script
    if "\nUsage:\n" in theirs[1] or "Available Commands:" in theirs[2] or ":ShellCompDirective" in theirs[2]:
        return _names(theirs[1]) == _names(ours[1]) and _names(theirs[2]) == _names(ours[2])
    return False


def _names(text: str) -> list[str]:
    if "Usage:\n" in text:
        lines = text.partition("Usage:\n")[2].splitlines()
        told = [line.split("   ")[0].rstrip() for line in lines if line.startswith(("  helm", "  -", "      --"))]
    else:
        told = [re.split(r"\t| {2,}(?=\S)", line.lstrip())[0] for line in text.splitlines()]
    return sorted(line for line in told if line and not _OURS.search(line))


def _sorted(answer: Answer) -> tuple[Any, ...]:
    return (answer[0], sorted(answer[1]), sorted(answer[2]), answer[3])
