"""Which command a line of arguments means.

Rules: spf13/cobra v1.10.2 ``command.go`` (``Find``, ``stripFlags``, ``argsMinusFirstX``, ``legacyArgs``,
``SuggestionsFor``): a word is looked up at each level with only the flags known there, so an unknown flag swallows the
word behind it, exactly as in Helm.
"""

from __future__ import annotations

from charthouse.cli.flags import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from charthouse.cli.command import Command
    from charthouse.cli.flags import Flag, FlagSet

__all__ = ["OF_HELM", "UnknownCommand", "find", "flags_of"]


OF_HELM = (
    "create", "dependency", "pull", "show", "lint", "package", "repo", "search", "verify", "get", "history", "install",
    "list", "test", "rollback", "status", "template", "uninstall", "upgrade", "completion", "env", "plugin", "version",
    "docs", "registry", "push",
)  # fmt: skip
"""Helm's commands as it adds them to its program, and so suggests them; ours come last."""

_MEANT = {"uninstall": ("remove", "rm")}
"""Words people type for a command (cobra's SuggestFor)."""


class UnknownCommand(UsageError):
    """The first word names no command. word: that word."""

    def __init__(self, message: str, word: str) -> None:
        super().__init__(message)
        self.word = word


def flags_of(command: Command, known: FlagSet) -> FlagSet:
    """The flags `command` understands: its own, then those of `known` (the global ones), values and all."""
    from charthouse.cli.flags import FlagSet

    merged = FlagSet(command.flags() if command.flags else (), settings=known.settings)
    values = dict(known.values)
    values.update(merged.values)
    merged.add(known.flags.values())
    merged.values = values
    merged._assigned |= known._assigned
    return merged


def find(root: Command, arguments: Sequence[str], known: FlagSet) -> tuple[Command, list[str]]:
    """The command, and the arguments left for it. Raises UnknownCommand."""
    command, rest, flags = root, list(arguments), known
    while True:
        words = _words(rest, flags)
        if not words:
            return command, rest
        child = command.child(words[0])
        if child is None:
            break
        if "://" not in words[0]:  # an address names the command and is its first word too
            rest = _without_first(rest, words[0], flags)
        command = child
        flags = flags_of(command, known) if command.children else known
        if not command.children:
            return command, rest
    if command is root:
        text = f'unknown command "{words[0]}" for "{root.path}"{_did_you_mean(root, words[0])}'
        raise UnknownCommand(text, words[0])
    return command, rest


def _takes_next(argument: str, flags: FlagSet) -> bool:
    if "=" in argument:
        return False
    flag: Flag | None
    if argument.startswith("--"):
        flag = flags.flags.get(argument[2:])
    elif len(argument) == 2 and argument[0] == "-":
        flag = flags.shorts.get(argument[1])
    else:
        return False
    return flag is None or not flag.bare


def _words(arguments: list[str], flags: FlagSet) -> list[str]:
    words: list[str] = []
    index, size = 0, len(arguments)
    while index < size:
        argument = arguments[index]
        index += 1
        if argument == "--":
            break
        if _takes_next(argument, flags):
            if size - index <= 1:
                break
            index += 1
        elif argument and not argument.startswith("-"):
            words.append(argument)
    return words


def _without_first(arguments: list[str], word: str, flags: FlagSet) -> list[str]:
    index, size = 0, len(arguments)
    while index < size:
        argument = arguments[index]
        if argument == "--":
            break
        if _takes_next(argument, flags):
            index += 2
            continue
        if argument == word:
            return arguments[:index] + arguments[index + 1 :]
        index += 1
    return arguments


def _did_you_mean(root: Command, typed: str) -> str:
    folded = typed.lower()
    near = [child.name for child in root.children if not child.hidden and _is_near(child.name, folded)]
    near = sorted((name for name in near if name in OF_HELM), key=OF_HELM.index) or near  # ours where Helm has none
    if not near:
        return ""
    return "\n\nDid you mean this?\n" + "".join(f"\t{name}\n" for name in near)


def _is_near(name: str, typed: str) -> bool:
    if name == "help":
        return False
    return name.startswith(typed) or typed in _MEANT.get(name, ()) or _distance(typed, name) <= 2


def _distance(one: str, other: str) -> int:
    """Levenshtein's distance."""
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        previous, row[0] = row[0], i
        for j, b in enumerate(other, 1):
            previous, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, previous + (a != b))
    return row[-1]
