"""Reading a file that a chart names, whatever lies there: regular files only, and no more than a chart may have.

A chart is a directory somebody else filled. Where Helm opens by name what it has not looked at (Chart.yaml,
.helmignore, the files lint reads), a pipe makes it wait for ever and a device gives bytes without end; here both are
refused.
"""

from __future__ import annotations

import errno
import os
import stat

__all__ = ["LARGEST", "read_bounded", "read_expected", "read_regular"]

LARGEST = 100 << 20
"""Bytes of one file: Helm's limit for all files of a chart."""

_CHUNK = 1 << 20
_NO_WAIT = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)


def read_regular(path: str, *, limit: int = LARGEST) -> bytes:
    """The bytes of a regular file, or of the one a link leads to.

    Raises OSError; with the text `not a regular file` for pipes, sockets and devices, `file too large` over the limit.
    """
    handle = os.open(path, os.O_RDONLY | _NO_WAIT)  # opening a pipe must not wait for its writer
    try:
        found = os.fstat(handle)
        if stat.S_ISDIR(found.st_mode):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), path)
        if not stat.S_ISREG(found.st_mode):
            raise OSError(errno.EINVAL, "not a regular file", path)
        if found.st_size > limit:
            raise OSError(errno.EFBIG, os.strerror(errno.EFBIG), path)
        return _all(_read(handle, found.st_size, limit), path, limit)
    finally:
        os.close(handle)


def read_expected(path: str, size: int, limit: int) -> bytes:
    """The bytes of a file that was seen to be regular and of a size; limit + 1 of them at most. Raises OSError."""
    handle = os.open(path, os.O_RDONLY | _NO_WAIT)
    try:
        return _read(handle, size, limit)
    finally:
        os.close(handle)


def _read(handle: int, size: int, limit: int) -> bytes:
    """All there is up to limit + 1 bytes. size: as many are expected, which takes two system calls."""
    data = os.read(handle, min(size, limit) + 1)
    if len(data) == size:
        return data  # a regular file gives less than asked for only at its end
    parts = [data]
    total = len(data)
    while data and total <= limit:
        data = os.read(handle, min(limit + 1 - total, _CHUNK))
        parts.append(data)
        total += len(data)
    return b"".join(parts)


def read_bounded(path: str, *, limit: int = LARGEST) -> bytes:
    """The bytes of a file the user named, which may be a pipe (`-f <(…)`). Raises OSError, as `read_regular`."""
    with open(path, "rb") as stream:
        return _all(stream.read(limit + 1), path, limit)


def _all(data: bytes, path: str, limit: int) -> bytes:
    if len(data) > limit:
        raise OSError(errno.EFBIG, os.strerror(errno.EFBIG), path)
    return data
