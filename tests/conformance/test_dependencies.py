"""Dependencies beside the real helm 4.3.1: the same charts updated and built from the same server, in a home of each.

Compared are what is said, Chart.lock (its time aside) and the archives in charts/: the bytes of downloaded ones, the
names of those packed on the spot. Needs the peer `helm4`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conformance.repositories.server import Repository
from tests.conformance.repositories.tools import TOOLS, homes, pack_charts, peer, run

CHARTS = {
    "one": "- {name: apple, version: ~1, repository: @PLAIN}\n",
    "many": "- {name: apple, version: '>0', repository: @PLAIN, alias: a}\n"
    "- {name: apple, version: 1.0.0, repository: @PLAIN, alias: b, condition: b.on, tags: [x], import-values: [data]}\n"
    "- {name: pear, version: '*', repository: @PLAIN/}\n- {name: sib, version: 0.1.0, repository: 'file://../sib'}\n",
    "named": "- {name: apple, version: '*', repository: '@plain'}\n"
    "- {name: pear, version: '*', repository: 'alias:plain'}\n",
    "unknown": "- {name: apple, version: '*', repository: '@nope'}\n- {name: pear, version: '*', repository: stable}\n",
    "lonely": "- {name: apple, version: 1.0.0}\n",
    "range": "- {name: apple, version: 'x.y', repository: @PLAIN}\n",
    "absent": "- {name: plum, version: 1.0.0, repository: @PLAIN}\n",
    "newer": "- {name: apple, version: '>5', repository: @PLAIN}\n- {name: pear, version: 9, repository: @PLAIN}\n",
    "devel": "- {name: apple, version: '>0-0', repository: @PLAIN}\n",
    "dead": "- {name: apple, version: '*', repository: @HOST/404}\n",
    "gone": "- {name: a, version: '*', repository: @HOST/odd}\n",
    "twoways": "- {name: apple, version: '*', repository: @PLAIN}\n- {name: a, version: '*', repository: @HOST/odd}\n",
    "nowhere": "- {name: sib, version: '*', repository: 'file://../nope'}\n",
    "other": "- {name: sib, version: '>1', repository: 'file://../sib'}\n",
    "scheme": "- {name: sib, version: '*', repository: 'ftp://x/y'}\n",
    "none": "",
}
STORY = [
    *(f"dependency update {name}" for name in CHARTS),
    *(f"dependency list {name}" for name in CHARTS),
    *(f"dependency build {name}" for name in CHARTS),
    "repo add plain @PLAIN",
    "repo add auth @HOST/auth --username anna --password secret",
    *(f"dependency build {name}" for name in CHARTS),
    *(f"dependency update {name}" for name in CHARTS),
    "dependency update one --skip-refresh",
    "dependency build many --skip-refresh",
    "dependency list many",
    "dependency update nope",
    "dependency update one/Chart.yaml",
    "dependency update old",
    "dependency build old",
    "dependency build moved",
    "template t many",
    "template t fresh",
    "template t fresh --dependency-update",
    "template t fresh",
    "package fresh2",
    "package fresh2 -u",
]


def make(home: Path, host: str) -> None:
    """The charts in a home."""
    for name, dependencies in CHARTS.items():
        write(home / name, name, "v2", dependencies, host)
    write(home / "sib", "sib", "v2", "", host)
    write(home / "fresh", "fresh", "v2", CHARTS["one"], host)
    write(home / "fresh2", "fresh2", "v2", CHARTS["one"], host)
    write(home / "moved", "moved", "v2", CHARTS["one"], host)
    (home / "moved" / "Chart.lock").write_text(
        "generated: '2020-01-01T00:00:00Z'\ndigest: sha256:00\ndependencies: []\n"
    )
    write(home / "old", "old", "v1", "", host)
    (home / "old" / "requirements.yaml").write_text(
        f"dependencies:\n{CHARTS['one'].replace('@PLAIN', f'{host}/plain')}"
    )


def write(folder: Path, name: str, api: str, dependencies: str, host: str) -> None:
    folder.mkdir()
    text = f"apiVersion: {api}\nname: {name}\nversion: 0.1.0\n"
    if dependencies:
        listed = dependencies.replace("@PLAIN", f"{host}/plain").replace("@HOST", host)
        text += f"dependencies:\n{listed}"
    (folder / "Chart.yaml").write_text(text)
    (folder / "values.yaml").write_text("b: {on: true}\n")


def left(home: Path) -> dict[str, bytes]:
    """Locks and archives, by path."""
    found = {}
    for path in sorted(home.rglob("*")):
        if path.suffix == ".lock" and path.parent.parent == home:
            found[str(path.relative_to(home))] = re.sub(rb'generated: "[^"]+"', b"", path.read_bytes())
        elif path.suffix == ".tgz" and ".cache" not in str(path):
            found[str(path.relative_to(home))] = b"" if path.name.startswith(("sib", "fresh")) else path.read_bytes()
    return found


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Repository]:
    with Repository(pack_charts(tmp_path_factory.mktemp("charts"))) as running:
        yield running


def test_dependencies_are_helms(tmp_path: Path, server: Repository) -> None:
    peer()
    where = homes(tmp_path)
    for home in where.values():
        make(home, server.address)
    different = []
    for line in STORY:
        answers = {}
        for tool in TOOLS:
            status, out, error = run(tool, line, where[tool], server.address)
            answers[tool] = (status, by_line(out), re.sub(r"time=\S+|\d{4}/\d\d/\d\d \d\d:\d\d:\d\d ", "", error))
        if answers["helm"] != answers["charthouse"]:
            different.append(f"$ {line}\n  helm       {answers['helm']}\n  charthouse {answers['charthouse']}")
        theirs, ours = (left(where[tool]) for tool in ("helm", "charthouse"))
        for name in sorted({*theirs, *ours}):
            if theirs.get(name) != ours.get(name):
                different.append(f"$ {line}\n{name}:\n  {theirs.get(name)!r:.400}\n  {ours.get(name)!r:.400}")
    assert not different, "\n".join(different)


def by_line(text: str) -> list[str]:
    """Helm tells of indexes in the order of the answers."""
    lines = text.splitlines()
    if any(line.startswith("...") for line in lines):
        return sorted(lines)
    return lines
