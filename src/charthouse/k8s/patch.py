"""Patches: RFC 6902, RFC 7386 and Kubernetes' strategic merge, made and applied. Pure data; inputs are never changed.

One entry for each kind of patch; the rules live in ``patch_json``, ``patch_merge`` and ``patch_strategic``.
"""

from __future__ import annotations

from charthouse.k8s.patch_error import PatchError
from charthouse.k8s.patch_json import apply_json_patch
from charthouse.k8s.patch_merge import apply_merge_patch, create_merge_patch, create_three_way_merge_patch
from charthouse.k8s.patch_strategic import (
    apply_strategic_patch,
    create_strategic_patch,
    create_three_way_strategic_patch,
)

__all__ = [
    "PatchError",
    "apply_json_patch",
    "apply_merge_patch",
    "apply_strategic_patch",
    "create_merge_patch",
    "create_strategic_patch",
    "create_three_way_merge_patch",
    "create_three_way_strategic_patch",
]
