"""Writing tar members as Go's archive/tar does for plain files: USTAR where it can say everything, else PAX.

Whose rules: Go 1.27 archive/tar writer.go, common.go allowedFormats, strconv.go.
"""

from __future__ import annotations

__all__ = ["END", "member"]

END = b"\0" * 1024
_NAME, _PREFIX = 100, 155
_MAX_OCTAL = 8**11 - 1


def member(name: str, data: bytes, mtime: int, *, nanoseconds: int = 0) -> tuple[bytes, bytes, bytes]:
    """Header(s), contents and padding of a plain file of mode 0644. mtime: seconds since 1970, and nanoseconds."""
    path = name.encode("utf-8", "surrogateescape")
    split = _split(path)
    records: dict[bytes, bytes] = {}
    if not path.isascii() or (len(path) > _NAME and split is None):
        records[b"path"] = path
    if nanoseconds:
        records[b"mtime"] = _moment(mtime, nanoseconds)
    elif not 0 <= mtime <= _MAX_OCTAL:
        records[b"mtime"] = b"%d" % mtime
    if records and len(path) > _NAME:  # only USTAR's own header has a prefix
        records[b"path"] = path
    out = b""
    if records:
        out = _extended(path, records)
        shown, prefix = _ascii(path), b""
    else:
        prefix, shown = split or (b"", path)
    stamp = mtime if 0 <= mtime <= _MAX_OCTAL else 0
    return out + _header(shown, prefix, len(data), stamp, 0o644, b"0"), data, bytes(-len(data) % 512)


def _split(path: bytes) -> tuple[bytes, bytes] | None:
    """Where USTAR can cut a long path into prefix and name."""
    if len(path) <= _NAME or not path.isascii():
        return None
    at = path.rfind(b"/", 0, min(len(path), _PREFIX + 1))
    if at <= 0 or not 0 < len(path) - at - 1 <= _NAME:
        return None
    return path[:at], path[at + 1 :]


def _ascii(path: bytes) -> bytes:
    return bytes(b for b in path if 0 < b < 128)


def _extended(path: bytes, records: dict[bytes, bytes]) -> bytes:
    """The PAX header member that goes before the file's own."""
    body = b"".join(_record(key, records[key]) for key in sorted(records))
    directory, slash, base = path.rpartition(b"/")
    name = _ascii(directory + slash + b"PaxHeaders.0/" + base)[:_NAME].rstrip(b"/")
    return _header(name, b"", len(body), 0, 0, b"x", bare=True) + body + b"\0" * (-len(body) % 512)


def _moment(seconds: int, nanoseconds: int) -> bytes:
    """As formatPAXTime: the fraction without zeros at its end; before 1970 both parts count downwards."""
    sign = b""
    if seconds < 0:
        sign, seconds, nanoseconds = b"-", -(seconds + 1), 10**9 - nanoseconds
    return b"%s%d." % (sign, seconds) + (b"%09d" % nanoseconds).rstrip(b"0")


def _record(key: bytes, value: bytes) -> bytes:
    """`LENGTH KEY=VALUE\\n`, where LENGTH counts itself."""
    rest = len(key) + len(value) + 3
    size = rest + len(str(rest))
    if len(str(size)) != len(str(rest)):
        size = rest + len(str(size))
    return b"%d %s=%s\n" % (size, key, value)


def _header(name: bytes, prefix: bytes, size: int, mtime: int, mode: int, kind: bytes, *, bare: bool = False) -> bytes:
    block = bytearray(512)
    block[: min(len(name), _NAME)] = name[:_NAME]
    if len(name) > _NAME and block[_NAME - 1] == ord("/"):
        # Readers would take a cut name that ends in a slash for a directory.
        kept = name[: _NAME - 1].rstrip(b"/")
        block[len(kept) : _NAME] = b"\0" * (_NAME - len(kept))
    block[100:108] = b"%07o\0" % mode
    block[108:116] = block[116:124] = b"0000000\0"
    block[124:136] = b"%011o\0" % size
    block[136:148] = b"%011o\0" % mtime
    block[148:156] = b"        "
    block[156:157] = kind
    block[257:265] = b"ustar\00000"
    if not bare:
        block[329:337] = block[337:345] = b"0000000\0"
    block[345 : 345 + len(prefix)] = prefix
    block[148:156] = b"%06o\0 " % sum(block)
    return bytes(block)
