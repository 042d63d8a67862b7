"""What a Tiller behind the API server is reached by: port-forward, the proxies of services and pods, aggregated APIs.

Behind the pods of both clusters stand processes of this test; both clusters must hand on the same.
"""

from __future__ import annotations

import json
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from charthouse.k8s.ports import ApiError
from charthouse.kube.client import Client
from charthouse.kube.connect import connect
from charthouse.kube.portforward import PortForward, PortForwardError, ready_pod
from tests.cluster import api_steps
from tests.cluster.conftest import RunningCluster
from tests.cluster.identities import server_certificate
from tests.cluster.interop import Tool, fresh
from tests.cluster.test_client import config_of

BIG = 8_000_000
VOLATILE = ("host", "x-forwarded-for", "accept-encoding", "user-agent", "connection")


@contextmanager
def shouting(port: int) -> Iterator[None]:
    """A process that answers in capitals on 127.0.0.1:port."""
    with socket.create_server(("127.0.0.1", port)) as listener:

        def serve(one: socket.socket) -> None:
            with one:
                while data := one.recv(1 << 16):
                    one.sendall(data.upper())

        def accept() -> None:
            while True:
                try:
                    one, _ = listener.accept()
                except OSError:
                    return
                threading.Thread(target=serve, args=(one,), daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        yield
        listener.shutdown(socket.SHUT_RDWR)


class Echo(BaseHTTPRequestHandler):
    """Answers with the request it got."""

    protocol_version = "HTTP/1.1"

    def _answer(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        said = {
            "line": f"{self.command} {self.path}",
            "headers": sorted([k.lower(), v] for k, v in self.headers.items() if k.lower() not in VOLATILE),
            "body": self.rfile.read(length).decode(),
        }
        self._send(202 if "accepted" in self.path else 200, json.dumps(said).encode())

    def _send(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("X-Own", "yes")
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = do_PUT = do_DELETE = _answer

    def log_message(self, *_: object) -> None:
        """Quiet."""


class Extension(Echo):
    """An aggregated API server with one kind."""

    def do_GET(self) -> None:
        if self.path.partition("?")[0] == "/apis/sea.example.org/v1":
            kind = {
                "name": "ships",
                "singularName": "ship",
                "namespaced": True,
                "kind": "Ship",
                "verbs": ["get", "list"],
            }
            head = {"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": "sea.example.org/v1"}
            self._send(200, json.dumps({**head, "resources": [kind]}).encode())
            return
        self._answer()


@contextmanager
def web(handler: type[BaseHTTPRequestHandler], context: ssl.SSLContext | None = None) -> Iterator[int]:
    """A web server on every address of this machine; its port."""
    server = ThreadingHTTPServer(("0.0.0.0", 0), handler)
    server.daemon_threads = True
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield int(server.server_address[1])
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture
def client(cluster: RunningCluster) -> Iterator[Client]:
    found = connect(config_of(cluster))
    yield found
    found.close()


@pytest.fixture(scope="module")
def namespace(kubectl: Tool) -> Iterator[str]:
    name = fresh("tunnel")
    kubectl.run("create", "namespace", name)
    kubectl.run("wait", "serviceaccount/default", "--for=create", "-n", name, "--timeout=30s")
    yield name
    kubectl.run("delete", "namespace", name, "--wait=false")


def run_pod(
    kubectl: Tool, folder: Path, namespace: str, name: str, port: int, service_port: int = 80, *, here: bool = True
) -> None:
    """A ready pod of the host's network, and a service in front of its port. here: the port is this machine's own;
    else the clusters were told where it leads (`RunningCluster.tunnel`)."""
    labels = {"app": name}
    containers = [{"name": "a", "image": "x", "ports": [{"containerPort": port}]}]
    pod = {"apiVersion": "v1", "kind": "Pod", "spec": {"hostNetwork": True, "containers": containers}}
    annotations = {f"sim/port.{port}": str(port)} if here else {}
    pod["metadata"] = {"name": name, "labels": labels, "annotations": annotations}
    ports = [{"name": "web", "port": service_port, "targetPort": port}]
    service = {"apiVersion": "v1", "kind": "Service", "spec": {"selector": labels, "ports": ports}}
    service["metadata"] = {"name": name}
    path = folder / f"{name}.json"
    path.write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": [pod, service]}))
    kubectl.run("apply", "-f", str(path), "-n", namespace)
    kubectl.run("wait", f"pod/{name}", "--for=condition=Ready", "-n", namespace, "--timeout=60s")
    query = ("get", "endpoints", name, "-n", namespace, "-o", "jsonpath={.subsets[*].addresses[*].ip}")
    for _ in range(100):
        if kubectl.run(*query).stdout:
            return
        time.sleep(0.1)
    raise AssertionError(f"service {name} got no endpoint")


@pytest.fixture(scope="module")
def tiller(kubectl: Tool, namespace: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The name of a pod whose port 44134 is forwarded."""
    run_pod(kubectl, tmp_path_factory.mktemp("pods"), namespace, "tiller", 44134, here=False)
    return "tiller"


# port-forward


def test_a_pod_s_port_is_a_socket_here(cluster: RunningCluster, client: Client, namespace: str, tiller: str) -> None:
    assert ready_pod(client, namespace, "app=tiller") == tiller
    with shouting(cluster.tunnel), PortForward(client, namespace, tiller, 44134) as forward:
        with socket.create_connection(forward.address, 10) as one, socket.create_connection(forward.address, 10) as two:
            one.sendall(b"one")
            two.sendall(b"two")
            assert (one.recv(10), two.recv(10)) == (b"ONE", b"TWO")
            sender = threading.Thread(target=one.sendall, args=(b"x" * BIG,))
            sender.start()
            got = 0
            while got < BIG:
                data = one.recv(1 << 16)
                assert data and not data.strip(b"X")
                got += len(data)
            sender.join()
        assert forward.problem is None


def test_a_unix_socket_will_do(
    cluster: RunningCluster, client: Client, namespace: str, tiller: str, tmp_path: Path
) -> None:
    path = tmp_path / "tiller"
    with (
        shouting(cluster.tunnel),
        PortForward(client, namespace, tiller, 44134, path=str(path)) as forward,
        socket.socket(socket.AF_UNIX) as one,
    ):
        assert forward.target == f"unix:{path}"
        one.connect(str(path))
        one.sendall(b"low")
        assert one.recv(10) == b"LOW"
    assert not path.exists()


def test_what_cannot_be_forwarded_says_why(client: Client, namespace: str, tiller: str) -> None:
    with pytest.raises(ApiError, match='pods "nobody" not found'):
        PortForward(client, namespace, "nobody", 44134)
    with pytest.raises(PortForwardError, match="no pod with the labels app=nobody"):
        ready_pod(client, namespace, "app=nobody")
    with PortForward(client, namespace, tiller, 4711) as forward:
        with socket.create_connection(forward.address, 10) as one:
            assert one.recv(10) == b""
        for _ in range(100):
            if forward.problem is not None:
                break
            time.sleep(0.02)
        assert "error forwarding port 4711 to pod" in str(forward.problem)


def test_forwarding_needs_the_right_to_create(cluster: RunningCluster, namespace: str, tiller: str) -> None:
    as_bob = connect(config_of(cluster, context="bob"))
    with pytest.raises(ApiError) as refused:
        PortForward(as_bob, namespace, tiller, 44134)
    as_bob.close()
    assert str(refused.value) == (
        'pods "tiller" is forbidden: User "bob" cannot get resource "pods/portforward" in API group "" in the '
        f'namespace "{namespace}"'
    )


@pytest.mark.parametrize("websockets", ["true", "false"])
def test_kubectl_forwards_too(
    cluster: RunningCluster, kubectl: Tool, namespace: str, tiller: str, websockets: str
) -> None:
    environment = {**kubectl.environment, "KUBECTL_PORT_FORWARD_WEBSOCKETS": websockets}
    command = [*kubectl.command, "port-forward", f"pod/{tiller}", ":44134", "-n", namespace]
    with (
        shouting(cluster.tunnel),
        subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process,
    ):
        assert process.stdout is not None
        line = process.stdout.readline()
        with socket.create_connection(("127.0.0.1", int(line.split()[2].rpartition(":")[2])), 10) as one:
            one.sendall(b"through kubectl")
            assert one.recv(100) == b"THROUGH KUBECTL"
        process.terminate()


# proxies


def address_of(cluster: RunningCluster) -> None:
    if cluster.name == "real" and (cluster.folder / "address").read_text().startswith("127."):
        pytest.skip("this machine has no address beside loopback: the API server proxies to no pod")


def test_services_and_pods_are_proxied(cluster: RunningCluster, kubectl: Tool, namespace: str, tmp_path: Path) -> None:
    address_of(cluster)
    api = api_steps.Client(cluster.kubeconfig)
    base = f"/api/v1/namespaces/{namespace}"
    with web(Echo) as port:
        run_pod(kubectl, tmp_path, namespace, "echo", port)
        seen = {}
        for path in (
            "services/echo:80/proxy/a/b%20c?x=1&x=2",
            "services/echo:web/proxy/",
            f"pods/echo:{port}/proxy/x/",
        ):
            status, answer, _ = api("GET", f"{base}/{path}", **{"X-Own-Token": "secret", "Impersonate-User": "admin",
                                                                "Impersonate-Group": "system:masters"})  # fmt: skip
            seen[path.replace(str(port), "PORT")] = (status, answer)
        posted = api("POST", f"{base}/services/echo:80/proxy/accepted", {"a": 1})
        refused = api("GET", f"{base}/services/echo:80/proxy/", user="bob")
        missing = [api("GET", f"{base}/services/{name}/proxy/")[:2] for name in ("echo:81", "nothing", "nothing:80")]
    heads = [["x-own-token", "secret"], ["content-type", "application/json"]]

    def expected(line: str, path: str) -> tuple[int, Any]:
        uri = ["x-forwarded-uri", f"{base}/{path.partition('?')[0].replace('PORT', str(port))}"]
        return 200, {"line": line, "headers": sorted([*heads, uri]), "body": ""}

    lines = ("GET /a/b%20c?x=1&x=2", "GET /", "GET /x/")
    assert seen == {path: expected(line, path) for path, line in zip(seen, lines, strict=True)}
    assert posted[0] == 202
    assert (posted[1]["line"], posted[1]["body"]) == ("POST /accepted", '{"a": 1}')
    assert refused[1]["message"] == (
        'services "echo:80" is forbidden: User "bob" cannot get resource "services/proxy" in API group "" in the '
        f'namespace "{namespace}"'
    )
    assert [(status, answer["message"]) for status, answer in missing] == [
        (503, 'no service port 81 found for service "echo"'),
        (503, 'no endpoints available for service "nothing"'),
        (404, 'services "nothing" not found'),
    ]


# aggregation


@pytest.fixture
def ships(cluster: RunningCluster, kubectl: Tool, namespace: str, tmp_path: Path) -> Iterator[api_steps.Client]:
    """An aggregated API `sea.example.org/v1`, available, that asks for the front proxy's certificate."""
    address_of(cluster)
    api = api_steps.Client(cluster.kubeconfig)
    certificate, authority = server_certificate(tmp_path, f"sea.{namespace}.svc")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    published = api("GET", "/api/v1/namespaces/kube-system/configmaps/extension-apiserver-authentication")[1]["data"]
    context.load_verify_locations(cadata=published["requestheader-client-ca-file"])
    context.verify_mode = ssl.CERT_REQUIRED
    services = "/apis/apiregistration.k8s.io/v1/apiservices"
    with web(Extension, context) as port:
        run_pod(kubectl, tmp_path, namespace, "sea", port, 443)
        spec = {"group": "sea.example.org", "version": "v1", "groupPriorityMinimum": 1000, "versionPriority": 10,
                "caBundle": authority, "service": {"name": "sea", "namespace": namespace, "port": 443}}  # fmt: skip
        status, answer, _ = api("POST", services, {"metadata": {"name": "v1.sea.example.org"}, "spec": spec})
        assert status == 201, answer
        try:
            for _ in range(200):
                found = api("GET", f"{services}/v1.sea.example.org")[1]
                conditions = (found.get("status") or {}).get("conditions") or [{}]
                if conditions[0].get("status") == "True":
                    break
                time.sleep(0.1)
            assert (conditions[0]["reason"], conditions[0]["message"]) == ("Passed", "all checks passed")
            yield api
        finally:
            api("DELETE", f"{services}/v1.sea.example.org")


def test_an_aggregated_api_is_served_as_the_caller(ships: api_steps.Client, kubectl: Tool, namespace: str) -> None:
    path = "/apis/sea.example.org/v1/namespaces/x/ships?limit=3"
    for _ in range(100):
        status, answer, _ = ships("GET", path, **{"X-Remote-User": "forged", "X-Remote-Group": "system:masters"})
        if status == 200:
            break
        time.sleep(0.1)  # the proxy learns of a condition a moment later
    remote = [pair for pair in answer["headers"] if pair[0].startswith("x-remote-") and pair[0] != "x-remote-uid"]
    assert answer["line"] == f"GET {path}"
    assert remote == [
        ["x-remote-group", "system:authenticated"],
        ["x-remote-group", "system:masters"],
        ["x-remote-user", "admin"],
    ]
    assert "authorization" not in [name for name, _ in answer["headers"]]
    refused = ships("GET", path, user="bob")[1]
    assert refused["message"] == (
        'ships.sea.example.org is forbidden: User "bob" cannot list resource "ships" in API group "sea.example.org" in '
        'the namespace "x"'
    )
    groups = [group["name"] for group in ships("GET", "/apis")[1]["groups"]]
    assert "sea.example.org" in groups
    listed = kubectl.run("api-resources", "--api-group=sea.example.org", "--no-headers").stdout.split()
    assert listed == ["ships", "sea.example.org/v1", "true", "Ship"]


def test_no_certificate_no_proxy(cluster: RunningCluster) -> None:
    """X-Remote headers of somebody who is not the front proxy say nothing."""
    api = api_steps.Client(cluster.kubeconfig)
    who = "/apis/authentication.k8s.io/v1/selfsubjectreviews"
    answer = api("POST", who, {}, user="bob", **{"X-Remote-User": "admin", "X-Remote-Group": "system:masters"})[1]
    assert answer["status"]["userInfo"]["username"] == "bob"
