"""What every command line must know of the plugins before it knows its command: their names, and which are broken.

Nothing is imported for a plugins directory that is absent or empty. For others the directories are listed and every
``plugin.yaml`` is looked at by size, date and inode; what they said last time is in our cache.

Rules: Helm 4.3.1 ``pkg/cmd/load_plugins.go`` (``loadCLIPlugins``), which reads every file in every run.
"""

from __future__ import annotations

import os

from charthouse.records import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from charthouse.logs import Log

    Row = tuple[str, str, str, str, str, str, str]

__all__ = ["Entry", "Scan", "scan"]

_VERSION = 1
_MOST = 1 << 20
_FILE = "plugin.yaml"


class Entry(Record):
    """A plugin as the command tree needs it. problem: why it cannot be used, "" when it can."""

    directory: str
    problem: str = ""
    name: str = ""
    type: str = ""
    usage: str = ""
    short_help: str = ""
    long_help: str = ""


class Scan(Record):
    """The plugins directories as they are. error: why no plugin at all may be loaded ("" = nothing)."""

    entries: tuple[Entry, ...] = ()
    error: str = ""

    def report(self, log: Log) -> None:
        """Log what could not be read, as Helm does whenever it looks for plugins."""
        from charthouse.plugins.discovery import log_ignored

        for entry in self.entries:
            if entry.problem:
                log_ignored(entry.directory, entry.problem, log)


def scan(path: str, own_cache: str) -> Scan:
    """Every plugin below the directories of `path` (separated like PATH). own_cache: our cache directory, "" = none."""
    states = [_state(base) for base in path.split(os.pathsep) if base] if path else []
    if not any(states):
        return Scan()
    key = repr((_VERSION, states))
    name = _cache_name(path)
    kept = _read(own_cache, name)
    if kept is not None and kept[0] == key:
        return Scan(tuple(Entry(*row) for row in kept[1]), kept[2])
    found = _look([[directory for directory, *_ in state] for state in states])
    if not any(entry.type == "" and not entry.problem for entry in found.entries):
        rows = [tuple(getattr(entry, field) for field in Entry._fields) for entry in found.entries]
        _write(own_cache, name, (key, rows, found.error))
    return found


def _state(base: str) -> list[tuple[str, int, int, int, int]]:
    """Directory, size, time and inode of every plugin.yaml below `base`, and whether a WebAssembly file is there."""
    try:
        names = os.listdir(base)
    except OSError:
        return []
    out = []
    for name in sorted(names):
        directory = f"{base}/{name}" if base[-1] != "/" else base + name
        try:
            info = os.stat(f"{directory}/{_FILE}")
        except OSError:
            if not os.path.lexists(f"{directory}/{_FILE}"):
                continue
            out.append((directory, 0, 0, 0, 0))
            continue
        wasm = os.path.exists(f"{directory}/plugin.wasm")
        out.append((directory, info.st_size, info.st_mtime_ns, info.st_ino, int(wasm)))
    return out


def _look(bases: list[list[str]]) -> Scan:
    from charthouse.plugins.discovery import check_duplicates, load
    from charthouse.plugins.errors import PluginError

    entries: list[Entry] = []
    error = ""
    for directories in bases:
        named = []
        for directory in directories:
            directory = os.path.normpath(directory)
            try:
                metadata = load(directory).metadata
            except PluginError as problem:
                entries.append(Entry(directory, problem.message))
                continue
            named.append((metadata.name, directory))
            entries.append(
                Entry(
                    directory, "", metadata.name, metadata.type, metadata.usage, metadata.short_help, metadata.long_help
                )
            )
        try:
            check_duplicates(named)
        except PluginError as problem:
            error = error or problem.message
    return Scan(tuple(entries), error)


def _cache_name(path: str) -> str:
    from zlib import crc32

    data = path.encode("utf-8", "surrogateescape")
    return f"{crc32(data):08x}{len(data):x}"


def _read(own_cache: str, name: str) -> tuple[str, list[Row], str] | None:
    if not own_cache:
        return None
    import marshal

    from charthouse.privatedir import PrivateDirectory

    with PrivateDirectory(f"{own_cache}/plugins") as folder:
        data = folder.read(name, _MOST)
    if not data:
        return None
    try:
        key, rows, error = marshal.loads(data)
    except (ValueError, EOFError, TypeError):
        return None  # written by another Python, or damaged
    return key, rows, error


def _write(own_cache: str, name: str, kept: tuple[str, list[tuple[str, ...]], str]) -> None:
    if not own_cache:
        return
    import marshal

    from charthouse.privatedir import PrivateDirectory

    with PrivateDirectory(f"{own_cache}/plugins", create=True) as folder:
        folder.write(name, marshal.dumps(kept))
