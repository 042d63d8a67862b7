"""Whether a caller still has the rights that an operation begun in their name needs.

Asked before a dead operation is gone on with: hours may have passed. The question is put as the caller, so it also
proves that Tiller may still be that user; an answer that is not a plain yes is a no.

Another is asked before Tiller's own Lease is taken for a caller: who may change no records in a namespace must not keep
those who may from their releases. There only a plain no counts, since the verb meets every other refusal itself.
"""

from __future__ import annotations

from charthouse.errors import CharthouseError
from charthouse.k8s.objects import ObjectRef, ResourceType
from charthouse.k8s.ports import ApiError
from charthouse.profile import HELM4
from charthouse.rpc.status import RpcError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from charthouse.k8s.ports import KubeClient
    from charthouse.tiller.operations.entry import Entry
    from charthouse.tiller.workplace import Workplace

__all__ = ["may_hold", "missing_right"]

_REVIEW = ResourceType("authorization.k8s.io/v1", "SelfSubjectAccessReview", "selfsubjectaccessreviews", False)
_VERBS = ("get", "update")


def missing_right(workplace: Workplace, entry: Entry) -> str:
    """What the caller may not do any more, "" when all is well.

    Raises Unreachable, ApiError when the API server cannot answer now (5xx, 429): ask again later.
    """
    kind = "configmaps" if workplace.storage == "configmap" else "secrets"
    try:
        client = workplace.cluster(entry.caller, profile=HELM4).client
    except RpcError as error:
        return error.message  # a user Tiller must not be
    for verb in _VERBS:
        try:
            answer = _review(client, verb, kind, entry.work.namespace)
        except ApiError as error:
            if error.code >= 500 or error.code == 429:
                raise
            return error.message
        if answer is not True:
            who = entry.caller.user or "tiller"
            return f'User "{who}" cannot {verb} resource "{kind}" in the namespace "{entry.work.namespace}"'
    return ""


def may_hold(client: KubeClient, namespace: str, storage: str) -> bool:
    """Whether the caller, whose client it is, may hold the lock of releases in a namespace: False only where the API
    server says that they may change records of neither kind."""
    kinds = ("configmaps", "secrets") if storage == "configmap" else ("secrets", "configmaps")
    try:
        return any(_review(client, "update", kind, namespace) is not False for kind in kinds)
    except CharthouseError:
        return True  # no answer now is no refusal


def _review(client: KubeClient, verb: str, kind: str, namespace: str) -> object:
    """Whether the client's user may; None when the answer says nothing. Raises ApiError, Unreachable."""
    attributes = {"verb": verb, "resource": kind, "version": "v1", "namespace": namespace}
    body = {
        "apiVersion": _REVIEW.api_version,
        "kind": _REVIEW.kind,
        "metadata": {},
        "spec": {"resourceAttributes": attributes},
    }
    answer: dict[str, Any] = client.create(ObjectRef(_REVIEW, "", ""), body)
    return (answer.get("status") or {}).get("allowed")
