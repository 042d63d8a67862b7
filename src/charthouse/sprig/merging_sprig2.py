"""``merge`` and ``mergeOverwrite`` of sprig 2.22.

Rules: sprig 2.22 dict.go over imdario/mergo@v0.3.5 ``deepMerge``: a null in a source is always skipped; two maps are
merged; a map in a source changes nothing else that is under its key, not even a null or an empty text; all other values
are taken when the key is missing or empty, with overwriting always.
"""

from __future__ import annotations

from charthouse.golang.kinds import GoError, NilMap, Struct, TypedMap
from charthouse.golang.map_view import as_plain_map
from charthouse.golang.size import NODES, TooLarge

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    Map = dict[str, Any]

__all__ = ["merge", "merge_overwrite"]


def merge(target: Map | None, *sources: Map | None) -> Any:
    """The destination with its missing and empty keys filled from the sources in turn."""
    return _all(target, sources, overwrite=False)


def merge_overwrite(target: Map | None, *sources: Map | None) -> Any:
    """The destination with the sources in turn written over it."""
    return _all(target, sources, overwrite=True)


def _all(target: Map | None, sources: tuple[Map | None, ...], *, overwrite: bool) -> Any:
    nil = target is None or isinstance(target, NilMap)
    if nil and all(isinstance(source, NilMap) for source in sources):
        return NilMap()
    result: Map = {} if nil or target is None else target
    for source in sources:
        if source and source is not result:
            try:
                _merge(result, source, overwrite, _counter())
            except _Different:
                return ""
            except RecursionError:
                raise GoError("merge of a dictionary that contains itself") from None
    return as_plain_map(result)


class _Different(GoError):
    """mergo's refusal to merge a map into a pointer, which ``merge`` swallows: its result is an empty text."""

    def __init__(self) -> None:
        super().__init__("src and dst must be of same type")


def _counter() -> Callable[[int], None]:
    left = NODES

    def count(entries: int) -> None:
        nonlocal left
        left -= entries
        if left < 0:
            raise TooLarge(f"value is too large: more than {NODES} entries")

    return count


def _merge(target: Map, source: Map, overwrite: bool, count: Callable[[int], None]) -> None:
    count(len(source))
    for key, new in source.items():
        if new is None:
            continue
        if isinstance(new, dict) and key in target:
            held = target[key]
            if isinstance(held, Struct) and held.go_type.startswith("*") and not overwrite:
                raise _Different
            if isinstance(held, dict) and held is not new:
                _merge(held, new, overwrite, count)
            continue
        if overwrite or not target.get(key):
            if isinstance(target, TypedMap) and target.element == "string":
                raise GoError("reflect.Value.SetMapIndex: value of type interface {} is not assignable to type string")
            target[key] = new
