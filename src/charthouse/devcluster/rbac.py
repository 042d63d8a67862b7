"""Role-based access: which rules a user has, what they allow, and whether somebody may hand rights on.

Rules: plugin/pkg/auth/authorizer/rbac, pkg/registry/rbac/{validation/rule.go,escalation_check.go} of k8s.io/kubernetes
v1.37.2, component-helpers/auth/rbac/validation v0.37.2. Nobody may grant more than they hold, unless a role gives them
the verb `escalate` (roles) or `bind` (bindings).
"""

from __future__ import annotations

from charthouse.devcluster.failures import forbidden, not_found
from charthouse.devcluster.identity import MASTERS, Attributes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from charthouse.devcluster.identity import User
    from charthouse.devcluster.resources import Kind
    from charthouse.devcluster.store import Store

    Object = dict[str, Any]

__all__ = ["ALL", "GROUP", "Rbac"]

GROUP = "rbac.authorization.k8s.io"
ALL: list[dict[str, Any]] = [
    {"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]},
    {"nonResourceURLs": ["*"], "verbs": ["*"]},
]
ROLES = ("roles", "clusterroles")
COLLECTABLE = ("ownerReferences", "finalizers")


class Rbac:
    """Decisions over the roles and bindings of a store."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def allowed(self, user: User, asked: Attributes) -> tuple[bool, str]:
        """(decision, its reason: the binding that allows, or what to add to a refusal: roles that do not exist)."""
        if MASTERS in user.groups:
            return True, ""
        missing: list[str] = []
        for binding, subject, rules in self._bound(user, asked.namespace, missing):
            if any(covers(rule, asked) for rule in rules):
                return True, f"RBAC: allowed by {_describe(binding, subject)}"
        if not missing:
            return False, ""
        return False, "RBAC: " + (missing[0] if len(missing) == 1 else f"[{', '.join(missing)}]")

    def rules(self, user: User, namespace: str) -> list[Object]:
        """Every rule the user has in a namespace ("": cluster-wide)."""
        if MASTERS in user.groups:
            return ALL
        return [rule for _, _, rules in self._bound(user, namespace, []) for rule in rules]

    def _bound(self, user: User, namespace: str, missing: list[str]) -> Iterator[tuple[Object, Object, list[Object]]]:
        """(binding, the subject of it that is the user, its rules)."""
        for _, entry in self.store.list(f"clusterrolebindings.{GROUP}")[0]:
            subject = _subject(entry.object, user, "")
            if subject is not None:
                yield entry.object, subject, self._role(entry.object["roleRef"], "", missing)
        if namespace:
            for _, entry in self.store.list(f"rolebindings.{GROUP}", namespace)[0]:
                subject = _subject(entry.object, user, namespace)
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

    # handing rights on -----------------------------------------------------------------------------------------------

    def check_grant(self, user: User, kind: Kind, namespace: str, new: Object, old: Object | None) -> None:
        """Raises ApiFailure (403) when `user` would grant more than they hold by storing this role or binding."""
        if kind.group != GROUP or MASTERS in user.groups:
            return
        if old is not None and _only_collection_changes(new, old):
            return
        name = new["metadata"].get("name", "")
        if kind.plural in ROLES:
            escalating = Attributes(
                "escalate", group=GROUP, resource=kind.plural, namespace=namespace, name=name if old else ""
            )
            if self.allowed(user, escalating)[0]:
                return
            self._check_held(user, kind, namespace, name, new.get("rules") or [])
            gathers = _aggregates(new) or (old is not None and _aggregates(old))
            if gathers and uncovered(self.rules(user, ""), ALL):
                text = "must have cluster-admin privileges to use the aggregationRule"
                raise forbidden(GROUP, kind.plural, name, text)
            return
        reference = new.get("roleRef") or {}
        if not self._may_bind(user, namespace, reference):
            self._check_held(user, kind, namespace, name, self._referenced(kind, reference, namespace))

    def _check_held(self, user: User, kind: Kind, namespace: str, name: str, rules: list[Object]) -> None:
        missing = uncovered(self.rules(user, namespace), rules)
        if not missing:
            return
        lines = "\n".join(sorted({describe_rule(rule) for rule in compact(missing)}))
        groups = " ".join(map(_quoted, user.groups))
        text = (
            f"user {_quoted(user.name)} (groups=[{groups}]) is attempting to grant RBAC permissions not currently "
            f"held:\n{lines}"
        )
        raise forbidden(GROUP, kind.plural, name, text)

    def _may_bind(self, user: User, namespace: str, reference: Object) -> bool:
        plural = {"ClusterRole": "clusterroles", "Role": "roles"}.get(str(reference.get("kind")), "")
        asked = Attributes(
            "bind", group=GROUP, resource=plural, namespace=namespace, name=str(reference.get("name", ""))
        )
        return bool(plural) and self.allowed(user, asked)[0]

    def _referenced(self, kind: Kind, reference: Object, namespace: str) -> list[Object]:
        plural = "clusterroles" if reference.get("kind") == "ClusterRole" else "roles"
        key = ("" if plural == "clusterroles" else namespace, str(reference.get("name", "")))
        entry = self.store.get(f"{plural}.{GROUP}", key)
        if entry is None:
            raise not_found(GROUP, kind.plural, key[1])
        return entry.object.get("rules") or []


def _aggregates(role: Object) -> bool:
    return bool((role.get("aggregationRule") or {}).get("clusterRoleSelectors"))


def _only_collection_changes(new: Object, old: Object) -> bool:
    """True when only what garbage collection needs is changed."""

    def rest(obj: Object) -> Object:
        gone = (*COLLECTABLE, "managedFields", "resourceVersion")
        kept = {k: v for k, v in obj["metadata"].items() if k not in gone}
        return {**obj, "metadata": kept}

    return rest(new) == rest(old)


# rules ---------------------------------------------------------------------------------------------------------------


def covers(rule: Object, asked: Attributes) -> bool:
    """Whether a rule allows what is asked."""
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
    return pattern in ("*", path) or (pattern.endswith("*") and path.startswith(pattern.rstrip("*")))


def uncovered(held: list[Object], wanted: list[Object]) -> list[Object]:
    """The smallest rules of `wanted` that no rule of `held` covers."""
    return [part for rule in wanted for part in _parts(rule) if not any(_part_covered(own, part) for own in held)]


def _parts(rule: Object) -> Iterator[Object]:
    for group in rule.get("apiGroups") or ():
        for resource in rule.get("resources") or ():
            for verb in rule.get("verbs") or ():
                part = {"apiGroups": [group], "resources": [resource], "verbs": [verb]}
                names = rule.get("resourceNames")
                yield from ({**part, "resourceNames": [name]} for name in names) if names else (part,)
    for path in rule.get("nonResourceURLs") or ():
        yield from ({"nonResourceURLs": [path], "verbs": [verb]} for verb in rule.get("verbs") or ())


def _part_covered(own: Object, part: Object) -> bool:
    def has(field: str) -> bool:
        held = own.get(field) or ()
        return "*" in held or all(value in held for value in part.get(field) or ())

    if not has("verbs"):
        return False
    if part.get("nonResourceURLs"):
        return any(_path_matches(pattern, part["nonResourceURLs"][0]) for pattern in own.get("nonResourceURLs") or ())
    resource = part["resources"][0]
    _, slash, subresource = resource.partition("/")
    held = own.get("resources") or ()
    if not ("*" in held or resource in held or (slash and f"*/{subresource}" in held)):
        return False
    names = own.get("resourceNames") or ()
    return has("apiGroups") and (not names or (bool(part.get("resourceNames")) and part["resourceNames"][0] in names))


def compact(rules: list[Object]) -> list[Object]:
    """Rules on one resource joined into one with all their verbs."""
    joined: dict[tuple[str, ...], Object] = {}
    out = []
    for rule in rules:
        if "nonResourceURLs" in rule:
            out.append(rule)
            continue
        key = (rule["apiGroups"][0], rule["resources"][0], *rule.get("resourceNames", ()))
        if key in joined:
            joined[key]["verbs"] = [*joined[key]["verbs"], *rule["verbs"]]
        else:
            joined[key] = dict(rule)
    return [*out, *joined.values()]


def describe_rule(rule: Object) -> str:
    """`{APIGroups:["apps"], Resources:["deployments"], Verbs:["get"]}`."""
    fields = (
        ("APIGroups", "apiGroups"), ("Resources", "resources"), ("NonResourceURLs", "nonResourceURLs"),
        ("ResourceNames", "resourceNames"), ("Verbs", "verbs"),
    )  # fmt: skip
    shown = [f"{title}:[{' '.join(map(_quoted, rule[field]))}]" for title, field in fields if rule.get(field)]
    return "{" + ", ".join(shown) + "}"


def _quoted(text: str) -> str:
    """Go's %q, for names."""
    import json

    return json.dumps(text, ensure_ascii=False)


# bindings ------------------------------------------------------------------------------------------------------------


def _describe(binding: Object, subject: Object) -> str:
    """`RoleBinding "b/ns" of Role "r" to User "alice"`."""
    meta, ref = binding["metadata"], binding["roleRef"]
    place = f"{meta['name']}/{meta['namespace']}" if meta.get("namespace") else meta["name"]
    who = subject["name"]
    if subject["kind"] == "ServiceAccount":
        who = f"{who}/{subject.get('namespace') or meta.get('namespace', '')}"
    return f'{binding["kind"]} "{place}" of {ref["kind"]} "{ref["name"]}" to {subject["kind"]} "{who}"'


def _subject(binding: Object, user: User, namespace: str) -> Object | None:
    """The subject of a binding that is the user."""
    for subject in binding.get("subjects") or ():
        kind, name = subject.get("kind"), subject.get("name")
        if (kind == "User" and name == user.name) or (kind == "Group" and name in user.groups):
            return subject  # type: ignore[no-any-return]  # JSON
        if kind == "ServiceAccount":
            where = subject.get("namespace") or namespace
            if where and user.name == f"system:serviceaccount:{where}:{name}":
                return subject  # type: ignore[no-any-return]  # JSON
    return None
