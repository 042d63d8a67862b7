"""What happens to an object between decoding and validation: fields the server owns, and mutating admission.

Rules: the ``PrepareForCreate`` and ``PrepareForUpdate`` strategies of pkg/registry and the default admission plugins
(ServiceAccount, Priority, DefaultTolerationSeconds, StorageObjectInUseProtection) of k8s.io/kubernetes v1.37.2.
"""

from __future__ import annotations

import random

from charthouse.devcluster.store import copy_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from charthouse.devcluster.resources import Kind

    Object = dict[str, Any]

__all__ = ["has_generation", "has_status", "pod_status", "prepare_create", "prepare_update", "random_suffix"]

GENERATION_GROUPS = {
    "apps",
    "batch",
    "networking.k8s.io",
    "policy",
    "autoscaling",
    "admissionregistration.k8s.io",
    "scheduling.k8s.io",
    "discovery.k8s.io",
    "apiextensions.k8s.io",
    "flowcontrol.apiserver.k8s.io",
    "resource.k8s.io",
    "storagemigration.k8s.io",
}
GENERATION_KINDS = {"Pod", "PodTemplate", "ReplicationController"}
SUFFIX = "bcdfghjklmnpqrstvwxz2456789"
TOLERATIONS = [
    {"key": f"node.kubernetes.io/{key}", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300}
    for key in ("not-ready", "unreachable")
]


NEVER_COUNTED = ("PriorityClass",)  # its generation is set once (pkg/registry/scheduling/priorityclass/strategy.go)


def random_suffix(length: int = 5) -> str:
    """The random end of a generated name, in Kubernetes' alphabet."""
    return "".join(random.choice(SUFFIX) for _ in range(length))


def has_generation(kind: Kind) -> bool:
    """True when objects of the kind count generations."""
    if kind.custom is not None:
        return True
    if kind.group == "":
        return kind.kind in GENERATION_KINDS
    return kind.group in GENERATION_GROUPS and kind.kind != "ControllerRevision"


def has_status(kind: Kind) -> bool:
    """True when status is written through its own endpoint only."""
    return "status" in kind.subresources


def prepare_create(kind: Kind, obj: Object, zero: Object) -> None:
    """In place: the status a new object has, its generation, and what the kind's strategy adds."""
    if has_status(kind):
        if kind.custom is not None:
            obj.pop("status", None)
        elif "status" in zero:
            obj["status"] = copy_json(zero["status"])
    if has_generation(kind):
        obj["metadata"]["generation"] = 1
    rule = CREATE.get((kind.group, kind.kind))
    if rule is not None:
        rule(obj)


def prepare_update(kind: Kind, old: Object, new: Object) -> None:
    """In place: status kept, generation counted when anything but metadata and status changed."""
    if has_status(kind):
        if "status" in old:
            new["status"] = old["status"]
        else:
            new.pop("status", None)
    rule = UPDATE.get((kind.group, kind.kind))
    if rule is not None:
        rule(old, new)
    if has_generation(kind):
        generation = old["metadata"].get("generation", 1)
        if _content(new) != _content(old) and kind.kind not in NEVER_COUNTED:
            generation += 1
        new["metadata"]["generation"] = generation


def _content(obj: Object) -> Object:
    return {k: v for k, v in obj.items() if k not in ("metadata", "status", "apiVersion", "kind")}


# pods ----------------------------------------------------------------------------------------------------------------


def pod_status(spec: Object) -> str:
    """The quality of service class of a pod."""
    every = [*(spec.get("initContainers") or ()), *(spec.get("containers") or ())]
    asked = [(c.get("resources") or {}) for c in every]
    if not any((r.get("limits") or r.get("requests")) for r in asked):
        return "BestEffort"
    for resources in asked:
        limits, requests = resources.get("limits") or {}, resources.get("requests") or {}
        if any(name not in limits or requests.get(name, limits[name]) != limits[name] for name in ("cpu", "memory")):
            return "Burstable"
    return "Guaranteed"


def _pod(obj: Object) -> None:
    spec = obj["spec"]
    obj["status"] = {"phase": "Pending", "qosClass": pod_status(spec)}
    if not spec.get("serviceAccountName"):
        spec["serviceAccountName"] = spec["serviceAccount"] = "default"
    if spec.get("automountServiceAccountToken") is not False:
        _mount_token(spec)
    if spec.get("priority") is None:
        spec["priority"] = 0
    spec.setdefault("preemptionPolicy", "PreemptLowerPriority")
    tolerations = list(spec.get("tolerations") or ())
    for toleration in TOLERATIONS:
        if not any(_tolerates(t, toleration["key"]) for t in tolerations):
            tolerations.append(dict(toleration))
    spec["tolerations"] = tolerations


def _tolerates(toleration: Object, key: Any) -> bool:
    return toleration.get("key", "") in ("", key) and toleration.get("effect", "") in ("", "NoExecute")


def _mount_token(spec: Object) -> None:
    path = "/var/run/secrets/kubernetes.io/serviceaccount"
    name = "kube-api-access-" + random_suffix()
    used = False
    for containers in ("initContainers", "containers"):
        for container in spec.get(containers) or ():
            mounts = container.get("volumeMounts") or []
            if any(m.get("mountPath") == path for m in mounts):
                continue
            container["volumeMounts"] = [*mounts, {"name": name, "readOnly": True, "mountPath": path}]
            used = True
    if not used:
        return
    field = {"path": "namespace", "fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.namespace"}}
    sources = [
        {"serviceAccountToken": {"expirationSeconds": 3607, "path": "token"}},
        {"configMap": {"name": "kube-root-ca.crt", "items": [{"key": "ca.crt", "path": "ca.crt"}]}},
        {"downwardAPI": {"items": [field]}},
    ]
    volume = {"name": name, "projected": {"sources": sources, "defaultMode": 420}}
    spec["volumes"] = [*(spec.get("volumes") or ()), volume]


# workloads -----------------------------------------------------------------------------------------------------------

TEMPLATE_GENERATION = "deprecated.daemonset.template.generation"


def _daemon_set(obj: Object) -> None:
    annotations = obj["metadata"].get("annotations") or {}
    obj["metadata"]["annotations"] = {**annotations, TEMPLATE_GENERATION: "1"}


def _daemon_set_update(old: Object, new: Object) -> None:
    count = int((old["metadata"].get("annotations") or {}).get(TEMPLATE_GENERATION, "1"))
    if old["spec"]["template"] != new["spec"]["template"]:
        count += 1
    new["metadata"]["annotations"] = {**(new["metadata"].get("annotations") or {}), TEMPLATE_GENERATION: str(count)}


def _job(obj: Object) -> None:
    meta, spec = obj["metadata"], obj["spec"]
    if spec.get("manualSelector"):
        return
    uid, name = meta["uid"], meta["name"]
    labels = {"batch.kubernetes.io/controller-uid": uid, "batch.kubernetes.io/job-name": name}
    legacy = {"controller-uid": uid, "job-name": name}
    template = spec["template"].setdefault("metadata", {})
    template["labels"] = {**(template.get("labels") or {}), **labels, **legacy}
    meta["labels"] = {**(meta.get("labels") or {}), **labels, **legacy}
    chosen = spec.get("selector") or {}
    matching = {**(chosen.get("matchLabels") or {}), "batch.kubernetes.io/controller-uid": uid}
    spec["selector"] = {**chosen, "matchLabels": matching}


# the rest ------------------------------------------------------------------------------------------------------------


def _namespace(obj: Object) -> None:
    obj["spec"] = {**(obj.get("spec") or {}), "finalizers": ["kubernetes"]}
    obj["status"] = {"phase": "Active"}


def _namespace_update(old: Object, new: Object) -> None:
    new["spec"] = old["spec"]


def _finalizer(name: str) -> Callable[[Object], None]:
    def add(obj: Object) -> None:
        have = obj["metadata"].get("finalizers") or []
        obj["metadata"]["finalizers"] = have if name in have else [*have, name]
        obj["status"] = {"phase": "Pending"}
        if obj["kind"] == "PersistentVolume":
            obj["status"]["lastPhaseTransitionTime"] = obj["metadata"]["creationTimestamp"]

    return add


def _crd(obj: Object) -> None:
    stored = [v["name"] for v in obj["spec"].get("versions") or () if v.get("storage")]
    obj["status"] = {"conditions": None, "acceptedNames": {"plural": "", "kind": ""}, "storedVersions": stored}


def _secret_update(old: Object, new: Object) -> None:
    if not new.get("type"):
        new["type"] = old.get("type", "Opaque")


CREATE: dict[tuple[str, str], Callable[[Object], None]] = {
    ("", "Pod"): _pod,
    ("", "Namespace"): _namespace,
    ("", "PersistentVolumeClaim"): _finalizer("kubernetes.io/pvc-protection"),
    ("", "PersistentVolume"): _finalizer("kubernetes.io/pv-protection"),
    ("apps", "DaemonSet"): _daemon_set,
    ("batch", "Job"): _job,
    ("apiextensions.k8s.io", "CustomResourceDefinition"): _crd,
}
UPDATE: dict[tuple[str, str], Callable[[Object, Object], None]] = {
    ("", "Namespace"): _namespace_update,
    ("", "Secret"): _secret_update,
    ("apps", "DaemonSet"): _daemon_set_update,
}
