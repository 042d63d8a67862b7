"""Where in a text it went wrong, shown: the hint below Helm's text of a template or YAML error.

Three lines: the place, the source line, a caret under the column Go's error names (text/template's columns count bytes
from 0). Long lines are cut around the caret, since charts hold generated lines of many thousand characters.
"""

from __future__ import annotations

__all__ = ["excerpt"]

_WIDTH = 100


def excerpt(path: str, text: str, line: int, column: int) -> str:
    """`path:line:column`, the line, and a caret; only the place when the text has no such line.

    line: from 1; column: in bytes from 0, negative when unknown.
    """
    place = f"{path}:{line}" if column < 0 else f"{path}:{line}:{column}"
    lines = text.split("\n")
    if not 0 < line <= len(lines):
        return place
    shown = lines[line - 1].rstrip("\r").expandtabs(1)
    if column < 0:
        return f"{place}\n{line:5} | {shown[:_WIDTH]}"
    before = shown.encode("utf-8", "surrogateescape")[:column].decode("utf-8", "replace")
    at = len(before)
    start = max(0, at - _WIDTH // 2)
    return f"{place}\n{line:5} | {shown[start : start + _WIDTH]}\n      | {' ' * (at - start)}^"
