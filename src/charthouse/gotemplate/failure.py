"""Raising ExecError with Go's position and text.

Rules: text/template/exec.go ``errorf`` and parse.go ``ErrorContext`` of Go 1.27: line, column in bytes, the node as
text.
"""

from __future__ import annotations

from charthouse.golang.kinds import go_bytes
from charthouse.golang.strconv import quote
from charthouse.gotemplate.errors import ExecError
from charthouse.gotemplate.nodes import node_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn

    from charthouse.gotemplate.nodes import Node
    from charthouse.gotemplate.program import Template

__all__ = ["fail"]


def fail(template: Template, position: int, node: Node, detail: str, cause: Exception | None = None) -> NoReturn:
    """Raise the error of `node` at `position` (an index into the parsed text) of a running template."""
    text = template.text
    start = text.rfind("\n", 0, position) + 1
    line = text.count("\n", 0, position) + 1
    column = len(go_bytes(text[start:position]))
    context = node_text(node)
    where = f"{template.parse_name}:{line}:{column}"
    message = f"template: {where}: executing {quote(template.name)} at <{context}>: {detail}"
    if "%" in where:
        message = _mangled(where, template.name, context, detail)
    raise ExecError(
        message,
        template=template.name,
        parse_name=template.parse_name,
        line=line,
        column=column,
        context=context,
        detail=detail,
        cause=cause,
        node=node,
        position=position,
        text=text,
    ) from cause


def _mangled(where: str, name: str, context: str, detail: str) -> str:
    # Go puts the file name into a format string unescaped, so a percent sign in it is taken for a verb.
    from charthouse.golang.fmt import sprintf

    name = quote(name.replace("%", "%%"))
    return sprintf(f"template: {where}: executing {name} at <{context.replace('%', '%%')}>: %s", [detail])
