"""What a repository offers, in a form that is read in milliseconds and only as far as it is wanted.

Reading a large index takes seconds, and most commands want little of it. A catalogue has of every chart a *head* (its
texts, its newest versions), which is all that most searches look at, and of every version a row, which is read for
one chart at a time. Heads and rows are bytes of ``marshal``; ``cataloguefile`` keeps them beside our other caches.
"""

from __future__ import annotations

from charthouse.logs import LogRecord
from charthouse.records import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import Any

    from charthouse.logs import Log

    # level, message, attributes: what Helm says each time it reads the index
    Warning = tuple[str, str, list[tuple[str, str]]]

__all__ = ["Catalogue", "Damaged", "Head", "Row", "Shelves", "tell"]

_TOPS = 4


class Damaged(Exception):
    """What was kept is no longer what was kept."""


class Row(Record):
    """One version of a chart: what search prints, completion describes and download needs. See index.ChartVersion.

    created: the date, as YYYY-MM-DD.
    """

    name: str
    description: str
    keywords: tuple[str, ...]
    version: str
    app_version: str
    urls: tuple[str, ...]
    digest: str
    deprecated: bool
    created: str


class Head:
    """A chart by its key in the index. texts: the different (name, description, keywords) of its versions; tops: its
    newest versions, (version, app version, which text), down to the newest that is no pre-release; whole: these are
    all; repeated: one version stands there twice."""

    __slots__ = ("key", "repeated", "texts", "tops", "whole")

    def __init__(self, key: str, texts: Any, tops: Any, whole: bool, repeated: bool) -> None:
        self.key = key
        self.texts: Sequence[tuple[str, str, tuple[str, ...]]] = texts
        self.tops: Sequence[tuple[str, str, int]] = tops
        self.whole = whole
        self.repeated = repeated


class Catalogue:
    """The charts of one index.

    heads: key → (texts, tops, whole, repeated, where its rows are: begin and end); rows: gives the bytes of such a
    place, or raises Damaged; warnings: what is to be said of the index; again: heads and rows made anew from the index.
    """

    __slots__ = ("_again", "_heads", "_rows", "warnings")

    def __init__(
        self, heads: dict[str, tuple[Any, ...]], rows: Callable[[int, int], bytes], warnings: list[Warning]
    ) -> None:
        self._heads = heads
        self._rows = rows
        self.warnings = warnings
        self._again: Callable[[], Catalogue] | None = None

    def otherwise(self, again: Callable[[], Catalogue]) -> Catalogue:
        """The same, which takes what `again` gives when its rows turn out to be damaged."""
        self._again = again
        return self

    def __iter__(self) -> Iterator[str]:
        return iter(self._heads)

    def __len__(self) -> int:
        return len(self._heads)

    def __contains__(self, key: str) -> bool:
        return key in self._heads

    def heads(self) -> Iterator[Head]:
        """Every chart, by key."""
        for key, (texts, tops, whole, repeated, _, _) in self._heads.items():
            yield Head(key, texts, tops, whole, repeated)

    def find(self, key: str) -> list[Row] | None:
        """The versions of a chart, newest first; None when the index does not have it."""
        if key not in self._heads:
            return None
        try:
            return self._found(key)
        except Damaged:
            if self._again is None:
                raise
            fresh = self._again()
            self._heads, self._rows, self._again = fresh._heads, fresh._rows, None
            return self._found(key)

    def _found(self, key: str) -> list[Row]:
        import marshal
        from zlib import crc32

        texts, _, _, _, begin, end = self._heads[key]
        data = self._rows(begin, end)
        if crc32(data[4:]) != int.from_bytes(data[:4]):
            raise Damaged
        return [Row(*texts[text], *rest) for text, *rest in marshal.loads(data[4:])]


class Shelves:
    """A catalogue being filled. Charts come in any order and stand in that of their keys in the end."""

    __slots__ = ("_charts", "warnings")

    def __init__(self) -> None:
        self._charts: dict[str, tuple[Any, ...]] = {}
        self.warnings: dict[str, list[Warning]] = {}

    def __contains__(self, key: str) -> bool:
        return key in self._charts

    def add(self, key: str, rows: Sequence[Sequence[Any]]) -> None:
        """Take a chart's versions, newest first, each the fields of a Row."""
        import marshal
        from zlib import crc32

        texts: dict[tuple[Any, ...], int] = {}
        short = [(texts.setdefault(tuple(row[:3]), len(texts)), *row[3:]) for row in rows]
        tops = []
        for text, version, app_version, *_ in short[:_TOPS]:
            tops.append((version, app_version, text))
            if "-" not in version:
                break
        repeated = len({row[1] for row in short}) != len(short)
        head = (tuple(texts), tuple(tops), len(tops) == len(short), repeated)
        data = marshal.dumps(short)
        self._charts[key] = (head, crc32(data).to_bytes(4) + data)

    def filled(self) -> tuple[dict[str, tuple[Any, ...]], bytes, list[Warning]]:
        """Heads, the bytes of all rows, warnings (see Catalogue)."""
        heads: dict[str, tuple[Any, ...]] = {}
        pieces: list[bytes] = []
        at = 0
        for key in sorted(self._charts):
            head, rows = self._charts[key]
            heads[key] = (*head, at, at + len(rows))
            pieces.append(rows)
            at += len(rows)
        said = [warning for key in sorted(self.warnings) for warning in self.warnings[key]]
        return heads, b"".join(pieces), said


def tell(warnings: Sequence[Warning], log: Log) -> None:
    """Say what is to be said of an index."""
    for level, message, attributes in warnings:
        log(LogRecord(level, message, **dict(attributes)))
