"""Records of all namespaces, for a caller who may not read all of them: those of the namespaces they may read.

The API server answers a list over all namespaces only to those with that right cluster-wide. Others get what they could
get one namespace after the other; who may read none gets the API server's refusal.
"""

from __future__ import annotations

from charthouse.errors import CharthouseError
from charthouse.k8s.objects import ResourceType
from charthouse.releases.errors import NotFound
from charthouse.tiller.workplaces.homes import is_forbidden

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from typing import TypeVar

    from charthouse.k8s.ports import KubeClient
    from charthouse.releases.release import Release
    from charthouse.releases.storage.driver import Driver, Head

    T = TypeVar("T")

__all__ = ["EverywhereDriver", "namespaces_for"]

NAMESPACE = ResourceType("v1", "Namespace", "namespaces", False)
_READERS = 8


def namespaces_for(client: KubeClient, places: Callable[[], Iterable[str]]) -> list[str]:
    """Namespaces that may hold something: all, when the client may list them; else `places` (where Tiller knows
    releases to be)."""
    try:
        found = client.list(NAMESPACE, metadata_only=True)
    except CharthouseError as error:
        if not is_forbidden(error):
            raise
        return sorted(set(places()))
    return [item["metadata"]["name"] for item in found]


class EverywhereDriver:
    """Reads all namespaces. everywhere: the driver of namespace ""; single: makes one of a namespace; namespaces: those
    to try when `everywhere` is refused."""

    namespace = ""

    def __init__(
        self, everywhere: Driver, single: Callable[[str], Driver], namespaces: Callable[[], Sequence[str]]
    ) -> None:
        self._everywhere = everywhere
        self._single = single
        self._namespaces = namespaces
        self._drivers: dict[str, Driver] = {}
        self._refused = False

    @property
    def name(self) -> str:
        return self._everywhere.name

    def get(self, key: str) -> Release:
        return self._everywhere.get(key)

    def heads(self, labels: Mapping[str, str]) -> list[Head]:
        return self._ask(lambda driver: driver.heads(labels))

    def fetch(self, heads: Sequence[Head], total: int) -> list[Release]:
        if not self._refused:
            return self._everywhere.fetch(heads, total)
        by_place: dict[str, list[Head]] = {}
        for head in heads:
            by_place.setdefault(head.namespace, []).append(head)
        return [
            release for place, wanted in by_place.items() for release in self._driver(place).fetch(wanted, len(wanted))
        ]

    def query(self, labels: Mapping[str, str]) -> list[Release]:
        def found(driver: Driver) -> list[Release]:
            try:
                return driver.query(labels)
            except NotFound:
                return []

        out = self._ask(found)
        if not out:
            raise NotFound
        return out

    def create(self, release: Release) -> None:
        self._driver(release.namespace).create(release)

    def update(self, release: Release) -> None:
        self._driver(release.namespace).update(release)

    def delete(self, key: str) -> Release:
        return self._everywhere.delete(key)

    def _driver(self, namespace: str) -> Driver:
        if namespace not in self._drivers:
            self._drivers[namespace] = self._single(namespace)
        return self._drivers[namespace]

    def _ask(self, question: Callable[[Driver], list[T]]) -> list[T]:
        try:
            return question(self._everywhere)
        except CharthouseError as error:
            if not is_forbidden(error):
                raise
            refusal = error
        self._refused = True
        drivers = [self._driver(namespace) for namespace in self._namespaces()]

        def one(driver: Driver) -> list[T] | None:
            try:
                return question(driver)
            except CharthouseError as error:
                if not is_forbidden(error):
                    raise
                return None

        from concurrent.futures import ThreadPoolExecutor

        with ThreadPoolExecutor(_READERS) as readers:
            answers = [answer for answer in readers.map(one, drivers) if answer is not None]
        if not answers:
            raise refusal
        return [item for answer in answers for item in answer]
