"""Plugins on this machine: every directory below the plugins directories that holds a ``plugin.yaml``.

Rules: Helm 4.3.1 ``internal/plugin/loader.go`` (``LoadDir``, ``LoadAllDir``, ``FindPlugins``, ``detectDuplicates``).
What cannot be read is logged and left out.
"""

from __future__ import annotations

import os

from charthouse.golang.strconv import quote
from charthouse.logs import WARN, LogRecord
from charthouse.plugins.errors import NotFound, PluginError
from charthouse.plugins.metadata import EXTISM, Metadata
from charthouse.plugins.reading import FILE_NAME, read_metadata
from charthouse.records import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from charthouse.logs import Log

__all__ = ["WASM", "Plugin", "check_duplicates", "find", "find_one", "load", "load_all", "log_ignored"]

WASM = "plugin.wasm"
_LARGEST = 1 << 20


class Plugin(Record):
    """An installed plugin. directory: as it was found."""

    directory: str
    metadata: Metadata


def load(directory: str) -> Plugin:
    """The plugin in `directory`. Raises PluginError with Helm's text."""
    path = os.path.join(directory, FILE_NAME)
    try:
        with open(path, "rb") as stream:
            data = stream.read(_LARGEST + 1)
    except OSError as error:
        from charthouse.charts.oserror import reading_text

        raise PluginError(f"failed to read plugin at {quote(path)}: {reading_text(path, error)}") from error
    try:
        if len(data) > _LARGEST:
            raise PluginError(f"{FILE_NAME} is larger than {_LARGEST} bytes")
        metadata = read_metadata(data)
    except PluginError as error:
        raise PluginError(f"failed to load plugin {quote(directory)}: {error}", hint=error.hint) from error
    if metadata.runtime == EXTISM:
        wasm = os.path.join(directory, WASM)
        if not os.path.exists(wasm):
            raise PluginError(f"wasm binary missing for {EXTISM} plugin: {quote(wasm)}")
    return Plugin(directory, metadata)


def load_all(base: str, *, log: Log) -> list[Plugin]:
    """The plugins below one directory, by the names of their directories. Raises PluginError for duplicates."""
    found = []
    for directory in directories(base):
        try:
            found.append(load(directory))
        except PluginError as error:
            log_ignored(directory, error.message, log)
    check_duplicates([(plugin.metadata.name, plugin.directory) for plugin in found])
    return found


def directories(base: str) -> list[str]:
    """The directories below `base` with a plugin in them."""
    try:
        names = sorted(os.listdir(base or "."))
    except OSError:
        return []
    paths = [os.path.join(base, name) for name in names]
    return [path for path in paths if os.path.lexists(os.path.join(path, FILE_NAME))]


def log_ignored(directory: str, problem: str, log: Log) -> None:
    """Say that a plugin could not be read."""
    path = os.path.join(directory, FILE_NAME)
    log(LogRecord(WARN, "failed to load plugin (ignoring)", plugin_yaml=path, error=problem))


def check_duplicates(found: Sequence[tuple[str, str]]) -> None:
    """Raises PluginError when two of the (name, directory) pairs have one name."""
    seen: dict[str, str] = {}
    for name, directory in found:
        if name in seen:
            raise PluginError(
                f"two plugins claim the name {quote(name)} at {quote(seen[name])} and {quote(directory)}",
                hint="remove one of the two directories",
            )
        seen[name] = directory


def find(bases: Sequence[str], *, type: str = "", name: str = "", log: Log) -> list[Plugin]:
    """All plugins below `bases` of that type and name ("" = any). Raises PluginError for duplicates."""
    found = [plugin for base in bases for plugin in load_all(base, log=log)]
    return [
        plugin
        for plugin in found
        if (not name or plugin.metadata.name == name) and (not type or plugin.metadata.type == type)
    ]


def find_one(bases: Sequence[str], *, type: str, name: str, log: Log) -> Plugin:
    """The first plugin of that type and name. Raises NotFound."""
    found = find(bases, type=type, name=name, log=log)
    if not found:
        raise NotFound(f"plugin: {{Name:{name} Type:{type}}} not found")
    return found[0]
