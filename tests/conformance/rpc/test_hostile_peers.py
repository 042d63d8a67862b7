"""Peers on real sockets that are slow, silent, many or mad, while an honest one goes on calling."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from random import Random

import pytest

from charthouse.rpc.channel import Channel
from charthouse.rpc.limits import Limits
from charthouse.rpc.server import Server
from charthouse.rpc.status import RpcError
from charthouse.rpc.tls import ClientTLS, ServerTLS
from tests.conformance.rpc.running import WAIT, Service, serving
from tests.unit.rpc.authorities import made
from tests.unit.rpc.mutations import PREFACE, http1_noise, http2_noise

SHORT = Limits(
    handshake_seconds=0.5, head_seconds=0.5, body_seconds=0.5, keep_alive_seconds=0.5, idle_seconds=1.0,
    write_seconds=1.0, stall_seconds=1.0,
)  # fmt: skip
SETTINGS = b"\x00\x00\x00\x04\x00\x00\x00\x00\x00"
CA = made("ca", ca=True)
TILLER = made("tiller", CA, names=["tiller"])


def connected(server: Server) -> socket.socket:
    return socket.create_connection(("127.0.0.1", server.port), timeout=WAIT)


def ends(connection: socket.socket) -> bool:
    """Whether the server ends it, in a while."""
    try:
        while connection.recv(65536):
            continue
    except ConnectionError:
        return True
    except TimeoutError:
        return False
    finally:
        connection.close()
    return True


def send(connection: socket.socket, data: bytes) -> None:
    try:
        connection.sendall(data)
    except OSError:
        return  # it has been ended already, which is what is asked for


class Honest:
    """Calls, one after the other, until told to stop. failures: of them."""

    def __init__(self, server: Server, tls: ClientTLS | None = None) -> None:
        context = tls.context() if tls is not None else None

        def dial() -> socket.socket:
            plain = connected(server)
            return plain if context is None else context.wrap_socket(plain, server_hostname="tiller")

        self._channel = Channel(dial, secure=tls is not None)
        self._stop = threading.Event()
        self.failures: list[str] = []
        self.calls = 0
        self._thread = threading.Thread(target=self._call, daemon=True)
        self._thread.start()

    def _call(self) -> None:
        while not self._stop.is_set():
            try:
                assert self._channel.unary("/test.Service/Echo", b"x" * 1000, timeout=WAIT) == b"x" * 1000
                self.calls += 1
            except RpcError as error:
                self.failures.append(error.message)
            self._stop.wait(0.005)

    def stop(self) -> list[str]:
        self._stop.set()
        self._thread.join(WAIT)
        self._channel.close()
        return self.failures


@pytest.fixture
def server() -> Iterator[Server]:
    with serving(Service(), limits=SHORT) as running:
        yield running


SILENT = [
    b"",
    b"P",
    b"PRI * HTTP/2.0\r\n",
    PREFACE + SETTINGS,
    PREFACE + SETTINGS + b"\x00\x40\x00\x00\x01\x00\x00\x00\x01",
    PREFACE + SETTINGS + b"\x00\x00\x01\x01\x00\x00\x00\x00\x01\x82",
    b"GET / HTTP/1.1\r\nHost: ",
    b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nabc",
    b"\x16\x03\x01\x02\x00\x01",
]


def test_whoever_goes_silent_is_ended(server: Server) -> None:
    connections = [connected(server) for _ in SILENT]
    for connection, said in zip(connections, SILENT, strict=True):
        send(connection, said)
    assert [ends(connection) for connection in connections] == [True] * len(SILENT)


def test_a_caller_that_reads_nothing_is_ended() -> None:
    service = Service()
    with serving(service, limits=SHORT) as server, socket.socket() as deaf:
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        deaf.settimeout(WAIT)
        deaf.connect(("127.0.0.1", server.port))
        channel = Channel(lambda: _Deaf(deaf), settle=WAIT)
        stream = channel.stream("/test.Service/Count", b"1000000000")
        assert next(stream) == b"0"
        assert service.closed.wait(WAIT)
        channel.close()


class _Deaf:
    """Stops reading after the first few bytes."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._left = 600_000  # more than a frame can be here
        self._closed = threading.Event()

    def recv(self, size: int) -> bytes:
        if self._left <= 0:
            self._closed.wait(2 * WAIT)
            return b""
        data = self._sock.recv(min(size, self._left))
        self._left -= len(data)
        return data

    def sendall(self, data: bytes) -> None:
        self._sock.sendall(data)

    def close(self) -> None:
        self._closed.set()


def test_tls_that_is_not_finished_is_ended() -> None:
    with serving(Service(), limits=SHORT, tls=ServerTLS(TILLER.pem, TILLER.key_pem)) as server:
        honest = Honest(server, ClientTLS(authority=CA.pem))
        for said in (b"", b"\x16\x03\x01\x02\x00\x01\x00", b"GET / HTTP/1.1\r\n\r\n", bytes(5000)):
            connection = connected(server)
            send(connection, said)
            assert ends(connection)
        assert honest.stop() == [] and honest.calls


def test_more_connections_than_there_is_place_for() -> None:
    limits = Limits(connections=8, handshake_seconds=WAIT, keep_alive_seconds=WAIT)
    with serving(Service(), limits=limits) as server:
        idle = [connected(server) for _ in range(8)]
        for connection in idle[:4]:
            connection.sendall(PREFACE + SETTINGS)
        until = time.monotonic() + WAIT
        answered = False
        while not answered and time.monotonic() < until:
            channel = Channel(lambda: connected(server))
            try:
                answered = channel.unary("/test.Service/Echo", b"x", timeout=WAIT) == b"x"
            except RpcError:
                continue  # none of the others has waited long enough to be sent away
            finally:
                channel.close()
        assert answered and server.connections <= 8
        for connection in idle:
            connection.close()


def test_noise_harms_nobody() -> None:
    service = Service()
    with serving(service, limits=Limits(connections=64)) as server:
        honest = Honest(server)
        for seed in range(60):
            random = Random(seed)
            connection = connected(server)
            for piece in (http1_noise if seed % 3 else http2_noise)(random)[:200]:
                send(connection, piece)
            connection.close()
        assert honest.stop() == [] and honest.calls
        assert [record for record in service.log if record.level == "ERROR"] == []
        assert server.drain(WAIT)


def test_floods_harm_nobody() -> None:
    service = Service()
    with serving(service) as server:
        honest = Honest(server)
        head = b"\x00\x00\x01\x01\x04\x00\x00\x00"
        floods = [
            SETTINGS * 5000,
            b"\x00\x00\x08\x06\x00\x00\x00\x00\x00abcdefgh" * 5000,
            b"".join(head + bytes((n >> 8 & 255, n & 255))[1:] + b"\x82" for n in range(1, 255, 2)) * 20,
            b"\x00\x00\x04\x08\x00\x00\x00\x00\x00\x00\x00\x00\x01" * 20000,
            b"\x00\x00\x01\x09\x00\x00\x00\x00\x01a" * 5000,
            bytes(300_000),
        ]
        for flood in floods:
            connection = connected(server)
            send(connection, PREFACE + SETTINGS + flood)
            connection.close()
        assert honest.stop() == [] and honest.calls
        assert server.drain(WAIT)
