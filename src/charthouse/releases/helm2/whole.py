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

_FEW = 3  # records whose companions are read one by one


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
        return self._all_whole(self._driver.fetch(heads, total))

    def query(self, labels: Mapping[str, str]) -> list[Release]:
        return self._all_whole(self._driver.query(labels), labels.get("name", ""))

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

    def _all_whole(self, records: list[Release], name: str = "") -> list[Release]:
        """Many records of one namespace have their companions read at once. name: of the release they all are of."""
        counts: dict[str, int] = {}
        for record in records:
            place = self._place(record)
            counts[place] = counts.get(place, 0) + 1
        known = {place: self._companions(place).read_all(name) for place, count in counts.items() if count > _FEW}
        out = []
        for record in records:
            companions = known.get(self._place(record))
            companion = companions.get(record.key) if companions is not None else None
            if companions is None:
                out.append(self._whole(record))
            else:
                out.append(record if companion is None else completed(record, companion))
        return out

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
