r"""JSONPath templates as lists of nodes.

Grammar::

    template = { text | "{" { element } "}" }
    element  = "$" | "@" | " " | "." name | ".." [name] | "[" index "]" | "[" [from] ":" [to] [":" step] "]" | "[*]"
             | "['" name "']" | "[" one "," another "]" | "[?(" operand [ operator operand ] ")]"
             | quoted | number | "true" | "false" | "range" | "end"

A node is a tuple whose first word says which: ("text", str), ("value", number or bool), ("field", name), ("wildcard",),
("recursive",), ("identifier", name), ("array", (from, to, step)), ("filter", left, right, operator) with lists of
nodes, ("union", lists of nodes). A bound of an array is (value, known, derived). A template is a list of ("text", …)
and ("list", nodes).

Rules: k8s.io/client-go v0.37.2 ``util/jsonpath/parser.go``.
"""

from __future__ import annotations

import re

from charthouse.errors import CharthouseError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Node = tuple[Any, ...]

__all__ = ["JSONPathError", "parse"]

_ENDS = frozenset(" \t\r\n.,[]$@{}")
_KEY = re.compile(r"'([^']*)'\Z")
_SLICE = re.compile(r"(-?[0-9]*)(:-?[0-9]*)?(:-?[0-9]*)?\Z")
_COMPARISON = re.compile(r"([^!<>=]+)([!<>=]+)(.+?)\Z")


class JSONPathError(CharthouseError):
    """parsing: whether the expression itself is wrong. found: what Go hands back beside the error."""

    def __init__(self, message: str, *, parsing: bool = False, found: list[Any] | None = None) -> None:
        super().__init__(message)
        self.parsing = parsing
        self.found = found or []


def parse(text: str) -> list[Node]:
    """The nodes of a template. Raises JSONPathError."""
    return _Parser(text).template()


def _wrong(message: str) -> JSONPathError:
    return JSONPathError(message, parsing=True)


def _inside(text: str) -> list[Node]:
    """The nodes of the first action of a text that stands for one."""
    nodes: list[Node] = parse("{" + text + "}")[0][1]
    return nodes


class _Parser:
    def __init__(self, text: str) -> None:
        self.text = text
        self.pos = 0

    def template(self) -> list[Node]:
        out: list[Node] = []
        while self.pos < len(self.text):
            start = self.text.find("{", self.pos)
            if start < 0:
                start = len(self.text)
            if start > self.pos:
                out.append(("text", self.text[self.pos : start]))
            self.pos = start
            if start < len(self.text):
                self.pos += 1
                out.append(("list", self.action()))
        return out

    def action(self) -> list[Node]:
        nodes: list[Node] = []
        text = self.text
        while not text.startswith("}", self.pos):
            if text.startswith("[?(", self.pos):
                nodes.append(self.filter())
                continue
            if text.startswith("..", self.pos):
                self.recursive(nodes)
                continue
            if self.pos >= len(text) or text[self.pos] in "\r\n":
                raise _wrong("unclosed action")
            self.element(nodes)
        self.pos += 1
        return nodes

    def element(self, nodes: list[Node]) -> None:
        char = self.text[self.pos]
        if char in " @$":
            self.pos += 1
        elif char == "[":
            self.array(nodes)
        elif char in "\"'":
            nodes.append(self.quoted(char))
        elif char == ".":
            self.pos += 1
            nodes.append(self.field())
        elif char in "+-" or char.isdecimal():
            nodes.append(self.number())
        elif char == "_" or char.isalpha():
            nodes.append(self.identifier())
        else:
            raise _wrong(f"unrecognized character in action: {_rune(char)}")

    def recursive(self, nodes: list[Node]) -> None:
        if nodes and nodes[-1][0] == "recursive":
            raise _wrong("invalid multiple recursive descent")
        self.pos += 2
        nodes.append(("recursive",))
        char = self.text[self.pos : self.pos + 1]
        if char == "_" or char.isalpha() or char.isdecimal():
            nodes.append(self.field())

    def field(self) -> Node:
        start = self.pos
        while self.pos < len(self.text) and self.text[self.pos] not in _ENDS:
            self.pos += 2 if self.text[self.pos] == "\\" else 1
        self.pos = min(self.pos, len(self.text))
        name = self.text[start : self.pos]
        return ("wildcard",) if name == "*" else ("field", name.replace("\\", ""))

    def identifier(self) -> Node:
        start = self.pos
        while self.pos < len(self.text) and self.text[self.pos] not in _ENDS:
            self.pos += 1
        name = self.text[start : self.pos]
        return ("value", name == "true") if name in ("true", "false") else ("identifier", name)

    def number(self) -> Node:
        start = self.pos
        if self.text[start] in "+-":
            self.pos += 1
        while self.pos < len(self.text) and (self.text[self.pos] == "." or self.text[self.pos].isdecimal()):
            self.pos += 1
        text = self.text[start : self.pos]
        try:
            if not text.isascii():
                raise ValueError
            whole = None if "." in text else int(text)
            return ("value", whole if whole is not None and -(1 << 63) <= whole < 1 << 63 else float(text))
        except ValueError:
            raise _wrong(f"cannot parse number {text}") from None

    def quoted(self, mark: str) -> Node:
        start = self.pos
        self.pos += 1
        while True:
            char = self.text[self.pos : self.pos + 1]
            if char in ("", "\n"):
                raise _wrong("unterminated quoted string")
            self.pos += 1
            if char == mark and self.text[self.pos - 2] != "\\":
                break
        return ("text", _unquoted(self.text[start : self.pos]))

    def array(self, nodes: list[Node]) -> None:
        end = self.text.find("]", self.pos)
        line = self.text.find("\n", self.pos)
        if end < 0 or 0 <= line < end:
            raise _wrong("unterminated array")
        text = self.text[self.pos + 1 : end]
        self.pos = end + 1
        if text == "*":
            text = ":"
        pieces = text.split(",")
        key = _KEY.match(text)
        if len(pieces) > 1:
            nodes.append(("union", [_inside(f"[{piece.strip(' ')}]") for piece in pieces]))
        elif key is not None:
            nodes += _inside("." + key[1])
        else:
            nodes.append(("array", _bounds(text)))

    def filter(self) -> Node:
        start = self.pos = self.pos + 3
        mark, ended = "", False
        while True:
            char = self.text[self.pos : self.pos + 1]
            self.pos += 1
            if char in ("", "\n"):
                raise _wrong("unterminated filter")
            if char in "\"'":
                if not mark:
                    mark = char
                elif char == mark and self.text[self.pos - 2] != "\\":
                    ended = True
            elif char == ")" and bool(mark) == ended:
                break
        if not self.text.startswith("]", self.pos):
            raise _wrong("unclosed array expect ]")
        text = self.text[start : self.pos - 1]
        self.pos += 1
        found = _COMPARISON.match(text)
        if found is None:
            return ("filter", _inside(text), [], "exists")
        return ("filter", _inside(found[1]), _inside(found[3]), found[2])


def _bounds(text: str) -> tuple[tuple[int, bool, bool], ...]:
    found = _SLICE.match(text)
    if found is None:
        raise _wrong(f"invalid array index {text}")
    out: list[tuple[int, bool, bool]] = []
    for place, piece in enumerate(found.groups()):
        digits = piece[1:] if piece and place else piece
        if digits:
            out.append((_index(digits), True, False))
        elif not piece and place == 1:
            out.append((out[0][0] + 1, True, True))
        else:
            out.append((0, False, False))
    return tuple(out)


def _index(digits: str) -> int:
    if digits == "-" or not -(1 << 63) <= int(digits[:32]) < 1 << 63:
        raise _wrong(f"array index {digits} is not a number")
    return int(digits)


def _unquoted(text: str) -> str:
    from charthouse.golang.kinds import GoError
    from charthouse.golang.strconv import unquote_char

    mark, rest = text[0], text[1:-1]
    if "\\" not in rest and mark not in rest:
        return rest
    out = bytearray()
    while rest:
        try:
            code, wide, rest = unquote_char(rest, mark)
        except GoError as error:
            raise _wrong(f"unquote string {text} error {error}") from None
        out += chr(code).encode() if wide else bytes([code])
    return out.decode("utf-8", "surrogateescape")


def _rune(char: str) -> str:
    """As ``%#U`` prints it."""
    code = 0xFFFD if 0xDC80 <= ord(char) <= 0xDCFF else ord(char)
    shown = f" '{chr(code)}'" if chr(code).isprintable() else ""
    return f"U+{code:04X}{shown}"
