"""eq, ne, lt, le, gt, ge.

Rules: text/template/funcs.go of Go 1.27 ("Comparison").
"""

from __future__ import annotations

from charthouse.golang.kinds import (
    GoError,
    NilBytes,
    NilMap,
    NilSlice,
    NilStringMap,
    NilStringSlice,
    SizedInt,
    Struct,
    go_type,
)
from charthouse.gotemplate.novalue import NOVALUE

__all__ = ["equal", "greater", "greater_or_equal", "less", "less_or_equal", "not_equal"]

INVALID, BOOL, COMPLEX, INT, FLOAT, STRING, UINT = range(7)

_KINDS: dict[type, int] = {bool: BOOL, complex: COMPLEX, int: INT, float: FLOAT, str: STRING}
_NILS = (NilBytes, NilMap, NilSlice, NilStringMap, NilStringSlice)
_PLAIN = frozenset([str, int, float, bool])


def _basic(value: object) -> int:
    kind = _KINDS.get(type(value))
    if kind is not None:
        return kind
    if isinstance(value, SizedInt):
        return INT if value.signed else UINT
    if isinstance(value, float):
        return FLOAT
    return INVALID


def _type(value: object) -> str:
    return go_type(value)


def equal(first: object, *others: object) -> bool:
    """`first` equals one of the others. Raises GoError."""
    if not others:
        raise GoError("missing argument for comparison")
    kind = type(first)
    for other in others:
        if type(other) is kind and kind in _PLAIN:
            if first == other:
                return True
        elif _equal(first, other):
            return True
    return False


def _equal(first: object, other: object) -> bool:
    if first is None:
        first = NOVALUE
    if other is None:
        other = NOVALUE
    kind1, kind2 = _basic(first), _basic(other)
    if kind1 != kind2:
        if {kind1, kind2} == {INT, UINT}:
            return bool(first == other)
        if first is NOVALUE or other is NOVALUE:
            return False
        raise GoError(f"incompatible types for comparison: {_type(first)} and {_type(other)}")
    if kind1 != INVALID:
        return bool(first == other)
    return _equal_others(first, other)


def _equal_others(first: object, other: object) -> bool:
    from charthouse.golang.fmt import sprintf

    if first is NOVALUE or other is NOVALUE:
        return _is_nil(first) and _is_nil(other)
    if _shape(first) != _shape(other):
        raise GoError(sprintf("non-comparable types %s: %v, %s: %v", [first, _type(first), _type(other), other]))
    nils = isinstance(first, _NILS), isinstance(other, _NILS)
    if True in nils:
        return nils[0] == nils[1]
    if not isinstance(first, Struct):
        raise GoError(sprintf("non-comparable type %s: %v", [other, _type(other)]))
    return first is other if go_type(first).startswith("*") else first == other


def _is_nil(value: object) -> bool:
    return value is NOVALUE or isinstance(value, _NILS)


def _shape(value: object) -> str:
    if isinstance(value, dict):
        return "map"
    if isinstance(value, (list, bytes)):
        return "slice"
    return "pointer" if go_type(value).startswith("*") else "struct"


def not_equal(first: object, second: object) -> bool:
    return not equal(first, second)


def less(first: object, second: object) -> bool:
    """Raises GoError for what has no order."""
    kind = type(first)
    if type(second) is kind and kind in (int, float, str):
        if kind is str:
            return _text_less(first, second)  # type: ignore[arg-type]  # both are str
        return first < second  # type: ignore[operator,no-any-return]  # both are numbers
    kind1, kind2 = _basic(first), _basic(second)
    if kind1 == INVALID or kind2 == INVALID:
        raise GoError("invalid type for comparison")
    if kind1 != kind2 and {kind1, kind2} != {INT, UINT}:
        raise GoError(f"incompatible types for comparison: {_type(first)} and {_type(second)}")
    if kind1 in (BOOL, COMPLEX):
        raise GoError("invalid type for comparison")
    return first < second  # type: ignore[operator,no-any-return]  # numbers


def _text_less(first: str, second: str) -> bool:
    if first.isascii() and second.isascii():
        return first < second
    return first.encode("utf-8", "surrogateescape") < second.encode("utf-8", "surrogateescape")


def less_or_equal(first: object, second: object) -> bool:
    return less(first, second) or equal(first, second)


def greater(first: object, second: object) -> bool:
    return not less_or_equal(first, second)


def greater_or_equal(first: object, second: object) -> bool:
    return not less(first, second)
