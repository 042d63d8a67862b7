"""Records that no API server guards (SQL, memory): who may see and change them is asked of it all the same.

A record holds values, passwords among them, so its caller needs the right to do the same to Secrets in its namespace,
the kind Helm keeps records in by default. The API server is asked with a SubjectAccessReview for the caller, and the
refusal is worded as its own.
"""

from __future__ import annotations

from charthouse.errors import CharthouseError
from charthouse.k8s.ports import ApiError
from charthouse.releases.errors import NotFound, StorageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

    from charthouse.kube.client import Client
    from charthouse.releases.release import Release
    from charthouse.releases.storage.driver import Driver, Head
    from charthouse.tiller.caller import Caller

__all__ = ["GuardedDriver", "Guards"]

_REVIEWS = "/apis/authorization.k8s.io/v1"


class Guards:
    """What one caller may do to records, asked once for each verb and namespace. client: Tiller's own."""

    def __init__(self, client: Client, caller: Caller) -> None:
        self._client = client
        self._caller = caller
        self._known: dict[tuple[str, str], bool] = {}

    def allowed(self, verb: str, namespace: str) -> bool:
        """Whether the caller may `verb` Secrets in a namespace ("" = in all). Raises ApiError, Unreachable."""
        asked = verb, namespace
        if asked not in self._known:
            self._known[asked] = self._review(verb, namespace)
        return self._known[asked]

    def require(self, verb: str, namespace: str) -> None:
        """Raises ApiError (Forbidden) unless the caller may."""
        if self.allowed(verb, namespace):
            return
        where = f'in the namespace "{namespace}"' if namespace else "at the cluster scope"
        who = self._caller.user or "tiller"
        raise ApiError(
            f'secrets is forbidden: User "{who}" cannot {verb} resource "secrets" in API group "" {where}',
            code=403,
            reason="Forbidden",
            hint="records outside the cluster are guarded by the right to Secrets of their namespace",
        )

    def _review(self, verb: str, namespace: str) -> bool:
        caller = self._caller
        attributes = {"verb": verb, "resource": "secrets", "version": "v1"}
        if namespace:
            attributes["namespace"] = namespace
        spec: dict[str, Any] = {"resourceAttributes": attributes}
        kind = "SelfSubjectAccessReview"
        if caller.user:
            kind = "SubjectAccessReview"
            spec |= {"user": caller.user, "groups": list(caller.groups)}
            spec |= {"uid": caller.uid} if caller.uid else {}
            spec |= {"extra": {key.lower(): list(values) for key, values in caller.extra}} if caller.extra else {}
        body = {"apiVersion": "authorization.k8s.io/v1", "kind": kind, "spec": spec}
        answer = self._client.raw("POST", f"{_REVIEWS}/{kind.lower()}s", body, safety="safe")
        return (answer.get("status") or {}).get("allowed") is True


class GuardedDriver:
    """A driver whose every question is asked of `guards` first."""

    def __init__(self, driver: Driver, guards: Guards) -> None:
        self._driver = driver
        self._guards = guards

    @property
    def name(self) -> str:
        return self._driver.name

    @property
    def namespace(self) -> str:
        return self._driver.namespace

    def get(self, key: str) -> Release:
        self._require("get", self.namespace, f'get: failed to get "{key}"')
        return self._driver.get(key)

    def heads(self, labels: Mapping[str, str]) -> list[Head]:
        doing = "list: failed to list"
        if self.namespace or self._allowed("", doing):
            self._require("list", self.namespace, doing)
            return self._driver.heads(labels)
        return self._visible(self._driver.heads(labels), lambda head: head.namespace, doing)

    def fetch(self, heads: Sequence[Head], total: int) -> list[Release]:
        for namespace in {head.namespace for head in heads}:
            if not self._allowed("", "list: failed to list"):
                self._require("list", namespace, "list: failed to list")
        return self._driver.fetch(heads, total)

    def query(self, labels: Mapping[str, str]) -> list[Release]:
        doing = "query: failed to query with labels"
        if self.namespace or self._allowed("", doing):
            self._require("list", self.namespace, doing)
            return self._driver.query(labels)
        try:
            found = self._driver.query(labels)
        except NotFound:
            found = []
        seen = self._visible(found, lambda release: release.namespace, doing)
        if not seen:
            raise NotFound
        return seen

    def create(self, release: Release) -> None:
        self._require("create", self.namespace or release.namespace, "create: failed to create")
        self._driver.create(release)

    def update(self, release: Release) -> None:
        self._require("update", self.namespace or release.namespace, "update: failed to update")
        self._driver.update(release)

    def delete(self, key: str) -> Release:
        self._require("delete", self.namespace, f'delete: failed to delete "{key}"')
        return self._driver.delete(key)

    def _visible(self, found: list[Any], place: Callable[[Any], str], doing: str) -> list[Any]:
        """Those of all namespaces the caller may list; when there is none, the refusal for all of them."""
        seen = [item for item in found if self._allowed(place(item), doing)]
        if not seen:
            self._require("list", "", doing)
        return seen

    def _allowed(self, namespace: str, doing: str) -> bool:
        try:
            return self._guards.allowed("list", namespace)
        except CharthouseError as error:
            raise StorageError(f"{doing}: {error}", hint=error.hint) from error

    def _require(self, verb: str, namespace: str, doing: str) -> None:
        try:
            self._guards.require(verb, namespace)
        except CharthouseError as error:
            raise StorageError(f"{doing}: {error}", hint=error.hint) from error
