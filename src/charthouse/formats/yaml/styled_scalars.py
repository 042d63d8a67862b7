"""What of a scalar go-yaml v3 looks at before it picks a style, and its double quotes.

Whose rules: go.yaml.in/yaml/v3 v3.0.5 `emitterc.go` (`yaml_emitter_analyze_scalar`,
`yaml_emitter_write_double_quoted_scalar`).
"""

from __future__ import annotations

from charthouse.records import Record

__all__ = ["Analysis", "analyse", "double_quoted"]

_BREAKS = "\n\r\x85\u2028\u2029"
_FIRST = frozenset("#,[]{}&*!|>'\"%@`")
_ESCAPES = {
    "\0": "0", "\a": "a", "\b": "b", "\t": "t", "\n": "n", "\v": "v", "\f": "f", "\r": "r", "\x1b": "e", '"': '"',
    "\\": "\\", "\x85": "N", "\xa0": "_", "\u2028": "L", "\u2029": "P",
}  # fmt: skip


class Analysis(Record):
    """multiline: it has line breaks; what styles may hold it: plain in flow and block, single quotes, a block."""

    multiline: bool
    flow_plain: bool
    block_plain: bool
    single: bool
    block: bool


_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/_")
_SIMPLE = _LETTERS | frozenset("-.")
_ANYTHING = Analysis(False, True, True, True, True)
"""Of words nothing in which means anything."""


def _printable(char: str) -> bool:
    return (
        char == "\n" or " " <= char <= "~" or char == "\x85"
        or ("\xa0" <= char <= "\ufffd" and char != "\ufeff" and not "\ud800" <= char <= "\udfff")
    )  # fmt: skip


def analyse(text: str) -> Analysis:
    """Rules: `yaml_emitter_analyze_scalar`."""
    if not text:
        return Analysis(False, False, True, True, False)
    if text[0] in _LETTERS and _SIMPLE.issuperset(text):
        return _ANYTHING
    blocks, flows = _indicators(text)
    ordinary = text.isascii() and text.isprintable()
    tab = not ordinary and "\t" in text
    special = not ordinary and any(char != "\t" and not _printable(char) for char in text)
    lines = not ordinary and any(char in _BREAKS for char in text)
    break_space = lines and any(mark + " " in text for mark in _BREAKS)
    space_break = lines and any(" " + mark in text for mark in _BREAKS)
    edges = text[0] == " " or text[0] in _BREAKS or text[-1] == " " or text[-1] in _BREAKS
    quotable = not (break_space or space_break or tab or special)
    plain = quotable and not edges and not lines
    return Analysis(
        lines, plain and not flows, plain and not blocks, quotable, not (text[-1] == " " or space_break or special)
    )


def _indicators(text: str) -> tuple[bool, bool]:
    """Whether what it holds means something in block and in flow context."""
    blocks = flows = text.startswith(("---", "..."))
    if text[0] not in _FIRST and text[0] not in "?:-" and not any(mark in text for mark in ",?[]{}:#"):
        return blocks, flows
    before = True
    last = len(text) - 1
    for at, char in enumerate(text):
        followed = at == last or text[at + 1] in " \t"
        if at == 0:
            if char in _FIRST:
                blocks = flows = True
            elif char in "?:":
                flows = True
                blocks = blocks or followed
            elif char == "-" and followed:
                blocks = flows = True
        elif char in ",?[]{}":
            flows = True
        elif char == ":":
            flows = True
            blocks = blocks or followed
        elif char == "#" and before:
            blocks = flows = True
        before = char in " \t\0" or char in _BREAKS
    return blocks, flows


def double_quoted(text: str) -> str:
    """The text in double quotes, in one line."""
    out = ['"']
    for char in text:
        if char not in '"\\' and char != "\ufeff" and char not in _BREAKS and _printable(char):
            out.append(char)
        elif char in _ESCAPES:
            out.append("\\" + _ESCAPES[char])
        else:
            code = ord(char)
            out.append(f"\\x{code:02X}" if code <= 0xFF else f"\\u{code:04X}" if code <= 0xFFFF else f"\\U{code:08X}")
    out.append('"')
    return "".join(out)
