"""``docs``: Helm's hidden generator of its own documentation; not built. Flags: Helm 4.3.1 ``pkg/cmd/docs.go``."""

from __future__ import annotations

from charthouse.cli.command import Command
from charthouse.cli.flags import Flag
from charthouse.cli.unbuilt import not_built

__all__ = ["COMMAND"]


def _flags() -> list[Flag]:
    return [
        Flag("dir", "string", "where to write", default="./"),
        Flag("type", "string", "format: markdown, man or bash", default="markdown"),
        Flag("generate-headers", "bool", "add headers for a documentation site"),
    ]


COMMAND = Command(
    "docs", "write the documentation of all commands", args="none", flags=_flags, run=not_built("docs"), hidden=True
)
