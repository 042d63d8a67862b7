"""Reading a chart directory: .helmignore, symbolic links followed, only regular files, within the size limit.

Whose rules: Helm 4.3.1 pkg/chart/v2/loader/directory.go, internal/sympath/walk.go, pkg/chart/loader/archive/budget.go.
Only the outermost .helmignore counts.
"""

from __future__ import annotations

import os
import stat

from charthouse.charts.chart import File
from charthouse.charts.ignore import FILE_NAME, Rules
from charthouse.charts.links import resolve_links
from charthouse.charts.metadata import ChartError
from charthouse.charts.oserror import go_text, reading_text
from charthouse.charts.regular import read_expected, read_regular
from charthouse.charts.tarball import MAX_SIZE
from charthouse.logs import INFO, LogRecord

TYPE_CHECKING = False
if TYPE_CHECKING:
    from charthouse.logs import Log

__all__ = ["read_chart_file", "read_directory"]

_MAX_LINKS = 255
_LINK = "found symbolic link in path. Contents of linked file included and used"


def read_chart_file(directory: str) -> bytes:
    """The bytes of Chart.yaml. Raises ChartError."""
    path = os.path.join(os.path.abspath(directory), "Chart.yaml")
    try:
        return read_regular(path)
    except OSError as error:
        raise ChartError(f"unable to detect chart at {path}: {reading_text(path, error)}") from None


def read_directory(directory: str, *, log: Log, limit: int = MAX_SIZE, file_limit: int = 0) -> list[File]:
    """Every file that belongs to the chart, in Go's walking order (by name, directory by directory).

    limit: bytes all files together may take; file_limit: bytes one may take (Helm 3), 0 = no limit of its own. Raises
    ChartError.
    """
    top = os.path.abspath(directory)
    walk = _Walk(top, _rules(top), log, limit, file_limit)
    walk.directory(top, "", 0)
    return walk.files


def _rules(top: str) -> Rules:
    path = os.path.join(top, FILE_NAME)
    try:
        os.stat(path)
    except OSError:
        return Rules()  # Helm asks only whether it is there
    try:
        return Rules(read_regular(path))
    except OSError as error:
        raise ChartError(reading_text(path, error)) from None


class _Walk:
    """One walk over a chart directory; `files` grows as it goes."""

    __slots__ = ("file_limit", "files", "limit", "log", "remaining", "rules", "top")

    def __init__(self, top: str, rules: Rules, log: Log, limit: int, file_limit: int) -> None:
        self.file_limit = file_limit
        self.top = top
        self.rules = rules
        self.log = log
        self.limit = limit
        self.remaining = limit
        self.files: list[File] = []

    def directory(self, path: str, name: str, links: int) -> None:
        """The entries of a directory. path: absolute; name: relative to the chart ("" = the chart itself)."""
        try:
            entries = sorted(os.listdir(path))
        except OSError as error:
            if not name:
                return  # of the chart's own directory Helm does not look at the error: it has no files
            raise ChartError(go_text("open", path, error)) from None
        for entry in entries:
            self.entry(f"{path}/{entry}", f"{name}/{entry}" if name else entry, links)

    def entry(self, path: str, name: str, links: int) -> None:
        try:
            info = os.lstat(path)
        except OSError as error:
            raise ChartError(go_text("lstat", path, error)) from None
        linked = stat.S_ISLNK(info.st_mode)
        if linked:
            info = self.resolve(path, links)
            links += 1
        if stat.S_ISDIR(info.st_mode):
            if not self.rules.ignores(name, directory=True):
                if linked:
                    self.check(path, name)
                self.directory(path, name, links)
        elif not self.rules.ignores(name, directory=False):
            if not stat.S_ISREG(info.st_mode):
                raise ChartError(f"cannot load irregular file {path} as it has file mode type bits set")
            if linked:
                self.check(path, name)
            self.files.append(File(name, self.read(path, name, info.st_size), info.st_mtime_ns))

    def check(self, path: str, name: str) -> None:
        """Refuse a link that leads out of the chart."""
        from charthouse.charts.outside import check_link

        check_link(self.top, path, name)

    def resolve(self, path: str, links: int) -> os.stat_result:
        """What a symbolic link leads to."""
        try:
            if links >= _MAX_LINKS:
                raise ChartError("EvalSymlinks: too many links")
            resolved = resolve_links(path)
        except ChartError as error:
            raise ChartError(f"error evaluating symlink {path}: {error}") from None
        self.log(LogRecord(INFO, _LINK, path=path, resolved=resolved))
        try:
            return os.lstat(resolved)
        except OSError as error:
            raise ChartError(go_text("lstat", resolved, error)) from None

    def read(self, path: str, name: str, size: int) -> bytes:
        if self.file_limit and size > self.file_limit:
            from charthouse.golang.strconv import quote

            shown = quote(path[path.rfind("/") + 1 :])
            raise ChartError(f"chart file {shown} is larger than the maximum file size {self.file_limit}")
        over = f"error reading {name}: chart exceeds maximum decompressed size of {self.limit} bytes"
        if size > self.remaining:
            raise ChartError(over)
        try:
            data = read_expected(path, size, self.remaining)
        except OSError as error:
            raise ChartError(f"error reading {name}: {go_text('open', path, error)}") from None
        if len(data) > self.remaining:
            raise ChartError(over)
        self.remaining -= len(data)
        return data.removeprefix(b"\xef\xbb\xbf")
