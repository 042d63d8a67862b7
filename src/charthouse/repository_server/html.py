"""HTML as text that cannot be escaped from, and the frame of every page.

``element`` escapes what it is given unless that is ``Markup`` already, so a name or a description of a chart never
becomes a tag. A page fetches nothing: its style stands in it, and its policy says that nothing else may be loaded.
"""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256
from html import escape

from charthouse.repository_server.requests import Answer

__all__ = ["Markup", "element", "join", "page"]


class Markup(str):
    """Text that is HTML already."""

    __slots__ = ()


def _safe(content: str) -> str:
    return content if isinstance(content, Markup) else escape(content)


def element(tag: str, *contents: str, **attributes: str) -> Markup:
    """An element. attributes: a trailing underscore is left out (``class_``), an inner one is a hyphen."""
    given = "".join(f' {key.rstrip("_").replace("_", "-")}="{escape(value)}"' for key, value in attributes.items())
    inside = "".join(map(_safe, contents))
    return Markup(f"<{tag}{given}>" if tag in ("input", "meta", "link") else f"<{tag}{given}>{inside}</{tag}>")


def join(parts: list[Markup] | list[str]) -> Markup:
    return Markup("".join(map(_safe, parts)))


def page(title: str, body: Markup, *, status: int = 200) -> Answer:
    """A whole page."""
    head = join(
        [
            element("meta", charset="utf-8"),
            element("meta", name="viewport", content="width=device-width, initial-scale=1"),
            element("title", title),
            Markup(f"<style>{_STYLE}</style>"),
        ]
    )
    text = Markup("<!DOCTYPE html>\n") + element("html", element("head", head), element("body", body), lang="en")
    headers = (
        ("Content-Type", "text/html; charset=utf-8"),
        ("Content-Security-Policy", _POLICY),
        ("Cache-Control", "no-cache"),
    )
    return Answer(status, text.encode("utf-8", "replace"), headers)


_STYLE = """
:root { color-scheme: light dark; --ink: #1c2430; --soft: #566070; --line: #d5dbe3; --ground: #fff; --raised: #f4f6f9;
  --accent: #1d5fb4; --warn: #8a4b00; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6eaf0; --soft: #a3adba; --line: #37404d; --ground: #14181e;
  --raised: #1d232b; --accent: #7fb2f5; --warn: #f0b35e; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 62rem; padding: 1rem; background: var(--ground); color: var(--ink);
  font: 1rem/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
a { color: var(--accent); }
header { display: flex; flex-wrap: wrap; gap: .75rem 1.5rem; align-items: center; justify-content: space-between;
  padding-bottom: .75rem; border-bottom: 1px solid var(--line); }
header a { font-weight: 600; font-size: 1.15rem; text-decoration: none; }
form { display: flex; gap: .5rem; flex: 1 1 18rem; max-width: 28rem; }
input { flex: 1; min-width: 0; padding: .4rem .6rem; font: inherit; color: inherit; background: var(--ground);
  border: 1px solid var(--soft); border-radius: .3rem; }
::placeholder { color: var(--soft); opacity: 1; }
button { padding: .4rem .9rem; font: inherit; color: var(--ground); background: var(--accent); border: 0;
  border-radius: .3rem; cursor: pointer; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 1.2rem 0 .4rem; }
h2 { font-size: 1.2rem; margin: 2rem 0 .6rem; padding-bottom: .2rem; border-bottom: 1px solid var(--line); }
.soft { color: var(--soft); }
.warn { color: var(--warn); font-weight: 600; }
ul.charts { list-style: none; margin: 1rem 0; padding: 0; }
ul.charts li { padding: .7rem 0; border-bottom: 1px solid var(--line); }
ul.charts a { font-weight: 600; font-size: 1.05rem; }
ul.charts p { margin: .15rem 0 0; }
nav { display: flex; gap: 1rem; margin: 1rem 0; }
pre, code { font: .875rem/1.45 ui-monospace, monospace; background: var(--raised); border-radius: .3rem; }
code { padding: .1rem .25rem; }
pre { padding: .75rem; overflow-x: auto; border: 1px solid var(--line); overflow-wrap: normal; }
pre code { padding: 0; background: none; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: .35rem .75rem .35rem 0; border-bottom: 1px solid var(--line); }
.wide { overflow-x: auto; }
.wide th, .wide td { white-space: nowrap; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .25rem 1rem; }
dt { color: var(--soft); } dd { margin: 0; }
section.readme h3 { font-size: 1.25rem; } section.readme h4 { font-size: 1.1rem; }
"""

_POLICY = (
    f"default-src 'none'; style-src 'sha256-{b64encode(sha256(_STYLE.encode()).digest()).decode()}'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
