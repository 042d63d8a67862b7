"""Frozen, slotted data classes that cost nothing at start-up.

``import dataclasses`` takes about a quarter of the time Helm needs for a whole small render (it imports ``inspect``),
so data on the command line's path are written as::

    class Hook(Record):
        name: str
        weight: int = 0

Fields in order, positional or by keyword, defaults allowed (a default that is a list, dict or set is refused: use a
tuple or ``None``). Instances compare and hash by value, are immutable, and are copied with ``replace(x, field=…)``.
Modules that define records need ``from __future__ import annotations``.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, TypeVar, dataclass_transform

    R = TypeVar("R", bound="Record")
else:

    def dataclass_transform(**_: object):
        return lambda cls: cls


__all__ = ["Record", "replace"]


@dataclass_transform(frozen_default=True, eq_default=True)
class RecordType(type):
    """Turns the annotations of a class body into slots and constructor fields."""

    _fields: tuple[str, ...]
    _defaults: dict[str, Any]

    def __new__(mcs, name: str, bases: tuple[type, ...], namespace: dict[str, Any]) -> RecordType:
        own = [f for f, kind in namespace.get("__annotations__", {}).items() if not str(kind).startswith("ClassVar")]
        defaults: dict[str, Any] = {}
        inherited: list[str] = []
        for parent in reversed(bases):
            inherited += [f for f in getattr(parent, "_fields", ()) if f not in inherited]
            defaults.update(getattr(parent, "_defaults", {}))
        for field in own:
            if field in namespace:
                value = namespace.pop(field)
                if isinstance(value, (list, dict, set)):
                    raise TypeError(f"{name}.{field}: a mutable default is shared by every instance")
                defaults[field] = value
        new = [f for f in own if f not in inherited]
        namespace.setdefault("__slots__", tuple(new))
        cls = super().__new__(mcs, name, bases, namespace)
        cls._fields = (*inherited, *new)
        cls._defaults = defaults
        return cls


class Record(metaclass=RecordType):
    """Base of frozen data classes; see the module."""

    def __init__(self, *values: Any, **named: Any) -> None:
        cls = type(self)
        fields = cls._fields
        if len(values) > len(fields):
            raise TypeError(f"{cls.__name__}() takes {len(fields)} fields, {len(values)} given")
        put = object.__setattr__
        if not named and len(values) == len(fields):
            for field, value in zip(fields, values, strict=True):
                put(self, field, value)
            return
        for field, value in zip(fields, values, strict=False):
            if field in named:
                raise TypeError(f"{cls.__name__}() got field {field!r} twice")
            put(self, field, value)
        for field in fields[len(values) :]:
            if field in named:
                put(self, field, named.pop(field))
            elif field in cls._defaults:
                put(self, field, cls._defaults[field])
            else:
                raise TypeError(f"{cls.__name__}() misses field {field!r}")
        if named:
            raise TypeError(f"{cls.__name__}() has no field {next(iter(named))!r}")

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"{type(self).__name__}.{name} is frozen; use records.replace")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"{type(self).__name__}.{name} is frozen")

    def __eq__(self, other: object) -> bool:
        if type(self) is not type(other):
            return NotImplemented
        return all(getattr(self, f) == getattr(other, f) for f in type(self)._fields)

    def __hash__(self) -> int:
        return hash((type(self), *(getattr(self, f) for f in type(self)._fields)))

    def __repr__(self) -> str:
        inside = ", ".join(f"{f}={getattr(self, f)!r}" for f in type(self)._fields)
        return f"{type(self).__name__}({inside})"

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), tuple(getattr(self, f) for f in type(self)._fields)


def replace(record: R, /, **changes: Any) -> R:
    """A copy of `record` with some fields changed. Raises TypeError for a field it does not have."""
    cls = type(record)
    values = [changes.pop(field) if field in changes else getattr(record, field) for field in cls._fields]
    for field in changes:
        raise TypeError(f"{cls.__name__} has no field {field!r}")
    return cls(*values)
