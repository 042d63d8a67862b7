"""The way an error took out of a template: which statements were running, with what dot and variables.

text/template's errors carry one position and no data. The statements an error passes on its way out each add a step
here (an ``except`` clause costs nothing while nothing fails), so that whoever explains the error later can say what
was nil, what a range was over and who called the template, without running anything again.
"""

from __future__ import annotations

from charthouse.golang.size import TooLarge
from charthouse.gotemplate.errors import TemplateError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from charthouse.gotemplate.nodes import Node
    from charthouse.gotemplate.program import Template
    from charthouse.gotemplate.variables import Frame, Variable

__all__ = ["NOTED", "Step", "note", "trail_of"]

NOTED = (TemplateError, TooLarge, RecursionError, MemoryError)
"""What leaves a trail."""

_MAX_STEPS = 60


class Step:
    """One statement that was running.

    template: whose; node: the statement (see ``nodes``); dot: what `.` was; frame: the slots of its variables; scope:
    the variables in sight, innermost last.
    """

    __slots__ = ("dot", "frame", "node", "scope", "template")

    def __init__(self, template: Template, node: Node, dot: object, frame: Frame, scope: tuple[Variable, ...]) -> None:
        self.template = template
        self.node = node
        self.dot = dot
        self.frame = frame
        self.scope = scope

    @property
    def position(self) -> int:
        """Where the statement's `{{` stands in the template's text."""
        return int(self.node[1])


def note(
    error: BaseException, template: Template, node: Node, dot: object, frame: Frame, scope: tuple[Variable, ...]
) -> None:
    """Add a step to an error's trail; the first ones are kept, since recursion makes endless ones."""
    held: list[Step] | None = error.__dict__.get("trail")
    if held is None:
        held = error.__dict__["trail"] = []
    if len(held) < _MAX_STEPS:
        held.append(Step(template, node, dot, frame, scope))


def trail_of(error: BaseException) -> list[Step]:
    """The steps of an error, or of what it was raised for, innermost first; empty when no template was running."""
    link: BaseException | None = error
    while link is not None:
        found: list[Step] | None = link.__dict__.get("trail")
        if found is not None:
            return found
        link = link.__cause__
    return []
