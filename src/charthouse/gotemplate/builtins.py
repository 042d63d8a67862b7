"""The functions of the language itself, but `and` and `or`, which ``expressions`` evaluates.

Rules: text/template/funcs.go of Go 1.27.
"""

from __future__ import annotations

from charthouse.golang.fmt import format_value, sprint, sprintf, sprintln
from charthouse.golang.kinds import GoError, Struct, TypedMap, TypedSlice, Uint8, go_bytes, go_string, go_type
from charthouse.gotemplate import comparison
from charthouse.gotemplate.escaping import html_escape, javascript_escape, query_escape
from charthouse.gotemplate.fields import zero_value
from charthouse.gotemplate.functions import Function
from charthouse.gotemplate.novalue import NOVALUE

__all__ = ["BUILTINS", "printed"]

ANY = "interface {}"


def printed(value: object) -> str:
    """A value as an action prints it (``printValue``)."""
    if value is NOVALUE or value is None:
        return "<no value>"
    if getattr(type(value), "go_pointer_string", False):
        return str(value)  # text/template takes the address of what it prints
    return format_value(value)


def _position(value: object, limit: int) -> int:
    if isinstance(value, int) and type(value) is not bool:
        if not 0 <= value <= limit:
            raise GoError(f"index out of range: {_as_int64(value)}")
        return value
    if value is None or value is NOVALUE:
        raise GoError("cannot index slice/array with nil")
    raise GoError(f"cannot index slice/array with type {go_type(value)}")


def _as_int64(value: int) -> int:
    return value - (1 << 64) if value >= 1 << 63 else value


def index(item: object, *keys: object) -> object:
    """`index x 1 "a"` is x[1]["a"]."""
    if item is None or item is NOVALUE:
        raise GoError("index of untyped nil")
    for key in keys:
        if item is None:
            raise GoError("index of nil pointer")
        if isinstance(item, dict):
            item = _entry(item, key)
        elif isinstance(item, str):
            data = go_bytes(item)
            at = _position(key, len(data))
            if at == len(data):
                raise GoError("reflect: string index out of range")
            item = Uint8(data[at])
        elif isinstance(item, (list, bytes)):
            at = _position(key, len(item))
            if at == len(item):
                raise GoError("reflect: slice index out of range")
            item = Uint8(item[at]) if isinstance(item, bytes) else item[at]
        else:
            raise GoError(f"can't index item of type {_element_type(item)}")
    return item


def _element_type(item: object) -> str:
    """The type of a value, or of what it points to."""
    return go_type(item).removeprefix("*") if isinstance(item, Struct) else go_type(item)


def _key_type(item: dict[object, object]) -> str:
    name = item.go_type if isinstance(item, TypedMap) else ""
    return name[4 : name.index("]")] if name.startswith("map[") else "string"


def _entry(item: dict[object, object], key: object) -> object:
    wanted = _key_type(item)
    if key is None or key is NOVALUE:
        if wanted != ANY:
            raise GoError(f"value is nil; should be of type {wanted}")
        key = None
    elif wanted != ANY and go_type(key) != wanted:
        integers = (
            isinstance(key, int) and type(key) is not bool and wanted.startswith(("int", "uint")) and wanted != ANY
        )
        if not integers:
            raise GoError(f"value has type {go_type(key)}; should be {wanted}")
    if key in item:
        return item[key]
    return zero_value(item.element) if isinstance(item, TypedMap) else None


def slice_(item: object, *bounds: object) -> object:
    """`slice x 1 2` is x[1:2]."""
    if item is None or item is NOVALUE:
        raise GoError("slice of untyped nil")
    if len(bounds) > 3:
        raise GoError(f"too many slice indexes: {len(bounds)}")
    if isinstance(item, str):
        if len(bounds) == 3:
            raise GoError("cannot 3-index slice a string")
        size = len(go_bytes(item))
    elif isinstance(item, (list, bytes)):
        size = len(item)
    else:
        raise GoError(f"can't slice item of type {go_type(item)}")
    limits = [0, size, size]
    for number, bound in enumerate(bounds):
        limits[number] = _position(bound, size)
    if limits[0] > limits[1]:
        raise GoError(f"invalid slice index: {limits[0]} > {limits[1]}")
    if len(bounds) == 3 and limits[1] > limits[2]:
        raise GoError(f"invalid slice index: {limits[1]} > {limits[2]}")
    if isinstance(item, str):
        return go_string(go_bytes(item)[limits[0] : limits[1]])
    part = item[limits[0] : limits[1]]
    return type(item)(part) if isinstance(item, TypedSlice) else part


def length(item: object) -> int:
    if item is None:
        raise GoError("len of nil pointer")
    if item is NOVALUE:
        raise GoError("reflect: call of reflect.Value.Type on zero Value")
    if isinstance(item, str):
        return len(item) if item.isascii() else len(go_bytes(item))
    if isinstance(item, (dict, list, bytes)):
        return len(item)
    raise GoError(f"len of type {_element_type(item)}")


def negation(item: object) -> bool:
    return not item


def _arguments_text(arguments: tuple[object, ...]) -> str:
    if len(arguments) == 1 and type(arguments[0]) is str:
        return arguments[0]
    return sprint(["<no value>" if argument is None else argument for argument in arguments])


def html(*arguments: object) -> str:
    return html_escape(_arguments_text(arguments))


def javascript(*arguments: object) -> str:
    return javascript_escape(_arguments_text(arguments))


def url_query(*arguments: object) -> str:
    return query_escape(_arguments_text(arguments))


def call(name: str, function: object) -> object:
    """No value of ours is a function, so calling one always fails."""
    if function is None or function is NOVALUE:
        raise GoError("call of nil")
    raise GoError(f"non-function {name} of type {go_type(function)}")


def _printf(layout: str, *arguments: object) -> str:
    return sprintf(layout, arguments)


def _print(*arguments: object) -> str:
    return sprint(arguments)


def _println(*arguments: object) -> str:
    return sprintln(arguments)


def _table() -> dict[str, Function]:
    functions = [
        Function("and", "value,...value->value", lambda *_: None),
        Function("or", "value,...value->value", lambda *_: None),
        Function("call", "value,...value->value", lambda *_: None),
        Function("html", "...any->string", html),
        Function("index", "value,...value->value", index),
        Function("slice", "value,...value->value", slice_),
        Function("js", "...any->string", javascript),
        Function("len", "value->int", length),
        Function("not", "value->bool", negation),
        Function("print", "...any->string", _print),
        Function("printf", "string,...any->string", _printf),
        Function("println", "...any->string", _println),
        Function("urlquery", "...any->string", url_query),
        Function("eq", "value,...value->bool", comparison.equal),
        Function("ge", "value,value->bool", comparison.greater_or_equal),
        Function("gt", "value,value->bool", comparison.greater),
        Function("le", "value,value->bool", comparison.less_or_equal),
        Function("lt", "value,value->bool", comparison.less),
        Function("ne", "value,value->bool", comparison.not_equal),
    ]
    return {function.name: function for function in functions}


BUILTINS = _table()
