"""Every way a download can go wrong, over every way charts are downloaded: a clear error, nothing half-written, no
password said. What Helm says too is compared with the real helm 4.3.1 where it does not take it minutes.
"""

from __future__ import annotations

import io
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from charthouse.cli import main
from charthouse.cli.streams import Output
from charthouse.distribution import body as bodies
from charthouse.distribution import fetch
from tests.conformance.networks.faults import Faults
from tests.conformance.repositories.tools import PEERS, TOOLS, WHERE, pack_charts
from tests.conformance.test_registries import program

NO_BYTECODE = {"PYTHONDONTWRITEBYTECODE": "1"}
"""Python writes half a file of code to a full disk, and fails over it ever after."""
WORDS = "--username anna --password geheim"
# What a fault leads to, by fault. @ stands for the address that was asked.
SAID = {
    "401": "401 Unauthorized|status code 401",
    "403": "403 Forbidden|status code 403",
    "404": "404 Not Found|status code 404|not found",
    "429": "429 Too Many Requests|status code 429",
    "500": "500 Internal Server Error|status code 500",
    "503": "503 Service Unavailable|status code 503",
    "cut": "unexpected EOF",
    "half": "unexpected EOF",
    "badlength": 'bad Content-Length "many"',
    "huge": "http: response body too large",
    "garbage": "malformed HTTP response",
    "headers": "too many headers",
    "interim": "too many 1xx informational responses",
    "chunks": "malformed chunked encoding",
    "cutchunks": "unexpected EOF",
    "nothing": "EOF",
    "loop": "stopped after 10 redirects",
    "file": 'unsupported protocol scheme "file"',
    "nowhere": "failed to parse Location header",
    "endless": "http: response body too large",
    "stall": "Client.Timeout or context cancellation while reading body",
    "drip": "Client.Timeout or context cancellation while reading body",
}
PATHS = {
    "add": f"repo add new http://@HOST/@FAULT {WORDS}",
    "update": "repo update @FAULT",
    "named": "pull @FAULT/apple -d @HOME/out",
    "address": f"pull http://@HOST/@FAULT/apple-1.0.0.tgz -d @HOME/out {WORDS}",
    "repo": f"pull apple --repo http://@HOST/@FAULT -d @HOME/out {WORDS}",
    "show": f"show chart http://@HOST/@FAULT/apple-1.0.0.tgz {WORDS}",
    "dependency": "dependency update @HOME/charts/@FAULT --skip-refresh",
    "manifest": f"pull oci://@HOST/@FAULT/apple --version 1.0.0 --plain-http -d @HOME/out {WORDS}",
    "blob": f"pull oci://@HOST/blob-@FAULT/apple --version 1.0.0 --plain-http -d @HOME/out {WORDS}",
    "tags": f"registry tags oci://@HOST/@FAULT/apple --plain-http {WORDS}",
}


@pytest.fixture(scope="module")
def charts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return pack_charts(tmp_path_factory.mktemp("charts"))


@pytest.fixture
def server(charts: Path) -> Iterator[Faults]:
    with Faults(charts) as running:
        yield running


class Home:
    """A home with a repository for each fault, whose index lies in the cache already."""

    def __init__(self, path: Path, host: str, charts: Path) -> None:
        self.path, self.host = path, host
        config, cache = path / ".config/helm", path / ".cache/helm/repository"
        config.mkdir(parents=True)
        cache.mkdir(parents=True)
        (path / "out").mkdir()
        index = (charts / "index.yaml").read_bytes()
        lines = ["apiVersion: ''", "generated: '0001-01-01T00:00:00Z'", "repositories:"]
        for fault in (*SAID, "good", "other"):
            lines.append(f"- {{name: '{fault}', url: 'http://{host}/{fault}', username: anna, password: geheim}}")
            (cache / f"{fault}-index.yaml").write_bytes(index)
            chart = path / "charts" / fault
            chart.mkdir(parents=True)
            (chart / "Chart.yaml").write_text(
                f"apiVersion: v2\nname: c\nversion: 0.1.0\ndependencies:\n"
                f"- {{name: apple, version: 1.0.0, repository: 'http://{host}/{fault}'}}\n"
            )
        (config / "repositories.yaml").write_text("\n".join(lines) + "\n")

    def files(self) -> dict[str, bytes]:
        """All there is, our own cache and lock files aside."""
        return {
            str(path.relative_to(self.path)): path.read_bytes()
            for path in sorted(self.path.rglob("*"))
            if path.is_file() and "charthouse" not in path.parts and path.suffix != ".lock"
        }

    def words(self, path: str, fault: str) -> list[str]:
        line = PATHS[path].replace("@HOST", self.host).replace("@FAULT", fault).replace("@HOME", str(self.path))
        return line.split(" ")

    def run(self, words: list[str]) -> tuple[int, str]:
        """In this process: exit status, and both outputs together."""
        out, err = io.BytesIO(), io.BytesIO()
        streams = Output(out), Output(err)
        status = main.run(words, {"HOME": str(self.path), "PATH": os.environ["PATH"]}, *streams, lambda: b"")
        for stream in streams:
            stream.flush()
        return status, out.getvalue().decode() + err.getvalue().decode()


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Timeouts of a third of a second, no waiting between tries, bodies of a megabyte."""
    begin = fetch.Fetcher.__init__

    def init(self: fetch.Fetcher, **arguments: object) -> None:
        begin(self, **{**arguments, "timeout": 0.3, "sleep": lambda seconds: None})  # type: ignore[arg-type]

    monkeypatch.setattr(fetch.Fetcher, "__init__", init)
    monkeypatch.setattr(bodies.Bounds, "_defaults", {**bodies.Bounds._defaults, "largest": 1 << 20})
    monkeypatch.setattr(bodies, "LARGEST", 1 << 20)


@pytest.mark.parametrize("path", PATHS)
def test_faults(path: str, tmp_path: Path, charts: Path, server: Faults, impatient: None) -> None:
    home = Home(tmp_path / "home", server.host, charts)
    before = home.files()
    wrong = []
    for fault, said in SAID.items():
        status, text = home.run([*home.words(path, fault), "--debug"])
        problems = []
        if status != 1:
            problems.append(f"exit status {status}")
        if not re.search(re.sub(r"([.()\[\]])", r"\\\1", said), text):
            problems.append("does not say so")
        if "internal error" in text or "Traceback" in text:
            problems.append("is a mistake of ours")
        if "geheim" in text or "Basic " in text:
            problems.append("says the password")
        left = home.files()
        if left != before:
            problems.append(f"left {sorted(name for name in left if left[name] != before.get(name))}")
            before = left
        if problems:
            wrong.append(f"{path} {fault}: {', '.join(problems)}\n{text}")
    assert not wrong, "\n".join(wrong)


def test_a_password_in_an_address(tmp_path: Path, charts: Path, server: Faults, impatient: None) -> None:
    """None of it is told, wherever the address goes wrong; Helm repeats it in most of these."""
    home = Home(tmp_path / "home", server.host, charts)
    chart = home.path / "charts/secret/Chart.yaml"
    chart.parent.mkdir()
    (home.path / "none.yaml").write_text("repositories: []\n")
    alone = f"--repository-config {home.path}/none.yaml"
    told = []
    for fault in ("404", "half", "loop", "nowhere", "good"):
        place = f"http://anna:geheim@{server.host}/{fault}"
        needs = f"dependencies: [{{name: pear, version: 0.2.0, repository: '{place}'}}]\n"
        chart.write_text(f"apiVersion: v2\nname: c\nversion: 0.1.0\n{needs}")
        for line in (
            f"repo add in-{fault} {place} {alone}", f"repo update {alone}", f"repo add y {place}\x01",
            f"pull {place}/apple-1.0.0.tgz -d {home.path}/out", f"pull x --repo {place}", f"pull {place}:x/y",
            f"show chart {place}/apple-1.0.0.tgz", f"dependency update {chart.parent} {alone}",
            f"vendor make {place}/apple-1.0.0.tgz --skip-images -d {home.path}/v",
            f"vendor make {chart.parent} --skip-images -d {home.path}/v",
        ):  # fmt: skip
            _, text = home.run([*line.split(" "), "--debug"])
            if "geheim" in text:
                told.append(f"$ {line!r}\n{text}")
    assert not told, "\n".join(told)
    assert "geheim" not in (home.path / "v/vendor.lock").read_text()


WRONG = {
    "named": "sha256 sum does not match",
    "dependency": "sha256 sum does not match",
    "manifest": "",
    "blob": "the registry sent",
}


@pytest.mark.parametrize("path", WRONG)
def test_other_bytes_than_were_promised(path: str, tmp_path: Path, charts: Path, server: Faults) -> None:
    home = Home(tmp_path / "home", server.host, charts)
    before = home.files()
    words = home.words(path, "other")
    if path == "manifest":  # named by digest
        words = [
            word.replace("/apple", f"/apple@sha256:{'0' * 64}") for word in words if word not in ("--version", "1.0.0")
        ]
        status, text = home.run(words)
        assert "the registry sent sha256:" in text
    else:
        status, text = home.run(words)
        assert WRONG[path] in text
    assert (status, home.files()) == (1, before)


def test_a_registry_that_lies_about_size(tmp_path: Path, charts: Path, server: Faults) -> None:
    home = Home(tmp_path / "home", server.host, charts)
    before = home.files()
    status, text = home.run(home.words("blob", "size"))
    assert (status, home.files()) == (1, before)
    assert "the registry sent" in text


PLACES = [
    ("http://127.0.0.1:1", 'Get "@": dial tcp 127.0.0.1:1: connect: connection refused'),
    ("http://nowhere.invalid", 'Get "@": dial tcp: lookup nowhere.invalid'),
]


@pytest.mark.parametrize(("place", "said"), PLACES)
def test_nobody_there(place: str, said: str, tmp_path: Path, charts: Path, server: Faults, impatient: None) -> None:
    home = Home(tmp_path / "home", server.host, charts)
    before = home.files()
    for line in (
        f"pull {place}/a-1.tgz -d {home.path}/out {WORDS}", f"repo add x {place} {WORDS}",
        f"pull a --repo {place} -d {home.path}/out {WORDS}",
        f"pull oci://{place[7:]}/x/a --version 1.0.0 --plain-http -d {home.path}/out",
        f"registry tags oci://{place[7:]}/x/a --plain-http", f"search oci://{place[7:]}/x --plain-http",
        f"registry login {place[7:]} --plain-http -u anna -p geheim",
    ):  # fmt: skip
        status, text = home.run(line.split(" "))
        assert (status, home.files()) == (1, before), line
        assert said.partition("@")[2][3:] in text, line
        assert "\nhint: " in text, line
        assert "geheim" not in text, line


LIKE_HELM = [
    (path, fault)
    for path, faults in {
        "add": ("401", "403", "404", "loop", "file", "half", "nothing"),
        "named": ("401", "403", "404", "half"),
        "address": ("401", "403", "404", "loop", "file", "half", "nothing"),
        "repo": ("401", "403", "404"),
        "show": ("404", "half"),
        "manifest": ("403", "404"),
        "blob": ("403",),
    }.items()
    for fault in faults
]


def test_what_helm_says_too(tmp_path: Path, charts: Path, server: Faults, impatient: None) -> None:
    if not Path(TOOLS["helm"][0]).exists():
        if os.environ.get("CI") == "true":
            pytest.fail("missing peer: helm4")
        pytest.skip("missing peer: helm4 (run `make peers`)")
    home = Home(tmp_path / "home", server.host, charts)
    theirs = Home(tmp_path / "theirs", server.host, charts)
    different = []
    for path, fault in LIKE_HELM:
        _, text = home.run(home.words(path, fault))
        ours = "".join(line for line in text.splitlines(keepends=True) if not line.startswith("hint:"))
        done = subprocess.run(
            [str(PEERS / "helm4"), *theirs.words(path, fault)], env={"HOME": str(theirs.path)}, capture_output=True,
            text=True, timeout=60, check=False,
        )  # fmt: skip
        if ours != done.stdout + done.stderr:
            different.append(f"{path} {fault}:\n  helm       {done.stdout + done.stderr}  charthouse {ours}")
    assert not different, "\n".join(different)


def test_a_server_that_is_busy_is_waited_for(tmp_path: Path, charts: Path, server: Faults) -> None:
    """Retry-After is heeded."""
    home = Home(tmp_path / "home", server.host, charts)
    begun = time.monotonic()
    status, _ = home.run(home.words("address", "429"))
    assert (status, server.times["/429/apple-1.0.0.tgz"]) == (1, 4)
    assert time.monotonic() - begun >= 3


def begin(home: Home, words: list[str], before: str = "", under: tuple[str, ...] = ()) -> subprocess.Popen[bytes]:
    """A process of its own. before: Python run first; under: a program that starts it."""
    code = f"{before}\nimport sys\nfrom charthouse.cli.main import entry\nsys.argv[0] = 'charthouse'\nentry()"
    return subprocess.Popen(
        [*under, sys.executable, "-c", code, *words], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd=home.path,
        env={"HOME": str(home.path), "PATH": os.environ["PATH"], **NO_BYTECODE, **WHERE},
    )  # fmt: skip


@pytest.mark.parametrize("path", ["add", "update", "named", "address", "dependency", "blob"])
def test_a_full_disk(path: str, tmp_path: Path, charts: Path, server: Faults) -> None:
    """No file may grow over 200 bytes."""
    home = Home(tmp_path / "home", server.host, charts)
    before = home.files()
    words = home.words(path, "good")
    process = begin(home, words, "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (200, 200))")
    text = process.communicate(timeout=60)[0].decode()
    assert process.returncode == 1, text
    assert "file too large" in text
    assert "Traceback" not in text
    after = home.files()
    assert after == before, sorted(set(after) - set(before))


@pytest.mark.parametrize("path", ["add", "update", "named", "address", "show", "dependency"])
def test_a_cache_that_is_read_only(path: str, tmp_path: Path, charts: Path, server: Faults) -> None:
    """A home that may only be written to in `out`: what needs no cache works, the rest says why not."""
    home = Home(tmp_path / "home", server.host, charts)
    before = home.files()
    folders = [home.path, *(folder for folder in home.path.rglob("*") if folder.is_dir() and folder.name != "out")]
    for folder in folders:
        folder.chmod(0o555)
    under: tuple[str, ...] = ()
    if os.geteuid() == 0:  # whom no permission stops, unless it lays its powers down
        under = (program("setpriv"), "--bounding-set=-all", "--inh-caps=-all", "--")
    process = begin(home, home.words(path, "good"), under=under)
    text = process.communicate(timeout=60)[0].decode()
    for folder in folders:
        folder.chmod(0o755)
    assert "Traceback" not in text
    written = {name: data for name, data in home.files().items() if name not in before}
    if path in ("named", "address"):
        assert (process.returncode, list(written)) == (0, ["out/apple-1.0.0.tgz"]), text
    else:
        assert (process.returncode, written) == (1, {}), text
        assert "permission denied" in text


@pytest.mark.parametrize("path", ["add", "update", "named", "address", "dependency", "blob"])
def test_killed_in_the_middle(path: str, tmp_path: Path, charts: Path, server: Faults) -> None:
    home = Home(tmp_path / "home", server.host, charts)
    before = home.files()
    process = begin(home, home.words(path, "stall"))
    until = time.monotonic() + 30
    while not any("/stall/" in seen or "blob-stall/apple/blobs" in seen for seen, _ in server.seen):
        assert time.monotonic() < until
        time.sleep(0.02)
    time.sleep(0.1)
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=30)
    left = {name: data for name, data in home.files().items() if before.get(name) != data}
    assert left == {}, left.keys()
    status, text = home.run(home.words(path, "good"))
    assert status == 0, text


def test_two_at_once(tmp_path: Path, charts: Path, server: Faults) -> None:
    """Updates, additions and a dependency update side by side: every one ends well, and nothing is lost or torn."""
    home = Home(tmp_path / "home", server.host, charts)
    lines = [f"repo add new{i} http://{server.host}/good {WORDS}".split(" ") for i in range(4)]
    lines += [home.words("update", "good"), home.words("update", "good")]
    lines += [home.words("dependency", "good"), home.words("dependency", "good")]
    running = [begin(home, words) for words in lines]
    said = [(process.communicate(timeout=120)[0].decode(), process.returncode) for process in running]
    assert [status for _, status in said] == [0] * len(lines), said
    text = (home.path / ".config/helm/repositories.yaml").read_text()
    assert [f"name: new{i}\n" in text for i in range(4)] == [True] * 4
    index = (charts / "index.yaml").read_bytes()
    cache = home.path / ".cache/helm/repository"
    assert {
        path.name for path in cache.iterdir() if path.name.endswith(".yaml") and path.read_bytes() != index
    } == set()
    archives = list((home.path / "charts/good/charts").iterdir())
    assert [path.name for path in archives] == ["apple-1.0.0.tgz"]
    assert archives[0].read_bytes() == (charts / "apple-1.0.0.tgz").read_bytes()
    strays = [path for path in home.path.rglob("*") if path.name.startswith((".", "tmpcharts")) and path.is_file()]
    assert strays == []
    shutil.rmtree(home.path)
