"""Who asks, and whether they may: bearer tokens, impersonation, RBAC, and the review endpoints.

Rules: apiserver/pkg/endpoints/filters/{authorization,impersonation}.go v0.37.2 (texts),
plugin/pkg/auth/authorizer/rbac of k8s.io/kubernetes v1.37.2 (evaluation, bootstrap roles in short).
"""

from __future__ import annotations

from charthouse.devcluster.failures import ApiFailure, forbidden, unauthorized

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from charthouse.devcluster.store import Store
    from charthouse.devcluster.wire import Request

    Object = dict[str, Any]

__all__ = ["BOOTSTRAP", "Access", "Attributes", "User"]

GROUP = "rbac.authorization.k8s.io"
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
ALL = [_rule(["*"], ["*"], ["*"]), {"nonResourceURLs": ["*"], "verbs": ["*"]}]
BOOTSTRAP: dict[str, tuple[list[Object], list[str]]] = {
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


class User:
    """name, groups and uid of who asks (or is impersonated)."""

    __slots__ = ("groups", "name", "uid")

    def __init__(self, name: str, groups: tuple[str, ...] = (), uid: str = "") -> None:
        self.name = name
        self.groups = groups
        self.uid = uid

    def document(self) -> Object:
        out: Object = {"username": self.name}
        if self.uid:
            out["uid"] = self.uid
        out["groups"] = list(self.groups)
        return out


class Attributes:
    """What is asked: a verb on a resource, or on a path (`path` not empty)."""

    __slots__ = ("group", "name", "namespace", "path", "resource", "subresource", "verb")

    def __init__(
        self,
        verb: str,
        *,
        group: str = "",
        resource: str = "",
        subresource: str = "",
        namespace: str = "",
        name: str = "",
        path: str = "",
    ) -> None:
        self.verb = verb
        self.group = group
        self.resource = resource
        self.subresource = subresource
        self.namespace = namespace
        self.name = name
        self.path = path

    @property
    def full_resource(self) -> str:
        return f"{self.resource}/{self.subresource}" if self.subresource else self.resource


class Access:
    """tokens: token → (user name, groups); anonymous: who asks without one. The rest is read from RBAC objects."""

    def __init__(
        self, store: Store, tokens: Mapping[str, tuple[str, tuple[str, ...]]], *, anonymous: User | None = None
    ) -> None:
        self.store = store
        self.anonymous = anonymous or User("system:anonymous", ("system:unauthenticated",))
        self.tokens = dict(tokens)

    # authentication --------------------------------------------------------------------------------------------------

    def user(self, request: Request, on: Attributes) -> User:
        """Who asks for `on`. Raises ApiFailure (401, or 403 when impersonation is not allowed)."""
        scheme, _, token = request.header("authorization").partition(" ")
        user = self.token_user(token.strip()) if scheme.lower() == "bearer" else None
        if user is None:
            if request.header("authorization"):
                raise unauthorized()
            user = self.anonymous
        wanted = request.header("impersonate-user")
        if not wanted:
            if request.groups:
                raise ApiFailure(500, "InternalError", "requested [] without impersonating a user")
            return user
        return self._impersonate(user, wanted, tuple(request.groups), on)

    def token_user(self, token: str) -> User | None:
        found = self.tokens.get(token)
        if found is None:
            return None
        return User(found[0], (*found[1], "system:authenticated"))

    def _impersonate(self, user: User, wanted: str, groups: tuple[str, ...], on: Attributes) -> User:
        asked = []
        if wanted.startswith("system:serviceaccount:") and wanted.count(":") == 3:
            _, _, namespace, name = wanted.split(":")
            asked.append(Attributes("impersonate", resource="serviceaccounts", namespace=namespace, name=name))
            if not groups:
                groups = ("system:serviceaccounts", f"system:serviceaccounts:{namespace}")
        else:
            asked.append(Attributes("impersonate", resource="users", name=wanted))
        asked += [Attributes("impersonate", resource="groups", name=group) for group in groups]
        for attributes in asked:
            if not self.allowed(user, attributes)[0]:
                on.verb = f"impersonate-on:{'serviceaccount' if asked[0].namespace else 'user-info'}:{on.verb}"
                self.require(user, on)
        known = () if wanted == "system:anonymous" or "system:authenticated" in groups else ("system:authenticated",)
        return User(wanted, (*groups, *known))

    # authorization ---------------------------------------------------------------------------------------------------

    def require(self, user: User, asked: Attributes) -> None:
        """Raises ApiFailure (403) with the real server's text."""
        allowed, reason = self.allowed(user, asked)
        if allowed:
            return
        if asked.path:
            raise forbidden("", "", "", f'User "{user.name}" cannot {asked.verb} path "{asked.path}"{reason}')
        where = f'in the namespace "{asked.namespace}"' if asked.namespace else "at the cluster scope"
        text = (
            f'User "{user.name}" cannot {asked.verb} resource "{asked.full_resource}" in API group "{asked.group}" '
            f"{where}{reason}"
        )
        raise forbidden(asked.group, asked.resource, asked.name, text)

    def allowed(self, user: User, asked: Attributes) -> tuple[bool, str]:
        """(decision, its reason: the binding that allows, or what to add to a refusal: roles that do not exist)."""
        if "system:masters" in user.groups:
            return True, ""
        missing: list[str] = []
        for binding, subject, rules in self._rules_of(user, asked.namespace, missing):
            if any(_covers(rule, asked) for rule in rules):
                return True, f"RBAC: allowed by {_describe(binding, subject)}"
        return False, ": rbac: RBAC: " + ", ".join(missing) if missing else ""

    def rules(self, user: User, namespace: str) -> list[Object]:
        """Every rule the user has in a namespace (SelfSubjectRulesReview)."""
        if "system:masters" in user.groups:
            return ALL
        return [rule for _, _, rules in self._rules_of(user, namespace, []) for rule in rules]

    def _rules_of(
        self, user: User, namespace: str, missing: list[str]
    ) -> Iterator[tuple[Object, Object, list[Object]]]:
        """(binding, the subject of it that is the user, its rules)."""
        for _, entry in self.store.list(f"clusterrolebindings.{GROUP}")[0]:
            subject = _names(entry.object, user, "")
            if subject is not None:
                yield entry.object, subject, self._role(entry.object["roleRef"], "", missing)
        if namespace:
            for _, entry in self.store.list(f"rolebindings.{GROUP}", namespace)[0]:
                subject = _names(entry.object, user, namespace)
                if subject is not None:
                    yield entry.object, subject, self._role(entry.object["roleRef"], namespace, missing)

    def _role(self, reference: Object, namespace: str, missing: list[str]) -> list[Object]:
        plural = "clusterroles" if reference["kind"] == "ClusterRole" else "roles"
        key = ("" if plural == "clusterroles" else namespace, reference["name"])
        entry = self.store.get(f"{plural}.{GROUP}", key)
        if entry is None:
            missing.append(f'{reference["kind"].lower()}.{GROUP} "{reference["name"]}" not found')
            return []
        return entry.object.get("rules") or []

    # reviews ---------------------------------------------------------------------------------------------------------

    def review(self, kind: str, body: Object, user: User, namespace: str) -> Object:
        """The answer to a *Review object that was created."""
        spec = body.get("spec") or {}
        out = {**body, "metadata": body.get("metadata") or {}}
        if kind == "TokenReview":
            found = self.token_user(spec.get("token", ""))
            if found is None:
                out["status"] = {"user": {}, "error": "invalid bearer token"}
            else:
                out["status"] = {
                    "authenticated": True,
                    "user": found.document(),
                    "audiences": ["https://kubernetes.default"],
                }
            return out
        if kind == "SelfSubjectReview":
            out["status"] = {"userInfo": user.document()}
            return out
        if kind == "SelfSubjectRulesReview":
            out["status"] = _rules_status(self.rules(user, spec.get("namespace", "")))
            return out
        if kind in ("SubjectAccessReview", "LocalSubjectAccessReview"):
            user = User(spec.get("user", ""), tuple(spec.get("groups") or ()))
        allowed, reason = self.allowed(user, _asked(spec, namespace if kind.startswith("Local") else ""))
        reason = reason.removeprefix(": rbac: ")
        out["status"] = {"allowed": allowed, **({"reason": reason} if reason else {})}
        return out


def _asked(spec: Object, namespace: str) -> Attributes:
    path = spec.get("nonResourceAttributes")
    if path is not None:
        return Attributes(path.get("verb", ""), path=path.get("path", ""))
    wanted = spec.get("resourceAttributes") or {}
    return Attributes(
        wanted.get("verb", ""),
        group=wanted.get("group", ""),
        resource=wanted.get("resource", ""),
        subresource=wanted.get("subresource", ""),
        namespace=wanted.get("namespace", "") or namespace,
        name=wanted.get("name", ""),
    )


def _rules_status(rules: list[Object]) -> Object:
    resources = [{k: v for k, v in r.items() if k != "nonResourceURLs"} for r in rules if r.get("resources")]
    paths = [{"verbs": r["verbs"], "nonResourceURLs": r["nonResourceURLs"]} for r in rules if r.get("nonResourceURLs")]
    return {"resourceRules": resources, "nonResourceRules": paths, "incomplete": False}


def _describe(binding: Object, subject: Object) -> str:
    """`RoleBinding "b/ns" of Role "r" to User "alice"`."""
    meta, ref = binding["metadata"], binding["roleRef"]
    place = f"{meta['name']}/{meta['namespace']}" if meta.get("namespace") else meta["name"]
    who = subject["name"]
    if subject["kind"] == "ServiceAccount":
        who = f"{who}/{subject.get('namespace', '')}"
    return f'{binding["kind"]} "{place}" of {ref["kind"]} "{ref["name"]}" to {subject["kind"]} "{who}"'


def _names(binding: Object, user: User, namespace: str) -> Object | None:
    """The subject of a binding that is the user."""
    for subject in binding.get("subjects") or ():
        kind, name = subject.get("kind"), subject.get("name")
        if (kind == "User" and name == user.name) or (kind == "Group" and name in user.groups):
            return subject  # type: ignore[no-any-return]  # JSON
        if kind == "ServiceAccount":
            where = subject.get("namespace") or namespace
            if user.name == f"system:serviceaccount:{where}:{name}":
                return subject  # type: ignore[no-any-return]  # JSON
    return None


def _covers(rule: Object, asked: Attributes) -> bool:
    verbs = rule.get("verbs") or ()
    if "*" not in verbs and asked.verb not in verbs:
        return False
    if asked.path:
        return any(_path_matches(pattern, asked.path) for pattern in rule.get("nonResourceURLs") or ())
    groups, resources = rule.get("apiGroups") or (), rule.get("resources") or ()
    if "*" not in groups and asked.group not in groups:
        return False
    wanted = asked.full_resource
    if not ("*" in resources or wanted in resources or (asked.subresource and f"*/{asked.subresource}" in resources)):
        return False
    only = rule.get("resourceNames") or ()
    return not only or asked.name in only


def _path_matches(pattern: str, path: str) -> bool:
    return pattern in ("*", path) or (pattern.endswith("*") and path.startswith(pattern[:-1]))
