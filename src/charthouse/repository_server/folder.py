"""A storage in a local folder, shared with whatever else puts charts there.

Files come by rename from ``.charthouse/`` below the folder, written through to the disk first, so that a process that
dies at any point leaves whole files. ``.charthouse/lock`` keeps writers apart (``flock``, also between processes);
what is found half-written while holding it was left by a dead one. Readers take no lock.
"""

from __future__ import annotations

import os
import stat
import threading
import time
from contextlib import contextmanager

from charthouse.distribution.atomic import FileLock
from charthouse.distribution.errors import DistributionError
from charthouse.repository_server.errors import StorageError, StorageFull
from charthouse.repository_server.storage import Stamp, is_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["OWN", "Folder"]

OWN = ".charthouse"
"""Our folder in the folder: lock, journal, what is being written."""
_STEP = 0.004  # seconds between two looks at the lock


class Folder:
    """The folder at `path`, which must exist. Raises StorageError."""

    def __init__(self, path: str) -> None:
        self.where = os.path.abspath(path)
        self.own = os.path.join(self.where, OWN)
        self._writing = threading.Lock()
        if not os.path.isdir(self.where):
            raise StorageError(f"{path} is no directory", hint=f"mkdir -p {path}")

    def mark(self) -> int:
        try:
            return os.stat(self.where).st_mtime_ns
        except OSError as error:
            raise _failure("stat", self.where, error) from error

    def list(self) -> dict[str, Stamp]:
        found = {}
        try:
            with os.scandir(self.where) as entries:
                for entry in entries:
                    if not is_name(entry.name):
                        continue
                    try:
                        info = entry.stat()
                    except FileNotFoundError:
                        continue  # deleted meanwhile, or a link to nothing
                    if stat.S_ISREG(info.st_mode):
                        found[entry.name] = _stamp(info)
        except OSError as error:
            raise _failure("read", self.where, error) from error
        return found

    def marks(self) -> dict[str, str]:
        try:
            with os.scandir(self.where) as entries:
                return {entry.name: str(entry.inode()) for entry in entries if is_name(entry.name)}
        except OSError as error:
            raise _failure("read", self.where, error) from error

    def stat(self, name: str) -> Stamp | None:
        try:
            info = os.stat(self._path(name))
        except FileNotFoundError:
            return None
        except OSError as error:
            raise _failure("stat", name, error) from error
        return _stamp(info) if stat.S_ISREG(info.st_mode) else None

    def open(self, name: str) -> _Open | None:
        try:
            handle = os.open(self._path(name), os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise _failure("open", name, error) from error
        info = os.fstat(handle)
        if not stat.S_ISREG(info.st_mode):
            os.close(handle)
            return None
        return _Open(handle, _stamp(info))

    def write(self, name: str, data: bytes) -> Stamp:
        path = self._path(name)
        temporary = os.path.join(self.own, f"new.{os.getpid()}.{os.urandom(4).hex()}")
        try:
            handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644)
            try:
                with os.fdopen(handle, "wb") as stream:
                    stream.write(data)
                    stream.flush()
                    os.fsync(stream.fileno())
                    info = os.fstat(stream.fileno())
                os.rename(temporary, path)
            except OSError:
                os.unlink(temporary)
                raise
            self._settle()
        except OSError as error:
            raise _failure("write", name, error) from error
        return _stamp(info)

    def delete(self, name: str) -> bool:
        try:
            os.unlink(self._path(name))
            self._settle()
        except FileNotFoundError:
            return False
        except OSError as error:
            raise _failure("remove", name, error) from error
        return True

    @contextmanager
    def locked(self) -> Iterator[None]:
        with self._writing:
            try:
                os.makedirs(self.own, 0o755, exist_ok=True)
                with FileLock(os.path.join(self.own, "lock"), sleep=_wait, monotonic=time.monotonic):
                    self._clean()
                    yield
            except DistributionError as error:
                raise StorageError(error.message, hint=error.hint) from error
            except OSError as error:
                raise _failure("lock", self.where, error) from error

    def _clean(self) -> None:
        """Take away what a dead writer left; we hold the lock, so nobody living is writing."""
        for name in os.listdir(self.own):
            if name.startswith("new."):
                os.unlink(os.path.join(self.own, name))

    def _settle(self) -> None:
        """Have the folder's own entries on the disk, so that a power cut undoes nothing that was answered."""
        handle = os.open(self.where, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)

    def _path(self, name: str) -> str:
        if not is_name(name):
            raise StorageError(f"{name!r} is no name of a chart's file")
        return os.path.join(self.where, name)


class _Open:
    """A Blob over a file handle."""

    __slots__ = ("_handle", "stamp")

    def __init__(self, handle: int, stamp: Stamp) -> None:
        self._handle = handle
        self.stamp = stamp

    def read(self, offset: int, length: int) -> bytes:
        out = bytearray()
        while len(out) < length:
            try:
                piece = os.pread(self._handle, length - len(out), offset + len(out))
            except OSError as error:
                raise StorageError(f"read: {(error.strerror or str(error)).lower()}") from error
            if not piece:
                raise StorageError("read: the file became shorter")
            out += piece
        return bytes(out)

    def close(self) -> None:
        os.close(self._handle)


def _wait(_: float) -> None:
    time.sleep(_STEP)


def _stamp(info: os.stat_result) -> Stamp:
    return Stamp(info.st_size, info.st_mtime_ns, str(info.st_ino))


def _failure(what: str, name: str, error: OSError) -> StorageError:
    import errno

    kind = StorageFull if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG) else StorageError
    return kind(f"{what} {name}: {(error.strerror or str(error)).lower()}")
