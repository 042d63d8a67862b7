"""TOML texts to values, as the library Helm reads them with does it.

Rules: parse.go of github.com/BurntSushi/toml v1.6.0: its types (int64, float64, time.Time, tables of arrays as
[]map[string]interface {}), its notion of which keys may be set again, its error texts.
"""

from __future__ import annotations

from charthouse.formats.toml_scalars import floating, integer, joined_lines, moment, unescaped
from charthouse.formats.toml_scanner import Scanner, TomlFault
from charthouse.golang.kinds import GoError, TypedSlice
from charthouse.golang.strconv import quote

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Key = tuple[str, ...]

__all__ = ["MapSlice", "read"]

_MAX_DEPTH = 300
_BARE = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-")


class MapSlice(TypedSlice):
    """[]map[string]interface {}: an array of tables."""

    __slots__ = ()
    go_type = "[]map[string]interface {}"
    element = "map[string]interface {}"


def read(text: str) -> dict[str, Any]:
    """The values of a TOML text. Raises GoError with the library's text."""
    if text.startswith("\ufeff"):
        text = text[1:]
    elif text[:2] in ("\udcff\udcfe", "\udcfe\udcff"):
        text = text[2:]
    head = text[:6].encode("utf-8", "surrogateescape")[:6]
    if 0 in head:
        raise GoError("toml: line 1: files cannot contain NULL bytes; probably using UTF-16; TOML files must be UTF-8")
    reader = _Reader(text)
    try:
        reader.document()
    except TomlFault as fault:
        key = reader.where()
        last = f" (last key {quote(key)})" if key else ""
        raise GoError(f"toml: line {fault.line}{last}: {fault.message}") from None
    return reader.root


def _key_text(key: Key) -> str:
    return ".".join([part if part and _BARE.issuperset(part) else _quoted(part) for part in key])


def _quoted(part: str) -> str:
    from charthouse.formats.toml import quoted

    return quoted(part)


class _Reader:
    """What has been read: `root`; `context` is the table keys now go to, `key` the one being set."""

    __slots__ = ("arrays", "context", "depth", "implicit", "key", "line", "root", "scan")

    def __init__(self, text: str) -> None:
        self.scan = Scanner(text)
        self.root: dict[str, Any] = {}
        self.context: Key = ()
        self.key = ""
        self.line = 1
        self.depth = 0
        self.implicit: set[str] = set()
        self.arrays: set[str] = set()

    def where(self) -> str:
        """The key an error names."""
        if not self.key:
            return _key_text(self.context)
        return f"{_key_text(self.context)}.{self.key}" if self.context else self.key

    def fail(self, message: str) -> TomlFault:
        return TomlFault(message, self.line)

    # Structure.

    def document(self) -> None:
        scan = self.scan
        while char := scan.next():
            if char in " \t\r\n":
                continue
            if char == "#":
                scan.comment()
                continue
            if char == "[":
                self.header()
            else:
                scan.back()
                outer = self.context
                self.entry()
                self.context, self.key = outer, ""
            if not self.line_ends():
                return

    def line_ends(self) -> bool:
        """What may stand behind an item; whether the text goes on."""
        scan = self.scan
        while (char := scan.next()) in (" ", "\t"):
            pass
        if char == "#":
            scan.comment()
        elif char and char not in "\r\n":
            shown = scan.shown(char)
            raise scan.fault(
                f"expected a top-level item to end with a newline, comment, or EOF, but got {shown} instead"
            )
        return bool(char)

    def header(self) -> None:
        """`[table]` or `[[array of tables]]`."""
        scan = self.scan
        array = scan.accept("[")
        key: list[str] = []
        while True:
            scan.skip_blank()
            char = scan.peek()
            if char in ("]", ""):
                raise scan.fault("unexpected end of table name (table names cannot be empty)")
            if char == ".":
                raise scan.fault("unexpected table separator (table names cannot be empty)")
            key.append(self.part(first=not key))
            scan.skip_blank()
            char = scan.next()
            if char == "]":
                break
            if char != ".":
                raise scan.fault(f"expected '.' or ']' to end table name, but got {scan.shown(char)} instead")
        if array and (char := scan.next()) != "]":
            raise scan.fault(f"expected end of table array name delimiter ']', but got {scan.shown(char)} instead")
        self.enter(tuple(key), array=array)
        self.arrays.discard(_key_text(self.context))

    def part(self, *, first: bool) -> str:
        """One part of a key; errors about the key show the line of its first."""
        kind, text = self.scan.name()
        if first:
            self.line = self.scan.line
        return _unescaped(self.scan, text) if kind == "escaped" else text

    def entry(self) -> tuple[Key, Any]:
        """`key = value` in the current context, which it leaves changed: (the key, the value)."""
        scan = self.scan
        scan.skip_blank()
        char = scan.peek()
        if char in ("=", ""):
            raise scan.fault("unexpected '=': key name appears blank")
        if char == ".":
            raise scan.fault("unexpected '.': keys cannot start with a '.'")
        parts: list[str] = []
        while True:
            scan.skip_blank()
            char = scan.peek()
            if char in ("=", "", "."):
                raise scan.fault("unexpected '.'" if char == "." else "unexpected '='")
            parts.append(self.part(first=not parts))
            if not scan.key_separator():
                break
        self.key = parts[-1]
        for piece in parts[:-1]:
            inner = (*self.context, piece)
            self.implicit.add(_key_text(inner))
            self.enter(inner, array=False)
        scan.skip_blank()
        value, array = self.value(in_array=False)
        self.put(self.key, value)
        self.note((*self.context, self.key) if self.key else self.context, array=array)
        return tuple(parts), value

    def note(self, key: Key, *, array: bool) -> None:
        if array:
            self.arrays.add(_key_text(key))
        else:
            self.arrays.discard(_key_text(key))

    def enter(self, key: Key, *, array: bool) -> None:
        """Make a table, or the next table of an array, the context."""
        table: Any = self.root
        above: Key = ()
        for piece in key[:-1]:
            above = (*above, piece)
            if piece not in table:
                self.implicit.add(_key_text(above))
                table[piece] = {}
            held = table[piece]
            if type(held) is not MapSlice and type(held) is not dict:
                raise self.fail(f"Key '{_key_text(above)}' was already created as a hash.")
            table = held[-1] if type(held) is MapSlice else held
        self.context = above
        last = key[-1]
        if not array:
            self.put(last, {})
        else:
            rows = table.setdefault(last, MapSlice())
            if type(rows) is not MapSlice:
                raise self.fail(f"Key '{_key_text(key)}' was already created and cannot be used as an array.")
            rows.append({})
        self.context = (*self.context, last)

    def put(self, key: str, value: Any) -> None:
        """Set a key of the context, unless it has been."""
        table: Any = self.root
        above: Key = ()
        for piece in self.context:
            above = (*above, piece)
            table = table[piece]
            if type(table) is MapSlice:
                table = table[-1]
            elif type(table) is not dict:
                raise self.fail(f"Key '{_key_text(above)}' has already been defined.")
        if key in table:
            full = _key_text((*above, key))
            if full not in self.implicit:
                raise self.fail(f"Key '{full}' has already been defined.")
            self.implicit.discard(full)
            if full not in self.arrays:
                return
        table[key] = value

    # Values.

    def value(self, *, in_array: bool) -> tuple[Any, bool]:
        """A value, and whether it is an array."""
        scan = self.scan
        while (char := scan.next()) in (" ", "\t"):
            pass
        scan.start = scan.pos - len(char)
        if char == "[":
            return self.array(), True
        if char == "{":
            return self.table(in_array=in_array), False
        return self.scalar(char), False

    def scalar(self, char: str) -> Any:
        scan = self.scan
        if "0" <= char <= "9":
            scan.back()
            return _number(scan, *scan.number_or_date())
        if char == '"' or char == "'":
            return self.text(char)
        if char == ".":
            raise scan.fault("floats must start with a digit, not '.'")
        if char in ("-", "+"):
            return _number(scan, *scan.signed())
        if char in ("i", "n") and ((scan.accept("n") and scan.accept("f")) or (scan.accept("a") and scan.accept("n"))):
            return _number(scan, "float", scan.current())
        if char.isalpha():
            scan.back()
            return scan.word() == "true"
        if not char:
            raise scan.fault("unexpected EOF; expected value")
        message = f"expected value but found {scan.shown(char)} instead"
        raise scan.fault_above(message) if char == "\n" else scan.fault(message)

    def text(self, mark: str) -> str:
        scan = self.scan
        if scan.accept(mark):
            if scan.accept(mark):
                text = scan.lines(mark)
                text = text[1:] if text[:1] == "\n" else text.removeprefix("\r\n")
                return _unescaped(scan, joined_lines(text)) if mark == '"' else text
            scan.back()
        scan.start = scan.pos
        kind, text = scan.string() if mark == '"' else scan.raw_string()
        return _unescaped(scan, text) if kind == "escaped" else text

    def array(self) -> list[Any]:
        scan = self.scan
        self.deeper()
        self.arrays.add(_key_text((*self.context, self.key) if self.key else self.context))
        out: list[Any] = []
        while True:
            char = self.past_space()
            if char == ",":
                raise scan.fault("unexpected comma")
            if char == "]":
                break
            scan.back()
            out.append(self.value(in_array=True)[0])
            char = self.past_space()
            if char == "]":
                break
            if char != ",":
                shown = f"'{char}'" if char else "end of file"
                raise scan.fault(f"expected a comma (',') or array terminator (']'), but got {shown}")
        self.depth -= 1
        return out

    def past_space(self) -> str:
        """The next character behind space, lines and comments."""
        scan = self.scan
        while True:
            char = scan.next()
            if char == "#":
                scan.comment()
            elif not char or char not in " \t\r\n":
                return char

    def deeper(self) -> None:
        self.depth += 1
        if self.depth > _MAX_DEPTH:
            raise GoError("toml: exceeded max depth")

    def table(self, *, in_array: bool) -> dict[str, Any]:
        scan = self.scan
        self.deeper()
        outer, outer_key = self.context, self.key
        self.context = (*self.context, self.key)
        self.key = ""
        inner = self.context
        self.implicit.add(_key_text(inner))
        self.enter(inner, array=in_array)
        out: dict[str, Any] = {}
        while True:
            char = self.past_space()
            if char == ",":
                raise scan.fault("unexpected comma")
            if char == "}":
                break
            scan.back()
            key, value = self.entry()
            self.nest(out, key, value)
            self.context = inner
            if self.past_comma():
                break
        self.context, self.key = outer, outer_key
        self.depth -= 1
        return out

    def past_comma(self) -> bool:
        """Behind an entry of an inline table: whether the table ends."""
        scan = self.scan
        while True:
            char = self.past_space()
            if char == "}":
                return True
            if char != ",":
                shown = f"'{char}'" if char else "end of file"
                raise scan.fault(f"expected a comma or an inline table terminator '}}', but got {shown} instead")
            scan.skip_blank()
            if scan.peek() != "}":
                return False

    def nest(self, table: dict[str, Any], key: Key, value: Any) -> None:
        for piece in key[:-1]:
            held = table.setdefault(piece, {})
            if type(held) is not dict:
                raise self.fail(f"{quote(_key_text(self.context))} is not a table")
            table = held
        table[key[-1]] = value


def _number(scan: Scanner, kind: str, text: str) -> Any:
    reading = {"date": moment, "integer": integer, "float": floating}[kind]
    try:
        return reading(text)
    except GoError as error:
        raise TomlFault(str(error), scan.line) from None


def _unescaped(scan: Scanner, text: str) -> str:
    try:
        return unescaped(text)
    except GoError as error:
        raise TomlFault(str(error), scan.line) from None
