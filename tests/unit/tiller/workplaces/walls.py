"""Stores in memory, with and without walls around namespaces."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from charthouse.charts.chart import Chart, Metadata
from charthouse.k8s.ports import ApiError
from charthouse.releases.errors import StorageError
from charthouse.releases.release import DEPLOYED, Info, Release
from charthouse.releases.storage.memory import MemoryDriver, MemoryStore

__all__ = ["Walled", "release", "store"]


def release(name: str, version: int = 1, namespace: str = "team", status: str = DEPLOYED, **config: Any) -> Release:
    chart = Chart(Metadata("c", "1.0.0"))
    return Release(name, namespace, version, Info(status=status), chart, config)


def store(kept: MemoryStore | None = None) -> Callable[[str], MemoryDriver]:
    """Makes the drivers of one store, by namespace."""
    shared = kept or MemoryStore()
    return lambda namespace: MemoryDriver(namespace, now=lambda: 0.0, store=shared)


class Walled(MemoryDriver):
    """A driver that refuses a namespace ("" = all) unless it is among `open`; it notes what it was asked."""

    def __init__(self, driver: MemoryDriver, *open: str, asked: list[str] | None = None) -> None:
        super().__init__(driver.namespace, now=lambda: 0.0, store=driver.store)
        self._open = open
        self.asked = asked if asked is not None else []

    def _ask(self, verb: str) -> None:
        self.asked.append(f"{verb} {self.namespace}")
        if self.namespace not in self._open:
            cause = ApiError(f"cannot {verb} in {self.namespace or 'all'}", code=403, reason="Forbidden")
            raise StorageError(f"{verb}: {cause}") from cause

    def get(self, key: str) -> Release:
        self._ask("get")
        return super().get(key)

    def heads(self, labels: Any) -> Any:
        self._ask("heads")
        return super().heads(labels)

    def query(self, labels: Any) -> Any:
        self._ask("query")
        return super().query(labels)

    def create(self, release: Release) -> None:
        self._ask("create")
        super().create(release)
