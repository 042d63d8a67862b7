"""TOML as `toToml` prints and `fromToml` reads it: BurntSushi/toml v1.6.0.

Writing: keys in byte order, plain values before tables, tables indented by two spaces a level, floats always with a
point or an exponent. Reading stands in ``toml_reader``.
"""

from __future__ import annotations

from charthouse.golang.kinds import (
    Duration,
    Float32,
    GoError,
    NilBytes,
    NilMap,
    NilSlice,
    NilStringMap,
    NilStringSlice,
    SizedInt,
    Struct,
)
from charthouse.golang.size import bound

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["TomlPanic", "dump", "load", "quoted"]

_BARE = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-")
_ESCAPES = {
    **{chr(code): f"\\u{code:04x}" for code in (*range(32), 0x7F)},
    '"': '\\"',
    "\\": "\\\\",
    "\b": "\\b",
    "\t": "\\t",
    "\n": "\\n",
    "\f": "\\f",
    "\r": "\\r",
}
_TABLE = str.maketrans(_ESCAPES)
_MAX_DEPTH = 300
# Times that were read without a zone or without a date.
_LOCAL_LAYOUTS = {
    "datetime-local": "2006-01-02T15:04:05.999999999",
    "date-local": "2006-01-02",
    "time-local": "15:04:05.999999999",
}


class TomlPanic(GoError):
    """What the encoder does not return as an error but panics with."""


# --- writing -----------------------------------------------------------------------------------------------------


def dump(value: Any, *, exponents: bool = True) -> str:
    """The TOML of a value of golang.kinds. Raises GoError with BurntSushi's text for what TOML cannot hold.

    exponents: whether large and small floats have one, as since BurntSushi/toml 1.6.
    """
    if value is None:
        raise TomlPanic("reflect: call of reflect.Value.Type on zero Value")
    bound(value)
    writer = _Writer(exponents)
    writer.encode([], value)
    return "".join(writer.out)


def _is_nil(value: Any) -> bool:
    return value is None or isinstance(value, (NilBytes, NilMap, NilSlice, NilStringMap, NilStringSlice))


def _marshalled(value: Any) -> str | None:
    """The element of a struct that writes itself as text (times, versions); None for all else."""
    if not isinstance(value, Struct):
        return None
    if value.go_type == "time.Time":
        return _time(value)
    own = getattr(type(value), "go_json", None)
    found = own(value) if own is not None else None
    return quoted(found) if isinstance(found, str) else None


def _time(value: Any) -> str:
    """A time; one that was read without a zone is written without it."""
    from charthouse.golang.time import UTC
    from charthouse.golang.time_layout import format_time

    layout = _LOCAL_LAYOUTS.get(value.location.name)
    if layout is None:
        return format_time(value, "2006-01-02T15:04:05.999999999Z07:00")
    return format_time(value.shown_in(UTC), layout)


def _is_map(value: Any) -> bool:
    """A map or struct that is written as a table. Raises GoError for what TOML has no form for."""
    if isinstance(value, complex):
        raise GoError("unsupported type: complex128")
    return isinstance(value, dict) or (isinstance(value, Struct) and _marshalled(value) is None)


def _is_table(value: Any) -> bool:
    return not _is_nil(value) and (_is_map(value) or _is_table_array(value))


def _is_table_array(value: Any) -> bool:
    """Whether every element is a table. Raises GoError for an element that is nil."""
    if not isinstance(value, list) or not value:
        return False
    tables = True
    for item in value:
        if _is_nil(item):
            raise GoError("toml: cannot encode array with nil element")
        _is_table_array(item)
        tables = _is_map(item) and tables
    return tables


def quoted(text: str) -> str:
    """A text as a basic string."""
    return '"' + text.translate(_TABLE) + '"'


def _key(name: str) -> str:
    return name if name and _BARE.issuperset(name) else quoted(name)


class _Writer:
    __slots__ = ("exponents", "out")

    def __init__(self, exponents: bool) -> None:
        self.exponents = exponents
        self.out: list[str] = []

    def newline(self) -> None:
        if self.out:
            self.out.append("\n")

    def encode(self, key: list[str], value: Any) -> None:
        if len(key) > _MAX_DEPTH:
            raise GoError("toml: exceeded max depth")
        if _is_nil(value) and (key or isinstance(value, dict)):
            return
        if isinstance(value, complex) and not key:
            raise GoError("unsupported type for key '': complex128")
        if _is_map(value):
            self.table(key, value)
        elif _is_table_array(value):
            self.tables(key, value)
        elif not key:
            self.element(value, 0)
        else:
            self.out.append("  " * (len(key) - 1) + _key(key[-1]) + " = ")
            self.element(value, 0)
            self.newline()

    def table(self, key: list[str], value: Any) -> None:
        if len(key) == 1:
            self.newline()
        if key:
            self.out.append("  " * (len(key) - 1) + f"[{'.'.join(_key(part) for part in key)}]")
            self.newline()
        self.entries(key, value)

    def tables(self, key: list[str], value: list[Any]) -> None:
        if not key:
            raise GoError("toml: top-level values must be Go maps or structs")
        for item in value:
            self.newline()
            self.out.append("  " * (len(key) - 1) + f"[[{'.'.join(_key(part) for part in key)}]]")
            self.newline()
            self.entries(key, item)

    def entries(self, key: list[str], value: Any) -> None:
        for group in _ordered(value):
            for name, item in group:
                self.encode([*key, name], item)

    def element(self, value: Any, depth: int) -> None:
        if depth > _MAX_DEPTH:
            raise GoError("toml: exceeded max depth")
        if isinstance(value, list):
            self.out.append("[")
            for index, item in enumerate(value):
                if index:
                    self.out.append(", ")
                self.element(item, depth + 1)
            self.out.append("]")
        elif (text := _marshalled(value)) is not None:
            self.out.append(text)
        elif isinstance(value, (dict, Struct)):
            self.inline(value, depth)
        else:
            self.out.append(_scalar(value, self.exponents))

    def inline(self, value: Any, depth: int) -> None:
        self.out.append("{")
        direct, below = _ordered(value)
        for group, trail in ((direct, bool(below)), (below, False)):
            for index, (name, item) in enumerate(group):
                if _is_nil(item):
                    continue
                self.out.append(_key(name) + " = ")
                self.element(item, depth + 1)
                if trail or index < len(group) - 1:
                    self.out.append(", ")
        self.out.append("}")


def _ordered(value: Any) -> tuple[list[tuple[str, Any]], list[tuple[str, Any]]]:
    """The entries of a table: plain values, then tables; a map's by name, a struct's in field order."""
    if isinstance(value, Struct):
        fields = type(value).go_fields
        entries = [(name, getattr(value, attribute)) for name, attribute in fields.items()]
    else:
        entries = sorted(value.items(), key=_name_bytes)
    direct = [entry for entry in entries if not _is_table(entry[1])]
    return direct, [entry for entry in entries if _is_table(entry[1])]


def _name_bytes(entry: tuple[str, Any]) -> bytes:
    return entry[0].encode("utf-8", "surrogateescape")


def _scalar(value: Any, exponents: bool) -> str:
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Duration):
        from charthouse.golang.duration import duration_text

        return quoted(duration_text(int(value)))
    if isinstance(value, (int, SizedInt)):
        return str(int(value))
    if isinstance(value, float):
        return _float(value, exponents)
    if isinstance(value, (bytes, bytearray)):
        return "[" + ", ".join(str(octet) for octet in value) + "]"
    raise GoError("toml: unsupported type")


def _float(value: float, exponents: bool) -> str:
    if value != value:
        from math import copysign

        return "nan" if copysign(1, value) > 0 else "-nan"
    if value in (float("inf"), float("-inf")):
        return "inf" if value > 0 else "-inf"
    from charthouse.golang.json import general, shortest32

    text = general(shortest32(value) if isinstance(value, Float32) else value)
    if "e" in text and not exponents:
        from decimal import Decimal

        text = f"{Decimal(text):f}"
    return text if "e" in text or "." in text else text + ".0"


# --- reading -----------------------------------------------------------------------------------------------------


def load(text: str) -> dict[str, Any]:
    """The values of a TOML text. Raises GoError with BurntSushi's text."""
    from charthouse.formats.toml_reader import read

    return read(text)
