"""Charts that were loaded lately, by the digest of their archive: fleets install one chart many times.

A chart is what its archive says and nothing else (every input of loading is in the key), so a caller gets nothing here
that their own archive would not have given them. Verbs do not change the charts they are handed.
"""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict

TYPE_CHECKING = False
if TYPE_CHECKING:
    from charthouse.charts.chart import Chart
    from charthouse.logs import LogRecord
    from charthouse.profile import Profile

    Key = tuple[bytes, str, bool]

__all__ = ["KeptCharts"]


class KeptCharts:
    """most: bytes of files of all charts together; one with more than a quarter of that is not kept."""

    def __init__(self, most: int = 64 << 20) -> None:
        self._most = most
        self._mutex = threading.Lock()
        self._kept: OrderedDict[Key, tuple[Chart, tuple[LogRecord, ...], int]] = OrderedDict()
        self._size = 0

    def key(self, archive: bytes, profile: Profile) -> Key:
        """What a chart is found by."""
        return hashlib.sha256(archive).digest(), profile.name, profile.exact_numbers

    def find(self, key: Key) -> tuple[Chart, tuple[LogRecord, ...]] | None:
        """The chart, and what was logged when it was loaded."""
        with self._mutex:
            found = self._kept.get(key)
            if found is None:
                return None
            self._kept.move_to_end(key)
            return found[0], found[1]

    def keep(self, key: Key, chart: Chart, said: tuple[LogRecord, ...]) -> None:
        """Remember one; those not asked for longest go."""
        size = _size(chart)
        if size > self._most // 4:
            return
        with self._mutex:
            before = self._kept.pop(key, None)
            self._size += size - (before[2] if before is not None else 0)
            self._kept[key] = chart, said, size
            while self._size > self._most:
                self._size -= self._kept.popitem(last=False)[1][2]


def _size(chart: Chart) -> int:
    """Bytes of files, values counted through the file they come from."""
    own = sum(len(file.data) for file in (*chart.raw, *chart.templates, *chart.files)) + 4096
    return own + sum(map(_size, chart.dependencies))
