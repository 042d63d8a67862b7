"""Helm 4.3.1, 3.17.3 and 2.17 and curl against `charthouse serve`: repositories added, searched, pulled, depended on,
and charts uploaded as ChartMuseum's README shows. Needs the peers `helm4`, `helm3`, `helm2`; curl where it is there.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conformance.repositories.tools import PEERS, homes, pack_charts, peer, run
from tests.conformance.serving.running import Server, ask, serving
from tests.unit.repository_server.archives import chart, signed
from tests.unit.repository_server.stories import BOUNDARY, form

CURRENT = ("helm4", "helm3", "charthouse")
TOOLS = {
    "helm2": [str(PEERS / "helm2")],
    "helm4": [str(PEERS / "helm4")],
    "helm3": [str(PEERS / "helm3")],
    "charthouse": [sys.executable, "-m", "charthouse"],
}
SIGNED = Path(__file__).parent.parent / "unit/provenance/data"
USER = {"BASIC_AUTH_USER": "anna", "BASIC_AUTH_PASS": "secret"}
RIGHT = "Basic " + b64encode(b"anna:secret").decode()


def tool(name: str) -> list[str]:
    """The command of a tool; skips without it, fails in CI."""
    command = TOOLS[name]
    if not Path(command[0]).exists():
        if os.environ.get("CI") == "true":
            pytest.fail(f"missing peer: {name}")
        pytest.skip(f"missing peer: {name} (run `make peers`)")
    return command


@pytest.fixture(scope="module")
def packed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return pack_charts(tmp_path_factory.mktemp("packed"))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, packed: Path) -> Iterator[Server]:
    """A server that was filled through its API, and asks for a password."""
    folder = tmp_path_factory.mktemp("served") / "charts"
    with serving(folder, environ=USER) as running:
        for path in sorted(packed.glob("*.tgz")):
            assert ask(running, "POST", "/api/charts", path.read_bytes(), Authorization=RIGHT)[0] == 201
        assert ask(running, "POST", "/api/prov", signed(), Authorization=RIGHT)[0] == 201
        yield running


def play(name: str, home: Path, *words: str) -> str:
    """Run a tool in a home of its own; its output and error."""
    done = subprocess.run(
        [*tool(name), *words], cwd=home, capture_output=True, text=True, timeout=60, check=False,
        env={"HOME": str(home), "PATH": os.environ["PATH"]},
    )  # fmt: skip
    assert done.returncode == 0, (words, done.stderr)
    return done.stdout + done.stderr


@pytest.mark.parametrize("name", CURRENT)
def test_a_repository_is_used(name: str, server: Server, packed: Path, tmp_path: Path) -> None:
    credentials = ("--username", "anna", "--password", "secret")
    assert '"mine" has been added' in play(name, tmp_path, "repo", "add", "mine", server.url, *credentials)
    found = play(name, tmp_path, "search", "repo", "mine/", "--versions", "--devel")
    assert [line.split()[:2] for line in found.splitlines()[1:]] == [
        ["mine/apple", "1.1.0-rc1"], ["mine/apple", "1.0.0"], ["mine/apple", "0.1.0"], ["mine/pear", "0.2.0"],
    ]  # fmt: skip
    play(name, tmp_path, "pull", "mine/apple", "--prov")
    assert (tmp_path / "apple-1.0.0.tgz").read_bytes() == (packed / "apple-1.0.0.tgz").read_bytes()
    assert (tmp_path / "apple-1.0.0.tgz.prov").read_bytes() == signed()
    assert "name: pear\n" in play(name, tmp_path, "show", "chart", "mine/pear")
    play(name, tmp_path, "repo", "update")
    if name == "charthouse":
        assert "path=/index.yaml status=304" in server.log.read_text()
    one = tmp_path / "one"
    one.mkdir()
    dependencies = (
        f"[{{name: apple, version: ^0, repository: {server.url}}}, {{name: pear, version: '*', repository: '@mine'}}]"
    )
    (one / "Chart.yaml").write_text(f"apiVersion: v2\nname: one\nversion: 1.0.0\ndependencies: {dependencies}\n")
    play(name, tmp_path, "dependency", "update", "one")
    assert sorted(os.listdir(one / "charts")) == ["apple-0.1.0.tgz", "pear-0.2.0.tgz"]
    shutil.rmtree(one / "charts")
    play(name, tmp_path, "dependency", "build", "one")
    assert sorted(os.listdir(one / "charts")) == ["apple-0.1.0.tgz", "pear-0.2.0.tgz"]
    assert "secret" not in server.log.read_text()


def test_helm_2_uses_it(server: Server, packed: Path, tmp_path: Path) -> None:
    play("helm2", tmp_path, "init", "--client-only", "--skip-refresh", "--stable-repo-url", server.url)
    play("helm2", tmp_path, "repo", "add", "mine", server.url, "--username", "anna", "--password", "secret")
    found = play("helm2", tmp_path, "search", "mine/", "--versions")
    rows = [line.split()[:2] for line in found.splitlines() if line.startswith("mine/")]
    assert rows == [["mine/apple", "1.0.0"], ["mine/apple", "0.1.0"], ["mine/pear", "0.2.0"]]
    play("helm2", tmp_path, "fetch", "mine/apple", "--prov")
    assert (tmp_path / "apple-1.0.0.tgz").read_bytes() == (packed / "apple-1.0.0.tgz").read_bytes()
    assert (tmp_path / "apple-1.0.0.tgz.prov").read_bytes() == signed()


@pytest.mark.parametrize("name", CURRENT)
def test_what_was_signed_is_verified_from_it(name: str, tmp_path: Path) -> None:
    archive, provenance = (SIGNED / "web-0.1.0.tgz").read_bytes(), (SIGNED / "helm-rsa.prov").read_bytes()
    keyring = str(SIGNED / "pub.gpg")
    with serving(tmp_path / "charts") as server:
        body = form(chart=archive, prov=provenance)
        kind = f"multipart/form-data; boundary={BOUNDARY}"
        assert ask(server, "POST", "/api/charts", body, Content_Type=kind)[0] == 201
        play(name, tmp_path, "repo", "add", "mine", server.url)
        told = play(name, tmp_path, "pull", "mine/web", "--verify", "--keyring", keyring)
        assert "Signed by: Rita (work) <rsa@example.com>" in told
        assert (tmp_path / "web-0.1.0.tgz.prov").read_bytes() == provenance
        # Another archive under the name is found out.
        assert ask(server, "POST", "/api/charts?force", chart("web", "0.1.0"))[0] == 201
        play(name, tmp_path, "repo", "update")
        (tmp_path / "out").mkdir()
        command = [*tool(name), "pull", "mine/web", "--verify", "--keyring", keyring, "-d", "out"]
        home = {"HOME": str(tmp_path), "PATH": os.environ["PATH"]}
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, env=home, timeout=60, check=False)
        assert done.returncode == 1
        assert "sha256 sum does not match" in done.stderr


def test_the_wrong_password_is_told_alike(server: Server, tmp_path: Path) -> None:
    peer()
    made = homes(tmp_path)
    for line in (
        "repo add denied @HOST",
        "repo add denied @HOST --username anna --password wrong",
        "pull apple --repo @HOST --username anna --password secret",
        "pull @HOST/charts/none-1.0.0.tgz --username anna --password secret",
        "pull none --repo @HOST --username anna --password secret",
        "pull @HOST/charts/apple-1.0.0.tgz",
    ):
        answers = [run(name, line, made[name], server.url) for name in ("helm", "charthouse")]
        assert answers[0] == answers[1], line


def test_what_helm_packs_and_indexes_is_served_unchanged(tmp_path: Path) -> None:
    """A folder Helm indexed says the same when it is served, but for the addresses and times."""
    folder = tmp_path / "charts"
    folder.mkdir()
    for name, version in (("apple", "1.0.0"), ("apple", "0.9.0"), ("b10", "1.0.0"), ("b9", "1.0.0")):
        more = "maintainers: [{name: A, email: a@b}]\nannotations: {x: 'a: b'}\n"
        (folder / f"{name}-{version}.tgz").write_bytes(chart(name, version, more))
    subprocess.run([*tool("helm4"), "repo", "index", str(folder)], check=True, capture_output=True)
    theirs = (folder / "index.yaml").read_text().splitlines()
    with serving(folder) as server:
        ours = ask(server, "GET", "/index.yaml")[2].decode().replace("- charts/", "- ").splitlines()
    assert [line for line in ours if not line.strip().startswith(("created", "generated", "serverInfo"))] == [
        line for line in theirs if not line.strip().startswith(("created", "generated"))
    ]


def test_uploads_as_the_readme_of_chartmuseum_shows(tmp_path: Path) -> None:
    curl = shutil.which("curl")
    if curl is None:
        if os.environ.get("CI") == "true":
            pytest.fail("missing peer: curl")
        pytest.skip("missing peer: curl (Debian: apt-get install curl)")
    (tmp_path / "mychart-0.1.0.tgz").write_bytes(chart("mychart", "0.1.0"))
    (tmp_path / "mychart-0.1.0.tgz.prov").write_bytes(signed("mychart", "0.1.0"))

    def say(*words: str) -> str:
        command = [str(curl), "-s", "-w", " %{http_code}", *words]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=30, check=True)
        return done.stdout

    with serving(tmp_path / "charts") as server:
        url = server.url
        saved, deleted = '{"saved":true} 201', '{"deleted":true} 200'
        assert say("--data-binary", "@mychart-0.1.0.tgz", f"{url}/api/charts") == saved
        assert say("--data-binary", "@mychart-0.1.0.tgz.prov", f"{url}/api/prov") == saved
        both = ("-F", "chart=@mychart-0.1.0.tgz", "-F", "prov=@mychart-0.1.0.tgz.prov")
        assert say(*both, f"{url}/api/charts") == '{"error":"chart already exists"} 409'
        assert say(*both, f"{url}/api/charts?force") == saved
        assert say("-X", "DELETE", f"{url}/api/charts/mychart/0.1.0") == deleted
        assert say("-H", "Transfer-Encoding: chunked", *both, f"{url}/api/charts") == saved
        assert say("-T", "mychart-0.1.0.tgz", "-X", "POST", f"{url}/api/charts?force") == saved
        assert (
            say("-H", "Expect: 100-continue", "--data-binary", "@mychart-0.1.0.tgz", f"{url}/api/charts?force") == saved
        )
        assert say("-I", "-o", "/dev/null", f"{url}/api/charts/mychart/0.1.0") == " 200"
        assert say("-o", "back.tgz", f"{url}/charts/mychart-0.1.0.tgz") == " 200"
        assert (tmp_path / "back.tgz").read_bytes() == chart("mychart", "0.1.0")
        (tmp_path / "back.tgz").write_bytes(chart("mychart", "0.1.0")[:100])
        assert say("-C", "-", "-o", "back.tgz", f"{url}/charts/mychart-0.1.0.tgz") == " 206"
        assert (tmp_path / "back.tgz").read_bytes() == chart("mychart", "0.1.0")
        assert sorted(os.listdir(server.folder)) == [".charthouse", "mychart-0.1.0.tgz", "mychart-0.1.0.tgz.prov"]


def test_an_index_for_another_server(tmp_path: Path) -> None:
    folder = tmp_path / "charts"
    folder.mkdir()
    (folder / "apple-1.0.0.tgz").write_bytes(chart())
    options = ["--gen-index", "--chart-url", "https://charts.example.com/"]
    command = [*TOOLS["charthouse"], "serve", str(folder), *options]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=True)
    assert "    - https://charts.example.com/charts/apple-1.0.0.tgz\n" in done.stdout
    assert done.stdout.startswith("apiVersion: v1\nentries:\n  apple:\n")


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["nowhere"], "Error: nowhere is no directory\nhint: mkdir -p nowhere\n"),
        (["a", "b"], 'Error: "helm serve" accepts at most 1 argument\n'),
        ([".", "--port", "99999"], "Error: listen on 127.0.0.1:99999: "),
        ([".", "--listen-host", "203.0.113.9"], "Error: listen on 203.0.113.9:8080: cannot assign requested address\n"),
        ([".", "--tls-cert", "x"], "Error: --tls-cert and --tls-key belong together\n"),
        ([".", "--tls-cert", "x", "--tls-key", "y"], "Error: certificates cannot be used: no such file or directory\n"),
        ([".", "--tls-ca-cert", "x"], "Error: --tls-ca-cert needs --tls-cert and --tls-key\n"),
        ([".", "--basic-auth-user", "x"], "Error: a user name and a password belong together\n"),
        ([".", "--htpasswd", "x"], "Error: open x: no such file or directory\n"),
        ([".", "--htpasswd", "/dev/null"], "Error: the file of users or tokens is empty\n"),
        ([".", "--bearer-auth"], "Error: --bearer-auth needs --auth-realm, --auth-service, --auth-cert-path\n"),
        ([".", "--context-path", "/a/../b"], "Error: --context-path is a/../b\n"),
        ([".", "--chart-url", "charts"], "Error: --chart-url is charts\n"),
        ([".", "--max-upload-size", "0"], "Error: --max-upload-size is 0, at least 1 is wanted\n"),
        (["nope://x"], "Error: nope://x: "),
    ],
)
def test_bad_command_lines(words: list[str], text: str, tmp_path: Path) -> None:
    command = [*TOOLS["charthouse"], "serve", *words]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=30, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(text)
    assert "Traceback" not in done.stderr
