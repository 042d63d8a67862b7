"""What a cached index says, kept in a form that is read in milliseconds.

Reading a large index as YAML takes seconds, and most commands want little of it, so its rows are kept beside our other
caches, with the index file's identity (device, inode, size, times). A file that changed is read anew. What Helm would
warn about each time it reads the index is kept too, and said each time.
"""

from __future__ import annotations

import os

from charthouse.distribution import index as indexes
from charthouse.distribution.errors import IndexError_
from charthouse.logs import LogRecord
from charthouse.records import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from charthouse.logs import Log

__all__ = ["Row", "load", "rows_of"]

_VERSION = 1
_LIMIT = 256 << 20


class Row(Record):
    """One version of a chart: what search prints and download needs. See index.ChartVersion."""

    version: str
    app_version: str
    description: str
    keywords: tuple[str, ...]
    urls: tuple[str, ...]
    digest: str
    deprecated: bool


def load(path: str, cache: str, *, log: Log) -> dict[str, list[Row]]:
    """The charts of the index file at `path`, versions newest first. cache: our cache directory, "" = keep nothing.

    Raises IndexError_ with Helm's text.
    """
    try:
        with open(path, "rb") as stream:
            before = os.fstat(stream.fileno())
            found = _kept(path, before, cache)
            data = b"" if found is not None else stream.read()
    except OSError as error:
        raise IndexError_(
            f"open {path}: {(error.strerror or str(error)).lower()}", hint="`charthouse repo update` fetches it"
        ) from error
    if found is None:
        found = _read(data, path)
        if cache:
            _keep(path, before, cache, found)
    charts, warnings = found
    for level, message, attributes in warnings:
        log(LogRecord(level, message, **dict(attributes)))
    return {name: [Row(*row) for row in rows] for name, rows in charts.items()}


def rows_of(index: indexes.Index) -> dict[str, list[Row]]:
    """The rows of an index in memory."""
    return {name: [Row(*_row(entry)) for entry in versions] for name, versions in index.entries.items()}


def _read(data: bytes, path: str) -> tuple[dict[str, Any], list[Any]]:
    warnings: list[tuple[str, str, list[tuple[str, str]]]] = []

    def note(record: LogRecord) -> None:
        warnings.append((record.level, record.message, [(k, str(v)) for k, v in record.attributes.items()]))

    try:
        index = indexes.load(data, path, log=note)
    except IndexError_ as error:
        raise IndexError_(f"error loading {path}: {error}", hint=error.hint) from error
    return {name: [_row(entry) for entry in versions] for name, versions in index.entries.items()}, warnings


def _row(entry: indexes.ChartVersion) -> tuple[Any, ...]:
    metadata = entry.metadata
    keywords, urls = tuple(metadata.keywords or ()), tuple(entry.urls or ())
    return (
        metadata.version, metadata.app_version, metadata.description, keywords, urls, entry.digest, metadata.deprecated
    )  # fmt: skip


def _identity(path: str, info: os.stat_result) -> tuple[Any, ...]:
    return (
        _VERSION, os.path.abspath(path), info.st_dev, info.st_ino, info.st_size, info.st_mtime_ns, info.st_ctime_ns
    )  # fmt: skip


def _file(path: str) -> str:
    from _blake2 import blake2b

    return blake2b(os.path.abspath(path).encode("utf-8", "surrogateescape"), digest_size=20).hexdigest()


def _kept(path: str, info: os.stat_result, cache: str) -> tuple[dict[str, Any], list[Any]] | None:
    if not cache:
        return None
    import marshal

    from charthouse.privatedir import PrivateDirectory

    with PrivateDirectory(f"{cache}/indexes") as folder:
        data = folder.read(_file(path), _LIMIT)
    if not data:
        return None
    try:
        kept: Any = marshal.loads(data)
    except (EOFError, ValueError, TypeError):
        return None  # damaged: read the index itself
    if type(kept) is not tuple or len(kept) != 3 or kept[0] != _identity(path, info):
        return None
    return kept[1], kept[2]


def _keep(path: str, info: os.stat_result, cache: str, found: tuple[dict[str, Any], list[Any]]) -> None:
    import marshal

    from charthouse.privatedir import PrivateDirectory

    with PrivateDirectory(f"{cache}/indexes", create=True) as folder:
        if folder.write(_file(path), marshal.dumps((_identity(path, info), *found))):
            folder.shrink(_LIMIT * 2)
