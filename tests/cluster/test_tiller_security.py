"""Hostile callers of a Tiller: each refused in bounded time, while others are served."""

from __future__ import annotations

import contextlib
import json
import random
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml

from charthouse.hapi.service import METHODS as HAPI
from charthouse.rpc.channel import Channel
from charthouse.rpc.status import RpcError
from charthouse.tiller.client_version import HEADER
from charthouse.tiller.v1.rpcs import METHODS as OURS
from tests.cluster.conftest import RunningCluster
from tests.cluster.doors import secured
from tests.cluster.identities import client_certificate
from tests.cluster.interop import Tool
from tests.cluster.serving import Served

SECONDS = 90.0
"""More than anything here may take on a loaded machine."""
LIST = "/charthouse.v1.ReleaseService/List"
INSTALL = "/charthouse.v1.ReleaseService/Install"
VERSION = {HEADER: "v2.17.0"}


class Reach:
    """A Tiller from outside: connections to it, calls, and a caller who is served while something goes on."""

    def __init__(self, cluster: RunningCluster, tiller: Served, ca: Path) -> None:
        self.cluster = cluster
        self.tiller = tiller
        self.port = int(tiller.address.rpartition(":")[2])
        self._ca = ca.read_text()
        users = yaml.safe_load(cluster.kubeconfig.read_text())["users"]
        self.token = str(next(one["user"]["token"] for one in users if one["name"] == "alice"))

    def plain(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=SECONDS)

    def tls(self, *, alpn: str = "h2", certificate: Path | None = None) -> ssl.SSLSocket:
        context = ssl.create_default_context(cadata=self._ca)
        context.set_alpn_protocols([alpn])
        if certificate is not None:
            context.load_cert_chain(certificate)
        return context.wrap_socket(self.plain(), server_hostname="localhost")

    @contextlib.contextmanager
    def channel(self, token: str = "", certificate: Path | None = None) -> Iterator[Channel]:
        sent = {"authorization": f"Bearer {token}"} if token else {}
        made = Channel(lambda: self.tls(certificate=certificate), secure=True, metadata=sent)
        try:
            yield made
        finally:
            made.close()

    def ending(self, path: str, message: bytes, *, token: str = "", **metadata: str) -> tuple[str, str]:
        """(code, text) of a call, ("OK", "") for one that is served."""
        with self.channel(token) as channel:
            try:
                for _ in channel.stream(path, message, {**VERSION, **metadata}, timeout=SECONDS):
                    pass
            except RpcError as error:
                return error.code.name, error.message
        return "OK", ""

    @contextlib.contextmanager
    def another_served(self) -> Iterator[None]:
        """While the block runs somebody else lists, and is answered each time, with a connection of their own."""
        stop, served = threading.Event(), [0]
        trouble: list[str] = []

        def go_on() -> None:
            while not stop.is_set():
                code, text = self.ending(LIST, b"", token=self.token)
                if code != "UNKNOWN" and code != "PERMISSION_DENIED":  # alice may not list the namespace ""
                    trouble.append(f"{code}: {text}")
                served[0] += 1

        thread = threading.Thread(target=go_on)
        thread.start()
        before = served[0]
        try:
            yield
            deadline = time.monotonic() + SECONDS
            seen = served[0]
            while served[0] < seen + 2 and time.monotonic() < deadline:
                time.sleep(0.05)
        finally:
            stop.set()
            thread.join(SECONDS)
        assert served[0] >= before + 2 and trouble == []


@pytest.fixture(scope="module")
def reach(
    clusters: Callable[[str], RunningCluster], homes: Path, tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Reach]:  # fmt: skip
    import os
    import sys

    from tests.cluster.conftest import peer

    cluster = clusters("embedded")
    environment = {**os.environ, "KUBECONFIG": str(cluster.kubeconfig), "HELM_CACHE_HOME": str(homes / "cache"),
                   "KUBECACHEDIR": str(homes / "kube")}  # fmt: skip
    kubectl = Tool("kubectl", [str(peer("kubectl"))], environment)
    charthouse = Tool("charthouse", [sys.executable, "-m", "charthouse"], environment)
    with secured(cluster, charthouse, kubectl, tmp_path_factory.mktemp("reach")) as (tiller, ca):
        yield Reach(cluster, tiller, ca)


OPEN = "/hapi.services.tiller.ReleaseService/GetVersion"
PATHS = [method.path for method in (*HAPI, *OURS)]


def test_no_call_is_served_to_nobody(reach: Reach) -> None:
    assert len(PATHS) == 31
    endings = {path: reach.ending(path, b"") for path in PATHS if path != OPEN}
    assert {code for code, _ in endings.values()} == {"UNAUTHENTICATED"}, endings
    assert reach.ending(OPEN, b"") == ("OK", "")


@pytest.mark.parametrize("header", ["authorization", "x-charthouse-token"])
def test_random_tokens_by_the_hundred(reach: Reach, header: str) -> None:
    with reach.another_served(), reach.channel() as channel:
        for number in range(200):
            value = f"Bearer guess{number}" if header == "authorization" else f"guess{number}"
            with pytest.raises(RpcError) as caught:
                list(channel.stream(LIST, b"", {header: value}, timeout=SECONDS))
            assert caught.value.code.name == "UNAUTHENTICATED"


def test_messages_over_the_limit(reach: Reach) -> None:
    size = (20 << 20) + 1
    with reach.another_served():
        for token in ("", reach.token):
            code, text = reach.ending(INSTALL, bytes(size), token=token)
            assert (code, text) == (
                "RESOURCE_EXHAUSTED", f"grpc: received message larger than max ({size} vs. 20971520)",
            )  # fmt: skip


@pytest.mark.parametrize("path", [INSTALL, "/hapi.services.tiller.ReleaseService/InstallRelease"])
def test_a_message_that_would_become_a_gigabyte(reach: Reach, path: str) -> None:
    """Two bytes make an empty message: nothing is made of a stranger's, and not too much of anybody's."""
    number = 1 if "hapi" in path else 2
    inner = b"\x1a\x00" * 9_000_000
    size = bytes((len(inner) & 127 | 128, len(inner) >> 7 & 127 | 128, len(inner) >> 14 & 127 | 128, len(inner) >> 21))
    with reach.another_served():
        assert reach.ending(path, bytes((number << 3 | 2,)) + size + inner)[0] == "UNAUTHENTICATED"
        code, text = reach.ending(path, b"\x0a\x00" * 9_000_000, token=reach.token)
        assert code != "OK", text
    assert reach.tiller.process.poll() is None
    status = Path(f"/proc/{reach.tiller.process.pid}/status").read_text()
    assert int(status.partition("VmHWM:")[2].split()[0]) < 600 << 10, "KiB at the most"


@pytest.mark.parametrize("path", [LIST, INSTALL, "/hapi.services.tiller.ReleaseService/InstallRelease"])
def test_bytes_that_are_no_message(reach: Reach, path: str) -> None:
    dice = random.Random(path)
    messages = [b"\xff" * 40, b"\x0a\xff\xff\xff\xff\x0f", b"\x0a" * 100_000, dice.randbytes(4000)]
    messages += [dice.randbytes(dice.randrange(1, 200)) for _ in range(16)]
    with reach.another_served():
        for message in messages:
            code, _ = reach.ending(path, message, token=reach.token)
            assert code != "OK"
    assert reach.tiller.process.poll() is None
    assert "Traceback" not in reach.tiller.said


def test_bytes_that_are_no_protocol(reach: Reach) -> None:
    dice = random.Random(7)
    rubbish = [
        b"",
        b"\x00" * 10,
        b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 20_000,
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + dice.randbytes(5000),
    ]
    rubbish += [dice.randbytes(dice.randrange(1, 3000)) for _ in range(20)]
    with reach.another_served():
        for data in rubbish:
            for make in (reach.plain, reach.tls):
                with contextlib.suppress(OSError), make() as sock:
                    sock.sendall(data)
                    sock.shutdown(socket.SHUT_WR)
                    while sock.recv(65536):
                        pass


def test_clients_that_take_their_time(reach: Reach) -> None:
    """Connections that say nothing, half a handshake, half a preface, half a request: others are served beside them."""
    with contextlib.ExitStack() as open_ones:
        for number in range(60):
            sock = open_ones.enter_context(reach.plain() if number % 2 else reach.tls())
            sock.sendall(
                (b"\x16\x03\x01", b"PRI * HTT", b"\x16", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00")[number % 4]
            )
        with reach.another_served():
            pass


def test_names_that_would_break_a_log(reach: Reach, tmp_path: Path) -> None:
    forged = '"}\n{"level":"INFO","msg":"audit","user":"root"}\x1b[2J'
    pair = client_certificate(reach.cluster.folder, "ca", tmp_path, forged)
    with reach.channel(certificate=pair) as channel, pytest.raises(RpcError) as caught:
        list(channel.stream(LIST, b"", timeout=SECONDS))
    assert caught.value.code.name == "PERMISSION_DENIED"
    long = client_certificate(reach.cluster.folder, "ca", tmp_path, "x" * 64, *("g" * 60 for _ in range(200)))
    with reach.channel(certificate=long) as channel, pytest.raises(RpcError):
        list(channel.stream(LIST, b"", timeout=SECONDS))
    evil = {"x-remote-user": "root", "x-helm-api-client": "v2.17.0 \x7f", "user-agent": "a\tb"}
    reach.ending(LIST, b"", token=reach.token, **evil)
    lines = [line for line in reach.tiller.said.splitlines() if line]
    assert [line for line in lines if not isinstance(json.loads(line), dict)] == []
    assert not any(json.loads(line).get("user") == "root" for line in lines)
    assert "\x1b" not in reach.tiller.said


def test_no_token_is_ever_told(reach: Reach) -> None:
    secret = "very-secret-guess"
    _, text = reach.ending(LIST, b"", token=secret)
    assert reach.ending(LIST, b"", token=reach.token)[0] != "UNAUTHENTICATED"
    with socket.create_connection(("127.0.0.1", int(reach.tiller.probes.rpartition(":")[2])), timeout=SECONDS) as sock:
        sock.sendall(b"GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        metrics = b""
        while piece := sock.recv(65536):
            metrics += piece
    for where in (text, reach.tiller.said, metrics.decode()):
        assert secret not in where and reach.token not in where
