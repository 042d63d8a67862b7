"""Rendering errors in Helm 2's words: Go's text behind the template's name.

Whose rules: helm v2.17.0 pkg/engine/engine.go renderWithReferences.
"""

from __future__ import annotations

from charthouse.golang.strconv import quote
from charthouse.gotemplate.errors import LimitError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from charthouse.gotemplate.errors import TemplateError

__all__ = ["execution_text", "parse_text"]


def parse_text(path: str, message: str) -> str:
    """The text for a template that cannot be parsed."""
    return f"parse error in {quote(path)}: {message}"


def execution_text(path: str, error: TemplateError) -> str:
    """The text for a template that failed."""
    if isinstance(error, LimitError):
        return error.message
    return f"render error in {quote(path)}: {error.message}"
