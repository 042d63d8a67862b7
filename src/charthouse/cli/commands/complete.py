"""``__complete``: candidates for the last word of a command line, asked for by the completion scripts."""

from __future__ import annotations

from charthouse.cli.command import Command

TYPE_CHECKING = False
if TYPE_CHECKING:
    from charthouse.cli.context import Context

__all__ = ["COMMAND"]


def _run(context: Context) -> None:
    from charthouse.cli.complete import candidates, directive_name
    from charthouse.cli.flags import UsageError

    if not context.words:
        raise UsageError("requires at least 1 arg(s), only received 0")
    found, directive, problem = candidates(context, context.words)
    if problem:
        context.err.write(f"[Debug] [Error] {problem}\n")
    plain = "__completeNoDesc" in context.arguments
    for candidate in found:
        line = candidate.partition("\t")[0] if plain else candidate
        context.out.write(line.partition("\n")[0].strip() + "\n")
    context.out.write(f":{directive}\n")
    context.err.write(f"Completion ended with directive: {directive_name(directive)}\n")


COMMAND = Command(
    "__complete [command-line]",
    "candidates for shell completion",
    aliases=("__completeNoDesc",),
    hidden=True,
    run=_run,
)
