"""What a cluster has before anybody uses it: namespaces, a node, roles, the `kubernetes` service."""

from __future__ import annotations

from charthouse.devcluster import simulation
from charthouse.devcluster.default_roles import recorded_roles, short_roles
from charthouse.devcluster.objects import Options

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from charthouse.devcluster.objects import Objects
    from charthouse.devcluster.pki import Pki

    Object = dict[str, Any]

__all__ = ["furnish"]

PLURALS = {
    "Role": "roles", "RoleBinding": "rolebindings", "ClusterRole": "clusterroles",
    "ClusterRoleBinding": "clusterrolebindings",
}  # fmt: skip
NAMESPACES = ("default", "kube-node-lease", "kube-public", "kube-system")


def furnish(objects: Objects, *, pki: Pki | None = None) -> None:
    """Create what is missing; objects that exist (from a data file) are left as they are.

    pki: its CAs are published, and every default role of a kube-apiserver is there; without it, a short list of roles.
    """
    for name in NAMESPACES:
        _ensure(objects, "", "v1", "namespaces", "", {"kind": "Namespace", "metadata": {"name": name}})
    if pki is not None:
        body: Object = {
            "kind": "ConfigMap",
            "metadata": {"name": "extension-apiserver-authentication"},
            "data": pki.config_map(),
        }
        _ensure(objects, "", "v1", "configmaps", "kube-system", body)
    for body in short_roles() if pki is None else recorded_roles():
        plural = PLURALS[body["kind"]]
        _ensure(objects, "rbac.authorization.k8s.io", "v1", plural, body["metadata"].get("namespace", ""), body)
    for name, value in (("system-cluster-critical", 2000000000), ("system-node-critical", 2000001000)):
        _ensure(objects, "scheduling.k8s.io", "v1", "priorityclasses", "",
                {"kind": "PriorityClass", "metadata": {"name": name}, "value": value})  # fmt: skip
    _node(objects)
    labels = {"component": "apiserver", "provider": "kubernetes"}
    port = {"name": "https", "port": 443, "targetPort": 6443}
    _ensure(objects, "", "v1", "services", "default",
            {"kind": "Service", "metadata": {"name": "kubernetes", "labels": labels},
             "spec": {"clusterIP": "10.96.0.1", "ports": [port]}})  # fmt: skip


def _ensure(objects: Objects, group: str, version: str, plural: str, namespace: str, body: Object) -> None:
    kind = objects.resources.by_path[group, version, plural]
    if objects.store.get(kind.table, (namespace, body["metadata"]["name"])) is None:
        body = {"apiVersion": kind.api_version, **body}
        objects.create(kind, namespace, body, Options("kube-apiserver"))


def _node(objects: Objects) -> None:
    name = simulation.NODE
    if objects.store.get("nodes", ("", name)) is not None:
        return
    _ensure(
        objects,
        "",
        "v1",
        "nodes",
        "",
        {"kind": "Node", "metadata": {"name": name, "labels": dict(simulation.NODE_LABELS)}},
    )
    now = objects.clock.now()
    ready = {"type": "Ready", "status": "True", "reason": "KubeletReady", "message": "kubelet is posting ready status",
             "lastHeartbeatTime": now, "lastTransitionTime": now}  # fmt: skip
    info = {
        "kubeletVersion": "v1.37.2", "osImage": "charthouse dev cluster", "kernelVersion": "simulated",
        "containerRuntimeVersion": "sim://1", "architecture": "amd64", "operatingSystem": "linux",
        "machineID": "", "systemUUID": "", "bootID": "", "kubeProxyVersion": "",
    }  # fmt: skip
    room = {"cpu": "64", "memory": "256Gi", "pods": "10k"}
    addresses = [{"type": "InternalIP", "address": "10.0.0.1"}, {"type": "Hostname", "address": name}]

    def change(node: Object) -> None:
        node["status"] = {
            "conditions": [ready],
            "nodeInfo": info,
            "capacity": room,
            "allocatable": room,
            "addresses": addresses,
        }

    kind = objects.resources.by_path["", "v1", "nodes"]
    objects.write(kind, "", name, change, manager="kubelet", subresource="status")
