"""``deepEqual`` and the comparisons of the list functions: equal types, equal contents.

Rules: Go's reflect.DeepEqual. An int 1, an int64 1 and a float64 1 differ; NaN differs from itself; an empty list and
an empty list of strings differ, and so do a nil and an empty slice.
"""

from __future__ import annotations

from charthouse.golang.kinds import Struct
from charthouse.golang.size import bound

__all__ = ["deep_equal"]

_SCALARS = frozenset((str, int, bool, float, type(None)))


def deep_equal(left: object, right: object) -> bool:
    """Whether both values have the same type and the same contents."""
    cls = type(left)
    if cls is not type(right):
        return False
    if cls in _SCALARS:
        return left == right
    if isinstance(left, (list, dict)) and not (left is right and isinstance(left, dict)):
        bound(left)
    return _equal(left, right)


def _equal(left: object, right: object) -> bool:
    cls = type(left)
    if cls is not type(right):
        return False
    if cls in _SCALARS:
        return left == right
    if isinstance(left, list):
        assert isinstance(right, list)
        return len(left) == len(right) and all(map(_equal, left, right))
    if isinstance(left, dict):
        assert isinstance(right, dict)
        if left is right:
            return True
        if len(left) != len(right):
            return False
        return all(key in right and _equal(value, right[key]) for key, value in left.items())
    if isinstance(left, Struct):
        return left is right or left == right
    return left == right
