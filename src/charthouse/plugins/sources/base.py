"""What every source of plugins has, and the archive as the form most of them end in.

Rules: Helm 4.3.1 ``internal/plugin/installer``: ``base.go``, ``installer.go`` (``InstallWithOptions``),
``plugin_structure.go`` (``detectPluginRoot``). A local directory and an archive of the web go into Helm's data
directory, a repository and a registry's plugin into HELM_PLUGINS, as in Helm; the archive is kept beside them for
``plugin list``.
"""

from __future__ import annotations

import os

from charthouse.plugins.archive import extract, metadata_of
from charthouse.plugins.errors import InstallError, PluginError
from charthouse.plugins.placing import unpacked, write_file
from charthouse.plugins.reading import FILE_NAME
from charthouse.records import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["NO_METADATA", "Bundle", "Places", "Source", "is_plugin", "place_archive", "plugin_root"]

NO_METADATA = "plugin metadata (plugin.yaml) missing"


class Places(Record):
    """Where things go. plugins: HELM_PLUGINS as it stands; data: Helm's data directory; cache: Helm's cache."""

    plugins: str
    data: str
    cache: str

    def data_path(self, name: str) -> str:
        """A plugin, or its archive, in Helm's data directory."""
        return os.path.join(self.data, "plugins", name)


class Bundle(Record):
    """An archive with its provenance (b"" = none) and what it is called."""

    archive: bytes
    provenance: bytes
    file_name: str


class Source:
    """Base of all sources. place: where the plugin will be; is_directory: a directory on this machine; unfetched: what
    Helm says before the reason when nothing can be fetched to be verified."""

    unfetched = ""
    place = ""
    is_directory = False

    def verifiable(self) -> bool:
        """Whether a signature can be looked at."""
        return False

    def bundle(self) -> Bundle:
        """What is signed, and the signature. Raises PluginError."""
        raise InstallError("--verify is only supported for plugin tarballs (.tgz files)")

    def install(self) -> None:
        """Put the plugin at `place`, where nothing is. Raises PluginError."""
        raise InstallError(f"nothing can be installed at {self.place}")

    def update(self) -> None:
        """Bring the plugin at `place` up to date. Raises PluginError."""
        raise InstallError("method Update() not implemented for HttpInstaller")


def is_plugin(directory: str) -> bool:
    """Whether there is a plugin.yaml."""
    return os.path.exists(os.path.join(directory, FILE_NAME))


def plugin_root(directory: str, missing: str) -> str:
    """The directory with the plugin: `directory`, or one right below it. Raises InstallError with `missing`."""
    if is_plugin(directory):
        return directory
    for name in sorted(os.listdir(directory)):
        below = os.path.join(directory, name)
        if os.path.isdir(below) and is_plugin(below):
            return below
    raise InstallError(missing)


def place_archive(bundle: Bundle, place: str, places: Places, prefix: str, root: Callable[[str], str]) -> None:
    """Take an archive apart at `place` and keep it beside the plugins. prefix: Helm's words before what is wrong in it;
    root: finds the plugin in the directory it was taken apart in. Raises PluginError."""
    try:
        metadata = metadata_of(bundle.archive)
    except PluginError as error:
        text = f"failed to extract plugin metadata from tarball: {error}"
        raise InstallError(text, hint=error.hint) from error

    def fill(temporary: str) -> str:
        try:
            extract(bundle.archive, temporary)
        except InstallError as error:
            raise InstallError(f"{prefix}: {error}", hint=error.hint or "nothing was installed") from error
        return root(temporary)

    unpacked(place, fill)
    kept = places.data_path(metadata.file_name)
    write_file(kept, bundle.archive)
    if bundle.provenance:
        write_file(f"{kept}.prov", bundle.provenance)
