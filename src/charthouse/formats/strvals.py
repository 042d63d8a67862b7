"""``--set`` and its kin: `name=value,other.name[0]=value` into maps and lists.

Whose rules: helm v4.3.1 `pkg/strvals` (parser.go, literal_parser.go), quirks included: an empty name is ignored
silently, input that ends inside an index is dropped without an error, and what was set before an error stays set.

Grammar::

    line   = item *( "," item )
    item   = name "=" value
    name   = part *( "." part / "[" index "]" )
    value  = "{" *( text "," ) text "}" / text          ("\\x" stands for x; not for literal values)

Values of ``--set`` are true, false, null (any case), int64, or str; numbers with a leading zero or a fraction are str.
"""

from __future__ import annotations

from charthouse.errors import CharthouseError
from charthouse.golang.kinds import GoError, Int64, go_type

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    Reader = Callable[[str], Any]

__all__ = [
    "MAX_INDEX",
    "MAX_NESTED_NAME_LEVEL",
    "StrvalsError",
    "parse",
    "parse_file",
    "parse_file_into",
    "parse_into",
    "parse_json_into",
    "parse_literal",
    "parse_literal_into",
    "parse_string",
    "parse_string_into",
]

MAX_INDEX = 65536
MAX_NESTED_NAME_LEVEL = 30


class StrvalsError(CharthouseError):
    """A ``--set`` argument that cannot be read; `message` is Helm's text."""


class _End(Exception):
    """io.EOF: the input ended where it may."""


def typed(text: str) -> Any:
    """The value ``--set`` gives to a text."""
    folded = text.casefold()
    if folded == "true":
        return True
    if folded == "false":
        return False
    if folded == "null":
        return None
    if text == "0":
        return Int64(0)
    digits = text[1:] if text[:1] in ("+", "-") and text else text
    if digits.isdecimal() and digits.isascii() and text[0] != "0":
        value = int(text) if len(digits) < 20 else 1 << 64
        if -(1 << 63) <= value < 1 << 63:
            return Int64(value)
    return text


def parse(text: str) -> dict[str, Any]:
    """The values of one ``--set`` argument. Raises StrvalsError."""
    out: dict[str, Any] = {}
    parse_into(text, out)
    return out


def parse_into(text: str, dest: dict[str, Any]) -> None:
    """Sets the values of one ``--set`` argument in `dest`. Raises StrvalsError."""
    _Parser(text, dest, typed).run()


def parse_string(text: str) -> dict[str, Any]:
    """As `parse` for ``--set-string``: every value is a str."""
    out: dict[str, Any] = {}
    parse_string_into(text, out)
    return out


def parse_string_into(text: str, dest: dict[str, Any]) -> None:
    _Parser(text, dest, str).run()


def parse_file(text: str, reader: Reader) -> dict[str, Any]:
    """As `parse` for ``--set-file``: `reader` turns a path into its text; what it raises passes through."""
    out: dict[str, Any] = {}
    parse_file_into(text, out, reader)
    return out


def parse_file_into(text: str, dest: dict[str, Any], reader: Reader) -> None:
    _Parser(text, dest, reader).run()


def parse_json_into(text: str, dest: dict[str, Any], *, whole: bool = False) -> None:
    """``--set-json`` in its name=value form: each value is JSON, an empty one null. Raises StrvalsError.

    whole: integers stay integers (ours: exact numbers).
    """
    parser = _Parser(text, dest, None)
    parser.whole = whole
    parser.run()


def parse_literal(text: str) -> dict[str, Any]:
    """As `parse` for ``--set-literal``: the rest of the text is the value, nothing in it is special."""
    out: dict[str, Any] = {}
    parse_literal_into(text, out)
    return out


def parse_literal_into(text: str, dest: dict[str, Any]) -> None:
    _Parser(text, dest, str, literal=True).run()


class _Parser:
    """One argument being read. reader: text → value, None for JSON values; whole: JSON integers stay integers."""

    __slots__ = ("at", "keys", "literal", "reader", "text", "whole")

    def __init__(self, text: str, dest: dict[str, Any], reader: Reader | None, *, literal: bool = False) -> None:
        self.text = "".join(["\ufffd" if "\ud800" <= c <= "\udfff" else c for c in text])
        self.at = 0
        self.keys = dest
        self.reader = reader
        self.literal = literal
        self.whole = False

    def run(self) -> None:
        try:
            while True:
                self.key(self.keys, 0)
        except _End:
            return
        except GoError as error:
            raise StrvalsError(str(error)) from None

    # --- characters ----------------------------------------------------------------------------------------------

    def until(self, stop: str) -> tuple[str, str]:
        """Text up to a stop character, and that character, "" at the end of the input."""
        text, at = self.text, self.at
        size = len(text)
        out: list[str] = []
        while at < size:
            char = text[at]
            at += 1
            if char in stop:
                self.at = at
                return "".join(out), char
            if char == "\\" and not self.literal:
                if at >= size:
                    break
                char = text[at]
                at += 1
            out.append(char)
        self.at = size
        return "".join(out), ""

    def rest(self) -> str:
        out = self.text[self.at :]
        self.at = len(self.text)
        return out

    # --- names ---------------------------------------------------------------------------------------------------

    def key(self, data: dict[str, Any], level: int) -> None:
        """One item, or what of it stands behind a dot."""
        name, last = self.until("=[." if self.literal else "=[,.")
        if not last:
            if not name:
                raise _End
            raise StrvalsError(f"key {_quoted(name)} has no value")
        if last == "[":
            self.indexed(data, name, level)
        elif last == "=":
            self.value(data, name)
        elif last == ",":
            _set(data, name, "")
            raise StrvalsError(f"key {_quoted(name)} has no value (cannot end with ,)")
        else:
            self.nested(data, name, level + 1)

    def indexed(self, data: dict[str, Any], name: str, level: int) -> None:
        index = self.index()
        found = data.get(name, [])
        items = _expect(found, list, "[]interface {}")
        items, problem = self.item(items, index, level)
        _set(data, name, items)
        if problem is not None:
            raise problem

    def nested(self, data: dict[str, Any], name: str, level: int) -> None:
        if level > MAX_NESTED_NAME_LEVEL:
            raise StrvalsError(
                f"value name nested level is greater than maximum supported nested level of {MAX_NESTED_NAME_LEVEL}"
            )
        found = data.get(name, {})
        inner = _expect(found, dict, "map[string]interface {}")
        problem = self.attempt(inner, level)
        if problem is None and not inner:
            raise StrvalsError(f"key map {_quoted(name)} has no value")
        if inner:
            _set(data, name, inner)
        if problem is not None:
            raise problem

    def attempt(self, data: dict[str, Any], level: int) -> Exception | None:
        """`key` with its error as a value, for what is still to be set before it is raised."""
        try:
            self.key(data, level)
        except (_End, GoError, CharthouseError) as problem:
            return problem
        return None

    def index(self) -> int:
        text, last = self.until("]")
        if not last:
            raise _End
        body = text[1:] if text[:1] in ("+", "-") else text
        digits = len(body) - len(body.lstrip("0123456789"))
        # Go reads digit by digit: what is too large for uint64 is told before what is no digit.
        large = int(body[:digits][:1000] or "0") >= 1 << 64
        if digits == 0 or (digits < len(body) and not large):
            raise StrvalsError(f"error parsing index: strconv.Atoi: parsing {_quoted(text)}: invalid syntax")
        if large or not -(1 << 63) <= int(text) < 1 << 63:
            raise StrvalsError(f"error parsing index: strconv.Atoi: parsing {_quoted(text)}: value out of range")
        return int(text)

    def item(self, items: list[Any], index: int, level: int) -> tuple[list[Any], Exception | None]:
        """What stands behind ``[index]``: the list with it, and an error to raise once the list is in its place."""
        try:
            return self.placed(items, index, level), None
        except _ClashError:
            raise  # Go panics here, so the list is not put in its place
        except (_End, GoError, CharthouseError) as problem:
            return items, problem

    def placed(self, items: list[Any], index: int, level: int) -> list[Any]:
        if index < 0:
            raise StrvalsError(f"negative {index} index not allowed")
        text, last = self.until("[.=")
        if text:
            shown = " ".join(_quoted_rune(char) for char in text)
            raise StrvalsError(f"unexpected data at end of array index: [{shown}]")
        if not last:
            raise _End
        if last == "=":
            return self.item_value(items, index)
        if last == "[":
            following = self.index()
            existing = items[index] if len(items) > index else None
            inner = [] if existing is None else _expect(existing, list, "[]interface {}")
            inner, problem = self.item(inner, following, level)
            if problem is not None:
                raise problem
            return _set_index(items, index, inner)
        inner_map: dict[str, Any] = {}
        if len(items) > index:
            if type(items[index]) is not dict:
                items[index] = {}
            inner_map = items[index]
        self.key(inner_map, level)
        return _set_index(items, index, inner_map)

    # --- values --------------------------------------------------------------------------------------------------

    def value(self, data: dict[str, Any], name: str) -> None:
        if self.literal:
            _set(data, name, self.rest())
            return
        if self.reader is None:
            if self.empty():
                _set(data, name, None)
                return
            _set(data, name, self.json())
            self.empty()
            return
        if self.at >= len(self.text):
            _set(data, name, "")
            raise _End
        if self.text[self.at] == "{":
            _set(data, name, self.values())
            return
        text, _ = self.until(",")
        _set(data, name, self.reader(text))

    def item_value(self, items: list[Any], index: int) -> list[Any]:
        if self.literal:
            return _set_index(items, index, self.rest())
        if self.reader is None:
            if self.empty():
                return _set_index(items, index, None)
            out = _set_index(items, index, self.json())
            self.empty()
            return out
        if self.at >= len(self.text):
            return _set_index(items, index, "")
        if self.text[self.at] == "{":
            return _set_index(items, index, self.values())
        text, _ = self.until(",")
        return _set_index(items, index, self.reader(text))

    def values(self) -> list[Any]:
        """A list in braces, and the comma behind it."""
        assert self.reader is not None
        self.at += 1
        out: list[Any] = []
        while True:
            text, last = self.until(",}")
            if not last:
                raise StrvalsError("list must terminate with '}'")
            if last == "}" and self.text[self.at : self.at + 1] == ",":
                self.at += 1
            out.append(self.reader(text))
            if last == "}":
                return out

    def empty(self) -> bool:
        """Goes over blanks; whether a comma (gone over too) or the end follows."""
        while self.at < len(self.text):
            char = self.text[self.at]
            if char == ",":
                self.at += 1
                return True
            if not char.isspace():
                return False
            self.at += 1
        return True

    def json(self) -> Any:
        from charthouse.golang.json import decode_prefix

        value, end = decode_prefix(self.text[self.at :], whole=self.whole)
        self.at += end
        return value


class _ClashError(StrvalsError):
    """A value of another type where a map or list is needed: a panic in Go, which Helm turns into an error."""


def _expect(value: Any, kind: type, wanted: str) -> Any:
    """Go's type assertion, whose panic Helm turns into an error."""
    if type(value) is kind:
        return value
    have = "nil" if value is None else go_type(value)
    raise _ClashError(f"unable to parse key: interface conversion: interface {{}} is {have}, not {wanted}")


def _set(data: dict[str, Any], name: str, value: Any) -> None:
    if name:
        data[name] = value


def _set_index(items: list[Any], index: int, value: Any) -> list[Any]:
    if index > MAX_INDEX:
        raise StrvalsError(f"index of {index} is greater than maximum supported index of {MAX_INDEX}")
    if len(items) <= index:
        items = items + [None] * (index + 1 - len(items))
    items[index] = value
    return items


def _quoted(text: str) -> str:
    from charthouse.golang.strconv import quote

    return quote(text)


def _quoted_rune(char: str) -> str:
    from charthouse.golang.strconv import quote_rune

    return quote_rune(ord(char))
