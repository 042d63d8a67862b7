"""What the repository holds at the moment, and its index as text.

The storage is the truth: others may put files there and take them away. What is held in memory is made to agree with it
before it is shown, by its mark when that tells, else by listing it; only files whose stamp changed are read. The index
is a function of the files alone, so that several servers of one folder give the same bytes.

Rules: ChartMuseum 0.16 ``pkg/repo/index.go``. Differs: ``generated`` is the time of the newest archive.
"""

from __future__ import annotations

import threading
from bisect import insort
from functools import cmp_to_key, lru_cache

from charthouse.formats.yaml.order import compare
from charthouse.logs import INFO, WARN, LogRecord
from charthouse.records import Record
from charthouse.repository_server.entries import Entry, entry_of, moment
from charthouse.repository_server.errors import StorageError
from charthouse.repository_server.storage import ARCHIVE, PROVENANCE, read_whole

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from charthouse.logs import Log
    from charthouse.repository_server.journal import Journal
    from charthouse.repository_server.storage import Stamp, Storage

__all__ = ["Catalogue", "IndexText"]

_LARGEST = 200 << 20
"""Bytes an archive in the storage may have; uploads have a limit of their own."""
_GRAIN = 20_000_000  # nanoseconds; two changes within may leave the same mark
_COARSE = 2_000_000_000  # the same, where the file system keeps whole seconds
_BATCH = 200  # archives read before the journal is told


class IndexText(Record):
    """index.yaml: its bytes, their ETag (with quotes), and when the newest archive came, in seconds since 1970."""

    data: bytes
    etag: str
    modified: int


class Catalogue:
    """The charts of a storage.

    journal: what was read before, None to keep nothing. interval: seconds after which the whole storage is looked at
    even though its mark says nothing changed. context: the path the repository is served under, as clients of
    ChartMuseum read it in the index. clock: nanoseconds since 1970; monotonic: seconds.
    """

    def __init__(
        self, storage: Storage, *, journal: Journal | None, log: Log, clock: Callable[[], int],
        monotonic: Callable[[], float], interval: float = 30.0, prefix: str = "", context: str = "",
    ) -> None:  # fmt: skip
        self.storage = storage
        self._journal = journal
        self._log = log
        self._clock = clock
        self._monotonic = monotonic
        self._interval = interval
        self._prefix = prefix
        self._context = context
        self._mutex = threading.RLock()
        self._files: dict[str, Entry] = {}
        self._charts: dict[str, list[Entry]] = {}
        self._names: list[str] = []  # in the index's order
        self._blocks: dict[str, str] = {}
        self._index: IndexText | None = None
        self._listed: dict[str, Stamp] = {}
        self._mark = -2
        self._settled = False  # the mark would be another one had anything changed since
        self._own = False  # the mark was made by a change of our own, and nothing else that we know of
        self._looked = float("-inf")

    def open(self) -> int:
        """Read what the journal knows, then what changed since; the number of charts' versions. Raises StorageError."""
        with self._mutex:
            if self._journal is not None:
                self._files = self._journal.read()
                for entry in self._files.values():
                    self._enter(entry)
            self.refresh(force=True)
            self._tidy()
            return sum(map(len, self._charts.values()))

    def _tidy(self) -> None:
        if self._journal is None or not self._journal.is_history(len(self._files)):
            return
        try:
            with self.storage.locked():
                self._journal.rewrite(self._files.values())
        except StorageError as error:
            self._log(LogRecord(WARN, "the journal cannot be written anew", error=error.message))

    def refresh(self, *, force: bool = False) -> None:
        """Agree with the storage. Raises StorageError."""
        with self._mutex:
            mark, now = self.storage.mark(), self._monotonic()
            late = force or now - self._looked >= self._interval
            if not late and (mark == -1 or (mark == self._mark and self._settled)):
                return
            # The mark is that of before looking: what comes meanwhile makes another one.
            settled = self._clock() - mark > (_GRAIN if mark % 1_000_000_000 else _COARSE)
            if late or mark != self._mark or not self._own or not self._is_as_known():
                self._listed = self.storage.list()
                self._agree({name: stamp for name, stamp in self._listed.items() if name.endswith(ARCHIVE)})
                self._looked, self._own = now, False
            self._mark, self._settled = mark, settled

    def _is_as_known(self) -> bool:
        """Whether nobody else changed anything in the moment we did; cheaper than looking at all files."""
        marks = self.storage.marks()
        return marks is not None and marks == {name: stamp.mark for name, stamp in self._listed.items()}

    def _agree(self, listed: dict[str, Stamp]) -> None:
        for file in [file for file in self._files if file not in listed]:
            self._leave(self._files.pop(file))
        changed = [f for f, stamp in listed.items() if f not in self._files or self._files[f].stamp != stamp]
        for start in range(0, len(changed), _BATCH):
            read = [entry for file in changed[start : start + _BATCH] if (entry := self._read(file)) is not None]
            for entry in read:
                self._replace(entry)
            if self._journal is not None:
                self._journal.append(read)
            if len(changed) > _BATCH:
                done = min(start + _BATCH, len(changed))
                self._log(LogRecord(INFO, "reading archives", done=done, of=len(changed)))

    def _read(self, file: str) -> Entry | None:
        found = read_whole(self.storage, file, limit=_LARGEST)
        if found is None:
            return None
        data, stamp = found
        entry = entry_of(file, stamp, data, prefix=self._prefix)
        if entry.problem:
            self._log(LogRecord(WARN, "file is no chart", file=file, error=entry.problem))
        return entry

    def put(self, written: dict[str, Stamp], entry: Entry | None, before: int) -> None:
        """Files were written by us, while the storage was locked. entry: of the archive among them; before: the
        storage's mark then."""
        with self._mutex:
            self._listed.update(written)
            if entry is not None:
                self._replace(entry)
                if self._journal is not None:
                    self._journal.append([entry])
            self._follow(before)

    def drop(self, files: tuple[str, ...], before: int) -> None:
        """Files were deleted by us, while the storage was locked."""
        with self._mutex:
            for file in files:
                self._listed.pop(file, None)
                entry = self._files.pop(file, None)
                if entry is not None:
                    self._leave(entry)
            self._follow(before)

    def _follow(self, before: int) -> None:
        """Take the mark that our own change made for known, if the one before it was."""
        if before == self._mark and (self._settled or self._own):
            self._mark = self.storage.mark()
            self._settled, self._own = False, True

    def _replace(self, entry: Entry) -> None:
        old = self._files.get(entry.file)
        if old is not None:
            self._leave(old)
        self._files[entry.file] = entry
        self._enter(entry)

    def _enter(self, entry: Entry) -> None:
        if entry.problem:
            return
        versions = self._charts.get(entry.name)
        if versions is None:
            versions = self._charts[entry.name] = []
            insort(self._names, entry.name, key=_as_yaml_sorts)
        insort(versions, entry, key=_newest_first)
        self._blocks.pop(entry.name, None)
        self._index = None

    def _leave(self, entry: Entry) -> None:
        if entry.problem:
            return
        versions = [e for e in self._charts[entry.name] if e.file != entry.file]
        if versions:
            self._charts[entry.name] = versions
        else:
            del self._charts[entry.name]
            self._names.remove(entry.name)
        self._blocks.pop(entry.name, None)
        self._index = None

    def charts(self) -> Mapping[str, list[Entry]]:
        """Chart name → versions, newest first; names in the order of their bytes. Raises StorageError."""
        with self._mutex:
            self.refresh()
            return {name: list(self._charts[name]) for name in sorted(self._charts)}

    def versions(self, name: str) -> list[Entry]:
        """The versions of a chart, newest first; none when there is no such chart. Raises StorageError."""
        with self._mutex:
            self.refresh()
            return list(self._charts.get(name, ()))

    def file(self, name: str) -> Entry | None:
        """What is known of a file."""
        with self._mutex:
            return self._files.get(name)

    def is_signed(self, entry: Entry) -> bool:
        """Whether a provenance file was beside an archive when the storage was last looked at."""
        return entry.file.removesuffix(ARCHIVE) + PROVENANCE in self._listed

    def count(self) -> int:
        """How many archives there are. Raises StorageError."""
        with self._mutex:
            self.refresh()
            return len(self._files)

    def index(self) -> IndexText:
        """index.yaml. Raises StorageError."""
        with self._mutex:
            self.refresh()
            if self._index is None:
                self._index = self._written()
            return self._index

    def _written(self) -> IndexText:
        from hashlib import sha256

        from charthouse.formats.yaml import dump

        newest = max((e.stamp.modified for versions in self._charts.values() for e in versions), default=0)
        body = "entries:\n" + "".join(map(self._block, self._names)) if self._names else "entries: {}\n"
        server = dump({"serverInfo": {"contextPath": self._context} if self._context else {}})
        data = f'apiVersion: v1\n{body}generated: "{moment(newest)}"\n{server}'.encode("utf-8", "surrogateescape")
        return IndexText(data, f'"{sha256(data).hexdigest()[:40]}"', newest // 1_000_000_000)

    def _block(self, name: str) -> str:
        block = self._blocks.get(name)
        if block is None:
            versions = self._charts[name]
            block = self._blocks[name] = versions[0].key + "".join(entry.yaml for entry in versions)
        return block


@lru_cache(maxsize=65536)
def _parsed(version: str) -> Any:
    from charthouse.formats.semver import SemverError, Version

    try:
        return Version.parse(version)
    except SemverError:
        return None


def _newer(one: Entry, other: Entry) -> int:
    mine, its = _parsed(one.version), _parsed(other.version)
    if mine is None or its is None:
        order = (mine is None) - (its is None)
    else:
        order = its.compare(mine)
    return order or (one.file > other.file) - (one.file < other.file)


_newest_first = cmp_to_key(_newer)
_as_yaml_sorts = cmp_to_key(compare)
