"""Whole releases of Helm 2's form in stores that are no objects of a cluster (SQL, memory).

Such a record cannot own a companion object, so the companion (``releases.helm2.companion``) is an annotation of it.
"""

from __future__ import annotations

from charthouse.records import replace
from charthouse.releases.helm2.companion import decode_companion
from charthouse.releases.helm2.companions import beside_record, completed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from charthouse.releases.release import Release
    from charthouse.releases.storage.driver import Driver, Head

__all__ = ["COMPANION", "AnnotatedDriver"]

COMPANION = "charthouse.dev/helm2-companion"


class AnnotatedDriver:
    """A driver over `driver` that gives back whole releases."""

    def __init__(self, driver: Driver) -> None:
        self._driver = driver

    @property
    def name(self) -> str:
        return self._driver.name

    @property
    def namespace(self) -> str:
        return self._driver.namespace

    def get(self, key: str) -> Release:
        return _whole(self._driver.get(key))

    def heads(self, labels: Mapping[str, str]) -> list[Head]:
        return self._driver.heads(labels)

    def fetch(self, heads: Sequence[Head], total: int) -> list[Release]:
        return [_whole(release) for release in self._driver.fetch(heads, total)]

    def query(self, labels: Mapping[str, str]) -> list[Release]:
        return [_whole(release) for release in self._driver.query(labels)]

    def create(self, release: Release) -> None:
        self._driver.create(_packed(release))

    def update(self, release: Release) -> None:
        self._driver.update(_packed(release))

    def delete(self, key: str) -> Release:
        return _whole(self._driver.delete(key))


def _packed(release: Release) -> Release:
    annotations = {key: value for key, value in release.annotations.items() if key != COMPANION}
    companion = beside_record(release)
    if companion is not None:
        annotations[COMPANION] = companion.encode()
    return replace(release, annotations=annotations)


def _whole(record: Release) -> Release:
    text = record.annotations.get(COMPANION)
    if text is None:
        return record
    plain = replace(record, annotations={key: value for key, value in record.annotations.items() if key != COMPANION})
    return completed(plain, decode_companion(text))
