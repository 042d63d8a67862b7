"""The catalogues of cached indexes: kept in our own cache, one file an index, and made when none is kept.

Such a file is right for an index with the same identity (device, inode, size, times), and for one with the same
content, whatever its identity: Helm writes an index anew at each update, changed or not. An index written at about the
time the file was made may have changed since without a trace, so then its content decides.

The file: a mark; sizes and CRC-32 of the head and of the rows; the head (``marshal``: identity, digest, heads,
warnings); the rows. Only the head is read at once. What is damaged, foreign (``privatedir``) or too large is not there.
"""

from __future__ import annotations

import os

from charthouse.distribution.catalogue import Catalogue, Damaged, tell
from charthouse.distribution.errors import IndexError_

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, BinaryIO

    from charthouse.distribution.cataloguing import Filled
    from charthouse.logs import Log

__all__ = ["keep", "known", "load"]

_MARK = b"charthouse catalogue 3\n"
_PREFIX = len(_MARK) + 32
_MOST_HEADS = 512 << 20
_MOST = 1 << 30
# Times of files come from a clock that ticks some hundred times a second.
_TICK = 50_000_000
_SIZE = 3  # in an identity


def load(path: str, cache: str, *, log: Log) -> Catalogue:
    """The catalogue of the index file at `path`. cache: our cache directory, "" = keep nothing.

    Raises IndexError_ with Helm's text.
    """
    try:
        with open(path, "rb") as stream:
            info = os.fstat(stream.fileno())
            found = _kept(path, info, stream, cache) if cache else None
            if found is None:
                stream.seek(0)
                found = _made(path, info, stream.read(), cache)
    except OSError as error:
        raise IndexError_(
            f"open {path}: {(error.strerror or str(error)).lower()}", hint="`charthouse repo update` fetches it"
        ) from error
    tell(found.warnings, log)
    return found.otherwise(lambda: load(path, "", log=lambda record: None))


def _made(path: str, info: os.stat_result, data: bytes, cache: str) -> Catalogue:
    from charthouse.distribution import cataloguing

    try:
        filled = cataloguing.read(data, path)
    except IndexError_ as error:
        raise IndexError_(f"error loading {path}: {error}", hint=error.hint) from error
    if cache:
        keep(path, info, data, filled, cache)
    return cataloguing.in_memory(filled)


def keep(path: str, info: os.stat_result, data: bytes, filled: Filled, cache: str) -> None:
    """Keep what was made of the index at `path`. info: of the file `data` was read from; cache: our cache directory."""
    heads, rows, warnings = filled
    _keep_head((_identity(path, info), _digest(data), heads, warnings), rows, path, cache)


def known(path: str, data: bytes, cache: str) -> Catalogue | None:
    """The catalogue kept for the index at `path`, if it is that of an index that says `data`."""
    file, found = _opened(path, cache) if cache else (None, ())
    if file is None or found[0][_SIZE] != len(data) or found[1] != _digest(data):
        return None
    return Catalogue(found[2], file.rows, found[3])


def _kept(path: str, info: os.stat_result, stream: BinaryIO, cache: str) -> Catalogue | None:
    """The catalogue of the index at `path`, if one is kept and right. info, stream: of the index, opened."""
    file, found = _opened(path, cache)
    if file is None:
        return None
    identity, digest, heads, warnings = found
    here = _identity(path, info)
    settled = file.made > max(info.st_mtime_ns, info.st_ctime_ns) + _TICK
    if identity != here or not settled:
        if identity[_SIZE] != info.st_size or _digest(stream.read()) != digest:
            return None
        try:
            _keep_head((here, digest, heads, warnings), file.all_rows(), path, cache)
        except (OSError, Damaged):
            return None
    return Catalogue(heads, file.rows, warnings)


def _opened(path: str, cache: str) -> tuple[_File | None, tuple[Any, ...]]:
    """What is kept for an index, and its head; (None, ()) for nothing."""
    from charthouse.privatedir import PrivateDirectory

    with PrivateDirectory(f"{cache}/indexes") as folder:
        handle = folder.open(_name(path))
    if handle < 0:
        return None, ()
    file = _File(handle)
    try:
        return file, file.head()
    except (OSError, ValueError, EOFError, TypeError, Damaged):
        return None, ()


class _File:
    """A kept catalogue, open as long as it is used."""

    __slots__ = ("_at", "_crc", "_handle", "_size", "made")

    def __init__(self, handle: int) -> None:
        self._handle = handle
        self.made = os.fstat(handle).st_mtime_ns
        self._at = self._size = self._crc = 0

    def __del__(self) -> None:
        os.close(self._handle)

    def head(self) -> tuple[Any, ...]:
        """Raises OSError, or what marshal raises, for one that is damaged."""
        import marshal
        from zlib import crc32

        prefix = os.pread(self._handle, _PREFIX, 0)
        numbers = [int.from_bytes(prefix[at : at + 8]) for at in range(len(_MARK), _PREFIX, 8)]
        if not prefix.startswith(_MARK) or len(prefix) != _PREFIX or numbers[0] > _MOST_HEADS:
            raise Damaged
        size, crc, self._size, self._crc = numbers
        self._at = _PREFIX + size
        data = os.pread(self._handle, size, _PREFIX)
        if len(data) != size or crc32(data) != crc or os.fstat(self._handle).st_size != self._at + self._size:
            raise Damaged
        found = marshal.loads(data)
        if type(found) is not tuple or len(found) != 4:
            raise Damaged
        return found

    def rows(self, begin: int, end: int) -> bytes:
        """The rows of one chart. Raises Damaged."""
        data = os.pread(self._handle, end - begin, self._at + begin)
        if len(data) != end - begin:
            raise Damaged
        return data

    def all_rows(self) -> bytes:
        """The rows of all charts. Raises Damaged."""
        from zlib import crc32

        data = self.rows(0, self._size)
        if crc32(data) != self._crc:
            raise Damaged
        return data


def _keep_head(found: tuple[Any, ...], rows: bytes, path: str, cache: str) -> None:
    import marshal
    from zlib import crc32

    from charthouse.privatedir import PrivateDirectory

    head = marshal.dumps(found)
    numbers = (len(head), crc32(head), len(rows), crc32(rows))
    prefix = _MARK + b"".join(number.to_bytes(8) for number in numbers)
    if len(rows) + len(head) > _MOST // 2:
        return
    with PrivateDirectory(f"{cache}/indexes", create=True) as folder:
        if folder.write(_name(path), b"".join((prefix, head, rows))):
            folder.shrink(_MOST)


def _identity(path: str, info: os.stat_result) -> tuple[Any, ...]:
    return (os.path.abspath(path), info.st_dev, info.st_ino, info.st_size, info.st_mtime_ns, info.st_ctime_ns)


def _digest(data: bytes) -> bytes:
    from _blake2 import blake2b

    return blake2b(data, digest_size=20).digest()


def _name(path: str) -> str:
    return _digest(os.path.abspath(path).encode("utf-8", "surrogateescape")).hex()
