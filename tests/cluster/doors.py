"""A server in this process that only says who calls, with no more rights than `init` gives Tiller.

Its account and RBAC are those of our chart's manifests, so what is seen here holds for a Tiller in a cluster. The
answer of a call is what the authenticator made of the caller and what the API server says of the requests Tiller makes
for them (SelfSubjectReview): both must be what the API server says of the same credentials shown to itself.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import secrets
import socket
import ssl
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import yaml

from charthouse.kube.connect import ConnectConfig, SystemClock
from charthouse.kube.kubeconfig import Access
from charthouse.logs import LogRecord
from charthouse.profile import HELM4
from charthouse.rpc.call import Call, HttpAnswer, HttpRequest, Method
from charthouse.rpc.channel import Channel
from charthouse.rpc.limits import Limits
from charthouse.rpc.server import Server
from charthouse.rpc.status import RpcError
from charthouse.rpc.tls import ServerTLS
from charthouse.tiller.caller import Caller
from charthouse.tiller.identity.authenticator import Authenticator, AuthenticatorSettings
from charthouse.tiller.identity.authorities import Authorities, ClientAuthorities
from charthouse.tiller.identity.tokens import TokenReviews
from charthouse.tiller.workplaces import ClusterWorkplace, WorkplaceSettings
from tests.cluster.conftest import ROOT, RunningCluster
from tests.cluster.identities import server_certificate
from tests.cluster.interop import Tool, fresh
from tests.cluster.serving import Served, running

__all__ = [
    "ASK",
    "Door",
    "forget_rights",
    "least_rights",
    "opened",
    "patiently",
    "secured",
    "strangers_authority",
    "succeeds",
]

ASK = "/test.Door/Ask"
WHO = "/apis/authentication.k8s.io/v1/selfsubjectreviews"
SECONDS = 90.0


class Ahead(SystemClock):
    """A clock whose seconds can be let pass."""

    def __init__(self) -> None:
        self.by = 0.0

    def monotonic(self) -> float:
        return super().monotonic() + self.by


def patiently(question: Any) -> Any:
    """What `question` answers, once it is something: rights and tokens take a moment to be known everywhere."""
    deadline = time.monotonic() + SECONDS
    while not (found := question()) and time.monotonic() < deadline:
        time.sleep(0.1)
    return found


def least_rights(cluster: RunningCluster, charthouse: Tool, kubectl: Tool, namespace: str) -> Access:
    """The API server as the account `tiller` of a new namespace, with the rights of our manifests."""
    kubectl.run("create", "namespace", namespace)
    kubectl.run("create", "serviceaccount", "tiller", "-n", namespace)
    key = f"--from-literal=key={secrets.token_hex(32)}"  # it has no right to make it
    kubectl.run("create", "secret", "generic", "tiller-journal-key", key, "-n", namespace)
    chart = str(ROOT / "charts" / "tiller")
    made = charthouse.run("template", "t", chart, "-n", namespace, "--show-only", "templates/rights.yaml")
    path = Path(charthouse.environment["HELM_CACHE_HOME"]) / f"rights-{namespace}.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(made.stdout)
    kubectl.run("apply", "-f", str(path))
    user = f"system:serviceaccount:{namespace}:tiller"
    needed: tuple[tuple[str, ...], ...] = (
        ("impersonate", "users"),
        ("create", "tokenreviews.authentication.k8s.io"),
        ("get", "configmaps/extension-apiserver-authentication", "-n", "kube-system"),
    )
    for right in needed:
        asked = ("auth", "can-i", *right, "--as", user, "-q")
        assert patiently(lambda asked=asked: succeeds(kubectl, *asked)), f"{user} may not {right}"
    config = yaml.safe_load(cluster.kubeconfig.read_text())["clusters"][0]["cluster"]
    ca = config.get("certificate-authority-data")
    return Access(
        server=config["server"],
        ca_data=base64.b64decode(ca) if ca else b"",
        ca_file=config.get("certificate-authority", ""),
        insecure=bool(config.get("insecure-skip-tls-verify")),
        token=kubectl.run("create", "token", "tiller", "-n", namespace, "--duration", "1h").stdout.strip(),
    )


def succeeds(tool: Tool, *arguments: str) -> bool:
    """Whether a command ends well."""
    try:
        tool.run(*arguments)
    except AssertionError:
        return False
    return True


@dataclass
class Door:
    """port: where it is; ca: PEM its certificate comes from; logged: all it has said; clock: of what it remembers of
    tokens."""

    port: int
    ca: bytes
    logged: list[LogRecord]
    audit: list[LogRecord]
    workplace: ClusterWorkplace
    tls: ServerTLS
    authorities: Authorities
    clock: Ahead

    def connect(self, certificate: Path | None = None, *, alpn: str = "h2") -> ssl.SSLSocket:
        """A connection, the server's certificate checked. Raises OSError (ssl.SSLError)."""
        context = ssl.create_default_context(cadata=self.ca.decode())
        context.set_alpn_protocols([alpn])
        if certificate is not None:
            context.load_cert_chain(certificate)
        raw = socket.create_connection(("127.0.0.1", self.port), timeout=SECONDS)
        return context.wrap_socket(raw, server_hostname="localhost")

    def ask(
        self, *, token: str = "", certificate: Path | None = None, metadata: Mapping[str, str] | None = None
    ) -> Any:
        """Who one is by gRPC. Raises RpcError."""
        sent = {**(metadata or {}), **({"authorization": f"Bearer {token}"} if token else {})}
        channel = Channel(lambda: self.connect(certificate), secure=True)
        try:
            return json.loads(channel.unary(ASK, b"", sent, timeout=SECONDS))
        finally:
            channel.close()

    def refused(self, **how: Any) -> tuple[str, str]:
        """(code, text) of a call that is not served."""
        try:
            found = self.ask(**how)
        except RpcError as error:
            return error.code.name, error.message
        raise AssertionError(f"served: {found}")

    def http(self, *headers: tuple[str, str], certificate: Path | None = None) -> tuple[int, Any]:
        """Who one is by plain HTTP: (status, answer)."""
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers)
        with self.connect(certificate, alpn="http/1.1") as sock:
            sock.sendall(f"GET /who HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{lines}\r\n".encode())
            data = b""
            while piece := sock.recv(65536):
                data += piece
        head, _, body = data.partition(b"\r\n\r\n")
        return int(head.split()[1]), json.loads(body)


@contextlib.contextmanager
def opened(access: Access, namespace: str, folder: Path, **settings: bool) -> Iterator[Door]:
    """A door while the block runs. settings: of AuthenticatorSettings."""
    logged: list[LogRecord] = []
    audit: list[LogRecord] = []
    clock = Ahead()
    workplace = ClusterWorkplace(
        ConnectConfig(environ={}, user_agent="charthouse-door/1"),
        WorkplaceSettings(
            namespace=namespace, audit=audit.append, allow_anonymous=settings.get("allow_anonymous", False)
        ),
        clock=SystemClock(),
        access=access,
    )
    authorities = Authorities(workplace.own_client(), "", log=logged.append)
    authenticator = Authenticator(
        AuthenticatorSettings(**settings),
        tokens=TokenReviews(workplace.own_client(), clock=clock, random=os.urandom),
        authorities=lambda: authorities.current,
        log=logged.append,
    )

    def answer(caller: Caller) -> bytes:
        seen = workplace.cluster(caller, profile=HELM4).client.raw("POST", WHO, {})  # type: ignore[attr-defined]  # kube's client
        return json.dumps({"caller": caller.to_json(), "seen": seen["status"]["userInfo"]}).encode()

    def ask(request: bytes, call: Call) -> bytes:
        return answer(call.notes["caller"])

    def gateway(request: HttpRequest) -> HttpAnswer:
        try:
            return HttpAnswer(200, (("content-type", "application/json"),), answer(authenticator.of_http(request)))
        except RpcError as error:
            body = json.dumps({"code": error.code.name, "message": error.message}).encode()
            return HttpAnswer(401 if error.code.name == "UNAUTHENTICATED" else 403, (), body)

    pair, ca = server_certificate(folder, "localhost")
    text = pair.read_bytes()
    tls = ServerTLS(text, text, authorities.current.sets())

    def reload(found: ClientAuthorities) -> None:
        tls.reload(clients=found.sets())

    authorities.on_change(reload)
    method = Method(ASK, ask, lambda data: data, lambda data: data)
    server = Server([method], [authenticator.layer], gateway, Limits(), tls, log=logged.append)
    server.listen("127.0.0.1", 0)
    server.start()
    try:
        yield Door(server.port, base64.b64decode(ca), logged, audit, workplace, tls, authorities, clock)
    finally:
        server.stop()
        workplace.close()


@contextlib.contextmanager
def secured(
    cluster: RunningCluster, charthouse: Tool, kubectl: Tool, folder: Path, *flags: str
) -> Iterator[tuple[Served, Path]]:
    """A Tiller process with the rights of our manifests and a certificate, and a file with that certificate's CA."""
    namespace = fresh("tiller")
    access = least_rights(cluster, charthouse, kubectl, namespace)
    config = yaml.safe_load(cluster.kubeconfig.read_text())
    config |= {"users": [{"name": "admin", "user": {"token": access.token}}], "current-context": "admin"}
    config |= {"contexts": [one for one in config["contexts"] if one["name"] == "admin"]}
    (folder / "kubeconfig").write_text(json.dumps(config))
    pair, ca = server_certificate(folder, "localhost")
    (folder / "ca.crt").write_bytes(base64.b64decode(ca))
    tls = ("--tls", "--tls-cert", str(pair), "--tls-key", str(pair), "--log-format", "json")
    own = replace(cluster, kubeconfig=folder / "kubeconfig")
    try:
        with running(own, *tls, *flags, namespace=namespace) as tiller:
            tiller.address = tiller.address.replace("127.0.0.1", "localhost")
            yield tiller, folder / "ca.crt"
    finally:
        forget_rights(kubectl, namespace)


def forget_rights(kubectl: Tool, namespace: str) -> None:
    """What ``least_rights`` made."""
    kubectl.run("delete", "clusterrole,clusterrolebinding", f"charthouse-tiller-{namespace}")
    kubectl.run("delete", "rolebinding", f"charthouse-tiller-authentication-{namespace}", "-n", "kube-system")
    kubectl.run("delete", "namespace", namespace, "--wait=false")


def strangers_authority(folder: Path) -> Path:
    """A folder with a CA nobody knows, named as the cluster's (ca.crt, ca.key)."""
    import datetime

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    from tests.cluster.identities import name_of

    folder.mkdir(exist_ok=True)
    key = ec.generate_private_key(ec.SECP256R1())
    now = datetime.datetime.now(datetime.UTC)
    builder = x509.CertificateBuilder().subject_name(name_of("strangers")).issuer_name(name_of("strangers"))
    builder = builder.public_key(key.public_key()).serial_number(7).not_valid_before(now - datetime.timedelta(hours=1))
    builder = builder.not_valid_after(now + datetime.timedelta(hours=1))
    made = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    (folder / "ca.crt").write_bytes(made.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM))
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    (folder / "ca.key").write_bytes(pem)
    return folder
