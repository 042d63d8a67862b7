"""Loading a chart from a directory, an archive or files in memory.

Whose rules: Helm 4.3.1 pkg/chart/loader/load.go (which loader), pkg/chart/v2/loader/{load,archive,directory}.go (how),
internal/sympath/walk.go (symbolic links). The order of charts below charts/ is the order of their files (Helm's is that
of a Go map: random).
"""

from __future__ import annotations

from charthouse.charts.chart import Chart, File, Lock, Metadata
from charthouse.charts.metadata import ChartError
from charthouse.charts.values import merge_maps
from charthouse.errors import CharthouseError
from charthouse.golang.kinds import GoError
from charthouse.logs import INFO, LogRecord
from charthouse.profile import HELM4

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from charthouse.charts.kept import KeptValues
    from charthouse.logs import Log
    from charthouse.profile import Profile

__all__ = ["load", "load_archive", "load_directory", "load_file", "load_files", "load_values"]

# Charts within charts within archives: Helm has no limit, an archive that holds itself would never end.
_MAX_DEPTH = 100
_MAX_NESTED = 200 << 20
_MIGRATE = 'Warning: %s since apiVersion "v2". We recommend migrating %s.'


def load(path: str, *, log: Log, profile: Profile = HELM4, kept: KeptValues | None = None) -> Chart:
    """The chart at `path`, a directory or a .tgz. Raises ChartError (loader.Load).

    profile: whether apiVersion is looked at first, how large a file may be, how values files are read. kept: default
    values parsed before.
    """
    import os
    import stat

    from charthouse.charts.oserror import go_text

    try:
        directory = stat.S_ISDIR(os.stat(path).st_mode)
    except OSError as error:
        raise ChartError(go_text("stat", path, error)) from None
    if directory:
        from charthouse.charts.directory import read_chart_file

        if profile.checks_api_version and _generation(read_chart_file(path)) == "v3":
            from charthouse.charts.directory import read_directory

            return _load_v3(read_directory(path, log=log), log)
        return load_directory(path, log=log, profile=profile, kept=kept)
    return _load_file(path, log, profile, kept)


def load_file(path: str, *, log: Log, profile: Profile = HELM4, kept: KeptValues | None = None) -> Chart:
    """The chart in an archive; apiVersion is not looked at first (v2 LoadFile). Raises ChartError."""
    from charthouse.charts.tarball import read_archive

    files = _checked_archive(path, lambda data: read_archive(data, file_limit=profile.file_limit))
    return load_files(files, log=log, nested=_Nested(profile, kept=kept), profile=profile)


def load_directory(path: str, *, log: Log, profile: Profile = HELM4, kept: KeptValues | None = None) -> Chart:
    """The chart in a directory; apiVersion is not looked at first (v2 LoadDir). Raises ChartError."""
    from charthouse.charts.directory import read_directory

    files = read_directory(path, log=log, file_limit=profile.file_limit)
    return load_files(files, log=log, nested=_Nested(profile, kept=kept), profile=profile)


def _load_file(path: str, log: Log, profile: Profile, kept: KeptValues | None) -> Chart:
    from charthouse.charts.tarball import ArchiveError, NotGzip, read_archive

    if not profile.checks_api_version:
        return load_file(path, log=log, profile=profile)

    def read(data: bytes) -> list[File]:
        try:
            return read_archive(data, file_limit=profile.file_limit)
        except NotGzip:
            raise
        except ArchiveError as error:
            raise ChartError("unable to load chart archive", hint=f"{path}: {error}") from error

    return _load_detected(_checked_archive(path, read), log, profile, kept)


def _checked_archive(path: str, read: Callable[[bytes], list[File]]) -> list[File]:
    """The files of an archive that looks like one (EnsureArchive)."""
    from charthouse.charts.oserror import reading_text
    from charthouse.charts.regular import LARGEST, read_bounded
    from charthouse.charts.tarball import NotGzip

    try:
        data = read_bounded(path, limit=2 * LARGEST)
    except OSError as error:
        raise ChartError(reading_text(path, error)) from None
    if not data.startswith(b"\x1f\x8b\x08"):
        _refuse(path, data)
    try:
        return read(data)
    except NotGzip as error:
        text = f"file '{path}' does not appear to be a valid chart file (details: {error})"
        raise ChartError(text) from None


def load_archive(
    data: bytes, *, log: Log, depth: int = 0, kept: KeptValues | None = None, profile: Profile = HELM4
) -> Chart:
    """The chart in the bytes of an archive. kept: default values parsed before. Raises ChartError; apiVersion is not
    looked at first (v2 LoadArchive)."""
    from charthouse.charts.tarball import read_archive

    files = read_archive(data, file_limit=profile.file_limit)
    return load_files(files, log=log, depth=depth, nested=_Nested(profile, kept=kept), profile=profile)


class UnreadableFile(ChartError):
    """A file of a chart is not what its name says. file: its name in the chart; data: its bytes."""

    def __init__(self, message: str, *, file: str, data: bytes) -> None:
        super().__init__(message)
        self.file = file
        self.data = data


class _Nested:
    """What holds for a chart and all inside it.

    left: how much the archives inside may still hold together (Helm bounds each alone, and they can be many); v3:
    loaded as Chart API v3, which knows no requirements files; kept: default values parsed before.
    """

    __slots__ = ("kept", "left", "profile", "v3")

    def __init__(self, profile: Profile, *, v3: bool = False, kept: KeptValues | None = None) -> None:
        self.left = _MAX_NESTED
        self.profile = profile
        self.v3 = v3
        self.kept = kept

    def values(self, data: bytes) -> dict[str, Any]:
        """What a values.yaml holds. Raises ChartError."""
        if self.kept is None:
            return load_values(data, self.profile)
        return self.kept.read(data, self.profile, load_values)

    def read(self, data: bytes) -> list[File]:
        from charthouse.charts.tarball import read_archive

        files = read_archive(data, file_limit=self.profile.file_limit)
        self.left -= sum(len(file.data) for file in files)
        if self.left < 0:
            raise ChartError(f"charts inside the chart exceed the maximum decompressed size of {_MAX_NESTED} bytes")
        return files


def _load_detected(files: list[File], log: Log, profile: Profile, kept: KeptValues | None) -> Chart:
    for file in files:
        if file.name == "Chart.yaml":
            if _generation(file.data) == "v3":
                return _load_v3(files, log)
            return load_files(files, log=log, nested=_Nested(profile, kept=kept), profile=profile)
    raise ChartError("unable to detect chart version, no Chart.yaml found")


def _refuse(path: str, data: bytes) -> None:
    """Not a gzip file: say what it looks like instead."""
    if path.endswith((".yml", ".yaml")):
        raise ChartError(f"file '{path}' seems to be a YAML file, but expected a gzipped archive")
    from charthouse.charts.contenttype import detect

    kind = detect(data[:512].ljust(512, b"\0"))
    if kind != "application/x-gzip":
        raise ChartError(f"file '{path}' does not appear to be a gzipped archive; got '{kind}'")


def _generation(data: bytes) -> str:
    """apiVersion, which decides how the chart is loaded (load.go). Raises ChartError for one nobody knows."""
    from charthouse.charts.metadata import read_api_version

    try:
        version = read_api_version(data)
    except (CharthouseError, GoError) as error:
        raise UnreadableFile(f"cannot load Chart.yaml: {error}", file="Chart.yaml", data=data) from error
    if version not in ("", "v1", "v2", "v3"):
        raise ChartError("unsupported chart version")
    return version


def _load_v3(files: list[File], log: Log) -> Chart:
    """A chart of Chart API v3: Helm loads it, its mistakes told first, and then refuses to work with it."""
    chart = load_files(files, log=log, nested=_Nested(HELM4, v3=True))
    chart.refused = True
    return chart


def load_files(
    files: list[File], *, log: Log, depth: int = 0, nested: _Nested | None = None, profile: Profile = HELM4
) -> Chart:
    """A chart from its files (paths relative to it). Raises ChartError (LoadFiles)."""
    chart = Chart(Metadata(), raw=files)
    nested = nested or _Nested(profile)
    for file in files:
        if file.name == "Chart.yaml":
            _decode_chart(chart.metadata, file.data, profile, v3=nested.v3)
            if profile.helm2 and chart.metadata.api_version not in ("", "v1"):
                wrong = chart.metadata.api_version
                raise ChartError(f"apiVersion '{wrong}' is not valid. The value must be \"v1\"")
            chart.metadata.api_version = chart.metadata.api_version or ("v3" if nested.v3 else "v1")
            chart.stamp_metadata(file)
    definitions = ("Chart.yaml",) if nested.v3 else ("Chart.yaml", "requirements.yaml", "requirements.lock")
    found = any(file.name in definitions for file in files)
    inner: dict[str, list[File]] = {}
    for file in files:
        name = file.name
        if name.startswith("templates/"):
            chart.templates.append(file)
        elif name.startswith("charts/"):
            if name.endswith(".prov"):
                chart.files.append(file)
                continue
            rest = name[7:]
            inner.setdefault(rest.partition("/")[0], []).append(file.moved(rest))
        else:
            _place(chart, file, log, nested)
    if profile.helm2 and not any(file.name == "Chart.yaml" for file in files):
        raise ChartError("chart metadata (Chart.yaml) missing")
    if not found:
        raise ChartError("Chart.yaml file is missing")
    if profile.helm2:
        _check_name(chart)
    else:
        chart.metadata.validate()
    for name, members in inner.items():
        if name[:1] not in ("_", "."):
            _add_inner(chart, name, members, log, depth + 1, nested)
    return chart


def _check_name(chart: Chart) -> None:
    """All that Helm 2 asks of a Chart.yaml. Raises ChartError."""
    if not chart.name:
        raise ChartError("invalid chart (Chart.yaml): name must not be empty")


def _decode_chart(metadata: Metadata, data: bytes, profile: Profile, *, v3: bool) -> None:
    try:
        _decode("Chart.yaml", metadata.update, data, profile)
    except ChartError as error:
        if v3:
            what, of_type, kind = error.message.rpartition(" of type ")
            text = what + of_type + kind.replace("v2.", "v3.")
            raise UnreadableFile(text, file="Chart.yaml", data=data) from error
        raise


def _place(chart: Chart, file: File, log: Log, nested: _Nested) -> None:
    """A file at the top of the chart (or in a directory Helm does not know)."""
    name, profile = file.name, nested.profile
    if name == "Chart.yaml":
        return
    if name == "values.yaml":
        chart.values = _decode(name, nested.values, file.data, profile)
        chart.has_values = True
    elif name == "values.schema.json":
        chart.schema = file.data
        chart.stamp_schema(file)
    elif name == "Chart.lock":
        chart.lock = _decode(name, Lock.from_yaml, file.data, profile)
    elif name == "requirements.yaml" and not nested.v3:
        if chart.metadata.api_version != "v1":
            log(LogRecord(INFO, _MIGRATE % ("Dependencies are handled in Chart.yaml", "dependencies to Chart.yaml")))
        _decode(name, chart.metadata.update, file.data, profile)
        if chart.metadata.api_version == "v1":
            chart.files.append(file)
    elif name == "requirements.lock" and not nested.v3:
        chart.lock = _decode(name, Lock.from_yaml, file.data, profile)
        if chart.metadata.api_version != "v1":
            log(LogRecord(INFO, _MIGRATE % ("Dependency locking is handled in Chart.lock", "to Chart.lock")))
        if chart.metadata.api_version == "v1":
            chart.files.append(file)
    else:
        chart.files.append(file)


def _decode(name: str, decode: Any, data: bytes, profile: Profile) -> Any:
    try:
        return decode(data)
    except (CharthouseError, GoError) as error:
        if profile.old_go:
            from charthouse.charts.json_helm3 import old_json_text

            text = old_json_text(str(error), "Lock" if name.endswith(".lock") else "Metadata")
            raise ChartError(f"cannot load {name}: {text}") from error
        raise UnreadableFile(f"cannot load {name}: {error}", file=name, data=data) from error


def _add_inner(chart: Chart, name: str, members: list[File], log: Log, depth: int, nested: _Nested) -> None:
    """One entry of charts/: an archive or a directory."""
    if depth > _MAX_DEPTH:
        raise ChartError(f"charts are nested more than {_MAX_DEPTH} deep")
    if name.endswith(".tgz") and members[0].name != name:
        text = f"error unpacking subchart tar in {chart.name}: expected {name}, got {members[0].name}"
        raise ChartError(text)
    try:
        if name.endswith(".tgz"):
            read = nested.read(members[0].data)
            inner = load_files(read, log=log, depth=depth, nested=nested, profile=nested.profile)
        else:
            files = []
            for file in members:
                _, slash, rest = file.name.partition("/")
                if slash:
                    files.append(file.moved(rest))
            inner = load_files(files, log=log, depth=depth, nested=nested, profile=nested.profile)
    except ChartError as error:
        what = name if nested.profile.helm2 else f"subchart {name}"
        raise ChartError(f"error unpacking {what} in {chart.name}: {error}", hint=error.hint) from error
    chart.add_dependency(inner)


def load_values(data: bytes, profile: Profile = HELM4) -> dict[str, Any]:
    """A values file: every `---` document of it, merged (LoadValues), or only the first (Helm 3). Raises ChartError."""
    from charthouse.formats.yaml import YamlError, load_map, load_values_documents

    text = data.decode("utf-8", "surrogateescape")
    exact = profile.exact_numbers
    try:
        if profile.first_document_only:
            return load_map(text, exact=exact)
        documents = load_values_documents(text, exact=exact)
    except YamlError as error:
        raise ChartError(error.message, hint=error.hint) from error
    values: dict[str, Any] = documents[0] if documents else {}
    for document in documents[1:]:
        values = merge_maps(values, document)
    return values
