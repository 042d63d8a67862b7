"""Whom Tiller may act as.

Tiller is allowed to impersonate, which the API server cannot narrow to "everybody but those": RBAC knows no exceptions.
So the exceptions are here: nobody whom the API server trusts without asking RBAC (`system:masters`), no node, no part
of the control plane, and nobody whose name would not go unchanged into a header.

Whose names: k8s.io/apiserver v0.37 pkg/authentication/user/user.go; the controllers of kube-system run as its service
accounts (kube-controller-manager `--use-service-account-credentials`), some of which may grant themselves anything.
"""

from __future__ import annotations

from charthouse.rpc.status import Code, RpcError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from charthouse.tiller.caller import Caller

__all__ = ["FLAG", "Refused", "check", "privilege"]

FLAG = "--insecure-allow-privileged-callers"

_ACCOUNTS = "system:serviceaccount:"
_CONTROL_PLANE = f"{_ACCOUNTS}kube-system:"
_GROUPS = {
    "system:masters": "the API server lets that group do everything, whatever RBAC says",
    "system:nodes": "nodes have rights of their own, which no release needs",
    "system:unauthenticated": "the API server gives it to those it does not know",
}
_MAX_BYTES = 256 << 10  # of all names together; a request to the API server has room for 1 MiB of headers


class Refused(RpcError):
    """Tiller does not act as this user. Code PERMISSION_DENIED."""

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(Code.PERMISSION_DENIED, message, hint=hint)


def check(caller: Caller, *, allow_privileged: bool = False, allow_anonymous: bool = False) -> None:
    """Raises Refused unless Tiller may make requests as `caller`.

    allow_privileged: also as one of the control plane (``FLAG``). allow_anonymous: a caller without a name gets
    Tiller's own rights; only one that was made so on purpose (`how`), never one whose name was lost on the way.
    """
    if not caller.user:
        if allow_anonymous and caller.how == "anonymous" and not (caller.groups or caller.uid or caller.extra):
            return
        raise Refused(
            "Tiller acts for nobody without a name",
            hint="send a token or a client certificate; --insecure-allow-anonymous lets everybody use Tiller's rights",
        )
    size = 0
    for text in _texts(caller):
        size += len(text)
        if any(letter < " " or letter == "\x7f" or "\ud800" <= letter <= "\udfff" for letter in text):
            raise Refused("the caller's user, groups or extra hold control characters, which no header can carry")
        if text != text.strip(" "):
            raise Refused("the caller's user, groups or extra begin or end with a blank, which no header keeps")
    if size > _MAX_BYTES:
        raise Refused(
            f"the caller's groups and extra take {size} bytes, more than the {_MAX_BYTES} Tiller hands on",
            hint="an identity provider that sends fewer groups helps",
        )
    reason = "" if allow_privileged else privilege(caller)
    if reason:
        raise Refused(
            reason,
            hint="use a user or service account whose rights come from RBAC, for an administrator one bound to "
            f"cluster-admin\nthe server's flag {FLAG} makes Tiller act as the control plane too",
        )


def privilege(caller: Caller) -> str:
    """Why acting as `caller` would be more than acting as a user: a text for people, "" for a plain user."""
    for group in caller.groups:
        if group in _GROUPS:
            return f'Tiller does not act as a member of "{group}": {_GROUPS[group]}'
    user = caller.user
    if user.startswith("system:node:"):
        return f'Tiller does not act as a node ("{user}")'
    if user.startswith(_CONTROL_PLANE):
        return f'Tiller does not act as a service account of the control plane ("{user}")'
    if user.startswith("system:") and not user.startswith(_ACCOUNTS):
        return f'Tiller does not act as a part of the control plane ("{user}")'
    return ""


def _texts(caller: Caller) -> Iterator[str]:
    yield caller.user
    yield caller.uid
    yield from caller.groups
    for key, values in caller.extra:
        yield key
        yield from values
