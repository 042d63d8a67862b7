"""Plugins beside the real helm 4.3.1 (and 3.17.3): the same command lines over the same plugins, each in a home of its
own. Needs the peers `helm4` and `helm3`; `git` for repositories, `gpg` for signatures.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.conformance.plugins import CHART, FILES, LEGACY, write
from tests.conformance.plugins.sources import archives, keys, put_artifact, repository
from tests.conformance.plugins.stories import MANAGED, OCI, RUN, SIGNED, SUITE
from tests.conformance.repositories.server import Repository
from tests.conformance.repositories.tools import PEERS, pack_charts, peer

TOOLS = {
    "helm": [str(PEERS / "helm4")],
    "charthouse": [sys.executable, "-m", "charthouse"],
    "helm3": [str(PEERS / "helm3")],
}
# Helm says it of the plugins it comes across before the one that is meant.
_LOADING = "plugin completion file loading"


def play(tool: str, line: str, home: Path, host: str = "") -> tuple[int, str, str]:
    """Exit status, standard output and error; our hints, the home's path and what tells the tools apart taken out."""
    words = [w.replace("@HOME", str(home)).replace("@HOST", host) for w in shlex.split(line)]
    environ = {"HOME": str(home), "PATH": os.environ["PATH"], "TMPDIR": str(home / "tmp")}
    environ.setdefault("HELM_PLUGINS", str(home / "plugins")) if (home / "use").exists() else None
    while words and re.match(r"[A-Z_]+=", words[0]):
        name, _, value = words.pop(0).partition("=")
        environ[name] = value
    done = subprocess.run(
        [*TOOLS[tool], *words], env=environ, cwd=home, input="typed\n", capture_output=True, text=True, timeout=60,
        check=False,
    )  # fmt: skip
    assert "Traceback" not in done.stderr, (line, done.stderr)
    error = "".join(p for p in done.stderr.splitlines(keepends=True) if not p.startswith("hint:") and _LOADING not in p)
    texts = [text.replace(str(home), "<home>") for text in (done.stdout, error)]
    texts = [re.sub(r"<home>/\S+(helm-plugin-extract-\d+|\.[a-z]+\.\d+\.[0-9a-f]{8})", "<new>", text) for text in texts]
    return done.returncode, texts[0], texts[1]


def prepare(folder: Path, tools: tuple[str, ...], files: dict[str, str]) -> dict[str, Path]:
    """A home with plugins, charts and a chart repository for each tool."""
    peer()
    made = {}
    packed = pack_charts(folder / "charts")
    for tool in tools:
        home = made[tool] = folder / tool
        write(home / "plugins", files)
        write(home / "chart", CHART)
        shutil.copytree(packed, home / "packed")
        (home / "tmp").mkdir()
    return made


def compare(where: dict[str, Path], story: str, host: str = "") -> list[str]:
    """Where the tools differ; each plays the story in a thread of its own."""
    lines = story.strip().split("\n")
    with ThreadPoolExecutor(len(where)) as pool:
        played = pool.map(lambda tool: [play(tool, line, where[tool], host) for line in lines], where)
        answers = dict(zip(where, played, strict=True))
    different = []
    for at, line in enumerate(lines):
        said = {tool: answers[tool][at] for tool in where}
        if len(set(said.values())) > 1:
            told = "".join(f"\n  {tool:10} {answer}" for tool, answer in said.items())
            different.append(f"$ {line}{told}")
    return different


def test_plugins_run_as_under_helm(tmp_path: Path) -> None:
    where = prepare(tmp_path, ("helm", "charthouse"), FILES)
    for home in where.values():
        (home / "use").touch()
    different = compare(where, RUN)
    assert not different, "\n".join(different)


@pytest.fixture
def sources(tmp_path: Path) -> dict[str, Path]:
    """Homes with what plugins are installed from: archives good and bad, a repository, a file, an empty directory."""
    if shutil.which("git") is None:
        pytest.skip("missing peer: git")
    where = prepare(tmp_path, ("helm", "charthouse"), FILES)
    for home in where.values():
        (home / "empty").mkdir()
        (home / "file").write_text("nothing")
        archives(home / "packed")
        repository(home / "repository")
    return where


def test_plugins_are_managed_as_by_helm(sources: dict[str, Path], tmp_path: Path) -> None:
    with Repository(sources["charthouse"] / "packed") as server:
        different = compare(sources, MANAGED, f"{server.address}/plain".removesuffix("/plain"))
    left = {tool: kept(home) for tool, home in sources.items()}
    assert not different, "\n".join(different)
    assert left["helm"] == left["charthouse"]


def kept(home: Path) -> dict[str, str]:
    """What is in Helm's data directory: name → content, target or nothing for a directory. Git's own files are left
    out, and so are archives Helm keeps though it could not take them apart."""
    found = {}
    for path in sorted((home / ".local").rglob("*")):
        name = str(path.relative_to(home))
        if "/.git/" not in name and not any(word in name for word in ("charthouse", "escape-", "link-", "wrong-")):
            text = os.readlink(path) if path.is_symlink() else path.read_text("latin-1") if path.is_file() else ""
            found[name] = text.replace(str(home), "<home>")
    return found


def test_each_runs_what_the_other_installed(sources: dict[str, Path]) -> None:
    ours, helms = sources["charthouse"], sources["helm"]
    for tool, home, other in (("charthouse", ours, "helm"), ("helm", helms, "charthouse")):
        for line in ("plugin install packed/echoer-0.1.0.tgz --verify=false", "plugin install plugins/new"):
            done = play(tool, line, home)
            assert done[0] == 0, done
        for line in ("plugin list", "echoer a", "new b", "__complete echw ''"):
            assert play(other, line, home) == play(tool, line, home), line
        assert play(other, "plugin uninstall echoer new", home)[0] == 0
        assert [name for name in kept(home) if "echoer" in name or "new" in name] == []


def test_legacy_plugins_run_as_under_helm_3(tmp_path: Path) -> None:
    if not Path(TOOLS["helm3"][0]).exists():
        pytest.skip("missing peer: helm3")
    known = {n: t for n, t in LEGACY.items() if not n.startswith(("quiet", "killed"))}  # whose args Helm 3.17 refuses
    known["echoer/plugin.yaml"] = known["echoer/plugin.yaml"].replace("unknown: key\n", "")
    where = prepare(tmp_path, ("helm3", "charthouse"), known)
    for home in where.values():
        (home / "use").touch()
    story = "echoer a --flag -n q x\nback\ntemplate r chart -f foo://host/values\npull serve://any/pear-0.2.0.tgz"
    assert compare(where, "\n".join(f"CHARTHOUSE_COMPAT=helm3 {line}" for line in story.split("\n"))) == []
    for home in where.values():
        write(home, {"post.sh": "#!/bin/sh\nsed s/old/NEW/\necho '# args:' \"$@\"\n"})
    line = "template r chart --post-renderer ./post.sh --post-renderer-args a"
    assert play("helm3", line, where["helm3"]) == play("charthouse", f"--compat helm3 {line}", where["charthouse"])


def test_signatures_are_made_and_checked_as_by_helm(tmp_path: Path) -> None:
    if shutil.which("gpg") is None:
        pytest.skip("missing peer: gpg")
    where = prepare(tmp_path, ("helm", "charthouse"), FILES)
    keys(tmp_path / "gnupg", list(where.values()))
    assert compare_signed(where) == []
    signed = {(home / "echoer-0.1.0.tgz.prov").read_text().partition("\n...\n")[0] for home in where.values()}
    assert len(signed) == 1
    for tool, other in (("helm", "charthouse"), ("charthouse", "helm")):
        line = f"plugin verify {where[tool]}/echoer-0.1.0.tgz --keyring @HOME/pubring.gpg"
        status, out, _ = play(other, line, where[other])
        assert status == 0
        assert "Ada <ada@example.com>" in out


def compare_signed(where: dict[str, Path]) -> list[str]:
    """As `compare`; the hash of an archive is its tool's own."""
    different = []
    for line in SIGNED.strip().split("\n"):
        answers = {tool: play(tool, line, home) for tool, home in where.items()}
        texts = {tool: re.sub(r"sha256:\w+", "<sum>", repr(answer)) for tool, answer in answers.items()}
        if len(set(texts.values())) > 1:
            different.append(f"$ {line}\n  {texts['helm']}\n  {texts['charthouse']}")
    return different


def test_plugins_come_from_registries(tmp_path: Path) -> None:
    from tests.conformance.test_registries import start

    where = prepare(tmp_path, ("helm", "charthouse"), FILES)
    for home in where.values():
        archives(home / "packed")
    process, host = start(tmp_path / "registry", htpasswd=False)
    try:
        data = (where["helm"] / "packed/echoer-0.1.0.tgz").read_bytes()
        plugin = "application/vnd.helm.plugin.v1+json"
        put_artifact(host, "echoer:0.1.0", data, "echoer-0.1.0.tgz", artifactType=plugin)
        put_artifact(host, "old:1", data, "old-1.tgz", config=plugin)
        put_artifact(host, "chart:1", data, "chart-1.tgz", artifactType="application/vnd.other")
        put_artifact(host, "other:1", data, "something-1.tgz", artifactType=plugin)
        different = compare(where, OCI, host)
    finally:
        process.kill()
        process.wait()
    assert not different, "\n".join(different)


def test_helm_unittest_runs_as_under_helm(tmp_path: Path) -> None:
    """A plugin in wide use; it is built only when it is named (tests/peers/build.sh), so it may be missing in CI."""
    if not (PEERS / "untt").exists():
        pytest.skip("missing peer: untt (run `tests/peers/build.sh OUT untt`)")
    where = prepare(tmp_path, ("helm", "charthouse"), {"unittest/plugin.yaml": (PEERS / "untt.yaml").read_text()})
    answers = []
    for tool, home in where.items():
        for name in ("untt-linux-amd64", "untt-linux-arm64"):
            (home / "plugins/unittest" / name).symlink_to((PEERS / "untt").absolute())
        write(home / "chart/tests", {"c_test.yaml": SUITE})
        (home / "use").touch()
        for line in ("unittest chart", "unittest --help", "help unittest", "plugin list", "__complete unit"):
            status, out, error = play(tool, line, home)
            said = out if line != "help unittest" else out.partition("Global Flags")[0]
            answers.append((line, status, re.sub(r"Time: .*", "", said), error))
    half = len(answers) // 2
    assert answers[:half] == answers[half:]
    assert answers[0][1] == 1
    assert "1 failed, 1 passed, 2 total" in answers[0][2]
