"""Registries beside the real helm 4.3.1, on Debian's docker-registry: the same command lines, each tool in a corner of
its own; then each takes what the other put there. Needs the peers `helm4` and `docker-registry`.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conformance.repositories.tools import TOOLS, homes, pack_charts, peer, run

# bcrypt of "secret", cost 4.
HTPASSWD = "anna:$2y$04$BXPQFDd93FcEkwELkWHoA.XmTKM7BoAhNWnTcB..5WQ3nFkylAS8u\n"
STORY = """
push @CHARTS/apple-1.0.0.tgz oci://@OPEN/@TOOL --plain-http
push @CHARTS/apple-0.1.0.tgz oci://@OPEN/@TOOL/ --plain-http
push @CHARTS/apple-1.1.0-rc1.tgz oci://@OPEN/@TOOL --plain-http
push @CHARTS/plus-1.0.0+two.tgz oci://@OPEN/@TOOL --plain-http
push @CHARTS/apple-1.0.0.tgz oci://@OPEN/@TOOL --plain-http
push @CHARTS/apple-1.0.0.tgz oci://@OPEN/@TOOL/Big --plain-http
push @CHARTS/apple-1.0.0.tgz @OPEN/@TOOL --plain-http
push @CHARTS/apple-1.0.0.tgz http://@OPEN/@TOOL --plain-http
push @CHARTS/none.tgz oci://@OPEN/@TOOL --plain-http
push @CHARTS oci://@OPEN/@TOOL --plain-http
push @CHARTS/apple-1.0.0.tgz oci://@OPEN/@TOOL
push @CHARTS/apple-1.0.0.tgz oci://@SHUT/@TOOL --plain-http
push @CHARTS/apple-1.0.0.tgz oci://@SHUT/@TOOL --plain-http --username anna --password wrong
push @CHARTS/apple-1.0.0.tgz oci://@SHUT/@TOOL --plain-http --username anna --password secret
registry login @SHUT --plain-http -u anna -p wrong
registry login @SHUT --plain-http -u anna --password-stdin
registry login @SHUT -u anna -p secret
registry login @SHUT/x --plain-http -u anna -p secret
registry login bad/host! -u anna -p secret
pull oci://@SHUT/@TOOL/apple --plain-http --version 1.0.0
push @CHARTS/pear-0.2.0.tgz oci://@SHUT/@TOOL --plain-http
registry logout @SHUT
registry logout @SHUT
pull oci://@SHUT/@TOOL/apple --plain-http --version 1.0.0
pull oci://@OPEN/@TOOL/apple --plain-http
pull oci://@OPEN/@TOOL/apple --plain-http --devel
pull oci://@OPEN/@TOOL/apple --plain-http --version ^0
pull oci://@OPEN/@TOOL/apple:0.1.0 --plain-http
pull oci://@OPEN/@TOOL/apple:0.1.0 --plain-http --version 1.0.0
pull oci://@OPEN/@TOOL/apple:9.9.9 --plain-http
pull oci://@OPEN/@TOOL/apple --plain-http --version 9.9.9
pull oci://@OPEN/@TOOL/apple --plain-http --version >9
pull oci://@OPEN/@TOOL/apple --plain-http --version nonsense
pull oci://@OPEN/@TOOL/nope --plain-http
pull oci://@OPEN/@TOOL/nope --plain-http --version 1.0.0
pull oci://@OPEN/@TOOL/plus --plain-http
pull oci://@OPEN/@TOOL/plus --plain-http --version 1.0.0+two
pull oci://@OPEN/@TOOL/apple --plain-http --untar --untardir out
pull oci://@OPEN/@TOOL/apple --plain-http --prov
pull oci://@OPEN/@TOOL/apple
pull oci://@OPEN
pull oci://127.0.0.1:1/x/apple --plain-http --version 1.0.0
show chart oci://@OPEN/@TOOL/apple --plain-http
show values oci://@OPEN/@TOOL/apple:0.1.0 --plain-http
template t oci://@OPEN/@TOOL/apple --plain-http
template t oci://@OPEN/@TOOL/apple --plain-http --version ^0
template t oci://@OPEN/@TOOL/nope --plain-http
dependency update one --plain-http
dependency update one --plain-http
dependency build one --plain-http
dependency update two --plain-http
dependency update three --plain-http
dependency update four --plain-http
template t one
"""
DEPENDENCIES = {
    "one": "[{name: apple, version: ~1, repository: @R}, {name: plus, version: 1.0.0+two, repository: @R}]",
    "two": "[{name: apple, version: '>9', repository: @R}]",
    "three": "[{name: nope, version: '*', repository: @R}]",
    "four": "[{name: nope, version: 1.0.0, repository: @R}]",
}


def program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        if os.environ.get("CI") == "true":
            pytest.fail(f"missing peer: {name}")
        pytest.skip(f"missing peer: {name} (Debian: apt-get install {name})")
    return found


def start(
    folder: Path, *, htpasswd: bool = False, more: str = "", http: str = ""
) -> tuple[subprocess.Popen[bytes], str]:
    """A registry and where it is. more: lines of its configuration; http: entries of its `http`."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    folder.mkdir()
    text = f"version: 0.1\nlog: {{level: error}}\nstorage: {{filesystem: {{rootdirectory: {folder}/data}}}}\n"
    text += f"http: {{addr: '127.0.0.1:{port}', secret: s{', ' if http else ''}{http}}}\n{more}"
    if htpasswd:
        (folder / "htpasswd").write_text(HTPASSWD)
        text += f"auth: {{htpasswd: {{realm: here, path: {folder}/htpasswd}}}}\n"
    (folder / "config.yml").write_text(text)
    command = [program("docker-registry"), "serve", str(folder / "config.yml")]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=(folder / "log").open("wb"))
    for _ in range(100):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return process, f"127.0.0.1:{port}"
        time.sleep(0.1)
    process.kill()
    raise RuntimeError((folder / "log").read_text())


@pytest.fixture(scope="module")
def registries(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Where the open and the shut registry are."""
    peer()
    base = tmp_path_factory.mktemp("registries")
    running = {}
    try:
        for name in ("open", "shut"):
            running[name] = start(base / name, htpasswd=name == "shut")
        yield {name: address for name, (_, address) in running.items()}
    finally:
        for process, _ in running.values():
            process.kill()
            process.wait()


@pytest.fixture(scope="module")
def charts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("charts")
    packed = pack_charts(folder)
    plus = folder / "plus"
    plus.mkdir()
    (plus / "Chart.yaml").write_text(
        "apiVersion: v2\nname: plus\nversion: 1.0.0+two\ndescription: A <b> & ü\nhome: https://x.y\nsources: [https://s]\n"
        "maintainers: [{name: Ann, email: a@x.y}, {name: Bob}]\n"
        "annotations: {z: '1', org.opencontainers.image.title: no}\n"
    )
    subprocess.run([*TOOLS["charthouse"], "package", str(plus), "-d", str(packed)], check=True, capture_output=True)
    return packed


def play(tool: str, line: str, home: Path, words: dict[str, str]) -> tuple[int, str, str]:
    for word, meaning in {**words, "@TOOL": tool}.items():
        line = line.replace(word, meaning)
    status, out, error = run(tool, line, home, "")
    corner = rf'(?<=[/:"-])({tool})(?=[/:\s"%])'
    texts = [re.sub(corner, "<tool>", text) for text in (out, error)]
    for word, meaning in words.items():
        texts = [text.replace(meaning, word) for text in texts]
    return status, texts[0], re.sub(r"time=\S+ ", "", texts[1])


def test_registries_are_used_as_helm_uses_them(tmp_path: Path, registries: dict[str, str], charts: Path) -> None:
    where = homes(tmp_path)
    words = {"@OPEN": registries["open"], "@SHUT": registries["shut"], "@CHARTS": str(charts)}
    for tool, home in where.items():
        for name, listed in DEPENDENCIES.items():
            (home / name).mkdir()
            there = listed.replace("@R", f"oci://{registries['open']}/{tool}")
            text = f"apiVersion: v2\nname: {name}\nversion: 0.1.0\ndependencies: {there}\n"
            (home / name / "Chart.yaml").write_text(text)
    different = []
    for line in STORY.strip().split("\n"):
        answers = {tool: play(tool, line, home, words) for tool, home in where.items()}
        if answers["helm"] != answers["charthouse"]:
            different.append(f"$ {line}\n  helm       {answers['helm']}\n  charthouse {answers['charthouse']}")
        left = {tool: kept(home) for tool, home in where.items()}
        if left["helm"] != left["charthouse"]:
            names = {
                name
                for name in {*left["helm"], *left["charthouse"]}
                if left["helm"].get(name) != left["charthouse"].get(name)
            }
            different.append(f"$ {line}\n  files differ: {sorted(names)}")
    assert not different, "\n".join(different)


def kept(home: Path) -> dict[str, bytes]:
    found = {}
    for path in sorted(home.rglob("*")):
        if not path.is_file() or "charthouse" in str(path.relative_to(home)) or path.name == "Chart.yaml":
            continue
        data = path.read_bytes()
        if path.name == "Chart.lock":  # its digest is of the repository's address, which differs
            data = re.sub(rb"(digest|generated): .*|/(helm|charthouse)(?=\n)", b"", data)
        found[str(path.relative_to(home))] = data
    return found


def test_each_takes_what_the_other_pushed(tmp_path: Path, registries: dict[str, str], charts: Path) -> None:
    where = homes(tmp_path)
    words = {"@OPEN": registries["open"], "@CHARTS": str(charts)}
    for tool, home in where.items():
        done = play(tool, "push @CHARTS/plus-1.0.0+two.tgz oci://@OPEN/swap-@TOOL --plain-http", home, words)
        assert done[0] == 0, done
    for tool, other in (("helm", "charthouse"), ("charthouse", "helm")):
        line = f"pull oci://@OPEN/swap-{other}/plus --plain-http --version 1.0.0+two"
        assert play(tool, line, where[tool], words)[0] == 0
        assert (where[tool] / "plus-1.0.0+two.tgz").read_bytes() == (charts / "plus-1.0.0+two.tgz").read_bytes()


def test_skopeo_reads_what_we_pushed(tmp_path: Path, registries: dict[str, str], charts: Path) -> None:
    skopeo = program("skopeo")
    (tmp_path / "home").mkdir()
    words = {"@OPEN": registries["open"], "@CHARTS": str(charts)}
    line = "push @CHARTS/plus-1.0.0+two.tgz oci://@OPEN/seen --plain-http"
    out = play("charthouse", line, tmp_path / "home", words)[1]
    command = [skopeo, "inspect", "--raw", "--tls-verify=false", f"docker://{registries['open']}/seen/plus:1.0.0_two"]
    raw = subprocess.run(command, check=True, capture_output=True).stdout
    import hashlib
    import json

    assert f"Digest: sha256:{hashlib.sha256(raw).hexdigest()}\n" in out
    manifest = json.loads(raw)
    assert [layer["mediaType"] for layer in manifest["layers"]] == [
        "application/vnd.cncf.helm.chart.content.v1.tar+gzip"
    ]
    assert manifest["annotations"]["org.opencontainers.image.authors"] == "Ann (a@x.y), Bob"
    assert manifest["annotations"]["org.opencontainers.image.title"] == "plus"
