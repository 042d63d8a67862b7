"""A storage in a bucket, or anything else fsspec knows (``s3://bucket/charts``), the extra ``charthouse[objects]``.

An object is put whole or not at all by the service. There is no lock between processes: one server writes, others read
(docs/guides/serving.md). fsspec is told to list anew each time: what it remembers is of no use to a server that waits
for changes.
"""

from __future__ import annotations

import threading

from charthouse.repository_server.errors import StorageError
from charthouse.repository_server.storage import Stamp, is_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from typing import Any

__all__ = ["Objects", "is_address"]


def is_address(text: str) -> bool:
    """Whether `text` is the address of a bucket, not a path."""
    scheme, colon, _ = text.partition("://")
    return bool(colon) and scheme.replace("+", "").isalnum()


class Objects:
    """The objects directly below an address. Raises StorageError."""

    def __init__(self, address: str) -> None:
        try:
            from fsspec.core import url_to_fs  # type: ignore[import-untyped]  # it has no types
        except ImportError:
            raise StorageError(
                f"{_plain(address)} needs fsspec", hint="pip install 'charthouse[objects]' (with s3fs, for s3://)"
            ) from None
        self.where = _plain(address)
        try:
            self._system, root = url_to_fs(address, use_listings_cache=False)
        except (ImportError, ValueError, OSError) as error:
            raise StorageError(f"{self.where}: {error}", hint="the part before :// is a protocol of fsspec") from error
        self._root: str = root.rstrip("/")
        self._writing = threading.Lock()

    def mark(self) -> int:
        return -1

    def list(self) -> dict[str, Stamp]:
        try:
            rows = self._system.ls(self._root, detail=True)
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise self._failure("list", "", error) from error
        found = {}
        for row in rows:
            name = str(row["name"]).rpartition("/")[2]
            if row.get("type") == "file" and is_name(name):
                found[name] = _stamp(row)
        return found

    def marks(self) -> None:
        return None

    def stat(self, name: str) -> Stamp | None:
        try:
            return _stamp(self._system.info(self._path(name)))
        except FileNotFoundError:
            return None
        except OSError as error:
            raise self._failure("stat", name, error) from error

    def open(self, name: str) -> _Open | None:
        stamp = self.stat(name)
        return None if stamp is None else _Open(self, name, stamp)

    def write(self, name: str, data: bytes) -> Stamp:
        try:
            self._system.pipe_file(self._path(name), data)
        except OSError as error:
            raise self._failure("write", name, error) from error
        stamp = self.stat(name)
        if stamp is None or stamp.size != len(data):
            raise StorageError(f"write {name}: it is not there as it was sent")
        return stamp

    def delete(self, name: str) -> bool:
        if self.stat(name) is None:
            return False
        try:
            self._system.rm_file(self._path(name))
        except FileNotFoundError:
            return False
        except OSError as error:
            raise self._failure("remove", name, error) from error
        return True

    def locked(self) -> AbstractContextManager[object]:
        return self._writing

    def read(self, name: str, offset: int, length: int) -> bytes:
        try:
            data = self._system.cat_file(self._path(name), start=offset, end=offset + length)
        except OSError as error:
            raise self._failure("read", name, error) from error
        if len(data) != length:
            raise StorageError(f"read {name}: the object became shorter")
        return bytes(data)

    def _path(self, name: str) -> str:
        if not is_name(name):
            raise StorageError(f"{name!r} is no name of a chart's file")
        return f"{self._root}/{name}"

    def _failure(self, what: str, name: str, error: OSError) -> StorageError:
        return StorageError(f"{what} {self.where}/{name}: {error.strerror or type(error).__name__}")


class _Open:
    """A Blob over ranged reads."""

    __slots__ = ("_name", "_objects", "stamp")

    def __init__(self, objects: Objects, name: str, stamp: Stamp) -> None:
        self._objects = objects
        self._name = name
        self.stamp = stamp

    def read(self, offset: int, length: int) -> bytes:
        return self._objects.read(self._name, offset, length) if length else b""

    def close(self) -> None:
        return


def _stamp(row: dict[str, Any]) -> Stamp:
    """The row's size, time and ETag, under the names the protocols of fsspec have for them."""
    modified = next((row[key] for key in ("LastModified", "last_modified", "mtime", "modified", "created", "updated")
                     if row.get(key) is not None), 0)  # fmt: skip
    mark = next((row[key] for key in ("ETag", "etag", "md5Hash", "ino") if row.get(key)), "")
    return Stamp(int(row.get("size") or 0), _nanoseconds(modified), str(mark).strip('"'))


def _nanoseconds(moment: Any) -> int:
    if isinstance(moment, (int, float)):
        return int(moment * 1_000_000_000)
    if isinstance(moment, str):
        from datetime import datetime

        try:
            moment = datetime.fromisoformat(moment)
        except ValueError:
            return 0
    try:
        return int(moment.timestamp() * 1_000_000) * 1000
    except AttributeError:
        return 0


def _plain(address: str) -> str:
    """The address without what may be a password in it."""
    scheme, _, rest = address.partition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme}://{host.rpartition('@')[2]}{slash}{path.partition('?')[0]}".rstrip("/")
