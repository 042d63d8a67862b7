"""What the validator carries along: the schemas on the way, and what nothing has looked at yet."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["Left", "Scope"]


class Scope:
    """A schema on the way to the one being applied. keyword: the reference that led here; value: which value it is
    applied to, to tell a cycle from recursion."""

    __slots__ = ("keyword", "parent", "schema", "value")

    def __init__(self, schema: Any, keyword: str, value: int, parent: Scope | None) -> None:
        self.schema = schema
        self.keyword = keyword
        self.value = value
        self.parent = parent


class Left:
    """What no keyword has looked at yet: names of an object, indexes of a list."""

    __slots__ = ("items", "names")

    def __init__(self, names: set[str], items: set[int]) -> None:
        self.names = names
        self.items = items

    def keep(self, other: Left) -> None:
        self.names &= other.names
        self.items &= other.items
