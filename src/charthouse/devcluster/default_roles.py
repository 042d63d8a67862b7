"""The roles and bindings a cluster has from the start, in short: enough for the four user-facing roles and discovery.

Rules: plugin/pkg/auth/authorizer/rbac/bootstrappolicy of k8s.io/kubernetes v1.37.2, shortened so that starting stays
fast. With `--authorization rbac` the real ones are read instead (``default_roles.json``, recorded from a kube-apiserver
of v1.37.2).
"""

from __future__ import annotations

from charthouse.devcluster.rbac import ALL, GROUP

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Object = dict[str, Any]

__all__ = ["recorded_roles", "short_roles"]

READ = ["get", "list", "watch"]
WRITE = ["create", "delete", "deletecollection", "patch", "update"]
CORE_READ = [
    "configmaps",
    "endpoints",
    "events",
    "limitranges",
    "namespaces",
    "namespaces/status",
    "persistentvolumeclaims",
    "persistentvolumeclaims/status",
    "pods",
    "pods/log",
    "pods/status",
    "replicationcontrollers",
    "replicationcontrollers/scale",
    "replicationcontrollers/status",
    "resourcequotas",
    "resourcequotas/status",
    "serviceaccounts",
    "services",
    "services/status",
    "bindings",
]
CORE_WRITE = [
    "configmaps",
    "endpoints",
    "events",
    "persistentvolumeclaims",
    "pods",
    "replicationcontrollers",
    "replicationcontrollers/scale",
    "secrets",
    "serviceaccounts",
    "services",
    "services/proxy",
    "pods/attach",
    "pods/exec",
    "pods/portforward",
    "pods/proxy",
    "pods/eviction",
]
GROUPS_READ = ["apps", "autoscaling", "batch", "policy", "networking.k8s.io", "discovery.k8s.io"]


def _rule(groups: list[str], resources: list[str], verbs: list[str]) -> Object:
    return {"apiGroups": groups, "resources": resources, "verbs": verbs}


VIEW = [_rule([""], CORE_READ, READ), _rule(GROUPS_READ, ["*"], READ)]
EDIT = [
    *VIEW,
    _rule([""], [*CORE_WRITE], [*READ, *WRITE]),
    _rule(GROUPS_READ, ["*"], WRITE),
    _rule([""], ["serviceaccounts/token"], ["create"]),
    _rule([""], ["serviceaccounts"], ["impersonate"]),
    _rule(["coordination.k8s.io"], ["leases"], [*READ, *WRITE]),
]
ADMIN = [
    *EDIT,
    _rule(["authorization.k8s.io"], ["localsubjectaccessreviews"], ["create"]),
    _rule([GROUP], ["rolebindings", "roles"], [*READ, *WRITE]),
]
PATHS = [
    "/api",
    "/api/*",
    "/apis",
    "/apis/*",
    "/healthz",
    "/livez",
    "/openapi",
    "/openapi/*",
    "/readyz",
    "/version",
    "/version/",
]
PUBLIC = ["/healthz", "/livez", "/readyz", "/version", "/version/"]
SELF = [
    _rule(["authorization.k8s.io"], ["selfsubjectaccessreviews", "selfsubjectrulesreviews"], ["create"]),
    _rule(["authentication.k8s.io"], ["selfsubjectreviews"], ["create"]),
]
SHORT: dict[str, tuple[list[Object], list[str]]] = {
    # role: (rules, groups it is bound to)
    "cluster-admin": (ALL, ["system:masters"]),
    "admin": (ADMIN, []),
    "edit": (EDIT, []),
    "view": (VIEW, []),
    "system:basic-user": (SELF, ["system:authenticated"]),
    "system:discovery": ([{"nonResourceURLs": PATHS, "verbs": ["get"]}], ["system:authenticated"]),
    "system:public-info-viewer": (
        [{"nonResourceURLs": PUBLIC, "verbs": ["get"]}],
        ["system:authenticated", "system:unauthenticated"],
    ),
}
LABELS = {"kubernetes.io/bootstrapping": "rbac-defaults"}


def short_roles() -> list[Object]:
    """ClusterRoles and ClusterRoleBindings of the short list."""
    out: list[Object] = []
    for name, (rules, groups) in SHORT.items():
        head = {"apiVersion": f"{GROUP}/v1", "metadata": {"name": name, "labels": dict(LABELS)}}
        out.append({**head, "kind": "ClusterRole", "rules": rules})
        if groups:
            subjects = [{"kind": "Group", "name": group, "apiGroup": GROUP} for group in groups]
            reference = {"apiGroup": GROUP, "kind": "ClusterRole", "name": name}
            out.append({**head, "kind": "ClusterRoleBinding", "subjects": subjects, "roleRef": reference})
    return out


def recorded_roles() -> list[Object]:
    """All default roles and bindings of a kube-apiserver."""
    import json

    with open(__file__.rpartition(".py")[0] + ".json", encoding="utf-8") as file:
        return json.load(file)  # type: ignore[no-any-return]  # JSON
