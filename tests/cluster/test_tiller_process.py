"""The process as a whole: it starts, is probed, says what it does, and ends. On the embedded cluster."""

from __future__ import annotations

import gzip
import json
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.cluster.conftest import RunningCluster
from tests.cluster.interop import fresh
from tests.cluster.serving import SECONDS, Served, certificate, running
from tests.cluster.tiller2 import helm2_tool


@pytest.fixture(scope="module")
def embedded(clusters: Callable[[str], RunningCluster]) -> RunningCluster:
    return clusters("embedded")


def asked(address: str, path: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(f"http://{address}{path}", timeout=SECONDS) as answer:
            return int(answer.status), answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def series(served: Served) -> dict[str, float]:
    lines = [line for line in asked(served.probes, "/metrics")[1].splitlines() if not line.startswith("#")]
    return {line.rpartition(" ")[0]: float(line.rpartition(" ")[2]) for line in lines}


def ended(served: Served) -> int:
    return served.process.wait(SECONDS)


def refused(cluster: RunningCluster, *flags: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "charthouse", "tiller", "serve", "--kubeconfig", str(cluster.kubeconfig)]
    return subprocess.run(
        [*command, "--kube-context", "admin", "--listen", "127.0.0.1:0", "--probe=false", *flags],
        capture_output=True, text=True, timeout=SECONDS, check=False,
    )  # fmt: skip


def test_without_identity_it_does_not_start(embedded: RunningCluster) -> None:
    done = refused(embedded)
    assert done.returncode == 1
    assert "Error: nobody could prove to this Tiller who they are: it has no TLS certificate\n" in done.stderr
    assert "--insecure-allow-anonymous" in done.stderr
    assert "GRPC listening" not in done.stderr


def test_files_that_are_missing_are_named(embedded: RunningCluster, tmp_path: Path) -> None:
    done = refused(embedded, "--tls", "--tls-cert", str(tmp_path / "a.crt"), "--tls-key", str(tmp_path / "a.key"))
    assert done.returncode == 1
    assert f'could not read x509 key pair (cert: "{tmp_path}/a.crt", key: "{tmp_path}/a.key"): open' in done.stderr


def test_a_port_in_use_is_named(embedded: RunningCluster) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = refused(embedded, "--insecure-allow-anonymous", "--listen", f"127.0.0.1:{port}")
    assert done.returncode == 1
    assert f"listen tcp 127.0.0.1:{port}: bind: address already in use" in done.stderr


def test_start_lines_probes_metrics_and_end(embedded: RunningCluster, tmp_path: Path) -> None:
    from tests.cluster.conftest import peer

    with running(embedded, "--storage", "secret", "--history-max", "3", anonymous=True) as tiller:
        said = [line.partition("] ")[2].partition(" ")[2].partition(" ")[2] for line in tiller.said.splitlines()]
        assert said[1:] == [
            "WARNING: --insecure-allow-anonymous: whoever reaches this port works with Tiller's own rights, without a "
            "name",
            "Starting Tiller v2.17.0 (tls=false)",
            f"GRPC listening on {tiller.address}",
            f"Probes listening on {tiller.probes}",
            "Storage driver is Secret",
            "Max history per release is 3",
            "Tiller is ready in namespace kube-system",
        ]
        assert asked(tiller.probes, "/liveness") == (200, "")
        assert asked(tiller.probes, "/readiness") == (200, "")
        helm2 = helm2_tool(peer("helm2"), tiller.address, embedded.kubeconfig, tmp_path)
        assert "v2.17.0" in helm2.run("version", "--server").stdout
        labels = '{grpc_method="GetVersion",grpc_service="hapi.services.tiller.ReleaseService",grpc_type="unary"}'
        found = series(tiller)
        assert found[f"grpc_server_started_total{labels}"] == 1
        assert found["charthouse_tiller_ready"] == 1
        tiller.process.send_signal(signal.SIGTERM)
        assert ended(tiller) == 0
        assert "shutting down" in tiller.said
        assert "Tiller has ended" in tiller.said


def test_logs_are_json_on_request(embedded: RunningCluster) -> None:
    with running(embedded, "--log-format", "json", "--probe=false", anonymous=True) as tiller:
        records = [json.loads(line) for line in tiller.said.splitlines()]
    assert {record["area"] for record in records} == {"main"}
    assert "Starting Tiller v2.17.0 (tls=false)" in [record["msg"] for record in records]
    assert tiller.probes == ""


BURNING = "{{ range $i := until 90000 }}{{ range $j := until 90000 }}{{ end }}{{ end }}"


def chart(folder: Path, template: str) -> str:
    (folder / "templates").mkdir(parents=True)
    (folder / "Chart.yaml").write_text(f"apiVersion: v1\nname: {folder.name}\nversion: 1.0.0\n")
    (folder / "templates" / "a.yaml").write_text(template)
    return str(folder)


def test_a_chart_that_burns_costs_its_own_call_alone(embedded: RunningCluster, tmp_path: Path) -> None:
    from tests.cluster.conftest import peer

    burning = chart(tmp_path / "burning", BURNING)
    sound = chart(tmp_path / "sound", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: sound}\n")
    space = fresh("burning")
    with running(embedded, "--render-seconds", "3", anonymous=True) as tiller:
        helm2 = helm2_tool(peer("helm2"), tiller.address, embedded.kubeconfig, tmp_path / "home")
        failed: list[str] = []

        def burn() -> None:
            failed.append(helm2.run("install", burning, "--namespace", space, "--name", space, expect=1).stderr)

        started = threading.Thread(target=burn)
        started.start()
        helm2.run("install", sound, "--namespace", space, "--name", f"{space}-sound")
        started.join(SECONDS)
        assert "chart ran longer than 3 seconds of processor time" in failed[0] or "steps" in failed[0]
        outcomes = {name: value for name, value in series(tiller).items() if "renders_total" in name}
        assert outcomes['charthouse_tiller_renders_total{outcome="ok"}'] == 1
        assert sum(outcomes.values()) == 2
        helm2.run("delete", "--purge", f"{space}-sound")


def test_without_isolation_it_says_so(embedded: RunningCluster, tmp_path: Path) -> None:
    from tests.cluster.conftest import peer

    space = fresh("plain")
    sound = chart(tmp_path / "sound", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: sound}\n")
    with running(embedded, "--insecure-no-isolation", anonymous=True) as tiller:
        assert "WARNING: --insecure-no-isolation: charts are rendered in this process" in tiller.said
        helm2 = helm2_tool(peer("helm2"), tiller.address, embedded.kubeconfig, tmp_path / "home")
        helm2.run("install", sound, "--namespace", space, "--name", space)
        helm2.run("delete", "--purge", space)
        assert not Path(f"/proc/{tiller.process.pid}/task/{tiller.process.pid}/children").read_text()


def test_traces_are_sent_when_asked_for(embedded: RunningCluster, tmp_path: Path) -> None:
    from tests.cluster.conftest import peer

    sent: list[tuple[str, bytes]] = []

    class Collector(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            encoded = self.headers.get("Content-Encoding") == "gzip"
            sent.append((self.path, gzip.decompress(body) if encoded else body))
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *arguments: object) -> None:
            """Quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Collector) as collector:
        threading.Thread(target=collector.serve_forever, daemon=True).start()
        variables = {"OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{collector.server_port}"}
        with running(embedded, anonymous=True, variables=variables) as tiller:
            helm2_tool(peer("helm2"), tiller.address, embedded.kubeconfig, tmp_path).run("list")
            tiller.process.terminate()
            assert ended(tiller) == 0
        collector.shutdown()
    assert {path for path, _ in sent} == {"/v1/traces"}
    told = b"".join(body for _, body in sent)
    for name in (b"hapi.services.tiller.ReleaseService/ListReleases", b"GET Kubernetes", b"tiller"):
        assert name in told


def test_a_second_signal_ends_it_at_once(embedded: RunningCluster) -> None:
    with running(embedded, "--drain", "600s", anonymous=True) as tiller:
        host, _, port = tiller.address.partition(":")
        with socket.create_connection((host, int(port)), SECONDS) as held:
            held.sendall(b"POST /nothing HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n")
            tiller.process.send_signal(signal.SIGTERM)
            tiller.wait_for("shutting down")
            tiller.process.send_signal(signal.SIGTERM)
            assert ended(tiller) == 128 + signal.SIGTERM


def test_its_helpers_end_with_it_however_it_goes(embedded: RunningCluster) -> None:
    with running(embedded, anonymous=True) as tiller:
        children = Path(f"/proc/{tiller.process.pid}/task/{tiller.process.pid}/children")
        pids = [int(pid) for pid in children.read_text().split()]
        assert pids
        tiller.process.kill()
        ended(tiller)
        deadline = time.monotonic() + SECONDS
        while any(alive(pid) for pid in pids) and time.monotonic() < deadline:
            time.sleep(0.05)
        assert [pid for pid in pids if alive(pid)] == []


def alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def test_certificates_are_reloaded(embedded: RunningCluster) -> None:
    with running(embedded, "--check-every", "1s", encrypted=True) as tiller:
        first = shown(tiller)
        certificate(Path(tiller.authority).parent)
        tiller.wait_for("certificate reloaded")
        assert shown(tiller) != first
        Path(tiller.authority).write_text("nonsense")
        tiller.wait_for("certificate cannot be reloaded")
        assert shown(tiller)


def shown(tiller: Served) -> str:
    host, _, port = tiller.address.partition(":")
    return ssl.get_server_certificate((host, int(port)), timeout=SECONDS)


def test_readiness_follows_the_api_server(tmp_path: Path) -> None:
    from tests.cluster.conftest import start_embedded

    cluster = start_embedded(tmp_path)
    found = next(cluster)
    with running(found, "--check-every", "1s", anonymous=True) as tiller:
        assert asked(tiller.probes, "/readiness")[0] == 200
        cluster.close()  # type: ignore[attr-defined]  # a generator
        tiller.wait_for("the API server cannot be reached")
        deadline = time.monotonic() + 2 * SECONDS
        while asked(tiller.probes, "/readiness")[0] == 200 and time.monotonic() < deadline:
            time.sleep(0.5)
        status, text = asked(tiller.probes, "/readiness")
        assert status == 503
        assert text.startswith("the API server has not answered for")
        assert asked(tiller.probes, "/liveness") == (200, "")
