"""``help [command]``. Rules: spf13/cobra v1.10.2 ``command.go`` (``InitDefaultHelpCmd``)."""

from __future__ import annotations

from charthouse.cli.command import Command

TYPE_CHECKING = False
if TYPE_CHECKING:
    from charthouse.cli.context import Context

__all__ = ["COMMAND"]


def _run(context: Context) -> None:
    from charthouse.cli.dispatch import UnknownCommand, find
    from charthouse.cli.flags import FlagSet
    from charthouse.cli.global_flags import global_flags
    from charthouse.cli.help import help_text, usage_text

    known = FlagSet(global_flags(context.settings), settings=context.settings)
    program = context.root
    try:
        command, _ = find(program, context.words, known)
    except UnknownCommand:
        topics = " ".join(f"`{word}`" for word in context.words)
        context.err.write(f"Unknown help topic [{topics}]\n" + usage_text(program, known, help_shown=False))
        return
    context.out.write(help_text(command, known))


COMMAND = Command(
    "help [command]",
    "explain a command",
    long="Explain any command: helm help [path to command].\n",
    run=_run,
)
