"""What goes wrong, goes wrong as with Helm: its words, its exit status, our hint below, nothing half-written."""

from __future__ import annotations

import gzip
import io
import tarfile
from pathlib import Path

import pytest

from tests.cluster.interop import CHART, Tool
from tests.cluster.sameness import said

KINDS = "secrets,configmaps,deployments,services,leases"


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of broken charts, values and archives."""
    folder = tmp_path_factory.mktemp("broken")
    (folder / "values.yaml").write_text("a: [1, 2\nb: {\n")
    (folder / "tabs.yaml").write_text("a:\n\t- b\n")
    for name, template in {
        "parse": "a: {{ .Values.x | }}\n",
        "execute": "a: {{ .Values.x.y.z }}\n",
        "yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: x\n data: {}\n",
        "kind": "apiVersion: example.org/v1\nkind: Unheard\nmetadata:\n  name: x\n",
        "nokind": "apiVersion: v1\nmetadata:\n  name: x\n",
        "field": "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: x\nsurprise: true\n",
        "invalid": "apiVersion: v1\nkind: Service\nmetadata:\n  name: x\nspec:\n  ports: [{port: 70000}]\n",
        "badname": "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: Not_Good\n",
        "required": 'a: {{ required "x is needed" .Values.x }}\n',
        "fail": 'a: {{ fail "enough" }}\n',
        "function": "a: {{ nosuch 1 }}\n",
    }.items():
        chart = folder / name
        (chart / "templates").mkdir(parents=True)
        (chart / "Chart.yaml").write_text(f"apiVersion: v2\nname: {name}\nversion: 0.1.0\n")
        (chart / "templates" / "t.yaml").write_text(template)
    (folder / "nameless" / "templates").mkdir(parents=True)
    (folder / "nameless" / "Chart.yaml").write_text("apiVersion: v2\nversion: 0.1.0\n")
    (folder / "version" / "templates").mkdir(parents=True)
    (folder / "version" / "Chart.yaml").write_text("apiVersion: v2\nname: version\nversion: one\n")
    (folder / "future" / "templates").mkdir(parents=True)
    (folder / "future" / "Chart.yaml").write_text("apiVersion: v2\nname: future\nversion: 1.0.0\nkubeVersion: '>=9'\n")
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        tar.add(CHART, "orchard")
    (folder / "cut.tgz").write_bytes(buffer.getvalue()[: len(buffer.getvalue()) // 2])
    (folder / "text.tgz").write_text("no archive at all\n")
    (folder / "empty.tgz").write_bytes(gzip.compress(b""))
    return folder


CASES = {
    "missing chart": ["install", "r", "/nowhere/chart", "-n", "@NS"],
    "missing chart, relative": ["install", "r", "./nowhere", "-n", "@NS"],
    "empty folder": ["install", "r", "@BROKEN", "-n", "@NS"],
    "broken values": ["install", "r", "@CHART", "-f", "@BROKEN/values.yaml", "-n", "@NS"],
    "tab in values": ["install", "r", "@CHART", "-f", "@BROKEN/tabs.yaml", "-n", "@NS"],
    "missing values file": ["install", "r", "@CHART", "-f", "/nowhere.yaml", "-n", "@NS"],
    "bad --set": ["install", "r", "@CHART", "--set", "a[70000]=x", "-n", "@NS"],
    "bad --set-json": ["install", "r", "@CHART", "--set-json", "a={", "-n", "@NS"],
    "bad --set-file": ["install", "r", "@CHART", "--set-file", "a=/nowhere", "-n", "@NS"],
    "unclosed action": ["install", "r", "@BROKEN/parse", "-n", "@NS"],
    "nil pointer": ["install", "r", "@BROKEN/execute", "-n", "@NS"],
    "broken YAML": ["install", "r", "@BROKEN/yaml", "-n", "@NS"],
    "unknown kind": ["install", "r", "@BROKEN/kind", "-n", "@NS"],
    "no kind": ["install", "r", "@BROKEN/nokind", "-n", "@NS"],
    "unknown field": ["install", "r", "@BROKEN/field", "-n", "@NS"],
    "value refused by the server": ["install", "r", "@BROKEN/invalid", "-n", "@NS"],
    "object name refused": ["install", "r", "@BROKEN/badname", "-n", "@NS"],
    "required": ["install", "r", "@BROKEN/required", "-n", "@NS"],
    "fail": ["install", "r", "@BROKEN/fail", "-n", "@NS"],
    "unknown function": ["install", "r", "@BROKEN/function", "-n", "@NS"],
    "chart without name": ["install", "r", "@BROKEN/nameless", "-n", "@NS"],
    "chart without version": ["install", "r", "@BROKEN/version", "-n", "@NS"],
    "chart for a newer cluster": ["install", "r", "@BROKEN/future", "-n", "@NS"],
    "cut-off archive": ["install", "r", "@BROKEN/cut.tgz", "-n", "@NS"],
    "text for an archive": ["install", "r", "@BROKEN/text.tgz", "-n", "@NS"],
    "empty archive": ["install", "r", "@BROKEN/empty.tgz", "-n", "@NS"],
    "unknown flag": ["install", "r", "@CHART", "--nosuch", "-n", "@NS"],
    "unknown shorthand": ["list", "-z"],
    "flag without argument": ["install", "r", "@CHART", "--timeout"],
    "bad duration": ["install", "r", "@CHART", "--timeout", "soon"],
    "bad boolean": ["install", "r", "@CHART", "--replace=perhaps"],
    "bad output format": ["list", "-o", "xml"],
    "bad wait": ["install", "r", "@CHART", "--wait=often", "-n", "@NS"],
    "unknown command": ["instal", "r"],
    "no arguments": ["install"],
    "too many arguments": ["install", "a", "b", "c"],
    "name and generated name": ["install", "r", "@CHART", "--generate-name", "-n", "@NS"],
    "invalid release name": ["install", "Not_Good", "@CHART", "-n", "@NS"],
    "long release name": ["install", "a" * 54, "@CHART", "-n", "@NS"],
    "missing namespace": ["install", "r", "@CHART", "-n", "no-such-namespace"],
    "upgrade of nothing": ["upgrade", "nothing", "@CHART", "-n", "@NS"],
    "rollback of nothing": ["rollback", "nothing", "-n", "@NS"],
    "status of nothing": ["status", "nothing", "-n", "@NS"],
    "history of nothing": ["history", "nothing", "-n", "@NS"],
    "get of nothing": ["get", "all", "nothing", "-n", "@NS"],
    "uninstall of nothing": ["uninstall", "nothing", "-n", "@NS"],
    "test of nothing": ["test", "nothing", "-n", "@NS"],
    "name in use": ["install", "taken", "@CHART", "-n", "@NS"],
    "revision that never was": ["rollback", "taken", "99", "-n", "@NS"],
    "status of a revision that never was": ["status", "taken", "--revision", "99", "-n", "@NS"],
    "objects of another release": ["install", "thief", "@BROKEN/../twin", "-n", "@NS"],
    "no cluster": ["list", "--kube-apiserver", "http://127.0.0.1:9", "-n", "@NS"],
    "no cluster to install on": ["install", "r", "@CHART", "--kube-apiserver", "http://127.0.0.1:9", "-n", "@NS"],
    "unknown context": ["list", "--kube-context", "nowhere", "-n", "@NS"],
    "no rights to list": ["list", "--kube-context", "alice", "-n", "@NS"],
    "no rights to install": ["install", "r", "@CHART", "--kube-context", "alice", "-n", "@NS"],
    "no rights to uninstall": ["uninstall", "taken", "--kube-context", "bob", "-n", "@NS"],
}


@pytest.fixture(scope="module")
def namespaces(helm4: Tool, charthouse: Tool, kubectl: Tool, broken: Path) -> dict[str, str]:
    """One namespace a tool, each with a release `taken` made by helm and a chart whose object `taken` owns."""
    twin = broken.parent / "twin"
    if not twin.is_dir():
        (twin / "templates").mkdir(parents=True)
        (twin / "Chart.yaml").write_text("apiVersion: v2\nname: twin\nversion: 0.1.0\n")
        (twin / "templates" / "t.yaml").write_text("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: taken-orchard}\n")
    made = {}
    for tool in (helm4, charthouse):
        namespace = f"bad-{tool.name}"[:9]
        kubectl.run("create", "namespace", namespace)
        kubectl.run("wait", "configmap/kube-root-ca.crt", "--for=create", "-n", namespace, "--timeout=30s")
        helm4.run("install", "taken", str(CHART), "-n", namespace)
        made[tool.name] = namespace
    return made


@pytest.mark.parametrize("name", CASES)
def test_bad_input_is_refused_as_helm_refuses_it(
    name: str, helm4: Tool, charthouse: Tool, kubectl: Tool, namespaces: dict[str, str], broken: Path
) -> None:
    arguments = [a.replace("@CHART", str(CHART)).replace("@BROKEN", str(broken)) for a in CASES[name]]
    theirs = said(helm4, arguments, namespaces["helm4"])
    before = objects(kubectl, namespaces["charthouse"])
    ours = said(charthouse, arguments, namespaces["charthouse"])
    assert "Traceback" not in ours.error
    assert ours.hints
    assert (ours.status, ours.error, ours.out) == (theirs.status, theirs.error, theirs.out)
    assert theirs.status != 0, "a case of this table must be an error"
    after = objects(kubectl, namespaces["charthouse"])
    assert len(after) - len(before) == len(objects(kubectl, namespaces["helm4"])) - len(before)


def objects(kubectl: Tool, namespace: str) -> list[str]:
    return kubectl.run("get", KINDS, "-n", namespace, "-o", "name").stdout.split()
