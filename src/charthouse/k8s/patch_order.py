"""The order of items in merged lists.

Rules: apimachinery v0.37.1 ``pkg/util/strategicpatch/patch.go`` (``normalizeElementOrder``, ``mergeSortedSlice``,
``normalizeSliceOrder``, ``sortMapsBasedOnField``). A key of "" means a list of scalars.
"""

from __future__ import annotations

from charthouse.k8s.patch_error import same

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["index_of", "merge_order", "normalized", "partition", "sorted_by_text", "text_of"]


def text_of(value: Any) -> str:
    """Go's %v of a scalar."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return "<nil>" if value is None else str(value)


def sorted_by_text(items: list[Any], key: str) -> list[Any]:
    """By the text of the merge key. Items with equal keys come out reversed, as Go's sort with `<=` leaves them."""
    found = items[::-1]
    found.sort(key=lambda item: text_of(item.get(key)))
    return found


def index_of(items: list[Any], value: Any, key: str) -> int:
    """Where the item with this merge key (or this scalar) stands first; -1."""
    for at, item in enumerate(items):
        if key:
            if isinstance(item, dict) and key in item and same(item[key], value):
                return at
        elif same(item, value):
            return at
    return -1


def _value(item: Any, key: str) -> Any:
    return item.get(key) if key else item


def partition(items: list[Any], by: list[Any], key: str) -> tuple[list[Any], list[Any]]:
    """Items present in `by`, and the others."""
    mine: list[Any] = []
    others: list[Any] = []
    for item in items:
        (mine if index_of(by, _value(item, key), key) >= 0 else others).append(item)
    return mine, others


def normalized(items: list[Any], order: list[Any], key: str) -> list[Any]:
    """Items in the order of `order`; `$patch: delete` items go last. Go's insertion sort, unknown items included."""
    gone = [item for item in items if key and item.get("$patch") == "delete"]
    kept = [item for item in items if not (key and item.get("$patch") == "delete")]
    places = [index_of(order, _value(item, key), key) for item in kept]
    for i in range(1, len(kept)):
        j = i
        while j > 0 and (places[j] < 0 or places[j - 1] < 0 or places[j] < places[j - 1]):
            kept[j], kept[j - 1] = kept[j - 1], kept[j]
            places[j], places[j - 1] = places[j - 1], places[j]
            j -= 1
    return kept + gone


def merge_order(mine: list[Any], others: list[Any], order: list[Any], server: list[Any], key: str) -> list[Any]:
    """`mine` in the order of `order`, `others` in the order of `server`, woven together by the order of `server`."""
    left = normalized(others, server, key)
    right = normalized(mine, order, key)
    found: list[Any] = []
    i = j = 0
    while i < len(left) or j < len(right):
        if i >= len(left):
            found.append(right[j])
            j += 1
            continue
        if j >= len(right):
            found.append(left[i])
            i += 1
            continue
        a = index_of(server, _value(left[i], key), key)
        b = index_of(server, _value(right[j], key), key)
        if 0 <= a < b:
            found.append(left[i])
            i += 1
        else:
            found.append(right[j])
            j += 1
    return found
