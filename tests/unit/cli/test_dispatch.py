"""Which command a line means (cobra's rules), and how far the command tables agree with themselves."""

from __future__ import annotations

import pytest

from charthouse.cli.command import Command
from charthouse.cli.dispatch import UnknownCommand, find, flags_of
from charthouse.cli.flags import FlagSet
from charthouse.cli.global_flags import global_flags
from charthouse.cli.help import usage_text
from charthouse.cli.table import root
from charthouse.settings import settings_from


def _known() -> FlagSet:
    settings = settings_from({"HOME": "/home/me"})
    return FlagSet(global_flags(settings), settings=settings)


FOUND = [
    ([], "helm", []),
    (["version", "--short"], "helm version", ["--short"]),
    (["-n", "x", "version"], "helm version", ["-n", "x"]),
    (["--namespace=x", "version"], "helm version", ["--namespace=x"]),
    (["--debug", "version", "a"], "helm version", ["--debug", "a"]),
    (["-n", "version", "version"], "helm version", ["-n", "version"]),
    (["dep", "ls", "x"], "helm dependency list", ["x"]),
    (["get", "values", "-o", "json", "r"], "helm get values", ["-o", "json", "r"]),
    (["get", "nope"], "helm get", ["nope"]),
    (["get", "-n", "x", "values", "r"], "helm get values", ["-n", "x", "r"]),
    (["--", "version"], "helm", ["--", "version"]),
    (["--help", "version"], "helm", ["--help", "version"]),
    (["--nope", "version", "x"], "helm", ["--nope", "version", "x"]),
    (["del", "r"], "helm uninstall", ["r"]),
    (["inspect", "chart", "c"], "helm show chart", ["c"]),
]


@pytest.mark.parametrize(("arguments", "path", "rest"), FOUND, ids=[" ".join(row[0]) for row in FOUND])
def test_finds(arguments: list[str], path: str, rest: list[str]) -> None:
    if arguments[:1] == ["--nope"]:  # the unknown flag swallows `version`, so `x` is looked up
        with pytest.raises(UnknownCommand, match='unknown command "x" for "helm"'):
            find(root(), arguments, _known())
        return
    command, left = find(root(), arguments, _known())
    assert (command.path, left) == (path, rest)


def test_suggests() -> None:
    with pytest.raises(UnknownCommand) as caught:
        find(root(), ["instal"], _known())
    assert str(caught.value) == 'unknown command "instal" for "helm"\n\nDid you mean this?\n\tinstall\n'


def _all(command: Command) -> list[Command]:
    loaded = []
    for child in command.children:
        made = child.load()
        made.parent = command
        loaded += [made, *_all(made)]
    return loaded


def test_every_command_loads_and_is_consistent() -> None:
    commands = _all(root())
    assert len(commands) > 60
    for command in commands:
        flags = flags_of(command, _known())
        for group in command.exclusive:
            assert set(group) <= set(flags.flags), command.path
        assert usage_text(command, _known()).startswith("Usage:")
        assert command.run is not None or command.children, command.path
        own = command.flags() if command.flags else ()
        shorts = [flag.short for flag in own if flag.short]
        assert len(shorts) == len(set(shorts)), command.path
        assert len({flag.name for flag in own}) == len(own), command.path


def test_table_lines_are_those_of_the_commands() -> None:
    for stub in root().children:
        command = stub.load()
        assert (command.name, command.short) == (stub.name, stub.short)
        assert (command.aliases, command.hidden) == (stub.aliases, stub.hidden)
