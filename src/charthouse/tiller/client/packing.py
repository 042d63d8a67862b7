"""A chart as the archive a server loads it from: every file as it was read, so that the same chart comes of it.

`helm package` writes Chart.yaml and the lock anew; what is sent here are the files themselves, times to the nanosecond
(the record of a release holds them), those of charts/ as they are. What .helmignore names was left out when the chart
was read. A chart that was made in memory, without files, is packed as `helm package` would.
"""

from __future__ import annotations

import posixpath
import zlib

from charthouse.charts.archive import pack
from charthouse.charts.tarwriter import END, member
from charthouse.tiller.client.errors import NotCarried

TYPE_CHECKING = False
if TYPE_CHECKING:
    from datetime import datetime

    from charthouse.charts.chart import Chart

__all__ = ["archive_of"]

_BASE = "chart/"  # readers drop the first element of each path


def archive_of(chart: Chart) -> bytes:
    """The bytes of a .tgz. Raises NotCarried for a file no archive can hold, ChartError."""
    if not chart.raw:
        return pack(chart)
    packer = zlib.compressobj(6, zlib.DEFLATED, 31)
    out: list[bytes] = []
    for file in chart.raw:
        _check(file.name)
        seconds, nanoseconds = _since_1970(file.modified)
        for piece in member(_BASE + file.name, file.data, seconds, nanoseconds=nanoseconds):
            out.append(packer.compress(piece))
    out.append(packer.compress(END))
    out.append(packer.flush())
    return b"".join(out)


def _check(name: str) -> None:
    if "\\" in name or name.startswith(("..", "/")) or name[1:3] == ":/" or posixpath.normpath(name) != name:
        raise NotCarried(f"a file of the chart cannot be sent to the server by its name: {name!r}")


def _since_1970(moment: datetime | None) -> tuple[int, int]:
    if moment is None:
        return 0, 0
    from datetime import UTC, datetime, timedelta

    seconds = (moment.replace(microsecond=0) - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(seconds=1)
    return seconds, getattr(moment, "nanosecond", moment.microsecond * 1000)
