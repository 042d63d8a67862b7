"""What can go wrong with plugins."""

from __future__ import annotations

from charthouse.errors import CharthouseError

__all__ = ["InstallError", "MetadataError", "NotFound", "PluginError", "PluginExit"]


class PluginError(CharthouseError):
    """A plugin cannot be read, installed or run."""


class MetadataError(PluginError):
    """A ``plugin.yaml`` says what no plugin may say."""


class NotFound(PluginError):
    """There is no such plugin."""


class InstallError(PluginError):
    """A plugin cannot be installed, updated or removed; nothing is half-written."""


class PluginExit(PluginError):
    """A plugin ended with a status of its own. status: as the system gives it, 255 when a signal ended it."""

    def __init__(self, name: str, status: int) -> None:
        from charthouse.golang.strconv import quote

        super().__init__(f"plugin {quote(name)} exited with error")
        self.status = status
