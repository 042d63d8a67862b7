"""`init` and `reset` on clusters: a Tiller that works with the rights it was given; nothing left of it afterwards."""

from __future__ import annotations

import base64
import json
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from charthouse.k8s.ports import ApiError
from charthouse.kube.client import Client
from charthouse.kube.connect import ConnectConfig, connect
from charthouse.tiller.installation.authority import Authority, server_hosts
from tests.cluster.conftest import ROOT, RunningCluster, free_port, peer
from tests.cluster.doors import patiently, succeeds
from tests.cluster.interop import CHART, Tool, fresh
from tests.cluster.reached import allow
from tests.cluster.serving import running
from tests.cluster.test_tunnel import address_of

IMAGE = "registry.example.org/charthouse/tiller:0.1.0"
MADE = "app.kubernetes.io/managed-by=charthouse-init"
KINDS = (
    "serviceaccounts,secrets,configmaps,services,deployments,networkpolicies,poddisruptionbudgets,roles,rolebindings,"
    "clusterroles,clusterrolebindings,apiservices"
)
CHART_OF_OURS = ROOT / "charts" / "tiller"


def made_for(kubectl: Tool, namespace: str) -> list[str]:
    """Everything `init` made for the Tiller of a namespace, wherever it is."""
    selector = f"{MADE},tiller.charthouse.dev/namespace={namespace}"
    return sorted(kubectl.run("get", KINDS, "-A", "-l", selector, "-o", "name").stdout.split())


@pytest.fixture(scope="module")
def namespace(cluster: RunningCluster, charthouse: Tool, kubectl: Tool) -> Iterator[str]:
    """Where `init` has put a Tiller."""
    name = fresh("init")
    flags = ("--create-namespace", "--wait", "--timeout", "180s", "-i", IMAGE)
    done = charthouse.run("init", "--tiller-namespace", name, *flags)
    assert done.stdout.endswith(
        "\n\nTiller (the Helm server-side component) has been installed into your Kubernetes Cluster.\n"
    )
    assert [line for line in done.stderr.splitlines() if not line.startswith("hint: Tiller's certificate")] == []
    yield name
    charthouse.run("reset", "--tiller-namespace", name)
    assert made_for(kubectl, name) == []
    assert kubectl.run("get", "namespace", name, "-o", "name").stdout.strip() == f"namespace/{name}"
    charthouse.run("reset", "--tiller-namespace", name, expect=1)
    kubectl.run("delete", "namespace", name, "--wait=false")


def test_it_runs_where_pods_are_restricted_and_is_installed_once(
    namespace: str, charthouse: Tool, kubectl: Tool
) -> None:
    labels = kubectl.json("get", "namespace", namespace)["metadata"]["labels"]
    assert labels["pod-security.kubernetes.io/enforce"] == "restricted"
    assert kubectl.json("get", "deployment", "tiller-deploy", "-n", namespace)["status"]["readyReplicas"] == 2
    before = made_for(kubectl, namespace)
    assert len(before) == 15
    again = charthouse.run("init", "--tiller-namespace", namespace)
    assert "\nWarning: Tiller is already installed in the cluster.\n" in again.stdout
    upgraded = charthouse.run("init", "--upgrade", "--tiller-namespace", namespace)
    assert upgraded.stdout.splitlines()[1:] == [
        "", f"Tiller (the Helm server-side component) has been updated to {IMAGE} ."
    ]  # fmt: skip
    plan = charthouse.run("init", "--upgrade", "--dry-run", "--replicas", "3", "--tiller-namespace", namespace).stdout
    assert [line for line in plan.splitlines() if not line.startswith("unchanged")] == [
        f"update    Deployment {namespace}/tiller-deploy"
    ]
    assert made_for(kubectl, namespace) == before


def test_every_variant_is_admitted_without_a_warning(charthouse: Tool, kubectl: Tool, tmp_path: Path) -> None:
    name = fresh("admitted")
    kubectl.run("create", "namespace", name)
    modes = [f"pod-security.kubernetes.io/{mode}=restricted" for mode in ("enforce", "warn", "audit")]
    kubectl.run("label", "namespace", name, *modes)
    variants: tuple[tuple[str, ...], ...] = (
        (),
        (
            "--aggregated-api",
            "--store-authority",
            "--impersonate-users",
            "a",
            "--impersonate-service-accounts",
            f"{name}:b",
        ),
        ("--certificates", "none", "--insecure-allow-anonymous", "--storage", "sql", "--service-account", "default"),
    )
    for number, flags in enumerate(variants):
        path = tmp_path / f"{number}.yaml"
        path.write_text(charthouse.run("init", "-o", "yaml", "--tiller-namespace", name, *flags).stdout)
        done = kubectl.run("create", "--dry-run=server", "--validate=strict", "-f", str(path))
        assert done.stderr == ""
    kubectl.run("delete", "namespace", name, "--wait=false")


def account_kubeconfig(cluster: RunningCluster, kubectl: Tool, namespace: str, path: Path) -> Path:
    """Of a user `admin` who is Tiller's service account."""
    token = kubectl.run("create", "token", "tiller", "-n", namespace, "--duration", "1h").stdout.strip()
    config = yaml.safe_load(cluster.kubeconfig.read_text())
    config["users"] = [{"name": "admin", "user": {"token": token}}]
    config["contexts"] = [one for one in config["contexts"] if one["name"] == "admin"]
    config["current-context"] = "admin"
    path.write_text(yaml.safe_dump(config))
    path.chmod(0o600)
    return path


def certificates_of(kubectl: Tool, namespace: str, folder: Path) -> None:
    """What a pod has mounted."""
    data = kubectl.json("get", "secret", "tiller-secret", "-n", namespace)["data"]
    for name in ("tls.crt", "tls.key"):
        (folder / name).write_bytes(base64.b64decode(data[name]))


def client_of(kubeconfig: Path) -> Client:
    return connect(ConnectConfig(environ={"HOME": "/nonexistent"}, kubeconfig=str(kubeconfig)))


RIGHTS = {
    "impersonate users alice": True,
    "impersonate groups devs": True,
    "impersonate serviceaccounts bot -n ci": True,
    "impersonate uids.authentication.k8s.io 1": True,
    "impersonate userextras.authentication.k8s.io/authentication.kubernetes.io/credential-id x": True,
    "create tokenreviews.authentication.k8s.io": True,
    "create subjectaccessreviews.authorization.k8s.io": True,
    "get configmaps extension-apiserver-authentication -n kube-system": True,
    "create leases.coordination.k8s.io -n HERE": True,
    "delete leases.coordination.k8s.io x -n HERE": True,
    "get secrets tiller-journal-key -n HERE": True,
    "get configmaps charthouse-tiller-ca -n HERE": True,  # everybody may
    # and nothing more
    "impersonate userextras.authentication.k8s.io/example.org/team x": False,
    "get secrets tiller-secret -n HERE": False,
    "list secrets -n HERE": False,
    "create secrets -n HERE": False,
    "update secrets tiller-journal-key -n HERE": False,
    "get configmaps other -n HERE": False,
    "list configmaps -n HERE": False,
    "update configmaps charthouse-tiller-ca -n HERE": False,
    "list pods -n HERE": False,
    "create pods -n HERE": False,
    "update deployments.apps tiller-deploy -n HERE": False,
    "create leases.coordination.k8s.io -n default": False,
    "get configmaps other -n kube-system": False,
    "list secrets -n default": False,
    "list namespaces": False,
    "get nodes n0": False,
    "create serviceaccounts/token tiller -n HERE": False,
    "bind clusterroles.rbac.authorization.k8s.io cluster-admin": False,
    "escalate clusterroles.rbac.authorization.k8s.io x": False,
    "update clusterroles.rbac.authorization.k8s.io charthouse-tiller-HERE": False,
    "create clusterrolebindings.rbac.authorization.k8s.io": False,
    "create rolebindings.rbac.authorization.k8s.io -n HERE": False,
    "approve certificatesigningrequests.certificates.k8s.io x": False,
    "create localsubjectaccessreviews.authorization.k8s.io -n HERE": False,
    "* *": False,
}


def review(question: str, here: str) -> dict[str, Any]:
    """A SelfSubjectAccessReview of `VERB RESOURCE[.GROUP][/SUBRESOURCE] [NAME] [-n NAMESPACE]`."""
    words, _, where = question.replace("HERE", here).partition(" -n ")
    verb, resource, *name = words.split()
    resource, _, sub = resource.partition("/")
    plural, _, group = resource.partition(".")
    attributes = {
        "verb": verb, "resource": plural, "group": group, "subresource": sub, "namespace": where, "name": "".join(name)
    }  # fmt: skip
    return {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SelfSubjectAccessReview",
        "spec": {"resourceAttributes": {key: value for key, value in attributes.items() if value}},
    }


def test_its_account_may_what_it_needs_and_nothing_else(
    namespace: str, cluster: RunningCluster, kubectl: Tool, tmp_path: Path
) -> None:
    client = client_of(account_kubeconfig(cluster, kubectl, namespace, tmp_path / "kubeconfig"))
    path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"

    def answers() -> dict[str, bool]:
        return {
            question: bool(client.raw("POST", path, review(question, namespace))["status"]["allowed"])
            for question in RIGHTS
        }

    patiently(lambda: answers() == RIGHTS)
    assert answers() == RIGHTS
    with pytest.raises(ApiError) as caught:
        client.raw("GET", f"/api/v1/namespaces/{namespace}/secrets")
    assert caught.value.message == (
        f'secrets is forbidden: User "system:serviceaccount:{namespace}:tiller" cannot list resource "secrets" '
        f'in API group "" in the namespace "{namespace}"'
    )


def test_with_these_rights_and_certificates_it_serves_the_clusters_users(
    namespace: str, cluster: RunningCluster, tool: Callable[..., Tool], kubectl: Tool, tmp_path: Path
) -> None:
    """What a pod is given by the manifests is given to a process here, behind the pods' port."""
    certificates_of(kubectl, namespace, tmp_path)
    rules = {
        namespace: [
            {"apiGroups": [""], "resources": ["pods"], "verbs": ["get", "list"]},
            {"apiGroups": [""], "resources": ["pods/portforward"], "verbs": ["create", "get"]},
        ],
        (place := fresh("alices")): [{"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}],
    }
    kubectl.run("create", "namespace", place)
    alice = {"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": "alice"}
    for where, found in rules.items():
        allow(kubectl, tmp_path, where, alice, "alice", *found)
    asked = ("auth", "can-i", "create", "configmaps", "-n", place, "--as", "alice", "-q")
    assert patiently(lambda: succeeds(kubectl, *asked))
    own = replace(cluster, kubeconfig=account_kubeconfig(cluster, kubectl, namespace, tmp_path / "kubeconfig"))
    users = {"CHARTHOUSE_TILLER": "cluster", "TILLER_NAMESPACE": namespace, "HELM_NAMESPACE": place}
    with running(
        own, namespace=namespace, listen=f"127.0.0.1:{cluster.tunnel}",
        variables={"TILLER_TLS_ENABLE": "1", "TILLER_TLS_CERTS": str(tmp_path)},
    ):  # fmt: skip
        remote = tool("charthouse", HELM_KUBECONTEXT="alice", **users)
        assert "STATUS: deployed" in remote.run("install", "grove", str(CHART)).stdout
        assert [row["name"] for row in remote.json("list")] == ["grove"]
        elsewhere = tool("charthouse", HELM_KUBECONTEXT="alice", **{**users, "HELM_NAMESPACE": "default"})
        refused = elsewhere.run("install", "grove", str(CHART), expect=1).stderr
        assert 'is forbidden: User "alice" cannot' in refused and 'in the namespace "default"' in refused
        remote.run("uninstall", "grove")
    kubectl.run("delete", "role,rolebinding", "alice", "-n", namespace)
    kubectl.run("delete", "namespace", place, "--wait=false")


@pytest.fixture
def removed(charthouse: Tool, kubectl: Tool) -> Iterator[list[str]]:
    """Namespaces of Tillers that go with the test, however it ends: an aggregated API is everybody's."""
    names: list[str] = []
    yield names
    for name in names:
        charthouse.run("reset", "--tiller-namespace", name)
        assert made_for(kubectl, name) == []
        kubectl.run("delete", "namespace", name, "--wait=false")


def test_the_api_server_hands_rest_on_to_it(
    cluster: RunningCluster, charthouse: Tool, kubectl: Tool, removed: list[str], tmp_path: Path
) -> None:
    """As an aggregated API, with the caller's name in headers the API server vouches for.

    On the real cluster the aggregator goes to the pod's own address and port, so the process stands in for a pod in its
    node's network; the embedded one knows what is behind port 44134.
    """
    address_of(cluster)
    name, place = fresh("aggregated"), fresh("viewed")
    real = cluster.name == "real"
    port = free_port() if real else cluster.tunnel
    moved = (
        ("--net-host", "--override", f"spec.template.spec.containers[0].ports[0].containerPort={port}") if real else ()
    )
    for namespace in (name, place):
        kubectl.run("create", "namespace", namespace)
    kubectl.run("create", "rolebinding", "alice", "--clusterrole=view", "--user=alice", "-n", place)
    ns = ("--tiller-namespace", name)
    removed.append(name)
    charthouse.run("init", *ns, "--aggregated-api", "--replicas", "1", "--wait", "--timeout", "180s", *moved)
    own = replace(cluster, kubeconfig=account_kubeconfig(cluster, kubectl, name, tmp_path / "kubeconfig"))
    certificates_of(kubectl, name, tmp_path)
    path = f"/apis/tiller.charthouse.dev/v1/namespaces/{place}/releases"
    tls = {"TILLER_TLS_ENABLE": "1", "TILLER_TLS_CERTS": str(tmp_path)}
    listen = f"0.0.0.0:{port}" if real else f"127.0.0.1:{port}"
    with running(own, namespace=name, listen=listen, variables=tls):
        kubectl.run("wait", "apiservice/v1.tiller.charthouse.dev", "--for=condition=Available", "--timeout=120s")
        assert patiently(lambda: succeeds(kubectl, "get", "--raw", path, "--as", "alice"))
        said = json.loads(kubectl.run("get", "--raw", path, "--as", "alice").stdout)
        assert said == {}
        refused = kubectl.run("get", "--raw", path, "--as", "bob", expect=1).stderr
        assert 'releases.tiller.charthouse.dev is forbidden: User "bob" cannot list resource "releases"' in refused
    kubectl.run("delete", "namespace", place, "--wait=false")


def test_pods_that_do_not_come_up_are_explained(cluster: RunningCluster, charthouse: Tool, removed: list[str]) -> None:
    if cluster.name == "real":
        pytest.skip("its simulated kubelet makes every pod ready")
    name = fresh("stuck")
    ns = ("--tiller-namespace", name)
    stuck = ("--override", "spec.template.metadata.annotations.sim/image-error=yes")
    done = charthouse.run("init", "--create-namespace", "--wait", "--timeout", "5s", *stuck, *ns, expect=1)
    assert done.stdout.endswith("has been installed into your Kubernetes Cluster.\n")
    lines = done.stderr.splitlines()
    assert lines[0] == "Error: tiller was not found. polling deadline exceeded"
    assert "ImagePullBackOff" in done.stderr
    removed.append(name)


CERT_MANAGER = [
    {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{kind.lower()}s.cert-manager.io"},
        "spec": {
            "group": "cert-manager.io",
            "names": {"kind": kind, "plural": f"{kind.lower()}s"},
            "scope": "Namespaced",
            "versions": [
                {
                    "name": "v1", "served": True, "storage": True,
                    "schema": {
                        "openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
                    },
                }
            ],
        },
    }
    for kind in ("Certificate", "Issuer")
]  # fmt: skip


@pytest.fixture
def cert_manager(kubectl: Tool, tmp_path: Path) -> Iterator[None]:
    """Its kinds; what it would do, the test does."""
    path = tmp_path / "kinds.json"
    path.write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": CERT_MANAGER}))
    kubectl.run("create", "-f", str(path))
    kubectl.run("wait", "--for=condition=Established", "--timeout=60s", "-f", str(path))
    yield
    kubectl.run("delete", "-f", str(path))


@pytest.mark.usefixtures("cert_manager")
def test_cert_managers_certificate_is_waited_for_and_published(charthouse: Tool, kubectl: Tool, tmp_path: Path) -> None:
    name = fresh("managed")
    ns = ("--tiller-namespace", name)
    authority = Authority.made(datetime.now(UTC), 2)
    pair = authority.issue(server_hosts(name), datetime.now(UTC), 1)
    command = [*charthouse.command, "init", *ns, "--create-namespace", "--certificates", "cert-manager"]
    out = tmp_path / "out"
    with out.open("w") as file:
        process = subprocess.Popen(
            [*command, "--timeout", "180s"], env=charthouse.environment, stdout=file, stderr=file
        )
    try:
        asked = ("get", "certificate/tiller", "-n", name)
        assert patiently(lambda: process.poll() is not None or succeeds(kubectl, *asked))
        assert process.poll() is None, out.read_text()
        wanted = kubectl.json("get", "certificate", "tiller", "-n", name)["spec"]
        assert wanted["dnsNames"] == list(server_hosts(name))
        meta = {"name": wanted["secretName"], "namespace": name, **wanted["secretTemplate"]}
        data = {"tls.crt": pair.certificate, "tls.key": pair.key, "ca.crt": authority.certificate}
        issued = tmp_path / "issued.json"
        issued.write_text(json.dumps({"apiVersion": "v1", "kind": "Secret", "metadata": meta, "stringData": data}))
        kubectl.run("create", "-f", str(issued))
        assert process.wait(180) == 0, out.read_text()
    finally:
        process.kill()
        process.wait()
    assert f"Creating ConfigMap {name}/charthouse-tiller-ca\n" in out.read_text()
    published = kubectl.json("get", "configmap", "charthouse-tiller-ca", "-n", name)["data"]
    assert published == {"ca.crt": authority.certificate}
    again = charthouse.run("init", "--upgrade", *ns).stdout
    assert "Updating" not in again and "Creating" not in again and "Deleting" not in again
    assert "Deleting Certificate" in charthouse.run("reset", *ns).stdout
    left = kubectl.run("get", "secrets,configmaps,certificates,issuers", "-n", name, "-l", MADE, "-o", "name").stdout
    assert left == ""
    kubectl.run("delete", "namespace", name, "--wait=false")


def test_helm_2s_tiller_is_replaced_and_can_be_removed(charthouse: Tool, kubectl: Tool, tmp_path: Path) -> None:
    name = fresh("old")
    kubectl.run("create", "namespace", name)
    helm2 = Tool("helm2", [str(peer("helm2"))], {**kubectl.environment, "HELM_HOME": str(tmp_path / "helm2")})
    flags = ("--history-max", "5", "--node-selectors", "kubernetes.io/os=linux", "--service-account", "keeper")
    path = tmp_path / "old.yaml"
    path.write_text(helm2.run("init", "-o", "yaml", "--tiller-namespace", name, *flags).stdout)
    kubectl.run("create", "serviceaccount", "keeper", "-n", name)
    kubectl.run("create", "rolebinding", "keeper", "--clusterrole=admin", f"--serviceaccount={name}:keeper", "-n", name)
    kubectl.run("create", "-f", str(path))
    ns = ("--tiller-namespace", name)
    assert "its image is ghcr.io/helm/tiller:v2.17.0" in charthouse.run("init", *ns).stderr
    refused = charthouse.run("reset", *ns, expect=1).stderr
    assert refused.startswith(f"Error: Tiller in namespace {name} exists and was not made by `charthouse init`\n")

    upgraded = charthouse.run(
        "init", "--upgrade", "--wait", "--timeout", "180s", "-i", IMAGE, "--service-account", "keeper", *ns
    )
    assert f"Replacing Deployment {name}/tiller-deploy\n" in upgraded.stdout
    assert f"hint: RoleBinding {name}/keeper (admin) gives Tiller rights of its own" in upgraded.stderr
    live = json.loads(
        kubectl.run("get", "deployment", "tiller-deploy", "-n", name, "-o", "json", "--show-managed-fields").stdout
    )
    pod = live["spec"]["template"]["spec"]
    assert (pod["containers"][0]["image"], pod["serviceAccountName"]) == (IMAGE, "keeper")
    assert pod["nodeSelector"] == {"kubernetes.io/os": "linux"}
    environment = {entry["name"]: entry.get("value") for entry in pod["containers"][0]["env"]}
    assert environment["TILLER_HISTORY_MAX"] == "5"
    writers = [entry["manager"] for entry in live["metadata"]["managedFields"] if "f:spec" in entry["fieldsV1"]]
    assert writers == ["charthouse-init"]
    charthouse.run("init", "--upgrade", "--node-selectors", "", *ns)
    again = kubectl.json("get", "deployment", "tiller-deploy", "-n", name)
    assert "nodeSelector" not in again["spec"]["template"]["spec"]
    charthouse.run("reset", *ns)
    assert made_for(kubectl, name) == []
    assert kubectl.run("get", "serviceaccount", "keeper", "-n", name, "-o", "name").stdout.strip()
    kubectl.run("delete", "namespace", name, "--wait=false")


def test_our_chart_is_a_chart_like_any(charthouse: Tool, helm4: Tool, kubectl: Tool) -> None:
    """Installed by us, read and upgraded by Helm; what was made at random stays."""
    name = fresh("chart")
    ns = ("-n", name)
    flags = ("--create-namespace", "--wait", "--timeout", "180s")
    charthouse.run("install", "tiller", str(CHART_OF_OURS), *ns, *flags)

    def secrets() -> dict[str, Any]:
        items = kubectl.json("get", "secrets", *ns, "-l", "app=helm")["items"]
        return {one["metadata"]["name"]: one["data"] for one in items}

    before = secrets()
    assert set(before) == {"tiller-secret", "tiller-journal-key"}
    assert len(base64.b64decode(before["tiller-journal-key"]["key"])) == 32
    helm4.run("upgrade", "tiller", str(CHART_OF_OURS), *ns, "--set", "replicas=1", "--wait=legacy", "--timeout", "180s")
    assert secrets() == before
    assert helm4.json("status", "tiller", *ns)["version"] == 2
    refused = charthouse.run("init", "--upgrade", "--tiller-namespace", name, expect=1).stderr
    assert 'exists and belongs to the release "tiller"' in refused
    charthouse.run("uninstall", "tiller", *ns)
    kubectl.run("delete", "namespace", name, "--wait=false")
