"""One map under two type names.

In Go a conversion from common.Values to map[string]interface {} is another name for the same map: what is written
through one is seen through the other. Python cannot share a dict between two classes, so the second name is a view:
a map that holds nothing itself and hands everything on. `set`, `unset` and `merge` give it back for `.Values`.
"""

from __future__ import annotations

from charthouse.golang.kinds import TypedMap

TYPE_CHECKING = False
if TYPE_CHECKING:
    from _collections_abc import dict_items, dict_keys, dict_values
    from collections.abc import Iterator
    from typing import Any

__all__ = ["MapView", "as_plain_map"]


class MapView(TypedMap):
    """A map[string]interface {} whose entries lie in `source`."""

    __slots__ = ("source",)

    def __init__(self, source: dict[str, Any]) -> None:
        self.source = source

    def __getitem__(self, key: str) -> Any:
        return self.source[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self.source[key] = value

    def __delitem__(self, key: str) -> None:
        del self.source[key]

    def __contains__(self, key: object) -> bool:
        return key in self.source

    def __iter__(self) -> Iterator[str]:
        return iter(self.source)

    def __len__(self) -> int:
        return len(self.source)

    def __bool__(self) -> bool:
        return bool(self.source)

    def __eq__(self, other: object) -> bool:
        return self.source == (other.source if isinstance(other, MapView) else other)

    def __ne__(self, other: object) -> bool:
        return not self == other

    __hash__ = None  # type: ignore[assignment]  # as every dict

    def __repr__(self) -> str:
        return f"MapView({self.source!r})"

    def get(self, key: str, default: Any = None) -> Any:
        return self.source.get(key, default)

    def items(self) -> dict_items[str, Any]:
        return self.source.items()

    def keys(self) -> dict_keys[str, Any]:
        return self.source.keys()

    def values(self) -> dict_values[str, Any]:
        return self.source.values()

    def pop(self, key: str, *default: Any) -> Any:
        return self.source.pop(key, *default)

    def clear(self) -> None:
        self.source.clear()

    def update(self, *others: Any, **entries: Any) -> None:
        self.source.update(*others, **entries)

    def copy(self) -> dict[str, Any]:
        return dict(self.source)


def as_plain_map(value: dict[str, Any]) -> dict[str, Any]:
    """A map under the name map[string]interface {}: itself when that is its type already."""
    if type(value) is dict or not isinstance(value, TypedMap) or value.go_type.startswith("map["):
        return value
    return MapView(value)
