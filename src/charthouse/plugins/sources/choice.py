"""Which source is meant by what was typed.

Rules: Helm 4.3.1 ``internal/plugin/installer/installer.go`` (``NewForSource``): a registry's by ``oci://``, else what
is there on this machine, else an archive on a web server, else a repository.
"""

from __future__ import annotations

import os

from charthouse.plugins.errors import InstallError, PluginError
from charthouse.plugins.sources.base import Places, Source

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from charthouse.distribution.fetch import Fetcher, Progress
    from charthouse.distribution.registry.charts import Registries
    from charthouse.logs import Log

__all__ = ["choose"]


def choose(
    typed: str, version: str, places: Places, fetcher: Fetcher, session_of: Registries, environ: Mapping[str, str],
    log: Log, progress: Progress | None = None,
) -> Source:  # fmt: skip
    """The source `typed` names. progress: hears how much of an archive of the web has come. Raises InstallError."""
    if typed.startswith("oci://"):
        from charthouse.plugins.sources.registry import RegistrySource

        return RegistrySource(typed, places, session_of)
    try:
        return _other(typed, version, places, fetcher, environ, log, progress)
    except PluginError as error:
        text = f'cannot get information about plugin source "{typed}" (if it\'s a local directory, does it exist?)'
        raise InstallError(f"{text}, last error was: {error}", hint=error.hint) from error


def _other(
    typed: str, version: str, places: Places, fetcher: Fetcher, environ: Mapping[str, str], log: Log,
    progress: Progress | None,
) -> Source:  # fmt: skip
    if os.path.exists(typed):
        from charthouse.plugins.sources.local import LocalSource

        return LocalSource(typed, places)
    from charthouse.plugins.sources.web import WebSource, serves_archive

    if serves_archive(typed, fetcher):
        return WebSource(typed, places, fetcher, progress)
    from charthouse.plugins.sources.git import GitSource, is_git

    source = GitSource(typed, version, places, environ, log)
    if not is_git(typed, source.local):
        hint = "a directory, an archive (.tgz), oci://…, or the address of a git repository is wanted"
        raise InstallError("Cannot detect VCS", hint=hint)
    return source
