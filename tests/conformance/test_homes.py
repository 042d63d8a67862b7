"""A user's home that was made by Helm is used as it is, and Helm goes on with it after us.

For helm 4.3.1 and 3.17.3: repositories with passwords, cached indexes, registry logins, a keyring. For helm 2.17: its
repositories file and cached indexes, named by flags, are read; its indexes are ours and ours are its. Needs the peers
`helm4`, `helm3`, `helm2`, `docker-registry` and gpg.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conformance.repositories.server import Repository
from tests.conformance.repositories.tools import PEERS, WHERE, pack_charts
from tests.conformance.test_registries import program, start

OURS = [sys.executable, "-m", "charthouse"]


def helm(name: str) -> list[str]:
    """A peer's command line; skips the test without it, or fails it in CI."""
    if not (PEERS / name).exists():
        if os.environ.get("CI") == "true":
            pytest.fail(f"missing peer: {name}")
        pytest.skip(f"missing peer: {name} (run `make peers`)")
    return [str(PEERS / name)]


class Home:
    """host, registry: what @HOST and @REGISTRY stand for in lines; @HOME is the home."""

    def __init__(self, path: Path, host: str, registry: str) -> None:
        self.path = path
        self._words = {"@HOST": host, "@REGISTRY": registry, "@HOME": str(path)}
        path.mkdir()

    def run(self, tool: list[str], line: str) -> str:
        """Standard output. Fails when the command does."""
        for word, meaning in self._words.items():
            line = line.replace(word, meaning)
        done = subprocess.run(
            [*tool, *line.split(" ")], cwd=self.path, input="secret", capture_output=True, text=True, timeout=60,
            env={"HOME": str(self.path), "PATH": os.environ["PATH"], **WHERE}, check=False,
        )  # fmt: skip
        assert done.returncode == 0, (line, done.stdout, done.stderr)
        return done.stdout

    def files(self) -> dict[str, bytes]:
        """What belongs to Helm."""
        return {
            str(path.relative_to(self.path)): path.read_bytes()
            for folder in (".config", ".cache/helm", ".helm", ".gnupg")
            for path in sorted((self.path / folder).rglob("*"))
            if path.is_file() and path.suffix != ".lock" and "content" not in path.parts
        }


@pytest.fixture(scope="module")
def charts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return pack_charts(tmp_path_factory.mktemp("charts"))


@pytest.fixture(scope="module")
def host(charts: Path) -> Iterator[str]:
    with Repository(charts) as server:
        yield server.address


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    process, address = start(tmp_path_factory.mktemp("registry") / "r", htpasswd=True)
    yield address
    process.kill()
    process.wait()


MADE = (
    "repo add plain @HOST/plain",
    "repo add auth @HOST/auth --username anna --password secret",
    "registry login @REGISTRY -u anna --password-stdin INSECURE",
    "push apple-1.0.0.tgz oci://@REGISTRY/team PLAIN",
)
# What leaves a home as it is, and says the same whoever asks.
READ = (
    "repo list",
    "repo list -o yaml",
    "search repo apple -l",
    "search repo fruit -o json",
    "pull auth/apple --version 0.1.0 -d @HOME/out",
    "show chart plain/pear",
    "pull oci://@REGISTRY/team/apple --version 1.0.0 --plain-http -d @HOME/out",
    "show all auth/apple --version 1.0.0",
    "template t signed/signed",
    "verify signed/signed-0.1.0.tgz --keyring @HOME/.gnupg/pubring.gpg",
)
OF_HELM3 = [line for line in READ if line.startswith(("pull oci", "template"))]
"""It tells of a pull on standard error, and renders for another Kubernetes."""
# What changes it.
CHANGE = (
    "repo update",
    "repo add more @HOST/plain",
    "repo remove plain",
    "registry logout @REGISTRY",
    "registry login @REGISTRY -u anna --password-stdin --plain-http",
)


def keyring(home: Home) -> None:
    """A key without a passphrase, in the files Helm reads."""
    gpg = [program("gpg"), "--homedir", str(home.path / ".gnupg"), "--batch", "--yes", "--passphrase", ""]
    (home.path / ".gnupg").mkdir(mode=0o700)
    make = ["--quick-generate-key", "Anna <anna@example.com>", "rsa2048", "sign", "1d"]
    for words in (make, ["--output", str(home.path / ".gnupg/secring.gpg"), "--export-secret-keys"],
                  ["--output", str(home.path / ".gnupg/pubring.gpg"), "--export"]):  # fmt: skip
        subprocess.run([*gpg, *words], check=True, capture_output=True, timeout=60)
    subprocess.run([program("gpgconf"), "--homedir", str(home.path / ".gnupg"), "--kill", "all"], check=True)
    for path in (home.path / ".gnupg").iterdir():
        if path.name.startswith("S."):
            path.unlink(missing_ok=True)


@pytest.mark.parametrize("name", ["helm4", "helm3"])
def test_a_home_of_helm(name: str, tmp_path: Path, charts: Path, host: str, registry: str) -> None:
    tool = helm(name)
    home = Home(tmp_path / "home", host, registry)
    plain = {"helm4": ("--plain-http", "--plain-http"), "helm3": ("--insecure", "--plain-http")}[name]
    shutil.copy(charts / "apple-1.0.0.tgz", home.path)
    keyring(home)
    for line in MADE:
        home.run(tool, line.replace("INSECURE", plain[0]).replace("PLAIN", plain[1]))
    for folder in ("signed", "out"):
        (home.path / folder).mkdir()
    home.run(tool, "create signed/signed")
    sign = "--sign --key Anna --keyring @HOME/.gnupg/secring.gpg -d @HOME/signed"
    home.run(tool, f"package signed/signed {sign}")
    before = home.files()
    theirs = [home.run(tool, line) for line in READ]
    ours = [home.run(OURS, line) for line in READ]
    different = [line for line, one, other in zip(READ, theirs, ours, strict=True) if one != other]
    assert different == ([] if name == "helm4" else OF_HELM3)
    after = home.files()
    assert {key for key in before if before[key] != after.get(key)} == set(), "reading changes nothing"
    for line in CHANGE:
        home.run(OURS, line)
    assert home.run(tool, "repo list") == home.run(OURS, "repo list")
    assert "more" in home.run(tool, "repo list")
    for line in READ[4:5] + READ[6:]:
        home.run(tool, line)
    home.run(tool, "repo update")
    home.run(tool, "pull more/pear -d @HOME/out")
    home.run(tool, "repo remove more")
    assert home.run(tool, "search repo apple -l") == home.run(OURS, "search repo apple -l")


OLD = "apiVersion: v1\nname: {name}\nversion: {version}\ndescription: An old chart\n"


def test_repositories_of_helm_2(tmp_path: Path, registry: str) -> None:
    tool = helm("helm2")
    site = tmp_path / "site"
    (site / "theirs").mkdir(parents=True)
    (site / "ours").mkdir()
    with Repository(site) as server:
        home = Home(tmp_path / "home", server.address, registry)
        home.run(tool, "init --client-only --skip-refresh --stable-repo-url @HOST/plain/theirs")
        for folder, version in (("theirs", "1.0.0"), ("ours", "1.1.0")):
            chart = home.path / "old"
            (chart / "templates").mkdir(parents=True, exist_ok=True)
            (chart / "Chart.yaml").write_text(OLD.format(name="old", version=version))
            (chart / "values.yaml").write_text("n: 1\n")
            home.run(OURS, f"package old -d {site / folder}")
        home.run(tool, f"repo index {site / 'theirs'} --url @HOST/plain/theirs")
        home.run(OURS, f"repo index {site / 'ours'} --url @HOST/plain/ours")
        home.run(tool, "repo add theirs @HOST/plain/theirs")
        home.run(tool, "repo add ours @HOST/plain/ours")
        home.run(tool, "repo remove local")
        home.run(tool, "repo update")
        assert "ours/old\t1.1.0" in "\t".join(home.run(tool, "search old -l").split())
        home.run(tool, "fetch ours/old -d @HOME")
        before = home.files()
        repository = home.path / ".helm/repository"
        flags = f"--repository-config {repository}/repositories.yaml --repository-cache {repository}/cache"
        found = [line.split() for line in home.run(OURS, f"search repo old -l {flags}").splitlines()[1:]]
        assert [row[:2] for row in found] == [["ours/old", "1.1.0"], ["stable/old", "1.0.0"], ["theirs/old", "1.0.0"]]
        home.run(OURS, f"pull theirs/old -d @HOME {flags}")
        home.run(OURS, f"show chart ours/old {flags}")
        assert home.files() == before
        assert (home.path / "old-1.0.0.tgz").read_bytes() == (site / "theirs/old-1.0.0.tgz").read_bytes()
        assert (home.path / "old-1.1.0.tgz").read_bytes() == (site / "ours/old-1.1.0.tgz").read_bytes()
        home.run(tool, "repo update")
