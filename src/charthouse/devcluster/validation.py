"""What the API server refuses in the specs of built-in kinds, and what it does not let change.

Rules: pkg/apis/{core,apps,batch,networking,rbac,…}/validation/validation.go of k8s.io/kubernetes v1.37.2, for the
mistakes charts make; rarer ones pass. Enumerations are checked by the field tables for every kind.
"""

from __future__ import annotations

from charthouse.devcluster import pod_warnings, validation_pods, validation_update
from charthouse.devcluster.failures import Cause
from charthouse.devcluster.names import check_labels, dns_label, quoted
from charthouse.devcluster.validation_pods import invalid_value, required
from charthouse.devcluster.validation_policies import (
    autoscaler,
    binding,
    budget,
    claim,
    crd,
    ingress,
    role,
    unsupported,
)
from charthouse.k8s import tables

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from charthouse.devcluster.resources import Kind

    Object = dict[str, Any]

__all__ = ["check", "check_update", "warnings_for"]

TEMPLATED = ("Deployment", "ReplicaSet", "StatefulSet", "DaemonSet", "Job", "ReplicationController")
MAX_DATA = 1024 * 1024
check_update = validation_update.check_update


def check(kind: Kind, obj: Object) -> list[Cause]:
    """Findings about a new or changed object of a built-in kind."""
    causes: list[Cause] = []
    rule = RULES.get((kind.group, kind.kind))
    if rule is not None:
        causes = rule(obj)
    known = [c.field for c in causes]
    return causes + [c for c in _check_enums(obj, kind.type_name, "") if not any(_within(c.field, k) for k in known)]


def _within(path: str, parent: str) -> bool:
    return path == parent or path.startswith(parent + ".")


def _check_enums(value: Any, type_name: str, path: str) -> list[Cause]:
    causes: list[Cause] = []
    for name, field in (tables.fields(type_name) or {}).items():
        item = value.get(name) if isinstance(value, dict) else None
        if item is None:
            continue
        below = f"{path}.{name}" if path else name
        if field.enum and isinstance(item, str) and item not in field.enum and item:
            causes.append(unsupported(below, item, field.enum))
        elif field.type[0] == "[" and isinstance(item, list):
            for index, entry in enumerate(item):
                causes += _check_enums(entry, field.element, f"{below}[{index}]")
        elif isinstance(item, dict) and field.type[0] != "{":
            causes += _check_enums(item, field.type, below)
    return causes


def warnings_for(kind: Kind, obj: Object) -> list[str]:
    """Warnings the server gives on creation, and on updates that change the spec."""
    if kind.custom is None and kind.group in ("", "apps", "batch"):
        if kind.kind == "Pod":
            return pod_warnings.of_pod(obj)
        if kind.kind == "CronJob":
            template = ((obj["spec"].get("jobTemplate") or {}).get("spec") or {}).get("template") or {}
            return pod_warnings.of_template(template, "spec.jobTemplate.spec.template")
        if kind.kind in TEMPLATED:
            return pod_warnings.of_template(obj["spec"].get("template") or {}, "spec.template")
    if (kind.group, kind.kind) == ("networking.k8s.io", "Ingress"):
        key = "kubernetes.io/ingress.class"
        if key in (obj["metadata"].get("annotations") or {}) and not obj["spec"].get("ingressClassName"):
            return [f"annotation \"{key}\" is deprecated, please use 'spec.ingressClassName' instead"]
    if (kind.group, kind.kind) == ("", "Endpoints"):
        return ["v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice"]
    if (kind.group, kind.kind) == ("", "ComponentStatus"):
        return ["v1 ComponentStatus is deprecated in v1.19+"]
    if kind.custom is not None and kind.custom.warning is not None:
        return [kind.custom.warning or f"{kind.api_version} {kind.kind} is deprecated"]
    return []


# workloads -----------------------------------------------------------------------------------------------------------


def _selector_and_template(spec: Object, restart: tuple[str, ...]) -> list[Cause]:
    causes: list[Cause] = []
    selector = spec.get("selector")
    if selector is None:
        causes.append(required("spec.selector"))
    elif not selector.get("matchLabels") and not selector.get("matchExpressions"):
        causes.append(invalid_value("spec.selector", selector, "empty selector is invalid for deployment"))
    template = spec.get("template") or {}
    labels = (template.get("metadata") or {}).get("labels")
    from charthouse.devcluster.selection import matches_selector

    if not matches_selector(selector, labels or {}):
        causes.append(
            invalid_value("spec.template.metadata.labels", labels, "`selector` does not match template `labels`")
        )
    causes += check_labels(labels or {}, "spec.template.metadata.labels")
    causes += validation_pods.check_spec(template.get("spec") or {}, "spec.template.spec")
    policy = (template.get("spec") or {}).get("restartPolicy")
    if policy not in restart and not any(c.field == "spec.template.spec.restartPolicy" for c in causes):
        causes.append(unsupported("spec.template.spec.restartPolicy", policy or "", restart))
    return causes


def _not_negative(spec: Object, *fields: str) -> list[Cause]:
    return [
        invalid_value(f"spec.{name}", spec[name], "must be greater than or equal to 0")
        for name in fields
        if isinstance(spec.get(name), int) and spec[name] < 0
    ]


def _deployment(obj: Object) -> list[Cause]:
    spec = obj["spec"]
    causes = _not_negative(spec, "replicas") + _selector_and_template(spec, ("Always",))
    strategy = spec.get("strategy") or {}
    kinds = ("Recreate", "RollingUpdate")
    if strategy.get("type") not in kinds:
        shown = {"Type": strategy.get("type"), "RollingUpdate": strategy.get("rollingUpdate")}
        text = f"Unsupported value: {quoted(shown)}: supported values: " + ", ".join(map(quoted, kinds))
        causes.append(Cause("FieldValueNotSupported", "spec.strategy", text))
    elif strategy["type"] == "Recreate" and strategy.get("rollingUpdate") is not None:
        text = "Forbidden: may not be specified when strategy `type` is 'Recreate'"
        causes.append(Cause("FieldValueForbidden", "spec.strategy.rollingUpdate", text))
    causes += _not_negative(spec, "minReadySeconds", "revisionHistoryLimit", "progressDeadlineSeconds")
    return causes


def _replica_set(obj: Object) -> list[Cause]:
    return _not_negative(obj["spec"], "replicas") + _selector_and_template(obj["spec"], ("Always",))


def _stateful_set(obj: Object) -> list[Cause]:
    causes = _not_negative(obj["spec"], "replicas") + _selector_and_template(obj["spec"], ("Always",))
    policy = "spec.template.spec.restartPolicy"  # the rest of the pod's spec is not looked at (it lacks the claims)
    return [c for c in causes if not c.field.startswith("spec.template.spec.") or c.field == policy]


def _daemon_set(obj: Object) -> list[Cause]:
    return _selector_and_template(obj["spec"], ("Always",))


def _job_template(spec: Object, path: str) -> list[Cause]:
    causes = []
    for name in ("parallelism", "completions", "backoffLimit", "activeDeadlineSeconds", "ttlSecondsAfterFinished"):
        if isinstance(spec.get(name), int) and spec[name] < 0:
            causes.append(invalid_value(f"{path}.{name}", spec[name], "must be greater than or equal to 0"))
    template = spec.get("template") or {}
    pod = template.get("spec") or {}
    causes += check_labels((template.get("metadata") or {}).get("labels") or {}, f"{path}.template.metadata.labels")
    causes += validation_pods.check_spec(pod, f"{path}.template.spec")
    where = f"{path}.template.spec.restartPolicy"
    if pod.get("restartPolicy") in (None, "", "Always"):
        causes.append(Cause("FieldValueRequired", where, 'Required value: valid values: "OnFailure", "Never"'))
    elif pod["restartPolicy"] not in ("OnFailure", "Never"):
        causes.append(unsupported(where, pod["restartPolicy"], ("OnFailure", "Never")))
    return causes


def _job(obj: Object) -> list[Cause]:
    return _job_template(obj["spec"], "spec")


def _cron_job(obj: Object) -> list[Cause]:
    spec = obj["spec"]
    causes = []
    schedule = spec.get("schedule", "")
    if not schedule:
        causes.append(required("spec.schedule"))
    elif not schedule.startswith("@") and len(schedule.split()) != 5:
        count = len(schedule.split())
        text = f"expected exactly 5 fields, found {count}: {_go_strings(schedule.split())}"
        causes.append(invalid_value("spec.schedule", schedule, text))
    if len(obj["metadata"].get("name", "")) > 52:
        name = obj["metadata"]["name"]
        causes.append(invalid_value("metadata.name", name, "must be no more than 52 characters"))
    return causes + _job_template((spec.get("jobTemplate") or {}).get("spec") or {}, "spec.jobTemplate.spec")


def _go_strings(parts: list[str]) -> str:
    return "[" + " ".join(parts) + "]"


# the rest ------------------------------------------------------------------------------------------------------------


def _pod(obj: Object) -> list[Cause]:
    return validation_pods.check_spec(obj["spec"], "spec")


def _service(obj: Object) -> list[Cause]:
    spec = obj["spec"]
    causes: list[Cause] = []
    ports = spec.get("ports") or []
    if not ports and spec.get("clusterIP") != "None" and spec.get("type") != "ExternalName":
        causes.append(required("spec.ports"))
    if spec.get("type") == "ExternalName" and not spec.get("externalName"):
        causes.append(required("spec.externalName"))
    causes += check_labels(spec.get("selector") or {}, "spec.selector")
    seen: set[str] = set()
    pairs: set[tuple[Any, Any]] = set()
    for index, port in enumerate(ports):
        path = f"spec.ports[{index}]"
        name = port.get("name", "")
        if not name and len(ports) > 1:
            causes.append(required(f"{path}.name"))
        elif name:
            causes += [invalid_value(f"{path}.name", name, text) for text in dns_label(name)]
            if name in seen:
                causes.append(Cause("FieldValueDuplicate", f"{path}.name", f"Duplicate value: {quoted(name)}"))
            seen.add(name)
        causes += validation_pods.check_port(port.get("port", 0), f"{path}.port")
        pair = (port.get("protocol"), port.get("port"))
        if pair in pairs:
            shown = {
                "Name": "",
                "Protocol": port.get("protocol"),
                "AppProtocol": None,
                "Port": port.get("port"),
                "TargetPort": 0,
                "NodePort": 0,
            }
            causes.append(Cause("FieldValueDuplicate", path, f"Duplicate value: {quoted(shown)}"))
        pairs.add(pair)
        target = port.get("targetPort")
        if isinstance(target, int):
            causes += validation_pods.check_port(target, f"{path}.targetPort")
    return causes


def _data(obj: Object) -> list[Cause]:
    causes: list[Cause] = []
    size = 0
    for field in ("data", "binaryData"):
        for key, value in (obj.get(field) or {}).items():
            if not key or not all(c.isascii() and (c.isalnum() or c in "-_.") for c in key):
                text = (
                    "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or "
                    "'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')"
                )
                causes.append(invalid_value(f"{field}[{key}]", key, text))
            if value is None:  # a nil []byte, or a nil string of a client that sends null
                continue
            size += len(value) * 3 // 4 if obj["kind"] == "Secret" or field == "binaryData" else len(value.encode())
    if size > MAX_DATA:
        path = "data" if obj["kind"] == "Secret" else ""
        causes.append(Cause("FieldValueTooLong", path, f"Too long: may not be more than {MAX_DATA} bytes"))
    return causes


RULES: dict[tuple[str, str], Callable[[Object], list[Cause]]] = {
    ("", "Pod"): _pod,
    ("", "Service"): _service,
    ("", "ConfigMap"): _data,
    ("", "Secret"): _data,
    ("", "PersistentVolumeClaim"): claim,
    ("apps", "Deployment"): _deployment,
    ("apps", "ReplicaSet"): _replica_set,
    ("apps", "StatefulSet"): _stateful_set,
    ("apps", "DaemonSet"): _daemon_set,
    ("batch", "Job"): _job,
    ("batch", "CronJob"): _cron_job,
    ("networking.k8s.io", "Ingress"): ingress,
    ("policy", "PodDisruptionBudget"): budget,
    ("autoscaling", "HorizontalPodAutoscaler"): autoscaler,
    ("rbac.authorization.k8s.io", "Role"): role,
    ("rbac.authorization.k8s.io", "ClusterRole"): role,
    ("rbac.authorization.k8s.io", "RoleBinding"): binding,
    ("rbac.authorization.k8s.io", "ClusterRoleBinding"): binding,
    ("apiextensions.k8s.io", "CustomResourceDefinition"): crd,
}
