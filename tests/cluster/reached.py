"""A Tiller of ours behind the API server, as `charthouse init` leaves one: certificate, published CA, pod, service.

The process is this machine's; the pod's port leads to it (``RunningCluster.tunnel``). Its users are certificates and
service accounts with no more rights than they need.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml

from charthouse.tiller.installation.authority import Authority, server_hosts
from tests.cluster.conftest import RunningCluster
from tests.cluster.identities import client_certificate
from tests.cluster.interop import Tool
from tests.cluster.serving import Served, running

__all__ = ["Place", "allow", "placed", "tiller_pod", "user_kubeconfig"]


@dataclass
class Place:
    """namespace: Tiller's; ca: file with the CA of its certificate; served: the process."""

    namespace: str
    ca: Path
    served: Served


@contextlib.contextmanager
def placed(
    cluster: RunningCluster, kubectl: Tool, folder: Path, namespace: str, *flags: str, port: int = 0
) -> Iterator[Place]:
    """A Tiller while the block runs. port: where it listens, on every address; 0: where the tunnel leads."""
    kubectl.run("create", "namespace", namespace)
    kubectl.run("wait", "serviceaccount/default", "--for=create", "-n", namespace, "--timeout=60s")
    now = datetime.now(UTC)
    authority = Authority.made(now, 1)
    pair = authority.issue([*server_hosts(namespace), "localhost"], now, 1)
    for name, text in (("ca.crt", authority.certificate), ("tls.crt", pair.certificate), ("tls.key", pair.key)):
        (folder / name).write_text(text)
    apply(kubectl, folder, *_objects(namespace, authority.certificate, port))
    listen = f"0.0.0.0:{port}" if port else f"127.0.0.1:{cluster.tunnel}"
    tls = ("--tls", "--tls-cert", str(folder / "tls.crt"), "--tls-key", str(folder / "tls.key"))
    try:
        with running(cluster, *tls, *flags, namespace=namespace, listen=listen) as served:
            kubectl.run("wait", "pod/tiller-0", "--for=condition=Ready", "-n", namespace, "--timeout=90s")
            yield Place(namespace, folder / "ca.crt", served)
    finally:
        kubectl.run("delete", "namespace", namespace, "--wait=false")


def tiller_pod(kubectl: Tool, folder: Path, namespace: str) -> None:
    """A ready pod as Helm 2's client looks for, its port 44134 where the tunnel leads, and nothing else."""
    apply(kubectl, folder, _objects(namespace, "", 0)[0])
    kubectl.run("wait", "pod/tiller-0", "--for=condition=Ready", "-n", namespace, "--timeout=90s")


def _objects(namespace: str, ca: str, port: int) -> list[Any]:
    labels = {"app": "helm", "name": "tiller"}
    inner = port or 44134
    container = {"name": "tiller", "image": "example.org/tiller:1", "ports": [{"containerPort": inner}]}
    annotations = {f"sim/port.{port}": str(port)} if port else {}
    meta = {"namespace": namespace}
    role = {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "charthouse-tiller-ca"}
    everybody = {"apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": "system:authenticated"}
    rule = {"apiGroups": [""], "resources": ["configmaps"], "resourceNames": ["charthouse-tiller-ca"], "verbs": ["get"]}
    return [
        {
            "apiVersion": "v1", "kind": "Pod",
            "metadata": {**meta, "name": "tiller-0", "labels": labels, "annotations": annotations},
            "spec": {"hostNetwork": True, "containers": [container]},
        },
        {
            "apiVersion": "v1", "kind": "Service", "metadata": {**meta, "name": "tiller-deploy", "labels": labels},
            "spec": {"selector": labels, "ports": [{"name": "tiller", "port": 44134, "targetPort": inner}]},
        },
        {
            "apiVersion": "v1", "kind": "ConfigMap", "metadata": {**meta, "name": "charthouse-tiller-ca"},
            "data": {"ca.crt": ca},
        },
        {
            "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role",
            "metadata": {**meta, "name": "charthouse-tiller-ca"}, "rules": [rule],
        },
        {
            "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding",
            "metadata": {**meta, "name": "charthouse-tiller-ca"}, "roleRef": role, "subjects": [everybody],
        },
    ]  # fmt: skip


def apply(kubectl: Tool, folder: Path, *objects: Any) -> None:
    path = folder / "objects.json"
    path.write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": list(objects)}))
    kubectl.run("apply", "-f", str(path))


def allow(kubectl: Tool, folder: Path, namespace: str, subject: dict[str, str], name: str, *rules: Any) -> None:
    """Give a user these rules in a namespace."""
    group = "rbac.authorization.k8s.io"
    meta = {"name": name, "namespace": namespace}
    role = {"apiVersion": f"{group}/v1", "kind": "Role", "metadata": meta, "rules": list(rules)}
    binding = {
        "apiVersion": f"{group}/v1", "kind": "RoleBinding", "metadata": meta, "subjects": [subject],
        "roleRef": {"apiGroup": group, "kind": "Role", "name": name},
    }  # fmt: skip
    apply(kubectl, folder, role, binding)


def user_kubeconfig(cluster: RunningCluster, folder: Path, name: str, *, token: str = "") -> Path:
    """A kubeconfig whose only user is `name`: by a certificate of the cluster's client CA, or by a token."""
    config = yaml.safe_load(cluster.kubeconfig.read_text())
    user: dict[str, Any] = {"token": token}
    if not token:
        pair = client_certificate(cluster.folder, "ca", folder, name)
        user = {"client-certificate": str(pair), "client-key": str(pair)}
    found = {
        "apiVersion": "v1", "kind": "Config", "current-context": "only",
        "clusters": [{"name": "only", "cluster": config["clusters"][0]["cluster"]}],
        "users": [{"name": "only", "user": user}],
        "contexts": [{"name": "only", "context": {"cluster": "only", "user": "only"}}],
    }  # fmt: skip
    path = folder / f"{name}.kubeconfig"
    path.write_text(yaml.safe_dump(found))
    path.chmod(0o600)
    return path
