"""Reading chart archives: gzip and tar, no more of either than charts need, with hard limits.

`tarfile` costs more to import than Helm takes for a small render, and it is lenient where Go is strict; this reader
accepts what Go's archive/tar accepts (V7, USTAR, STAR, PAX and GNU headers with long names) over a single inflate.

Whose rules: Helm 4.3.1 pkg/chart/loader/archive/archive.go (names, sizes), Go 1.27 archive/tar reader.go and
compress/gzip. Different: sparse files are refused; a deflate stream damaged behind its first 4 MiB is reported without
an offset.
"""

from __future__ import annotations

from charthouse.charts.chart import File
from charthouse.charts.metadata import ChartError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["MAX_SIZE", "ArchiveError", "NotGzip", "read_archive"]

MAX_SIZE = 100 * 1024 * 1024
_BLOCK = 512
_TIME = frozenset("-.0123456789")
_LAST = 1 << 38  # seconds: the year 10680, beyond every date a file has
_MAX_SPECIAL = 1 << 20
_BOM = b"\xef\xbb\xbf"
# Types whose header may state a size but which carry no data.
_HEADER_ONLY = frozenset("12345" + "6")
_GZIP_HEADER = 10  # bytes; Go reads so many before it looks at them
_GZIP_TRAILER = 8
_GZIP_TEXT = 512  # bytes a name or a comment may have
_DAMAGED = 4 << 20  # bytes of contents after which a damaged stream is not looked at further
_TOO_LARGE = "decompressed chart is larger than the maximum size %d"
_TOO_LARGE_HELM3 = "decompressed chart is larger than the maximum file size %d"


class ArchiveError(ChartError):
    """The archive is damaged, too large, or holds what no chart may hold."""


class NotGzip(ArchiveError):
    """The data do not begin with a gzip header."""

    def __init__(self) -> None:
        super().__init__("gzip: invalid header")


class _Entry:
    """One tar member. kind: the type flag ("0" for a plain file); mtime: nanoseconds since 1970."""

    __slots__ = ("data", "directory", "kind", "mtime", "name", "size")

    def __init__(self, name: str, size: int, mtime: int, kind: str, directory: bool, data: bytes) -> None:
        self.name = name
        self.size = size
        self.mtime = mtime
        self.kind = kind
        self.directory = directory
        self.data = data


def read_archive(data: bytes, *, limit: int = MAX_SIZE, file_limit: int = 0) -> list[File]:
    """The files of a chart archive, names without their first path element, byte order marks removed.

    limit: bytes all files together may take; file_limit: bytes one may take (Helm 3), 0 = no limit of its own. Raises
    NotGzip, ArchiveError.
    """
    too_large = _TOO_LARGE_HELM3 if file_limit else _TOO_LARGE
    files: list[File] = []
    remaining = limit
    for entry in _entries(*_inflate(data, limit)):
        if entry.directory or entry.kind in ("g", "x"):
            continue
        name = _chart_path(entry.name)
        if entry.size > remaining:
            raise ArchiveError(too_large % limit)
        if file_limit and entry.size > file_limit:
            from charthouse.golang.strconv import quote

            shown = quote(entry.name)
            raise ArchiveError(f"decompressed chart file {shown} is larger than the maximum file size {file_limit}")
        remaining -= entry.size
        if remaining <= 0:
            raise ArchiveError(too_large % limit)
        files.append(File(name, entry.data.removeprefix(_BOM), entry.mtime))
    if not files:
        raise ArchiveError("no files in chart archive")
    return files


def _chart_path(name: str) -> str:
    """The path inside the chart: the first element dropped, cleaned. Raises ArchiveError for one that leaves it."""
    delimiter = "\\" if "\\" in name else "/"
    base, _, rest = name.partition(delimiter)
    path = rest.replace(delimiter, "/")
    if path.startswith("/"):
        raise ArchiveError("chart illegally contains absolute paths")
    if path == "" or "//" in path or "/." in path or path.startswith(".") or path.endswith("/"):
        import posixpath

        path = posixpath.normpath(path) if path else "."
    if path == ".":
        from charthouse.golang.strconv import quote

        raise ArchiveError(f"chart illegally contains content outside the base directory: {quote(name)}")
    if path.startswith(".."):
        raise ArchiveError("chart illegally references parent directory")
    if path[1:3] == ":/" and path[0].isascii() and path[0].isalpha():
        raise ArchiveError("chart contains illegally named files")
    if base == "Chart.yaml":
        raise ArchiveError("chart yaml not in base directory")
    return path


def _inflate(data: bytes, limit: int) -> tuple[bytes, ArchiveError | None]:
    """The decompressed stream, as far as it goes, and what stopped it early (None: it ended in order).

    A stream may hold a little more than the files: headers and padding. Whatever is over that is cut off with the error
    that the limit is passed.
    """
    import zlib

    allowance = 2 * limit + (1 << 20)
    parts: list[bytes] = []
    while data or not parts:
        try:
            start = _body(data)
        except NotGzip as error:
            if not parts:
                raise
            return b"".join(parts), error
        except ArchiveError as error:
            return b"".join(parts), error
        inflater = zlib.decompressobj(-15)
        try:
            part = inflater.decompress(memoryview(data)[start:], allowance + 1)
        except zlib.error:
            part, problem = _damaged(data[start:], allowance)
            return b"".join(parts) + part, problem
        parts.append(part)
        allowance -= len(part)
        if allowance < 0:
            return b"".join(parts), ArchiveError(_TOO_LARGE % limit)
        end = inflater.unused_data
        if not inflater.eof or len(end) < _GZIP_TRAILER:
            return b"".join(parts), ArchiveError("unexpected EOF")
        sums = zlib.crc32(part), len(part) & 0xFFFFFFFF
        if sums != (int.from_bytes(end[:4], "little"), int.from_bytes(end[4:8], "little")):
            return b"".join(parts), ArchiveError("gzip: invalid checksum")
        data = end[_GZIP_TRAILER:]
    return parts[0] if len(parts) == 1 else b"".join(parts), None


def _body(data: bytes) -> int:
    """Where the deflate stream behind a gzip header begins. Raises NotGzip, ArchiveError (gzip.Reader.readHeader)."""
    if len(data) < _GZIP_HEADER:
        raise ArchiveError("EOF" if not data else "unexpected EOF")
    if not data.startswith(b"\x1f\x8b\x08"):
        raise NotGzip
    flags, at = data[3], _GZIP_HEADER
    if flags & 4:
        at += 2 + int.from_bytes(data[at : at + 2], "little")
    for flag in (8, 16):  # name, comment
        if flags & flag and at <= len(data):
            end = data.find(b"\0", at)
            if (end if end >= 0 else len(data)) - at >= _GZIP_TEXT:
                raise NotGzip
            at = end + 1 if end >= 0 else len(data) + 1
    if flags & 2:
        import zlib

        at += 2
        if at <= len(data) and int.from_bytes(data[at - 2 : at], "little") != zlib.crc32(data[: at - 2]) & 0xFFFF:
            raise NotGzip
    if at > len(data):
        raise ArchiveError("unexpected EOF")
    return at


def _damaged(stream: bytes, limit: int) -> tuple[bytes, ArchiveError]:
    """What a deflate stream that zlib refuses holds before the damage (Go reads piece by piece and may never get to
    it), and what is wrong."""
    from charthouse.charts.inflate import corruption

    part, damage = corruption(stream, min(limit, _DAMAGED))
    return part, ArchiveError(str(damage or "flate: corrupt input"))


def _entries(stream: bytes, stopped: ArchiveError | None) -> Iterator[_Entry]:
    """Members in order; `stopped` is raised when the stream is needed beyond its end."""
    at = 0
    long_name = ""
    records: dict[str, str] = {}
    while True:
        header = stream[at : at + _BLOCK]
        if (len(header) < _BLOCK or not header.strip(b"\0")) and _at_end(stream, at, stopped):
            return
        at += _BLOCK
        entry = _header(header)
        size = entry.size
        if entry.kind in "xgLK":
            if size > _MAX_SPECIAL:
                raise ArchiveError("archive/tar: header field too long")
            body = _take(stream, at, size, stopped)
            at += -(-size // _BLOCK) * _BLOCK
            if entry.kind == "x":
                records = _pax(body)
            elif entry.kind == "g":
                _pax(body)
            elif entry.kind == "L":
                long_name = _string(body)
            continue
        if records or long_name:
            _override(entry, records, long_name)
            size = entry.size
            records, long_name = {}, ""
        _settle_kind(entry)
        if entry.kind in _HEADER_ONLY:
            size = entry.size = 0
        entry.data = _take(stream, at, size, stopped)
        at += -(-size // _BLOCK) * _BLOCK
        yield entry


def _at_end(stream: bytes, at: int, stopped: ArchiveError | None) -> bool:
    """A short or empty block: the regular end, or an error."""
    header = stream[at : at + _BLOCK]
    if len(header) == _BLOCK:
        second = stream[at + _BLOCK : at + 2 * _BLOCK]
        if len(second) == _BLOCK and second.strip(b"\0"):
            raise ArchiveError("archive/tar: invalid tar header")
        if len(second) == _BLOCK:
            return True
        header = second
    if stopped is not None:
        raise stopped
    if header:
        raise ArchiveError("unexpected EOF")
    return True


def _take(stream: bytes, at: int, size: int, stopped: ArchiveError | None) -> bytes:
    body = stream[at : at + size]
    if len(body) < size:
        if size > MAX_SIZE:
            raise ArchiveError(_TOO_LARGE % MAX_SIZE)
        raise stopped or ArchiveError("unexpected EOF")
    return body


def _header(block: bytes) -> _Entry:
    from zlib import adler32

    own = block[148:156]
    # Adler-32 holds the sum of the bytes in its lower half; that of ASCII alone fits there.
    whole = (adler32(block) & 0xFFFF) - 1 if block.isascii() else sum(block)
    # The checksum counts its own field as blanks.
    total = whole - sum(own) + 256
    wanted = _number(own)
    if wanted != total and wanted != total - 256 * sum(1 for b in block[:148] + block[156:] if b > 127):
        raise ArchiveError("archive/tar: invalid tar header")
    kind = chr(block[156])
    name = _string(block[:100])
    size = _number(block[124:136])
    if size < 0:
        raise ArchiveError("archive/tar: invalid tar header")
    if block[257:263] == b"ustar\0" and block[345]:
        prefix = _string(block[345:476] if block[508:512] == b"tar\0" else block[345:500])
        name = f"{prefix}/{name}"
    directory = _repeated(block[100:108]) & 0o170000 == 0o040000
    return _Entry(name, size, _repeated(block[136:148]) * 10**9, kind, directory, b"")


def _settle_kind(entry: _Entry) -> None:
    if entry.kind == "S":
        raise ArchiveError("archive/tar: sparse files are not supported")
    if entry.kind == "\0" or entry.kind == "0":
        entry.kind = "5" if entry.kind == "\0" and entry.name.endswith("/") else "0"
    if entry.kind == "5":
        entry.directory = True


def _override(entry: _Entry, records: dict[str, str], long_name: str) -> None:
    if any(key.startswith("GNU.sparse.") for key in records):
        raise ArchiveError("archive/tar: sparse files are not supported")
    if long_name:
        entry.name = long_name
    if records.get("path"):
        entry.name = records["path"]
    if "\0" in entry.name:
        raise ArchiveError("archive/tar: invalid tar header")
    try:
        if records.get("size"):
            entry.size = int(records["size"])
        if records.get("mtime"):
            entry.mtime = _moment(records["mtime"])
    except ValueError:
        raise ArchiveError("archive/tar: invalid tar header") from None
    if entry.size < 0:
        raise ArchiveError("archive/tar: invalid tar header")


def _moment(text: str) -> int:
    """Nanoseconds since 1970 of so many seconds, what is less cut off. Raises ValueError for what is none (`nan`,
    `1e300`)."""
    if not _TIME.issuperset(text) or len(text) > 40 or not -_LAST <= float(text) <= _LAST:
        raise ValueError(text)
    seconds, _, fraction = text.partition(".")
    part = int(fraction[:9].ljust(9, "0"))
    return int(seconds) * 10**9 + (-part if text.startswith("-") else part)


def _pax(body: bytes) -> dict[str, str]:
    """PAX records: `LENGTH KEY=VALUE\\n` one after the other."""
    records: dict[str, str] = {}
    while body:
        digits, blank, _ = body.partition(b" ")
        if not blank or not digits.isdigit() or len(digits) > 9:
            raise ArchiveError("archive/tar: invalid tar header")
        length = int(digits)
        record = body[len(digits) + 1 : length]
        key, equals, value = record[:-1].partition(b"=")
        if length > len(body) or not record.endswith(b"\n") or not equals or not key or b"\0" in key:
            raise ArchiveError("archive/tar: invalid tar header")
        records[key.decode("utf-8", "surrogateescape")] = value.decode("utf-8", "surrogateescape")
        body = body[length:]
    return records


def _string(field: bytes) -> str:
    end = field.find(b"\0")
    return (field if end < 0 else field[:end]).decode("utf-8", "surrogateescape")


def _number(field: bytes) -> int:
    """Octal text, or base 256 when the first bit is set."""
    digits = field.strip(b" \0")
    if not digits.isdigit():
        if field[0] & 0x80:
            return _base_256(field)
        digits = digits.partition(b"\0")[0] or b"0"
    if not digits.isdigit() or b"8" in digits or b"9" in digits:
        raise ArchiveError("archive/tar: invalid tar header")
    return int(digits, 8)


_known: dict[bytes, int] = {}


def _repeated(field: bytes) -> int:
    """A number most members of an archive have alike: mode, time."""
    found = _known.get(field)
    if found is None:
        if len(_known) > 1000:
            _known.clear()
        found = _known[field] = _number(field)
    return found


def _base_256(field: bytes) -> int:
    value = int.from_bytes(field, "big", signed=False) & ~(0x80 << 8 * (len(field) - 1))
    if field[0] & 0x40:
        value -= 1 << (8 * len(field) - 1)
    if not -(1 << 63) <= value < 1 << 63:
        raise ArchiveError("archive/tar: invalid tar header")
    return value
