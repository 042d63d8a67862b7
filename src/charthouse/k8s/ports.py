"""The API server as the layers above see it: one protocol, no I/O here.

``kube`` implements ``KubeClient``; ``releases`` stores records through it and ``actions`` hands it around
(``actions.ports`` has the release-sized ports). Implementations are safe to use from several threads.
"""

from __future__ import annotations

from typing import Any, Literal, Protocol

from charthouse.errors import CharthouseError
from charthouse.k8s.objects import ObjectRef, ResourceType
from charthouse.records import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["ApiError", "KubeClient", "PatchType", "ServerVersion", "WatchEvent"]

PatchType = Literal[
    "application/json-patch+json",
    "application/merge-patch+json",
    "application/strategic-merge-patch+json",
    "application/apply-patch+yaml",
]


class ApiError(CharthouseError):
    """The API server said no. code: HTTP status; reason: Status.reason ("NotFound", "AlreadyExists", "Conflict",
    "Forbidden", …); status: the whole Status object. str() is the Status message, as client-go prints it."""

    def __init__(self, message: str, *, code: int, reason: str, status: dict[str, Any] | None = None, hint: str = ""):
        super().__init__(message, hint=hint)
        self.code = code
        self.reason = reason
        self.status = status or {}


class ServerVersion(Record):
    """GET /version."""

    major: str
    minor: str
    git_version: str


class WatchEvent(Record):
    """type: ADDED, MODIFIED, DELETED, BOOKMARK; an ERROR event is raised as ApiError instead."""

    type: str
    object: dict[str, Any]


class KubeClient(Protocol):
    """One API server as one user. Every method may raise ApiError, or kube's Unreachable (a CharthouseError)."""

    def server_version(self) -> ServerVersion: ...

    def api_versions(self) -> tuple[str, ...]:
        """Group/versions and `group/version/Kind`s, as Helm puts them in .Capabilities.APIVersions."""
        ...

    def resource_type(self, api_version: str, kind: str) -> ResourceType:
        """From (cached) discovery; looks again once before it raises UnknownKind (a CharthouseError)."""
        ...

    def forget_discovery(self) -> None:
        """Drop cached discovery (after CRDs were created)."""
        ...

    def get(self, ref: ObjectRef) -> dict[str, Any]: ...

    def list(
        self,
        type: ResourceType,
        namespace: str = "",
        *,
        label_selector: str = "",
        field_selector: str = "",
        metadata_only: bool = False,
        limit: int = 0,
    ) -> list[dict[str, Any]]:
        """All objects, fetched page by page; namespace "" = all namespaces; each item carries apiVersion and kind."""
        ...

    def fetch(
        self, type: ResourceType, namespace: str = "", name: str = "", *, label_selector: str = "", table: bool = False
    ) -> dict[str, Any]:
        """One answer as the server gives it: an object, or without a name the first page of a list.

        table: as a meta.k8s.io/v1 Table, where the server can (otherwise as it is)."""
        ...

    def create(
        self,
        ref: ObjectRef,
        body: dict[str, Any],
        *,
        field_manager: str = "",
        field_validation: str = "",
        dry_run: bool = False,
    ) -> dict[str, Any]: ...

    def replace(
        self,
        ref: ObjectRef,
        body: dict[str, Any],
        *,
        field_manager: str = "",
        field_validation: str = "",
        dry_run: bool = False,
    ) -> dict[str, Any]: ...

    def patch(
        self,
        ref: ObjectRef,
        body: Any,
        *,
        type: PatchType,
        field_manager: str = "",
        force: bool | None = None,
        field_validation: str = "",
        dry_run: bool = False,
    ) -> dict[str, Any]: ...

    def delete(
        self,
        ref: ObjectRef,
        *,
        propagation: str = "Background",
        uid: str = "",
        resource_version: str = "",
        grace_period: int | None = None,
        dry_run: bool = False,
    ) -> dict[str, Any]: ...

    def watch(
        self,
        type: ResourceType,
        namespace: str = "",
        *,
        resource_version: str = "",
        label_selector: str = "",
        field_selector: str = "",
        timeout: float,
    ) -> Iterator[WatchEvent]:
        """Events until `timeout` seconds have passed or the server closes the stream."""
        ...

    def pod_logs(
        self, namespace: str, name: str, *, container: str = "", tail_lines: int | None = None, previous: bool = False
    ) -> str: ...
