"""One running template: dot, variables, and where it was called from."""

from __future__ import annotations

from charthouse.golang.kinds import GoError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from charthouse.engine.trace.knowledge import Taint
    from charthouse.engine.trace.segments import Condition, Frame, Text
    from charthouse.gotemplate.program import Template, TemplateSet

__all__ = ["Activation"]


class Activation:
    """A template that runs in a set of templates.

    dot, taint: what `.` is now. base: position of the action being evaluated, calling: of the function call in it.
    caller: the statement that called the template. source: for a text given to `tpl`, that text with what it was made
    of. condition: the innermost one around the statement. depth: templates around this one.
    """

    __slots__ = (
        "base",
        "caller",
        "calling",
        "condition",
        "depth",
        "dot",
        "set",
        "source",
        "taint",
        "template",
        "variables",
    )

    def __init__(
        self,
        template: Template,
        templates: TemplateSet,
        dot: Any,
        taint: Taint,
        *,
        caller: Frame | None = None,
        source: Text | None = None,
        depth: int = 0,
    ) -> None:
        self.template = template
        self.set = templates
        self.dot = dot
        self.taint = taint
        self.caller = caller
        self.source = source
        self.depth = depth
        self.base = 0
        self.calling = 0
        self.condition: Condition | None = None
        self.variables: list[list[Any]] = [["$", dot, taint]]

    def get(self, name: str) -> tuple[Any, Taint]:
        """The value of a variable, the innermost of its name."""
        for variable in reversed(self.variables):
            if variable[0] == name:
                return variable[1], variable[2]
        raise GoError(f"undefined variable: {name}")

    def put(self, name: str, value: Any, taint: Taint, *, assign: bool) -> None:
        """Declare a variable, or set the innermost of its name."""
        if assign:
            for variable in reversed(self.variables):
                if variable[0] == name:
                    variable[1:] = [value, taint]
                    return
            raise GoError(f"undefined variable: {name}")
        self.variables.append([name, value, taint])
