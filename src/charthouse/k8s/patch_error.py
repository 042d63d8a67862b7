"""The error of patches that cannot be made or applied."""

from __future__ import annotations

from charthouse.errors import CharthouseError

__all__ = ["PatchError", "same"]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class PatchError(CharthouseError):
    """A patch does not fit its document, or none can be made."""


def same(left: Any, right: Any) -> bool:
    """Equal as JSON values: unlike Python's ``==``, true is not 1 and 1 is not 1.0 (Go: reflect.DeepEqual)."""
    if type(left) is not type(right):
        return False
    if isinstance(left, dict):
        return len(left) == len(right) and all(key in right and same(left[key], right[key]) for key in left)
    if isinstance(left, list):
        return len(left) == len(right) and all(map(same, left, right))
    return bool(left == right)
