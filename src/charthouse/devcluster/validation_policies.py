"""What the API server refuses in ingresses, claims, roles, bindings, definitions, budgets and autoscalers.

Rules: pkg/apis/{networking,core,rbac,policy,autoscaling}/validation of k8s.io/kubernetes v1.37.2 and
apiextensions-apiserver's validation.
"""

from __future__ import annotations

from charthouse.devcluster.failures import Cause
from charthouse.devcluster.names import quoted
from charthouse.devcluster.validation_pods import invalid_value, required

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Object = dict[str, Any]

__all__ = ["autoscaler", "binding", "budget", "claim", "crd", "ingress", "role", "unsupported"]


def unsupported(path: str, value: str, allowed: tuple[str, ...]) -> Cause:
    """`Unsupported value: "x": supported values: "A", "B"`."""
    texts = ", ".join(quoted(v) for v in sorted(allowed))
    return Cause("FieldValueNotSupported", path, f"Unsupported value: {quoted(value)}: supported values: {texts}")


def ingress(obj: Object) -> list[Cause]:
    causes: list[Cause] = []
    spec = obj["spec"]
    if not spec.get("rules") and not spec.get("defaultBackend"):
        text = "either `defaultBackend` or `rules` must be specified"
        causes.append(invalid_value("spec", [], text))
    for index, rule in enumerate(spec.get("rules") or ()):
        for number, path in enumerate((rule.get("http") or {}).get("paths") or ()):
            where = f"spec.rules[{index}].http.paths[{number}]"
            if not path.get("pathType"):
                causes.append(
                    Cause("FieldValueRequired", f"{where}.pathType", "Required value: pathType must be specified")
                )
            backend = path.get("backend") or {}
            if not backend.get("service") and not backend.get("resource"):
                causes.append(
                    Cause(
                        "FieldValueRequired",
                        f"{where}.backend",
                        "Required value: cannot set both resource and service backends",
                    )
                    if backend.get("service") and backend.get("resource")
                    else required(f"{where}.backend")
                )
    return causes


def claim(obj: Object) -> list[Cause]:
    spec = obj["spec"]
    causes = []
    if not spec.get("accessModes"):
        causes.append(
            Cause("FieldValueRequired", "spec.accessModes", "Required value: at least 1 access mode is required")
        )
    requests = (spec.get("resources") or {}).get("requests") or {}
    if "storage" not in requests:
        causes.append(required("spec.resources[storage]"))
    return causes


def role(obj: Object) -> list[Cause]:
    causes: list[Cause] = []
    for index, rule in enumerate(obj.get("rules") or ()):
        path = f"rules[{index}]"
        if rule.get("nonResourceURLs"):
            continue
        if not rule.get("apiGroups"):
            text = "Required value: resource rules must supply at least one api group"
            causes.append(Cause("FieldValueRequired", f"{path}.apiGroups", text))
        if not rule.get("resources"):
            text = "Required value: resource rules must supply at least one resource"
            causes.append(Cause("FieldValueRequired", f"{path}.resources", text))
        if not rule.get("verbs"):
            causes.append(required(f"{path}.verbs"))
    return causes


def binding(obj: Object) -> list[Cause]:
    ref = obj.get("roleRef") or {}
    allowed = ("Role", "ClusterRole") if obj["kind"] == "RoleBinding" else ("ClusterRole",)
    causes = []
    if ref.get("kind") not in allowed:
        text = f"Unsupported value: {quoted(ref.get('kind', ''))}: supported values: " + ", ".join(map(quoted, allowed))
        causes.append(Cause("FieldValueNotSupported", "roleRef.kind", text))
    if not ref.get("name"):
        causes.append(required("roleRef.name"))
    for index, subject in enumerate(obj.get("subjects") or ()):
        if subject.get("kind") not in ("ServiceAccount", "User", "Group"):
            kinds = ("Group", "ServiceAccount", "User")
            causes.append(unsupported(f"subjects[{index}].kind", subject.get("kind", ""), kinds))
        if (
            obj["kind"] == "ClusterRoleBinding"
            and subject.get("kind") == "ServiceAccount"
            and not subject.get("namespace")
        ):
            causes.append(required(f"subjects[{index}].namespace"))
        if not subject.get("name"):
            causes.append(required(f"subjects[{index}].name"))
    return causes


def crd(obj: Object) -> list[Cause]:
    spec = obj["spec"]
    names = spec.get("names") or {}
    causes = []
    wanted = f"{names.get('plural', '')}.{spec.get('group', '')}"
    if obj["metadata"].get("name") != wanted:
        text = 'must be spec.names.plural+"."+spec.group'
        causes.append(invalid_value("metadata.name", obj["metadata"].get("name", ""), text))
    if not spec.get("group"):
        causes.append(required("spec.group"))
    for field in ("plural", "kind"):
        if not names.get(field):
            causes.append(required(f"spec.names.{field}"))
    versions = spec.get("versions") or []
    if not versions:
        causes.append(required("spec.versions"))
    elif len([v for v in versions if v.get("storage")]) != 1:
        shown = "must have exactly one version marked as storage version"
        causes.append(Cause("FieldValueInvalid", "spec.versions", f"Invalid value: {quoted(versions)}: {shown}"))
    for index, version in enumerate(versions):
        if not (version.get("schema") or {}).get("openAPIV3Schema"):
            path = f"spec.versions[{index}].schema.openAPIV3Schema"
            causes.append(Cause("FieldValueRequired", path, "Required value: schemas are required"))
    return causes


def budget(obj: Object) -> list[Cause]:
    spec = obj["spec"]
    if spec.get("minAvailable") is not None and spec.get("maxUnavailable") is not None:
        text = "minAvailable and maxUnavailable cannot be both set"
        return [invalid_value("spec", spec, text)]
    return []


def autoscaler(obj: Object) -> list[Cause]:
    spec = obj["spec"]
    causes = []
    if spec.get("maxReplicas", 0) < 1:
        causes.append(invalid_value("spec.maxReplicas", spec.get("maxReplicas", 0), "must be greater than 0"))
    elif spec["maxReplicas"] < spec.get("minReplicas", 1):
        text = "must be greater than or equal to `minReplicas`"
        causes.append(invalid_value("spec.maxReplicas", spec["maxReplicas"], text))
    target = spec.get("scaleTargetRef") or {}
    causes += [required(f"spec.scaleTargetRef.{name}") for name in ("kind", "name") if not target.get(name)]
    return causes
