"""Parsed templates on disk, one file per chart content, so that the second render need not parse.

A file is named after what it holds: a digest of the syntax tree's version, Python's marshal format and every template's
path and bytes. `marshal` must never read what others could have written, which ``privatedir`` sees to; a file that is
damaged is ignored and written anew. When the directory grows past its limit, the oldest files go.
"""

from __future__ import annotations

from charthouse.privatedir import PrivateDirectory

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

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

    def load(self, key: bytes) -> dict[Any, Any] | None:
        """What is stored under a key, None when there is nothing to be trusted."""
        if not key:
            return None
        with PrivateDirectory(self.directory) as directory:
            data = directory.read(key.hex(), self.limit)
        body = memoryview(data)[len(_MAGIC) + 16 :]
        if data[: len(_MAGIC)] != _MAGIC or _checksum(body) != data[len(_MAGIC) : len(_MAGIC) + 16]:
            return None
        import marshal

        try:
            found: Any = marshal.loads(body)
        except (EOFError, ValueError, TypeError):
            return None
        return found if type(found) is dict else None

    def store(self, key: bytes, found: dict[Any, Any]) -> None:
        """Keep trees; does nothing where that is impossible (a full disk, a read-only home, trees too deep)."""
        if not key:
            return
        import marshal

        try:
            body = marshal.dumps(found)
        except ValueError:
            return
        with PrivateDirectory(self.directory, create=True) as directory:
            if directory.write(key.hex(), _MAGIC + _checksum(body) + body):
                directory.shrink(self.limit)

    def heads_key(self, chart: str) -> bytes:
        """Where the heads of a chart's documents are kept (``manifests.known``). chart: its name and version."""
        import sys
        from _blake2 import blake2b

        text = f"heads {sys.implementation.cache_tag} {sys.hexversion} {chart}"
        return blake2b(text.encode("utf-8", "surrogateescape"), digest_size=24).digest()


def _checksum(body: Any) -> bytes:
    from _blake2 import blake2b

    return blake2b(body, digest_size=16).digest()
