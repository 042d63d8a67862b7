"""Requests about who asks and what they may, in the form of api_steps.py.

Beside its options a step may have `keep` (the token of the answer is remembered under that name) and `bearer` (it is
sent with that token); `@NAME` in a body is the token itself.
"""

from __future__ import annotations

from typing import Any

__all__ = ["ESCALATION", "IDENTITY", "IMPERSONATION", "TOKENS"]

Step = tuple[str, str, str, Any, dict[str, str]]

AUTHORIZATION, AUTHENTICATION = "/apis/authorization.k8s.io/v1", "/apis/authentication.k8s.io/v1"
RBAC = "rbac.authorization.k8s.io"
ROLES, BINDINGS = f"{RBAC}/v1/roles", f"{RBAC}/v1/rolebindings"
WIDE_ROLES, WIDE_BINDINGS = f"/apis/{RBAC}/v1/clusterroles", f"/apis/{RBAC}/v1/clusterrolebindings"
ACCOUNTS, CM = "v1/serviceaccounts", "v1/configmaps"
MERGE = {"type": "application/merge-patch+json"}
WHO = f"{AUTHENTICATION}/selfsubjectreviews"
NAMESPACE = "api-steps"


def rule(groups: str, resources: str, verbs: str, *names: str) -> dict[str, Any]:
    """A PolicyRule from words; `core` is the group without a name."""
    out: dict[str, Any] = {"apiGroups": ["" if g == "core" else g for g in groups.split()]}
    out.update(resources=resources.split(), verbs=verbs.split())
    return {**out, "resourceNames": list(names)} if names else out


def role(name: str, *rules: dict[str, Any]) -> dict[str, Any]:
    return {"metadata": {"name": name}, "rules": list(rules)}


def binding(name: str, kind: str, to: str, user: str) -> dict[str, Any]:
    subjects = [{"kind": "User", "name": user, "apiGroup": RBAC}]
    return {"metadata": {"name": name}, "roleRef": {"kind": kind, "name": to, "apiGroup": RBAC}, "subjects": subjects}


def access(verb: str, resource: str, group: str = "", namespace: str = NAMESPACE, **more: str) -> dict[str, Any]:
    return {"resourceAttributes": {"verb": verb, "resource": resource, "group": group, "namespace": namespace, **more}}


def subject(user: str, groups: list[str], asked: dict[str, Any]) -> dict[str, Any]:
    return {"spec": {"user": user, "groups": groups, **asked}}


SELF, SUBJECT = f"{AUTHORIZATION}/selfsubjectaccessreviews", f"{AUTHORIZATION}/subjectaccessreviews"
LOCAL, RULES = "authorization.k8s.io/v1/localsubjectaccessreviews", f"{AUTHORIZATION}/selfsubjectrulesreviews"
PATH = {"nonResourceAttributes": {"verb": "get", "path": "/openapi/v2"}}

IDENTITY: list[Step] = [
    ("who am I", "POST", WHO, {}, {"user": "bob"}),
    ("may I, no", "POST", SELF, {"spec": access("list", "pods")}, {"user": "bob"}),
    ("may I, as admin", "POST", SELF, {"spec": access("list", "pods")}, {}),
    ("may I get a path", "POST", SELF, {"spec": PATH}, {"user": "bob"}),
    ("may I, both kinds", "POST", SELF, {"spec": {**PATH, **access("list", "pods")}}, {}),
    ("may I, neither kind", "POST", SELF, {"spec": {}}, {}),
    ("give a role with names", "POST", ROLES, role("named", rule("core", "configmaps", "get update", "one")), {}),
    ("bind it", "POST", BINDINGS, binding("named", "Role", "named", "alice"), {}),
    ("the named one", "GET", CM + "/one", None, {"user": "alice"}),
    ("another one", "GET", CM + "/two", None, {"user": "alice"}),
    ("all", "GET", CM, None, {"user": "alice"}),
    ("may alice", "POST", SUBJECT, subject("alice", [], access("get", "configmaps", name="one")), {}),
    ("may alice not", "POST", SUBJECT, subject("alice", ["devs"], access("get", "configmaps")), {}),
    ("may nobody", "POST", SUBJECT, subject("", [], access("get", "configmaps")), {}),
    ("may masters", "POST", SUBJECT, subject("x", ["system:masters"], access("delete", "nodes")), {}),
    ("here", "POST", LOCAL, subject("alice", [], access("update", "configmaps", name="one")), {}),
    ("elsewhere", "POST", LOCAL, subject("alice", [], access("get", "configmaps", namespace="default")), {}),
    ("review as bob", "POST", SUBJECT, subject("alice", [], access("get", "configmaps")), {"user": "bob"}),
    ("what may I", "POST", RULES, {"spec": {"namespace": NAMESPACE}}, {"user": "alice"}),
    ("what may I, nowhere", "POST", RULES, {"spec": {}}, {"user": "alice"}),
    ("a role for paths", "POST", WIDE_ROLES,
     {"metadata": {"name": "api-steps-paths"}, "rules": [{"nonResourceURLs": ["/attic/*"], "verbs": ["get"]}]}, {}),
    ("bind it widely", "POST", WIDE_BINDINGS, binding("api-steps-paths", "ClusterRole", "api-steps-paths", "bob"), {}),
    ("another path", "GET", "/cellar/<&>", None, {"user": "bob"}),
    ("post to the path", "POST", "/attic/x", {}, {"user": "bob"}),
    ("subresource", "GET", "v1/services/x:80/proxy/", None, {"user": "bob"}),
    ("gathered role", "POST", WIDE_ROLES, {
        "metadata": {"name": "api-steps-sum"},
        "aggregationRule": {"clusterRoleSelectors": [{"matchLabels": {"api-steps": "yes"}}]}}, {}),
    ("a wrong token", "GET", CM, None, {"Authorization": "Bearer nonsense"}),
    ("no bearer", "GET", CM, None, {"Authorization": "Basic eDp5"}),
    ("view", "GET", WIDE_ROLES + "/view", None, {}),
    ("edit", "GET", WIDE_ROLES + "/edit", None, {}),
    ("admin", "GET", WIDE_ROLES + "/admin", None, {}),
]  # fmt: skip

REVIEW = f"{AUTHENTICATION}/tokenreviews"
TOKEN = f"{ACCOUNTS}/robot/token"


def request(**spec: Any) -> dict[str, Any]:
    return {"spec": spec}


TOKENS: list[Step] = [
    ("empty", "POST", REVIEW, {"spec": {}}, {}),
    ("nonsense", "POST", REVIEW, {"spec": {"token": "nonsense"}}, {}),
    ("like a token", "POST", REVIEW, {"spec": {"token": "eyJhbGciOiJSUzI1NiJ9.e30.AAAA"}}, {}),
    ("as bob", "POST", REVIEW, {"spec": {"token": "x"}}, {"user": "bob"}),
    ("account", "POST", ACCOUNTS, {"metadata": {"name": "robot"}}, {}),
    ("token", "POST", TOKEN, {}, {"keep": "plain"}),
    ("short", "POST", TOKEN, request(expirationSeconds=10), {}),
    ("endless", "POST", TOKEN, request(expirationSeconds=5000000000), {}),
    ("other name", "POST", TOKEN, {"metadata": {"name": "x"}, "spec": {}}, {}),
    ("audience", "POST", TOKEN, request(audiences=["vault", "x"], expirationSeconds=700), {"keep": "vault"}),
    ("no such pod", "POST", TOKEN, request(boundObjectRef={"kind": "Pod", "apiVersion": "v1", "name": "x"}), {}),
    ("no such kind", "POST", TOKEN, request(boundObjectRef={"kind": "Job", "apiVersion": "batch/v1", "name": "x"}), {}),
    ("secret", "POST", "v1/secrets", {"metadata": {"name": "life"}}, {}),
    (
        "bound",
        "POST",
        TOKEN,
        request(boundObjectRef={"kind": "Secret", "apiVersion": "v1", "name": "life"}),
        {"keep": "bound"},
    ),
    (
        "other uid",
        "POST",
        TOKEN,
        request(boundObjectRef={"kind": "Secret", "apiVersion": "v1", "name": "life", "uid": "u"}),
        {},
    ),
    ("no account", "POST", f"{ACCOUNTS}/nobody/token", {}, {}),
    ("token as bob", "POST", TOKEN, {}, {"user": "bob"}),
    ("who is the robot", "POST", WHO, {}, {"bearer": "plain"}),
    ("the robot lists", "GET", CM, None, {"bearer": "plain"}),
    ("for somebody else", "GET", CM, None, {"bearer": "vault"}),
    ("review", "POST", REVIEW, {"spec": {"token": "@plain"}}, {}),
    ("review for another", "POST", REVIEW, {"spec": {"token": "@vault"}}, {}),
    ("review for the right one", "POST", REVIEW, {"spec": {"token": "@vault", "audiences": ["vault"]}}, {}),
    ("review of the bound", "POST", REVIEW, {"spec": {"token": "@bound"}}, {}),
]

AS, GROUP, UID = "Impersonate-User", "Impersonate-Group", "Impersonate-Uid"
EXTRA = "Impersonate-Extra-Scopes"
GRANTS = [
    rule("core", "users", "impersonate", "carol"), rule("core", "groups", "impersonate", "captains"),
    rule("core", "serviceaccounts", "impersonate"), rule("authentication.k8s.io", "userextras/scopes", "impersonate"),
]  # fmt: skip
NARROW = [
    rule("authentication.k8s.io", "users", "impersonate:user-info", "dora"),
    rule("core", "configmaps", "impersonate-on:user-info:list"),
]
IMPERSONATION: list[Step] = [
    ("admin as somebody", "POST", WHO, {}, {AS: "zoe"}),
    ("with groups", "POST", WHO, {}, {AS: "zoe", GROUP: "crew"}),
    ("with uid and extra", "POST", WHO, {}, {AS: "zoe", UID: "7", EXTRA: "a", "Impersonate-Extra-Acme.com%2Fp": "B"}),
    ("as an account", "POST", WHO, {}, {AS: "system:serviceaccount:ns:robot"}),
    ("as an account with a group", "POST", WHO, {}, {AS: "system:serviceaccount:ns:robot", GROUP: "crew"}),
    ("as anonymous", "POST", WHO, {}, {AS: "system:anonymous"}),
    ("as a node", "POST", WHO, {}, {AS: "system:node:n9"}),
    ("as a master", "POST", WHO, {}, {AS: "zoe", GROUP: "system:masters"}),
    ("group only", "GET", CM, None, {GROUP: "crew"}),
    ("uid only", "GET", CM, None, {UID: "7"}),
    ("extra only", "GET", CM, None, {EXTRA: "a"}),
    ("their rights", "GET", CM, None, {AS: "zoe"}),
    ("bob as somebody", "GET", CM, None, {"user": "bob", AS: "carol"}),
    ("bob as an account", "GET", CM, None, {"user": "bob", AS: "system:serviceaccount:ns:robot"}),
    ("bob as a node", "GET", CM, None, {"user": "bob", AS: "system:node:n9"}),
    ("grants", "POST", WIDE_ROLES, role("api-steps-as", *GRANTS), {}),
    ("to bob", "POST", WIDE_BINDINGS, binding("api-steps-as", "ClusterRole", "api-steps-as", "bob"), {}),
    ("bob as carol", "POST", WHO, {}, {"user": "bob", AS: "carol"}),
    ("bob as dave", "POST", WHO, {}, {"user": "bob", AS: "dave"}),
    ("bob as a captain", "POST", WHO, {}, {"user": "bob", AS: "carol", GROUP: "captains"}),
    ("bob as a master", "POST", WHO, {}, {"user": "bob", AS: "carol", GROUP: "system:masters"}),
    ("bob with a uid", "POST", WHO, {}, {"user": "bob", AS: "carol", UID: "7"}),
    ("bob with scopes", "POST", WHO, {}, {"user": "bob", AS: "carol", EXTRA: "a"}),
    ("bob with more", "POST", WHO, {}, {"user": "bob", AS: "carol", "Impersonate-Extra-Other": "a"}),
    ("bob as the robot", "POST", WHO, {}, {"user": "bob", AS: "system:serviceaccount:ns:robot"}),
    ("narrow grants", "POST", WIDE_ROLES, role("api-steps-on", *NARROW), {}),
    ("to alice", "POST", WIDE_BINDINGS, binding("api-steps-on", "ClusterRole", "api-steps-on", "alice"), {}),
    ("alice lists as dora", "GET", CM, None, {"user": "alice", AS: "dora"}),
    ("alice gets as dora", "GET", CM + "/x", None, {"user": "alice", AS: "dora"}),
    ("alice lists as carol", "GET", CM, None, {"user": "alice", AS: "carol"}),
]

KEEPER = rule(RBAC, "roles rolebindings", "get create update patch delete")
OWN = rule("core", "configmaps secrets", "get list")
ESCALATION: list[Step] = [
    ("keeper", "POST", ROLES, role("keeper", KEEPER, OWN), {}),
    ("alice keeps", "POST", BINDINGS, binding("keeper", "Role", "keeper", "alice"), {}),
    ("what she has", "POST", ROLES, role("same", OWN), {"user": "alice"}),
    ("more", "POST", ROLES, role("more", rule("core", "configmaps pods", "get delete watch")), {"user": "alice"}),
    ("everything", "POST", ROLES, role("all", rule("*", "*", "*")), {"user": "alice"}),
    ("a named one", "POST", ROLES, role("one", rule("core", "configmaps", "get", "a")), {"user": "alice"}),
    ("named ones of others", "POST", ROLES, role("one2", rule("apps", "deployments", "get", "a", "b")),
     {"user": "alice"}),
    ("grow", "PATCH", ROLES + "/same", {"rules": [rule("core", "nodes", "get")]}, {"user": "alice", **MERGE}),
    ("relabel", "PATCH", ROLES + "/same", {"metadata": {"labels": {"a": "b"}}}, {"user": "alice", **MERGE}),
    ("bind what she has", "POST", BINDINGS, binding("ok", "Role", "same", "bob"), {"user": "alice"}),
    ("bind view", "POST", BINDINGS, binding("view", "ClusterRole", "view", "bob"), {"user": "alice"}),
    ("bind nothing", "POST", BINDINGS, binding("none", "Role", "nope", "bob"), {"user": "alice"}),
    ("cluster role", "POST", WIDE_ROLES, role("api-steps-x", OWN), {"user": "alice"}),
    ("may bind and escalate", "POST", ROLES, role(
        "free", rule(RBAC, "roles", "escalate"), rule(RBAC, "clusterroles", "bind", "view")), {}),
    ("she may", "POST", BINDINGS, binding("free", "Role", "free", "alice"), {}),
    ("more now", "POST", ROLES, role("more", rule("core", "configmaps pods", "get delete watch")), {"user": "alice"}),
    ("bind view now", "POST", BINDINGS, binding("view", "ClusterRole", "view", "bob"), {"user": "alice"}),
    ("bind edit now", "POST", BINDINGS, binding("edit", "ClusterRole", "nope", "bob"), {"user": "alice"}),
    ("bob views", "GET", CM + "/nope", None, {"user": "bob"}),
]  # fmt: skip
