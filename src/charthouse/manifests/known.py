"""Heads of documents that were read before, by a digest of their text.

To sort what a chart renders to, every document is read to its end, as Helm does; for a large chart that takes longer
than running its templates, and most documents are the same as last time. Only what sorting needs is kept, never a
document's contents. A document is known by 20 bytes of BLAKE2b, so another one cannot pass for it.
"""

from __future__ import annotations

from _blake2 import blake2b

from charthouse.manifests.head import read_head
from charthouse.manifests.hooks import Head

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from charthouse.profile import Profile

__all__ = ["KnownHeads"]

_SMALL = 300  # characters that are read as fast as digested
_MOST = 5000


class KnownHeads:
    """known: what was kept before, as `rows` gave it; fresh: how many documents it did not have."""

    __slots__ = ("_known", "_used", "fresh")

    def __init__(self, known: dict[bytes, Any] | None = None) -> None:
        self._known: dict[bytes, Any] = known or {}
        self._used: dict[bytes, Any] = {}
        self.fresh = 0

    def read(self, document: str, profile: Profile) -> Head:
        """The head of one document; raises as ``read_head``, since what cannot be read is never kept."""
        if len(document) < _SMALL:
            return read_head(document, profile)
        digest = blake2b(document.encode("utf-8", "surrogateescape"), digest_size=20).digest()
        row = self._used.get(digest) or self._known.get(digest)
        if row is None:
            head = read_head(document, profile)
            row = (head.api_version, head.kind, head.name, head.has_metadata, head.annotations)
            self.fresh += 1
        if len(self._used) >= _MOST:
            self._used.clear()
        self._used[digest] = row
        annotations = row[4]
        return Head(row[0], row[1], row[2], row[3], None if annotations is None else dict(annotations))

    def rows(self) -> dict[bytes, Any]:
        """What is worth keeping: all heads of this time, and those of before if they are few."""
        few = len(self._known) + len(self._used) < _MOST
        return {**self._known, **self._used} if few else dict(self._used)
