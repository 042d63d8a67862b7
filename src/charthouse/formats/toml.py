"""TOML as `toToml` prints and `fromToml` reads it: BurntSushi/toml v1.6.0.

Writing: keys in byte order, plain values before tables, tables indented by two spaces a level, floats always with a
point or an exponent. Reading is CPython's ``tomllib`` behind BurntSushi's types (int64, float64, time.Time, arrays of
tables as []map[string]interface {}). Differs from Helm: of reading errors only the commonest have BurntSushi's words.
"""

from __future__ import annotations

from charthouse.golang.kinds import Duration, Float32, GoError, Int64, SizedInt, Struct, TypedSlice
from charthouse.golang.size import bound

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["MapSlice", "TomlPanic", "dump", "load"]

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


class TomlPanic(GoError):
    """What the encoder does not return as an error but panics with."""


class MapSlice(TypedSlice):
    """[]map[string]interface {}: an array of tables."""

    __slots__ = ()
    go_type = "[]map[string]interface {}"
    element = "map[string]interface {}"


# --- writing -----------------------------------------------------------------------------------------------------


def dump(value: Any) -> str:
    """The TOML of a value of golang.kinds. Raises GoError with BurntSushi's text for what TOML cannot hold."""
    if value is None:
        raise TomlPanic("reflect: call of reflect.Value.Type on zero Value")
    bound(value)
    writer = _Writer()
    writer.encode([], value)
    return "".join(writer.out)


def _is_table(value: Any) -> bool:
    return isinstance(value, (dict, Struct)) or _is_table_array(value)


def _is_table_array(value: Any) -> bool:
    """Whether every element is a table. Raises GoError for an element that is nil."""
    if not isinstance(value, list) or not value:
        return False
    tables = True
    for item in value:
        if item is None:
            raise GoError("toml: cannot encode array with nil element")
        _is_table_array(item)
        tables = tables and isinstance(item, (dict, Struct))
    return tables


def _quoted(text: str) -> str:
    return '"' + text.translate(_TABLE) + '"'


def _key(name: str) -> str:
    return name if name and _BARE.issuperset(name) else _quoted(name)


class _Writer:
    __slots__ = ("out",)

    def __init__(self) -> None:
        self.out: list[str] = []

    def newline(self) -> None:
        if self.out:
            self.out.append("\n")

    def encode(self, key: list[str], value: Any) -> None:
        if len(key) > _MAX_DEPTH:
            raise GoError("toml: exceeded max depth")
        if isinstance(value, (dict, Struct)):
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
                if item is not None:
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
        elif isinstance(value, (dict, Struct)):
            self.inline(value, depth)
        else:
            self.out.append(_scalar(value))

    def inline(self, value: Any, depth: int) -> None:
        self.out.append("{")
        direct, below = _ordered(value)
        for group, trail in ((direct, bool(below)), (below, False)):
            for index, (name, item) in enumerate(group):
                if item is None:
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


def _scalar(value: Any) -> str:
    if isinstance(value, str):
        return _quoted(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Duration):
        from charthouse.golang.duration import duration_text

        return _quoted(duration_text(int(value)))
    if isinstance(value, (int, SizedInt)):
        return str(int(value))
    if isinstance(value, float):
        return _float(value)
    if isinstance(value, (bytes, bytearray)):
        return "[" + ", ".join(str(octet) for octet in value) + "]"
    raise GoError("toml: unsupported type")


def _float(value: float) -> str:
    if value != value:
        return "nan"
    if value in (float("inf"), float("-inf")):
        return "inf" if value > 0 else "-inf"
    from charthouse.golang.json import general, shortest32

    text = general(shortest32(value) if isinstance(value, Float32) else value)
    return text if "e" in text or "." in text else text + ".0"


# --- reading -----------------------------------------------------------------------------------------------------


def load(text: str) -> dict[str, Any]:
    """The values of a TOML text. Raises GoError."""
    from tomllib import TOMLDecodeError, loads

    try:
        found = loads("".join(["\ufffd" if "\ud800" <= c <= "\udfff" else c for c in text]))
    except TOMLDecodeError as error:
        raise GoError(_worded(text, str(error))) from None
    except ValueError:  # an integer of more digits than Python reads
        raise GoError("toml: integer is out of range for int64") from None
    except RecursionError:
        raise GoError("toml: exceeded max depth") from None
    return _table(found)


def _table(value: dict[str, Any]) -> dict[str, Any]:
    return {key: _go(item) for key, item in value.items()}


def _go(value: Any) -> Any:
    """A value of tomllib as Go's."""
    if isinstance(value, (bool, str, float)):
        return value
    if isinstance(value, int):
        if not -(1 << 63) <= value < 1 << 63:
            shown = value if value.bit_length() < 4000 else "integer"  # Python writes no longer ones
            raise GoError(f"toml: {shown} is out of range for int64")
        return Int64(value)
    if isinstance(value, dict):
        return _table(value)
    if isinstance(value, list):
        if value and all(isinstance(item, dict) for item in value):
            return MapSlice(_table(item) for item in value)
        return [_go(item) for item in value]
    return _moment(value)


def _moment(value: Any) -> Any:
    """A date, time or both as time.Time; what is missing is year 0, January 1 and midnight, UTC."""
    from charthouse.golang.time import UTC
    from charthouse.golang.time_parse import parse_time

    if not hasattr(value, "year"):
        text = f"0000-01-01T{value.isoformat()}Z"
    elif not hasattr(value, "hour"):
        text = f"{value.isoformat()}T00:00:00Z"
    else:
        text = value.isoformat()
        text += "" if value.tzinfo is not None else "Z"
    return parse_time("2006-01-02T15:04:05.999999999Z07:00", text, UTC, UTC)


def _worded(text: str, message: str) -> str:
    """BurntSushi's words for an error of tomllib."""
    what, _, where = message.partition(" (at ")
    last_line = text.count("\n", 0, len(text.rstrip("\n"))) + 1
    line = last_line
    if where.startswith("line "):
        line = int(where.removeprefix("line ").partition(",")[0])
    current = text.split("\n")[line - 1] if line <= text.count("\n") + 1 else ""
    name, equals, _ = current.partition("=")
    name = name.strip()
    last = f' (last key "{name}")' if equals and name else ""
    if what == "Invalid value" and "end of document" in where:
        return f"toml: line {line}{last}: unexpected EOF; expected value"
    if what.startswith("Expected '=' after a key"):
        return f"toml: line {line}: unexpected EOF; expected key separator '='"
    if what in ("Cannot overwrite a value", "Cannot declare"):
        return f"toml: line {line}{last}: Key '{name}' has already been defined."
    return f"toml: line {line}{last}: {what[:1].lower()}{what[1:]}"
