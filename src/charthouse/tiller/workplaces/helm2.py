"""Records of Helm 2's Tiller as those of one namespace: they all lie in Tiller's own.

Which namespace a release is in only its payload tells, so its records are read before anything is said about them.
Requests are made as the caller: who may not read Tiller's namespace does not see them, and is not asked for at the API
server again for half a minute, since hardly anybody may.
"""

from __future__ import annotations

import threading
from collections import OrderedDict

from charthouse.errors import CharthouseError
from charthouse.records import replace
from charthouse.releases.errors import NotFound
from charthouse.tiller.workplaces.homes import is_forbidden

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import TypeVar

    from charthouse.releases.helm2.driver import TillerDriver
    from charthouse.releases.release import Release
    from charthouse.releases.storage.driver import Head

    T = TypeVar("T")

__all__ = ["Doors", "Helm2Home"]

_SHUT_SECONDS = 30.0
_MOST = 4096


class Doors:
    """Who was refused a short while ago, and what. monotonic: in seconds. Safe to use from several threads."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._shut: OrderedDict[object, float] = OrderedDict()
        self._lock = threading.Lock()

    def is_shut(self, who: object) -> bool:
        """who: of the caller and the kind of record."""
        with self._lock:
            until = self._shut.get(who)
            return until is not None and self._monotonic() < until

    def shut(self, who: object) -> None:
        with self._lock:
            self._shut[who] = self._monotonic() + _SHUT_SECONDS
            self._shut.move_to_end(who)
            while len(self._shut) > _MOST:
                self._shut.popitem(last=False)


class Helm2Home:
    """The releases of one namespace ("" = of all) among the records of `driver`. who: by whom `doors` are shut."""

    def __init__(self, driver: TillerDriver, namespace: str, doors: Doors, who: object) -> None:
        self._driver = driver
        self.namespace = namespace
        self._doors = doors
        self._who = who
        self._read: dict[tuple[str, str], Release] = {}

    @property
    def name(self) -> str:
        return self._driver.name

    def get(self, key: str) -> Release:
        found: Release | None = self._ask(lambda: self._driver.get(key), None)
        if found is None or not self._here(found):
            raise NotFound
        return found

    def heads(self, labels: Mapping[str, str]) -> list[Head]:
        heads: list[Head] = self._ask(lambda: self._driver.heads(labels), [])
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
        every: list[Release] = self._ask(lambda: self._driver.query(labels), [])
        found = [release for release in every if self._here(release)]
        if not found:
            raise NotFound
        return found

    def create(self, release: Release) -> None:
        self._driver.create(release)

    def update(self, release: Release) -> None:
        self._driver.update(release)

    def delete(self, key: str) -> Release:
        return self._driver.delete(key)

    def _ask(self, question: Callable[[], T], otherwise: T) -> T:
        if self._doors.is_shut(self._who):
            return otherwise
        try:
            return question()
        except CharthouseError as error:
            if not is_forbidden(error):
                raise
            self._doors.shut(self._who)
            return otherwise

    def _here(self, release: Release) -> bool:
        return self.namespace in ("", release.namespace)
