"""Who manages which field: `metadata.managedFields` through updates and server-side apply.

Rules: apimachinery/pkg/util/managedfields/internal v0.37.2 (structuredmerge, managedfieldsupdater, stripmeta,
buildmanagerinfo, skipnonapplied, lastappliedmanager, conflict) over structured-merge-diff's
``merge/{update,conflict}.go`` v6.4, for objects in one version (other versions of a kind share their field names
here).
"""

from __future__ import annotations

import json

from charthouse.devcluster.failures import ApiFailure
from charthouse.k8s import fields

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from charthouse.k8s.fields import FieldSet
    from charthouse.k8s.fields_shapes import Shape

    Manager = tuple[str, str, str, str]  # manager, operation, apiVersion (of updates), subresource
    Object = dict[str, Any]

__all__ = ["FieldManager", "apply_config", "record_update"]

STRIPPED: FieldSet = {
    ("f:apiVersion",),
    ("f:kind",),
    ("f:metadata",),
    ("f:metadata", "f:name"),
    ("f:metadata", "f:namespace"),
    ("f:metadata", "f:creationTimestamp"),
    ("f:metadata", "f:selfLink"),
    ("f:metadata", "f:uid"),
    ("f:metadata", "f:clusterName"),
    ("f:metadata", "f:generation"),
    ("f:metadata", "f:managedFields"),
    ("f:metadata", "f:resourceVersion"),
}
LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"


class FieldManager:
    """What is needed to keep the record of one request.

    shape, empty: of the kind (its zero value); api_version; manager; subresource; now: RFC 3339; ignored: top fields
    this endpoint does not change (`status` on the main one).
    """

    __slots__ = ("api_version", "empty", "ignored", "manager", "now", "shape", "subresource")

    def __init__(
        self,
        shape: Shape,
        empty: Object,
        api_version: str,
        manager: str,
        subresource: str,
        now: str,
        ignored: tuple[str, ...],
    ) -> None:
        self.shape = shape
        self.empty = empty
        self.api_version = api_version
        self.manager = manager
        self.subresource = subresource
        self.now = now
        self.ignored = tuple("f:" + name for name in ignored)

    def keep(self, paths: FieldSet) -> FieldSet:
        if not self.ignored:
            return paths
        return {p for p in paths if p[0] not in self.ignored}


class _Managed:
    """The decoded record: field sets and times by manager."""

    def __init__(self, entries: list[dict[str, Any]] | None) -> None:
        self.sets: dict[Manager, FieldSet] = {}
        self.times: dict[Manager, str | None] = {}
        self.versions: dict[Manager, str] = {}
        for entry in entries or ():
            operation = entry.get("operation", "Update")
            version = entry.get("apiVersion", "")
            manager = (
                entry.get("manager", ""),
                operation,
                "" if operation == "Apply" else version,
                entry.get("subresource", ""),
            )
            self.sets[manager] = self.sets.get(manager, set()) | fields.from_v1(entry.get("fieldsV1"))
            self.times[manager] = entry.get("time")
            self.versions[manager] = version

    def entries(self) -> list[dict[str, Any]]:
        rows = []
        for manager, paths in self.sets.items():
            name, operation, _, subresource = manager
            entry: dict[str, Any] = {"manager": name, "operation": operation, "apiVersion": self.versions[manager]}
            if self.times.get(manager):
                entry["time"] = self.times[manager]
            entry["fieldsType"] = "FieldsV1"
            entry["fieldsV1"] = fields.to_v1(paths)
            if subresource:
                entry["subresource"] = subresource
            rows.append(entry)
        return sorted(rows, key=_entry_order)

    def put(self, manager: Manager, paths: FieldSet, version: str) -> None:
        if paths:
            self.sets[manager] = paths
            self.versions[manager] = version
        else:
            self.sets.pop(manager, None)


def _entry_order(entry: dict[str, Any]) -> tuple[str, ...]:
    return tuple(entry.get(k, "") for k in ("operation", "time", "manager", "apiVersion", "subresource"))


def _bare(obj: Object) -> Object:
    metadata = {k: v for k, v in (obj.get("metadata") or {}).items() if k != "managedFields"}
    return {**obj, "metadata": metadata}


def record_update(by: FieldManager, live: Object | None, new: Object) -> list[dict[str, Any]]:
    """The managedFields of `new`, which a create, update or patch made of `live` (None: created)."""
    managed = _Managed(((live if live is not None else new).get("metadata") or {}).get("managedFields"))
    difference = fields.compare(_bare(live) if live is not None else by.empty, _bare(new), by.shape)
    changed = by.keep(difference.modified | difference.added)
    gone = by.keep(difference.removed)
    if changed or gone:
        for manager in list(managed.sets):
            managed.put(manager, managed.sets[manager] - changed - gone, managed.versions[manager])
    mine = changed - STRIPPED
    if mine:
        manager = (by.manager, "Update", by.api_version, by.subresource)
        managed.put(manager, managed.sets.get(manager, set()) | mine, by.api_version)
        managed.times[manager] = by.now
    return managed.entries()


def apply_config(
    by: FieldManager, live: Object | None, config: Object, *, force: bool
) -> tuple[Object, list[dict[str, Any]]]:
    """Server-side apply: the new object (without managedFields) and its managedFields.

    live: None when the object does not exist. Raises ApiFailure (409 with every conflict), fields.DuplicateKey.
    """
    entries = ((live or {}).get("metadata") or {}).get("managedFields")
    managed = _Managed(entries)
    if live is not None and not entries:
        managed.put(
            ("before-first-apply", "Update", by.api_version, ""),
            fields.field_set(_bare(live), by.shape) - STRIPPED,
            by.api_version,
        )
    base = _bare(live) if live is not None else {}
    new = fields.merge(base, config, by.shape)
    me = (by.manager, "Apply", "", by.subresource)
    last = managed.sets.get(me)
    managed.sets[me] = by.keep(fields.field_set(config, by.shape))
    managed.versions[me] = by.api_version
    if last:
        new = _prune(new, managed, last, by.shape)
    _settle(by, managed, me, (base, new), live=live, force=force)
    if new != base or live is None:
        managed.times[me] = by.now
    managed.put(me, managed.sets[me] - STRIPPED, by.api_version)
    return new, managed.entries()


def _settle(
    by: FieldManager,
    managed: _Managed,
    me: Manager,
    objects: tuple[Object, Object],
    *,
    live: Object | None,
    force: bool,
) -> None:
    """Take what changed from the other managers, or fail (Updater.update)."""
    difference = fields.compare(*objects, by.shape)
    changed = by.keep(difference.modified | difference.added)
    gone = by.keep(difference.removed)
    conflicts = {
        manager: both for manager, paths in managed.sets.items() if manager != me and (both := paths & changed)
    }
    if conflicts and not force:
        conflicts = _without_last_applied(by, conflicts, live)
        if conflicts:
            raise _conflict_failure(conflicts, managed)
        _settle(by, managed, me, objects, live=live, force=True)
        return
    for manager in list(managed.sets):
        if manager != me:
            managed.put(manager, managed.sets[manager] - changed - gone, managed.versions[manager])


def _without_last_applied(
    by: FieldManager, conflicts: dict[Manager, FieldSet], live: Object | None
) -> dict[Manager, FieldSet]:
    """kubectl may take over what its own client-side apply last stated (lastAppliedManager)."""
    text = (((live or {}).get("metadata") or {}).get("annotations") or {}).get(LAST_APPLIED)
    if by.manager != "kubectl" or not text or live is None:
        return conflicts
    try:
        stated = json.loads(text)
        allowed = fields.field_set(stated, by.shape)
    except ValueError:
        return conflicts  # an annotation that is no object allows nothing
    if stated.get("apiVersion") != by.api_version:
        return conflicts
    difference = fields.compare(stated, _bare(live), by.shape)
    allowed -= difference.modified | difference.added | difference.removed
    return {manager: left for manager, paths in conflicts.items() if (left := paths - allowed)}


def _prune(new: Object, managed: _Managed, last: FieldSet, shape: Shape) -> Object:
    """Drop what this applier stated last time, no longer states, and nobody else manages (Updater.prune)."""
    last_named = fields.with_named(last, shape)
    pruned = fields.remove(new, last_named, shape) or {}
    everyone: FieldSet = set().union(*managed.sets.values())
    merged_set = fields.with_named(fields.field_set(new, shape), shape)
    keep = fields.with_named(fields.field_set(pruned, shape), shape) | fields.with_named(everyone, shape)
    pruned = fields.remove(new, merged_set - keep, shape) or {}
    pruned_set = fields.with_named(fields.field_set(pruned, shape), shape)
    return fields.remove(new, (merged_set - pruned_set) & last_named, shape) or {}


def _describe(manager: Manager, managed: _Managed) -> str:
    name, operation, _, subresource = manager
    text = json.dumps(name)
    if subresource:
        text += f" with subresource {json.dumps(subresource)}"
    if operation == "Update":
        text += f" using {managed.versions[manager]}"
    return text


def _conflict_failure(conflicts: dict[Manager, FieldSet], managed: _Managed) -> ApiFailure:
    causes, lines, count = [], [], 0
    rows = sorted((_describe(manager, managed), paths) for manager, paths in conflicts.items())
    for who, paths in rows:
        texts = [fields.path_text(path) for path in sorted(paths)]
        count += len(texts)
        lines.append(f"conflicts with {who}:")
        lines += [f"- {text}" for text in texts]
        causes += [{"reason": "FieldManagerConflict", "message": f"conflict with {who}", "field": t} for t in texts]
    if count == 1:
        text = f"Apply failed with 1 conflict: {causes[0]['message']}: {causes[0]['field']}"
    else:
        text = f"Apply failed with {count} conflicts: " + "\n".join(lines)
    return ApiFailure(409, "Conflict", text, details={"causes": causes})
