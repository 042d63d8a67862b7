"""Which way leads to Tiller, how the connection is secured, and who is shown the user's credentials."""

from __future__ import annotations

import socket
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("h2")
pytest.importorskip("google.protobuf")

from charthouse.k8s.ports import ApiError
from charthouse.rpc.status import Code, RpcError
from charthouse.tiller.client import connection as connections
from charthouse.tiller.client.address import Address, parse_address
from charthouse.tiller.client.connection import AuthenticatedWire, Connection
from charthouse.tiller.client.errors import BadAddress, NotReached, NotVerified
from charthouse.tiller.client.proxied import ProxiedWire, service_path
from charthouse.tiller.client.security import Security, owned_socket, security
from charthouse.tiller.client.settings import ClientSettings, ClusterSide, TLSSettings

PEM = b"-----BEGIN CERTIFICATE-----\nYQ==\n-----END CERTIFICATE-----\n"


@pytest.mark.parametrize(
    ("text", "address", "shown"),
    [
        ("cluster", Address(), "cluster"),
        ("tiller:1", Address("tiller", 1), "tiller:1"),
        ("tiller", Address("tiller"), "tiller:44134"),
        ("127.0.0.1:44134", Address("127.0.0.1"), "127.0.0.1:44134"),
        ("[::1]:99", Address("::1", 99), "[::1]:99"),
        ("[::1]", Address("::1"), "[::1]:44134"),
        ("::1", Address("::1"), "[::1]:44134"),
        ("unix:/run/tiller", Address(path="/run/tiller"), "unix:/run/tiller"),
        ("unix:///run/tiller", Address(path="/run/tiller"), "unix:/run/tiller"),
    ],
)
def test_addresses(text: str, address: Address, shown: str) -> None:
    assert (parse_address(text), str(parse_address(text))) == (address, shown)


@pytest.mark.parametrize(
    "text", ["", ":1", "a:b", "a:0", "a:65536", "https://a:1", "a b", "unix:", "[::1", "cluster:1"]
)
def test_what_is_no_address(text: str) -> None:
    with pytest.raises(BadAddress) as refused:
        parse_address(text)
    assert refused.value.hint == "--tiller takes cluster (found by the kubeconfig), HOST:PORT or unix:PATH"


class Credentials:
    """Gives token-1, token-2, …; renewed as often as told."""

    def __init__(self, *, renewals: int = 0, token: str = "token") -> None:
        self.given = 1
        self._renewals = renewals
        self._token = token

    def token(self) -> str:
        return f"{self._token}-{self.given}" if self._token else ""

    def certificate(self) -> tuple[bytes, bytes]:
        return b"own certificate", b"own key"

    def refused(self) -> bool:
        self.given += 1
        self._renewals -= 1
        return self._renewals >= 0


class ApiServer:
    """The CA Tiller's administrators published, or nothing."""

    server = "https://api:6443"

    def __init__(self, published: bytes = b"") -> None:
        self._published = published

    def get(self, ref: Any) -> Any:
        assert (ref.type.kind, ref.namespace, ref.name) == ("ConfigMap", "kube-system", "charthouse-tiller-ca")
        if not self._published:
            raise ApiError("configmaps not found", code=404, reason="NotFound", status={})
        return {"data": {"ca.crt": self._published.decode()}}


def side(published: bytes = b"", credentials: Credentials | None = None) -> ClusterSide:
    api, shown = ApiServer(published), credentials or Credentials()
    return ClusterSide(lambda: api, lambda: shown)  # type: ignore[arg-type,return-value]  # as much as is needed of them


def decided(address: str, tls: TLSSettings, published: bytes = b"") -> Security:
    return security(ClientSettings(address, tls=tls), parse_address(address), side(published))


def test_nothing_said_by_address_is_plain_text_and_shows_nothing() -> None:
    found = decided("tiller:1", TLSSettings(), PEM)
    assert (found.tls, found.trusted) == (None, False)


def test_the_published_ca_is_how_tiller_is_known_in_the_cluster() -> None:
    found = decided("cluster", TLSSettings(), PEM)
    assert found.tls is not None
    assert (found.tls.authority, found.tls.server_name) == (PEM, "tiller-deploy.kube-system.svc")
    assert (found.tls.certificate, found.trusted) == (b"own certificate", True)
    plain = decided("cluster", TLSSettings())
    assert (plain.tls, plain.trusted) == (None, False)
    assert plain.reason.startswith("cannot verify Tiller: ")


def test_flags_of_helm_2(tmp_path: Path) -> None:
    for name in ("ca", "cert", "key"):
        (tmp_path / f"{name}.pem").write_text(name)
    home = str(tmp_path)
    tls = decided("tiller:1", TLSSettings(tls=True, home=home))
    assert tls.tls is not None
    assert (tls.tls.insecure, tls.tls.certificate, tls.tls.key, tls.trusted) == (True, b"cert", b"key", False)
    verified = decided("tiller:1", TLSSettings(verify=True, home=home, hostname="other"))
    assert verified.tls is not None
    assert (verified.tls.authority, verified.tls.insecure, verified.tls.server_name) == (b"ca", False, "other")
    assert verified.trusted
    by_file = decided("tiller:1", TLSSettings(ca_file=str(tmp_path / "key.pem"), home=home))
    assert by_file.tls is not None
    assert (by_file.tls.authority, by_file.tls.server_name) == (b"key", "tiller")
    published = decided("tiller:1", TLSSettings(verify=True), PEM)
    assert published.tls is not None
    assert (published.tls.authority, published.tls.certificate) == (PEM, b"own certificate")
    with pytest.raises(NotVerified, match="cannot verify Tiller"):
        decided("tiller:1", TLSSettings(verify=True))
    with pytest.raises(NotVerified) as missing:
        decided("tiller:1", TLSSettings(tls=True, cert_file="/no/cert", key_file="/no/key"))
    text = 'could not read x509 key pair (cert: "/no/cert", key: "/no/key"): open /no/cert: no such file or directory'
    assert missing.value.message == text


def test_a_socket_of_ones_own_is_trusted(tmp_path: Path) -> None:
    path = tmp_path / "tiller"
    assert not owned_socket(str(path))
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        assert decided(f"unix:{path}", TLSSettings()).trusted


# tokens


class Wire:
    """Refuses every token but one. seen: the metadata of each call."""

    def __init__(self, token: str) -> None:
        self._token = token
        self.seen: list[dict[str, str]] = []

    def _check(self, metadata: Mapping[str, str] | None) -> None:
        self.seen.append(dict(metadata or {}))
        if (metadata or {}).get("authorization") != f"Bearer {self._token}":
            raise RpcError(Code.UNAUTHENTICATED, "who?")

    def unary(self, path: str, data: bytes, *, metadata: Mapping[str, str] | None = None, timeout: Any = None) -> bytes:
        self._check(metadata)
        return b"answer"

    def stream(self, path: str, data: bytes, *, metadata: Mapping[str, str] | None = None, timeout: Any = None) -> Any:
        def answers() -> Iterator[bytes]:
            self._check(metadata)
            yield from (b"one", b"two")

        return answers()

    def close(self) -> None:
        pass


def test_a_refused_token_is_renewed_once() -> None:
    credentials = Credentials(renewals=1)
    wire = AuthenticatedWire(Wire("token-2"), lambda: credentials)  # type: ignore[arg-type,return-value]  # as above
    assert wire.unary("/a", b"", metadata={"x": "y"}) == b"answer"
    credentials.given, credentials._renewals = 1, 1
    assert list(wire.stream("/a", b"")) == [b"one", b"two"]
    credentials.given, credentials._renewals = 5, 0
    for ask in (lambda: wire.unary("/a", b""), lambda: list(wire.stream("/a", b""))):
        with pytest.raises(RpcError, match="who"):
            ask()


# ways


FORBIDDEN = ApiError("pods is forbidden", code=403, reason="Forbidden", status={})


class Proxied(ProxiedWire):
    """The service's proxy is open, or says why not."""

    problem: Exception | None = None

    def check(self) -> None:
        if self.problem is not None:
            raise self.problem


@pytest.mark.parametrize(
    ("tunnel", "proxy", "error", "hint"),
    [
        (FORBIDDEN, None, "", "Tiller is asked through its service's proxy: pods is forbidden"),
        (
            FORBIDDEN, ApiError("services is forbidden", code=403, reason="Forbidden", status={}),
            "cannot connect to Tiller: the API server leads there by no way",
            "no port of a pod can be forwarded: pods is forbidden\nnor can the service be asked: services is forbidden",
        ),
        (NotReached("could not find tiller", hint="init"), FORBIDDEN, "could not find tiller", "init"),
        (ApiError("boom", code=500, reason="", status={}), None, "boom", ""),
    ],
)  # fmt: skip
def test_the_proxy_is_taken_where_no_port_is_forwarded(
    monkeypatch: pytest.MonkeyPatch, tunnel: Exception, proxy: Exception | None, error: str, hint: str
) -> None:
    hints: list[str] = []
    made = Connection(ClientSettings("cluster"), side(PEM), hint=hints.append)

    def no_tunnel() -> socket.socket:
        raise tunnel

    monkeypatch.setattr(made, "_tunnel", no_tunnel)
    monkeypatch.setattr(Proxied, "problem", proxy)
    monkeypatch.setattr("charthouse.tiller.client.proxied.ProxiedWire", Proxied)
    if not error:
        assert isinstance(made.wire(), Proxied)
        assert hints == [hint]
        return
    with pytest.raises((NotReached, ApiError)) as refused:
        made.wire()
    assert (refused.value.message, refused.value.hint if hint else "") == (error, hint)


def test_nobody_there_is_said_with_the_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(address: Address, timeout: float) -> socket.socket:
        raise ConnectionRefusedError(111, "Connection refused")

    monkeypatch.setattr(connections, "_dial", refuse)
    made = Connection(ClientSettings("tiller:1"), side(), hint=lambda text: None)
    with pytest.raises(NotReached) as refused:
        made.wire().unary("/a", b"")
    assert refused.value.message == "cannot connect to Tiller: tiller:1: connection refused"
    assert refused.value.hint.startswith("the connection is not encrypted")


# the service's proxy


class Posts:
    """An API server that hands on; the pieces of its answers are given."""

    def __init__(self, *answers: Any) -> None:
        self._answers = list(answers)
        self.asked: list[tuple[str, bytes, dict[str, str]]] = []

    def post(self, target: str, body: bytes, *, headers: Any, timeout: float) -> Any:
        self.asked.append((target, body, dict(headers)))
        found = self._answers.pop(0)
        if isinstance(found, Exception):
            raise found
        return found


def framed(flags: int, data: bytes) -> bytes:
    return bytes((flags,)) + len(data).to_bytes(4, "big") + data


OK = framed(0x80, b"grpc-status: 0\r\n")


def test_calls_pass_the_proxy_in_grpc_web_s_form() -> None:
    whole = framed(0, b"first") + framed(0, b"") + framed(0, b"x" * 70_000) + OK
    posts = Posts([whole[:3], whole[3:9], whole[9:40_000], whole[40_000:]], [framed(0, b"one") + OK])
    wire = ProxiedWire(posts, "tillers", Credentials())  # type: ignore[arg-type]  # as much as is needed of them
    assert list(wire.stream("/charthouse.v1.ReleaseService/List", b"abc", metadata={"x": "y"})) == [
        b"first", b"", b"x" * 70_000,
    ]  # fmt: skip
    assert wire.unary("/a", b"") == b"one"
    base = "/api/v1/namespaces/tillers/services/https:tiller-deploy:44134/proxy"
    assert posts.asked[0] == (
        f"{base}/charthouse.v1.ReleaseService/List", b"\0\0\0\0\x03abc",
        {"Content-Type": "application/grpc-web+proto", "x-charthouse-token": "token-1", "x": "y"},
    )  # fmt: skip
    assert service_path("a/b") == "/api/v1/namespaces/a%2Fb/services/https:tiller-deploy:44134/proxy"


@pytest.mark.parametrize(
    ("answer", "code", "text"),
    [
        ([framed(0x80, b"grpc-status: 5\r\ngrpc-message: not%20here\r\n")], Code.NOT_FOUND, "not here"),
        ([framed(0, b"cut")], Code.UNAVAILABLE, "the answer through the service's proxy was cut short"),
        ([b"\0\xff\xff\xff\xff"], Code.RESOURCE_EXHAUSTED, "grpc: received message larger than max"),
        (
            ApiError("no endpoints available", code=503, reason="", status={}),
            Code.UNAVAILABLE,
            "no endpoints available",
        ),
    ],
)
def test_calls_that_fail_behind_the_proxy(answer: Any, code: Code, text: str) -> None:
    wire = ProxiedWire(Posts(answer), "tillers", Credentials())  # type: ignore[arg-type]  # as above
    with pytest.raises(RpcError) as failed:
        wire.unary("/a", b"")
    assert (failed.value.code, failed.value.message[: len(text)]) == (code, text)


def test_a_token_is_renewed_behind_the_proxy() -> None:
    refusal = [framed(0x80, b"grpc-status: 16\r\n")]
    posts = Posts(refusal, [framed(0, b"one") + OK])
    wire = ProxiedWire(posts, "tillers", Credentials(renewals=1))  # type: ignore[arg-type]  # as above
    assert wire.unary("/a", b"") == b"one"
    assert [headers["x-charthouse-token"] for _, _, headers in posts.asked] == ["token-1", "token-2"]
