"""Where archives and their provenance files lie: what the catalogue needs of a place, and what names they may have.

A storage is flat: file name → bytes. A write is seen whole or not at all. A ``Stamp`` tells two contents of one name
apart without reading them; whoever remembers what a file held asks whether its stamp is still the same.
"""

from __future__ import annotations

import re
from typing import NamedTuple, Protocol

TYPE_CHECKING = False
if TYPE_CHECKING:
    from contextlib import AbstractContextManager

__all__ = ["ARCHIVE", "PROVENANCE", "Blob", "Stamp", "Storage", "is_name", "read_whole", "well_named"]

ARCHIVE = ".tgz"
PROVENANCE = ".tgz.prov"
_LONGEST = 240  # characters of a name; file systems take 255 bytes
_NAME = re.compile(r"[A-Za-z0-9_+][A-Za-z0-9._+-]*")


class Stamp(NamedTuple):
    """size: bytes. modified: nanoseconds since 1970. mark: what else tells two contents apart (inode, ETag)."""

    size: int
    modified: int
    mark: str


class Blob(Protocol):
    """A file that is being read: its stamp is that of the bytes `read` gives, whatever happens to the name."""

    stamp: Stamp

    def read(self, offset: int, length: int) -> bytes: ...

    def close(self) -> None: ...


class Storage(Protocol):
    """Where charts lie. Every method raises StorageError when the place does not answer.

    where: a path or an address, for people, without credentials.
    """

    where: str

    def mark(self) -> int:
        """Changes whenever a file comes or goes; -1 where that is not known without looking at everything."""

    def list(self) -> dict[str, Stamp]: ...

    def marks(self) -> dict[str, str] | None:
        """Name → the mark of its stamp, where that is much cheaper to have than whole stamps; else None."""

    def stat(self, name: str) -> Stamp | None: ...

    def open(self, name: str) -> Blob | None: ...

    def write(self, name: str, data: bytes) -> Stamp: ...

    def delete(self, name: str) -> bool:
        """Whether there was one."""

    def locked(self) -> AbstractContextManager[object]:
        """One writer at a time, of all that know this storage."""


def is_name(name: str) -> bool:
    """Whether a file of this name is part of a repository: an archive or a provenance file, no hidden one."""
    return name.endswith((ARCHIVE, PROVENANCE)) and well_named(name)


def well_named(name: str) -> bool:
    """Whether `name` may be (part of) a file name: letters, digits, ``._+-``, not hidden, not too long."""
    return len(name) <= _LONGEST and _NAME.fullmatch(name) is not None


def read_whole(storage: Storage, name: str, *, limit: int) -> tuple[bytes, Stamp] | None:
    """A file's bytes and the stamp that belongs to them; None when there is none, or when it is over `limit` bytes."""
    blob = storage.open(name)
    if blob is None:
        return None
    try:
        if blob.stamp.size > limit:
            return None
        return blob.read(0, blob.stamp.size), blob.stamp
    finally:
        blob.close()
