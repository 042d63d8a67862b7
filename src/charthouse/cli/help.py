"""``--help``: what a command is for, its usage line, sub-commands and flags.

Layout: spf13/cobra v1.10.2 ``defaultHelpFunc`` and ``defaultUsageFunc``, spf13/pflag ``FlagUsagesWrapped``. Usage
lines and flags are Helm's; the sentences are ours.
"""

from __future__ import annotations

from charthouse.cli.flags import Flag, FlagSet

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from charthouse.cli.command import Command

__all__ = ["flag_lines", "help_flag", "help_text", "usage_text"]

_TYPE_NAMES = {"bool": "", "stringSlice": "strings"}


def help_flag(command: Command) -> Flag:
    """``-h, --help``."""
    return Flag("help", "bool", f"help for {command.name}", short="h")


def help_text(command: Command, known: FlagSet) -> str:
    """All of ``--help``."""
    text = (command.long or command.short).rstrip()
    return f"{text}\n\n{usage_text(command, known)}"


def usage_text(command: Command, known: FlagSet, *, help_shown: bool = True) -> str:
    """From `Usage:` on. help_shown: with ``--help`` among the flags."""
    parts = ["Usage:"]
    if command.run is not None:
        parts.append(f"\n  {command.use_line}")
    shown = sorted((c for c in command.children if not c.hidden), key=lambda c: c.name)
    if shown:
        parts.append(f"\n  {command.path} [command]")
    if command.aliases:
        parts.append("\n\nAliases:\n  " + ", ".join((command.name, *command.aliases)))
    if shown:
        width = max(11, *(len(c.name) for c in shown))
        parts.append("\n\nAvailable Commands:")
        parts += [f"\n  {c.name:<{width}} {c.short}" for c in shown]
    mine = FlagSet(command.flags() if command.flags else (), (help_flag(command),), settings=known.settings)
    own, names = list(mine.flags.values()), mine.flags
    if not help_shown:
        own = [flag for flag in own if flag.name != "help"]
    inherited = [flag for flag in known.flags.values() if flag.name not in names]
    if command.parent is None:
        own, inherited = own + inherited, []
    parts.append("\n\nFlags:\n" + flag_lines(own))
    if inherited:
        parts.append("\n\nGlobal Flags:\n" + flag_lines(inherited))
    if shown:
        parts.append(f'\n\nUse "{command.path} [command] --help" for more information about a command.')
    return "".join(parts) + "\n"


def flag_lines(flags: Iterable[Flag]) -> str:
    """One line a flag that is shown, by name: its letter, name and type, what it does, its default."""
    from charthouse.cli.flag_kinds import show

    rows: list[tuple[str, str]] = []
    for flag in sorted(flags, key=lambda f: f.name):
        if flag.hidden:
            continue
        head = f"  -{flag.short}, --{flag.name}" if flag.short else f"      --{flag.name}"
        name = _TYPE_NAMES.get(flag.kind, flag.kind)
        if name:
            head += f" {name}"
        if flag.bare and flag.kind != "bool":
            head += f'[="{flag.bare}"]' if flag.kind == "string" else f"[={flag.bare}]"
        default = show(flag.kind, flag.default)
        rows.append((head, flag.usage + (f" (default {default})" if default else "")))
    width = max(len(head) for head, _ in rows)
    return "\n".join(f"{head:<{width}}   {usage}".rstrip() for head, usage in rows)
