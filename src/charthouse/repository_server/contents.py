"""What is in an archive, for the pages and the API: README, values, templates. A few texts are kept, by digest."""

from __future__ import annotations

import threading

from charthouse.records import Record
from charthouse.repository_server.errors import Refused
from charthouse.repository_server.storage import read_whole

TYPE_CHECKING = False
if TYPE_CHECKING:
    from charthouse.charts.chart import Chart
    from charthouse.repository_server.entries import Entry
    from charthouse.repository_server.storage import Storage

__all__ = ["Contents", "Shown"]

_LARGEST_TEXT = 512 * 1024
_KEPT = 64
_SECONDS = 10.0
_CUT = "\n… (cut off here)\n"
_READMES = ("readme.md", "readme", "readme.txt")


class Shown(Record):
    """What a page shows of an archive: texts, "" where it has none."""

    readme: str = ""
    values: str = ""


class Contents:
    """Reads archives of a storage. limit: bytes one may have."""

    def __init__(self, storage: Storage, *, limit: int = 200 << 20) -> None:
        self._storage = storage
        self._limit = limit
        self._kept: dict[str, Shown] = {}
        self._mutex = threading.Lock()

    def chart(self, entry: Entry) -> Chart:
        """The chart of an entry. Raises Refused (404 when its file has gone), StorageError."""
        from charthouse.charts.loader import load_archive
        from charthouse.charts.metadata import ChartError
        from charthouse.gotemplate.deepstack import deep
        from charthouse.gotemplate.errors import LimitError
        from charthouse.gotemplate.limits import Limits
        from charthouse.logs import silent

        data = self._bytes(entry)
        try:
            return deep(lambda: load_archive(data, log=silent), Limits(seconds=_SECONDS))
        except (ChartError, LimitError) as error:
            raise Refused(500, error.message) from error

    def shown(self, entry: Entry) -> Shown:
        """README and values of an entry. Raises as `chart` does."""
        found = self._kept.get(entry.digest)
        if found is None:
            found = self._read(entry)
            with self._mutex:
                while len(self._kept) >= _KEPT:
                    del self._kept[next(iter(self._kept))]
                self._kept[entry.digest] = found
        return found

    def _read(self, entry: Entry) -> Shown:
        from charthouse.charts.metadata import ChartError
        from charthouse.charts.tarball import read_archive

        try:
            files = {file.name: file.data for file in read_archive(self._bytes(entry))}
        except ChartError as error:
            raise Refused(500, error.message) from error
        readme = next((data for name, data in sorted(files.items()) if name.lower() in _READMES), b"")
        return Shown(_text(readme), _text(files.get("values.yaml", b"")))

    def _bytes(self, entry: Entry) -> bytes:
        found = read_whole(self._storage, entry.file, limit=self._limit)
        if found is None:
            raise Refused(404, "object not found")
        return found[0]


def _text(data: bytes) -> str:
    text = data[:_LARGEST_TEXT].decode("utf-8", "replace")
    return text + _CUT if len(data) > _LARGEST_TEXT else text
