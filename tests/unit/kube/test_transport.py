"""Retries, kept connections and credentials, on wires made of bytes."""

from __future__ import annotations

import io
import json
import socket
import subprocess
from typing import Any, cast

import pytest

from charthouse.kube.credentials import Credentials
from charthouse.kube.errors import CredentialError, Unreachable
from charthouse.kube.kubeconfig import Access, Exec
from charthouse.kube.pace import Pace
from charthouse.kube.transport import ONCE, REPEATABLE, SAFE, Transport
from charthouse.logs import LogRecord
from charthouse.web import dial
from tests.unit.kube.fakes import FakeClock


def answer(status: int, body: bytes = b"{}", *headers: str) -> bytes:
    head = [f"HTTP/1.1 {status} X", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join(head).encode() + b"\r\n\r\n" + body


class Wire:
    """A connected socket that answers with given bytes."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.sent: list[bytes] = []

    def makefile(self, mode: str) -> Any:
        return io.BufferedReader(io.BytesIO(self._data))

    def settimeout(self, seconds: float) -> None: ...

    def sendall(self, data: bytes) -> None:
        self.sent.append(data)

    def shutdown(self, how: int) -> None: ...

    def close(self) -> None: ...


class Net:
    """Hands out wires, one for each connection."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *wires: bytes, access: Access | None = None) -> None:
        self.wires = [Wire(data) for data in wires]
        self.used: list[Wire] = []
        self.clock = FakeClock()
        self.logged: list[LogRecord] = []
        monkeypatch.setattr(dial, "connect", self._connect)
        found = access or Access(server="http://k:80", token="t")
        credentials = Credentials(found, clock=self.clock, environ={})
        self.transport = Transport(
            found, credentials, clock=self.clock, environ={}, log=self.logged.append, user_agent="Helm/4.3.1"
        )

    def _connect(self, *_: object, **__: object) -> socket.socket:
        wire = self.wires.pop(0)
        self.used.append(wire)
        return cast(socket.socket, wire)


def test_requests_wait_for_their_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    net = Net(monkeypatch, answer(200, b"{}") * 3)
    net.transport._pace = Pace(2.0, 1, net.clock)
    for _ in range(3):
        net.transport.request("GET", "/version")
    assert net.clock.slept == [0.5, 0.5]


def test_a_request(monkeypatch: pytest.MonkeyPatch) -> None:
    net = Net(monkeypatch, answer(200, b'{"a":1}') + answer(200, b"{}"))
    first = net.transport.request("GET", "/version", headers=[("Accept", "x")])
    second = net.transport.request("GET", "/version")
    assert (first.status, first.body, second.body) == (200, b'{"a":1}', b"{}")
    assert net.used[0].sent[0] == (
        b"GET /version HTTP/1.1\r\nHost: k:80\r\nUser-Agent: Helm/4.3.1\r\nAuthorization: Bearer t\r\nAccept: x\r\n"
        b"Accept-Encoding: gzip\r\n\r\n"
    )
    assert len(net.used) == 1, "the connection is kept"


def test_impersonation(monkeypatch: pytest.MonkeyPatch) -> None:
    access = Access(
        server="http://k/prefix/", impersonate="jane", impersonate_uid="7", impersonate_groups=("a", "b"),
        impersonate_extra=(("acme.com/Scope", ("x",)),),
    )  # fmt: skip
    net = Net(monkeypatch, answer(200), access=access)
    net.transport.request("GET", "/api")
    sent = net.used[0].sent[0].decode()
    assert sent.startswith("GET /prefix/api HTTP/1.1\r\nHost: k\r\n")
    assert (
        "\r\nImpersonate-User: jane\r\nImpersonate-Uid: 7\r\nImpersonate-Group: a\r\nImpersonate-Group: b\r\n" in sent
    )
    assert "\r\nImpersonate-Extra-acme.com%2Fscope: x\r\n" in sent


def test_a_kept_connection_that_was_closed_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    net = Net(monkeypatch, answer(200), answer(200, b'{"new":1}'))
    net.transport.request("GET", "/")
    assert net.transport.request("PATCH", "/", body=b"{}", safety=REPEATABLE).body == b'{"new":1}'
    assert net.clock.slept == []


def test_old_connections_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    net = Net(monkeypatch, answer(200) + answer(200), answer(200))
    net.transport.request("GET", "/")
    net.clock.seconds += 120
    net.transport.request("GET", "/")
    assert len(net.used) == 2


RETRIED: list[tuple[bytes, str, list[float]]] = [
    (answer(503), SAFE, [0.25]),
    (answer(502), REPEATABLE, [0.25]),
    (answer(429, b"{}", "Retry-After: 3"), ONCE, [3.0]),
    (answer(500, b"{}", "Retry-After: 1"), ONCE, [1.0]),
    (answer(500, b'{"message":"etcdserver: leader changed"}'), ONCE, [0.25]),
    (answer(500, b'{"message":"failed calling webhook x: context deadline exceeded"}'), REPEATABLE, [0.25]),
    (b"", SAFE, [0.25]),
    (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{", REPEATABLE, [0.25]),
]


@pytest.mark.parametrize(("first", "safety", "slept"), RETRIED)
def test_retried(monkeypatch: pytest.MonkeyPatch, first: bytes, safety: str, slept: list[float]) -> None:
    lost = b"\r\n\r\n{" not in first or b"Length: 9" in first
    net = Net(monkeypatch, first if lost else first + answer(200), answer(200))
    assert net.transport.request("PUT", "/", body=b"{}", safety=safety).status == 200
    assert net.clock.slept == slept


@pytest.mark.parametrize(
    ("first", "safety"), [(answer(503), ONCE), (answer(500, b"{}"), SAFE), (answer(404), SAFE), (answer(409), SAFE)]
)
def test_not_retried(monkeypatch: pytest.MonkeyPatch, first: bytes, safety: str) -> None:
    net = Net(monkeypatch, first)
    assert net.transport.request("PUT", "/", body=b"{}", safety=safety).status >= 400
    assert net.clock.slept == []


def test_retries_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    net = Net(monkeypatch, answer(503) * 20)
    assert net.transport.request("GET", "/").status == 503
    assert net.clock.slept == [0.25, 0.5, 1.0, 2.0]


def test_a_lost_create_is_not_repeated_blindly(monkeypatch: pytest.MonkeyPatch) -> None:
    net = Net(monkeypatch, b"")
    with pytest.raises(Unreachable) as caught:
        net.transport.request("POST", "/x", body=b"{}", safety=ONCE)
    assert str(caught.value) == 'Post "http://k:80/x": EOF'


def test_no_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    net = Net(monkeypatch)

    def refuse(*_: object, **__: object) -> socket.socket:
        raise dial.DialError("dial tcp 127.0.0.1:80: connect: connection refused")

    monkeypatch.setattr(dial, "connect", refuse)
    with pytest.raises(Unreachable) as caught:
        net.transport.request("GET", "/version")
    assert str(caught.value) == 'Get "http://k:80/version": dial tcp 127.0.0.1:80: connect: connection refused'
    assert net.clock.slept == [], "a refused connection is told at once, as in Helm"


def test_warnings_are_told_once(monkeypatch: pytest.MonkeyPatch) -> None:
    warned = answer(200, b"{}", 'Warning: 299 - "v1 Foo is \\"old\\"", 299 - "another"')
    net = Net(monkeypatch, warned * 2)
    net.transport.request("GET", "/")
    net.transport.request("GET", "/")
    assert [(record.level, record.message) for record in net.logged] == [
        ("WARN", 'v1 Foo is "old"'),
        ("WARN", "another"),
    ]


PLUGIN = Exec("client.authentication.k8s.io/v1", "plugin", ("a",), (("X", "y"),), provide_cluster_info=True)


class Plugin:
    """Stands for the credential plugin's process."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *statuses: Any, code: int = 0) -> None:
        self.statuses = list(statuses)
        self.code = code
        self.asked: list[dict[str, Any]] = []
        monkeypatch.setattr(subprocess, "run", self._run)

    def _run(self, command: list[str], *, env: dict[str, str], **_: object) -> subprocess.CompletedProcess[bytes]:
        assert command == ["plugin", "a"] and env["X"] == "y"
        self.asked.append(json.loads(env["KUBERNETES_EXEC_INFO"]))
        status = self.statuses.pop(0)
        document = {"kind": "ExecCredential", "apiVersion": PLUGIN.api_version, "status": status}
        return subprocess.CompletedProcess(command, self.code, stdout=json.dumps(document).encode())


def credentials(clock: FakeClock) -> Credentials:
    return Credentials(Access(server="https://k", exec=PLUGIN), clock=clock, environ={})


def test_plugin_credentials_are_kept_until_they_expire(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = FakeClock()
    one = {"token": "one", "expirationTimestamp": "1970-01-01T00:17:40Z"}
    plugin = Plugin(monkeypatch, one, {"token": "two"}, {"token": "three"})
    found = credentials(clock)
    assert [found.authorization(), found.authorization()] == ["Bearer one"] * 2
    clock.seconds = 1061
    assert found.authorization() == "Bearer two"
    assert found.refused()
    assert found.authorization() == "Bearer three"
    assert plugin.asked[0] == {
        "kind": "ExecCredential", "apiVersion": "client.authentication.k8s.io/v1",
        "spec": {"interactive": False, "cluster": {"server": "https://k", "config": None}},
    }  # fmt: skip


BROKEN: list[tuple[Any, int, str]] = [
    ({"token": "x"}, 1, "getting credentials: exec: executable plugin failed with exit code 1"),
    (None, 0, "getting credentials: exec plugin didn't return a status field"),
    ({}, 0, "getting credentials: exec plugin didn't return a token or cert/key pair"),
    ({"clientKeyData": "x"}, 0, "getting credentials: exec plugin returned only certificate or key, not both"),
]


@pytest.mark.parametrize(("status", "code", "message"), BROKEN)
def test_broken_plugins(monkeypatch: pytest.MonkeyPatch, status: Any, code: int, message: str) -> None:
    Plugin(monkeypatch, status, code=code)
    with pytest.raises(CredentialError) as caught:
        credentials(FakeClock()).authorization()
    assert str(caught.value) == message


def test_a_token_wins_over_a_plugin() -> None:
    access = Access(server="https://k", token="t", exec=PLUGIN)
    assert Credentials(access, clock=FakeClock(), environ={}).authorization() == "Bearer t"
