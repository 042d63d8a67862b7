"""Requests that two API servers must answer alike, in order, and the client that sends them.

A step is (title, method, path, body, options). Paths without a leading slash are below a namespace of their own.
Options: `user`, `type` (Content-Type), other names are headers. The answers in ``data/api_answers.json`` were recorded
from the real server: ``python -m tests.cluster.api_steps KUBECONFIG FILE``.
"""

from __future__ import annotations

import copy
import json
import re
import secrets
import ssl
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any, Protocol

from tests.cluster.access_steps import ESCALATION, IDENTITY, IMPERSONATION, TOKENS

Step = tuple[str, str, str, Any, dict[str, str]]
NAMESPACE = "api-steps"
APPLY = {"type": "application/apply-patch+yaml"}
MERGE = {"type": "application/merge-patch+json"}
STRATEGIC = {"type": "application/strategic-merge-patch+json"}
JSON_PATCH = {"type": "application/json-patch+json"}
NOISE = {
    "uid", "creationTimestamp", "resourceVersion", "time", "lastTransitionTime", "lastUpdateTime", "hash", "continue",
    "startTime", "storageVersionHash", "description",
}  # fmt: skip


class Caller(Protocol):
    """What sends a step: (status, JSON or text, Warning headers)."""

    pause: float

    def __call__(self, method: str, path: str, body: Any = None, **options: str) -> tuple[int, Any, list[str]]: ...


class Client:
    """Plain HTTP to the cluster of a kubeconfig, as one of its users.

    pause: seconds until the real server's authorizer knows of a changed role or binding.
    """

    pause = 0.1

    def __init__(self, kubeconfig: Path) -> None:
        import yaml

        config = yaml.safe_load(kubeconfig.read_text())
        self.server = config["clusters"][0]["cluster"]["server"]
        self.tokens = {user["name"]: user["user"].get("token", "") for user in config["users"]}
        self.tls = ssl.create_default_context()
        self.tls.check_hostname = False
        self.tls.verify_mode = ssl.CERT_NONE

    def __call__(self, method: str, path: str, body: Any = None, **options: str) -> tuple[int, Any, list[str]]:
        """(status, JSON or text, Warning headers)."""
        user, kind = options.pop("user", "admin"), options.pop("type", "application/json")
        token = options.pop("token", "") or self.tokens[user]
        data = body.encode() if isinstance(body, str) else None if body is None else json.dumps(body).encode()
        headers = {"Authorization": f"Bearer {token}", "Content-Type": kind, "User-Agent": "tester/1"}
        request = urllib.request.Request(self.server + path, data, {**headers, **options}, method=method)
        try:
            answer = urllib.request.urlopen(request, context=self.tls, timeout=20)
        except urllib.error.HTTPError as error:
            answer = error
        with answer:
            text = answer.read().decode()
            warnings = answer.headers.get_all("Warning") or []
        try:
            return answer.status, json.loads(text), warnings
        except ValueError:
            return answer.status, text, warnings


def settled(value: Any) -> Any:
    """An answer without what differs from run to run."""
    if isinstance(value, dict) and value.get("kind") == "SelfSubjectRulesReview" and "status" in value:
        lists = {k: sorted(v, key=str) for k, v in value["status"].items() if isinstance(v, list)}
        value = {**value, "status": {**value["status"], **lists}}  # bindings come in no order
    if isinstance(value, dict) and value.get("kind") == "TokenRequest" and "spec" in value:
        value = {**value, "metadata": {k: v for k, v in value["metadata"].items() if k != "managedFields"}}
    if isinstance(value, dict):
        kept = {k: settled(v) for k, v in value.items() if k not in NOISE}
        if "kubernetes.io/bootstrapping" in (kept.get("labels") or ()):
            kept.pop("managedFields", None)  # the program's name is in them
        if isinstance(kept.get("managedFields"), list):
            kept["managedFields"].sort(key=lambda e: json.dumps(e, sort_keys=True))
        return kept
    if isinstance(value, list):
        return [settled(v) for v in value]
    if isinstance(value, str):
        value = re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "UID", value)
        value = re.sub(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", "TIME", value)
        value = re.sub(r"eyJ[\w-]+\.[\w-]+\.[\w-]+", "TOKEN", value)
        value = re.sub(r"kube-api-access-\w{5}", "kube-api-access-X", value)
        return re.sub(r"^10\.(0|96)\.\d+\.\d+$", "ADDRESS", value)
    return value


def config_map(**more: Any) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "x"}, **more}


def deployment(name: str, **spec: Any) -> dict[str, Any]:
    pod = {"containers": [{"name": "c", "image": "x"}]}
    template = {"metadata": {"labels": {"a": "b"}}, "spec": pod}
    base = {"replicas": 0, "selector": {"matchLabels": {"a": "b"}}, "template": template}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name}, "spec": {**base, **spec}}


def changed(value: Any, path: str, new: Any) -> Any:
    """A copy with the value at a dotted path replaced; DROP removes it."""
    out = copy.deepcopy(value)
    node = out
    *steps, last = path.split(".")
    for step in steps:
        node = node[int(step)] if isinstance(node, list) else node[step]
    if new is DROP:
        del node[last]
    else:
        node[int(last) if isinstance(node, list) else last] = new
    return out


DROP: Any = object()
IMAGE = "spec.template.spec.containers.0.image"
JOB = {
    "apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "j"},
    "spec": {"template": {"spec": {"restartPolicy": "Never", "containers": [{"name": "c", "image": "x"}]}}},
}  # fmt: skip
SERVICE = {
    "apiVersion": "v1", "kind": "Service", "metadata": {"name": "s"},
    "spec": {"selector": {"a": "b"}, "ports": [{"port": 80}]},
}  # fmt: skip
SET = {
    "apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": "st"},
    "spec": {"replicas": 0, "serviceName": "q", "selector": {"matchLabels": {"a": "b"}},
             "template": {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "c", "image": "x"}]}}},
}  # fmt: skip
SECRET = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "se"}, "data": {"a": "Yg=="}}
BINDING = {
    "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding", "metadata": {"name": "r"},
    "roleRef": {"kind": "Role", "name": "i", "apiGroup": "rbac.authorization.k8s.io"},
    "subjects": [{"kind": "User", "name": "alice"}],
}  # fmt: skip
SCHEMA = {
    "type": "object",
    "properties": {
        "spec": {
            "type": "object", "required": ["b"],
            "properties": {
                "b": {"type": "string", "enum": ["x", "y"]}, "n": {"type": "integer", "minimum": 2, "maximum": 5},
                "a": {"type": "integer", "default": 3},
            },
        },
        "status": {"type": "object", "x-kubernetes-preserve-unknown-fields": True},
    },
}  # fmt: skip
CRD = {
    "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
    "metadata": {"name": "things.example.com"},
    "spec": {
        "group": "example.com", "scope": "Namespaced", "names": {"plural": "things", "kind": "Thing"},
        "versions": [{"name": "v1", "served": True, "storage": True, "subresources": {"status": {}},
                      "schema": {"openAPIV3Schema": SCHEMA}}],
    },
}  # fmt: skip
THING = {"apiVersion": "example.com/v1", "kind": "Thing", "metadata": {"name": "t"}, "spec": {"b": "x"}}
CM, DEPLOY, SVC, SEC = "v1/configmaps", "apps/v1/deployments", "v1/services", "v1/secrets"
JOBS, STS, ROLES = "batch/v1/jobs", "apps/v1/statefulsets", "rbac.authorization.k8s.io/v1/roles"
BINDINGS, THINGS = "rbac.authorization.k8s.io/v1/rolebindings", "example.com/v1/things"

DECODING: list[Step] = [
    ("missing object", "GET", CM + "/nope", None, {}),
    ("no such path", "GET", "/nope", None, {}),
    ("no such group", "GET", "/apis/foo/v1/bars", None, {}),
    ("no such resource", "GET", "/apis/apps/v1/bars", None, {}),
    ("missing namespace", "POST", "/api/v1/namespaces/nope/configmaps", {"metadata": {"name": "x"}}, {}),
    ("bad name and unknown field", "POST", CM, {"metadata": {"name": "X_"}, "dat": {"a": 1}}, {}),
    ("unknown field, strict", "POST", CM + "?fieldValidation=Strict", {"metadata": {"name": "x"}, "dat": 1}, {}),
    ("unknown field, warned", "POST", CM + "?dryRun=All", {"metadata": {"name": "x"}, "dat": 1}, {}),
    ("duplicate field", "POST", CM + "?dryRun=All", '{"metadata":{"name":"x"},"data":{"a":"b","a":"c"}}', {}),
    ("number for string", "POST", CM, {"metadata": {"name": "x"}, "data": {"a": 1}}, {}),
    ("list for map", "POST", CM, {"metadata": {"name": "x"}, "data": ["a"]}, {}),
    ("no name", "POST", CM, {"metadata": {}}, {}),
    ("exists", "POST", CM, {"metadata": {"name": "kube-root-ca.crt"}}, {}),
    ("unknown kind", "POST", CM, {"kind": "Foo", "apiVersion": "v1", "metadata": {"name": "q"}}, {}),
    ("other kind", "POST", CM, {"kind": "Secret", "apiVersion": "v1", "metadata": {"name": "q"}}, {}),
    ("other namespace", "POST", CM, {"metadata": {"name": "a", "namespace": "b"}}, {}),
    ("cut off", "POST", CM, "{", {}),
    ("not an object", "POST", CM, "[]", {}),
    ("unknown content type", "POST", CM, {}, {"type": "application/foo"}),
    ("deep type error", "POST", DEPLOY, deployment("x", template={"spec": {"containers": [{"image": 4}]}}), {}),
    ("bad field selector", "GET", "v1/pods?fieldSelector=foo%3Dbar", None, {}),
    ("bad label selector", "GET", "v1/pods?labelSelector=%3D%3D", None, {}),
    ("put on a collection", "PUT", "v1/pods", None, {}),
    ("not acceptable", "GET", "v1/pods", None, {"Accept": "text/plain"}),
]
ACCESS: list[Step] = [
    ("list as nobody", "GET", CM, None, {"user": "bob"}),
    ("get as nobody", "GET", CM + "/foo", None, {"user": "bob"}),
    ("cluster scope as nobody", "GET", "/api/v1/nodes", None, {"user": "bob"}),
    ("namespace as nobody", "GET", "/api/v1/namespaces/default", None, {"user": "bob"}),
    ("path as nobody", "GET", "/foo", None, {"user": "bob"}),
    ("create as nobody", "POST", DEPLOY, {}, {"user": "bob"}),
    ("subresource as nobody", "GET", "v1/pods/x/log", None, {"user": "bob"}),
    ("bind a role", "POST", BINDINGS, BINDING, {}),
    ("rebind", "PATCH", BINDINGS + "/r", {"roleRef": {"name": "z"}}, MERGE),
    ("list with a missing role", "GET", CM, None, {"user": "alice"}),
    ("make the role", "POST", ROLES,
     {"metadata": {"name": "i"}, "rules": [{"apiGroups": [""], "resources": ["configmaps"], "verbs": ["get", "list"]}]},
     {}),
    ("get with the role", "GET", CM + "/nope", None, {"user": "alice"}),
    ("delete with the role", "DELETE", CM + "/nope", None, {"user": "alice"}),
    ("impersonate", "GET", "v1/pods", None, {"Impersonate-User": "alice"}),
    ("impersonate as nobody", "GET", CM, None, {"user": "bob", "Impersonate-User": "alice"}),
    ("empty rule", "POST", ROLES, {"metadata": {"name": "i3"}, "rules": [{}]}, {}),
    ("empty binding", "POST", BINDINGS, {"metadata": {"name": "i3"}}, {}),
]  # fmt: skip
APPLYING: list[Step] = [
    ("type error", "PATCH", CM + "/x?fieldManager=m", config_map(data={"a": 1}), APPLY),
    ("undeclared field", "PATCH", DEPLOY + "/x?fieldManager=m", deployment("x", foo=1), APPLY),
    ("no manager", "PATCH", DEPLOY + "/x", deployment("x"), APPLY),
    ("number wanted", "PATCH", DEPLOY + "/x?fieldManager=m", deployment("x", replicas="a"), APPLY),
    ("no version", "PATCH", DEPLOY + "/x?fieldManager=m", {"kind": "Deployment", "metadata": {"name": "x"}}, APPLY),
    ("created", "PATCH", CM + "/x?fieldManager=m", config_map(data={"a": "1"}), APPLY),
    ("same again", "PATCH", CM + "/x?fieldManager=m", config_map(data={"a": "1"}), APPLY),
    ("shared", "PATCH", CM + "/x?fieldManager=n", config_map(data={"a": "1"}), APPLY),
    ("conflict", "PATCH", CM + "/x?fieldManager=n", config_map(data={"a": "2", "b": "3"}), APPLY),
    ("forced", "PATCH", CM + "/x?fieldManager=n&force=true", config_map(data={"a": "2", "b": "3"}), APPLY),
    ("other kind", "PATCH", CM + "/x?fieldManager=n", {**config_map(), "kind": "Secret"}, APPLY),
    ("replaced by PUT", "PUT", CM + "/x", config_map(data={"a": "9", "c": "d"}), {}),
    ("old version", "PUT", CM + "/x", changed(config_map(), "metadata.resourceVersion", "1"), {}),
    ("name differs", "PUT", CM + "/x", changed(config_map(), "metadata.name", "y"), {}),
    ("nothing to PUT on", "PUT", CM + "/zz", changed(config_map(), "metadata.name", "zz"), {}),
    ("merge patch", "PATCH", CM + "/x", {"data": {"a": None, "z": "1"}}, MERGE),
    ("strategic patch", "PATCH", CM + "/x", {"data": {"q": "1"}, "metadata": {"labels": {"a": "b"}}}, STRATEGIC),
    ("failed test", "PATCH", CM + "/x", [{"op": "test", "path": "/data/a", "value": "zz"}], JSON_PATCH),
    ("JSON patch", "PATCH", CM + "/x", [{"op": "add", "path": "/data/w", "value": "8"}], JSON_PATCH),
    ("unknown patch", "PATCH", CM + "/x", {}, {"type": "application/foo"}),
    ("patched unknown field", "PATCH", CM + "/x", {"foo": 1}, MERGE),
    ("selected", "GET", CM + "?labelSelector=a+in+(b,c),!d&fieldSelector=metadata.name%3Dx", None, {}),
    ("wrong uid", "DELETE", CM + "/x", {"preconditions": {"uid": "x"}}, {}),
    ("deleted", "DELETE", CM + "/x", None, {}),
    ("deleted twice", "DELETE", CM + "/x", None, {}),
]
SPECS: list[Step] = [
    ("deployment without spec", "POST", DEPLOY, {"metadata": {"name": "x"}}, {}),
    ("wrong labels, names, ports", "POST", DEPLOY, deployment("x", template={
        "metadata": {"labels": {"a": "c"}},
        "spec": {"containers": [{"name": "A_", "ports": [{"containerPort": 999999}]}, {"name": "a"}]}}), {}),
    ("unknown strategy", "POST", DEPLOY, deployment("x", strategy={"type": "Foo"}), {}),
    ("dry run with defaults", "POST", DEPLOY + "?dryRun=All", deployment("x"), {}),
    ("applied dry run", "PATCH", DEPLOY + "/x?dryRun=All&fieldManager=helm", deployment("x"), APPLY),
    ("job that restarts", "POST", JOBS, changed(JOB, "spec.template.spec.restartPolicy", DROP), {}),
    ("job", "POST", JOBS + "?dryRun=All", JOB, {}),
    ("service", "POST", SVC, SERVICE, {}),
    ("other address", "PATCH", SVC + "/s", {"spec": {"clusterIP": "10.0.0.77"}}, MERGE),
    ("other port", "PATCH", SVC + "/s", {"spec": {"ports": [{"port": 81}]}}, MERGE),
    ("bad service name", "POST", SVC, changed(SERVICE, "metadata.name", "S_"), {}),
    ("port 0", "POST", SVC, changed(SERVICE, "spec.ports", [{"port": 0}]), {}),
    ("no ports", "POST", SVC, changed(SERVICE, "spec.ports", []), {}),
    ("unknown type", "POST", SVC, changed(SERVICE, "spec.type", "Foo"), {}),
    ("service deleted", "DELETE", SVC + "/s", None, {}),
    ("stateful set", "POST", STS + "?dryRun=All", SET, {}),
    ("secret", "POST", SEC, SECRET, {}),
    ("other secret type", "PATCH", SEC + "/se", {"type": "foo/bar"}, MERGE),
    ("made immutable", "PATCH", SEC + "/se", {"immutable": True}, MERGE),
    ("immutable data", "PATCH", SEC + "/se", {"data": {"a": "Yw=="}}, MERGE),
    ("immutable undone", "PATCH", SEC + "/se", {"stringData": {"a": "c"}, "immutable": False}, MERGE),
    ("bad base64", "POST", SEC, changed(SECRET, "data", {"a": "!!"}), {}),
    ("bad key", "POST", SEC, changed(SECRET, "data", {"a b": "Yg=="}), {}),
    ("default namespace deleted", "DELETE", "/api/v1/namespaces/default", None, {}),
    ("bad namespace name", "POST", "/api/v1/namespaces", {"metadata": {"name": "A_b"}}, {}),
]  # fmt: skip
CUSTOM: list[Step] = [
    ("thing", "POST", THINGS, THING, {}),
    ("unknown field pruned", "POST", THINGS + "?dryRun=All",
     changed(changed(THING, "spec.zz", 1), "metadata.name", "t2"), {}),
    ("unknown field, strict", "POST", THINGS + "?fieldValidation=Strict", changed(THING, "spec.zz", 1), {}),
    ("wrong type", "POST", THINGS, changed(THING, "spec.b", 3), {}),
    ("not in the enumeration", "POST", THINGS, changed(THING, "spec.b", "q"), {}),
    ("required", "POST", THINGS, changed(THING, "spec.b", DROP), {}),
    ("too small", "POST", THINGS, changed(THING, "spec.n", 1), {}),
    ("applied", "PATCH", THINGS + "/t?fieldManager=helm", changed(THING, "spec.n", 4), APPLY),
    ("applied undeclared", "PATCH", THINGS + "/t?fieldManager=helm", changed(THING, "spec.zzz", 4), APPLY),
    ("merge patch", "PATCH", THINGS + "/t", {"spec": {"n": 3}}, MERGE),
    ("strategic patch", "PATCH", THINGS + "/t", {"spec": {"n": 3}}, STRATEGIC),
    ("status", "PATCH", THINGS + "/t/status", {"status": {"n": 3}}, MERGE),
    ("PUT without version", "PUT", THINGS + "/t", THING, {}),
    ("listed", "GET", THINGS, None, {}),
    ("deleted", "DELETE", THINGS + "/t", None, {}),
]  # fmt: skip
GROUPS = {
    "decoding": DECODING, "access": ACCESS, "applying": APPLYING, "specs": SPECS, "custom": CUSTOM,
    "identity": IDENTITY, "tokens": TOKENS, "impersonation": IMPERSONATION, "escalation": ESCALATION,
}  # fmt: skip
WIDE = ("clusterroles", "clusterrolebindings")


def url(path: str, space: str) -> str:
    """The URL of a step's path; relative ones are below the namespace `space`."""
    if path.startswith("/"):
        return path
    place, _, query = path.partition("?")
    parts = place.split("/")
    group, rest = ("/api/v1", parts[1:]) if parts[0] == "v1" else (f"/apis/{parts[0]}/{parts[1]}", parts[2:])
    return f"{group}/namespaces/{space}/{'/'.join(rest)}" + (f"?{query}" if query else "")


def set_up(client: Caller, group: str, space: str) -> None:
    """The namespace, and for custom resources their definition."""
    client("POST", "/api/v1/namespaces", {"metadata": {"name": space}})
    root = f"/api/v1/namespaces/{space}/configmaps/kube-root-ca.crt"
    while client("GET", root)[0] != 200:
        time.sleep(0.05)
    if group == "custom":
        client("POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", CRD)
        while client("GET", url(THINGS, space))[0] != 200:
            time.sleep(0.05)


def tear_down(client: Caller, group: str, space: str) -> None:
    for kind in WIDE:
        base = f"/apis/rbac.authorization.k8s.io/v1/{kind}"
        for item in client("GET", base)[1]["items"]:
            if item["metadata"]["name"].startswith(f"{NAMESPACE}-"):
                client("DELETE", f"{base}/{item['metadata']['name']}")
    if group == "custom":
        client("DELETE", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/things.example.com")
    client("DELETE", f"/api/v1/namespaces/{space}")


def run(client: Caller, group: str) -> list[dict[str, Any]]:
    """The settled answers to one group of steps, in a namespace of its own that is called NAMESPACE in them."""
    space = f"{NAMESPACE}{secrets.token_hex(3)}"
    set_up(client, group, space)
    answers = []
    kept: dict[str, str] = {}
    for title, method, path, body, options in GROUPS[group]:
        options = dict(options)
        keep, bearer = options.pop("keep", ""), options.pop("bearer", "")
        if bearer:
            options["token"] = kept[bearer]
        if body is not None and not isinstance(body, str):
            text = json.dumps(body).replace(f'"{NAMESPACE}"', f'"{space}"')
            for name, token in kept.items():
                text = text.replace(f'"@{name}"', json.dumps(token))
            body = json.loads(text)
        status, answer, warnings = client(method, url(path, space), body, **options)
        if keep:
            kept[keep] = answer["status"]["token"]
        if "rbac" in path and method != "GET":
            time.sleep(client.pause)
        answer, warnings = json.loads(json.dumps([answer, warnings]).replace(space, NAMESPACE))
        answers.append({"step": title, "status": status, "answer": settled(answer), "warnings": warnings})
    tear_down(client, group, space)
    return answers


if __name__ == "__main__":
    recorded = {group: run(Client(Path(sys.argv[1])), group) for group in sys.argv[3:] or GROUPS}
    Path(sys.argv[2]).write_text(json.dumps(recorded, indent=1, sort_keys=True, ensure_ascii=False) + "\n")
