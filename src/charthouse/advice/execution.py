"""Why a template failed while running: place, calls, the value at fault and where it came from, what to do.

Helm prints text/template's words; this says what they mean for the chart and values at hand. ``reasons`` knows the
single mistakes; this module draws the frame around them.
"""

from __future__ import annotations

from charthouse.advice.calls import call_lines, innermost, line_and_column, links_of, place_name
from charthouse.advice.mentions import expression_start
from charthouse.advice.secrecy import makes_secret, veiled_line
from charthouse.formats.excerpt import excerpt
from charthouse.gotemplate import nodes
from charthouse.gotemplate.errors import ExecError, LimitError, ParseError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from charthouse.advice.calls import Link
    from charthouse.advice.inputs import Inputs
    from charthouse.engine.errors import Evidence, RenderError

__all__ = ["Case", "execution_hint"]


class Case:
    """One failure being explained.

    link: where it went wrong; links: the whole chain; inputs, evidence: see there; veiled: the template makes a Secret,
    so no values are shown.
    """

    __slots__ = ("evidence", "inputs", "link", "links", "veiled")

    def __init__(self, link: Link, links: list[Link], inputs: Inputs, evidence: Evidence | None, path: str) -> None:
        self.link = link
        self.links = links
        self.inputs = inputs
        self.evidence = evidence
        source = evidence.sources.get(path) if evidence is not None else None
        self.veiled = source is not None and makes_secret(source.text)


def execution_hint(error: RenderError, inputs: Inputs) -> str:
    """The hint for an error of running a template, "" when its place is unknown."""
    links = links_of(error)
    last = innermost(links)
    if last is None:
        return ""
    case = Case(last, links, inputs, error.evidence, error.path)
    final = links[-1].error
    if isinstance(final, ParseError):
        from charthouse.advice.parsing import parse_lines

        return "\n".join([*parse_lines(final, None), *call_lines(links, links[-1]), *_said_by(case, final.text)])
    from charthouse.advice.reasons import reasons

    return "\n".join([_place(case), *call_lines(links, last), *_text_origin(case), *reasons(case)])


def _place(case: Case) -> str:
    """Place and excerpt of the innermost failure; what failed is marked."""
    link = case.link
    line, column = line_and_column(link.text, link.position)
    mark, width = column, 1
    error = link.error
    if isinstance(error, ExecError) and error.node is not None:
        start, end = _marked(error)
        mark, width = line_and_column(link.text, start)[1], end - start
    elif isinstance(error, LimitError):
        end = link.text.find("}}", link.position)
        width = (end + 2 if end > 0 else link.position + 2) - link.position
    return excerpt(place_name(link.parse_name), _safe(link.text, line), line, column, mark=mark, width=width)


def _safe(text: str, line: int) -> str:
    lines = text.split("\n")
    if 0 < line <= len(lines):
        lines[line - 1] = veiled_line(lines[line - 1])
    return "\n".join(lines)


def _marked(error: ExecError) -> tuple[int, int]:
    """Begin and end of the failing part in the text: the field that could not be had, or the whole expression."""
    node = error.node
    assert node is not None
    start = expression_start(node, error.position)
    text = nodes.node_text(node)
    end = start + len(text)
    if node[0] == nodes.TEMPLATE:
        end = error.text.find("}}", start) + 2
    elif not error.text.startswith(text, start):
        # Printed otherwise than written (spaces, parentheses): to the end of the first word.
        end = start
        while end < len(error.text) and error.text[end] not in " \t\n})|":
            end += 1
    return start, max(end, start + 1)


def _text_origin(case: Case) -> list[str]:
    """Where a text that `tpl` ran came from."""
    from charthouse.advice.calls import TPL_NAME

    if case.link.parse_name != TPL_NAME:
        return []
    return _said_by(case, case.link.text)


def _said_by(case: Case, text: str) -> list[str]:
    path = case.inputs.path_of_text(text)
    if path is None:
        return []
    said = case.inputs.origin(path)
    return [f"the text is the value {case.inputs.named(path)}{', ' + said if said else ''}"]
