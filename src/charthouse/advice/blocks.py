"""Blocks and actions of a template that are open where it ends, or closed where nothing was open.

Go's parser names the line where it noticed; this reads the actions' first words once more.
"""

from __future__ import annotations

import re

__all__ = ["dangling", "open_blocks"]

_ACTION = re.compile(r"\{\{-?\s*(?:/\*.*?\*/|(if|with|range|define|block|end|else)\b)?", re.S)
_OPENERS = ("if", "with", "range", "define", "block")


def open_blocks(text: str) -> tuple[list[tuple[str, int]], int]:
    """Blocks without an end, the outermost first, and where an end or else stands that nothing opened (-1)."""
    stack: list[tuple[str, int]] = []
    for found in _ACTION.finditer(text):
        word = found[1]
        if word in _OPENERS:
            stack.append((word, found.start()))
        elif word == "end":
            if not stack:
                return stack, found.start()
            stack.pop()
        elif word == "else" and not stack:
            return stack, found.start()
    return stack, -1


def dangling(text: str, position: int) -> int:
    """The beginning of an action on an earlier line that goes on to `position` because its }} is missing, else -1."""
    start = text.rfind("{{", 0, max(position, 0) + 1)
    if start < 0 or "\n" not in text[start:position] or "}}" in text[start:position]:
        return -1
    end, following = text.find("}}", position), text.find("{{", position)
    return start if end < 0 or 0 <= following < end else -1
