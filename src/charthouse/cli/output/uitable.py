"""Tables as Helm prints them: columns padded with spaces and joined by tabs.

Rules: gosuri/uitable v0.0.4 (``Table.String``, ``Cell.String``) and its ``strutil.Resize``: a cell wider than the
column's limit is cut and ends in three dots; colour sequences have no width, wide characters have two.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["table"]


def table(rows: Sequence[Sequence[str]], *, max_width: int = 0) -> str:
    """The rows as text, without a last line end. max_width: of a column, 0 = no limit."""
    widths: list[int] = []
    for row in rows:
        for index, cell in enumerate(row):
            if index == len(widths):
                widths.append(0)
            width = max(map(_width, cell.split("\n")))
            if max_width:
                width = min(width, max_width)
            widths[index] = max(widths[index], width)
    return "\n".join(_row(row, widths) for row in rows)


def _row(row: Sequence[str], widths: list[int]) -> str:
    columns = [_resize(cell, width).split("\n") for cell, width in zip(row, widths, strict=False)]
    height = max((len(column) for column in columns), default=0)
    lines = []
    for line in range(height):
        cells = [
            _resize(column[line], width) if line < len(column) else " ".rjust(width)
            for column, width in zip(columns, widths, strict=False)
        ]
        lines.append("\t".join(cells))
    return "\n".join(lines)


def _resize(text: str, width: int) -> str:
    if not width:
        return text
    own = _width(text)
    if own <= width:
        return text + " " * (width - own)
    kept, used = [], 0
    for char in text:
        kept.append(char)
        step = _char_width(char)
        if used + step >= width - 3:
            break
        used += step
    return "".join(kept) + "..."


def _width(text: str) -> int:
    if text.isascii() and "\x1b" not in text and text.isprintable():
        return len(text)
    if "\x1b" in text:
        import re

        text = re.sub(r"\x1b\[[0-9;]*[A-Za-z]", "", text)
    return sum(map(_char_width, text))


def _char_width(char: str) -> int:
    if " " <= char < "\x7f":
        return 1
    import unicodedata

    if not char.isprintable() or unicodedata.combining(char):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1
