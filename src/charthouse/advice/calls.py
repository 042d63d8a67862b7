"""The way to the place of an error: which template includes which, and the blocks around it.

text/template's error of an included template is the cause of the including one's; `{{template}}` and limits of ours
leave only the trail (``gotemplate.trail``).
"""

from __future__ import annotations

from charthouse.gotemplate import nodes
from charthouse.gotemplate.errors import ExecError, TemplateError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from charthouse.gotemplate.trail import Step

__all__ = ["Link", "call_lines", "enclosing", "innermost", "line_and_column", "links_of", "place_name"]

_MAX_LINKS = 5000
_SHOWN = 3
_WIDTH = 90
TPL_NAME = "gotpl"


class Link:
    """One error of a chain, the outermost first: where (`parse_name`, `text`, `position`; -1 when unknown)."""

    __slots__ = ("error", "parse_name", "position", "steps", "text")

    def __init__(self, error: TemplateError) -> None:
        self.error = error
        self.steps: list[Step] = list(error.__dict__.get("trail") or ())
        if isinstance(error, ExecError) and error.position >= 0:
            self.parse_name, self.text, self.position = error.parse_name, error.text, error.position
        elif self.steps:
            first = self.steps[0]
            self.parse_name, self.text = first.template.parse_name, first.template.text
            self.position = first.position
        else:
            self.parse_name, self.text, self.position = "", "", -1


def links_of(error: BaseException) -> list[Link]:
    """The errors of templates in a chain of causes, the outermost first."""
    found: list[Link] = []
    link: BaseException | None = error
    for _ in range(_MAX_LINKS):
        if link is None:
            break
        if isinstance(link, TemplateError):
            found.append(Link(link))
        elif found and link.__dict__.get("trail"):
            found[-1].steps = found[-1].steps or list(link.__dict__["trail"])
        link = link.__cause__
    return found


def innermost(links: list[Link]) -> Link | None:
    """The link that says where it went wrong."""
    for link in reversed(links):
        if link.position >= 0 and link.parse_name:
            return link
    return None


def line_and_column(text: str, position: int) -> tuple[int, int]:
    """Line from 1, column in bytes from 0, as Go's error texts have them."""
    start = text.rfind("\n", 0, position) + 1
    return text.count("\n", 0, position) + 1, len(text[start:position].encode("utf-8", "surrogateescape"))


def place_name(parse_name: str) -> str:
    """A text's name as users know it."""
    return "text given to tpl" if parse_name == TPL_NAME else parse_name


def call_lines(links: list[Link], last: Link) -> list[str]:
    """`called at FILE:LINE:COLUMN: {{ include … }}` for each call, the innermost first."""
    sites: list[str] = []
    for link in reversed(links[: links.index(last) + 1]):
        if link is not last and link.position >= 0:
            sites.append(_site(link.parse_name, link.text, link.position))
        before = None
        for number, step in enumerate(link.steps):
            if number and (step.node[0] == nodes.TEMPLATE or (before is not None and step.template is not before)):
                sites.append(_site(step.template.parse_name, step.template.text, step.position))
            before = step.template
    sites = [site for number, site in enumerate(sites) if number == 0 or site != sites[number - 1]]
    if len(sites) > 2 * _SHOWN:
        sites = [*sites[:_SHOWN], f"… {len(sites) - 2 * _SHOWN} calls more …", *sites[-_SHOWN:]]
    return sites


def _site(parse_name: str, text: str, position: int) -> str:
    line, column = line_and_column(text, position)
    source = text.split("\n")[line - 1].strip()
    shown = source if len(source) <= _WIDTH else source[:_WIDTH] + "…"
    return f"called at {place_name(parse_name)}:{line}:{column}: {shown}"


def enclosing(link: Link) -> list[Step]:
    """The if, with and range blocks around the place, the innermost first, within its template."""
    found: list[Step] = []
    if not link.steps:
        return found
    template = link.steps[0].template
    for number, step in enumerate(link.steps):
        if step.template is not template:
            break
        if number and step.node[0] in (nodes.IF, nodes.WITH, nodes.RANGE):
            found.append(step)
    return found
