"""Lists: ``list``, ``append``, ``first``, ``uniq``, ``slice``, ``chunk`` …

Rules: sprig list.go. The plain and the ``must`` forms differ only in panicking or returning the error, which a template
cannot tell apart. Results are always new lists; nil slices (``rest`` of an empty list) are ``NilSlice`` so that they
print as JSON's null. Where it differs: Go's ``slice`` may reach beyond the end into a slice's spare capacity, which a
Python list does not have; here that is out of bounds.
"""

from __future__ import annotations

from charthouse.golang.kinds import GoError, NilSlice, TypedSlice, Uint8
from charthouse.golang.size import ENTRY, check_size
from charthouse.sprig.casts import to_int
from charthouse.sprig.equality import deep_equal
from charthouse.sprig.panics import makeslice, nil_pointer
from charthouse.sprig.types import kind_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = [
    "ListSlice",
    "chunk",
    "compact",
    "concat",
    "cut",
    "first",
    "has",
    "initial",
    "last",
    "make",
    "prepend",
    "push",
    "rest",
    "reverse",
    "uniq",
    "without",
]


class ListSlice(TypedSlice):
    """A list of lists, as ``chunk`` returns it."""

    __slots__ = ()
    go_type = "[][]interface {}"
    element = "[]interface {}"


def _items(value: Any, refusal: str) -> list[Any]:
    """The items of a slice. Raises GoError: nil's panic, or `refusal` and the kind of what is no slice."""
    if isinstance(value, list):
        return value
    if value is None:
        raise nil_pointer()
    if isinstance(value, bytes):
        return [Uint8(byte) for byte in value]
    raise GoError(f"{refusal} {kind_of(value)}")


def make(*values: Any) -> list[Any]:
    """The arguments as a list."""
    return list(values)


def push(items: Any, value: Any) -> list[Any]:
    """A copy with the value at its end."""
    return [*_items(items, "Cannot push on type"), value]


def prepend(items: Any, value: Any) -> list[Any]:
    """A copy with the value before all others."""
    return [value, *_items(items, "Cannot prepend on type")]


def first(items: Any) -> Any:
    """The first item, nil if there is none."""
    found = _items(items, "Cannot find first on type")
    return found[0] if found else None


def last(items: Any) -> Any:
    """The last item, nil if there is none."""
    found = _items(items, "Cannot find last on type")
    return found[-1] if found else None


def rest(items: Any) -> list[Any]:
    """All but the first item."""
    found = _items(items, "Cannot find rest on type")
    return list(found[1:]) if found else NilSlice()


def initial(items: Any) -> list[Any]:
    """All but the last item."""
    found = _items(items, "Cannot find initial on type")
    return list(found[:-1]) if found else NilSlice()


def reverse(items: Any) -> list[Any]:
    """The items from the last to the first."""
    return list(reversed(_items(items, "Cannot find reverse on type")))


def compact(items: Any) -> list[Any]:
    """The items that are not empty."""
    return [item for item in _items(items, "Cannot compact on type") if item]


def _among(items: list[Any], wanted: Any) -> bool:
    return any(deep_equal(wanted, item) for item in items)


def uniq(items: Any) -> list[Any]:
    """The items without those deeply equal to an earlier one."""
    kept: list[Any] = []
    seen: set[tuple[type, Any]] = set()
    for item in _items(items, "Cannot find uniq on type"):
        cls = type(item)
        if cls is str or cls is int or cls is bool:
            if (cls, item) in seen:
                continue
            seen.add((cls, item))
        elif _among(kept, item):
            continue
        kept.append(item)
    return kept


def without(items: Any, *unwanted: Any) -> list[Any]:
    """The items that are deeply equal to none of the unwanted."""
    refused = list(unwanted)
    return [item for item in _items(items, "Cannot find without on type") if not _among(refused, item)]


def has(wanted: Any, items: Any) -> bool:
    """Whether an item is deeply equal to `wanted`; nothing is in nil."""
    if items is None:
        return False
    found = _items(items, "Cannot find has on type")
    cls = type(wanted)
    if cls is str:
        return any(type(item) is str and item == wanted for item in found)
    return _among(found, wanted)


def cut(items: Any, *indices: Any) -> Any:
    """The items from the first index to the second (default: all); nil for an empty list.

    Raises GoError when the indexes are out of bounds.
    """
    found = _items(items, "list should be type of slice or array but")
    if not found:
        return None
    start = to_int(indices[0]) if indices else 0
    end = to_int(indices[1]) if len(indices) > 1 else len(found)
    if not 0 <= start <= end <= len(found):
        raise GoError("reflect.Value.Slice: slice index out of bounds")
    if isinstance(items, bytes):
        return items[start:end]
    part = found[start:end]
    return part if type(items) is list else type(found)(part)


def concat(*lists: Any) -> list[Any]:
    """The items of all lists in one."""
    joined: list[Any] = []
    for items in lists:
        if isinstance(items, list):
            joined += items
        elif items is None:
            raise nil_pointer()
        elif isinstance(items, bytes):
            joined += map(Uint8, items)
        else:
            raise GoError(f"Cannot concat type {kind_of(items)} as list")
    return joined or NilSlice()


def chunk(size: int, items: Any) -> ListSlice:
    """The items in lists of `size`, the last one shorter.

    Raises GoError where Go's arithmetic on a size of zero or less ends in a panic.
    """
    found = _items(items, "Cannot chunk type")
    length = len(found)
    if size == 0:
        raise makeslice()
    count = (length - 1) // size + 1
    if count < 0:
        raise makeslice()
    if size > 0:
        check_size(length // size, ENTRY)
        return ListSlice([found[i : i + size] for i in range(0, length, size)])
    if count == 0:
        return ListSlice()
    # A negative size that is larger than the list still gives one list, as math.Mod(length, size) is the length.
    if length % -size == 0:
        raise makeslice()
    return ListSlice([list(found)])
