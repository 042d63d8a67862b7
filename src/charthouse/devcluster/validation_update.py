"""What may not change once an object exists.

Rules: the ``Validate*Update`` functions of pkg/apis/*/validation of k8s.io/kubernetes v1.37.2 and apimachinery's
ValidateImmutableField (``field is immutable``).
"""

from __future__ import annotations

from charthouse.devcluster.failures import Cause
from charthouse.devcluster.names import quoted
from charthouse.devcluster.validation_pods import invalid_value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from charthouse.devcluster.resources import Kind

    Object = dict[str, Any]

__all__ = ["check_update"]

IMMUTABLE = "field is immutable"


def check_update(kind: Kind, old: Object, new: Object, subresource: str) -> list[Cause]:
    """Findings about the step from `old` to `new` (none for status)."""
    if subresource:
        return []
    rule = RULES.get((kind.group, kind.kind))
    return rule(old, new) if rule is not None and kind.custom is None else []


def _same(old: Object, new: Object, *fields: str) -> list[Cause]:
    """Fields of spec that may not change."""
    before, after = old["spec"], new["spec"]
    return [
        invalid_value(f"spec.{name}", after.get(name), IMMUTABLE)
        for name in fields
        if before.get(name) != after.get(name)
    ]


def _selector(old: Object, new: Object) -> list[Cause]:
    return _same(old, new, "selector")


def _stateful_set(old: Object, new: Object) -> list[Cause]:
    return _same(old, new, "selector", "volumeClaimTemplates", "serviceName", "podManagementPolicy")


def _job(old: Object, new: Object) -> list[Cause]:
    causes = _same(old, new, "selector")
    if old["spec"].get("template") != new["spec"].get("template") and not old["spec"].get("suspend"):
        causes.append(invalid_value("spec.template", new["spec"].get("template"), IMMUTABLE))
    if old["spec"].get("completionMode") != "Indexed":
        causes = _same(old, new, "completions") + causes
    return causes + _same(old, new, "completionMode", "podFailurePolicy", "backoffLimitPerIndex")


def _service(old: Object, new: Object) -> list[Cause]:
    before, after = old["spec"], new["spec"]
    if before.get("type") == "ExternalName" or after.get("type") == "ExternalName":
        return []
    causes = []
    had = before.get("clusterIP")
    if had and after.get("clusterIP") and had != after["clusterIP"]:
        text = "may not change once set"
        causes.append(invalid_value("spec.clusterIPs[0]", [after["clusterIP"]], text))
    return causes


def _claim(old: Object, new: Object) -> list[Cause]:
    def fixed(spec: Object) -> Object:
        kept = {k: v for k, v in spec.items() if k not in ("resources", "volumeName", "volumeAttributesClassName")}
        return {**kept, "limits": (spec.get("resources") or {}).get("limits")}

    before, after = old["spec"], new["spec"]
    if fixed(before) != fixed(after) or (before.get("volumeName") and before["volumeName"] != after.get("volumeName")):
        text = (
            "Forbidden: spec is immutable after creation except resources.requests and volumeAttributesClassName for "
            "bound claims"
        )
        return [Cause("FieldValueForbidden", "spec", text)]
    return []


def _data(old: Object, new: Object) -> list[Cause]:
    causes = []
    if old["kind"] == "Secret" and old.get("type") != new.get("type"):
        causes.append(invalid_value("type", new.get("type"), IMMUTABLE))
    if old.get("immutable"):
        text = "Forbidden: field is immutable when `immutable` is set"
        if not new.get("immutable"):
            causes.append(Cause("FieldValueForbidden", "immutable", text))
        for field in ("data", "binaryData"):
            if old.get(field) != new.get(field):
                causes.append(Cause("FieldValueForbidden", field, text))
    return causes


def _binding(old: Object, new: Object) -> list[Cause]:
    if old.get("roleRef") != new.get("roleRef"):
        ref = new.get("roleRef") or {}
        shown = {"APIGroup": ref.get("apiGroup", ""), "Kind": ref.get("kind", ""), "Name": ref.get("name", "")}
        return [invalid_value("roleRef", shown, IMMUTABLE)]
    return []


POD_TEXT = (
    "Forbidden: pod updates may not change fields other than `spec.containers[*].image`,"
    "`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing "
    "tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)"
)


def _pod(old: Object, new: Object) -> list[Cause]:
    def fixed(spec: Object) -> Object:
        kept = {k: v for k, v in spec.items() if k not in ("activeDeadlineSeconds", "tolerations", "schedulingGates")}
        for field in ("containers", "initContainers"):
            kept[field] = [{k: v for k, v in c.items() if k != "image"} for c in spec.get(field) or ()]
        if not old["spec"].get("nodeName"):
            kept.pop("nodeName", None)
        return kept

    return [] if fixed(old["spec"]) == fixed(new["spec"]) else [Cause("FieldValueForbidden", "spec", POD_TEXT)]


def _storage_class(old: Object, new: Object) -> list[Cause]:
    fields = ("provisioner", "parameters", "reclaimPolicy", "volumeBindingMode")
    causes = []
    for field in fields:
        if old.get(field) != new.get(field):
            text = "Forbidden: updates to " + field + " are forbidden."
            causes.append(Cause("FieldValueForbidden", field, text))
    return causes


def _crd(old: Object, new: Object) -> list[Cause]:
    causes = []
    for field in ("group", "scope"):
        if old["spec"].get(field) != new["spec"].get(field):
            causes.append(invalid_value(f"spec.{field}", new["spec"].get(field), IMMUTABLE))
    for field in ("kind", "plural"):
        if old["spec"]["names"].get(field) != new["spec"]["names"].get(field):
            causes.append(invalid_value(f"spec.names.{field}", new["spec"]["names"].get(field), IMMUTABLE))
    return causes


def _priority_class(old: Object, new: Object) -> list[Cause]:
    if old.get("value") != new.get("value"):
        return [Cause("FieldValueForbidden", "value", "Forbidden: may not be changed in an update.")]
    return []


def _ingress_class(old: Object, new: Object) -> list[Cause]:
    before, after = ((o.get("spec") or {}).get("controller") for o in (old, new))
    return [invalid_value("spec.controller", quoted(after), IMMUTABLE)] if before != after else []


RULES: dict[tuple[str, str], Callable[[Object, Object], list[Cause]]] = {
    ("", "Pod"): _pod,
    ("", "Service"): _service,
    ("", "ConfigMap"): _data,
    ("", "Secret"): _data,
    ("", "PersistentVolumeClaim"): _claim,
    ("apps", "Deployment"): _selector,
    ("apps", "ReplicaSet"): _selector,
    ("apps", "DaemonSet"): _selector,
    ("apps", "StatefulSet"): _stateful_set,
    ("batch", "Job"): _job,
    ("rbac.authorization.k8s.io", "RoleBinding"): _binding,
    ("rbac.authorization.k8s.io", "ClusterRoleBinding"): _binding,
    ("storage.k8s.io", "StorageClass"): _storage_class,
    ("scheduling.k8s.io", "PriorityClass"): _priority_class,
    ("networking.k8s.io", "IngressClass"): _ingress_class,
    ("apiextensions.k8s.io", "CustomResourceDefinition"): _crd,
}
