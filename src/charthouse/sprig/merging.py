"""``merge`` and ``mergeOverwrite``: dictionaries filled from, or overwritten by, others.

Rules: sprig dict.go over dario.cat/mergo@v1.0.1 ``deepMerge``:

- the destination is changed in place and returned; what is copied into it is shared, not cloned;
- without overwriting, a key is taken when it is missing or empty (nil, "", 0, false, empty list or map), and a null in
  the source is skipped;
- with overwriting, everything is taken, empty values and nulls included, except that two maps are merged;
- a map under a key that holds a pointer is an error, which ``merge`` swallows (its result is then an empty string).
"""

from __future__ import annotations

from charthouse.golang.kinds import GoError, NilMap, Struct, TypedMap, go_type
from charthouse.golang.map_view import as_plain_map
from charthouse.golang.size import NODES, TooLarge

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Map = dict[str, Any]

__all__ = ["MergeError", "merge", "merge_overwrite", "must_merge", "must_merge_overwrite"]


class MergeError(GoError):
    """mergo's own error: swallowed by ``merge``, shown by ``mustMerge``."""


def _check_pointer(old: Any, new: Any, overwrite: bool) -> None:
    """mergo's refusal to put something into a pointer of another type."""
    if isinstance(old, Struct) and old.go_type.startswith("*") and not overwrite:
        if isinstance(new, Struct) and (new.go_type.startswith("*") or old.go_type == "*" + new.go_type):
            return
        raise MergeError("src and dst must be of same type")


def _assign(target: Map, key: str, value: Any) -> None:
    """A map store through reflection; a map of strings takes nothing but strings."""
    if isinstance(target, TypedMap) and target.element == "string":
        raise GoError("reflect.Value.SetMapIndex: value of type interface {} is not assignable to type string")
    target[key] = value


def _merge(target: Map, source: Map, overwrite: bool, left: list[int]) -> None:
    left[0] -= len(source)
    if left[0] < 0:
        raise TooLarge(f"value is too large: more than {NODES} entries")
    for key, new in source.items():
        if new is None:
            if overwrite:
                _assign(target, key, None)
            continue
        if key not in target:
            _assign(target, key, new)
            continue
        old = target[key]
        if isinstance(new, dict):
            if isinstance(old, dict):
                if old is not new:
                    _merge(old, new, overwrite, left)
                if old:
                    continue
            elif isinstance(old, Struct):
                _check_pointer(old, new, overwrite)
        elif isinstance(new, Struct):
            _check_pointer(old, new, overwrite)
        if overwrite or not old:
            _assign(target, key, new)


def _merge_all(target: Map | None, sources: tuple[Map | None, ...], overwrite: bool) -> Map:
    # A nil map is made when there is something to put into it, and only the caller's variable sees it.
    nil = target is None or (not target and type(target) is not dict and go_type(target) == "map[string]interface {}")
    if nil and all(isinstance(source, NilMap) for source in sources):
        return NilMap()
    result: Map = {} if nil or target is None else target
    for source in sources:
        if source and source is not result:
            try:
                _merge(result, source, overwrite, [NODES])
            except RecursionError:
                raise GoError("merge of a dictionary that contains itself") from None
    return as_plain_map(result)


def merge(target: Map | None, *sources: Map | None) -> Any:
    """The destination with its missing and empty keys filled from the sources in turn; "" after mergo's error."""
    try:
        return _merge_all(target, sources, False)
    except MergeError:
        return ""


def must_merge(target: Map | None, *sources: Map | None) -> Any:
    """As ``merge``. Raises GoError with mergo's error."""
    return _merge_all(target, sources, False)


def merge_overwrite(target: Map | None, *sources: Map | None) -> Any:
    """The destination with every key of the sources in turn written over it; "" after mergo's error."""
    try:
        return _merge_all(target, sources, True)
    except MergeError:
        return ""


def must_merge_overwrite(target: Map | None, *sources: Map | None) -> Any:
    """As ``mergeOverwrite``. Raises GoError with mergo's error."""
    return _merge_all(target, sources, True)
