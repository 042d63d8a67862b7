"""What may stand at the end of a command line: sub-commands, flags, values of flags, releases, charts.

Rules: spf13/cobra v1.10.2 ``completions.go`` (``getCompletions``, ``checkIfFlagCompletion``); a command's own
candidates come from its ``complete`` function, those of a few flags from ``_flag_values``. Never fails: what cannot be
found out is left out.
"""

from __future__ import annotations

from charthouse.cli.flags import FlagSet, UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from charthouse.cli.command import Command
    from charthouse.cli.context import Context
    from charthouse.cli.flags import Flag

__all__ = ["DEFAULT", "NO_FILES", "NO_SPACE", "candidates", "directive_name"]

DEFAULT, ERROR, NO_SPACE, NO_FILES = 0, 1, 2, 4
_NAMES = (
    (ERROR, "ShellCompDirectiveError"),
    (NO_SPACE, "ShellCompDirectiveNoSpace"),
    (NO_FILES, "ShellCompDirectiveNoFileComp"),
)
_REPEATED = ("stringArray", "stringSlice", "stringToString", "postRendererArgsSlice")


def directive_name(directive: int) -> str:
    """The directive in words, as cobra prints it on standard error."""
    return ", ".join(name for bit, name in _NAMES if directive & bit) or "ShellCompDirectiveDefault"


def candidates(context: Context, words: Sequence[str]) -> tuple[list[str], int, str]:
    """Candidates (a tab before the description), the directive for the shell, and a problem to report ("" = none)."""
    from charthouse.cli.dispatch import UnknownCommand, find, flags_of
    from charthouse.cli.global_flags import global_flags
    from charthouse.cli.help import help_flag

    typed, before = words[-1], list(words[:-1])
    known = FlagSet(global_flags(context.settings), settings=context.settings)
    try:
        command, rest = find(_root(context), before, known)
    except UnknownCommand:
        return [], DEFAULT, f"unable to find a command for arguments: [{' '.join(before)}]"
    flags = flags_of(command, known)
    if command.verbatim:
        return (*_of_plugin(context, command, flags, rest, typed), "")
    flags.add((help_flag(command),))
    flag, rest, typed, problem = _flag_being_completed(command, flags, rest, typed)
    try:
        context.words = flags.parse(rest)
    except UsageError as error:
        return [], DEFAULT, f"Error while parsing flags from args [{' '.join(rest)}]: {error}"
    context.flags = flags
    ended = "--" in rest  # what follows are words, whatever it looks like
    if problem and not ended:
        return [], DEFAULT, problem
    if flags["help"]:
        return [], NO_FILES, ""
    if flag is not None and not ended:
        return (*_flag_values(context, flag, command), "")
    if flag is None and typed.startswith("-") and "=" not in typed and not ended:
        return (*_flag_names(command, flags, typed), "")
    return (*_words(context, command, typed, children=flag is None), "")


def _root(context: Context) -> Command:
    """All commands; the plugins among them with what they say of their words."""
    from charthouse.cli.command import Stub

    if all(isinstance(child, Stub) for child in context.root.children):
        return context.root
    from charthouse.cli.plugin_completion import add_completion

    return add_completion(context, context.root)


def _of_plugin(
    context: Context, command: Command, flags: FlagSet, rest: list[str], typed: str
) -> tuple[list[str], int]:
    from charthouse.cli.plugin_completion import CompletedCommand, plugin_words

    if not isinstance(command, CompletedCommand):
        return [], DEFAULT
    named = typed.startswith("-") and "=" not in typed
    context.flags = flags
    return plugin_words(context, command, rest, typed, _flag_names(command, flags, typed)[0] if named else [])


def _flag_being_completed(
    command: Command, flags: FlagSet, rest: list[str], typed: str
) -> tuple[Flag | None, list[str], str, str]:
    """The flag whose value is being typed, the arguments without it, the part of the value typed so far, and what is
    wrong with the flag."""
    if typed.startswith("-"):
        written, equals, value = typed.partition("=")
        without = rest
        if not equals:
            return None, rest, typed, ""
    else:
        written, equals, value = (rest[-1] if rest else ""), "", typed
        without = rest[:-1]
        if len(written) < 2 or not written.startswith("-") or "=" in written:
            return None, rest, typed, ""
    name = written[2:] if written.startswith("--") else written[-1]
    if not name:  # "--" alone, which cobra takes for no flag and drops
        return None, without, value, ""
    flag = flags.shorts.get(name) or flags.flags.get(name)
    if flag is None:
        return None, rest, typed, f"Subcommand '{command.name}' does not support flag '{name}'"
    if flag.bare and not equals:
        return None, rest, value, ""
    return flag, without, value, ""


def _flag_names(command: Command, flags: FlagSet, typed: str) -> tuple[list[str], int]:
    hidden = {n for group in command.exclusive if not flags.changed.isdisjoint(group) for n in group} - flags.changed
    found = []
    own = {f.name for f in command.flags()} if command.flags else set()
    own.add("help")
    shown = sorted(flags.flags.values(), key=lambda f: (f.name in own, f.name))
    for flag in shown:
        if flag.hidden or flag.name in hidden or (flag.name in flags.changed and flag.kind not in _REPEATED):
            continue
        if f"--{flag.name}".startswith(typed):
            found.append(f"--{flag.name}\t{flag.usage}")
        if flag.short and f"-{flag.short}".startswith(typed):
            found.append(f"-{flag.short}\t{flag.usage}")
    return found, NO_FILES


def _flag_values(context: Context, flag: Flag, command: Command) -> tuple[list[str], int]:
    if flag.name == "version" and flag.kind == "string" and "repo" in context.flags.flags:  # of a chart
        from charthouse.cli.chart_names import versions

        return versions(context, command.path.partition(" ")[2])
    choices: tuple[str, ...] = ()
    if flag.kind == "format":
        choices = ("json\tas JSON", "table\tfor people", "yaml\tas YAML")
    elif flag.kind == "OutputFormat":
        choices = ("json", "yaml")
    elif flag.name == "certificates":
        choices = ("auto", "cert-manager", "files", "none", "own")
    elif flag.name == "storage":
        choices = ("configmap", "memory", "secret", "sql")
    elif flag.kind == "WaitStrategy":
        choices = ("hookOnly", "legacy", "watcher")
    elif flag.name in ("color", "colour"):
        choices = ("never", "auto", "always")
    elif flag.name == "type" and command.name == "docs":
        choices = ("bash", "man", "markdown")
    elif flag.name == "compat":
        choices = ("helm2", "helm3", "helm4")
    elif flag.name == "tiller":
        choices = ("cluster\tfound by the kubeconfig",)
    elif flag.name == "tiller-storage":
        choices = ("configmap", "secret")
    elif flag.name in ("namespace", "tiller-namespace"):
        from charthouse.cli.names import namespaces

        choices = tuple(namespaces(context))
    elif flag.name == "kube-context":
        from charthouse.cli.namespace import contexts

        choices = tuple(contexts(context))
    else:
        return [], DEFAULT
    return list(choices), NO_FILES


def _words(context: Context, command: Command, typed: str, *, children: bool) -> tuple[list[str], int]:
    found: list[str] = []
    directive = DEFAULT
    if children and command.children and not context.words:
        shown = sorted((c for c in command.children if not c.hidden), key=lambda c: c.name)
        found = [f"{c.name}\t{c.short}" for c in shown if c.name.startswith(typed)]
        directive = NO_FILES
    if command.complete is not None:
        more, directive = command.complete(context, typed)
        found += more
    elif not command.children:
        from charthouse.cli.chart_names import words

        found, directive = words(context, command.path.partition(" ")[2], typed)
    return found, directive
