"""The value that is none: reflect's zero Value.

Go's evaluator tells a nil interface (`None`, found in a map or a list) from no value at all (a pipeline that came to
nil): a field of the first is an error, a field of the second is again no value.
"""

from __future__ import annotations

__all__ = ["NOVALUE", "NoValue"]


class NoValue:
    """The class of the one NOVALUE; false, and prints as `<no value>`."""

    __slots__ = ()

    def __bool__(self) -> bool:
        return False

    def __repr__(self) -> str:
        return "<no value>"


NOVALUE = NoValue()
