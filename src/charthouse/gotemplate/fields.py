"""Fields: `.a.b`, `$x.a`, `(pipe).a`, on maps, structs and values with methods.

Rules: text/template/exec.go ``evalFieldChain`` and ``evalField`` of Go 1.27. This is the only way from a name in a
template to data, and it knows three: the methods and fields a class of ``golang.kinds`` lists, and the keys of a map.
No attribute of a Python object is ever looked up by a template's name.

Go's errors name the static type of what a field is taken from: `interface {}` for what lies in a map or list, the
value's own type for what came out of a pipeline. `held` says which.
"""

from __future__ import annotations

from charthouse.golang.kinds import NilBytes, Struct, TypedMap, go_type
from charthouse.gotemplate.failure import fail
from charthouse.gotemplate.novalue import NOVALUE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from charthouse.gotemplate.functions import Function
    from charthouse.gotemplate.nodes import Node
    from charthouse.gotemplate.program import Template
    from charthouse.gotemplate.variables import Frame, Raiser


__all__ = ["PLAIN_MAPS", "AnyPlace", "LatePlace", "Place", "method_of", "step", "walk", "walk_to", "zero_value"]

ANY = "interface {}"

# Maps whose missing entries are nil, with the names of their methods: a field is `get` unless it is one of those.
# Classes other than dict are added when they are first met.
PLAIN_MAPS: dict[type, frozenset[str]] = {dict: frozenset()}


class AnyPlace:
    """Where errors are reported; see the two kinds below."""

    __slots__ = ("template",)

    if TYPE_CHECKING:
        template: Template

    def fail(self, detail: str, cause: Exception | None = None) -> object:
        """Raise ExecError there."""
        raise AssertionError(detail)


class Place(AnyPlace):
    """Where errors of a chain are reported: the running template, absolute position and node."""

    __slots__ = ("node", "position")

    def __init__(self, template: Template, position: int, node: Node) -> None:
        self.template = template
        self.position = position
        self.node = node

    def fail(self, detail: str, cause: Exception | None = None) -> object:
        fail(self.template, self.position, self.node, detail, cause)


class LatePlace(AnyPlace):
    """Where errors of a chain behind a pipeline go: known when the chain runs."""

    __slots__ = ("frame", "raise_at")

    def __init__(self, template: Template, frame: Frame, raise_at: Raiser) -> None:
        self.template = template
        self.frame = frame
        self.raise_at = raise_at

    def fail(self, detail: str, cause: Exception | None = None) -> object:
        return self.raise_at(self.frame, detail, cause)


def zero_value(type_name: str) -> object:
    """Go's zero value of a map's element type."""
    if type_name == "string":
        return ""
    if type_name == "bool":
        return False
    if type_name == "int":
        return 0
    if type_name == "float64":
        return 0.0
    if type_name == "[]uint8":
        return NilBytes()
    return None


def method_of(value: object, name: str) -> Function | None:
    """A method of a value's class as its table lists it."""
    table = getattr(type(value), "go_methods", None)
    return table.get(name) if table else None


def walk_to(value: object, names: tuple[str, ...], place: AnyPlace, held: bool) -> tuple[object, bool]:
    """As ``walk``: (the value, whether it is held in an interface)."""
    for name in names:
        value, held = step(value, name, place, held)
    return value, held


def walk(value: object, names: tuple[str, ...], place: AnyPlace, held: bool) -> object:
    """Follow names from a value; methods on the way are called without arguments.

    held: whether the value lies in an interface (a map's, a list's element) as far as error texts go.
    """
    for name in names:
        value, held = step(value, name, place, held)
    return value


def step(value: object, name: str, place: AnyPlace, held: bool) -> tuple[object, bool]:
    """One field: (its value, whether it is held in an interface). Raises ExecError."""
    kind = type(value)
    if kind is dict:
        missing_key = place.template.family.missing_key
        if missing_key == "zero":
            return value.get(name), True  # type: ignore[attr-defined]  # a dict
        return _map_entry(value, name, place), True  # type: ignore[arg-type]  # a dict
    if value is None:
        place.fail(f"nil pointer evaluating {ANY}.{name}")
    if value is NOVALUE:
        if place.template.family.missing_key == "error":
            place.fail(f'nil data; no entry for key "{name}"')
        return NOVALUE, False
    method = method_of(value, name)
    if method is not None:
        return place.template.family.call_method(method, value, name, place), method.result == "any"
    if isinstance(value, Struct):
        attribute = value.go_fields.get(name) or value.go_promoted.get(name)
        if attribute is not None:
            return getattr(value, attribute), False
        if name in value.go_unexported:
            place.fail(f"{name} is an unexported field of struct type {ANY if held else go_type(value)}")
    elif isinstance(value, TypedMap):
        if value.go_type.startswith("map[") and not value.go_type.startswith(("map[string]", "map[interface {}]")):
            place.fail(f"can't evaluate field {name} in type {ANY if held else go_type(value)}")
        if value.element == ANY and value.go_type.startswith(("map[string]", "common.", "chartutil.")):
            PLAIN_MAPS[kind] = frozenset(getattr(kind, "go_methods", ()))
        return _map_entry(value, name, place), value.element == ANY
    return place.fail(f"can't evaluate field {name} in type {ANY if held else go_type(value)}"), False


def _map_entry(value: dict[str, object], name: str, place: AnyPlace) -> object:
    if name in value:
        return value[name]
    missing_key = place.template.family.missing_key
    if missing_key == "error":
        from charthouse.golang.strconv import quote

        place.fail(f"map has no entry for key {quote(name)}")
    if missing_key == "default":
        return NOVALUE
    return zero_value(value.element) if isinstance(value, TypedMap) else None
