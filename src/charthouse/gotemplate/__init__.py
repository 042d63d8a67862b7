"""Go's text/template: parse texts to trees, keep sets of templates, run them.

``parse_text`` makes trees a cache can store; ``TemplateSet`` holds templates and runs them; errors are in ``errors``.
The names are loaded from their modules when first used: what only needs the deep stack or an error class loads no more.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from charthouse.gotemplate.errors import ExecError, LimitError, ParseError, TemplateError
    from charthouse.gotemplate.functions import Function
    from charthouse.gotemplate.limits import Limits
    from charthouse.gotemplate.nodes import Tree
    from charthouse.gotemplate.novalue import NOVALUE
    from charthouse.gotemplate.program import Template, TemplateSet

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

_HOMES = {
    "ExecError": "errors",
    "Function": "functions",
    "LimitError": "errors",
    "Limits": "limits",
    "NOVALUE": "novalue",
    "ParseError": "errors",
    "Template": "program",
    "TemplateError": "errors",
    "TemplateSet": "program",
}


def __getattr__(name: str) -> object:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    value: object = getattr(import_module(f"{__name__}.{home}"), name)
    globals()[name] = value
    return value


def parse_text(name: str, text: str) -> Tree:
    """The tree of a template text (scanner.parse_text, loaded when first used: cached trees need no scanner)."""
    from charthouse.gotemplate.scanner import parse_text as parse

    return parse(name, text)
