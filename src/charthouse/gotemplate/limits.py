"""What a template may use up, and the account that is kept while it runs.

Go has one limit, the depth of templates within templates; the others keep an untrusted chart from taking the machine.
"""

from __future__ import annotations

from charthouse.gotemplate.deepstack import given_up
from charthouse.gotemplate.errors import LimitError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["GO_DEPTH", "Budget", "Limits"]

# The depth Go's error text names. Ours is reached earlier: Python frames are bigger than Go's.
GO_DEPTH = 100000

# Steps between two looks at the clock and at the size of the output.
_PORTION = 4096


class Limits:
    """Bounds of one run, included templates among it.

    steps: loop iterations and template calls together; depth: templates within templates, `include` and `tpl` counted;
    output: characters printed, those of included templates counted where they are printed; seconds: wall time by
    `clock`, 0 for none (`clock` then is not needed). slow: called once when a run takes more than a moment, for what is
    worth doing only then (bounding the process's memory).
    """

    __slots__ = ("clock", "depth", "output", "seconds", "slow", "steps")

    def __init__(
        self,
        *,
        steps: int = 50_000_000,
        depth: int = 20_000,
        output: int = 1 << 30,
        seconds: float = 0.0,
        clock: Callable[[], float] | None = None,
        slow: Callable[[], None] | None = None,
    ) -> None:
        self.steps = steps
        self.depth = depth
        self.output = output
        self.seconds = seconds
        self.clock = clock
        self.slow = slow


class Budget:
    """What is left of the limits in one run.

    left: steps until the next look at everything (loops count it down and call ``refill`` below zero).
    depth: templates now running within each other.
    """

    __slots__ = ("deadline", "depth", "left", "limits", "printed", "spent")

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.left = min(_PORTION, limits.steps)
        self.spent = self.left
        self.depth = 0
        self.printed = 0
        self.deadline = limits.clock() + limits.seconds if limits.clock is not None and limits.seconds else 0.0

    def refill(self) -> None:
        """Open the next portion of steps. Raises LimitError when steps or time are used up."""
        limits = self.limits
        if self.spent >= limits.steps:
            raise LimitError(f"template took more than {limits.steps} steps", limit="steps")
        if given_up() or (limits.clock is not None and self.deadline and limits.clock() > self.deadline):
            raise LimitError(f"template ran longer than {limits.seconds:g} seconds", limit="seconds")
        self.left = min(_PORTION, limits.steps - self.spent)
        self.spent += self.left

    def check_output(self, size: int) -> None:
        """Refuse more than the output limit; `size` in characters, so far."""
        if size > self.limits.output:
            raise LimitError(f"template printed more than {self.limits.output} characters", limit="output")
