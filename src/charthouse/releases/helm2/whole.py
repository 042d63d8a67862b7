"""Records of Helm 3's and 4's form that give back whole releases: a storage driver over another, with companions.

What the hapi API must return (charts inside the chart, values as written, test results) is read from the companion
beside a record and written with it. A release that has nothing of the kind gets none, and one that no longer has loses
it. ``heads`` reads no companion; ``fetch``, ``query`` and ``get`` do.
"""

from __future__ import annotations

from charthouse.releases.helm2.companions import beside_record, completed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from charthouse.releases.helm2.companions import Companions
    from charthouse.releases.release import Release
    from charthouse.releases.storage.driver import Driver, Head

__all__ = ["WholeDriver"]


class WholeDriver:
    """A driver over `driver`. companions: those of a namespace."""

    def __init__(self, driver: Driver, companions: Callable[[str], Companions]) -> None:
        self._driver = driver
        self._companions = companions

    @property
    def name(self) -> str:
        return self._driver.name

    @property
    def namespace(self) -> str:
        return self._driver.namespace

    def get(self, key: str) -> Release:
        return self._whole(self._driver.get(key))

    def heads(self, labels: Mapping[str, str]) -> list[Head]:
        return self._driver.heads(labels)

    def fetch(self, heads: Sequence[Head], total: int) -> list[Release]:
        return [self._whole(release) for release in self._driver.fetch(heads, total)]

    def query(self, labels: Mapping[str, str]) -> list[Release]:
        return [self._whole(release) for release in self._driver.query(labels)]

    def create(self, release: Release) -> None:
        self._driver.create(release)
        self._write(release)

    def update(self, release: Release) -> None:
        self._driver.update(release)
        self._write(release)

    def delete(self, key: str) -> Release:
        """The companion goes with its record, by the cluster's garbage collection, and at once by ours."""
        release = self.get(key)
        self._driver.delete(key)
        self._companions(self._place(release)).delete(key)
        return release

    def _place(self, release: Release) -> str:
        return self._driver.namespace or release.namespace

    def _whole(self, record: Release) -> Release:
        companion = self._companions(self._place(record)).read(record.key)
        return record if companion is None else completed(record, companion)

    def _write(self, release: Release) -> None:
        companions = self._companions(self._place(release))
        companion = beside_record(release)
        if companion is None:
            companions.delete(release.key)
        else:
            companions.write(release, companion)
