"""A directory, which is linked to (so that it can be worked on), or an archive on this machine.

Rules: Helm 4.3.1 ``internal/plugin/installer/local_installer.go``.
"""

from __future__ import annotations

import os

from charthouse.charts.oserror import go_text
from charthouse.plugins.archive import is_archive, plugin_name
from charthouse.plugins.errors import InstallError
from charthouse.plugins.sources.base import NO_METADATA, Bundle, Places, Source, is_plugin, place_archive

__all__ = ["LocalSource"]


class LocalSource(Source):
    """path: as typed."""

    def __init__(self, path: str, places: Places) -> None:
        self.path = os.path.abspath(path)
        self._places = places
        self.is_directory = not is_archive(self.path)
        name = os.path.basename(self.path)
        self.place = places.data_path(name if self.is_directory else plugin_name(name))

    def verifiable(self) -> bool:
        return not self.is_directory

    def bundle(self) -> Bundle:
        return Bundle(self._read(self.path), self._provenance(), os.path.basename(self.path))

    def _read(self, path: str) -> bytes:
        try:
            with open(path, "rb") as stream:
                return stream.read()
        except OSError as error:
            raise InstallError(f"failed to read plugin file: {go_text('open', path, error)}") from error

    def _provenance(self) -> bytes:
        path = f"{self.path}.prov"
        try:
            with open(path, "rb") as stream:
                return stream.read()
        except FileNotFoundError:
            return b""
        except OSError as error:
            text = f"failed to access provenance file {path}: {go_text('open', path, error)}"
            raise InstallError(text) from error

    def install(self) -> None:
        if not self.is_directory:
            place_archive(self.bundle(), self.place, self._places, "failed to extract archive", self._root)
            return
        if not os.path.isdir(self.path):
            raise InstallError("expected plugin to be a directory (containing a file 'plugin.yaml')")
        if not is_plugin(self.path):
            raise InstallError(NO_METADATA, hint=f"there is no plugin.yaml in {self.path}")
        try:
            os.symlink(self.path, self.place)
        except OSError as error:
            raise InstallError(f"symlink {self.path} {self.place}: {(error.strerror or '').lower()}") from error

    def _root(self, directory: str) -> str:
        """An archive on this machine has the plugin in a directory of its name."""
        expected = os.path.join(directory, os.path.basename(self.place))
        if not is_plugin(expected):
            inside = ", ".join(sorted(os.listdir(directory)))
            path = os.path.join(expected, "plugin.yaml")
            raise InstallError(
                f"plugin.yaml not found in expected directory {expected}: stat {path}: no such file or directory",
                hint=f"the archive's name says {os.path.basename(self.place)}, inside there is: {inside}",
            )
        return expected

    def update(self) -> None:
        """A link needs none."""
