"""``typeOf``, ``kindOf`` and their questions: Go's reflection names of a template value.

Rules: sprig reflect.go; kind names are reflect.Kind.String of Go 1.27.
"""

from __future__ import annotations

from charthouse.golang.kinds import Float32, SizedInt, Struct, TypedMap, TypedSlice, go_type

__all__ = ["kind_is", "kind_of", "type_is", "type_is_like", "type_of"]

_KINDS: dict[type, str] = {
    type(None): "invalid",
    bool: "bool",
    str: "string",
    int: "int",
    float: "float64",
    complex: "complex128",
    bytes: "slice",
    dict: "map",
    list: "slice",
}


def _classify(cls: type) -> str:
    """The reflect.Kind of a class of the kinds table that is not one of the common ones."""
    if issubclass(cls, SizedInt):
        # A named type (time.Duration) has the kind of the first unnamed one below it.
        return next(str(base.go_type) for base in cls.__mro__ if issubclass(base, SizedInt) and "." not in base.go_type)
    if issubclass(cls, TypedMap):
        return "map"
    if issubclass(cls, bytes):
        return "slice"
    if issubclass(cls, TypedSlice):
        return "array" if cls.go_type.startswith("[") and not cls.go_type.startswith("[]") else "slice"
    if issubclass(cls, Struct):
        if cls.go_type.startswith("func("):
            return "func"
        return "ptr" if cls.go_type.startswith("*") else "struct"
    if issubclass(cls, Float32):
        return "float32"
    if issubclass(cls, str):
        return "string"
    raise TypeError(f"{cls.__name__} is not a value a template may see")


def kind_of(value: object) -> str:
    """The reflect.Kind of a value: ``string``, ``slice``, ``map``, ``float64`` …; ``invalid`` for nil."""
    cls = type(value)
    kind = _KINDS.get(cls)
    if kind is None:
        kind = _KINDS[cls] = _classify(cls)
    return kind


def kind_is(target: str, value: object) -> bool:
    """Whether `target` names the value's kind."""
    return target == kind_of(value)


def type_of(value: object) -> str:
    """The Go type as ``%T`` prints it."""
    return go_type(value)


def type_is(target: str, value: object) -> bool:
    """Whether `target` names the value's type."""
    return target == go_type(value)


def type_is_like(target: str, value: object) -> bool:
    """Whether `target` names the value's type or what it points to."""
    name = go_type(value)
    return target == name or "*" + target == name
