"""Names of things in Kubernetes: resource types and references to single objects. No I/O.

An object is the plain ``dict`` its JSON is. Rules: Kubernetes API conventions ("Types (Kinds)", "Resources").
"""

from __future__ import annotations

from charthouse.records import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["ObjectRef", "Resource", "ResourceType", "api_group"]


def api_group(api_version: str) -> str:
    """The group of an apiVersion: "" for `v1`, "apps" for `apps/v1`."""
    group, slash, _ = api_version.partition("/")
    return group if slash else ""


class ResourceType(Record):
    """What discovery says of one kind.

    api_version: "v1", "apps/v1"; kind: "Deployment"; plural: "deployments" (the name in URLs).
    """

    api_version: str
    kind: str
    plural: str
    namespaced: bool
    verbs: tuple[str, ...] = ()
    short_names: tuple[str, ...] = ()
    singular: str = ""
    categories: tuple[str, ...] = ()

    @property
    def group(self) -> str:
        return api_group(self.api_version)

    def path(self, namespace: str = "", name: str = "", subresource: str = "") -> str:
        """The URL path of the collection, the object or its subresource. Names are assumed valid (no escaping)."""
        parts = ["/apis" if "/" in self.api_version else "/api", self.api_version]
        if self.namespaced and namespace:
            parts += ["namespaces", namespace]
        parts.append(self.plural)
        if name:
            parts.append(name)
        if subresource:
            parts.append(subresource)
        return "/".join(parts)


class ObjectRef(Record):
    """One object: its type, its namespace ("" for a cluster-scoped one) and its name."""

    type: ResourceType
    namespace: str
    name: str

    @property
    def path(self) -> str:
        return self.type.path(self.namespace, self.name)

    def __str__(self) -> str:
        where = f"{self.namespace}/{self.name}" if self.namespace else self.name
        return f"{self.type.kind}/{where}"


class Resource(Record):
    """An object of a manifest, resolved against discovery (Helm: resource.Info).

    object: the manifest's object as parsed, without ownership metadata, never changed in place.
    """

    ref: ObjectRef
    object: dict[str, Any]

    @property
    def kind(self) -> str:
        return self.ref.type.kind

    @property
    def name(self) -> str:
        return self.ref.name

    @property
    def namespace(self) -> str:
        return self.ref.namespace
