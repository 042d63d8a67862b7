"""Repositories beside the real helm 4.3.1: the same command lines in a home of each, against one server.

Compared are standard output, standard error (our hints aside), exit status, repositories.yaml, and the names and bytes
of what is kept. Needs the peer `helm4`.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conformance.repositories.server import INDEXES, Repository

PEERS = Path(os.environ.get("CHARTHOUSE_PEERS", ".peers/bin"))
TOOLS = {"helm": [str(PEERS / "helm4")], "charthouse": [sys.executable, "-m", "charthouse"]}

CHART = {
    "Chart.yaml": "apiVersion: v2\nname: {name}\nversion: {version}\nappVersion: '1.{minor}'\n"
    "description: The {name} chart\n"
    "keywords: [fruit, {name}]\n",
    "values.yaml": "n: 1\n",
    "README.md": "# {name}\n",
    "templates/c.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {{{{name: {name}}}}}\n",
}
STORY = """
repo list
repo list -o json
repo list -o yaml
repo update
repo remove x
search repo
search repo x -o json
repo add plain @PLAIN
repo add plain @PLAIN
repo add plain @PLAIN/x
repo add plain @PLAIN/ --force-update
repo add plain @PLAIN --force-update --username u --password p
repo add plain @PLAIN --force-update
repo add a/b @PLAIN
repo add away @HOST/away
repo add redirect @HOST/redirect
repo add loop @HOST/loop
repo add ftp ftp://x/y
repo add none none
repo add refused http://127.0.0.1:1/x
repo add missing @HOST/404
repo add denied @HOST/auth
repo add denied @HOST/auth --username anna --password wrong
repo add auth @HOST/auth --username anna --password secret
repo add stdin @HOST/auth --username anna --password-stdin
repo add stable https://kubernetes-charts.storage.googleapis.com
repo add
repo add x
repo add query @PLAIN?a=b
repo list
repo list -o json
repo list --no-headers
repo update plain
repo update plain nope
search repo
search repo apple
search repo fruit
search repo fruit -l
search repo plain/ -l --version '>0.1'
search repo fruit --devel -o yaml
search repo --version nonsense
search repo --version '^1' --max-col-width 10
search repo -r 'app.e$'
search repo -r '('
search repo nothing
search repo nothing -o json
search repo nothing --fail-on-no-result
search repo pear apple
pull plain/apple -d @HOME
pull plain/apple --version 1.0.0 -d @HOME
pull plain/apple --version '^0.1' -d @HOME/sub
pull plain/apple --version 9 -d @HOME
pull plain/apple --version 1.0 -d @HOME
pull plain/apple --devel -d @HOME
pull plain/apple --prov -d @HOME
pull plain/nope -d @HOME
pull nope/apple -d @HOME
pull apple
pull apple --repo @PLAIN -d @HOME
pull apple --repo @PLAIN --version 77 -d @HOME
pull apple --repo @HOST/404 -d @HOME
pull nope --repo @PLAIN -d @HOME
pull @PLAIN/apple-1.0.0.tgz -d @HOME
pull @PLAIN/nope-1.0.0.tgz -d @HOME
pull @HOST/auth/apple-1.0.0.tgz -d @HOME
pull @HOST/auth/apple-1.0.0.tgz --username anna --password secret -d @HOME
pull auth/apple -d @HOME
pull redirect/apple -d @HOME
pull plain/apple --untar -d @HOME
pull plain/apple --untar -d @HOME
pull plain/apple --untar --untardir deep -d @HOME
pull plain/pear plain/apple -d @HOME/two
show chart plain/apple
show values plain/apple --version 0.1.0
show readme @PLAIN/pear-0.2.0.tgz
show chart apple --repo @PLAIN
template t plain/apple
template t plain/apple --devel
template t plain/nope
template t apple --repo @HOST/404
template t @HOST/auth/apple-1.0.0.tgz --username anna --password secret
lint plain/apple
repo remove redirect
repo remove redirect
repo remove plain auth
repo list
"""


def peer() -> None:
    if not Path(TOOLS["helm"][0]).exists():
        if os.environ.get("CI"):
            pytest.fail("peer helm4 is missing")
        pytest.skip("peer helm4 is missing: make peers")


def run(tool: str, line: str, home: Path, host: str) -> tuple[int, str, str]:
    words = [
        w.replace("@PLAIN", f"{host}/plain").replace("@HOST", host).replace("@HOME", str(home))
        for w in shlex.split(line)
    ]
    environment = {"HOME": str(home), "PATH": os.environ["PATH"], "TMPDIR": str(home)}
    done = subprocess.run(
        [*TOOLS[tool], *words],
        env=environment,
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


@pytest.fixture(scope="module")
def charts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with packed charts and their index."""
    folder = tmp_path_factory.mktemp("charts")
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


@pytest.fixture
def server(charts: Path) -> Iterator[Repository]:
    with Repository(charts) as other, Repository(charts, elsewhere=other.address) as server:
        yield server


def kept(home: Path) -> dict[str, bytes]:
    """What a tool left in its home, our own cache and lock files aside."""
    found = {}
    for path in sorted(home.rglob("*")):
        name = str(path.relative_to(home))
        if path.is_file() and "charthouse" not in name and not name.endswith(".lock"):
            data = path.read_bytes()
            found[name] = b"\n".join(sorted(data.split(b"\n"))) if name.endswith("-charts.txt") else data
    return found


def homes(tmp_path: Path) -> dict[str, Path]:
    made = {tool: tmp_path / tool for tool in TOOLS}
    for home in made.values():
        home.mkdir()
    return made


def compare(lines: list[str], tmp_path: Path, host: str) -> list[str]:
    different = []
    where = homes(tmp_path)
    for line in lines:
        answers = {tool: run(tool, line, home, host) for tool, home in where.items()}
        if answers["helm"] != answers["charthouse"]:
            different.append(f"$ {line}\n  helm       {answers['helm']}\n  charthouse {answers['charthouse']}")
    left: dict[str, Any] = {tool: kept(home) for tool, home in where.items()}
    for name in sorted({*left["helm"], *left["charthouse"]}):
        if left["helm"].get(name) != left["charthouse"].get(name):
            different.append(f"{name}:\n  {left['helm'].get(name)!r:.300}\n  {left['charthouse'].get(name)!r:.300}")
    return different


def test_a_user_s_day(tmp_path: Path, server: Repository) -> None:
    peer()
    different = compare(STORY.strip().split("\n"), tmp_path, server.address)
    assert not different, "\n".join(different)


def test_odd_indexes(tmp_path: Path, server: Repository) -> None:
    peer()
    lines = []
    for name in INDEXES:
        lines += [f"repo add {name} @HOST/{name}", f"search repo {name}/ -l", f"pull {name}/a", f"repo remove {name}"]
    different = compare(lines, tmp_path, server.address)
    assert not different, "\n".join(different)
