"""What one run of the program works with: environment, streams, settings, and the command line as read."""

from __future__ import annotations

from charthouse.errors import CharthouseError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

    from charthouse.cli.command import Command
    from charthouse.cli.flags import FlagSet
    from charthouse.cli.streams import Output
    from charthouse.logs import Log
    from charthouse.profile import Profile
    from charthouse.settings import Settings

__all__ = ["CommandExit", "Context"]


class CommandExit(CharthouseError):
    """A command has said all it had to say; only the exit status is left."""

    def __init__(self, status: int) -> None:
        super().__init__("")
        self.status = status


class Context:
    """Handed to every command.

    program: argv[0]; arguments: what came behind it. environ: the process's variables. stdin: reads all of standard
    input. settings: from the environment alone; the flags (`flags["namespace"]` …) carry what the command line made of
    them. words: the arguments that are no flags. command: the command's words ("get values"). root: all commands,
    plugins among them. fetched: what addresses of values gave, each fetched once.

    """

    __slots__ = (
        "_namespace",
        "arguments",
        "command",
        "environ",
        "err",
        "fetched",
        "flags",
        "log",
        "out",
        "program",
        "root",
        "settings",
        "stdin",
        "words",
    )

    def __init__(
        self,
        program: str,
        environ: Mapping[str, str],
        settings: Settings,
        out: Output,
        err: Output,
        stdin: Callable[[], bytes],
    ) -> None:
        self.program = program
        self.environ = environ
        self.settings = settings
        self.out = out
        self.err = err
        self.stdin = stdin
        self.flags: FlagSet
        self.log: Log
        self.words: list[str] = []
        self.arguments: Sequence[str] = ()
        self.command = ""
        self.root: Command
        self.fetched: dict[str, bytes] = {}
        self._namespace = ""

    def __getitem__(self, flag: str) -> Any:
        return self.flags.values[flag]

    @property
    def profile(self) -> Profile:
        """Which Helm a render follows (``--compat``, ``--exact``). Raises UnknownProfile."""
        from charthouse.profile import profile_named

        return profile_named(self.flags.values["compat"], exact_numbers=self.flags.values["exact"])

    @property
    def namespace(self) -> str:
        """The namespace to work in: the flag or variable, else the kubeconfig context's, else "default"."""
        if not self._namespace:
            given = self.flags.values["namespace"]
            if not given:
                from charthouse.cli.namespace import context_namespace

                given = context_namespace(self) or "default"
            self._namespace = given
        return self._namespace

    @property
    def colour(self) -> bool:
        """Whether output on standard output is coloured (fatih/color's rule under Helm's ``--color``)."""
        mode = self.flags.values["color"]
        if mode == "auto":
            return "NO_COLOR" not in self.environ and self.environ.get("TERM") != "dumb" and self.out.isatty()
        return bool(mode == "always")

    def hint(self, text: str) -> None:
        """Advice beside success, in our words, at once."""
        self.err.write("".join(f"hint: {line}\n" for line in text.splitlines()))
