"""What may follow a plugin's name: from its ``completion.yaml``, and from its program ``plugin.complete``.

Rules: Helm 4.3.1 ``pkg/cmd/load_plugins.go`` (``loadCompletionForPlugin``, ``addPluginCommands``,
``pluginDynamicComp``), spf13/cobra v1.10.2 ``completions.go`` for commands that read their flags themselves.
"""

from __future__ import annotations

from charthouse.cli.command import Command
from charthouse.cli.flags import Flag, UsageError
from charthouse.errors import CharthouseError
from charthouse.logs import DEBUG, LogRecord

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from charthouse.cli.context import Context
    from charthouse.cli.plugin_commands import PluginCommand
    from charthouse.plugins.catalogue import Entry

__all__ = ["CompletedCommand", "add_completion", "plugin_words"]

_STATIC, _DYNAMIC = "completion.yaml", "plugin.complete"
_DEFAULT, _ERROR, _NO_FILES = 0, 1, 4
_DEPTH = 20


class CompletedCommand(Command):
    """A command or sub-command of a plugin, for completion only.

    entry: its plugin; valid: the words of its first argument; dynamic: the plugin's program is asked.
    """

    __slots__ = ("dynamic", "entry", "valid")

    def __init__(self, use: str, short: str, entry: Entry, known: dict[str, Any], depth: int, log: Any) -> None:
        children = []
        for child in known.get("commands") or ():
            if not isinstance(child, dict) or not child.get("name") or depth > _DEPTH:
                log(LogRecord(DEBUG, "sub-command name field missing", commandPath=use))
                continue
            children.append(CompletedCommand(str(child["name"]), "", entry, child, depth + 1, log))
        names = [str(flag) for flag in known.get("flags") or ()]
        super().__init__(use, short, run=_nothing, children=tuple(children), flags=lambda: _flags(names))
        self.verbatim = True
        self.entry = entry
        self.valid = [str(word) for word in known.get("validArgs") or ()]
        self.dynamic = known.get("commands") is None


def _nothing(context: Context) -> None:
    """Completion never runs what it completes."""


def _flags(names: list[str]) -> list[Flag]:
    """Short names go with long ones in their order, since a flag must have a long one."""
    shorts = [name for name in names if len(name) == 1]
    longs = [name for name in names if len(name) != 1]
    found = []
    for i in range(max(len(longs), len(shorts))):
        short = shorts[i] if i < len(shorts) else ""
        found.append(Flag(longs[i] if i < len(longs) else short, "bool", "", short=short))
    return found


def add_completion(context: Context, root: Command) -> Command:
    """`root` with what its plugins say of their words."""
    from charthouse.cli.plugin_commands import PluginCommand

    children = tuple(
        _completed(context, child) if isinstance(child, PluginCommand) else child for child in root.children
    )
    return Command(root.use, root.short, long=root.long, children=children)


def _completed(context: Context, command: PluginCommand) -> CompletedCommand:
    entry = command.entry
    known: dict[str, Any] = {}
    path = f"{entry.directory}/{_STATIC}"
    try:
        from charthouse.charts.regular import read_bounded
        from charthouse.formats.yaml import load_object

        found = load_object(read_bounded(path).decode("utf-8", "surrogateescape"))
        known = found if isinstance(found, dict) else {}
    except (OSError, CharthouseError) as error:
        text = str(error)
        if isinstance(error, OSError):
            text = f"file ({path}) not provided by plugin. No plugin auto-completion possible"
        context.log(LogRecord(DEBUG, "plugin completion file loading", error=text))
    return CompletedCommand(command.use, command.short, entry, known, 0, context.log)


def plugin_words(
    context: Context, command: CompletedCommand, words: list[str], typed: str, flags: list[str]
) -> tuple[list[str], int]:
    """Candidates for the word `typed` behind `words`. flags: the names of flags that fit it."""
    found, directive = list(flags), _NO_FILES
    if not (typed.startswith("-") and "=" not in typed):
        directive = _DEFAULT
        if not words and command.children:
            names = sorted(child.name for child in command.children)
            found += [name for name in names if name.startswith(typed)]
            directive = _NO_FILES
        if command.valid:
            if not words:
                found += [word for word in command.valid if word.startswith(typed)]
                directive = _NO_FILES
            return found, directive
    if command.dynamic:
        more, directive = _asked(context, command, words, typed)
        found += more
    return found, directive


def _asked(context: Context, command: CompletedCommand, words: list[str], typed: str) -> tuple[list[str], int]:
    """What the plugin's program says; nothing when it has none."""
    from charthouse.cli.plugin_commands import own_arguments
    from charthouse.cli.plugin_host import plugin_environ
    from charthouse.plugins.discovery import load
    from charthouse.plugins.errors import PluginError
    from charthouse.plugins.running import complete

    try:
        own = own_arguments(context, words)
    except UsageError:
        return [], _ERROR
    try:
        plugin = load(command.entry.directory)
        arguments = command.path.split(" ")[2:]
        if not plugin.metadata.ignore_flags:
            arguments += [*own, typed]
        said = complete(plugin, f"{plugin.directory}/{_DYNAMIC}", arguments, plugin_environ(context))
    except PluginError as error:
        context.log(LogRecord(DEBUG, "unable to complete", error=str(error)))
        return [], _DEFAULT
    lines = [line for line in said.split("\n") if line]
    if lines and len(lines[-1]) > 1 and lines[-1][0] == ":" and lines[-1][1:].isascii() and lines[-1][1:].isdigit():
        return lines[:-1], int(lines[-1][1:])
    return lines, _DEFAULT
