"""What can go wrong in the server, for whom.

::

    CharthouseError
        └── ServerError         the server cannot start or go on
            ├── StorageError    the storage cannot be read or written
            │   └── StorageFull there is no room
            └── Refused         a request that is answered with an error (`status`)
"""

from __future__ import annotations

from charthouse.errors import CharthouseError

__all__ = ["Refused", "ServerError", "StorageError", "StorageFull"]


class ServerError(CharthouseError):
    """The root of this package's errors."""


class StorageError(ServerError):
    """The storage cannot be read or written."""


class StorageFull(StorageError):
    """There is no room for what should be written."""


class Refused(ServerError):
    """What a client gets instead of what it asked for. status: of the HTTP answer; headers: beside the usual ones."""

    def __init__(self, status: int, message: str, *, headers: tuple[tuple[str, str], ...] = ()) -> None:
        super().__init__(message)
        self.status = status
        self.headers = headers
