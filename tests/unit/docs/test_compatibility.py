"""docs/compatibility.md and the program agree, and the check finds it when they do not."""

from __future__ import annotations

import pytest

from charthouse.cli.command import Command
from charthouse.cli.unbuilt import not_built
from tools.check_compatibility import PAGE, is_built, problems

TEXT = PAGE.read_text(encoding="utf-8")


def test_the_page_is_true() -> None:
    assert problems(TEXT) == []


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ("| `lint` | ✓ |", "| `lint` | ✗ |", "`lint` is ✗, but the command is built"),
        ("| `verify` | ✓ |", "| `verify` | yes |", "Commands: `verify` has the state 'yes'"),
        ("| `verify` | ✓ |", "| `verity` | ✓ |", "no row for `verify`"),
        ("| `verify` | ✓ |", "| `verity` | ✓ |", "a row for `verity`, which does not exist"),
        ("| `--quiet` | lint |", "| `--quiet` | list |", "no row for `lint --quiet`"),
        ("| `--quiet` | lint |", "| `--quiet` | lint, list |", "a row for `list --quiet`, which does not exist"),
        ("| `--quiet` | lint |", "| `--quiet` | lint, lint |", "Flags of commands: `lint --quiet` stands there twice"),
        ("| `--debug` |", "| `--bedug` |", "no row for `--debug`"),
        ("`b64enc` ", "", "no row for the function `b64enc`"),
        ("`b64enc` ", "`b64enc` `env` ", "a row for the function `env`, which is unknown"),
    ],
)
def test_what_is_wrong_is_found(old: str, new: str, found: str) -> None:
    assert old in TEXT
    assert found in problems(TEXT.replace(old, new))


def test_a_command_that_only_says_so_is_not_built() -> None:
    later = Command("later", "later", run=not_built("later"))
    assert not is_built(later)
    assert not is_built(Command("group", "a group", children=(later,)))
    assert is_built(Command("now", "now", run=print))
