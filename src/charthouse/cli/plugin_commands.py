"""Plugins as commands: each ``cli/v1`` plugin becomes one of the program's commands.

Rules: Helm 4.3.1 ``pkg/cmd/load_plugins.go`` (``loadCLIPlugins``, ``processParent``, ``manuallyProcessArgs``). A plugin
that is called like a command of Helm's stops the loading, as in Helm; one called like a command Helm does not have
(``diff``) takes its place, so that whoever comes from Helm finds what they had. HELM_NO_PLUGINS=1 leaves all out.
"""

from __future__ import annotations

from charthouse.cli.command import Command
from charthouse.logs import ERROR, LogRecord

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from charthouse.cli.command import Stub
    from charthouse.cli.context import Context
    from charthouse.plugins.catalogue import Entry

__all__ = ["PluginCommand", "native_command", "own_arguments", "with_plugins"]

_WITH_VALUE = frozenset((
    "--kube-context", "--namespace", "-n", "--kubeconfig", "--kube-apiserver", "--kube-token", "--kube-as-user",
    "--kube-as-group", "--kube-ca-file", "--registry-config", "--repository-cache", "--repository-config",
    "--kube-insecure-skip-tls-verify", "--kube-tls-server-name",
))  # fmt: skip


class PluginCommand(Command):
    """A command that is a plugin. entry: what is known of it."""

    __slots__ = ("entry",)

    def __init__(self, entry: Entry) -> None:
        from charthouse.golang.strconv import quote

        super().__init__(
            entry.usage or entry.name,
            entry.short_help or f"the {quote(entry.name)} plugin",
            long=entry.long_help,
            run=lambda context: _run(context, entry),
        )
        self.verbatim = True
        self.entry = entry


def with_plugins(context: Context, root: Command) -> Command:
    """`root` with the plugins of this machine among its commands."""
    from charthouse.cli.dispatch import OF_HELM
    from charthouse.plugins.catalogue import scan
    from charthouse.plugins.metadata import CLI

    found = scan(context.settings.plugins, context.settings.own_cache)
    found.report(context.log)
    if found.error:
        context.log(LogRecord(ERROR, "failed to load plugins", error=found.error))
        return root
    taken = set(OF_HELM)
    added: list[Command | Stub] = []
    for entry in found.entries:
        if entry.type != CLI:
            continue
        command = PluginCommand(entry)
        if command.name in taken:
            context.log(LogRecord(ERROR, "failed to load plugins: name conflicts", name=command.name))
            break
        taken.add(command.name)
        added.append(command)
    names = {command.name for command in added}
    kept = tuple(child for child in root.children if child.name not in names)
    return Command(root.use, root.short, long=root.long, children=(*kept, *added))


def own_arguments(context: Context, words: Sequence[str]) -> list[str]:
    """The arguments that are the plugin's; Helm's own flags among them are taken out and heeded. Raises UsageError."""
    known: list[str] = []
    rest: list[str] = []
    pending = list(reversed(words))
    while pending:
        word = pending.pop()
        if word == "--debug" or (word.partition("=")[0] in _WITH_VALUE and "=" in word):
            known.append(word)
        elif word in _WITH_VALUE:
            known.append(word)
            if pending:
                known.append(pending.pop())
        else:
            rest.append(word)
    context.flags.parse(known)
    return rest


def _run(context: Context, entry: Entry) -> None:
    from charthouse.cli.context import CommandExit
    from charthouse.cli.plugin_host import plugin_environ, streams
    from charthouse.cli.slog import logger
    from charthouse.plugins.discovery import load
    from charthouse.plugins.errors import PluginExit
    from charthouse.plugins.running import run_command

    arguments = own_arguments(context, context.words)
    context.log = logger(context.err.write, debug=context["debug"])
    plugin = load(entry.directory)
    if plugin.metadata.ignore_flags:
        arguments = []
    try:
        run_command(plugin, arguments, plugin_environ(context), streams(context), context.log)
    except PluginExit as ended:
        context.err.write(f"Error: {ended.message}\n")
        raise CommandExit(ended.status) from ended


def native_command(context: Context, name: str) -> Command | None:
    """The command a Python package installed here adds under that name (``plugins.native``)."""
    from charthouse.plugins.native import COMMANDS, find

    found = find(COMMANDS, name)
    if found is None:
        return None

    def run(context: Context) -> None:
        from charthouse.cli.context import CommandExit
        from charthouse.cli.plugin_host import plugin_environ
        from charthouse.plugins.native import Host, load_command

        arguments = own_arguments(context, context.words)
        command = load_command(found)
        context.out.flush()
        host = Host(plugin_environ(context), context.out.write, context.err.write, context.log)
        status = command(arguments, host)
        if status:
            raise CommandExit(status)

    command = Command(name, f"the {name} command of {found.package}", run=run)
    command.verbatim = True
    return command
