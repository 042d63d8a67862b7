"""`charthouse --tiller`: what it prints is what direct mode prints, whichever way Tiller is reached.

A short story of commands; all that are compared with Helm (test_output) when CHARTHOUSE_WHOLE_STORY=1.
"""

from __future__ import annotations

import contextlib
import os
import re
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

pytest.importorskip("google.protobuf")
pytest.importorskip("h2")

from charthouse.records import replace
from tests.cluster.conftest import RunningCluster, free_port
from tests.cluster.interop import CHART, Tool, fresh
from tests.cluster.reached import Place, allow, placed, user_kubeconfig
from tests.cluster.sameness import Said, said
from tests.cluster.serving import Served, running
from tests.cluster.test_output import STORY
from tests.cluster.test_tunnel import address_of

EVERYTHING = {"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}
READ_PODS = {"apiGroups": [""], "resources": ["pods"], "verbs": ["get", "list"]}
FORWARD = {"apiGroups": [""], "resources": ["pods/portforward"], "verbs": ["get", "create"]}
WHOLE = os.environ.get("CHARTHOUSE_WHOLE_STORY") == "1"
NS = ["-n", "@NS"]
SHORT: list[list[str]] = [
    ["install", "one", str(CHART), *NS, "--wait", "--timeout", "60s", "--set", "trees=1"],
    ["install", "one", str(CHART), *NS],
    ["list", *NS, "-o", "json"],
    ["diff", "upgrade", "one", str(CHART), *NS, "--set", "trees=2"],
    ["upgrade", "one", str(CHART), *NS, "--set", "trees=2", "-o", "json"],
    ["history", "one", *NS],
    ["get", "values", "one", *NS, "-a"],
    ["status", "one", *NS],
    ["upgrade", "one", str(CHART), *NS, "--set", "migrate.exit=3", "--timeout", "60s"],
    ["rollback", "one", "1", *NS],
    ["test", "one", *NS, "--logs", "--timeout", "60s"],
    ["uninstall", "one", *NS],
    ["status", "one", *NS],
]
BRIEF = [SHORT[0], SHORT[2], SHORT[4], SHORT[9], SHORT[11], SHORT[12]]
PODS = re.compile(r"-[a-z0-9]{5}\b")
WHERE = re.compile(r"\((driver configmap|of the Tiller at [^)]*)\)")
PROXY = {"apiGroups": [""], "resources": ["services/proxy"], "verbs": ["get", "create"]}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("tiller-client")


@pytest.fixture(scope="module")
def place(cluster: RunningCluster, kubectl: Tool, folder: Path) -> Iterator[Place]:
    """Our Tiller behind the tunnel."""
    with placed(cluster, kubectl, folder, fresh("tillers")) as found:
        yield found


@pytest.fixture(scope="module")
def carla(cluster: RunningCluster, kubectl: Tool, folder: Path, place: Place) -> Path:
    """The kubeconfig of a user with a certificate, who may forward Tiller's port."""
    subject = {"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": "carla"}
    allow(kubectl, folder, place.namespace, subject, "carla", READ_PODS, FORWARD)
    return user_kubeconfig(cluster, folder, "carla")


@pytest.fixture
def spaces(kubectl: Tool, tmp_path: Path) -> Iterator[Callable[[], str]]:
    """spaces(): a namespace in which carla may do everything."""
    made: list[str] = []

    def make() -> str:
        name = fresh("client")
        made.append(name)
        kubectl.run("create", "namespace", name)
        subject = {"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": "carla"}
        allow(kubectl, tmp_path, name, subject, "carla", EVERYTHING)
        kubectl.run("wait", "configmap/kube-root-ca.crt", "--for=create", "-n", name, "--timeout=60s")
        return name

    yield make
    for name in made:
        kubectl.run("delete", "namespace", name, "--wait=false")


def tools(tool: Callable[..., Tool], kubeconfig: Path, **remote: str) -> tuple[Tool, Tool]:
    """(direct, through Tiller), both with records in ConfigMaps, both as one user."""
    same = {"KUBECONFIG": str(kubeconfig), "TZ": "UTC"}
    return tool("charthouse", HELM_DRIVER="configmap", **same), tool("charthouse", **same, **remote)


def hints(found: Said, namespace: str) -> list[str]:
    """Our hints, without what must differ."""
    texts = [line for line in found.hints if "through its service's proxy" not in line]
    return [WHERE.sub("(<where>)", PODS.sub("-<pod>", line.replace(namespace, "<ns>"))) for line in texts]


def tell_the_story(story: list[list[str]], direct: Tool, remote: Tool, here: str, there: str) -> None:
    different = []
    for arguments in story:
        ours, theirs = said(direct, arguments, here), said(remote, arguments, there)
        if ours != theirs or hints(ours, here) != hints(theirs, there):
            shown = f"--- direct\n{ours}\n--- tiller\n{theirs}"
            different.append(f"$ {' '.join(arguments)}\n{shown}")
    if different:
        pytest.fail(f"{len(different)} of {len(story)} commands differ\n" + "\n\n".join(different))


def test_by_kubeconfig_alone(tool: Callable[..., Tool], carla: Path, place: Place, spaces: Callable[[], str]) -> None:
    """Port-forwarded through the API server, the CA published, the user known by the kubeconfig's certificate."""
    direct, remote = tools(tool, carla, CHARTHOUSE_TILLER="cluster", TILLER_NAMESPACE=place.namespace)
    tell_the_story(STORY if WHOLE else SHORT, direct, remote, spaces(), spaces())


def test_by_address(
    tool: Callable[..., Tool], cluster: RunningCluster, carla: Path, place: Place, spaces: Callable[[], str]
) -> None:
    """As Helm 2's variables say it."""
    address = f"localhost:{cluster.tunnel}"
    direct, remote = tools(tool, carla, HELM_HOST=address, HELM_TLS_VERIFY="true", HELM_TLS_CA_CERT=str(place.ca))
    tell_the_story(BRIEF, direct, remote, spaces(), spaces())


def test_through_the_service_s_proxy(
    tool: Callable[..., Tool],
    cluster: RunningCluster,
    kubectl: Tool,
    tmp_path: Path,
    spaces: Callable[[], str],
) -> None:
    """A user who may forward no port: a service account, its token in a header the API server hands on."""
    address_of(cluster)
    namespace = fresh("tillers")
    with placed(cluster, kubectl, tmp_path, namespace, port=free_port()) as place:
        kubectl.run("create", "serviceaccount", "dora", "-n", namespace)
        subject = {"kind": "ServiceAccount", "name": "dora", "namespace": namespace}
        allow(kubectl, tmp_path, namespace, subject, "dora", READ_PODS, PROXY)
        here, there = spaces(), spaces()
        for space in (here, there):
            allow(kubectl, tmp_path, space, subject, "dora", EVERYTHING)
        endpoint(kubectl, namespace)
        token = kubectl.run("create", "token", "dora", "-n", namespace, "--duration", "1h").stdout.strip()
        kubeconfig = user_kubeconfig(cluster, tmp_path, "dora", token=token)
        direct, remote = tools(tool, kubeconfig, CHARTHOUSE_TILLER="cluster", TILLER_NAMESPACE=place.namespace)
        found = said(remote, ["version"], here)
        assert (found.status, found.out.splitlines()[1][:7]) == (0, "Server:"), found
        assert [line for line in found.hints if "pods/portforward" in line], found
        tell_the_story(BRIEF, direct, remote, here, there)


def endpoint(kubectl: Tool, namespace: str) -> None:
    """Wait until something stands behind the service."""
    query = ("get", "endpoints", "tiller-deploy", "-n", namespace, "-o", "jsonpath={.subsets[*].addresses[*].ip}")
    deadline = time.monotonic() + 90
    while not kubectl.run(*query).stdout:
        assert time.monotonic() < deadline, "service tiller-deploy got no endpoint"
        time.sleep(0.1)


def test_the_library_works_through_tiller(
    cluster: RunningCluster, carla: Path, place: Place, spaces: Callable[[], str]
) -> None:
    from charthouse import Client, TillerSettings
    from charthouse.actions.diff import text

    space = spaces()
    settings = TillerSettings("cluster", namespace=place.namespace)
    seen: list[str] = []
    client = Client(
        tiller=settings, kubeconfig=carla, namespace=space, progress=lambda one: seen.append(one.phase), exact=True
    )
    direct = Client(kubeconfig=carla, namespace=space, driver="configmap", exact=True)
    values = {"trees": 1, "kind": "fig"}
    made = client.install("web", CHART, values, wait="watcher", timeout=60)
    assert (made.config, type(made.config["trees"])) == (values, int)
    assert {"apply", "wait", "hook"} <= set(seen)
    more = {"trees": 2}
    assert text(client.diff("web", CHART, more)) == text(direct.diff("web", CHART, more)) != ""
    plans = [one.plan("web", CHART, more) for one in (client, direct)]
    steps = [
        [(o.action, str(o.resource.ref), o.reason, o.body, o.live, o.patch_type) for o in plan.operations]
        for plan in plans
    ]
    assert steps[0] == steps[1] != []
    assert [release.version for release in client.history("web")] == [1]
    assert client.get("web").manifest == direct.get("web").manifest
    assert client.values("web", all=True) == direct.values("web", all=True)
    told = [one.metadata("web") for one in (client, direct)]
    assert replace(told[0], dependencies=()) == replace(told[1], dependencies=())
    assert [entry.to_dict() for entry in told[0].dependencies] == [e.to_dict() for e in told[1].dependencies] != []
    with pytest.raises(TypeError, match="through a release server"):
        client.environment()
    client.uninstall("web", wait="watcher")
    assert client.list() == []


NEVER = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: never}
spec:
  selector: {matchLabels: {app: never}}
  template:
    metadata: {labels: {app: never}, annotations: {sim/not-ready: "true"}}
    spec: {containers: [{name: a, image: example.org/a:1}]}
"""


@pytest.fixture
def never(cluster: RunningCluster, tmp_path: Path) -> Path:
    """A chart whose objects are never ready."""
    if cluster.name != "embedded":
        pytest.skip("the simulated nodes of the real cluster make every pod ready")
    chart = tmp_path / "never"
    (chart / "templates").mkdir(parents=True)
    (chart / "Chart.yaml").write_text("apiVersion: v2\nname: never\nversion: 1.0.0\n")
    (chart / "templates" / "a.yaml").write_text(NEVER)
    return chart


def begun(tool: Tool, space: str, process: subprocess.Popen[str]) -> None:
    """Wait until the release is at work."""
    deadline = time.monotonic() + 90
    while not tool.run("list", "-n", space, "--pending", "-q").stdout:
        assert time.monotonic() < deadline and process.poll() is None, process.communicate()
        time.sleep(0.1)


def test_ctrl_c_stops_the_work_at_the_server(
    tool: Callable[..., Tool], carla: Path, place: Place, spaces: Callable[[], str], never: Path
) -> None:
    """What was begun is recorded as failed, in direct mode's words."""
    space = spaces()
    _, remote = tools(tool, carla, CHARTHOUSE_TILLER="cluster", TILLER_NAMESPACE=place.namespace)
    line = [*remote.command, "install", "slow", str(never), "-n", space, "--wait", "--timeout", "300s"]
    pipe = subprocess.PIPE
    with subprocess.Popen(line, env=remote.environment, stdout=pipe, stderr=pipe, text=True) as process:
        begun(remote, space, process)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=90)
    assert (process.returncode, out) == (1, "Release slow has been cancelled.\n"), err
    assert err.splitlines()[0] == "Error: INSTALLATION FAILED: context canceled"
    found = remote.json("list", "-n", space, "--failed")
    assert [(row["name"], row["status"]) for row in found] == [("slow", "failed")]
    told = remote.run("status", "slow", "-n", space).stdout
    assert 'DESCRIPTION: Release "slow" failed: context canceled\n' in told


def test_a_broken_connection_is_made_anew(
    cluster: RunningCluster,
    tool: Callable[..., Tool],
    kubectl: Tool,
    carla: Path,
    place: Place,
    spaces: Callable[[], str],
    never: Path,
) -> None:
    """The operation goes on meanwhile, and its end is told over the new connection."""
    space = spaces()
    with Breakable(("127.0.0.1", cluster.tunnel)) as between:
        secure = {"HELM_TLS_VERIFY": "true", "HELM_TLS_CA_CERT": str(place.ca)}
        _, remote = tools(tool, carla, HELM_HOST=f"localhost:{between.port}", **secure)
        line = [*remote.command, "install", "slow", str(never), "-n", space, "--wait", "--timeout", "300s"]
        pipe = subprocess.PIPE
        with subprocess.Popen(line, env=remote.environment, stdout=pipe, stderr=pipe, text=True) as process:
            begun(remote, space, process)
            between.cut()
            patch = '{"spec": {"template": {"metadata": {"annotations": {"sim/not-ready": null}}}}}'
            kubectl.run("patch", "deployment", "never", "-n", space, "-p", patch)
            out, err = process.communicate(timeout=90)
    assert process.returncode == 0, err
    assert out.startswith("NAME: slow\n") and "STATUS: deployed\nREVISION: 1\n" in out
    assert re.fullmatch(
        r"hint: the connection to Tiller was lost \(.*\); coming back to operation [0-9a-f-]{36}\n", err
    )


def test_another_replica_tells_the_end(
    cluster: RunningCluster,
    tool: Callable[..., Tool],
    kubectl: Tool,
    carla: Path,
    place: Place,
    spaces: Callable[[], str],
    never: Path,
) -> None:
    """The one that was at work is killed; the client comes back to its operation at another one."""
    space, folder = spaces(), place.ca.parent
    tls = ("--tls", "--tls-cert", str(folder / "tls.crt"), "--tls-key", str(folder / "tls.key"))
    with (
        running(cluster, *tls, namespace=place.namespace) as first,
        running(cluster, *tls, namespace=place.namespace) as second,
        Breakable(address_of_served(first)) as between,
    ):
        secure = {"HELM_TLS_VERIFY": "true", "HELM_TLS_CA_CERT": str(place.ca)}
        _, remote = tools(tool, carla, HELM_HOST=f"localhost:{between.port}", **secure)
        line = [*remote.command, "install", "slow", str(never), "-n", space, "--wait", "--timeout", "300s"]
        pipe = subprocess.PIPE
        with subprocess.Popen(line, env=remote.environment, stdout=pipe, stderr=pipe, text=True) as process:
            begun(remote, space, process)
            between.address = address_of_served(second)
            first.process.kill()
            between.cut()
            patch = '{"spec": {"template": {"metadata": {"annotations": {"sim/not-ready": null}}}}}'
            deadline = time.monotonic() + 150
            while process.poll() is None and time.monotonic() < deadline:  # what goes on applies the manifest anew
                kubectl.run("patch", "deployment", "never", "-n", space, "-p", patch)
                time.sleep(1)
            out, err = process.communicate(timeout=30)
        assert process.returncode == 0, (err, second.said)
        assert out.startswith("NAME: slow\n") and "STATUS: deployed\nREVISION: 1\n" in out
        assert [row["revision"] for row in remote.json("history", "slow", "-n", space)] == [1]


def address_of_served(served: Served) -> tuple[str, int]:
    host, _, port = served.address.rpartition(":")
    return host, int(port)


class Breakable:
    """A way to an address that can be cut. port: of 127.0.0.1, where it begins."""

    def __init__(self, address: tuple[str, int]) -> None:
        self.address = address
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open: list[socket.socket] = []
        self.port = int(self._listener.getsockname()[1])
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                one, _ = self._listener.accept()
            except OSError:
                return
            try:
                other = socket.create_connection(self.address, 60)
            except OSError:
                one.close()
                continue
            other.settimeout(None)
            self._open += [one, other]
            for source, target in ((one, other), (other, one)):
                threading.Thread(target=self._copy, args=(source, target), daemon=True).start()

    def _copy(self, source: socket.socket, target: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(1 << 16):
                target.sendall(data)
        for one in (source, target):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def cut(self) -> None:
        """End every connection; new ones are taken."""
        for one in self._open:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def __enter__(self) -> Breakable:
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.close()
        self.cut()
