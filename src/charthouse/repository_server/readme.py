"""A README as HTML that can do no harm: no markup of its own, no pictures, links that leave say so.

Markdown is read by markdown-it-py (the extra ``charthouse[serve]``), with HTML switched off, so every tag in the text
is shown as text. Addresses other than http, https and mailto lose their link, pictures become links to themselves:
nothing is fetched when the page is looked at. Without the library, or for a long text, the text is shown as it is.
"""

from __future__ import annotations

from functools import lru_cache
from html import escape

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

__all__ = ["readme_html"]

_LONGEST = 200 * 1024
_SECONDS = 2.0
_SCHEMES = ("http://", "https://", "mailto:")


def readme_html(text: str) -> str:
    """The text as HTML."""
    from charthouse.gotemplate.deepstack import deep
    from charthouse.gotemplate.errors import LimitError
    from charthouse.gotemplate.limits import Limits

    markdown = _reader() if len(text) <= _LONGEST else None
    if markdown is not None:
        try:
            return str(deep(lambda: markdown.render(text), Limits(seconds=_SECONDS)))
        except (LimitError, RecursionError):
            return f"<pre>{escape(text)}</pre>"  # made to take long
    return f"<pre>{escape(text)}</pre>"


@lru_cache(maxsize=1)
def _reader() -> Any:
    try:
        from markdown_it import MarkdownIt
    except ImportError:
        return None
    reader = MarkdownIt("commonmark", {"html": False, "maxNesting": 20}).enable(["table", "strikethrough"])
    for name, rule in (("link_open", _link_open), ("link_close", _link_close), ("image", _image)):
        reader.add_render_rule(name, rule)
    for level in ("heading_open", "heading_close"):
        reader.add_render_rule(level, _heading)
    return reader


def _leads_out(address: str) -> bool:
    return address.lower().startswith(_SCHEMES)


def _link_open(_: Any, tokens: Sequence[Any], at: int, options: Any, env: Any) -> str:
    address = str(tokens[at].attrGet("href") or "")
    # The closing token does not know the address; links do not nest, so one place to remember is enough.
    env["link"] = _leads_out(address)
    return f'<a href="{escape(address)}" rel="nofollow noopener noreferrer">' if env["link"] else ""


def _link_close(_: Any, tokens: Sequence[Any], at: int, options: Any, env: Any) -> str:
    return "</a>" if env.pop("link", False) else ""


def _image(_: Any, tokens: Sequence[Any], at: int, options: Any, env: Any) -> str:
    token = tokens[at]
    address, text = str(token.attrGet("src") or ""), str(token.content or "picture")
    if env.get("link") or not _leads_out(address):
        return escape(text)
    return f'<a href="{escape(address)}" rel="nofollow noopener noreferrer">{escape(text)}</a>'


def _heading(_: Any, tokens: Sequence[Any], at: int, options: Any, env: Any) -> str:
    """Two levels down: the page has headings of its own above."""
    token = tokens[at]
    level = min(6, int(token.tag[1]) + 2)
    return f"</h{level}>\n" if token.nesting < 0 else f"<h{level}>"
