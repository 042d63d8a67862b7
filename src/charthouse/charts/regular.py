"""Reading a file that a chart names, whatever lies there: regular files only, and no more than a chart may have.

A chart is a directory somebody else filled. Where Helm opens by name what it has not looked at (Chart.yaml,
.helmignore, the files lint reads), a pipe makes it wait for ever and a device gives bytes without end; here both are
refused.
"""

from __future__ import annotations

import errno
import os
import stat

__all__ = ["LARGEST", "read_bounded", "read_regular"]

LARGEST = 100 << 20
"""Bytes of one file: Helm's limit for all files of a chart."""

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
        with open(handle, "rb", closefd=False) as stream:
            return _all(stream.read(limit + 1), path, limit)
    finally:
        os.close(handle)


def read_bounded(path: str, *, limit: int = LARGEST) -> bytes:
    """The bytes of a file the user named, which may be a pipe (`-f <(…)`). Raises OSError, as `read_regular`."""
    with open(path, "rb") as stream:
        return _all(stream.read(limit + 1), path, limit)


def _all(data: bytes, path: str, limit: int) -> bytes:
    if len(data) > limit:
        raise OSError(errno.EFBIG, os.strerror(errno.EFBIG), path)
    return data
