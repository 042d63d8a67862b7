"""A command as data: its name, how many words it takes, its flags, and the function that runs it.

Rules: spf13/cobra v1.10.2 ``command.go`` (``UseLine``, ``CommandPath``), Helm 4.3.1 ``pkg/cmd/require/args.go``.
Helm's own name stands in usage lines, because they are part of error texts that scripts read.
"""

from __future__ import annotations

from charthouse.cli.flags import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from charthouse.cli.context import Context
    from charthouse.cli.flags import Flag

__all__ = ["PROGRAM", "Command", "Stub"]

PROGRAM = "helm"
"""The name in usage lines and messages."""


class Command:
    """One command.

    use: the usage line behind the parent's path ("template [NAME] [CHART]"). args: how many words it takes: "any",
    "none", or a rule and a number ("exact 1", "min 1", "max 1"). flags: makes the command's own flags (called only for
    the command that runs). exclusive: groups of flag names of which one may be given. run: returns nothing, raises a
    CharthouseError; None for a group. complete: candidates for the next word (``complete.py``). bounded: it works on a
    chart alone, within the limits for untrusted ones (``bounds.py``). verbatim: flags are left among the words, as
    plugins want it (cobra's DisableFlagParsing).
    """

    __slots__ = (
        "aliases", "args", "bounded", "children", "complete", "exclusive", "flags", "hidden", "long", "name", "parent",
        "run", "short", "use", "verbatim",
    )  # fmt: skip

    def __init__(
        self,
        use: str,
        short: str,
        *,
        run: Callable[[Context], None] | None = None,
        long: str = "",
        aliases: tuple[str, ...] = (),
        args: str = "any",
        flags: Callable[[], Sequence[Flag]] | None = None,
        exclusive: tuple[tuple[str, ...], ...] = (),
        children: tuple[Command | Stub, ...] = (),
        complete: Callable[[Context, str], tuple[list[str], int]] | None = None,
        hidden: bool = False,
        bounded: bool = False,
    ) -> None:
        self.use = use
        self.bounded = bounded
        self.name = use.partition(" ")[0]
        self.short = short
        self.long = long
        self.aliases = aliases
        self.args = args
        self.flags = flags
        self.exclusive = exclusive
        self.children = children
        self.complete = complete
        self.hidden = hidden
        self.run = run
        self.verbatim = False
        self.parent: Command | None = None
        for child in children:
            if isinstance(child, Command):
                child.parent = self

    @property
    def path(self) -> str:
        """The words that lead here: "helm get values"."""
        return f"{self.parent.path} {self.name}" if self.parent else self.name

    @property
    def use_line(self) -> str:
        head = f"{self.parent.path} {self.use}" if self.parent else self.use
        return head if "[flags]" in head else head + " [flags]"

    def child(self, name: str) -> Command | None:
        """The sub-command called `name` (or by that alias), loaded. An alias ``scheme://`` means every such address."""
        scheme, separator, _ = name.partition("://")
        for candidate in self.children:
            if candidate.name == name or name in candidate.aliases or scheme + separator in candidate.aliases:
                found = candidate.load()
                found.parent = self
                return found
        return None

    def load(self) -> Command:
        return self

    def check_words(self, words: Sequence[str]) -> None:
        """Raises UsageError when there are too many or too few."""
        rule, _, number = self.args.partition(" ")
        if rule == "any":
            return
        count, given = int(number or 0), len(words)
        plural = "argument" if count == 1 else "arguments"
        if rule == "none" and given:
            problem = "accepts no arguments"
        elif rule == "exact" and given != count:
            problem = f"requires {count} {plural}"
        elif rule == "min" and given < count:
            problem = f"requires at least {count} {plural}"
        elif rule == "max" and given > count:
            problem = f"accepts at most {count} {plural}"
        else:
            return
        raise UsageError(f'"{self.path}" {problem}\n\nUsage:  {self.use_line}')


class Stub:
    """A command not loaded yet: what help and suggestions need, and the module that holds it as ``COMMAND``."""

    __slots__ = ("aliases", "hidden", "module", "name", "short")

    def __init__(
        self, name: str, module: str, short: str, aliases: tuple[str, ...] = (), *, hidden: bool = False
    ) -> None:
        self.name = name
        self.module = module
        self.short = short
        self.aliases = aliases
        self.hidden = hidden

    def load(self) -> Command:
        module = __import__(f"charthouse.cli.commands.{self.module}", None, None, ("COMMAND",))
        command: Command = module.COMMAND
        return command
