"""What is known of the fields of built-in kinds: patch strategies and merge keys by path. No I/O but its own table.

Rules: the struct tags ``patchStrategy`` and ``patchMergeKey`` of k8s.io/api v0.37.2, by way of Kubernetes' OpenAPI
extensions ``x-kubernetes-patch-strategy`` and ``x-kubernetes-patch-merge-key`` (k8s/tables.py).
"""

from __future__ import annotations

from charthouse.k8s import tables

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["field_at", "is_builtin", "strategy"]


def is_builtin(api_version: str, kind: str) -> bool:
    """True when the kind is one of Kubernetes' own (others know only JSON merge patches)."""
    return tables.kind_type(api_version, kind) is not None


def field_at(api_version: str, kind: str, path: Sequence[str]) -> tables.Field | None:
    """The field at `path`, None when the kind is not built in or has no such field.

    path: field names and map keys from the object down; items of lists take no step of their own
    (`("spec", "template", "spec", "containers", "ports")`).
    """
    name = tables.kind_type(api_version, kind)
    if name is None or not path:
        return None
    found: tables.Field | None = None
    code = name
    for step in path:
        code = code.lstrip("[")
        if code.startswith("{"):
            code = code[1:]
            found = tables.Field(code)
            continue
        found = tables.field(code, step)
        if found is None:
            return None
        code = found.type
    return found


def strategy(api_version: str, kind: str, path: Sequence[str]) -> tuple[str, str] | None:
    """(patch strategy, merge key) of the field at `path`, None when it has none (lists are then replaced).

    The strategy is "merge", "replace", "retainKeys" or "merge,retainKeys"; the key is "" for lists of scalars.
    `path` as for `field_at`.
    """
    found = field_at(api_version, kind, path)
    return (found.strategy, found.merge_key) if found is not None and found.strategy else None
