"""TokenRequests: what a service account's token shall be for, checked, defaulted and answered.

Rules: pkg/registry/core/serviceaccount/storage/token.go and pkg/apis/authentication/validation of k8s.io/kubernetes
v1.37.2. Differs: tokens for webhook configurations (attestations) are refused."""

from __future__ import annotations

import time

from charthouse.devcluster.failures import ApiFailure, Cause, bad_request, conflict, invalid, not_found

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from charthouse.devcluster.account_tokens import AccountTokens
    from charthouse.devcluster.objects import Objects

    Object = dict[str, Any]

__all__ = ["answer"]

GROUP = "authentication.k8s.io"
DEFAULT_SECONDS, LEAST_SECONDS, MOST_SECONDS = 3600, 600, 1 << 32
BINDABLE = {"Pod": "pods", "Secret": "secrets", "Node": "nodes"}


def answer(objects: Objects, accounts: AccountTokens, account: Object, body: Object) -> Object:
    """The TokenRequest with its token. Raises ApiFailure."""
    meta, given = account["metadata"], body.get("metadata") or {}
    for field in ("name", "namespace"):
        if given.get(field) and given[field] != meta[field]:
            what = "name" if field == "name" else "namespace"
            text = f'Invalid value: "{given[field]}": must match the service account {what} if specified'
            raise invalid(GROUP, "TokenRequest", meta["name"], [Cause("FieldValueInvalid", f"metadata.{field}", text)])
    if given.get("uid") and given["uid"] != meta["uid"]:
        text = f"the UID in the token request ({given['uid']}) does not match the UID of the service account"
        raise conflict(GROUP, "TokenRequest", meta["name"], f"{text} ({meta['uid']})")
    spec = body.get("spec") or {}
    seconds = spec.get("expirationSeconds", DEFAULT_SECONDS)
    _check_seconds(seconds)
    audiences = list(spec.get("audiences") or accounts.audiences)
    bound = _bound(objects, account, spec.get("boundObjectRef"))
    expires = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + seconds))
    filled: Object = {"audiences": audiences, "expirationSeconds": seconds}
    filled["boundObjectRef"] = spec.get("boundObjectRef")
    return {
        "kind": "TokenRequest",
        "apiVersion": f"{GROUP}/v1",
        "metadata": {
            **given, "name": meta["name"], "namespace": meta["namespace"], "uid": meta["uid"],
            "creationTimestamp": objects.clock.now(),
        },
        "spec": filled,
        "status": {"token": accounts.issue(account, audiences, seconds, bound), "expirationTimestamp": expires},
    }  # fmt: skip


def _check_seconds(seconds: Any) -> None:
    if not isinstance(seconds, int):
        raise bad_request("spec.expirationSeconds must be a number")
    text = ""
    if seconds < LEAST_SECONDS:
        text = f"Invalid value: {seconds}: may not specify a duration less than 10 minutes"
    elif seconds > MOST_SECONDS:
        text = f"Invalid value: {seconds}: may not specify a duration larger than 2^32 seconds"
    if text:
        raise invalid(GROUP, "TokenRequest", "", [Cause("FieldValueInvalid", "spec.expirationSeconds", text)])


def _bound(objects: Objects, account: Object, reference: Object | None) -> dict[str, Object]:
    """What the token ends with: `pod`, `secret` or `node` → object. Raises ApiFailure."""
    if not reference:
        return {}
    kind, name = reference.get("kind", ""), reference.get("name", "")
    table = BINDABLE.get(kind) if reference.get("apiVersion", "v1") == "v1" else None
    if table is None:
        group, _, version = str(reference.get("apiVersion", "")).rpartition("/")
        raise bad_request(f"cannot bind token to object of type {group}/{version}, Kind={kind}")
    namespace = "" if kind == "Node" else account["metadata"]["namespace"]
    entry = objects.store.get(table, (namespace, name))
    if entry is None:
        raise not_found("", table, name)
    found = entry.object
    if reference.get("uid") and reference["uid"] != found["metadata"]["uid"]:
        raise _changed(kind, name, reference["uid"], found["metadata"]["uid"])
    if kind != "Pod":
        return {kind.lower(): found}
    owner = account["metadata"]["name"]
    if found["spec"].get("serviceAccountName") != owner:
        raise bad_request(
            f'cannot bind token for serviceaccount "{owner}" to pod running with different serviceaccount name.'
        )
    node = objects.store.get("nodes", ("", found["spec"].get("nodeName", "")))
    return {"pod": found, **({"node": node.object} if node is not None else {})}


def _changed(kind: str, name: str, given: str, real: str) -> ApiFailure:
    text = (
        f"the UID in the bound object reference ({given}) does not match the UID in record. "
        f"The object might have been deleted and then recreated ({real})"
    )
    return conflict("", kind, name, text.rpartition(" (")[0])
