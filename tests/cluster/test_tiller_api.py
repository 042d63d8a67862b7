"""The server's own API as others use it: REST by curl as documented, watches that see `helm` at work, callers who go.

On the embedded cluster: what is asked of the API server is what ``charthouse`` itself asks, which other tests hold to
the real one.
"""

from __future__ import annotations

import contextlib
import http.client
import importlib
import json
import os
import re
import shutil
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from charthouse.charts.archive import pack
from charthouse.charts.loader import load
from charthouse.logs import silent
from tests.cluster.conftest import ROOT, RunningCluster
from tests.cluster.doors import patiently, secured, succeeds
from tests.cluster.interop import Tool, fresh
from tests.cluster.serving import account_token

SECONDS = 120.0
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
CHART = {
    "Chart.yaml": "apiVersion: v2\nname: web\nversion: 1.0.0\n",
    "values.yaml": "colour: red\n",
    "templates/web.yaml": (
        "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{ .Release.Name }}\n"
        "data:\n  colour: {{ .Values.colour }}\n"
    ),
}


@dataclass
class Place:
    """A namespace, a token of an account that may do everything in it, and the way to Tiller."""

    namespace: str
    token: str
    address: str
    ca: Path
    chart: Path

    def connection(self) -> http.client.HTTPSConnection:
        context = ssl.create_default_context(cafile=str(self.ca))
        return http.client.HTTPSConnection(self.address, timeout=SECONDS, context=context)

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> http.client.HTTPResponse:
        """The answer, its body not read yet."""
        connection = self.connection()
        given = {"X-Charthouse-Token": self.token, **{k.replace("_", "-"): v for k, v in headers.items()}}
        data = None if body is None else json.dumps(body)
        if data is not None:
            given["Content-Type"] = "application/json"
        connection.request(method, path, data, given)
        return connection.getresponse()

    def ask(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        with contextlib.closing(self.send(method, path, body)) as answer:
            return answer.status, json.loads(answer.read())


@pytest.fixture(scope="module")
def cluster(clusters: Callable[[str], RunningCluster]) -> RunningCluster:
    return clusters("embedded")


@pytest.fixture(scope="module")
def tool(cluster: RunningCluster, homes: Path) -> Callable[..., Tool]:
    from tests.cluster.conftest import tool as make

    made: Callable[..., Tool] = make.__wrapped__(cluster, homes)  # type: ignore[attr-defined]  # pytest's fixture
    return made


@pytest.fixture(scope="module")
def served(
    cluster: RunningCluster, tool: Callable[..., Tool], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, Path]]:
    """The address of a Tiller and a file with the CA of its certificate."""
    folder = tmp_path_factory.mktemp("api")
    with secured(cluster, tool("charthouse"), tool("kubectl"), folder) as (tiller, ca):
        yield tiller.address, ca


@pytest.fixture
def place(served: tuple[str, Path], tool: Callable[..., Tool], tmp_path: Path) -> Iterator[Place]:
    kubectl, name = tool("kubectl"), fresh("api")
    kubectl.run("create", "namespace", name)
    kubectl.run("create", "rolebinding", "all", "--clusterrole=admin", f"--serviceaccount={name}:portal", "-n", name)
    token = account_token(kubectl, name, "portal")
    user = f"system:serviceaccount:{name}:portal"
    asked = ("auth", "can-i", "create", "configmaps", "-n", name, "--as", user, "-q")
    assert patiently(lambda: succeeds(kubectl, *asked))
    folder = tmp_path / "web"
    for file, text in CHART.items():
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        (folder / file).write_text(text)
    (tmp_path / "web.tgz").write_bytes(pack(load(str(folder), log=silent)))
    yield Place(name, token, *served, tmp_path / "web.tgz")
    kubectl.run("delete", "namespace", name, "--wait=false")


def test_the_documented_examples(place: Place, tmp_path: Path) -> None:
    """Every example of docs/tiller/api.md prints what is printed below it."""
    for program in ("bash", "curl", "jq"):
        if shutil.which(program) is None:
            missing = f"missing program: {program}"
            pytest.fail(missing) if os.environ.get("CI") == "true" else pytest.skip(missing)
    blocks = BLOCK.findall((ROOT / "docs" / "tiller" / "api.md").read_text())
    examples = [
        (text, blocks[at + 1][1]) for at, (kind, text) in enumerate(blocks) if kind == "sh"
    ]  # each is followed by what it prints
    assert len(examples) > 5
    script = ["set -uo pipefail"]
    for number, (text, _) in enumerate(examples):
        script += [f"{{\n{text}}} >{tmp_path}/{number}.out 2>{tmp_path}/{number}.err"]
    variables = {
        "TILLER": f"https://{place.address}", "TOKEN": place.token, "CA": str(place.ca), "NS": place.namespace,
        "CHART": str(place.chart),
    }  # fmt: skip
    subprocess.run(
        ["bash", "-c", "\n".join(script)], env={**os.environ, **variables}, timeout=SECONDS, check=False,
        stdin=subprocess.DEVNULL,
    )  # fmt: skip
    for number, (text, expected) in enumerate(examples):
        said = (tmp_path / f"{number}.out").read_text()
        assert said == expected, f"{text}\n{(tmp_path / f'{number}.err').read_text()}"


def test_a_watch_sees_helm_at_work(place: Place, tool: Callable[..., Tool]) -> None:
    """helm 4 keeps its records in Secrets, Tiller its own in ConfigMaps: both are seen."""
    helm = tool("helm4", HELM_NAMESPACE=place.namespace)
    answer = place.send("GET", f"/v1/watch/namespaces/{place.namespace}/releases")
    seen: list[tuple[str, int, str]] = []

    def until(kind: str, revision: int, status: str) -> list[tuple[str, int, str]]:
        """What is seen up to a change, which must come."""
        before = len(seen)
        while not seen or len(seen) == before or seen[-1] != (kind, revision, status):
            line = answer.readline()
            assert line, seen
            if line.strip():
                change = json.loads(line)
                release = change.get("release", {})
                status_of = release.get("info", {}).get("status", "")
                seen.append((change["kind"], release.get("revision", 0), status_of))
        return seen[before:]

    until("SYNCED", 0, "")
    helm.run("install", "web", str(place.chart))
    assert until("MODIFIED", 1, "deployed") == [("ADDED", 1, "pending-install"), ("MODIFIED", 1, "deployed")]
    helm.run("upgrade", "web", str(place.chart), "--set", "colour=blue")
    assert set(until("MODIFIED", 2, "deployed")) == {
        ("ADDED", 2, "pending-upgrade"), ("MODIFIED", 1, "superseded"), ("MODIFIED", 2, "deployed"),
    }  # fmt: skip
    helm.run("uninstall", "web")
    gone = until("DELETED", 2, "uninstalling")
    assert ("MODIFIED", 2, "uninstalling") in gone
    answer.close()


def test_an_operation_goes_on_when_its_caller_goes(place: Place) -> None:
    """The caller reads the plan that waits for approval, and hangs up; another connection approves."""
    import base64

    body = {
        "name": "web",
        "source": {"chart": base64.b64encode(place.chart.read_bytes()).decode()},
        "control": {"awaitApproval": True},
    }
    path = f"/v1/namespaces/{place.namespace}/releases"
    answer = place.send("POST", path, body, accept="application/x-ndjson")
    events: list[Any] = []
    while not events or "plan" not in events[-1]:
        events.append(json.loads(answer.readline()))
    operation, digest = events[0]["started"]["operation"], events[-1]["plan"]["digest"]
    answer.close()
    assert place.ask("GET", "/v1/operations")[1]["operations"][0]["state"] == "awaiting-approval"
    assert place.ask("POST", f"/v1/operations/{operation}/approve", {"digest": digest})[0] == 200
    status, found = place.ask("GET", f"/v1/operations/{operation}/events")
    assert (status, found["release"]["info"]["status"]) == (200, "deployed")
    assert place.ask("GET", f"{path}/web")[1]["release"]["revision"] == 1


def test_rights_are_the_callers(place: Place, tool: Callable[..., Tool]) -> None:
    """Another account's token sees the API server's own refusal."""
    other = Place(place.namespace, account_token(tool("kubectl"), place.namespace, "stranger"), place.address, place.ca,
                  place.chart)  # fmt: skip
    status, found = other.ask("GET", f"/v1/namespaces/{place.namespace}/releases")
    assert (status, found["reason"]) == (403, "Forbidden")
    assert f'User "system:serviceaccount:{place.namespace}:stranger" cannot list resource' in found["message"]
    with contextlib.closing(other.send("GET", f"/v1/watch/namespaces/{place.namespace}/releases")) as answer:
        assert answer.status == 403
    nobody = Place(place.namespace, "forged", place.address, place.ca, place.chart)
    assert nobody.ask("GET", "/v1/server")[0] == 401


def test_many_callers_who_go_leave_nothing_behind(place: Place) -> None:
    """More watches than may be open at once, one after the other, each left without a word."""
    path = f"/v1/watch/namespaces/{place.namespace}/releases"
    deadline = time.monotonic() + SECONDS
    for _ in range(45):
        answer = place.send("GET", path)
        while answer.status == 429 and time.monotonic() < deadline:
            answer.close()
            time.sleep(0.2)
            answer = place.send("GET", path)
        assert answer.status == 200
        assert json.loads(answer.readline())["kind"] == "SYNCED"
        answer.close()


def test_a_grpc_client_of_others(place: Place, tmp_path: Path) -> None:
    """Code that protoc makes of the .proto files and Google's gRPC library: a stream, a list, an error with details."""
    pytest.importorskip("grpc")
    protoc = pytest.importorskip("grpc_tools.protoc")
    proto = ROOT / "src" / "charthouse" / "tiller" / "proto"
    known = Path(importlib.import_module("grpc_tools").__file__ or "").parent / "_proto"
    files = [str(path) for path in sorted(proto.rglob("*.proto"))]
    places = [f"-I{proto}", f"-I{known}"]
    made = tmp_path / "made"
    made.mkdir()
    assert protoc.main(["protoc", *places, f"--python_out={made}", f"--grpc_python_out={made}", *files]) == 0
    for package in ("charthouse", "charthouse/v1"):  # before our own package of that name
        (made / package / "__init__.py").write_text("")
    script = tmp_path / "client.py"
    script.write_text(GRPC_CLIENT)
    environment = {**os.environ, "PYTHONPATH": str(made)}
    words = [place.address, place.token, str(place.ca), place.namespace, str(place.chart)]
    done = subprocess.run(
        [sys.executable, str(script), *words], env=environment, timeout=SECONDS, capture_output=True, text=True,
        stdin=subprocess.DEVNULL, check=False,
    )  # fmt: skip
    assert done.stdout == (
        "started result deployed\n"
        "web 1 deployed\n"
        "NOT_FOUND release: not found\n"
        "5 release: not found NotFound\n"
        "FAILED_PRECONDITION something else would be done now than what was approved\n"
    ), done.stderr


GRPC_CLIENT = """
import sys

import grpc
from charthouse.v1 import event_pb2, request_pb2, service_pb2_grpc

address, token, ca, namespace, chart = sys.argv[1:]
bearer = grpc.access_token_call_credentials(token)
secure = grpc.composite_channel_credentials(grpc.ssl_channel_credentials(open(ca, "rb").read()), bearer)
with grpc.secure_channel(address, secure) as channel:
    api = service_pb2_grpc.ReleaseServiceStub(channel)
    source = request_pb2.Source(chart=open(chart, "rb").read())
    source.values.update({"colour": "blue"})
    install = request_pb2.InstallRequest(name="web", namespace=namespace, source=source)
    events = list(api.Install(install, timeout=100))
    print(events[0].WhichOneof("what"), events[-1].WhichOneof("what"), events[-1].result.release.info.status)
    for piece in api.List(request_pb2.ListRequest(namespace=namespace), timeout=100):
        for release in piece.releases:
            print(release.name, release.revision, release.info.status)
    try:
        api.GetRelease(request_pb2.GetRequest(name="no", namespace=namespace), timeout=100)
    except grpc.RpcError as error:
        print(error.code().name, error.details())
        raw = dict(error.trailing_metadata())["grpc-status-details-bin"]
        status = event_pb2.RpcStatus.FromString(raw)
        failure = event_pb2.Failure.FromString(status.details[0].value)
        print(status.code, status.message, failure.error)
    upgrade = request_pb2.UpgradeRequest(name="web", namespace=namespace, source=source)
    upgrade.control.approved_digest = "sha256:none"
    try:
        list(api.Upgrade(upgrade, timeout=100))
    except grpc.RpcError as error:
        print(error.code().name, error.details())
"""
