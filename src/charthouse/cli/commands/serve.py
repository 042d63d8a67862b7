"""``serve`` (ours; Helm 2 had it): not built yet."""

from __future__ import annotations

from charthouse.cli.command import Command
from charthouse.cli.unbuilt import not_built

__all__ = ["COMMAND"]

COMMAND = Command(
    "serve",
    "serve a directory of charts as a repository",
    hidden=True,
    run=not_built("serve"),
)
