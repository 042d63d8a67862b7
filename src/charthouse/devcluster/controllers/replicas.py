"""ReplicaSets, and what all workloads need: pods made of templates, readiness, percentages.

Rules: pkg/controller/replicaset of k8s.io/kubernetes v1.37.2. The hash of a template is ours (any stable one will do).
"""

from __future__ import annotations

import json

from charthouse.devcluster.controllers.loop import Controller, owner_key, reference, same_key
from charthouse.devcluster.objects import Options
from charthouse.devcluster.preparation import SUFFIX
from charthouse.devcluster.store import copy_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from charthouse.devcluster.controllers.loop import Route

    Object = dict[str, Any]
    Key = tuple[str, str]

__all__ = ["ReplicaSets", "is_ready", "pod_of", "portion", "template_hash"]

SETS, PODS = "replicasets.apps", "pods"


def template_hash(template: Object) -> str:
    """Ten letters that stand for a pod template."""
    number = 0xCBF29CE484222325
    for byte in json.dumps(template, sort_keys=True).encode():
        number = ((number ^ byte) * 0x100000001B3) & (1 << 64) - 1
    return "".join(SUFFIX[number // len(SUFFIX) ** i % len(SUFFIX)] for i in range(10))


def is_ready(pod: Object) -> bool:
    return any(
        c["type"] == "Ready" and c["status"] == "True" for c in (pod.get("status") or {}).get("conditions") or ()
    )


def is_active(pod: Object) -> bool:
    phase = (pod.get("status") or {}).get("phase")
    return phase not in ("Succeeded", "Failed") and not pod["metadata"].get("deletionTimestamp")


def portion(value: Any, total: int, *, up: bool) -> int:
    """An int or a percentage of `total`."""
    if isinstance(value, str) and value.endswith("%"):
        scaled = int(value[:-1]) * total
        return -(-scaled // 100) if up else scaled // 100
    return int(value or 0)


def pod_of(template: Object, owner: Object, *, name: str = "", labels: Object | None = None) -> Object:
    """A pod made of a template."""
    meta = copy_json(template.get("metadata") or {})
    meta["labels"] = {**(meta.get("labels") or {}), **(labels or {})}
    if name:
        meta["name"] = name
    else:
        meta["generateName"] = owner["metadata"]["name"] + "-"
    meta["ownerReferences"] = [reference(owner)]
    return {"apiVersion": "v1", "kind": "Pod", "metadata": meta, "spec": copy_json(template["spec"])}


class ReplicaSets(Controller):
    """Keeps as many pods as a ReplicaSet (or ReplicationController) wants."""

    def __init__(self, *args: Any, table: str = SETS) -> None:
        super().__init__(*args)
        self.table = table

    def routes(self) -> dict[str, Route]:
        kind = "ReplicaSet" if self.table == SETS else "ReplicationController"
        return {self.table: same_key, PODS: owner_key(kind)}

    def reconcile(self, key: Key) -> None:
        owner = self.get(self.table, key)
        if owner is None:
            return
        pods = [p for p in self.owned(PODS, owner) if is_active(p)]
        wanted = owner["spec"].get("replicas", 1)
        if not owner["metadata"].get("deletionTimestamp"):
            if len(pods) < wanted:
                self._create(owner, wanted - len(pods))
            elif len(pods) > wanted:
                self._delete(owner, pods, len(pods) - wanted)
        self._status(owner, key)

    def _create(self, owner: Object, count: int) -> None:
        template, namespace = owner["spec"]["template"], owner["metadata"]["namespace"]
        for _ in range(count):
            made = self.objects.create(self.kind(PODS), namespace, pod_of(template, owner), Options(self.name))
            self.event(
                owner, "SuccessfulCreate", f"Created pod: {made['metadata']['name']}", source="replicaset-controller"
            )

    def _delete(self, owner: Object, pods: list[Object], count: int) -> None:
        ordered = sorted(pods, key=lambda p: (is_ready(p), p["metadata"]["creationTimestamp"]))
        # not ready first, then the youngest
        doomed = [p for p in ordered if not is_ready(p)] + [p for p in reversed(ordered) if is_ready(p)]
        for pod in doomed[:count]:
            name = pod["metadata"]["name"]
            self.objects.delete(self.kind(PODS), owner["metadata"]["namespace"], name, {}, Options(self.name))
            self.event(owner, "SuccessfulDelete", f"Deleted pod: {name}", source="replicaset-controller")

    def _status(self, owner: Object, key: Key) -> None:
        pods = [p for p in self.owned(PODS, owner) if is_active(p)]
        ready = sum(map(is_ready, pods))
        status: Object = {"replicas": len(pods)}
        if pods:
            status["fullyLabeledReplicas"] = len(pods)
        if ready:
            status["readyReplicas"] = status["availableReplicas"] = ready
        status["terminatingReplicas"] = 0
        status["observedGeneration"] = owner["metadata"].get("generation", 1)
        self.status(self.table, key, status)
