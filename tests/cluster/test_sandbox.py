"""Render workers as they are: what they hold, what they can do, what a hostile chart costs. Linux only; no cluster."""

from __future__ import annotations

import json
import os
import secrets
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from charthouse.actions.preparation import prepared_chart
from charthouse.actions.render import Rendered, render_release
from charthouse.charts.archive import pack
from charthouse.charts.capabilities import default_capabilities
from charthouse.charts.chart import Chart, File
from charthouse.charts.loader import load, load_archive
from charthouse.charts.metadata import ChartError, Metadata
from charthouse.golang.kinds import GoError
from charthouse.golang.moment import to_text
from charthouse.logs import LogRecord, silent
from charthouse.profile import HELM4, profile_named
from charthouse.sandbox.confine import Bounds, obstacle
from charthouse.sandbox.errors import BadFrame, SandboxError, WorkerLost
from charthouse.sandbox.frames import framed
from charthouse.sandbox.pool import Pool
from charthouse.sandbox.renderer import Sandbox

pytestmark = pytest.mark.skipif(bool(obstacle()), reason=f"no isolation: {obstacle()}")

ROOT = Path(__file__).resolve().parent.parent.parent
CHARTS = [ROOT / "examples" / "bookshop", ROOT / "tests" / "cluster" / "charts" / "orchard"]
CANARY = "canary-" + secrets.token_hex(16)
STRICT = Bounds(seconds=1, wall=300.0, steps=10**12)
SMALL = Bounds(seconds=120, wall=300.0, memory=96 << 20, output=1 << 20)


@pytest.fixture(scope="module")
def pool() -> Iterator[Pool]:
    """Workers of a parent with a secret in its memory and its environment."""
    os.environ["CHARTHOUSE_CANARY"] = CANARY
    pool = Pool(Bounds(), environ={"TZ": "UTC"})
    pool.start()
    yield pool
    pool.close()
    del os.environ["CHARTHOUSE_CANARY"]


@pytest.fixture(scope="module")
def strict() -> Iterator[Pool]:
    pool = Pool(STRICT, workers=2, spare=1)
    pool.start()
    yield pool
    pool.close()


@pytest.fixture(scope="module")
def small() -> Iterator[Pool]:
    pool = Pool(SMALL, workers=1, spare=0)
    pool.start()
    yield pool
    pool.close()


def of(template: str, **fields: Any) -> Chart:
    metadata = Metadata("probe", "1.0.0", api_version="v2")
    return Chart(metadata, templates=[File("templates/a.yaml", template.encode())], values={}, **fields)


def render(pool: Pool, chart: Chart, values: dict[str, Any] | None = None, **options: Any) -> Rendered:
    sandbox = Sandbox(pool, resolve=lambda host: ["192.0.2.7"] if host == "known" else [])
    options.setdefault("log", silent)
    return sandbox.render(
        chart, values or {}, name="r", namespace="n", capabilities=default_capabilities(), **options
    )  # fmt: skip


def workers(pool: Pool) -> list[int]:
    """The processes waiting for work; at least one is waited for."""
    path = Path(f"/proc/{pool.process}/task/{pool.process}/children")
    deadline = time.monotonic() + 60
    while not (found := path.read_text().split()) and time.monotonic() < deadline:
        time.sleep(0.01)
    return [int(pid) for pid in found]


def field(pid: int, name: str) -> str:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(f"{name}:"):
            return line.split()[1]
    raise AssertionError(name)


def confined(pid: int) -> None:
    """Wait until the filter is on: a worker is forked first and confined then."""
    deadline = time.monotonic() + 60
    while field(pid, "Seccomp") != "2" and time.monotonic() < deadline:
        time.sleep(0.01)


def test_a_confined_process_can_do_nothing_but_compute() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.cluster.confined"], cwd=ROOT, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert not os.path.exists("/tmp/charthouse-escaped")
    refused = {name for name, outcome in found.items() if outcome == "EPERM"}
    killed = {name for name, outcome in found.items() if outcome == "killed SIGSYS"}
    assert refused == {
        "open", "open for writing", "stat", "unlink", "mkdir", "chmod", "readlink", "dup", "pipe", "ioctl", "prctl",
        "setuid", "more open files", "executable memory", "fork",
    }  # fmt: skip
    assert killed == {
        "socket", "unix socket", "connect", "bind", "descriptors by message", "execve", "ptrace",
        "read another's memory", "kill", "unshare", "mount", "memfd",
    }  # fmt: skip
    assert {name: outcome for name, outcome in found.items() if name not in refused | killed} == {
        "compute": "done", "randomness": "done", "write to its socket": "done",
    }  # fmt: skip


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may look into a process that forbids it")
def test_a_worker_holds_one_socket_and_no_secret(pool: Pool) -> None:
    for pid in workers(pool):
        confined(pid)
        assert os.listdir(f"/proc/{pid}/fd") == ["0"]
        assert os.readlink(f"/proc/{pid}/fd/0").startswith("socket:")
        assert Path(f"/proc/{pid}/environ").read_bytes().rstrip(b"\0") == b"TZ=UTC"
        assert (field(pid, "NoNewPrivs"), field(pid, "Seccomp")) == ("1", "2")
        assert CANARY.encode() not in memory(pid)
    assert CANARY.encode() in memory(os.getpid())  # what is looked for would be found


def memory(pid: int) -> bytes:
    """All a process could read of itself."""
    parts = []
    with open(f"/proc/{pid}/mem", "rb", buffering=0) as stream:
        for line in Path(f"/proc/{pid}/maps").read_text().splitlines():
            span, rights = line.split()[:2]
            start, end = (int(part, 16) for part in span.split("-"))
            if "r" not in rights or "w" not in rights or end - start > 400 << 20 or "[v" in line:
                continue
            try:
                stream.seek(start)
                parts.append(stream.read(end - start))
            except (OSError, ValueError):
                continue
    return b"".join(parts)


@pytest.mark.parametrize("path", CHARTS, ids=lambda path: str(path.name))
@pytest.mark.parametrize("name", ["helm4", "helm3"])
def test_charts_are_loaded_as_in_one_process(pool: Pool, path: Path, name: str) -> None:
    profile = profile_named(name, exact_numbers=name == "helm4")
    archive = pack(load(str(path), log=silent))
    here = load_archive(archive, log=silent, profile=profile)
    there = Sandbox(pool).load(archive, profile, silent)
    assert described(there) == described(here)
    assert here.templates


def described(chart: Chart) -> Any:
    """All there is to a chart."""
    groups = [
        [(file.name, file.data, file.modified and to_text(file.modified)) for file in group]
        for group in (chart.templates, chart.files, chart.raw)
    ]
    about = {slot: repr(getattr(chart.metadata, slot)) for slot in ("sources", "keywords", "annotations", "tags")}
    inner = [described(one) for one in chart.dependencies]
    return (
        chart.metadata.to_dict(), about, chart.lock and chart.lock.to_dict(), repr(chart.values), chart.has_values,
        chart.schema, chart.modified and to_text(chart.modified), chart.full_path(), groups, inner,
    )  # fmt: skip


def test_archives_that_cannot_be_read(pool: Pool) -> None:
    for archive in (b"", b"nonsense", b"\x1f\x8b\x08" + b"\0" * 64):
        with pytest.raises(ChartError) as there:
            Sandbox(pool).load(archive, HELM4, silent)
        with pytest.raises(ChartError) as here:
            load_archive(archive, log=silent)
        assert there.value.message == here.value.message


@pytest.mark.parametrize("path", CHARTS, ids=lambda path: str(path.name))
@pytest.mark.parametrize("name", ["helm4", "helm3"])
def test_renders_are_those_of_one_process(pool: Pool, path: Path, name: str) -> None:
    profile = profile_named(name)
    chart = prepared_chart(load(str(path), log=silent), {}, log=silent, profile=profile)
    here = render_release(
        chart, {}, name="r", namespace="n", capabilities=default_capabilities(), log=silent, profile=profile
    )  # fmt: skip
    there = render(pool, chart, profile=profile)
    assert (there.manifest, there.notes, there.hooks) == (here.manifest, here.notes, here.hooks)
    assert there.manifest


FUNCTIONS = """\
text: |
  a: {{ (genCA "ca" 1).Cert | contains "BEGIN" }} {{ genPrivateKey "rsa" | contains "RSA" }}
  b: {{ htpasswd "u" "p" | contains ":" }} {{ derivePassword 1 "long" "p" "u" "s" }} {{ encryptAES "k" "v" | len }}
  c: {{ dateInZone "15:04 MST" (toDate "2006-01-02" "2024-07-01") "America/New_York" }} {{ now | date "2006" | len }}
  d: {{ uuidv4 | len }} {{ randAlphaNum 9 | len }} {{ "a: b" | fromYaml | toYaml }} {{ adler32sum "a" }}
  e: {{ dict "a" 1 | toToml | fromToml | toJson }} {{ regexFind "[a-z]+" "12ab" }} {{ semver "1.2.3" | toString }}
  f: {{ untitle "ABC" | kebabcase }} {{ "é" | upper }} {{ getHostByName "known" }} {{ "aGk=" | b64dec }}
"""


def test_functions_find_all_they_need(pool: Pool) -> None:
    rendered = render(pool, of(FUNCTIONS), enable_dns=True)
    assert rendered.error is None
    assert rendered.manifest.rstrip().splitlines()[3:] == [
        "  a: true true",
        "  b: true Rude2$QafoJela 44",
        "  c: 20:00 EDT 4",
        "  d: 36 9 a: b 6422626",
        '  e: {"a":1} ab 1.2.3',
        "  f: a-bc É 192.0.2.7 hi",
    ]


def test_hosts_are_not_resolved_unless_the_caller_wants_it(pool: Pool) -> None:
    rendered = render(pool, of('a: "{{ getHostByName "known" }}"'))
    assert rendered.manifest == '---\n# Source: probe/templates/a.yaml\na: ""\n'


def test_lookup_is_answered_by_the_parent(pool: Pool) -> None:
    asked = []

    def lookup(*words: str) -> dict[str, Any]:
        asked.append(words)
        if words[3] == "forbidden":
            raise GoError('secrets "forbidden" is forbidden: User "alice" cannot get resource')
        return {"data": {"n": 5, "f": 1.5, "t": True}}

    template = (
        '{{ with lookup "v1" "ConfigMap" "ns" "one" }}a: {{ .data.n }} {{ kindOf .data.n }} {{ .data.f }}{{ end }}'
    )
    rendered = render(pool, of(template), lookup=lookup)
    assert rendered.manifest.endswith("a: 5 int64 1.5\n")
    failed = render(pool, of('{{ lookup "v1" "Secret" "ns" "forbidden" }}'), lookup=lookup)
    assert failed.error is not None
    assert 'error calling lookup: secrets "forbidden" is forbidden: User "alice"' in failed.error.message
    assert asked == [("v1", "ConfigMap", "ns", "one"), ("v1", "Secret", "ns", "forbidden")]


def test_errors_are_those_of_one_process(pool: Pool) -> None:
    schema = b'{"properties": {"port": {"type": "integer"}}}'
    with pytest.raises(ChartError) as there:
        render(pool, of("a: b", schema=schema), {"port": "x"})
    with pytest.raises(ChartError) as here:
        render_release(
            of("a: b", schema=schema), {"port": "x"}, name="r", namespace="n", capabilities=default_capabilities(),
            log=silent,
        )  # fmt: skip
    assert (there.value.message, there.value.hint) == (here.value.message, here.value.hint)
    bad = of("a: {{ .Values.nothing.here }}")
    direct = render_release(
        bad, {}, name="r", namespace="n", capabilities=default_capabilities(), log=silent
    ).error  # fmt: skip
    found = render(pool, bad).error
    assert found is not None and direct is not None
    assert (type(found), found.message, found.hint) == (type(direct), direct.message, direct.hint)


def test_logs_and_post_renderers_work_through_the_parent(pool: Pool) -> None:
    said: list[LogRecord] = []
    rendered = render(
        pool, of("kind: A\napiVersion: v1\n"), post_renderer=lambda text: text.replace("kind: A", "kind: B"),
        log=said.append,
    )  # fmt: skip
    assert rendered.error is None
    assert "kind: B" in rendered.manifest
    assert all(isinstance(record.message, str) for record in said)


LOOP = "{{ range $i := until 90000 }}{{ range $j := until 90000 }}{{ end }}{{ end }}"
HOARD = '{{ $d := dict }}{{ range $i := until 90000 }}{{ $_ := set $d (toString $i) (repeat 90000 "x") }}{{ end }}'


@pytest.mark.parametrize(
    ("template", "text"),
    [
        (HOARD, "template needs more memory than it may have"),
        ('{{ range until 90000 }}{{ repeat 1000 "x" }}{{ end }}', "template printed more than 1048576 characters"),
        ('{{ define "a" }}{{ include "a" . }}{{ end }}{{ include "a" . }}', "has a nested reference"),
    ],
    ids=["memory", "output", "depth"],
)  # fmt: skip
def test_a_chart_that_wants_too_much_is_ended(small: Pool, template: str, text: str) -> None:
    error = render(small, of(template)).error
    assert error is not None
    assert text in error.message


def test_others_render_while_one_burns(strict: Pool) -> None:
    outcome: list[str] = []

    def burn() -> None:
        error = render(strict, of(LOOP)).error
        outcome.append(error.message if error is not None else "")

    burning = threading.Thread(target=burn)
    burning.start()
    texts = [render(strict, of(f"a: {n}")).manifest for n in range(5)]
    assert not outcome
    assert texts == [f"---\n# Source: probe/templates/a.yaml\na: {n}\n" for n in range(5)]
    burning.join(120)
    assert outcome == ["chart ran longer than 1 seconds of processor time"]


def test_a_render_that_lasts_too_long_is_ended() -> None:
    pool = Pool(Bounds(seconds=600, wall=1.0, steps=10**12), workers=1, spare=0)
    pool.start()
    try:
        error = render(pool, of(LOOP)).error
        assert error is not None
        assert error.message == "chart ran longer than 1 seconds"
        assert gone(pool)
        assert render(pool, of("a: b")).error is None
    finally:
        pool.close()


def gone(pool: Pool) -> bool:
    """Whether the worker that was given up has ended, too."""
    path = Path(f"/proc/{pool.process}/task/{pool.process}/children")
    deadline = time.monotonic() + 60
    while path.read_text().split() and time.monotonic() < deadline:
        time.sleep(0.01)
    return not path.read_text().split()


def test_a_dead_zygote_is_replaced(strict: Pool) -> None:
    before = strict.process
    os.kill(before, signal.SIGKILL)
    os.waitid(os.P_PID, before, os.WEXITED | os.WNOWAIT)
    assert render(strict, of("a: b")).error is None
    assert strict.process != before


class Lying:
    """A pool whose worker says what it is told."""

    def __init__(self, pool: Pool, said: bytes) -> None:
        self.bounds, self.places, self._said = pool.bounds, pool.places, said

    def take(self) -> Any:
        import socket

        ours, theirs = socket.socketpair()
        reading, writing = os.pipe()
        theirs.sendall(self._said)
        os.write(writing, b"exit 31")
        os.close(writing)

        class Fake:
            line = ours

            def fate(self) -> int:
                return os.WTERMSIG(int(os.read(reading, 64).split()[1]))

            def end(self) -> None:
                ours.close()
                theirs.close()
                os.close(reading)

        theirs.shutdown(socket.SHUT_WR)
        return Fake()


@pytest.mark.parametrize(
    ("said", "error", "text"),
    [
        (framed(b"nonsense", 99), BadFrame, "a message is no JSON"),
        (framed(b"[1]", 99), BadFrame, "a worker's message is none"),
        (framed(b'{"rendered":{"hooks":[],"name":1}}', 99), BadFrame, "has no text 'name'"),
        (framed(b'{"chart":{"blobs":[]}}', 99), BadFrame, "a worker's chart is none"),
        (framed(b'{"exec":"id"}', 99), BadFrame, "asks what it may not"),
        (framed(b'{"resolve":"known"}', 99), BadFrame, "asks what it may not"),
        (framed(b'{"lookup":["v1","Secret","ns","name"]}', 99), BadFrame, "asks what it may not"),
        (framed(b'{"log":["BAD","x",{}]}', 99), BadFrame, "line of log is none"),
        (b"\xff\xff\xff\xff", BadFrame, "is larger than"),
        (b"", WorkerLost, "try what it may not do"),
    ],
)
def test_a_worker_that_lies_is_not_believed(strict: Pool, said: bytes, error: type[SandboxError], text: str) -> None:
    with pytest.raises(error, match=text):
        render(Lying(strict, said), of("a: b"))  # type: ignore[arg-type]  # it stands in for one
