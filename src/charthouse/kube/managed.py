"""From client-side to server-side apply: what a client-side manager owns is handed to the applying one. Pure.

Rules: client-go v0.37.1 ``util/csaupgrade/upgrade.go`` (``UpgradeManagedFieldsPatch``).
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["upgrade_patch"]


def upgrade_patch(live: dict[str, Any], manager: str) -> list[dict[str, Any]]:
    """The JSON patch that turns `manager`'s Update entries into its Apply entry; [] when there is nothing to do."""
    meta = live.get("metadata") or {}
    entries = [dict(entry) for entry in meta.get("managedFields") or ()]
    target = _first(entries, manager, "Apply")
    if target is None:
        target = _first(entries, manager, "Update")
        if target is None:
            return []
        target["operation"] = "Apply"
    version = target.get("apiVersion")
    source = _first([entry for entry in entries if entry.get("apiVersion") == version], manager, "Update")
    if source is not None:
        target["fieldsV1"] = _union(target.get("fieldsV1") or {}, source.get("fieldsV1") or {})
    kept = [entry for entry in entries if not _is(entry, manager, "Update")]
    if kept == meta.get("managedFields"):
        return []
    return [
        {"op": "replace", "path": "/metadata/managedFields", "value": kept},
        {"op": "replace", "path": "/metadata/resourceVersion", "value": meta.get("resourceVersion", "")},
    ]


def _is(entry: dict[str, Any], manager: str, operation: str) -> bool:
    return entry.get("manager") == manager and entry.get("operation") == operation and not entry.get("subresource", "")


def _first(entries: list[dict[str, Any]], manager: str, operation: str) -> dict[str, Any] | None:
    return next((entry for entry in entries if _is(entry, manager, operation)), None)


def _union(left: dict[str, Any], right: dict[str, Any]) -> dict[str, Any]:
    """Both field sets (FieldsV1). A field owned as a whole is `{}`, or `.` beside the fields below it."""
    found = dict(left)
    for key, value in right.items():
        if key not in found:
            found[key] = value
        elif key != ".":
            mine = found[key]
            if bool(mine) != bool(value):
                found[key] = {".": {}, **(mine or value)}
            else:
                found[key] = _union(mine, value)
    return found
