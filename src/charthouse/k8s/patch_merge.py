"""JSON merge patches (RFC 7386), made and applied, and the three-way form Helm uses for custom resources.

Rules: github.com/evanphx/json-patch v5.9.11 ``merge.go``, apimachinery v0.37.1 ``pkg/util/jsonmergepatch/patch.go``
(``CreateThreeWayJSONMergePatch``).
"""

from __future__ import annotations

from charthouse.k8s.patch_error import PatchError, same

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["apply_merge_patch", "create_merge_patch", "create_three_way_merge_patch"]


def apply_merge_patch(document: Any, patch: Any) -> Any:
    """The patched document. As in evanphx/json-patch, nulls are dropped from objects inside lists too."""
    if not isinstance(patch, dict):
        return _pruned(patch)
    found = dict(document) if isinstance(document, dict) else {}
    for key, value in patch.items():
        if value is None:
            found.pop(key, None)
        else:
            found[key] = apply_merge_patch(found.get(key), value)
    return found


def _pruned(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _pruned(item) for key, item in value.items() if item is not None}
    if isinstance(value, list):
        return [_pruned(item) for item in value]
    return value


def create_merge_patch(original: dict[str, Any], modified: dict[str, Any]) -> dict[str, Any]:
    """The patch that makes `modified` of `original`; {} when there is nothing to do."""
    patch: dict[str, Any] = {}
    for key, new in modified.items():
        if key not in original:
            patch[key] = new
            continue
        old = original[key]
        if isinstance(old, dict) and isinstance(new, dict):
            inner = create_merge_patch(old, new)
            if inner:
                patch[key] = inner
        elif not same(old, new):
            patch[key] = new
    for key in original:
        if key not in modified:
            patch[key] = None
    return patch


def create_three_way_merge_patch(
    original: dict[str, Any], modified: dict[str, Any], current: dict[str, Any]
) -> dict[str, Any]:
    """Additions and changes from `current` to `modified`, deletions from `original` to `modified`.

    Raises PatchError when apiVersion, kind or name would change.
    """
    changes = _without_nulls(create_merge_patch(current, modified))
    deletions = _only_nulls(create_merge_patch(original, modified))
    patch = _overlay(deletions, changes)
    name_changes = isinstance(patch.get("metadata"), dict) and "name" in patch["metadata"]
    if "apiVersion" in patch or "kind" in patch or name_changes:
        raise PatchError(
            f"precondition failed for: {patch}: at least one field was changed: apiVersion, kind or name",
            hint="the object was changed to another version or name; it must be deleted and made anew",
        )
    return patch


def _without_nulls(patch: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in patch.items():
        if isinstance(value, dict) and value:
            inner = _without_nulls(value)
            if inner:
                found[key] = inner
        elif value is not None:
            found[key] = value
    return found


def _only_nulls(patch: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in patch.items():
        if value is None:
            found[key] = None
        elif isinstance(value, dict):
            inner = _only_nulls(value)
            if inner:
                found[key] = inner
    return found


def _overlay(deletions: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    found = dict(deletions)
    for key, value in changes.items():
        held = found.get(key)
        if isinstance(held, dict) and isinstance(value, dict):
            found[key] = _overlay(held, value)
        else:
            found[key] = _pruned(value)
    return found
