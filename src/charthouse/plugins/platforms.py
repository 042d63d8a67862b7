"""Which of a plugin's commands is for this machine, and what its line becomes.

Rules: Helm 4.3.1 ``internal/plugin/subprocess_commands.go`` (``getPlatformCommand``, ``PrepareCommands``), Go's
``os.Expand``.
"""

from __future__ import annotations

from charthouse.plugins.errors import PluginError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from charthouse.plugins.metadata import PlatformCommand

__all__ = ["command_line", "expand", "this_platform"]

_MACHINES = {
    "x86_64": "amd64", "amd64": "amd64", "aarch64": "arm64", "arm64": "arm64", "i386": "386", "i686": "386",
    "armv6l": "arm", "armv7l": "arm", "armv8l": "arm", "ppc64le": "ppc64le", "ppc64": "ppc64", "s390x": "s390x",
    "riscv64": "riscv64", "loongarch64": "loong64",
}  # fmt: skip
_SPECIAL = frozenset("*#$@!?-0123456789")
_WORD = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")


def this_platform() -> tuple[str, str]:
    """Go's names of the system and the machine: ("linux", "amd64")."""
    import os
    import sys

    if sys.platform == "win32":
        return "windows", _MACHINES.get(os.environ.get("PROCESSOR_ARCHITECTURE", "").lower(), "amd64")
    machine = os.uname().machine
    return sys.platform, _MACHINES.get(machine.lower(), machine)


def command_line(
    commands: Sequence[PlatformCommand], environ: Mapping[str, str], extra: Sequence[str] = (), *,
    expand_arguments: bool = True, platform: tuple[str, str] | None = None,
) -> list[str]:  # fmt: skip
    """The program and its arguments, variables replaced from `environ`, `extra` behind them.

    platform: (system, machine), None = this one. Raises PluginError when no command suits.
    """
    found = _choose(commands, platform or this_platform())
    parts = found.command.split(" ") if found is not None else []
    if not parts or not parts[0]:
        raise PluginError("no plugin command is applicable")
    arguments = [*parts[1:], *((found.args or ()) if found is not None else ())]
    if expand_arguments:
        arguments = [expand(argument, environ) for argument in arguments]
    return [expand(parts[0], environ), *arguments, *extra]


def _choose(commands: Sequence[PlatformCommand], platform: tuple[str, str]) -> PlatformCommand | None:
    """Both match; else the first for the system and any machine; else the first for anything."""
    system, machine = platform
    by_system = anything = None
    for command in commands:
        same_system = command.system.lower() == system
        if same_system and command.machine.lower() == machine:
            return command
        if command.machine or (command.system and not same_system):
            continue
        if same_system:
            by_system = by_system or command
        else:
            anything = anything or command
    return by_system or anything


def expand(text: str, environ: Mapping[str, str]) -> str:
    """``$NAME`` and ``${NAME}`` replaced, "" for what is not set; broken syntax is eaten, as Go eats it."""
    out = []
    at = 0
    while True:
        dollar = text.find("$", at)
        if dollar < 0 or dollar + 1 >= len(text):
            out.append(text[at:])
            return "".join(out)
        out.append(text[at:dollar])
        name, width = _name_at(text[dollar + 1 :])
        if not name and not width:
            out.append("$")
        elif name:
            out.append(environ.get(name, ""))
        at = dollar + 1 + width


def _name_at(text: str) -> tuple[str, int]:
    """The name behind a dollar, and how many characters it takes up (``getShellName``)."""
    if text[0] == "{":
        if len(text) > 2 and text[1] in _SPECIAL and text[2] == "}":
            return text[1], 3
        end = text.find("}", 1)
        if end == 1:
            return "", 2  # ${} is eaten
        return (text[1:end], end + 1) if end > 0 else ("", 1)
    if text[0] in _SPECIAL:
        return text[0], 1
    size = 0
    while size < len(text) and text[size] in _WORD:
        size += 1
    return text[:size], size
