"""What was read of a storage, kept between runs, so that a restart reads only what changed.

A text file, one JSON list a line: file name, stamp, and what the archive said (``entries.Entry``). A later line stands
for an earlier one of its file. A line is believed only while the file still has its stamp, so the journal can be cut
off, doubled, out of date or gone, and only costs time; nothing but speed depends on it. A change is one short append;
the file is written anew (by rename) once it is mostly history.
"""

from __future__ import annotations

import os
import threading
from json import dumps, loads

from charthouse.logs import WARN, LogRecord
from charthouse.repository_server.entries import Entry
from charthouse.repository_server.storage import Stamp

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from charthouse.logs import Log

__all__ = ["Journal"]

_FORMAT = 1
_LARGEST = 2 << 30
_SLACK = 1000  # lines of history that are never worth writing the file anew


class Journal:
    """The journal at `path`. prefix: what addresses begin with; entries made with another are not believed."""

    def __init__(self, path: str, *, prefix: str, log: Log) -> None:
        self.path = path
        self._head = [_FORMAT, prefix]
        self._log = log
        self._lines = 0
        self._mutex = threading.Lock()
        self._usable = True

    def read(self) -> dict[str, Entry]:
        """File name → entry, as last written. Lines that cannot be read are passed over."""
        found: dict[str, Entry] = {}
        try:
            with open(self.path, "rb") as stream:
                if os.fstat(stream.fileno()).st_size > _LARGEST:
                    return {}
                for line in stream:
                    if line == b"\n":
                        continue
                    self._lines += 1
                    entry = self._entry(line)
                    if entry is not None:
                        found[entry.file] = entry
        except FileNotFoundError:
            return {}
        except OSError as error:
            self._complain(error)
        return found

    def append(self, entries: Iterable[Entry]) -> None:
        """Note entries; on a journal that cannot be written, say so once and go on without."""
        # A line begins with a line break of its own, so that one cut off by a crash does not spoil the next.
        data = b"".join(b"\n" + self._line(entry) for entry in entries)
        if not data or not self._usable:
            return
        with self._mutex:
            try:
                os.makedirs(os.path.dirname(self.path), 0o755, exist_ok=True)
                with open(self.path, "ab", buffering=0) as stream:
                    stream.write(data)
            except OSError as error:
                self._complain(error)
            self._lines += data.count(b"\n") // 2

    def is_history(self, living: int) -> bool:
        """Whether most lines are of files that changed or went since. living: how many entries are worth keeping."""
        return self._usable and self._lines > 3 * living + _SLACK

    def rewrite(self, entries: Iterable[Entry]) -> None:
        """Write the file anew with these entries alone; the storage is locked."""
        temporary = os.path.join(os.path.dirname(self.path), f"new.{os.getpid()}.{os.urandom(4).hex()}")
        kept = [self._line(entry) for entry in entries]
        with self._mutex:
            try:
                with open(temporary, "xb") as stream:
                    stream.writelines(kept)
                os.replace(temporary, self.path)
            except OSError as error:
                self._complain(error)
            self._lines = len(kept)

    def _line(self, entry: Entry) -> bytes:
        stamp = entry.stamp
        row = [*self._head, entry.file, stamp.size, stamp.modified, stamp.mark, *(getattr(entry, f) for f in _FIELDS)]
        return dumps(row, ensure_ascii=True, separators=(",", ":")).encode() + b"\n"

    def _entry(self, line: bytes) -> Entry | None:
        try:
            row = loads(line)
        except ValueError:
            return None
        if type(row) is not list or row[:2] != self._head or len(row) != 6 + len(_FIELDS):
            return None
        file, size, modified, mark, *texts = row[2:]
        if type(size) is not int or type(modified) is not int or not all(type(t) is str for t in (file, mark, *texts)):
            return None
        return Entry(file, Stamp(size, modified, mark), *texts)

    def _complain(self, error: OSError) -> None:
        if self._usable:
            self._usable = False
            why = (error.strerror or str(error)).lower()
            self._log(LogRecord(WARN, "what was read is not kept for the next start", path=self.path, error=why))


_FIELDS = ("name", "version", "digest", "created", "key", "yaml", "json", "problem")
