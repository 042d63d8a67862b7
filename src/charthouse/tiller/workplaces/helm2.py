"""Records of Helm 2's Tiller as those of one namespace: they all lie in Tiller's own.

Which namespace a release is in only its payload tells, so its records are read before anything is said about them.
Requests are made as the caller: who may not read Tiller's namespace does not see them.
"""

from __future__ import annotations

from charthouse.records import replace
from charthouse.releases.errors import NotFound

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from charthouse.releases.helm2.driver import TillerDriver
    from charthouse.releases.release import Release
    from charthouse.releases.storage.driver import Head

__all__ = ["Helm2Home"]


class Helm2Home:
    """The releases of one namespace ("" = of all) among the records of `driver`."""

    def __init__(self, driver: TillerDriver, namespace: str) -> None:
        self._driver = driver
        self.namespace = namespace
        self._read: dict[tuple[str, str], Release] = {}

    @property
    def name(self) -> str:
        return self._driver.name

    def get(self, key: str) -> Release:
        found = self._driver.get(key)
        if not self._here(found):
            raise NotFound
        return found

    def heads(self, labels: Mapping[str, str]) -> list[Head]:
        heads = self._driver.heads(labels)
        if not heads:
            return []
        by_key = {release.key: release for release in self._driver.fetch(heads, len(heads)) if self._here(release)}
        self._read = {(release.namespace, key): release for key, release in by_key.items()}
        return [replace(head, namespace=by_key[head.key].namespace) for head in heads if head.key in by_key]

    def fetch(self, heads: Sequence[Head], total: int) -> list[Release]:
        out = []
        for head in heads:
            found = self._read.get((head.namespace, head.key))
            if found is not None:
                out.append(found)
        return out

    def query(self, labels: Mapping[str, str]) -> list[Release]:
        found = [release for release in self._driver.query(labels) if self._here(release)]
        if not found:
            raise NotFound
        return found

    def create(self, release: Release) -> None:
        self._driver.create(release)

    def update(self, release: Release) -> None:
        self._driver.update(release)

    def delete(self, key: str) -> Release:
        return self._driver.delete(key)

    def _here(self, release: Release) -> bool:
        return self.namespace in ("", release.namespace)
