"""From an index to its catalogue: by pieces where it is of the usual form, else by way of the complete reader.

Both give the same (`tests/property/test_index.py`). Rules: ``index``; warnings come in the order of the charts' keys.
"""

from __future__ import annotations

import re

from charthouse.distribution import index as indexes
from charthouse.distribution.catalogue import Catalogue, Shelves
from charthouse.distribution.errors import IndexError_
from charthouse.distribution.indexfields import Irregular, checked, row_of
from charthouse.distribution.indexpieces import NotPlain, Reader, blocks, top_level
from charthouse.formats.semver import SemverError, Version
from charthouse.golang.kinds import GoError
from charthouse.logs import LogRecord

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from charthouse.distribution.catalogue import Warning

    Filled = tuple[dict[str, tuple[Any, ...]], bytes, list[Warning]]

__all__ = ["catalogue_of", "in_memory", "read"]

_LARGEST = 512 << 20
"""Bytes of an index; Helm has no limit, and takes 25 times as much memory."""
_LARGEST_WHOLE = 64 << 20
"""Bytes of an index that has to be read as a whole, which takes 25 to 60 times as much memory."""
_OWN = ("created", "digest", "urls", "version", "appVersion", "deprecated", "removed", "dependencies")
"""What differs from version to version; and what may hold booleans, which are numbers when compared in Python."""
_is_release = re.compile(r"\d{1,9}\.\d{1,9}\.\d{1,9}", re.ASCII).fullmatch


def read(data: bytes, source: str) -> Filled:
    """What the catalogue of an index is made of. source: where the index came from, for the warnings.

    Raises IndexError_ with Helm's text.
    """
    if len(data) > _LARGEST:
        raise IndexError_(f"index is larger than the maximum size {_LARGEST} bytes")
    try:
        shelves = _from_json(data, source) if indexes.may_be_json(data) else _from_pieces(data, source)
    except NotPlain:
        if len(data) > _LARGEST_WHOLE:
            text = f"index of {len(data)} bytes is larger than the maximum size {_LARGEST_WHOLE} bytes of one that "
            raise IndexError_(
                f"{text}is not written as `helm repo index` writes it",
                hint="`charthouse repo index` writes one that may be larger; anchors, tags and mistakes are not in it",
            ) from None
        shelves = _read_whole(data, source)
    return shelves.filled()


def in_memory(filled: Filled) -> Catalogue:
    """The catalogue itself."""
    heads, rows, warnings = filled
    return Catalogue(heads, lambda begin, end: rows[begin:end], warnings)


def catalogue_of(index: indexes.Index) -> Catalogue:
    """The catalogue of an index in memory."""
    shelves = Shelves()
    for key, versions in index.entries.items():
        shelves.add(key, [row_of(entry) for entry in versions])
    return in_memory(shelves.filled())


def _read_whole(data: bytes, source: str) -> Shelves:
    said: list[Warning] = []
    index = indexes.load(data, source, log=_noting(said))
    shelves = Shelves()
    for key, versions in index.entries.items():
        shelves.add(key, [row_of(entry) for entry in versions])
    shelves.warnings[""] = said
    return shelves


def _noting(said: list[Warning]) -> Callable[[LogRecord], None]:
    def note(record: LogRecord) -> None:
        said.append((record.level, record.message, [(key, str(value)) for key, value in record.attributes.items()]))

    return note


def _from_pieces(data: bytes, source: str) -> Shelves:
    rest, text, column = top_level(data)
    _check_top(rest, from_yaml=True)
    shelves = Shelves()
    readers: dict[int, Reader] = {}
    for block in blocks(text, column):
        if block.entries is not None:
            reader = readers.get(block.column)
            if reader is None:
                reader = readers[block.column] = Reader(block.column)
            try:
                _take(shelves, block.name, [reader.fields(entry) for entry in block.entries])
                continue
            except (Irregular, NotPlain):
                pass  # as a whole, below
        key, listed = block.whole()
        _take_exactly(shelves, key, listed, source, from_yaml=True)
    return shelves


def _from_json(data: bytes, source: str) -> Shelves:
    try:
        value = indexes.decode_json(data)
    except GoError:
        raise NotPlain from None
    entries = value.pop("entries", {}) if type(value) is dict else None
    if type(entries) is not dict or any(key.lower() == "entries" for key in value):
        raise NotPlain
    _check_top(value, from_yaml=False)
    shelves = Shelves()
    for key, listed in entries.items():
        fields = _JsonFields()
        try:
            _take(shelves, key, [fields.of(entry) for entry in listed])
        except (Irregular, TypeError):
            _take_exactly(shelves, key, listed, source, from_yaml=False)
    return shelves


class _JsonFields:
    """The checked fields of a chart's entries. What does not differ from the entry before is not looked at again."""

    __slots__ = ("_checked", "_last")

    def __init__(self) -> None:
        self._last: dict[str, Any] = {}
        self._checked: dict[str, Any] = {}

    def of(self, entry: Any) -> dict[str, Any]:
        """Raises Irregular."""
        if type(entry) is not dict:
            raise Irregular
        rest = entry.copy()
        own = [(key, rest.pop(key)) for key in _OWN if key in rest]
        if rest != self._last:
            self._checked = dict([checked(key, value, from_yaml=False) for key, value in rest.items()])
            self._last = rest
        fields = self._checked.copy()
        for key, value in own:
            fields[key] = checked(key, value, from_yaml=False)[1]
        return fields


def _check_top(rest: dict[str, Any], *, from_yaml: bool) -> None:
    """Raises NotPlain for anything Helm would not take."""
    index = indexes.Index(api_version="")
    try:
        indexes.fill(index, rest, "", from_yaml, lambda record: None)
    except GoError:
        raise NotPlain from None
    if not index.api_version:
        raise NotPlain


def _take(shelves: Shelves, key: str, found: list[dict[str, Any]]) -> None:
    """A chart whose fields were all regular. Raises Irregular, NotPlain."""
    if key in shelves:
        raise NotPlain
    rows = []
    for fields in found:
        get = fields.get
        try:
            rows.append(
                (
                    fields["name"], get("description") or "", get("keywords") or (), fields["version"],
                    get("appVersion") or "", get("urls") or (), get("digest") or "", get("deprecated") or False,
                    get("created") or "0001-01-01",
                )
            )  # fmt: skip
        except KeyError:
            raise Irregular from None
    shelves.add(key, _newest_first(rows))


def _newest_first(rows: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """Raises Irregular for a version that is none."""
    if all(_is_release(row[3]) for row in rows):
        return sorted(rows, key=lambda row: tuple(map(int, row[3].split("."))), reverse=True)
    try:
        for row in rows:
            Version.parse(row[3])
    except SemverError:
        raise Irregular from None
    return indexes.sort_versions(rows, lambda row: str(row[3]))


def _take_exactly(shelves: Shelves, key: str, listed: Any, source: str, *, from_yaml: bool) -> None:
    """A chart by the entry reader, which says what Helm says. Raises NotPlain where that is an error."""
    if key in shelves or (listed is not None and type(listed) is not list):
        raise NotPlain
    try:
        made = [
            None if entry is None else indexes.read_entry(entry, f".entries.{key}.{i}", from_yaml)
            for i, entry in enumerate(listed or ())
        ]
    except GoError:
        raise NotPlain from None
    kept = indexes.valid_entries(made, key, source, _noting(shelves.warnings.setdefault(key, [])))
    shelves.add(key, [row_of(entry) for entry in indexes.sort_versions(kept, lambda entry: entry.version)])
