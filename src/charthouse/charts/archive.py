"""Packing a chart into NAME-VERSION.tgz, and unpacking one into a directory.

Whose rules: Helm 4.3.1 pkg/chart/v2/util/{save,expand}.go, pkg/chart/v2/chart.go StampModTimes. Members, their order
and headers are Helm's; the compressed bytes are zlib's, not Go's deflate.
"""

from __future__ import annotations

from charthouse.charts.metadata import ChartError
from charthouse.errors import CharthouseError
from charthouse.golang.kinds import GoError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from charthouse.charts.chart import Chart

__all__ = ["expand", "file_name", "pack", "save", "stamp"]

# A gzip header with Helm's extra field and comment, no time, "unknown" operating system.
_EXTRA = b"rr\x28\x00aHR0cHM6Ly95b3V0dS5iZS96OVV6MWljandyTQo="
_GZIP = b"\x1f\x8b\x08\x14\0\0\0\0\0\xff" + len(_EXTRA).to_bytes(2, "little") + _EXTRA + b"Helm\0"


def file_name(chart: Chart) -> str:
    return f"{chart.name}-{chart.metadata.version}.tgz"


def save(chart: Chart, directory: str, *, epoch: int | None = None, now: float | None = None) -> str:
    """Write the chart's archive below `directory` (made when missing) and return its path.

    epoch: seconds since 1970 every member is dated to (SOURCE_DATE_EPOCH); now: the time of members that have none, the
    present moment when not given. Raises ChartError.
    """
    import os

    from charthouse.charts.oserror import go_text

    try:
        chart.metadata.validate()
    except ChartError as error:
        raise ChartError(f"chart validation: {error}", hint=error.hint) from error
    if epoch is not None:
        stamp(chart, epoch)
    path = os.path.normpath(os.path.join(directory, file_name(chart)))
    _make_directory(os.path.dirname(path) or ".")
    try:
        with open(path, "wb") as stream:
            stream.write(pack(chart, now=now))
    except OSError as error:
        raise ChartError(go_text("open", path, error)) from None
    except ChartError:
        os.remove(path)
        raise
    return path


def _make_directory(path: str) -> None:
    """A directory and those above it. Raises ChartError."""
    import os

    from charthouse.charts.oserror import go_text

    try:
        if not os.path.isdir(path):
            os.stat(path)
            raise ChartError(f"is not a directory: {path}")
    except FileNotFoundError:
        try:
            os.makedirs(path, mode=0o755, exist_ok=True)
        except OSError as error:
            raise ChartError(go_text("mkdir", str(error.filename), error)) from None
    except OSError as error:
        raise ChartError(f"stat {path}: {go_text('stat', path, error)}") from None


def stamp(chart: Chart, epoch: int) -> None:
    """Date the chart, its lock, files and sub-charts to one moment, so that packing gives the same bytes again."""
    moment = epoch * 10**9
    chart.modified = moment
    if chart.schema:
        chart.schema_modified = moment
    if chart.lock is not None:
        chart.lock.generated = _rfc3339(epoch)
    for file in (*chart.raw, *chart.templates, *chart.files):
        file.modified = moment
    for inner in chart.dependencies:
        stamp(inner, epoch)


def _rfc3339(epoch: int) -> str:
    from datetime import UTC, datetime

    return datetime.fromtimestamp(epoch, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def pack(chart: Chart, *, now: float | None = None) -> bytes:
    """The bytes of the chart's archive. Raises ChartError."""
    import time
    from zlib import crc32

    from charthouse.charts.deflate import deflated
    from charthouse.charts.tarwriter import END, member

    moment = int(time.time() if now is None else now)
    pieces: list[bytes] = []
    for name, data, modified in _members(chart, ""):
        pieces += member(name, data, moment if modified is None else modified)
    body = b"".join([*pieces, END])
    size = len(body) & 0xFFFFFFFF
    return b"".join([_GZIP, *deflated(body), crc32(body).to_bytes(4, "little"), size.to_bytes(4, "little")])


def _members(chart: Chart, prefix: str) -> list[tuple[str, bytes, int | None]]:
    """Path, contents and time (seconds since 1970) of every file (writeTarContents)."""
    if "/" in chart.name or not chart.name:
        from charthouse.golang.strconv import quote

        raise ChartError(f"{quote(chart.name)} is not a valid chart name")
    from charthouse.formats.yaml import dump

    base = f"{prefix}{chart.name}/"
    described = chart.metadata.to_dict()
    if chart.metadata.api_version == "v1":
        described.pop("dependencies", None)
    out: list[tuple[str, bytes, int | None]] = [(base + "Chart.yaml", _bytes(dump(described)), chart.modified_seconds)]
    if chart.metadata.api_version == "v2" and chart.lock is not None:
        out.append((base + "Chart.lock", _bytes(dump(chart.lock.to_dict())), _generated(chart.lock.generated)))
    out += [(base + file.name, file.data, file.modified_seconds) for file in chart.raw if file.name == "values.yaml"]
    if chart.schema is not None:
        _check_schema(chart.schema)
        out.append((base + "values.schema.json", chart.schema, chart.schema_modified_seconds))
    out += [(base + file.name, file.data, file.modified_seconds) for file in (*chart.templates, *chart.files)]
    for inner in chart.dependencies:
        out += _members(inner, base + "charts/")
    return out


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def _generated(text: str) -> int | None:
    """Seconds since 1970, rounded half up, as archive/tar rounds; None for Go's zero time."""
    if text.startswith("0001-01-01T00:00:00"):
        return None
    # RFC 3339, as reading the lock has made sure; datetime would take longer to import than all the rest.
    year, month, day, hour, minute, second = (int(text[at : at + (4 if not at else 2)]) for at in (0, 5, 8, 11, 14, 17))
    rest = text[19:]
    zone = rest.lstrip(".0123456789")
    half = rest[1:2] >= "5" if rest.startswith(".") else False
    behind = 0
    if zone not in ("Z", "z"):
        behind = (int(zone[1:3]) * 60 + int(zone[4:6])) * (-60 if zone[0] == "-" else 60)
    return _days(year, month, day) * 86400 + hour * 3600 + minute * 60 + second - behind + half


def _days(year: int, month: int, day: int) -> int:
    """Since 1970, in the Gregorian calendar: years are counted from March, so that leap days come last."""
    year -= month < 3
    month = (month + 9) % 12
    return year * 365 + year // 4 - year // 100 + year // 400 + (month * 306 + 5) // 10 + day - 1 - 719468


def _check_schema(data: bytes) -> None:
    from charthouse.golang.json import decode_typed

    try:
        decode_typed(data.decode("utf-8", "surrogateescape"), str, str)  # of syntax only: a number may be any size
    except GoError as error:
        raise ChartError("invalid JSON in values.schema.json", hint=str(error)) from None


def expand(data: bytes, directory: str) -> str:
    """Unpack an archive's files, unchanged, into `directory`/NAME and return that path. Raises ChartError.

    Nothing is written outside: paths are checked as when loading, and a symbolic link on the way is refused.
    """
    import os

    from charthouse.charts.metadata import Metadata
    from charthouse.charts.oserror import go_text
    from charthouse.charts.tarball import read_archive

    files = read_archive(data)
    name = ""
    for file in files:
        if file.name == "Chart.yaml":
            try:
                name = Metadata.from_yaml(file.data).name
            except (CharthouseError, GoError) as error:
                raise ChartError(f"cannot load Chart.yaml: {error}") from error
    _check_name(name)
    target = os.path.join(os.path.normpath(directory), name)
    for file in files:
        path = os.path.join(target, file.name)
        try:
            _make_directories(target, os.path.dirname(file.name))
            flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC
            with open(os.open(path, flags, 0o644), "wb") as stream:
                stream.write(file.data)
        except OSError as error:
            raise ChartError(go_text("open", path, error)) from None
    return target


def _check_name(name: str) -> None:
    from charthouse.golang.strconv import quote

    if not name:
        raise ChartError("chart name not specified")
    if name in (".", ".."):
        raise ChartError(f"chart name {quote(name)} is not allowed")
    if "/" in name:
        raise ChartError(f"chart name {quote(name)} must not contain path separators")


def _make_directories(target: str, below: str) -> None:
    """`target` and the directories in it, none of which may be a symbolic link."""
    import os

    os.makedirs(os.path.dirname(target) or ".", mode=0o755, exist_ok=True)
    path = target
    for part in ("", *below.split("/")) if below else ("",):
        path = os.path.join(path, part) if part else path
        if os.path.islink(path):
            raise ChartError(f"{path} is a symbolic link")
        if not os.path.isdir(path):
            os.mkdir(path, 0o755)
