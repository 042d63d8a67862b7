"""The server on the wire: slow and broken clients, limits, TLS, its end, its log."""

from __future__ import annotations

import json
import re
import signal
import socket
import ssl
import subprocess
import threading
import time
import urllib.error
import urllib.request
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path

import pytest

from charthouse import repository_server
from tests.conformance.serving.running import Server, ask, serving
from tests.unit.repository_server.archives import archive, chart
from tests.unit.repository_server.stories import BOUNDARY, form

NEW = chart()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One with short times: a second for a request, two connections' worth of patience."""
    folder = tmp_path_factory.mktemp("wire") / "charts"
    with serving(folder, "--read-timeout=1", "--write-timeout=1", "--max-upload-size=100000") as running:
        (folder / "apple-1.0.0.tgz").write_bytes(NEW)
        yield running


def talk(server: Server, *pieces: bytes, gap: float = 0.0) -> bytes:
    """Everything the server answers to these pieces of bytes, until it closes."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as connection:
        try:
            for piece in pieces:
                connection.sendall(piece)
                time.sleep(gap)
        except OSError:
            pass  # it has had enough
        out = b""
        try:
            while data := connection.recv(65536):
                out += data
        except ConnectionResetError:
            pass
        return out


def statuses(answer: bytes) -> list[int]:
    return [int(number) for number in re.findall(rb"HTTP/1\.1 (\d+) ", answer)]


LAST = b"Host: x\r\nConnection: close\r\n\r\n"


@pytest.mark.parametrize(
    ("sent", "wanted"),
    [
        (b"GET /health HTTP/1.1\r\n" + LAST, [200]),
        (b"GET /health HTTP/1.0\r\n\r\n", [200]),
        (b"GET http://x/health HTTP/1.1\r\n" + LAST, [200]),
        (b"GET /health HTTP/1.1\r\nHost: x\r\n\r\nGET /info HTTP/1.1\r\n" + LAST, [200, 200]),
        (b"GET /nope HTTP/1.1\r\nHost: x\r\n\r\nGET /info HTTP/1.1\r\n" + LAST, [404, 200]),
        (b"nonsense\r\n\r\n", [400]),
        (b"GET /health HTTP/1.1\r\n\r\n", [400]),  # no Host
        (b"GET /health HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n", [400]),
        (b"GET /health HTTP/1.1\r\nHost: x\r\n bad\r\n folded\r\nConnection: close\r\n\r\n", [200]),
        (b"GET /health HTTP/1.1\r\nHost : x\r\n\r\n", [400]),
        (b"GET /hea lth HTTP/1.1\r\n" + LAST, [400]),
        (b"GET /health HTTP/1.1\r\nX: " + b"a" * 200_000 + b"\r\n" + LAST, [431]),
        (b"POST /api/charts HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello", [400]),
        (b"POST /api/charts HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\nhello", [400]),
        (b"POST /api/charts HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\nhello", [501]),
        (b"POST /api/charts HTTP/1.1\r\nContent-Length: 200000\r\n" + LAST + b"x" * 10, [413]),
        (b"POST /api/charts HTTP/1.1\r\nTransfer-Encoding: chunked\r\n" + LAST + b"ffffff\r\n" + b"x" * 200_000, [413]),
        (b"POST /api/charts HTTP/1.1\r\nTransfer-Encoding: chunked\r\n" + LAST + b"zz\r\n", [400]),
        (b"POST /nope HTTP/1.1\r\nContent-Length: 90000\r\n" + LAST + b"x" * 90_000, [404]),
        (b"POST /api/charts HTTP/1.1\r\nContent-Length: 5\r\nExpect: 100-continue\r\n" + LAST + b"hello", [100, 400]),
        (b"POST /nope HTTP/1.1\r\nContent-Length: 5\r\nExpect: 100-continue\r\n" + LAST, [404]),
        (b"BREW /health HTTP/1.1\r\n" + LAST, [404]),
        (b"OPTIONS * HTTP/1.1\r\n" + LAST, [404]),
        (b"GET /charts/%2e%2e/%2e%2e/etc/passwd HTTP/1.1\r\n" + LAST, [404]),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", [400]),
    ],
)  # fmt: skip
def test_requests(server: Server, sent: bytes, wanted: list[int]) -> None:
    assert statuses(talk(server, sent)) == wanted


def test_a_smuggled_request_is_part_of_the_body(server: Server) -> None:
    inner = b"GET /info HTTP/1.1\r\nHost: x\r\n\r\n"
    sent = b"POST /api/charts HTTP/1.1\r\nContent-Length: %d\r\nTransfer-Encoding: chunked\r\n" % len(inner) + LAST
    assert statuses(talk(server, sent + b"0\r\n\r\n" + inner)) == [400]


@pytest.mark.parametrize("size", [1, 7])
def test_a_request_in_small_pieces_is_a_request(server: Server, size: int) -> None:
    sent = b"GET /health HTTP/1.1\r\n" + LAST
    pieces = [sent[i : i + size] for i in range(0, len(sent), size)]
    assert statuses(talk(server, *pieces, gap=0.001)) == [200]


@pytest.mark.parametrize(
    "begin",
    [b"GET /health HTTP/1.1\r\nX: ", b"POST /api/charts HTTP/1.1\r\nHost: x\r\nContent-Length: 90000\r\n\r\n"],
)
def test_a_client_that_trickles_is_cut_off(server: Server, begin: bytes) -> None:
    begun = time.monotonic()
    assert talk(server, begin, *[b"x"] * 25, gap=0.2) == b""
    assert time.monotonic() - begun < 12
    assert ask(server, "GET", "/health")[0] == 200


def test_a_client_that_does_not_read_is_cut_off(server: Server) -> None:
    large = server.folder / "large-1.0.0.tgz"
    large.write_bytes(b"x" * (30 << 20))
    try:
        with socket.create_connection(("127.0.0.1", server.port), timeout=20) as connection:
            connection.sendall(b"GET /charts/large-1.0.0.tgz HTTP/1.1\r\n" + LAST)
            time.sleep(2.5)
            out = 0
            try:
                while data := connection.recv(1 << 20):
                    out += len(data)
            except OSError:
                pass
            assert out < 20 << 20  # what fits into buffers
    finally:
        large.unlink()


def test_connections_that_wait_give_way(tmp_path: Path) -> None:
    with serving(tmp_path / "charts", "--max-connections=4") as server:
        waiting = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(12)]
        try:
            for _ in range(8):
                assert ask(server, "GET", "/health")[0] == 200
        finally:
            for connection in waiting:
                connection.close()


def test_as_the_plugin_pushes(server: Server) -> None:
    """Helm's cm-push sends a form in chunks, under the whole path of a temporary file."""
    body = form(chart=chart("pushed"))
    chunks = b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in (body[:100], body[100:])) + b"0\r\n\r\n"
    head = (
        b"POST /api/charts?force HTTP/1.1\r\nUser-Agent: Go-http-client/1.1\r\nTransfer-Encoding: chunked\r\n"
        b"Content-Type: multipart/form-data; boundary=" + BOUNDARY.encode() + b"\r\nAccept-Encoding: gzip\r\n"
    )
    answer = talk(server, head + LAST, chunks)
    assert statuses(answer) == [201]
    assert answer.endswith(b'{"saved":true}')
    assert (server.folder / "pushed-1.0.0.tgz").read_bytes() == chart("pushed")


def test_an_answer_that_is_being_made_goes_out_at_the_end(tmp_path: Path) -> None:
    folder = tmp_path / "charts"
    data = archive({"big/Chart.yaml": "apiVersion: v2\nname: big\nversion: 1.0.0\n"}) + b"\0" * (24 << 20)
    with serving(folder) as server:
        (folder / "big-1.0.0.tgz").write_bytes(data)
        idle = socket.create_connection(("127.0.0.1", server.port))
        connection = socket.create_connection(("127.0.0.1", server.port))
        connection.sendall(b"GET /charts/big-1.0.0.tgz HTTP/1.1\r\nHost: x\r\n\r\n")
        got = connection.recv(1000)
        ended: list[int] = []
        thread = threading.Thread(target=lambda: ended.append(server.end()))
        thread.start()
        time.sleep(0.3)
        while piece := connection.recv(1 << 20):
            got += piece
        thread.join()
        idle.close()
        connection.close()
        assert got.partition(b"\r\n\r\n")[2] == data
        assert ended == [0]
        assert 'msg=ended answers="all sent"' in server.log.read_text()


def test_a_program_serves_in_its_own_process(tmp_path: Path) -> None:
    (tmp_path / "apple-1.0.0.tgz").write_bytes(NEW)
    options = repository_server.Options(title="Ours", context="/charts", address="https://charts.example.com")
    with repository_server.serve(tmp_path, options=options) as server:
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+/charts", server.url)
        with urllib.request.urlopen(f"{server.url}/index.yaml") as answer:
            assert b"- https://charts.example.com/charts/charts/apple-1.0.0.tgz\n" in answer.read()
        with urllib.request.urlopen(f"{server.url}/") as answer:
            assert b"<title>Ours</title>" in answer.read()
    with pytest.raises(urllib.error.URLError):
        urllib.request.urlopen(f"{server.url}/", timeout=2)
    with pytest.raises(repository_server.ServerError, match="is no directory"):
        repository_server.serve(tmp_path / "none")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signals_end_it(tmp_path: Path, number: int) -> None:
    with serving(tmp_path / "charts") as server:
        assert ask(server, "GET", "/health")[0] == 200
        begun = time.monotonic()
        assert server.end(number) == 0
        assert time.monotonic() - begun < 10


def test_the_log_is_json_and_tells_no_secrets(tmp_path: Path) -> None:
    environ = {"BASIC_AUTH_USER": "anna", "BASIC_AUTH_PASS": "topsecret"}
    with serving(tmp_path / "charts", "--log-json", "--debug", environ=environ) as server:
        right = "Basic " + b64encode(b"anna:topsecret").decode()
        assert ask(server, "GET", "/index.yaml?token=topsecret")[0] == 401
        assert ask(server, "GET", "/index.yaml", Authorization=right)[0] == 200
        assert ask(server, "GET", "/index.yaml", Authorization="Basic topsecret")[0] == 401
        talk(server, b"GET /a%0ab%1b[31m%ff HTTP/1.1\r\n" + LAST)
        assert server.end() == 0
        text = server.log.read_text()
    assert "topsecret" not in text
    assert right not in text
    rows = [json.loads(line) for line in text.splitlines()]
    # A line is written once its answer has gone, so those of other connections may come first.
    assert sorted((row["method"], row["path"], row["status"]) for row in rows if row["msg"] == "request") == [
        ("GET", "/a\nb\x1b[31m\udcff", 404),
        ("GET", "/index.yaml", 200), ("GET", "/index.yaml", 401), ("GET", "/index.yaml", 401),
    ]  # fmt: skip
    assert all({"time", "level", "msg"} <= set(row) for row in rows)


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A server's certificate for localhost, and a client's, both signed by themselves."""
    folder = tmp_path_factory.mktemp("tls")
    for name in ("server", "client"):
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
             "-keyout", f"{name}.key", "-out", f"{name}.pem", "-subj", f"/CN={name}", "-addext",
             "subjectAltName=DNS:localhost,IP:127.0.0.1"],
            cwd=folder, check=True, capture_output=True,
        )  # fmt: skip
    return folder


def _over_tls(server: Server, folder: Path, *, client: bool) -> bytes:
    context = ssl.create_default_context(cafile=str(folder / "server.pem"))
    if client:
        context.load_cert_chain(folder / "client.pem", folder / "client.key")
    with (
        socket.create_connection(("127.0.0.1", server.port), timeout=10) as plain,
        context.wrap_socket(plain, server_hostname="localhost") as connection,
    ):
        connection.sendall(b"GET /health HTTP/1.1\r\n" + LAST)
        out = b""
        while data := connection.recv(4096):
            out += data
        return out


def test_tls_and_client_certificates(tmp_path: Path, certificates: Path) -> None:
    options = [f"--tls-cert={certificates}/server.pem", f"--tls-key={certificates}/server.key"]
    with serving(tmp_path / "open", *options) as server:
        assert statuses(_over_tls(server, certificates, client=False)) == [200]
        assert talk(server, b"GET /health HTTP/1.1\r\n" + LAST) == b""
    with serving(tmp_path / "full", *options, "--max-connections=4") as server:
        mute = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(4)]
        time.sleep(1.2)
        assert statuses(_over_tls(server, certificates, client=False)) == [200]
        mute[0].settimeout(5)
        assert mute[0].recv(1) == b""  # the one that was there longest
        for connection in mute:
            connection.close()
    with serving(tmp_path / "shut", *options, f"--tls-ca-cert={certificates}/client.pem") as server:
        assert statuses(_over_tls(server, certificates, client=True)) == [200]
        with pytest.raises(OSError):
            _over_tls(server, certificates, client=False)
        assert server.end() == 0
