"""JSON read character by character, with the texts Go 1.27's encoding/json gives to broken input.

Whose rules: encoding/json/internal/jsonwire and jsontext, their texts rewritten to v1's by `transformSyntacticError`.
Used only where CPython's scanner gave up (charthouse.golang.json).
"""

from __future__ import annotations

from charthouse.golang.kinds import GoError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

__all__ = ["JsonFault", "NumberOverflow", "read", "read_prefix"]

_END = "unexpected end of JSON input"
_BLANK = " \t\r\n"
_MAX_DEPTH = 250
_SIMPLE = {'"': '"', "\\": "\\", "/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_HEX = frozenset("0123456789abcdefABCDEF")
_ESCAPES = {"\a": "a", "\b": "b", "\f": "f", "\n": "n", "\r": "r", "\t": "t", "\v": "v", "\\": "\\"}


class JsonFault(GoError):
    """A syntax error. offset: bytes read up to and with the one that is wrong (json.SyntaxError.Offset)."""

    def __init__(self, text: str, offset: int) -> None:
        super().__init__(text)
        self.offset = offset


class NumberOverflow(GoError):
    """A number no float64 holds. value: all the rest, which Go stores in spite of it; such numbers are 0."""

    def __init__(self, text: str, value: object) -> None:
        super().__init__(text)
        self.value = value


def read(text: str, parse_int: Callable[[str], Any], parse_float: Callable[[str], Any]) -> object:
    """The value of a JSON text. Raises GoError with Go's text."""
    reader = _Reader(text, parse_int, parse_float)
    value = reader.value(0, "")
    reader.blank()
    if reader.at < len(text):
        raise reader.unexpected("after top-level value")
    if reader.overflow:
        raise NumberOverflow(reader.overflow, value)
    return value


def read_prefix(text: str, parse_int: Callable[[str], Any], parse_float: Callable[[str], Any]) -> tuple[object, int]:
    """The value a text begins with, and the place behind it. Raises GoError."""
    reader = _Reader(text, parse_int, parse_float)
    value = reader.value(0, "")
    if reader.overflow:
        raise NumberOverflow(reader.overflow, value)
    return value, reader.at


def quote_rune(char: str) -> str:
    """strconv.QuoteRune, and jsonwire's form for a byte that is not UTF-8."""
    code = ord(char)
    if 0xDC80 <= code <= 0xDCFF:
        return f"'\\x{code - 0xDC00:x}'"
    if char in _ESCAPES:
        return f"'\\{_ESCAPES[char]}'"
    if char == "'":
        return "'\\''"
    if char.isprintable():
        return f"'{char}'"
    if code < 0x20 or code == 0x7F:
        return f"'\\x{code:02x}'"
    return f"'\\u{code:04x}'" if code <= 0xFFFF else f"'\\U{code:08x}'"


class _Reader:
    __slots__ = ("at", "overflow", "parse_float", "parse_int", "text")

    def __init__(self, text: str, parse_int: Callable[[str], Any], parse_float: Callable[[str], Any]) -> None:
        self.text = text
        self.at = 0
        self.parse_int = parse_int
        self.parse_float = parse_float
        self.overflow = ""

    def blank(self) -> None:
        text, at = self.text, self.at
        while at < len(text) and text[at] in _BLANK:
            at += 1
        self.at = at

    def peek(self) -> str:
        self.blank()
        if self.at >= len(self.text):
            raise GoError(_END)
        return self.text[self.at]

    def unexpected(self, where: str) -> GoError:
        offset = len(self.text[: self.at].encode("utf-8", "surrogateescape")) + 1
        return JsonFault(f"invalid character {quote_rune(self.text[self.at])} {where}", offset)

    def value(self, depth: int, path: str) -> object:
        char = self.peek()
        if char == "{":
            return self.members(depth + 1, path)
        if char == "[":
            return self.items(depth + 1, path)
        if char == '"':
            return self.string()
        if char == "-" or "0" <= char <= "9":
            return self.number(path)
        for word, meaning in (("null", None), ("true", True), ("false", False)):
            if char == word[0]:
                self.word(word)
                return meaning
        raise self.unexpected("looking for beginning of value")

    def word(self, word: str) -> None:
        for letter in word:
            if self.at >= len(self.text):
                raise GoError(_END)
            if self.text[self.at] != letter:
                raise self.unexpected(f"in literal {word} (expecting {quote_rune(letter)})")
            self.at += 1

    def members(self, depth: int, path: str) -> dict[str, object]:
        self.deep(depth)
        self.at += 1
        out: dict[str, object] = {}
        if self.peek() == "}":
            self.at += 1
            return out
        while True:
            if self.peek() != '"':
                raise self.unexpected("looking for beginning of object key string")
            key = self.string()
            if self.peek() != ":":
                raise self.unexpected("after object key")
            self.at += 1
            out[key] = self.value(depth, f"{path}.{key}" if path else key)
            char = self.peek()
            if char not in ",}":
                raise self.unexpected("after object key:value pair")
            self.at += 1
            if char == "}":
                return out

    def items(self, depth: int, path: str) -> list[object]:
        self.deep(depth)
        self.at += 1
        out: list[object] = []
        if self.peek() == "]":
            self.at += 1
            return out
        while True:
            out.append(self.value(depth, f"{path}.{len(out)}" if path else str(len(out))))
            char = self.peek()
            if char not in ",]":
                raise self.unexpected("after array element")
            self.at += 1
            if char == "]":
                return out

    def deep(self, depth: int) -> None:
        if depth > _MAX_DEPTH:
            raise GoError("exceeded max depth")

    def number(self, path: str) -> object:
        text, start = self.text, self.at
        at = start + 1 if text[start] == "-" else start
        if at < len(text) and text[at] == "0":
            at += 1
        else:
            at = self.digits(at)
        whole = True
        if text[at : at + 1] == ".":
            at = self.digits(at + 1)
            whole = False
        if text[at : at + 1] in ("e", "E"):
            at += 1
            if text[at : at + 1] in ("+", "-"):
                at += 1
            at = self.digits(at)
            whole = False
        self.at = at
        token = text[start:at]
        if float(token) in (float("inf"), float("-inf")):
            self.too_large(token, path)
            return 0.0
        return self.parse_int(token) if whole else self.parse_float(token)

    def digits(self, at: int) -> int:
        text = self.text
        end = at
        while end < len(text) and "0" <= text[end] <= "9":
            end += 1
        if end == at:
            self.at = at
            if at >= len(text):
                raise GoError(_END)
            raise self.unexpected("in numeric literal")
        return end

    def too_large(self, token: str, path: str) -> None:
        if self.overflow:
            return
        last = path.rpartition(".")[2]
        into = "" if last.isdecimal() else "Go struct field "
        where = f"{into}.{path}" if path else "Go value"
        self.overflow = f"json: cannot unmarshal number {token} into {where} of type float64"

    def string(self) -> str:
        text = self.text
        size = len(text)
        at = self.at + 1
        out: list[str] = []
        while at < size:
            char = text[at]
            if char == '"':
                self.at = at + 1
                return "".join(out)
            if char == "\\":
                piece, at = self.escape(at)
                out.append(piece)
                continue
            if char < " ":
                self.at = at
                raise self.unexpected("in string")
            out.append("\ufffd" if "\ud800" <= char <= "\udfff" else char)
            at += 1
        raise GoError(_END)

    def escape(self, at: int) -> tuple[str, int]:
        text = self.text
        if at + 1 >= len(text):
            raise GoError(_END)
        char = text[at + 1]
        if char in _SIMPLE:
            return _SIMPLE[char], at + 2
        if char != "u":
            raise _bad_escape(text[at : at + 2])
        code = _unit(text, at)
        if not 0xD800 <= code <= 0xDFFF:
            return chr(code), at + 6
        if code < 0xDC00 and text[at + 6 : at + 8] == "\\u" and _HEX.issuperset(text[at + 8 : at + 12]):
            low = int(text[at + 8 : at + 12] or "0", 16)
            if len(text) >= at + 12 and 0xDC00 <= low <= 0xDFFF:
                return chr(0x10000 + ((code & 0x3FF) << 10) + (low & 0x3FF)), at + 12
        return "\ufffd", at + 6


def _unit(text: str, at: int) -> int:
    digits = text[at + 2 : at + 6]
    if len(digits) < 4:
        if _HEX.issuperset(digits):
            raise GoError(_END)
        raise _bad_escape(text[at:])
    if not _HEX.issuperset(digits):
        raise _bad_escape(text[at : at + 6])
    return int(digits, 16)


def _bad_escape(what: str) -> GoError:
    if all(c.isprintable() and c not in "`\ufffd" and not c.isspace() for c in what):
        return GoError(f"invalid escape sequence `{what}` in string")
    quoted = "".join(quote_rune(c)[1:-1] if c not in "'\"" else ("'" if c == "'" else '\\"') for c in what)
    return GoError(f'invalid escape sequence "{quoted}" in string')
