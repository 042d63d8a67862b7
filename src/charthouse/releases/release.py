"""A release: one revision of an installed chart, as Helm 3 and 4 record it.

Whose rules: helm v4.3.1 pkg/release/v1/{release,info,hook}.go, pkg/release/common/status.go,
pkg/chart/v2/util/validate_name.go. Hooks are those of ``manifests.hooks``. `annotations` are ours: they are kept as
annotations of the object that carries the record, where Helm does not look.
"""

from __future__ import annotations

from charthouse.records import Record, replace
from charthouse.releases.errors import InvalidName

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from charthouse.charts.chart import Chart
    from charthouse.golang.moment import Moment
    from charthouse.manifests.hooks import Hook
    from charthouse.releases.helm2.companion import Companion

__all__ = [
    "CLIENT_SIDE",
    "DEPLOYED",
    "FAILED",
    "PENDING",
    "PENDING_INSTALL",
    "PENDING_ROLLBACK",
    "PENDING_UPGRADE",
    "SERVER_SIDE",
    "SUPERSEDED",
    "SYSTEM_LABELS",
    "UNINSTALLED",
    "UNINSTALLING",
    "UNKNOWN",
    "Info",
    "Release",
    "has_system_labels",
    "validate_name",
    "without_system_labels",
]

UNKNOWN = "unknown"
DEPLOYED = "deployed"
UNINSTALLED = "uninstalled"
SUPERSEDED = "superseded"
FAILED = "failed"
UNINSTALLING = "uninstalling"
PENDING_INSTALL = "pending-install"
PENDING_UPGRADE = "pending-upgrade"
PENDING_ROLLBACK = "pending-rollback"
PENDING = (PENDING_INSTALL, PENDING_UPGRADE, PENDING_ROLLBACK)

# Values of apply_method.
SERVER_SIDE = "ssa"
CLIENT_SIDE = "csa"

SYSTEM_LABELS = ("name", "owner", "status", "version", "createdAt", "modifiedAt")

MAX_NAME = 53
_NAME = r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$"


class Info(Record):
    """Times are None when unset. resources: live objects by `v1/ConfigMap`, filled by `status` only, never stored."""

    first_deployed: Moment | None = None
    last_deployed: Moment | None = None
    deleted: Moment | None = None
    description: str = ""
    status: str = UNKNOWN
    rollback_revision: int = 0
    notes: str = ""
    resources: Mapping[str, list[dict[str, Any]]] | None = None


class Release(Record):
    """version: the revision. config: the user's values. apply_method: "ssa", "csa" or "" (Helm 3; means csa).
    companion: what Helm 2's form of this release holds beside all this, None for a release that never had one."""

    name: str
    namespace: str
    version: int
    info: Info
    chart: Chart
    config: dict[str, Any]
    manifest: str = ""
    hooks: tuple[Hook, ...] = ()
    labels: Mapping[str, str] = None  # type: ignore[assignment]  # a mutable default is refused; see __init__
    apply_method: str = ""
    annotations: Mapping[str, str] = None  # type: ignore[assignment]  # as labels
    companion: Companion | None = None

    def __init__(self, *values: Any, **named: Any) -> None:
        super().__init__(*values, **named)
        for field in ("labels", "annotations"):
            if getattr(self, field) is None:
                object.__setattr__(self, field, {})

    @property
    def status(self) -> str:
        return self.info.status

    @property
    def is_pending(self) -> bool:
        return self.info.status in PENDING

    @property
    def key(self) -> str:
        """The name of the record: `sh.helm.release.v1.NAME.vREVISION`."""
        return f"sh.helm.release.v1.{self.name}.v{self.version}"

    def with_status(self, status: str, description: str | None = None) -> Release:
        """A copy in another state; the description stays when None."""
        changes: dict[str, Any] = {"status": status}
        if description is not None:
            changes["description"] = description
        return replace(self, info=replace(self.info, **changes))


def validate_name(name: str) -> None:
    """Raises InvalidName with Helm's text unless `name` may name a release."""
    import re

    if name == "":
        raise InvalidName("no name provided")
    if len(name) > MAX_NAME or not re.match(_NAME[:-1] + r"\Z", name):
        raise InvalidName(f"invalid release name, must match regex {_NAME} and the length must not be longer than 53")


def has_system_labels(labels: Mapping[str, str]) -> bool:
    """Whether a user wants a label Helm keeps for itself."""
    return any(key in SYSTEM_LABELS for key in labels)


def without_system_labels(labels: Mapping[str, str]) -> dict[str, str]:
    """The user's labels among all labels of a record."""
    return {key: value for key, value in labels.items() if key not in SYSTEM_LABELS}
