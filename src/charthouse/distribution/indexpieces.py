"""The usual index.yaml, cut into the pieces it repeats: read once each, however often they stand there.

An index is mostly the same few lines: of two versions of a chart only the digest, the date, the address and the version
differ. So the text is cut without being read: at its top-level keys, into charts, into versions, into their keys; and
each key with its value is read by the YAML readers once (``memo``), the ones that always differ by patterns.

What a piece says by itself is what it says in its place: it begins at the column of a block mapping's key, in block
context, and whatever is read without error by itself leaves the reader in the same state. An anchor or a quote that
reaches over a cut makes the piece unreadable, and ``NotPlain`` has the whole index read by the complete reader, as for
everything else that is not of this form. `tests/property/test_index.py` holds that both say the same.

Rules: go.yaml.in/yaml/v2 (``scannerc.go``: where plain and block scalars end).
"""

from __future__ import annotations

import re

from charthouse.distribution.indexfields import TIME, Irregular, checked
from charthouse.formats.yaml import YamlError, load_strictly

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

__all__ = ["Block", "NotPlain", "Reader", "blocks", "top_level"]

# A line that begins a top-level key, or a chart: at the first column, or behind as many blanks as the first chart has.
_ENTRIES = re.compile(rb"^entries: *\n(?:\n| *#[^\n]*\n)*( +)[^ \-\n#]", re.MULTILINE)
_NAME = re.compile(rb" *([A-Za-z][\w.-]*): *")
# What makes a piece a block mapping from its first line on: only then is it read to its end, or refused.
_KEY = re.compile(rb""" *(?:\w[\w.-]*|"[\w.-]+"|'[\w.-]+'):(?: |\n|$)""")
_TOP_KEY = re.compile(rb"(?: *(?:#[^\n]*)?\n)*\w+:(?: |\n|$)")
_EMPTY = re.compile(rb"(?: *(?:#[^\n]*)?(?:\n|$))*")
_WORDS = frozenset(("y", "n", "yes", "no", "on", "off", "true", "false", "null"))
_ALIAS = re.compile(rb"(?:^|[\s\[{,:-])\*[^\s*]")
# Pieces that differ from version to version. A version with two dots is no number, nor is a
# digest with letters beside e; an address with a slash is no word.
_USUAL = re.compile(
    rb'digest: ((?!0b)(?=[0-9e]*[abcdf])[0-9a-f]{64})|created: "(%s)"'
    rb"|urls:\n +- ([A-Za-z][\w.+%%~@/:-]*/[\w.+%%~@/-]*|[A-Za-z][\w.+-]*\.tgz)"
    rb"|version: (\d{1,9}\.\d{1,9}\.\d{1,9})|appVersion: (v?\d{1,9}\.\d{1,9}\.\d{1,9})"
    rb"|name: ([A-Za-z][\w.]*-[\w.-]*|[A-Za-z]\w*\d)" % TIME.encode()
)
_KEYS = ("", "digest", "created", "urls", "version", "appVersion", "name")
_MOST = 30_000
# What ends a line in YAML beside a line feed: next line, line and paragraph separator.
_BREAKS = (b"\xc2\x85", b"\xe2\x80\xa8", b"\xe2\x80\xa9")


class NotPlain(Exception):
    """The index may well be right, but it is not of the form read here."""


class Block:
    """A chart's part of the index. name: its key; entries: the text of each version, or None when it has to be read as
    a whole: `whole` then gives what it says."""

    __slots__ = ("_column", "_data", "_names", "entries", "name")

    def __init__(self, data: bytes, column: int) -> None:
        self._data = data
        self._column = self._names = column
        line, _, body = data.partition(b"\n")
        self.entries: list[bytes] | None = None
        self.name = _plain_name(line)
        dashes = len(body) - len(body.lstrip(b" "))
        if self.name and body[dashes : dashes + 2] == b"- " and dashes >= column:
            self.entries = body[dashes + 2 :].split(b"\n" + b" " * dashes + b"- ")
            self._column = dashes + 2

    @property
    def column(self) -> int:
        """Where the keys of an entry stand."""
        return self._column

    def whole(self) -> tuple[str, Any]:
        """The chart's name and the value of its key. Raises NotPlain."""
        if re.search(rb"\n(?!%b| *(?:\n|#|$))" % (b" " * self._names), self._data):
            raise NotPlain  # a line before the chart's column, at which reading it by itself would end in silence
        return _one_key(self._data)


def top_level(data: bytes) -> tuple[dict[str, Any], bytes, int]:
    """What stands beside the charts, the charts' text, and the column of their names. Raises NotPlain.

    What stands before and behind is read apart, so that no quote reaches from one to the other.
    """
    if b"\r" in data:
        data = data.replace(b"\r\n", b"\n")
    data = data.removeprefix(b"\xef\xbb\xbf").removeprefix(b"---\n")
    if b"\r" in data or b"\n---" in data or b"\n..." in data or data[:1] in (b"-", b".", b"%") or data[-1:] != b"\n":
        raise NotPlain
    found = _ENTRIES.search(data)
    if found is None:
        raise NotPlain
    start = found.start(1)
    behind = re.compile(rb"\n[^ \-\n#]").search(data, start)
    end = behind.start() + 1 if behind else len(data)
    rest = _beside(data[: found.start()])
    behind_it = _beside(data[end:])
    if "entries" in rest or "entries" in behind_it or not rest.keys().isdisjoint(behind_it):
        raise NotPlain
    return rest | behind_it, data[start:end], len(found[1])


def _beside(text: bytes) -> dict[str, Any]:
    if _EMPTY.fullmatch(text):
        return {}
    value = _read(text) if _TOP_KEY.match(text) else None
    if type(value) is not dict:
        raise NotPlain
    return value


def blocks(text: bytes, column: int) -> Iterator[Block]:
    """The charts one by one. text, column: see `top_level`. Raises NotPlain."""
    start = 0
    for found in re.compile(rb"\n" + b" " * column + rb"[^ \-\n#]").finditer(text):
        yield Block(text[start : found.start()], column)
        start = found.start() + 1
    yield Block(text[start:].removesuffix(b"\n"), column)


class Reader:
    """Reads the entries of blocks whose keys stand at the same column."""

    __slots__ = ("_cut", "_indent", "_line", "_memo")

    def __init__(self, column: int) -> None:
        self._indent = b" " * column
        self._line = b"\n" + self._indent
        self._cut = re.compile(rb"\n" + self._indent + rb"(?=[^ \-\n#])").split
        self._memo: dict[bytes, tuple[str, Any]] = {}

    def fields(self, entry: bytes) -> dict[str, Any]:
        """One version's fields, as `indexfields.checked` gives them. Raises Irregular, NotPlain."""
        if entry[:1] == b"{":
            return _flow_fields(entry)
        if entry.count(b"\n") != entry.count(self._line) and not self._within(entry):
            raise Irregular
        get, read = self._memo.get, self._piece
        pieces = self._cut(entry)
        fields = dict([get(piece) or read(piece) for piece in pieces])
        if len(fields) != len(pieces):
            raise Irregular
        return fields

    def _within(self, entry: bytes) -> bool:
        """Whether every line that is not blank stands at the column or behind it."""
        return re.search(rb"\n(?!" + self._indent + rb"|\n|$)", entry) is None

    def _piece(self, piece: bytes) -> tuple[str, Any]:
        usual = _USUAL.fullmatch(piece)
        if usual is not None:
            which: int = usual.lastindex or 0
            text = usual[which].decode()
            return _KEYS[which], (text,) if which == 3 else text[:10] if which == 2 else text
        found = checked(*_one_key(self._indent + piece), from_yaml=True)
        if len(self._memo) > _MOST:
            self._memo.clear()
        self._memo[piece] = found
        return found


def _flow_fields(entry: bytes) -> dict[str, Any]:
    """An entry that is written as a flow mapping on one line, as the item it is. Raises Irregular, NotPlain."""
    if b"\n" in entry:
        raise NotPlain
    listed = _read(b"- " + entry + b"\n")
    if type(listed) is not list or len(listed) != 1 or type(listed[0]) is not dict:
        raise NotPlain
    return dict([checked(key, inner, from_yaml=True) for key, inner in listed[0].items()])


def _plain_name(line: bytes) -> str:
    found = _NAME.fullmatch(line)
    if found is None or found[1].lower().decode() in _WORDS:
        return ""
    return found[1].decode()


def _one_key(piece: bytes) -> tuple[str, Any]:
    value = _read(piece + b"\n") if _KEY.match(piece) else None
    if type(value) is not dict or len(value) != 1:
        raise NotPlain
    ((key, inner),) = value.items()
    return key, inner


def _read(piece: bytes) -> Any:
    if b"*" in piece and _ALIAS.search(piece):
        raise NotPlain  # aliases are counted over a whole document
    if any(mark in piece for mark in _BREAKS):
        raise NotPlain  # columns are counted from these too
    try:
        return load_strictly(piece.decode())
    except (YamlError, UnicodeDecodeError):
        raise NotPlain from None
