"""Scalars at the place a scanner has reached: plain, quoted, literal and folded (go-yaml v2 `scannerc.go`, v2.4.4)."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from charthouse.formats.yaml.scanner import Scanner

__all__ = ["block_scalar", "flow_scalar", "plain_scalar"]

_BREAKS = "\n\r\x85\u2028\u2029"
_BREAKZ = _BREAKS + "\0"
_BLANKZ = " \t" + _BREAKZ
_HEX = frozenset("0123456789abcdefABCDEF")
_ESCAPES = {
    "0": "\0",
    "a": "\a",
    "b": "\b",
    "t": "\t",
    "\t": "\t",
    "n": "\n",
    "v": "\v",
    "f": "\f",
    "r": "\r",
    "e": "\x1b",
    " ": " ",
    '"': '"',
    "'": "'",
    "\\": "\\",
    "N": "\x85",
    "_": "\xa0",
    "L": "\u2028",
    "P": "\u2029",
}
_CODES = {"x": 2, "u": 4, "U": 8}


def _document_marker(scanner: Scanner) -> bool:
    if scanner.column:
        return False
    text, at = scanner.text, scanner.at
    return text[at : at + 3] in ("---", "...") and text[at + 3] in _BLANKZ


class _Folding:
    """Blanks and line breaks between two words of a plain or quoted scalar."""

    __slots__ = ("blanks", "first", "lines", "rest")

    def __init__(self) -> None:
        self.blanks = ""
        self.first = ""
        self.rest = ""
        self.lines = False

    def take(self) -> str:
        """What they amount to, after which they are forgotten."""
        if not self.lines:
            out = self.blanks
        elif self.first == "\n":
            out = self.rest or " "
        else:
            out = self.first + self.rest
        self.blanks = self.first = self.rest = ""
        self.lines = False
        return out

    def line(self, mark: str) -> None:
        if self.lines:
            self.rest += mark
        else:
            self.blanks = ""
            self.first = mark
            self.lines = True


def plain_scalar(scanner: Scanner) -> None:
    """Adds a plain SCALAR token."""
    text = scanner.text
    line = scanner.line
    indent = scanner.indent + 1
    folding = _Folding()
    out: list[str] = []
    enders = ",?[]{}" if scanner.flow else ""
    while not _document_marker(scanner) and text[scanner.at] != "#":
        start = at = scanner.at
        char = text[at]
        while char not in _BLANKZ and not ((char == ":" and text[at + 1] in _BLANKZ) or char in enders):
            at += 1
            char = text[at]
        if at > start:
            out.append(folding.take())
            out.append(text[start:at])
            scanner.advance(at - start)
        if char not in _BLANKZ or char == "\0":
            break
        _blanks(scanner, folding, indent, line)
        if not scanner.flow and scanner.column < indent:
            break
    scanner.put("SCALAR", line, "".join(out), "plain")
    if folding.lines:
        scanner.key_allowed = True


def _blanks(scanner: Scanner, folding: _Folding, indent: int, line: int) -> None:
    """Goes over blanks and line breaks. indent: where a tab at a line's start is an error, 0 for nowhere."""
    text = scanner.text
    while True:
        char = text[scanner.at]
        if char == " " or char == "\t":
            if folding.lines:
                if char == "\t" and scanner.column < indent:
                    raise scanner.error("found a tab character that violates indentation", line)
            else:
                folding.blanks += char
            scanner.advance(1)
        elif char in _BREAKS:
            folding.line(scanner.break_line())
        else:
            return


def flow_scalar(scanner: Scanner, quote: str) -> None:
    """Adds a quoted SCALAR token."""
    text = scanner.text
    line = scanner.line
    scanner.advance(1)
    folding = _Folding()
    out: list[str] = []
    while True:
        if _document_marker(scanner):
            raise scanner.error("found unexpected document indicator", line)
        if text[scanner.at] == "\0" and scanner.at == len(text) - 1:
            raise scanner.error("found unexpected end of stream", line)
        _words(scanner, quote, out, folding, line)
        if text[scanner.at] == quote:
            break
        _blanks(scanner, folding, 0, line)
        if folding.lines and not folding.first:
            out.append(folding.rest)  # behind an escaped line break
            folding.take()
        else:
            out.append(folding.take())
    scanner.advance(1)
    scanner.put("SCALAR", line, "".join(out), "single" if quote == "'" else "double")


def _words(scanner: Scanner, quote: str, out: list[str], folding: _Folding, line: int) -> None:
    """Characters of a quoted scalar up to a blank, a break or the closing quote."""
    text = scanner.text
    while True:
        start = at = scanner.at
        char = text[at]
        while char not in _BLANKZ and char != quote and char != "\\":
            at += 1
            char = text[at]
        if at > start:
            out.append(text[start:at])
            scanner.advance(at - start)
        if char in _BLANKZ:
            return
        if char == quote:
            if quote == '"' or text[at + 1] != "'":
                return
            out.append("'")
            scanner.advance(2)
        elif quote == "'":
            out.append("\\")
            scanner.advance(1)
        elif text[at + 1] in _BREAKS:
            scanner.advance(1)
            scanner.break_line()
            folding.lines = True
            return
        else:
            out.append(_escape(scanner, line))


def _escape(scanner: Scanner, line: int) -> str:
    text, at = scanner.text, scanner.at
    char = text[at + 1]
    simple = _ESCAPES.get(char)
    if simple is not None:
        scanner.advance(2)
        return simple
    length = _CODES.get(char)
    if length is None:
        raise scanner.error("found unknown escape character", line)
    scanner.advance(2)
    digits = text[at + 2 : at + 2 + length]
    if len(digits) < length or not _HEX.issuperset(digits):
        raise scanner.error("did not find expected hexdecimal number", line)
    value = int(digits, 16)
    if 0xD800 <= value <= 0xDFFF or value > 0x10FFFF:
        raise scanner.error("found invalid Unicode character escape code", line)
    scanner.advance(length)
    return chr(value)


def block_scalar(scanner: Scanner, literal: bool) -> None:
    """Adds a literal or folded SCALAR token."""
    line = scanner.line
    chomping, increment = _header(scanner, line)
    text = scanner.text
    indent = (max(scanner.indent, 0) + increment) if increment else 0
    breaks, indent = _breaks(scanner, indent, line)
    out: list[str] = []
    leading = ""
    was_blank = False
    while scanner.column == indent and not (text[scanner.at] == "\0" and scanner.at == len(text) - 1):
        blank = text[scanner.at] in " \t"
        if not literal and not was_blank and not blank and leading[:1] == "\n":
            out.append(breaks or " ")
        else:
            out.append(leading + breaks)
        was_blank = blank
        start = at = scanner.at
        while text[at] not in _BREAKZ:
            at += 1
        out.append(text[start:at])
        scanner.advance(at - start)
        leading = scanner.break_line() if text[at] in _BREAKS else ""
        breaks, indent = _breaks(scanner, indent, line)
    if chomping != "-":
        out.append(leading)
    if chomping == "+":
        out.append(breaks)
    scanner.put("SCALAR", line, "".join(out), "block")


def _header(scanner: Scanner, line: int) -> tuple[str, int]:
    """Chomping and indentation indicators, and the rest of the header's line."""
    text = scanner.text
    scanner.advance(1)
    chomping, increment = "", 0
    if text[scanner.at] in "+-":
        chomping = text[scanner.at]
        scanner.advance(1)
        increment = _increment(scanner, line)
    elif text[scanner.at] in "0123456789":
        increment = _increment(scanner, line)
        if text[scanner.at] in "+-":
            chomping = text[scanner.at]
            scanner.advance(1)
    while text[scanner.at] in " \t":
        scanner.advance(1)
    if text[scanner.at] == "#":
        while text[scanner.at] not in _BREAKZ:
            scanner.advance(1)
    if text[scanner.at] not in _BREAKZ:
        raise scanner.error("did not find expected comment or line break", line)
    if text[scanner.at] in _BREAKS:
        scanner.break_line()
    return chomping, increment


def _increment(scanner: Scanner, line: int) -> int:
    char = scanner.text[scanner.at]
    if char not in "0123456789":
        return 0
    if char == "0":
        raise scanner.error("found an indentation indicator equal to 0", line)
    scanner.advance(1)
    return int(char)


def _breaks(scanner: Scanner, indent: int, line: int) -> tuple[str, int]:
    """Indentation and empty lines before content: (their breaks, the indentation, found out when it was 0)."""
    text = scanner.text
    out = ""
    widest = 0
    while True:
        while (not indent or scanner.column < indent) and text[scanner.at] == " ":
            scanner.advance(1)
        widest = max(widest, scanner.column)
        if (not indent or scanner.column < indent) and text[scanner.at] == "\t":
            raise scanner.error("found a tab character where an indentation space is expected", line)
        if text[scanner.at] not in _BREAKS:
            break
        out += scanner.break_line()
    return out, indent or max(widest, scanner.indent + 1, 1)
