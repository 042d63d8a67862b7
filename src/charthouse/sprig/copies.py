"""``deepCopy``: a value that shares nothing with the original.

Rules: sprig dict.go over github.com/mitchellh/copystructure@v1.2.0 ``Copy``. Structs are immutable here and are not
cloned, but for versions, of which the copy is Go's zero.
"""

from __future__ import annotations

from charthouse.golang.kinds import GoError, Struct
from charthouse.golang.size import NODES, TooLarge

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["deep_copy", "must_deep_copy"]


def _copy(value: Any, left: list[int]) -> Any:
    """The copy; `left` counts down the entries that may still be copied."""
    cls = type(value)
    if cls is dict or cls is list or isinstance(value, (dict, list)):
        left[0] -= len(value)
        if left[0] < 0:
            raise TooLarge(f"value is too large: more than {NODES} entries")
        if cls is dict:
            return {key: item if type(item) is str else _copy(item, left) for key, item in value.items()}
        if cls is list:
            return [item if type(item) is str else _copy(item, left) for item in value]
        if isinstance(value, dict):
            return cls({key: _copy(item, left) for key, item in value.items()})
        return cls([_copy(item, left) for item in value])
    return _copy_struct(value) if isinstance(value, Struct) else value


def _copy_struct(value: Struct) -> Struct:
    """copystructure does not reach unexported fields: all that is left of a version is its zero value."""
    if value.go_type not in ("semver.Version", "*semver.Version"):
        return value
    from charthouse.sprig.versions import VersionValue, zero_like

    return zero_like(value) if isinstance(value, VersionValue) else value


def must_deep_copy(value: Any) -> Any:
    """The copy. Raises GoError for nil, and when the value contains itself."""
    if value is None:
        raise GoError("reflect: call of reflect.Value.Type on zero Value")
    try:
        return _copy(value, [NODES])
    except RecursionError:
        raise GoError("deepCopy of a value that contains itself") from None


def deep_copy(value: Any) -> Any:
    """The copy. Raises GoError when the value contains itself."""
    return must_deep_copy(value)
