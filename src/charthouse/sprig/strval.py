"""``toString``: a value as text, the way most string functions of sprig see their arguments.

Rules: sprig strings.go ``strval`` — strings as they are, bytes as a string, errors and Stringers by their own method,
everything else by ``%v``.
"""

from __future__ import annotations

from charthouse.golang.kinds import go_string

__all__ = ["strval"]


def strval(value: object) -> str:
    """The value as text."""
    cls = type(value)
    if cls is str:
        return value  # type: ignore[return-value]  # narrowed by the class test
    if cls is int:
        return str(value)
    if cls is bool:
        return "true" if value else "false"
    if isinstance(value, bytes):
        return go_string(value)
    from charthouse.golang.fmt import format_value

    return format_value(value)
