"""The two tools, each in a home of its own, and charts for them to fetch."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

PEERS = Path(os.environ.get("CHARTHOUSE_PEERS", ".peers/bin"))
TOOLS = {"helm": [str(PEERS / "helm4")], "charthouse": [sys.executable, "-m", "charthouse"]}
WHERE = {"PYTHONPATH": os.environ["PYTHONPATH"]} if "PYTHONPATH" in os.environ else {}

CHART = {
    "Chart.yaml": "apiVersion: v2\nname: {name}\nversion: {version}\nappVersion: '1.{minor}'\n"
    "description: The {name} chart\n"
    "keywords: [fruit, {name}]\n",
    "values.yaml": "n: 1\n",
    "README.md": "# {name}\n",
    "templates/c.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {{{{name: {name}}}}}\n",
}


def peer() -> None:
    """Skips the test without the real helm, or fails it in CI."""
    if not Path(TOOLS["helm"][0]).exists():
        if os.environ.get("CI") == "true":
            pytest.fail("missing peer: helm4")
        pytest.skip("missing peer: helm4 (run `make peers`)")


def run(tool: str, line: str, home: Path, host: str, more: Mapping[str, str] | None = None) -> tuple[int, str, str]:
    """Exit status, standard output and error, our hints and the home's path taken out. more: variables."""
    words = [
        w.replace("@PLAIN", f"{host}/plain").replace("@HOST", host).replace("@HOME", str(home))
        for w in shlex.split(line)
    ]
    done = subprocess.run(
        [*TOOLS[tool], *words],
        env={"HOME": str(home), "PATH": os.environ["PATH"], "TMPDIR": str(home), **WHERE, **(more or {})},
        cwd=home,
        input="secret\n",
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert "Traceback" not in done.stderr, (line, done.stderr)
    error = "".join(piece for piece in done.stderr.splitlines(keepends=True) if not piece.startswith("hint:"))
    texts = [text.replace(str(home), "<home>") for text in (done.stdout, error)]
    return done.returncode, texts[0], re.sub(r"(?<=\.tgz)\d+(?=:)", "", texts[1])  # a temporary name


def pack_charts(folder: Path) -> Path:
    """A folder with packed charts and their index."""
    out = folder / "packed"
    for name, versions in {"apple": ("0.1.0", "1.0.0", "1.1.0-rc1"), "pear": ("0.2.0",)}.items():
        for minor, version in enumerate(versions):
            chart = folder / f"{name}-{version}" / name
            for file, text in CHART.items():
                (chart / file).parent.mkdir(parents=True, exist_ok=True)
                (chart / file).write_text(text.format(name=name, version=version, minor=minor))
            command = [*TOOLS["charthouse"], "package", str(chart), "-d", str(out)]
            subprocess.run(
                command, check=True, capture_output=True, env={**os.environ, "SOURCE_DATE_EPOCH": "1700000000"}
            )
    subprocess.run([*TOOLS["charthouse"], "repo", "index", str(out)], check=True, capture_output=True)
    return out


def homes(folder: Path) -> dict[str, Path]:
    """An empty home for each tool."""
    made = {tool: folder / tool for tool in TOOLS}
    for home in made.values():
        home.mkdir()
    return made
