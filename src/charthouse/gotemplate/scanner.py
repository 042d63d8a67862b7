"""Template text to a tree, fast."""

from __future__ import annotations

from charthouse.gotemplate.parser import parse_exactly

TYPE_CHECKING = False
if TYPE_CHECKING:
    from charthouse.gotemplate.nodes import Tree

__all__ = ["parse_text"]


def parse_text(name: str, text: str) -> Tree:
    """The tree of a template text. Raises ParseError with Go's text."""
    return parse_exactly(name, text)
