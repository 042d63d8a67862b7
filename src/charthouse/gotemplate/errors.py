"""What can go wrong in a template, in text/template's words.

TemplateError
├── ParseError     the text is no template
├── ExecError      a template failed while running
└── LimitError     a template went past a limit of ours (no counterpart in Go)

``str(error)`` is Go's text. Positions are fields: Helm 4 prints nested errors as blocks, and the engine builds those
from the fields and from ``cause``, never from the text.
"""

from __future__ import annotations

from charthouse.errors import CharthouseError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from charthouse.gotemplate.nodes import Node

__all__ = ["ExecError", "LimitError", "ParseError", "TemplateError"]


class TemplateError(CharthouseError):
    """Any error of the template language."""


class ParseError(TemplateError):
    """A text that is no template.

    name: the parsed text's name; text: the text itself; line: where, from 1; position: index into the text of the token
        it is about, -1 when there is none (Go names no column).
    detail: the message without the `template: NAME:LINE: ` before it. functions: the functions named before the error,
        as (name, line); the parser knows no function table, and an unknown function that stands before a syntax error
        is what Go reports.
    """

    def __init__(
        self,
        message: str,
        *,
        name: str,
        line: int,
        detail: str,
        position: int = -1,
        text: str = "",
        functions: tuple[tuple[str, int], ...] = (),
    ) -> None:
        super().__init__(message)
        self.name = name
        self.line = line
        self.position = position
        self.text = text
        self.detail = detail
        self.functions = functions


class ExecError(TemplateError):
    """A template that failed while running.

    template: the name of the template that was running; parse_name: the name of the text it was parsed from.
    line: from 1, column: bytes since the line's start, from 0 (0 and 0 where Go gives no position).
    context: the node as text/template prints it, without the angle brackets.
    detail: what failed, without position; when a function failed, `error calling NAME: ` and the function's text.
    cause: the error a function raised, else None.
    node, position, text: the node (see ``nodes``), where it stands in the text it was parsed from, and that text; None,
        -1 and "" without a position.
    """

    def __init__(
        self,
        message: str,
        *,
        template: str,
        parse_name: str = "",
        line: int = 0,
        column: int = 0,
        context: str = "",
        detail: str = "",
        cause: Exception | None = None,
        node: Node | None = None,
        position: int = -1,
        text: str = "",
    ) -> None:
        super().__init__(message)
        self.template = template
        self.parse_name = parse_name
        self.line = line
        self.column = column
        self.context = context
        self.detail = detail
        self.cause = cause
        self.node = node
        self.position = position
        self.text = text


class LimitError(TemplateError):
    """A template went past a limit: `limit` names it (`steps`, `depth`, `output`, `seconds`, `memory`, `size`)."""

    def __init__(self, message: str, *, limit: str, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.limit = limit
