"""The real Helm 2.17 client, and curl, against our server."""

from __future__ import annotations

import datetime
import re
import socket
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest

from charthouse.hapi import messages
from charthouse.rpc.call import Call, Method
from charthouse.rpc.channel import Channel
from charthouse.rpc.health import SERVING, Health
from charthouse.rpc.server import Server
from charthouse.rpc.status import Code, RpcError
from charthouse.rpc.tls import ClientTLS, ServerTLS
from tests.conformance.rpc.running import Service, peer, run, serving
from tests.unit.rpc.authorities import Holder, made

TILLER = "/hapi.services.tiller.ReleaseService/"


class Users:
    """Certificates in files."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.ca, self.users, self.front = (made(name, ca=True) for name in ("ca", "users", "front"))
        self.server = made("tiller", self.ca, names=["127.0.0.1", "localhost"])
        (folder / "ca.pem").write_bytes(self.ca.pem)
        for name, issuer in (("joe", self.users), ("proxy", self.front), ("stranger", self.ca)):
            self.keep(name, made(name, issuer))

    def keep(self, name: str, holder: Holder) -> None:
        (self.folder / f"{name}.pem").write_bytes(holder.pem)
        (self.folder / f"{name}-key.pem").write_bytes(holder.key_pem)

    def path(self, name: str) -> str:
        return str(self.folder / f"{name}.pem")

    def tls(self) -> ServerTLS:
        sets = {"users": self.users.pem, "front-proxy": self.front.pem}
        return ServerTLS(self.server.pem, self.server.key_pem, sets)


@pytest.fixture(scope="module")
def users(tmp_path_factory: pytest.TempPathFactory) -> Users:
    return Users(tmp_path_factory.mktemp("certificates"))


def version_of(request: object, call: Call) -> object:
    answer = messages.GetVersionResponse()
    answer.Version.sem_ver = f"v2.17.0+{call.peer.authority or 'nobody'}"
    return answer


def refuse(request: object, call: Call) -> object:
    raise RpcError(Code.UNKNOWN, 'a release named "%d" is not here')


def tiller(tls: ServerTLS | None = None) -> Server:
    methods = [
        Method(TILLER + "GetVersion", version_of, messages.GetVersionRequest.FromString, _bytes),
        Method(TILLER + "GetReleaseStatus", refuse, messages.GetReleaseStatusRequest.FromString, _bytes),
        Method(
            TILLER + "ListReleases", lambda request, call: [], messages.ListReleasesRequest.FromString, _bytes, True
        ),
    ]
    server = Server([*methods, *Health(Tiller=SERVING).methods()], tls=tls)
    server.listen("127.0.0.1")
    server.start()
    return server


def _bytes(message: object) -> bytes:
    made: bytes = message.SerializeToString()  # type: ignore[attr-defined]
    return made


def helm(server: Server, home: Path, *arguments: str) -> tuple[int, str, str]:
    done = run(peer("helm2"), *arguments, "--host", f"127.0.0.1:{server.port}", "--home", str(home))
    return done.returncode, done.stdout, done.stderr


def test_helm(tmp_path: Path) -> None:
    with tiller() as server:
        shown = 'Server: &version.Version{SemVer:"v2.17.0+nobody", GitCommit:"", GitTreeState:""}\n'
        assert helm(server, tmp_path, "version", "--server") == (0, shown, "")
        assert helm(server, tmp_path, "list") == (0, "", "")
        code, _, error = helm(server, tmp_path, "status", "x")
        assert (code, error) == (1, 'Error: a release named "%!d(MISSING)" is not here\n')
        code, _, error = helm(server, tmp_path, "history", "x")
        assert (code, error) == (
            1, "Error: unknown method GetHistory for service hapi.services.tiller.ReleaseService\n",
        )  # fmt: skip


def test_helm_with_certificates(users: Users, tmp_path: Path) -> None:
    with tiller(users.tls()) as server:
        verify = ("--tls-verify", "--tls-ca-cert", users.path("ca"), "--tls-hostname", "127.0.0.1")
        for options in (("--tls",), verify):
            for name in ("joe", "proxy"):
                pair = ("--tls-cert", users.path(name), "--tls-key", users.path(f"{name}-key"))
                code, out, error = helm(server, tmp_path, "version", "--server", *options, *pair)
                expected = {"joe": "users", "proxy": "front-proxy"}[name]
                assert (code, re.findall(r"\+([a-z-]+)", out)[0], error) == (0, expected, "")
        pair = ("--tls-cert", users.path("stranger"), "--tls-key", users.path("stranger-key"))
        code, out, error = helm(
            server, tmp_path, "version", "--server", "--tls", *pair, "--tiller-connection-timeout", "2"
        )
        assert (code, out) == (1, "") and error


@pytest.fixture(scope="module")
def plain() -> Iterator[Server]:
    with serving(Service()) as server:
        yield server


def curl(server: Server, *arguments: str, scheme: str = "http") -> str:
    done = run(peer("curl"), "-sS", "-m", "60", f"{scheme}://127.0.0.1:{server.port}/a?b=c", *arguments)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


@pytest.mark.parametrize("version", ["--http1.1", "--http2-prior-knowledge", "--http1.0"])
def test_curl(plain: Server, version: str, tmp_path: Path) -> None:
    large = tmp_path / "large"
    large.write_bytes(b"x" * 3_000_000)
    assert curl(plain, version) == "GET /a?b=c 0 "
    assert curl(plain, version, "-d", "x=y") == "POST /a?b=c 3 "
    assert curl(plain, version, "-T", str(large)) == "PUT /a?b=c 3000000 "
    if version != "--http1.0":
        assert curl(plain, version, "-T", "-", "-H", "Expect: 100-continue", "-X", "POST").startswith("POST /a?b=c ")
    head = curl(plain, version, "-I").lower()
    assert "content-length: 14" in head and "content-type: text/plain" in head and " 200" in head
    (tmp_path / "huge").write_bytes(b"x" * (20 * 1024 * 1024 + 1))
    assert curl(plain, version, "-T", str(tmp_path / "huge")) == "request body too large\n"


def test_curl_keeps_its_connection(plain: Server) -> None:
    url = f"http://127.0.0.1:{plain.port}/x"
    done = run(peer("curl"), "-sS", "-m", "60", "-w", "%{num_connects}", url, url, url)
    assert re.findall(r"GET /x 0 (\d)", done.stdout) == ["1", "0", "0"]


@pytest.mark.parametrize("options", [("--http1.1",), ("--http2",), ("--http2", "--tls-max", "1.2")])
def test_curl_with_certificates(users: Users, options: tuple[str, ...]) -> None:
    with serving(Service(), tls=users.tls()) as server:
        trust = (*options, "--cacert", users.path("ca"))
        assert curl(server, *trust, scheme="https") == "GET /a?b=c 0 "
        pair = ("--cert", users.path("joe"), "--key", users.path("joe-key"))
        assert curl(server, *trust, *pair, scheme="https") == "GET /a?b=c 0 users"
        stranger = ("--cert", users.path("stranger"), "--key", users.path("stranger-key"))
        done = run(peer("curl"), "-sS", "-m", "60", f"https://127.0.0.1:{server.port}/", *trust, *stranger)
        assert done.returncode != 0 and done.stdout == ""
        assert "alert unknown ca" in done.stderr


def test_certificates_are_renewed_without_a_restart(users: Users) -> None:
    tls = users.tls()
    with serving(Service(), tls=tls) as server:
        pair = ("--cacert", users.path("ca"), "--cert", users.path("joe"), "--key", users.path("joe-key"))
        assert curl(server, *pair, scheme="https") == "GET /a?b=c 0 users"
        again = made("tiller", users.ca, names=["127.0.0.1"], days=(-1, 30))
        assert tls.reload(certificate=again.pem, key=again.key_pem, clients={"people": users.users.pem})
        assert curl(server, *pair, scheme="https") == "GET /a?b=c 0 people"
        until = again.certificate.not_valid_after_utc.astimezone(datetime.UTC)
        shown = run(peer("curl"), "-sS", "-m", "60", "-v", f"https://127.0.0.1:{server.port}/", *pair).stderr
        assert f"expire date: {until:%b %e} {until:%H:%M:%S %Y} GMT" in shown


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_our_client_is_told_what_is_wrong_with_its_certificate(users: Users, version: ssl.TLSVersion) -> None:
    with serving(Service(), tls=users.tls()) as server:
        found = []
        for name in ("joe", "stranger"):
            context = ClientTLS.from_files(
                certificate=users.path(name), key=users.path(f"{name}-key"), authority=users.path("ca")
            ).context()
            context.maximum_version = version

            def dial(context: ssl.SSLContext = context) -> socket.socket:
                plain = socket.create_connection(("127.0.0.1", server.port), timeout=60)
                return context.wrap_socket(plain, server_hostname="127.0.0.1")

            with Channel(dial, authority="tiller", secure=True) as channel:
                try:
                    found.append(channel.unary("/test.Service/Echo", b"x").decode())
                except RpcError as error:
                    found.append(error.message)
        assert found == ["x", "connection to tiller: remote error: tls: unknown certificate authority"]
