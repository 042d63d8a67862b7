"""Values written in their own order: what is a Go struct there is a dict here, and only JSON needs the difference.

Rules: encoding/json writes the fields of a struct as declared, the keys of a map sorted.
"""

from __future__ import annotations

from charthouse.golang.kinds import Struct

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["ordered"]


class _Fields(Struct):
    """A Go struct of which only the JSON matters: pairs in the order of its fields."""

    __slots__ = ("pairs",)

    def __init__(self, pairs: list[tuple[str, Any]]) -> None:
        self.pairs = pairs

    @staticmethod
    def go_json(value: _Fields) -> list[tuple[str, Any]]:
        return value.pairs


def ordered(value: Any) -> Any:
    """The same value with every dict written in its own order, as Go writes structs, not sorted as Go sorts maps."""
    if isinstance(value, dict):
        return _Fields([(key, ordered(entry)) for key, entry in value.items()])
    if isinstance(value, (list, tuple)):
        return [ordered(entry) for entry in value]
    return value
