"""What plugins are given by the command line that runs them: their directories, the environment, streams, our program.

Rules: Helm 4.3.1 ``pkg/cli/environment.go`` (``EnvVars``), ``pkg/cmd/load_plugins.go``. ``HELM_BIN`` is a program that
leads back to us.
"""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from charthouse.cli.context import Context
    from charthouse.plugins.discovery import Plugin
    from charthouse.plugins.running import Streams

__all__ = ["call_hook", "directories", "helm_variables", "plugin_environ", "streams"]


def directories(context: Context) -> list[str]:
    """Where plugins are looked for (HELM_PLUGINS, separated like PATH)."""
    path = context.settings.plugins
    return path.split(os.pathsep) if path else []


def plugin_environ(context: Context) -> dict[str, str]:
    """The environment a plugin runs in, less its own name and directory."""
    return {**context.environ, **helm_variables(context)}


def helm_variables(context: Context) -> dict[str, str]:
    """What ``helm env`` shows, and HELM_BIN as an absolute path."""
    from charthouse.cli.commands.env import variables

    return {**variables(context), "HELM_BIN": _program(context.program, context.environ)}


def _program(called: str, environ: Mapping[str, str]) -> str:
    """An executable file that is charthouse; what was typed when none is found."""
    import sys

    beside = os.path.join(os.path.dirname(sys.executable), "charthouse")
    for candidate in (called, beside):
        if "/" in candidate and os.path.isfile(candidate) and os.access(candidate, os.X_OK):
            return os.path.abspath(candidate)
    from shutil import which

    named = called if called and "/" not in called else "charthouse"
    return which(named, path=environ.get("PATH", "")) or which("charthouse", path=environ.get("PATH", "")) or called


def streams(context: Context) -> Streams:
    """Our standard streams, what was written so far sent out first."""
    from charthouse.plugins.running import Streams

    context.out.flush()
    context.err.flush()
    return Streams(None, _handle(context.out.raw), _handle(context.err.raw))


def _handle(raw: object) -> int | None:
    """The system's handle of a stream; None (ours) when it has none, as in tests."""
    try:
        number = raw.fileno()  # type: ignore[attr-defined]  # any stream may lack it
    except (AttributeError, OSError, ValueError):
        return None
    return int(number)


def call_hook(context: Context, plugin: Plugin, event: str) -> None:
    """Run what a plugin wants done on "install", "update" or "delete". Raises PluginError."""
    from charthouse.plugins.running import run_hook

    run_hook(plugin, event, plugin_environ(context), streams(context), context.log)
