"""Where in a text it went wrong, shown: the hint below Helm's text of a template or YAML error.

Three lines: the place, the source line, a mark under what failed. Columns count bytes from 0, as Go's error texts name
them, so that both name the same place. Long lines are cut around the mark, since charts hold generated lines of many
thousand characters.
"""

from __future__ import annotations

__all__ = ["excerpt", "numbered_line"]

_WIDTH = 100


def excerpt(path: str, text: str, line: int, column: int, *, mark: int = -1, width: int = 1) -> str:
    """`path:line:column`, the line, and a mark; only the place when the text has no such line.

    line: from 1; column: in bytes from 0, negative when unknown. mark: the column to mark when it is not `column`
    (Go's points into a chain of fields); width: how many characters to mark.
    """
    place = f"{path}:{line}" if column < 0 else f"{path}:{line}:{column}"
    lines = text.split("\n")
    if not 0 < line <= len(lines):
        return place
    shown = lines[line - 1].rstrip("\r")
    return f"{place}\n{numbered_line(line, shown, mark if mark >= 0 else column, width)}"


def numbered_line(line: int, line_text: str, column: int = -1, width: int = 1) -> str:
    """A source line behind its number and, from `column` on, a mark below it; tabs are shown as arrows."""
    shown = line_text.replace("\t", "→")
    if column < 0:
        return f"{line:5} | {shown[:_WIDTH]}"
    before = line_text.encode("utf-8", "surrogateescape")[:column].decode("utf-8", "replace")
    at = len(before)
    start = max(0, at - _WIDTH // 2)
    marks = max(1, min(width, len(shown) - at, start + _WIDTH - at))
    return f"{line:5} | {shown[start : start + _WIDTH]}\n      | {' ' * (at - start)}{'^' * marks}"
