"""``default``, ``empty``, ``coalesce``, ``all``, ``any``, ``ternary``.

Rules: sprig defaults.go. A value is empty when it is nil or its type's zero; structs and pointers never are. Python's
truth says the same of every class of the kinds table (``Struct`` defines neither ``__len__`` nor ``__bool__``), which
makes these, the most called functions of all charts, as cheap as they can be.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["all_set", "any_set", "coalesce", "default", "empty", "ternary"]


def default(fallback: Any, *given: Any) -> Any:
    """The first given value, or `fallback` when there is none or it is empty."""
    if given:
        value = given[0]
        if value:
            return value
    return fallback


def empty(value: Any) -> bool:
    """Whether the value is nil or its type's zero."""
    return not value


def coalesce(*values: Any) -> Any:
    """The first value that is not empty, or nil."""
    for value in values:
        if value:
            return value
    return None


def all_set(*values: Any) -> bool:
    """Whether none of the values is empty (true without values)."""
    return all(values)


def any_set(*values: Any) -> bool:
    """Whether one of the values is not empty (false without values)."""
    return any(values)


def ternary(first: Any, second: Any, condition: bool) -> Any:
    """`first` if the condition holds, else `second`."""
    return first if condition else second
