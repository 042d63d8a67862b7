"""Who asks, and what for: the two things every access decision is about.

Rules: apiserver/pkg/authentication/user and pkg/authorization/authorizer v0.37.2 (the same fields), and the text of a
refusal."""

from __future__ import annotations

from charthouse.devcluster.failures import ApiFailure, forbidden

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Object = dict[str, Any]

__all__ = ["ANONYMOUS", "AUTHENTICATED", "MASTERS", "UNAUTHENTICATED", "Attributes", "User", "refusal",
           "service_account"]  # fmt: skip

MASTERS, AUTHENTICATED, UNAUTHENTICATED = "system:masters", "system:authenticated", "system:unauthenticated"


class User:
    """name, groups, uid and extra (key → values) of who asks, or of whom is impersonated."""

    __slots__ = ("extra", "groups", "name", "uid")

    def __init__(
        self, name: str, groups: tuple[str, ...] = (), uid: str = "", extra: dict[str, list[str]] | None = None
    ) -> None:
        self.name = name
        self.groups = groups
        self.uid = uid
        self.extra = extra or {}

    def document(self) -> Object:
        """A UserInfo of authentication.k8s.io/v1."""
        out: Object = {"username": self.name}
        if self.uid:
            out["uid"] = self.uid
        if self.groups:
            out["groups"] = list(self.groups)
        if self.extra:
            out["extra"] = {key: list(self.extra[key]) for key in sorted(self.extra)}
        return out


ANONYMOUS = User("system:anonymous", (UNAUTHENTICATED,))


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

    def with_verb(self, verb: str) -> Attributes:
        """The same thing under another verb."""
        return Attributes(
            verb, group=self.group, resource=self.resource, subresource=self.subresource,
            namespace=self.namespace, name=self.name, path=self.path,
        )  # fmt: skip


def refusal(user: User, asked: Attributes, reason: str) -> ApiFailure:
    """The 403 of the API server (handlers/responsewriters/errors.go, ForbiddenStatusError)."""
    after = f": {reason}" if reason else ""
    if asked.path:
        text = f'User "{user.name}" cannot {asked.verb} path "{asked.path}"'
        return forbidden("", "", "", _harmless(text) + after)
    where = f'in the namespace "{asked.namespace}"' if asked.namespace else "at the cluster scope"
    text = (
        f'User "{user.name}" cannot {asked.verb} resource "{asked.full_resource}" in API group "{asked.group}" {where}'
    )
    return forbidden(asked.group, asked.resource, asked.name, _harmless(text) + after)


def _harmless(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def service_account(name: str) -> tuple[str, str] | None:
    """(namespace, name) of a service account's user name, None for other users'."""
    parts = name.split(":")
    if len(parts) == 4 and name.startswith("system:serviceaccount:") and parts[2] and parts[3]:
        return parts[2], parts[3]
    return None
