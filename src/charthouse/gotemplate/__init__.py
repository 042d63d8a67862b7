"""Go's text/template: parse texts to trees, keep sets of templates, run them.

``parse_text`` makes trees a cache can store; ``TemplateSet`` holds templates and runs them; errors are in ``errors``.
"""

from __future__ import annotations

from charthouse.gotemplate.errors import ExecError, LimitError, ParseError, TemplateError
from charthouse.gotemplate.functions import Function
from charthouse.gotemplate.limits import Limits
from charthouse.gotemplate.novalue import NOVALUE
from charthouse.gotemplate.program import Template, TemplateSet

TYPE_CHECKING = False
if TYPE_CHECKING:
    from charthouse.gotemplate.nodes import Tree

__all__ = [
    "NOVALUE",
    "ExecError",
    "Function",
    "LimitError",
    "Limits",
    "ParseError",
    "Template",
    "TemplateError",
    "TemplateSet",
    "parse_text",
]


def parse_text(name: str, text: str) -> Tree:
    """The tree of a template text (scanner.parse_text, loaded when first used: cached trees need no scanner)."""
    from charthouse.gotemplate.scanner import parse_text as parse

    return parse(name, text)
