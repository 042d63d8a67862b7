"""How one string is written: go-yaml v2's choice of style and its folding (`encode.go`, `emitterc.go`, v2.4.4).

A style is chosen by ``style_of``: plain where the text reads back as itself, double quotes where it would read back as
another type or holds what YAML cannot print, single quotes for what only looks like syntax, a literal block for lines.
"""

from __future__ import annotations

__all__ = [
    "BREAKS",
    "DOUBLE",
    "LITERAL",
    "PLAIN",
    "SINGLE",
    "WIDTH",
    "double_quoted",
    "folded",
    "literal",
    "padded",
    "printable",
    "style_of",
]

from charthouse.formats.yaml.resolve import HINTS, looks_typed

PLAIN, SINGLE, DOUBLE, LITERAL = "plain", "single", "double", "literal"
WIDTH = 80
BREAKS = "\u2028\u2029"
"""Line breaks of YAML 1.1 that can be printed, besides the newline."""

_FIRST = frozenset("#,[]{}&*!|>'\"%@`")
_ESCAPES = {
    "\0": "\\0",
    "\a": "\\a",
    "\b": "\\b",
    "\t": "\\t",
    "\n": "\\n",
    "\v": "\\v",
    "\f": "\\f",
    "\r": "\\r",
    "\x1b": "\\e",
    '"': '\\"',
    "\\": "\\\\",
    "\x85": "\\N",
    "\u2028": "\\L",
    "\u2029": "\\P",
}


def printable(text: str) -> bool:
    """yaml_emitter_analyze_scalar's is_printable for every character (nothing beyond the basic plane is)."""
    if text.isascii():
        return text.isprintable() or text.replace("\n", "").isprintable()
    return all(
        c == "\n" or " " <= c <= "~" or ("\xa0" <= c <= "\ufffd" and c != "\ufeff" and not "\ud800" <= c <= "\udfff")
        for c in text
    )


def style_of(text: str) -> str:
    """PLAIN, SINGLE, DOUBLE or LITERAL for a string that is neither a multi-line key nor empty."""
    if "\n" in text:
        return LITERAL if _block_allowed(text) else DOUBLE
    if not printable(text):
        return DOUBLE
    first = text[0]
    if (first in HINTS or text == "") and looks_typed(text):
        return DOUBLE
    if any(mark in text for mark in BREAKS):
        return _style_with_breaks(text)
    if first in _FIRST or first == " " or text[-1] == " " or text[-1] == ":" or ": " in text or " #" in text:
        return SINGLE
    if first in "-?:" and (len(text) == 1 or text[1] == " "):
        return SINGLE
    return SINGLE if text.startswith(("---", "...")) else PLAIN


def _block_allowed(text: str) -> bool:
    """No trailing space, no space before a line break, nothing unprintable."""
    if text[-1] == " " or " \n" in text or not printable(text):
        return False
    return not any(" " + mark in text for mark in BREAKS)


def _style_with_breaks(text: str) -> str:
    for mark in BREAKS:
        if mark + " " in text or " " + mark in text:
            return DOUBLE
    return SINGLE


def double_quoted(text: str, column: int, pad: str, foldable: bool) -> str:
    """The text in double quotes. column: where it begins; pad: indentation of continued lines."""
    out = ['"']
    column += 1
    previous_space = False
    last = len(text) - 1
    marked = text.startswith("\ufeff")  # is_bom looks at the start of the text, whatever the position
    for at, char in enumerate(text):
        if char == " " and not marked:
            if foldable and not previous_space and column > WIDTH and 0 < at < last:
                out.append("\n" + pad)
                column = len(pad)
                if text[at + 1] == " ":
                    out.append("\\")
                    column += 1
            else:
                out.append(" ")
                column += 1
            previous_space = True
            continue
        previous_space = False
        piece = char if not marked and (char.isalnum() and char.isascii()) else _escaped(char, marked)
        out.append(piece)
        column += len(piece)
    out.append('"')
    return "".join(out)


def _escaped(char: str, always: bool) -> str:
    escape = _ESCAPES.get(char)
    if escape is not None:
        return escape
    if not always and char != "\ufeff" and char != "\n" and printable(char):
        return char
    code = ord(char)
    if code == 0xA0:
        return "\\_"
    if code <= 0xFF:
        return f"\\x{code:02X}"
    return f"\\u{code:04X}" if code <= 0xFFFF else f"\\U{code:08X}"


def folded(text: str, column: int, pad: str, quote: str) -> str:
    """A plain (quote "") or single-quoted text with the line breaks go-yaml puts at spaces behind column 80."""
    edge = 1 if quote else 0
    column += edge
    if any(mark in text for mark in BREAKS):
        return quote + _broken(text, column, pad) + quote
    out: list[str] = []
    start = 0
    size = len(text)
    at = text.find(" ")
    previous = -2
    while at >= 0:
        here = column + at - start
        follows = text[at + 1 : at + 2]
        inside = (0 < at < size - 1) if quote else True
        if here > WIDTH and previous != at - 1 and follows != " " and inside:
            out.append(text[start:at])
            start = at + 1
            column = len(pad)
        previous = at
        at = text.find(" ", at + 1)
    out.append(text[start:])
    body = ("\n" + pad).join(out)
    return quote + body + quote


def _broken(text: str, column: int, pad: str) -> str:
    """A quoted text that holds LS or PS, which end a line for go-yaml: what follows them is indented."""
    indent, last = len(pad), len(text) - 1
    spaces = breaks = indention = False
    out: list[str] = []
    for i, char in enumerate(text):
        if char == " ":
            if not spaces and column > WIDTH and 0 < i < last and text[i + 1] != " ":
                out.append("\n" + pad)
                column, indention = indent, True
            else:
                out.append(char)
                column += 1
            spaces = True
        elif char in BREAKS:
            out.append(char)
            column, indention, breaks = 0, True, True
        else:
            if breaks:
                if not indention or column >= indent:
                    out.append("\n")
                    column = 0
                out.append(" " * (indent - column))
                column = max(column, indent)
            out.append(char)
            column += 1
            indention = spaces = breaks = False
    return "".join(out)


def literal(text: str, pad: str) -> str:
    """The block ``|`` with its hints; always ends with a line break."""
    first = text[0]
    hint = "2" if first in " \n" or first in BREAKS else ""
    ends = "\n" + BREAKS
    if text[-1] not in ends:
        hint += "-"
    elif len(text) == 1 or text[-2] in ends:
        hint += "+"
    head = "|" + hint + "\n"
    if any(mark in text for mark in BREAKS):
        return head + padded(text, pad, first=True) + ("" if text[-1] in ends else "\n")
    body = "\n".join([pad + line if line else "" for line in text.split("\n")])
    return head + body if text[-1] == "\n" else head + body + "\n"


def padded(text: str, pad: str, *, first: bool) -> str:
    """A text whose breaks may be LS or PS, each line indented; the first one only if asked."""
    out: list[str] = []
    fresh = first
    for char in text:
        if char == "\n" or char in BREAKS:
            fresh = True
        elif fresh:
            out.append(pad)
            fresh = False
        out.append(char)
    return "".join(out)
