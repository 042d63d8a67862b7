"""What a storage driver does; the choice of one by name.

Whose rules: helm v4.3.1 pkg/storage/driver/driver.go, pkg/action/action.go (Configuration.Init). A driver works in one
namespace ("" = all of them, for listing only). Labels of records read by `query` and `list` are all labels of the
object, of those read by `get` only the user's, as Helm's drivers have it; the difference is visible in what an
upgrade stores.
"""

from __future__ import annotations

from charthouse.records import Record
from charthouse.releases.errors import StorageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Protocol

    from charthouse.k8s.ports import KubeClient
    from charthouse.logs import Log
    from charthouse.releases.release import Release
    from charthouse.releases.storage.database import Database
    from charthouse.releases.storage.memory import MemoryStore

    class Driver(Protocol):
        """Where records are kept. Safe to use from several threads."""

        @property
        def name(self) -> str:
            """ "Secret", "ConfigMap", "Memory", "SQL"."""
            ...

        @property
        def namespace(self) -> str: ...

        def get(self, key: str) -> Release:
            """Raises NotFound, StorageError."""
            ...

        def heads(self, labels: Mapping[str, str]) -> list[Head]:
            """Names and labels of the records with these labels, payloads unread. Raises StorageError."""
            ...

        def fetch(self, heads: Sequence[Head], total: int) -> list[Release]:
            """The records of `heads` (out of `total` the driver has), with all labels; those that went meanwhile or
            cannot be read are left out."""
            ...

        def query(self, labels: Mapping[str, str]) -> list[Release]:
            """All records with these labels. Raises NotFound when there is none, StorageError."""
            ...

        def create(self, release: Release) -> None:
            """Raises AlreadyExists, StorageError."""
            ...

        def update(self, release: Release) -> None:
            """Raises NotFound, StorageError."""
            ...

        def delete(self, key: str) -> Release:
            """Raises NotFound, StorageError."""
            ...

else:
    Driver = object

__all__ = ["Driver", "Head", "open_driver"]


class Head(Record):
    """A record without its payload."""

    namespace: str
    key: str
    labels: Mapping[str, str]


def open_driver(
    name: str,
    client: KubeClient,
    namespace: str,
    *,
    now: Callable[[], float],
    log: Log,
    memory: MemoryStore | None = None,
    database: Callable[[], Database] | None = None,
) -> Driver:
    """The driver HELM_DRIVER names. now: seconds since 1970 (for createdAt, modifiedAt). memory: what drivers
    of several namespaces share, for `memory`. database: opens the one of `sql`.

    Raises StorageError: `unknown driver "x"`; no database for `sql`.
    """
    if name in ("", "secret", "secrets"):
        from charthouse.releases.storage.secret import SecretDriver

        return SecretDriver(client, namespace, now=now, log=log)
    if name in ("configmap", "configmaps"):
        from charthouse.releases.storage.configmap import ConfigMapDriver

        return ConfigMapDriver(client, namespace, now=now, log=log)
    if name == "memory":
        from charthouse.releases.storage.memory import MemoryDriver

        return MemoryDriver(namespace, now=now, store=memory)
    if name == "sql":
        from charthouse.releases.storage.sql import SqlDriver

        if database is None:
            raise StorageError(
                "unable to instantiate SQL driver: no connection string",
                hint="give one as sql_connection (HELM_DRIVER_SQL_CONNECTION_STRING on the command line)",
            )
        return SqlDriver(database, namespace, now=now, log=log)
    raise StorageError(f'unknown driver "{name}"', hint="HELM_DRIVER is one of secret, configmap, memory, sql")
