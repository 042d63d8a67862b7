"""What happens in one namespace and what comes of it: the courses of the tests that kill.

A snapshot has everything that must be the same after two equal courses: objects (what the server or chance chose taken
out), revisions with their states and texts, and how each hook of the last one ended.
"""

from __future__ import annotations

import json
import re
import secrets
import threading
from pathlib import Path
from typing import Any

import charthouse
from charthouse.k8s.objects import ObjectRef, ResourceType
from charthouse.k8s.ports import ApiError
from charthouse.kube.cluster import Cluster
from charthouse.kube.connect import ConnectConfig, connect
from charthouse.releases.errors import NotFound

__all__ = ["CHART", "COURSES", "UNDONE", "Ground", "Snapshot", "grant", "sample"]

CHART = str(Path(__file__).parent / "charts" / "lantern")
# What is there before the verb, as (verb, value of `kind`), and the value the verb brings.
COURSES: dict[str, tuple[list[tuple[str, str]], str]] = {
    "install": ([], "oil"),
    "upgrade": ([("install", "oil")], "gas"),
    "rollback": ([("install", "oil"), ("upgrade", "gas")], "oil"),
    "uninstall": ([("install", "oil")], "oil"),
}
# Verbs that fail (the API server refuses the name of an object) and are asked to undo what they did.
UNDONE: dict[str, tuple[list[tuple[str, str]], str]] = {
    "install-undone": ([], "BAD"),
    "upgrade-undone": ([("install", "oil")], "BAD"),
}
KINDS = (
    ResourceType("v1", "ConfigMap", "configmaps", True),
    ResourceType("v1", "Secret", "secrets", True),
    ResourceType("v1", "Service", "services", True),
    ResourceType("apps/v1", "Deployment", "deployments", True),
    ResourceType("batch/v1", "Job", "jobs", True),
    ResourceType("coordination.k8s.io/v1", "Lease", "leases", True),
)
BINDING = ResourceType("rbac.authorization.k8s.io/v1", "ClusterRoleBinding", "clusterrolebindings", False)
NAMESPACE = ResourceType("v1", "Namespace", "namespaces", False)
UID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")

Snapshot = dict[str, str]


def sample(moments: int, wanted: int) -> list[int]:
    """So many of the moments, evenly spread, first and last among them; all when there are no more than that."""
    if wanted >= moments:
        return list(range(moments))
    return sorted({round(number * (moments - 1) / (wanted - 1)) for number in range(wanted)})


class Ground:
    """Namespaces of one cluster, worked on as its admin with one set of connections."""

    def __init__(self, kubeconfig: str, environ: dict[str, str], driver: str = "configmap") -> None:
        self.kubeconfig = kubeconfig
        self.driver = driver
        self.client = connect(ConnectConfig(environ={**environ, "KUBECONFIG": kubeconfig}))
        self.cluster = Cluster(self.client)
        self._mutex = threading.Lock()
        self._names: set[str] = set()

    def namespace(self, name: str) -> str:
        """A new one, which nobody has used."""
        with self._mutex:
            made = f"{name}-{secrets.token_hex(3)}"
            self._names.add(made)
        body = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": made}}
        self.client.create(ObjectRef(NAMESPACE, "", made), body)
        return made

    def end(self, namespace: str) -> None:
        self.client.delete(ObjectRef(NAMESPACE, "", namespace))

    def direct(self, namespace: str) -> charthouse.Client:
        return charthouse.Client(cluster=self.cluster, namespace=namespace, driver=self.driver)

    def before(self, namespace: str, course: str) -> None:
        """What is there before a course."""
        client = self.direct(namespace)
        for step, kind in (COURSES.get(course) or UNDONE[course])[0]:
            perform = client.install if step == "install" else client.upgrade
            perform("r", CHART, {"kind": kind}, wait="watcher", timeout=120.0)

    def snapshot(self, namespace: str) -> Snapshot:
        found: Snapshot = {}
        for kind in KINDS:
            for item in self.client.list(kind, namespace):
                name = item["metadata"]["name"]
                if not name.startswith("sh.helm.") and name != "kube-root-ca.crt":
                    found[f"{kind.kind}/{name}"] = _kept(item, namespace)
        for release in self.history(namespace):
            info = release.info
            hooks = [f"{hook.name} {hook.last_run.phase}" for hook in release.hooks if hook.last_run.started]
            text = f"{info.status}: {info.description} {sorted(hooks)}"
            found[f"revision {release.version}"] = text.replace(namespace, "<ns>")
        return found

    def history(self, namespace: str) -> list[Any]:
        """All revisions, none when there is no release."""
        try:
            return self.direct(namespace).history("r")
        except (NotFound, ApiError):
            return []


def _kept(item: dict[str, Any], namespace: str) -> str:
    metadata = item["metadata"]
    notes = {key: value for key, value in metadata.get("annotations", {}).items() if "deployment" not in key}
    spec = {key: value for key, value in (item.get("spec") or {}).items() if "clusterIP" not in key}
    text = json.dumps([metadata.get("labels"), notes, item.get("data"), spec], sort_keys=True)
    return UID.sub("<uid>", text.replace(namespace, "<ns>"))


def grant(ground: Ground, user: str) -> ObjectRef:
    """Let a user do everything; returns what says so."""
    name = f"{user}-{secrets.token_hex(3)}"
    body = {
        "apiVersion": BINDING.api_version,
        "kind": BINDING.kind,
        "metadata": {"name": name},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin"},
        "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": user}],
    }
    ref = ObjectRef(BINDING, "", name)
    ground.client.create(ref, body)
    return ref
