"""Files only we could have written: a directory of our own, read and written so that nobody else has a hand in it.

What is kept between runs is read with ``marshal``, which must never see what another user wrote, so a file counts only
when its directory and the file itself belong to the user we run as, and nobody else may write or read either. Both are
looked at through the handles they are read by, opened without following a symbolic link, so that nothing can be
exchanged in between. Where that does not hold, or the disk is full, or the home is read-only, there simply is no file:
the caller works without. New files appear by rename, whole or not at all.
"""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import TracebackType

__all__ = ["PrivateDirectory"]

_KIND, _FOLDER, _FILE, _OTHERS = 0o170000, 0o040000, 0o100000, 0o077


class PrivateDirectory:
    """A directory of ours, as a context manager; `usable` says whether it is one.

    create: make it, and what it stands in, when it is not there.
    """

    __slots__ = ("_create", "_handle", "path")

    def __init__(self, path: str, *, create: bool = False) -> None:
        self.path = path
        self._create = create
        self._handle = -1

    def __enter__(self) -> PrivateDirectory:
        if not hasattr(os, "O_NOFOLLOW"):  # Windows
            return self
        flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
        try:
            if self._create:
                _make(self.path)
            handle = os.open(self.path, flags)
        except OSError:
            return self
        if _is_ours(os.fstat(handle), _FOLDER):
            self._handle = handle
        else:
            os.close(handle)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1

    @property
    def usable(self) -> bool:
        return self._handle >= 0

    def open(self, name: str) -> int:
        """A file of ours to read from, -1 when there is none, or none to be trusted. The caller closes it."""
        if self._handle < 0:
            return -1
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
        try:
            handle = os.open(name, flags, dir_fd=self._handle)
        except OSError:
            return -1
        if _is_ours(os.fstat(handle), _FILE):
            return handle
        os.close(handle)
        return -1

    def read(self, name: str, limit: int) -> bytes:
        """The bytes of a file of ours, b"" when there is none, or none to be trusted, or more than `limit` of them."""
        handle = self.open(name)
        if handle < 0:
            return b""
        try:
            size = os.fstat(handle).st_size
            data = os.read(handle, size) if size <= limit else b""
            return data if len(data) == size else b""
        except OSError:
            return b""
        finally:
            os.close(handle)

    def write(self, name: str, data: bytes) -> bool:
        """Put a file there, in the place of the one it has; whether that could be done."""
        if self._handle < 0:
            return False
        temporary = f"{name}.{os.getpid()}.{_thread_number()}"
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        try:
            handle = os.open(temporary, flags, 0o600, dir_fd=self._handle)
        except OSError:
            return False
        try:
            _write_all(handle, data)
            os.rename(temporary, name, src_dir_fd=self._handle, dst_dir_fd=self._handle)
            return True
        except OSError:
            os.unlink(temporary, dir_fd=self._handle)
            return False
        finally:
            os.close(handle)

    def shrink(self, limit: int) -> None:
        """Remove the files written longest ago until half of `limit` bytes is free again, if there are more."""
        if self._handle < 0:
            return
        found = []
        try:
            for name in os.listdir(self._handle):
                info = os.stat(name, dir_fd=self._handle, follow_symlinks=False)
                if info.st_mode & _KIND != _FOLDER:
                    found.append((info.st_mtime_ns, info.st_size, name))
            total = sum(size for _, size, _ in found)
            if total <= limit:
                return
            for _, size, name in sorted(found):
                os.unlink(name, dir_fd=self._handle)
                total -= size
                if total <= limit // 2:
                    return
        except OSError:
            return  # another process was quicker


def _is_ours(info: os.stat_result, kind: int) -> bool:
    mode = info.st_mode
    return mode & _KIND == kind and not mode & _OTHERS and info.st_uid == os.geteuid()


def _make(path: str) -> None:
    try:
        os.mkdir(path, 0o700)
    except FileExistsError:
        return
    except FileNotFoundError:
        parent = path.rstrip("/").rpartition("/")[0]
        if not parent:
            raise
        _make(parent)
        os.mkdir(path, 0o700)


def _thread_number() -> int:
    from _thread import get_ident

    return get_ident()


def _write_all(handle: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(handle, view) :]
