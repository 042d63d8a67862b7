"""A release is continued where it lives: several stores seen as one.

New releases go to the first store, the one Tiller is told to use. One that already has revisions in another (made by
`helm` with HELM_DRIVER's default, by a Tiller with another `--storage`, by Helm 2's Tiller) is read there and gets its
next revisions there. Where a name has records in two, the earlier store in the list counts.

A store beside the first that the caller may not read is passed over: the right to one kind of record is enough.
"""

from __future__ import annotations

from charthouse.k8s.ports import ApiError
from charthouse.releases.errors import NotFound

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import TypeVar

    from charthouse.releases.release import Release
    from charthouse.releases.storage.driver import Driver, Head

    T = TypeVar("T")

__all__ = ["HomesDriver", "is_forbidden"]


def is_forbidden(error: BaseException | None) -> bool:
    """Whether the API server's refusal for want of rights is at the bottom of an error."""
    while error is not None:
        if isinstance(error, ApiError):
            return error.code == 403
        error = error.__cause__
    return False


class HomesDriver:
    """A driver over several of one namespace ("" = all, for reading). For one request: where a release lives is looked
    up once."""

    def __init__(self, homes: Sequence[Driver]) -> None:
        self._homes = tuple(homes)
        self._known: dict[str, Driver] = {}
        self._nowhere: set[str] = set()  # names that no store had when they were looked up
        self._counts: dict[Driver, int] = {}
        self._from: dict[tuple[str, str], Driver] = {}

    @property
    def name(self) -> str:
        return self._homes[0].name

    @property
    def namespace(self) -> str:
        return self._homes[0].namespace

    def get(self, key: str) -> Release:
        known = self._known.get(_release(key))
        if known is not None:
            return known.get(key)
        for home in self._homes:
            try:
                found: Release | None = self._ask(home, lambda driver: driver.get(key), None)
            except NotFound:
                continue
            if found is not None:
                self._known[found.name] = home
                return found
        raise NotFound

    def heads(self, labels: Mapping[str, str]) -> list[Head]:
        out: list[Head] = []
        self._from.clear()
        for home in self._homes:
            found: list[Head] = self._ask(home, lambda driver: driver.heads(labels), [])
            self._counts[home] = len(found)
            if found and out:  # most often all releases live in one home
                taken = {(head.namespace, _name(head)) for head in out}
                found = [head for head in found if (head.namespace, _name(head)) not in taken]
            self._from.update(((head.namespace, head.key), home) for head in found)
            out += found
        return out

    def fetch(self, heads: Sequence[Head], total: int) -> list[Release]:
        out: list[Release] = []
        for home in self._homes:
            wanted = [head for head in heads if self._from.get((head.namespace, head.key), self._homes[0]) is home]
            if wanted:
                out += home.fetch(wanted, self._counts.get(home, total))
        return out

    def query(self, labels: Mapping[str, str]) -> list[Release]:
        name = labels.get("name", "")
        if not name or not self.namespace:
            return self._everything(labels)
        known = self._known.get(name)
        if known is None and set(labels) - {"name", "owner"}:
            known = self._home(name)  # a release may live here though no revision of it has these labels
        if known is not None:
            return known.query(labels)
        for home in self._homes[:1] if name in self._nowhere else self._homes:
            found = self._found(home, labels)
            if found:
                self._known[name] = home
                return found
        self._nowhere.add(name)
        raise NotFound

    def create(self, release: Release) -> None:
        home = self._known.get(release.name) or self._home(release.name) or self._homes[0]
        home.create(release)
        self._known[release.name] = home

    def update(self, release: Release) -> None:
        (self._known.get(release.name) or self._home(release.name) or self._homes[0]).update(release)

    def delete(self, key: str) -> Release:
        name = _release(key)
        return (self._known.get(name) or self._home(name) or self._homes[0]).delete(key)

    def _home(self, name: str) -> Driver | None:
        """The store with records of a name, looked for once: the request has the release locked."""
        if name in self._nowhere:
            return None
        labels = {"name": name, "owner": "helm"}
        for home in self._homes:
            found: list[Head] = self._ask(home, lambda driver: driver.heads(labels), [])
            if found:
                self._known[name] = home
                return home
        self._nowhere.add(name)
        return None

    def _everything(self, labels: Mapping[str, str]) -> list[Release]:
        out: list[Release] = []
        taken: set[tuple[str, str]] = set()
        for home in self._homes:
            fresh = [one for one in self._found(home, labels) if (one.namespace, one.name) not in taken]
            taken.update((release.namespace, release.name) for release in fresh)
            out += fresh
        if not out:
            raise NotFound
        return out

    def _found(self, home: Driver, labels: Mapping[str, str]) -> list[Release]:
        try:
            return self._ask(home, lambda driver: driver.query(labels), [])
        except NotFound:
            return []

    def _ask(self, home: Driver, question: Callable[[Driver], T], otherwise: T) -> T:
        """What a store answers; `otherwise` when it is not the first and the caller has no right to it."""
        try:
            return question(home)
        except Exception as error:
            if home is self._homes[0] or not is_forbidden(error):
                raise
            return otherwise


def _name(head: Head) -> str:
    return head.labels.get("name", "") or _release(head.key)


def _release(key: str) -> str:
    """The release a key is of: `sh.helm.release.v1.NAME.vREVISION`."""
    return key.removeprefix("sh.helm.release.v1.").rpartition(".v")[0]
