"""What a template may use up, and the account that is kept while it runs.

Go has one limit, the depth of templates within templates; the others keep an untrusted chart from taking the machine.
The defaults are far from what charts need: of 900 published ones none takes more than 6,000 steps, prints more than
6 MB or needs more than 3 seconds.
"""

from __future__ import annotations

from charthouse.gotemplate.deepstack import given_up
from charthouse.gotemplate.errors import LimitError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["CALL", "GO_DEPTH", "Account", "Budget", "Limits"]

# The depth Go's error text names. Ours is reached earlier: Python frames are bigger than Go's.
GO_DEPTH = 100000

CALL = 16
"""Steps the call of a template costs: about as much time as so many turns of a loop."""

_ENDLESS = (
    "a loop over too much, or templates that call each other without end; the limits are charthouse's, Helm has none"
)

# Steps between two looks at the clock and at the size of the output.
_PORTION = 4096


class Limits:
    """Bounds of one render: what all its templates together may use up, and what the chart may reach.

    steps: loop iterations, and templates called (each counts as CALL steps). depth: templates within templates,
    `include` and `tpl` counted. output: characters printed, those of included templates counted where they are printed.
    seconds: of processor time, or of `clock` when one is given; 0 for none. memory: bytes the process may grow by while
    templates run, where the system tells (Linux, macOS), 0 for any; it is looked at a few times a second. slow: called
    once when a run takes more than a moment, for what is worth doing only then. fetch_schema: reads the http or https
    address a values schema refers to (raising OSError), None when charts may not have anything fetched.
    """

    __slots__ = ("clock", "depth", "fetch_schema", "memory", "output", "seconds", "slow", "steps")

    def __init__(
        self,
        *,
        steps: int = 10_000_000,
        depth: int = 20_000,
        output: int = 1 << 27,
        seconds: float = 20.0,
        memory: int = 0,
        clock: Callable[[], float] | None = None,
        slow: Callable[[], None] | None = None,
        fetch_schema: Callable[[str], bytes] | None = None,
    ) -> None:
        self.fetch_schema = fetch_schema
        self.steps = steps
        self.depth = depth
        self.output = output
        self.seconds = seconds
        self.memory = memory
        self.clock = clock
        self.slow = slow


class Account:
    """What the runs of one set of templates have used up together: steps taken, characters printed."""

    __slots__ = ("printed", "steps")

    def __init__(self) -> None:
        self.steps = 0
        self.printed = 0


class Budget:
    """What is left of the limits in one run.

    left: steps until the next look at everything (loops count it down and call ``refill`` below zero).
    depth: templates now running within each other.
    """

    __slots__ = ("deadline", "depth", "left", "limits", "printed", "spent")

    def __init__(self, limits: Limits, account: Account | None = None) -> None:
        used = account.steps if account is not None else 0
        self.limits = limits
        self.left = min(_PORTION, limits.steps - used)
        self.spent = used + self.left
        self.depth = 0
        self.printed = account.printed if account is not None else 0
        self.deadline = limits.clock() + limits.seconds if limits.clock is not None and limits.seconds else 0.0

    def refill(self) -> None:
        """Open the next portion of steps. Raises LimitError when steps or time are used up."""
        limits = self.limits
        if self.spent >= limits.steps:
            raise LimitError(f"template took more than {limits.steps} steps", limit="steps", hint=_ENDLESS)
        if given_up() or (limits.clock is not None and self.deadline and limits.clock() > self.deadline):
            raise LimitError(f"template ran longer than {limits.seconds:g} seconds", limit="seconds", hint=_ENDLESS)
        self.left = min(_PORTION, limits.steps - self.spent)
        self.spent += self.left

    def check_output(self, size: int) -> None:
        """Refuse more than the output limit; `size` in characters, of the template that runs so far."""
        if size + self.printed > self.limits.output:
            raise LimitError(
                f"template printed more than {self.limits.output} characters", limit="output", hint=_ENDLESS
            )

    def settle(self, account: Account, size: int) -> None:
        """Add what this run took to the account, and the characters it printed in the end."""
        account.steps = self.spent - self.left
        account.printed = self.printed + size
