"""Acting as somebody else: what the Impersonate headers ask for, and whether the one who asks may.

Rules: apiserver/pkg/endpoints/filters/impersonation/{constrained_impersonation,mode}.go v0.37.2: the narrow modes
(`impersonate-on:MODE:VERB` with `impersonate:MODE`) are tried first, then the verb `impersonate` as ever; the refusal
told is the first one's. Differs: a service account may not act as the node its token is bound to (associated-node).
"""

from __future__ import annotations

from urllib.parse import unquote

from charthouse.devcluster.failures import ApiFailure, bad_request
from charthouse.devcluster.identity import (
    AUTHENTICATED,
    MASTERS,
    UNAUTHENTICATED,
    Attributes,
    User,
    refusal,
    service_account,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from charthouse.devcluster.wire import Request

    Allowed = Callable[[User, Attributes], tuple[bool, str]]

__all__ = ["Impersonation", "wanted_user"]

AUTHENTICATION = "authentication.k8s.io"
EXTRA_PREFIX = "impersonate-extra-"
NODE_PREFIX = "system:node:"
MAX_VALUES = 256
MAX_REMEMBERED = 10_000


def wanted_user(request: Request) -> User | None:
    """Whom the headers name, None without them. Raises ApiFailure (400)."""
    extra: dict[str, list[str]] = {}
    for name, value in request.pairs:
        if name.startswith(EXTRA_PREFIX):
            extra.setdefault(unquote(name[len(EXTRA_PREFIX) :]).lower(), []).append(value)
    groups = tuple(request.values("impersonate-group"))
    if len(groups) + sum(map(len, extra.values())) > MAX_VALUES:
        raise bad_request("too many impersonation headers")
    name, uid = request.header("impersonate-user"), request.header("impersonate-uid")
    if name:
        return User(name, groups, uid, extra)
    if groups or uid or extra:
        raise bad_request(f"requested {_go_syntax(groups, uid, extra)} without impersonating a user name")
    return None


class Impersonation:
    """Decides, and remembers which mode each user succeeded with last: that one is tried first the next time."""

    def __init__(self, allowed: Allowed) -> None:
        self.allowed = allowed
        self.last: dict[str, str] = {}

    def impersonated(self, by: User, wanted: User, on: Attributes) -> User:
        """The user `by` acts as from here on. Raises ApiFailure (403)."""
        first: ApiFailure | None = None
        for mode in sorted(_modes(wanted), key=lambda mode: mode != self.last.get(by.name)):
            try:
                if mode:
                    _require(by, on.with_verb(f"impersonate-on:{mode}:{on.verb}"), self.allowed)
                found = _checked(by, wanted, mode, self.allowed)
            except ApiFailure as failure:
                first = first or failure
                continue
            if len(self.last) >= MAX_REMEMBERED:
                self.last.clear()
            self.last[by.name] = mode
            return found
        assert first is not None
        raise first


def _modes(wanted: User) -> Iterator[str]:
    only_name = not (wanted.groups or wanted.uid or wanted.extra)
    if wanted.name.startswith(NODE_PREFIX) and len(wanted.name) > len(NODE_PREFIX):
        if only_name:
            yield "arbitrary-node"
    elif service_account(wanted.name):
        if only_name:
            yield "serviceaccount"
    else:
        yield "user-info"
    yield ""


def _checked(by: User, wanted: User, mode: str, allowed: Allowed) -> User:
    verb = f"impersonate:{mode}" if mode else "impersonate"
    group = AUTHENTICATION if mode else ""
    groups = wanted.groups
    account = service_account(wanted.name)
    asked = Attributes(verb, group=group, resource="users", name=wanted.name)
    if account:
        asked = Attributes(verb, group=group, resource="serviceaccounts", namespace=account[0], name=account[1])
        groups = groups or ("system:serviceaccounts", f"system:serviceaccounts:{account[0]}")
    elif mode == "arbitrary-node":
        asked = Attributes(verb, group=group, resource="nodes", name=wanted.name[len(NODE_PREFIX) :])
        groups = ("system:nodes",)
    _require(by, asked, allowed)
    if wanted.uid:
        _require(by, Attributes(verb, group=AUTHENTICATION, resource="uids", name=wanted.uid), allowed)
    for one in wanted.groups:
        asked = Attributes(verb, group=group, resource="groups", name=one)
        if mode and one in ("", MASTERS):
            what = f"impersonating the {one} group" if one else "impersonating the empty string group"
            raise refusal(by, asked, f"{what} is not allowed")
        _require(by, asked, allowed)
    for key, values in wanted.extra.items():
        for value in values:
            asked = Attributes(verb, group=AUTHENTICATION, resource="userextras", subresource=key, name=value)
            _require(by, asked, allowed)
    added = UNAUTHENTICATED if wanted.name == "system:anonymous" else AUTHENTICATED
    if added in groups or UNAUTHENTICATED in groups:
        return User(wanted.name, groups, wanted.uid, wanted.extra)
    return User(wanted.name, (*groups, added), wanted.uid, wanted.extra)


def _require(by: User, asked: Attributes, allowed: Allowed) -> None:
    allows, reason = allowed(by, asked)
    if not allows:
        raise refusal(by, asked, reason)


def _go_syntax(groups: tuple[str, ...], uid: str, extra: dict[str, list[str]]) -> str:
    """Go's %#v of the half-filled user."""
    import json

    def strings(values: list[str]) -> str:
        return "[]string{" + ", ".join(json.dumps(v, ensure_ascii=False) for v in values) + "}"

    listed = strings(list(groups)) if groups else "[]string(nil)"
    keys = ", ".join(f"{json.dumps(k, ensure_ascii=False)}:{strings(extra[k])}" for k in sorted(extra))
    mapped = "map[string][]string{" + keys + "}" if extra else "map[string][]string(nil)"
    return f'&user.DefaultInfo{{Name:"", UID:{json.dumps(uid)}, Groups:{listed}, Extra:{mapped}}}'
