"""Go's formatted printing.

Rules: package fmt of Go 1.27 (``print.go``, ``format.go``). Values are those of ``golang.kinds``. ``format_value`` is
the short way for `%v` without flags, which is what templates print all day; everything else goes through ``fmt_verbs``.

Differences: texts and values past the bounds of ``golang.size`` are refused; `%p` prints Python's identity, since there
are no addresses; a pointer inside another value likewise.
"""

from __future__ import annotations

from charthouse.golang.kinds import Float32, Struct, TypedSlice, go_type
from charthouse.golang.size import bound, joined
from charthouse.golang.strconv import format_float

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

__all__ = ["format_value", "sorted_items", "sprint", "sprintf", "sprintln", "string_method"]


def _sort_key(key: object) -> tuple[int, Any]:
    # internal/fmtsort, for keys of interface type: nil, bools, numbers, strings, by machine order of their kinds.
    if isinstance(key, str):
        return (3, key.encode("utf-8", "surrogateescape"))
    if isinstance(key, bool):
        return (1, key)
    if isinstance(key, (int, float)):
        return (2, key)
    return (0, 0)


def sorted_items(value: dict[Any, object]) -> list[tuple[Any, object]]:
    """A map's entries in the order in which Go prints and ranges over them: by key, strings by their bytes."""
    try:
        keys = sorted(value)
    except TypeError:
        keys = sorted(value, key=_sort_key)
    else:
        for key in keys:
            if type(key) is str and not key.isascii():
                keys.sort(key=_sort_key)
                break
    return [(key, value[key]) for key in keys]


def string_method(value: object) -> str | None:
    """What a value's own `Error` or `String` method says; None for values without one.

    A struct with `go_pointer_string` has its String on the pointer: an argument of fmt, which is a copy, does not.
    """
    if isinstance(value, BaseException):
        return str(value)
    table = getattr(type(value), "go_methods", None)
    if table and not getattr(type(value), "go_pointer_string", False):
        method = table.get("Error") or table.get("String")
        if method is not None and not method.parameters and not method.variadic:
            return str(method.implementation(value))
    elif getattr(type(value), "go_type", "") == "time.Duration":
        from charthouse.golang.duration import duration_text

        return duration_text(int(value))  # type: ignore[call-overload]  # a Duration is an int
    return None


def format_value(value: object) -> str:
    """A value as `%v` prints it; nil is `<nil>`."""
    kind = type(value)
    if kind is str:
        return value  # type: ignore[return-value]  # just tested
    if kind is bool:
        return "true" if value else "false"
    if kind is int:
        return str(value)
    if kind is float:
        return format_float(value, "g")  # type: ignore[arg-type]  # just tested
    if value is None:
        return "<nil>"
    if kind is list or kind is dict:
        bound(value)
        return _format_collection(value)  # type: ignore[arg-type]  # just tested
    return _format_other(value)


def _format_collection(value: list[object] | dict[Any, object]) -> str:
    if type(value) is list:
        return f"[{' '.join([_format_item(item) for item in value])}]"
    entries = sorted_items(value)  # type: ignore[arg-type]  # a dict
    return f"map[{' '.join([f'{format_value(key)}:{_format_item(item)}' for key, item in entries])}]"


def _format_item(value: object) -> str:
    kind = type(value)
    if kind is str:
        return value  # type: ignore[return-value]  # just tested
    return _format_collection(value) if kind is list or kind is dict else format_value(value)  # type: ignore[arg-type]


def _format_other(value: object) -> str:
    text = string_method(value)
    if text is not None:
        return text
    if isinstance(value, Float32):
        return format_float(value, "g", -1, 32)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return int.__repr__(value)
    if isinstance(value, (str, complex, bytes, dict, TypedSlice)):
        return sprintf("%v", [value])
    if isinstance(value, Struct):
        return sprintf("%v", [value])
    return f"?{go_type(value)}?"


def sprint(values: Sequence[object]) -> str:
    """``Sprint``: a space between two operands when neither is a string."""
    out: list[str] = []
    before_string = True
    for value in values:
        is_string = isinstance(value, str)
        if out and not is_string and not before_string:
            out.append(" ")
        out.append(format_value(value))
        before_string = is_string
    return joined(out)


def sprintln(values: Sequence[object]) -> str:
    """``Sprintln``: a space between operands, a newline at the end."""
    return joined([format_value(value) for value in values], " ") + "\n"


def sprintf(layout: str, values: Sequence[object]) -> str:
    """``Sprintf``, with Go's remarks on wrong verbs and arguments inside the text (`%!d(string=x)`)."""
    if "%" in layout:
        # The common case: only %s and %d and %v without flags, each with a plain argument.
        parts = layout.split("%")
        if len(parts) == len(values) + 1:
            out = [parts[0]]
            for part, value in zip(parts[1:], values, strict=True):
                verb = part[:1]
                kind = type(value)
                if verb == "s" and kind is str:
                    out.append(value)  # type: ignore[arg-type]  # just tested
                elif (verb == "d" and kind is int) or (verb == "v" and (kind is str or kind is int)):
                    out.append(str(value))
                else:
                    break
                out.append(part[1:])
            else:
                return joined(out)
    elif not values:
        return layout
    from charthouse.golang.fmt_verbs import Printer

    return Printer().printf(layout, values)
