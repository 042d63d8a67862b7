"""Carry out the Containerfile's steps in a plain folder, where there is no container engine.

Usage: build_plain.py FOLDER [WORD…]

Each stage becomes a folder below FOLDER, with the paths of the image inside; RUN lines run in it with this machine's
shell and this interpreter as `python3`. Then the ENTRYPOINT is run with WORDs (`--version` when there are none) in the
last stage's environment. What no folder can do is checked instead: FROM must name a tag, USER a number that is not 0.
The exit status is that of the entry point, or 1 when a line cannot be carried out.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PREFIXES = ("opt", "src", "tmp")
"""Folders of the image that its lines may name."""


class BadLine(Exception):
    """A line of the Containerfile that cannot be carried out."""


@dataclass
class Stage:
    """One stage: its folder and what its lines have set."""

    root: Path
    name: str = ""
    folder: str = "/"
    user: str = ""
    environment: dict[str, str] = field(default_factory=dict)
    entry: list[str] = field(default_factory=list)

    def path(self, inside: str) -> Path:
        """Where a path of the image lies."""
        return self.root / os.path.join(self.folder, inside).lstrip("/")

    def translated(self, text: str) -> str:
        """Text with the image's absolute paths made into those of this machine."""
        return re.sub(rf"(?<![\w./-])/({'|'.join(PREFIXES)})\b", lambda found: f"{self.root}/{found[1]}", text)

    def variables(self) -> dict[str, str]:
        """The environment of a RUN line and of the entry point."""
        tools = self.root / ".tools"
        tools.mkdir(parents=True, exist_ok=True)
        if not (tools / "python3").exists():
            (tools / "python3").symlink_to(sys.executable)
        kept = {name: value for name, value in os.environ.items() if name.startswith(("PIP_", "SSL_", "HTTP", "http"))}
        path = f"{tools}:/usr/local/bin:/usr/bin:/bin"
        found = {**kept, "PATH": path, "HOME": str(self.root / "tmp"), "LANG": "C.UTF-8"}
        for name, value in self.environment.items():
            found[name] = self.translated(value).replace("$PATH", path)
        return found


def lines(text: str) -> list[tuple[str, str]]:
    """(instruction, rest) of each line, comments left out, continued lines joined."""
    joined = re.sub(r"\\\n", " ", "\n".join(line for line in text.splitlines() if not line.startswith("#")))
    return [
        (word.upper(), rest.strip())
        for word, _, rest in (line.partition(" ") for line in joined.splitlines() if line.strip())
    ]


def build(text: str, folder: Path) -> Stage:
    """Every stage; the last one. Raises BadLine, CalledProcessError."""
    stages: list[Stage] = []
    for word, rest in lines(text):
        if word == "FROM":
            image, _, name = rest.partition(" AS ")
            if not re.fullmatch(r"[\w.-]+(/[\w.-]+)+:[\w.-]+", image):
                raise BadLine(f"FROM {image}: give the registry and a tag")
            stages.append(Stage(folder / f"stage{len(stages)}", name))
            for prefix in PREFIXES:
                (stages[-1].root / prefix).mkdir(parents=True, exist_ok=True)
        elif not stages:
            raise BadLine(f"{word} before FROM")
        else:
            step(stages, word, rest)
    if not stages or not stages[-1].entry:
        raise BadLine("there is no ENTRYPOINT")
    if not re.fullmatch(r"[1-9]\d*(:[1-9]\d*)?", stages[-1].user):
        raise BadLine(f"USER {stages[-1].user or 'is missing'}: runAsNonRoot needs a number that is not 0")
    return stages[-1]


def step(stages: list[Stage], word: str, rest: str) -> None:
    stage = stages[-1]
    if word == "WORKDIR":
        stage.folder = rest
        stage.path("").mkdir(parents=True, exist_ok=True)
    elif word == "COPY":
        copy(stages, shlex.split(rest))
    elif word == "RUN":
        subprocess.run(["sh", "-ec", stage.translated(rest)], cwd=stage.path(""), env=stage.variables(), check=True)
    elif word == "ENV":
        stage.environment.update(pair.partition("=")[::2] for pair in shlex.split(rest))
    elif word == "USER":
        stage.user = rest
    elif word == "ENTRYPOINT":
        stage.entry = json.loads(rest)
    elif word != "EXPOSE":
        raise BadLine(f"{word} is not known here")


def copy(stages: list[Stage], words: list[str]) -> None:
    """COPY SOURCE… TARGET, from the checkout or from another stage."""
    stage, source = stages[-1], None
    if words[0].startswith("--from="):
        name = words.pop(0).partition("=")[2]
        source = next((one for one in stages if one.name == name), None)
        if source is None:
            raise BadLine(f"there is no stage {name}")
    *names, target = words
    for name in names:
        begin = source.path(name) if source else ROOT / name
        end = stage.path(target)
        end = end / begin.name if begin.is_file() or target.endswith("/.") else end
        if begin.is_dir():
            ignore = None if source else shutil.ignore_patterns("__pycache__")
            shutil.copytree(begin, end, symlinks=True, dirs_exist_ok=True, ignore=ignore)
        elif begin.is_file():
            end.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(begin, end)
        else:
            raise BadLine(f"COPY {name}: no such file")
        if source:
            moved(end, str(source.root), str(stage.root))


def moved(tree: Path, before: str, after: str) -> None:
    """A virtual environment knows its path, which in the image is the same in every stage."""
    for path in [*tree.glob("bin/*"), tree / "pyvenv.cfg"]:
        if path.is_file() and not path.is_symlink():
            path.write_bytes(path.read_bytes().replace(before.encode(), after.encode()))


def main(words: list[str]) -> int:
    if not words:
        sys.stderr.write((__doc__ or "").split("\n\n")[1] + "\n")
        return 2
    folder = Path(words[0]).resolve()
    try:
        last = build((ROOT / "Containerfile").read_text("utf-8"), folder)
    except (BadLine, subprocess.CalledProcessError) as error:
        print(f"Containerfile: {error}", file=sys.stderr)
        return 1
    variables = last.variables()
    program = shutil.which(last.entry[0], path=variables["PATH"])
    if program is None or not program.startswith(str(last.root)):
        print(f"Containerfile: ENTRYPOINT {last.entry[0]} is not in the image", file=sys.stderr)
        return 1
    command = [program, *last.entry[1:], *(words[1:] or ["--version"])]
    return subprocess.run(command, cwd=last.path(""), env=variables, check=False).returncode


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
