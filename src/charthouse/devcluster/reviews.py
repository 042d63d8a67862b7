"""The objects that are questions: TokenReview, the access reviews, who am I.

Rules: pkg/registry/{authentication,authorization}/* of k8s.io/kubernetes v1.37.2."""

from __future__ import annotations

import json

from charthouse.devcluster.account_tokens import TokenError
from charthouse.devcluster.failures import Cause, bad_request, invalid
from charthouse.devcluster.identity import Attributes, User

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from charthouse.devcluster.access import Access

    Object = dict[str, Any]

__all__ = ["REVIEWS", "answer"]

AUTHORIZATION = "authorization.k8s.io"
OF_OTHERS = ("SubjectAccessReview", "LocalSubjectAccessReview")
REVIEWS = {
    "TokenReview", "SelfSubjectReview", "SelfSubjectRulesReview", "SelfSubjectAccessReview", "SubjectAccessReview",
    "LocalSubjectAccessReview",
}  # fmt: skip


def answer(access: Access, kind: str, body: Object, user: User, namespace: str) -> Object:
    """A *Review object that was created, with its status. Raises ApiFailure (400, 422)."""
    spec = body.get("spec") or {}
    out = {**body, "metadata": body.get("metadata") or {}}
    if kind == "TokenReview":
        out["status"] = _token(access, spec)
    elif kind == "SelfSubjectReview":
        out["status"] = {"userInfo": user.document()}
    elif kind == "SelfSubjectRulesReview":
        if not spec.get("namespace"):
            raise bad_request("no namespace on request")
        out["spec"] = {}
        out["metadata"] = {k: v for k, v in out["metadata"].items() if k != "managedFields"}
        out["status"] = _rules(access.rbac.rules(user, spec["namespace"]))
    else:
        out["status"] = _access(access, kind, spec, user, namespace)
    return out


def _token(access: Access, spec: Object) -> Object:
    token = spec.get("token") or ""
    if not token:
        raise bad_request("token is required for TokenReview in authentication")
    try:
        found, audiences = access.token_user(token, spec.get("audiences") or access.accounts.audiences)
    except TokenError as error:
        return {"user": {}, "error": error.message}
    return {"authenticated": True, "user": found.document(), "audiences": audiences}


def _access(access: Access, kind: str, spec: Object, user: User, namespace: str) -> Object:
    _check(kind, spec, namespace)
    if kind in OF_OTHERS:
        extra = {str(k).lower(): list(v) for k, v in (spec.get("extra") or {}).items()}
        user = User(spec.get("user") or "", tuple(spec.get("groups") or ()), spec.get("uid") or "", extra)
    allowed, reason = access.rbac.allowed(user, _asked(spec))
    out: Object = {"allowed": allowed}
    if reason:
        out["reason"] = reason
    return out


def _check(kind: str, spec: Object, namespace: str) -> None:
    resource, path = spec.get("resourceAttributes"), spec.get("nonResourceAttributes")
    causes = []
    if (resource is None) == (path is None):
        shown = "null" if path is None else json.dumps({"Path": path.get("path", ""), "Verb": path.get("verb", "")},
                                                       separators=(",", ":"))  # fmt: skip
        text = f"{shown}: exactly one of nonResourceAttributes or resourceAttributes must be specified"
        causes.append(_wrong("spec", text))
    if kind in OF_OTHERS and not spec.get("user") and not spec.get("groups"):
        causes.append(_wrong("spec.user", '"": at least one of user or group must be specified'))
    if kind == "LocalSubjectAccessReview":
        given = (resource or {}).get("namespace", "")
        if resource is not None and given != namespace:
            text = f"{json.dumps(given)}: must match metadata.namespace"
            causes.append(_wrong("spec.resourceAttributes.namespace", text))
        if path is not None:
            text = f"{json.dumps(path)}: disallowed on this kind of request"
            causes.append(_wrong("spec.nonResourceAttributes", text))
    if causes:
        raise invalid(AUTHORIZATION, "", "", causes)


def _wrong(field: str, text: str) -> Cause:
    return Cause("FieldValueInvalid", field, f"Invalid value: {text}")


def _asked(spec: Object) -> Attributes:
    path = spec.get("nonResourceAttributes")
    if path is not None:
        return Attributes(path.get("verb", ""), path=path.get("path", ""))
    wanted = spec.get("resourceAttributes") or {}
    return Attributes(
        wanted.get("verb", ""),
        group=wanted.get("group", ""),
        resource=wanted.get("resource", ""),
        subresource=wanted.get("subresource", ""),
        namespace=wanted.get("namespace", ""),
        name=wanted.get("name", ""),
    )


def _rules(rules: list[Object]) -> Object:
    keep = ("verbs", "apiGroups", "resources", "resourceNames")
    resources = [{k: r[k] for k in keep if r.get(k)} for r in rules if r.get("resources")]
    paths = [{"verbs": r["verbs"], "nonResourceURLs": r["nonResourceURLs"]} for r in rules if r.get("nonResourceURLs")]
    return {"resourceRules": resources, "nonResourceRules": paths, "incomplete": False}
