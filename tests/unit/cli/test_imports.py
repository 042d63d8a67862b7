"""What the commands that must start at once may import: nothing third-party, nothing heavy, nothing of other rooms."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = (
    "argparse", "ast", "asyncio", "collections", "contextlib", "dataclasses", "datetime", "difflib", "email", "enum",
    "hashlib", "http", "importlib.metadata", "inspect", "json", "logging", "pathlib", "re", "shutil", "socket", "ssl",
    "subprocess", "tempfile", "threading", "typing", "urllib", "yaml",
)  # fmt: skip

PROGRAM = """
import sys
before = set(sys.modules)
import os
from charthouse.cli.main import run
from charthouse.cli.streams import Output
out = Output(open(os.devnull, "wb"))
status = run(sys.argv[1:], {"HOME": "/dev/null"}, out, out, lambda: b"")
print(status, *sorted(set(sys.modules) - before))
"""

COMMON = {
    "charthouse", "charthouse.cachehome", "charthouse.cli", "charthouse.cli.command", "charthouse.cli.context",
    "charthouse.cli.dispatch", "charthouse.cli.flags", "charthouse.cli.global_flags", "charthouse.cli.main",
    "charthouse.cli.slog", "charthouse.cli.streams", "charthouse.cli.table", "charthouse.errors", "charthouse.logs",
    "charthouse.records", "charthouse.settings",
}  # fmt: skip

QUOTING = {
    "charthouse.cli.flag_kinds", "charthouse.cli.help", "charthouse.golang", "charthouse.golang.kinds",
    "charthouse.golang.strconv",
}  # fmt: skip

ROWS: list[tuple[list[str], int, set[str]]] = [
    (["version"], 0, {"charthouse.cli.commands.version"}),
    (["version", "--short"], 0, {"charthouse.cli.commands.version"}),
    (["env"], 0, {"charthouse.cli.commands.env", "charthouse.cli.namespace"}),
    (["--help"], 0, QUOTING),
    (["help", "version"], 0, QUOTING | {"charthouse.cli.commands.help", "charthouse.cli.commands.version"}),
    (["completion", "bash"], 0, {"charthouse.cli.commands.completion"}),
    (["completion", "zsh"], 0, {"charthouse.cli.commands.completion"}),
]


def _imported(arguments: list[str]) -> tuple[int, set[str]]:
    command = [sys.executable, "-I", "-S", "-c", f"import sys; sys.path.append({_source()!r})\n{PROGRAM}", *arguments]
    answer = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    return int(answer[0]), set(answer[1:])


def _source() -> str:
    import charthouse

    return str(charthouse.__file__).rpartition("/charthouse/")[0]


@pytest.mark.parametrize(("arguments", "status", "own"), ROWS, ids=[" ".join(row[0]) for row in ROWS])
def test_imports_only_what_it_needs(arguments: list[str], status: int, own: set[str]) -> None:
    answered, modules = _imported(arguments)
    assert answered == status
    ours = {name for name in modules if name.startswith("charthouse")} - {"charthouse.cli.commands"}
    assert ours == COMMON | own
    assert [name for name in HEAVY if name in modules] == []


def test_template_imports_no_heavy_module(tmp_path: object) -> None:
    chart = f"{tmp_path}/web"
    assert _imported(["create", chart])[0] == 0
    status, modules = _imported(["template", "rel", chart])
    assert status == 0
    allowed = {"collections", "enum", "re", "yaml", "datetime"}
    assert [name for name in HEAVY if name in modules and name not in allowed] == []
