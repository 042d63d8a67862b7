"""Compare docs/compatibility.md with the program: every command, flag and template function has its row, and no more.

Usage: check_compatibility.py [PAGE]

Prints what is wrong, one line each, and ends with status 1; prints nothing when the page tells the truth.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

from charthouse.cli.command import Command
from charthouse.cli.global_flags import global_flags
from charthouse.cli.table import root
from charthouse.engine.functions import Functions
from charthouse.gotemplate.builtins import BUILTINS
from charthouse.logs import silent
from charthouse.settings import settings_from
from charthouse.sprig import TABLE

PAGE = Path(__file__).resolve().parent.parent / "docs" / "compatibility.md"
STATES = ("✓", "◐", "✗", "ours")
KEYWORDS = {"and", "or", "break", "continue", "include", "tpl"}  # of the language, or bound to a running template

Pairs = dict[tuple[str, str], str]  # (command, "" or flag) → state


def commands(top: Command | None = None) -> Iterator[Command]:
    """Every command, loaded."""
    for child in (top or root()).children:
        found = child.load()
        yield found
        yield from commands(found)


def named(command: Command, above: str) -> Iterator[tuple[str, Command]]:
    """A command and those below it, by their words."""
    path = f"{above} {command.name}".strip()
    yield path, command
    for child in command.children:
        yield from named(child.load(), path)


def is_built(command: Command) -> bool:
    """False for a command that only says `is not built yet`, and for a group of such."""
    if command.children:
        return any(is_built(child.load()) for child in command.children)
    return command.run is not None and not command.run.__qualname__.startswith("not_built.")


def in_program() -> tuple[dict[str, Command], set[tuple[str, str]]]:
    """Commands by path, and (command, flag) pairs; the global flags are those of "". `diff` has upgrade's too."""
    every: dict[str, Command] = {}
    for child in root().children:
        every.update(named(child.load(), ""))
    flags = {("", flag.name) for flag in global_flags(settings_from({}))} | {("", "help")}
    for path, command in every.items():
        flags |= {(path, flag.name) for flag in (command.flags() if command.flags else ())}
    flags -= {(own, flag) for own in ("diff", "diff upgrade") for path, flag in flags if path == "upgrade"}
    return every, flags


def tables(text: str) -> Iterator[tuple[str, list[str]]]:
    """(title above the table, cells) of every row."""
    title = ""
    for line in text.splitlines():
        if line.startswith("#"):
            title = line.lstrip("# ")
        elif line.startswith("|") and not line.startswith("|---"):
            yield title, [cell.strip() for cell in line.strip("|").split("|")]


def on_page(text: str) -> tuple[Pairs, dict[str, str], list[str]]:
    """States of commands and flags, states of functions, and what is wrong with the tables themselves."""
    pairs: Pairs = {}
    functions: dict[str, str] = {}
    wrong: list[str] = []
    places = {"Commands": 1, "Commands of ours": 1, "Global flags": 1, "Flags of commands": 2, "Functions": 2}
    for title, cells in tables(text):
        place = places.get(title)
        if place is None or cells[place] == "State":
            continue
        if cells[place] not in STATES:
            wrong.append(f"{title}: {cells[0]} has the state {cells[place]!r}")
        if title == "Functions":
            functions.update(dict.fromkeys(re.findall(r"`(\w+)`", cells[1]), cells[2]))
            continue
        name = re.findall(r"`(?:--)?([^`]+)`", cells[0])[0]
        for command in cells[1].split(", ") if title == "Flags of commands" else [""]:
            key = (name, "") if title.startswith("Commands") else (command, name)
            if key in pairs:
                wrong.append(f"{title}: {words(*key)} stands there twice")
            pairs[key] = cells[place]
    return pairs, functions, wrong


def words(path: str, flag: str) -> str:
    """A command or a flag for people."""
    return f"`{path}{flag and ' --' + flag}`".replace("` ", "`")


def problems(text: str) -> list[str]:
    """What the page gets wrong, one line each."""
    pairs, functions, wrong = on_page(text)
    every, flags = in_program()
    wanted = {(path, "") for path in every} | flags
    wrong += [f"no row for {words(*pair)}" for pair in wanted - {*pairs}]
    wrong += [f"a row for {words(*pair)}, which does not exist" for pair in {*pairs} - wanted]
    for (path, flag), state in pairs.items():
        command = every.get(path)
        if command is not None and state in ("✓", "◐") and not is_built(command):
            wrong.append(f"{words(path, flag)} is {state}, but the command is not built")
        if command is not None and state == "✗" and not flag and is_built(command):
            wrong.append(f"`{path}` is ✗, but the command is built")
    table = Functions({}, log=silent)
    known = {*TABLE, *BUILTINS, *KEYWORDS}
    wrong += [f"no row for the function `{name}`" for name in known - {*functions}]
    wrong += [f"a row for the function `{n}`, which is unknown" for n in {*functions} - known if n not in table]
    wrong += [f"the function `{name}` is ✗, but known" for name, state in functions.items() if state == "✗"]
    return sorted(wrong)


def main() -> int:
    found = problems((Path(sys.argv[1]) if len(sys.argv) > 1 else PAGE).read_text(encoding="utf-8"))
    for line in found:
        print(line)
    return 1 if found else 0


if __name__ == "__main__":
    raise SystemExit(main())
