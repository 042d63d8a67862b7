"""Repositories beside the real helm 4.3.1: the same command lines in a home of each, against one server.

Compared are standard output, standard error (our hints aside), exit status, repositories.yaml, and the names and bytes
of what is kept. Needs the peer `helm4`.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conformance.repositories.server import INDEXES, Repository
from tests.conformance.repositories.tools import homes, pack_charts, peer, run

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
search hub web server --endpoint @HOST/hub
search hub web server --endpoint @HOST/hub -o json
search hub web server --endpoint @HOST/hub --list-repo-url --max-col-width 12
search hub nothing --endpoint @HOST/hub
search hub nothing --endpoint @HOST/hub --fail-on-no-result
search hub x --endpoint @HOST/404
search hub x --endpoint nowhere
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


@pytest.fixture(scope="module")
def charts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return pack_charts(tmp_path_factory.mktemp("charts"))


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


COMPLETED = """
install plain/
install r plain/a
install r p
install r ./
install r file://x
install r plain/apple ''
install -g ''
install -g plain/apple --version ''
install r plain/apple --version ''
template plain/apple --version 1
template r plain/
upgrade r plain/
upgrade r plain/apple --version ''
pull ''
pull h
pull oci://
pull plain/apple --version ''
pull plain/nope --version ''
pull plain/apple plain/
show values plain/
show chart plain/apple --version ''
repo remove ''
repo remove plain ''
repo update p
repo add ''
search repo pl
push ''
push a oci://
registry logout ''
"""


def test_a_shell_is_told_the_same(tmp_path: Path, server: Repository) -> None:
    """Candidates come from Helm in any order, ours in the order of the index."""
    peer()
    different = []
    where = homes(tmp_path)
    for tool, home in where.items():
        for name in ("plain", "pluto"):
            assert run(tool, f"repo add {name} @PLAIN", home, server.address)[0] == 0
        (home / "plainfile").write_text("")
    for line in COMPLETED.strip().split("\n"):
        answers = []
        for tool, home in where.items():
            status, out, error = run(tool, f"__complete {line}", home, server.address)
            answers.append((status, sorted(out.split("\n")), error))
        if answers[0] != answers[1]:
            different.append(f"{line}\n  {answers[0]}\n  {answers[1]}")
    assert not different, "\n".join(different)
