"""Parsed templates on disk, one file per chart content, so that the second render need not parse.

A file is named after what it holds: a digest of the syntax tree's version, Python's marshal format and every template's
path and bytes. `marshal` must never read what others could have written, so the directory is ours alone (mode 0700, our
user id, no symbolic link) or the cache stays unused; a file that is damaged is ignored and written anew. Files appear
by atomic rename. When the directory grows past its limit, the oldest files go.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from charthouse.gotemplate.nodes import Tree

__all__ = ["TreeCache"]

_MAGIC = b"charthouse-trees\1"
# Below this much template text parsing is cheaper than the two system calls it would save.
_WORTHWHILE = 4096


class TreeCache:
    """A directory of parsed templates. limit: bytes it may hold."""

    __slots__ = ("directory", "limit")

    def __init__(self, directory: str, *, limit: int = 256 << 20) -> None:
        self.directory = directory
        self.limit = limit

    def key(self, templates: list[tuple[str, bytes]]) -> bytes:
        """The digest of templates (path, text), b"" when caching them is not worth it."""
        if sum(len(data) for _, data in templates) < _WORTHWHILE:
            return b""
        import sys
        from _blake2 import blake2b

        from charthouse.gotemplate.nodes import VERSION

        digest = blake2b(digest_size=24)
        digest.update(f"{VERSION} {sys.implementation.cache_tag} {sys.hexversion}".encode())
        for path, data in templates:
            name = path.encode("utf-8", "surrogateescape")
            digest.update(b"%d %d " % (len(name), len(data)))
            digest.update(name)
            digest.update(data)
        return digest.digest()

    def load(self, key: bytes) -> dict[str, Tree] | None:
        """The trees stored under a key, None when there are none to be trusted."""
        if not key:
            return None
        import marshal
        import os
        import stat

        try:
            if not self._private():
                return None
            handle = os.open(self._path(key), os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
            try:
                info = os.fstat(handle)
                if info.st_uid != os.geteuid() or info.st_mode & 0o077 or not stat.S_ISREG(info.st_mode):
                    return None
                data = os.read(handle, info.st_size) if info.st_size < self.limit else b""
            finally:
                os.close(handle)
        except OSError:
            return None
        body = memoryview(data)[len(_MAGIC) + 16 :]
        if data[: len(_MAGIC)] != _MAGIC or _checksum(body) != data[len(_MAGIC) : len(_MAGIC) + 16]:
            return None
        try:
            trees: Any = marshal.loads(body)
        except (EOFError, ValueError, TypeError):
            return None
        return trees if type(trees) is dict else None

    def store(self, key: bytes, trees: dict[str, Tree]) -> None:
        """Keep trees; does nothing where that is impossible (a full disk, a read-only home, trees too deep)."""
        if not key:
            return
        import marshal
        import os

        try:
            body = marshal.dumps(trees)
        except ValueError:
            return
        path = self._path(key)
        temporary = f"{path}.{os.getpid()}"
        try:
            os.makedirs(self.directory, mode=0o700, exist_ok=True)
            if not self._private():
                return
            handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
            try:
                with open(handle, "wb") as stream:
                    stream.write(_MAGIC + _checksum(body) + body)
                os.rename(temporary, path)
            except OSError:
                os.unlink(temporary)
            self._shrink()
        except OSError:
            return

    def _path(self, key: bytes) -> str:
        return f"{self.directory}/{key.hex()}"

    def _private(self) -> bool:
        import os
        import stat

        info = os.lstat(self.directory)
        return stat.S_ISDIR(info.st_mode) and info.st_uid == os.geteuid() and not info.st_mode & 0o077

    def _shrink(self) -> None:
        """Remove the oldest files until half the limit is free again."""
        import os

        with os.scandir(self.directory) as entries:
            files = [(info.st_mtime, info.st_size, entry.path) for entry in entries for info in (entry.stat(),)]
        total = sum(size for _, size, _ in files)
        if total <= self.limit:
            return
        for _, size, path in sorted(files):
            os.unlink(path)
            total -= size
            if total <= self.limit // 2:
                return


def _checksum(body: Any) -> bytes:
    from _blake2 import blake2b

    return blake2b(body, digest_size=16).digest()
