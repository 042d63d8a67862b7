"""What a chart is: metadata, templates, default values, files, and the charts inside it.

Whose rules: Helm 4.3.1 pkg/chart/v2/chart.go. A chart is mutable where Helm mutates it: dependency processing renames
(alias), drops (disabled) and rewrites the values of charts in place.
"""

from __future__ import annotations

from charthouse.charts.metadata import ChartError, Dependency, Lock, Maintainer, Metadata, ValidationError
from charthouse.records import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime
    from typing import Any

__all__ = [
    "CRD",
    "Chart",
    "ChartError",
    "Dependency",
    "File",
    "Lock",
    "Maintainer",
    "Metadata",
    "ValidationError",
]


def _moment(value: datetime | int | None) -> datetime | None:
    """An aware datetime from one, or from nanoseconds since 1970 (rendering never asks, so it never imports
    datetime)."""
    if not isinstance(value, int):
        return value
    from charthouse.golang.moment import from_nanoseconds

    return from_nanoseconds(value)


def _seconds(value: datetime | int | None) -> int | None:
    """Whole seconds since 1970, rounded half up, as archive/tar rounds; without importing datetime."""
    if value is None or isinstance(value, int):
        return value if value is None else (value + 500_000_000) // 10**9
    import math

    return math.floor(value.timestamp() + 0.5)


class File:
    """One file of a chart. name: path from the chart's root with `/`; modified: aware datetime, None when unknown
    (given as one, or as nanoseconds since 1970)."""

    __slots__ = ("_modified", "data", "name")

    def __init__(self, name: str, data: bytes, modified: datetime | int | None = None) -> None:
        self.name = name
        self.data = data
        self._modified = modified

    @property
    def modified(self) -> datetime | None:
        return _moment(self._modified)

    @modified.setter
    def modified(self, value: datetime | int | None) -> None:
        self._modified = value

    @property
    def modified_seconds(self) -> int | None:
        """Since 1970, rounded half up."""
        return _seconds(self._modified)

    def moved(self, name: str) -> File:
        """The same file under another name."""
        return File(name, self.data, self._modified)

    def __repr__(self) -> str:
        return f"File({self.name!r}, {len(self.data)} bytes)"


class CRD(Record):
    """A file below crds/. name: path in its chart; path: with the chart's full path before it."""

    name: str
    path: str
    file: File


class Chart:
    """A chart and, below `dependencies`, the charts it contains.

    templates: files below templates/; values: defaults (a dict of golang.kinds values; {} when there is no
    values.yaml); schema: the bytes of values.schema.json; files: everything else; raw: every file as read, in load
    order; lock: Chart.lock; parent: the chart this one is a dependency of; modified, schema_modified: times of
    Chart.yaml and of the schema. `refused`: of Chart API v3, loaded to tell what is wrong with it, not to be used.
    `has_values` tells a chart without values.yaml (Go: nil map) from one with an empty
    one.
    """

    __slots__ = (
        "_modified",
        "_schema_modified",
        "dependencies",
        "files",
        "has_values",
        "lock",
        "metadata",
        "parent",
        "raw",
        "refused",
        "schema",
        "templates",
        "values",
    )

    def __init__(
        self,
        metadata: Metadata,
        *,
        templates: list[File] | None = None,
        values: dict[str, Any] | None = None,
        schema: bytes | None = None,
        files: list[File] | None = None,
        raw: list[File] | None = None,
        lock: Lock | None = None,
        modified: datetime | int | None = None,
        schema_modified: datetime | int | None = None,
    ) -> None:
        self.metadata = metadata
        self.templates: list[File] = templates if templates is not None else []
        self.has_values = values is not None
        self.values: dict[str, Any] = values if values is not None else {}
        self.schema = schema
        self.files: list[File] = files if files is not None else []
        self.raw: list[File] = raw if raw is not None else []
        self.lock = lock
        self.refused = False
        self.dependencies: list[Chart] = []
        self.parent: Chart | None = None
        self._modified = modified
        self._schema_modified = schema_modified

    def __repr__(self) -> str:
        return f"Chart({self.full_path()!r}, version={self.metadata.version!r})"

    @property
    def name(self) -> str:
        """The name of Chart.yaml, or the alias once dependencies are processed."""
        return self.metadata.name

    @property
    def modified(self) -> datetime | None:
        return _moment(self._modified)

    @modified.setter
    def modified(self, value: datetime | int | None) -> None:
        self._modified = value

    @property
    def modified_seconds(self) -> int | None:
        """Of Chart.yaml: since 1970, rounded half up."""
        return _seconds(self._modified)

    @property
    def schema_modified_seconds(self) -> int | None:
        """Since 1970, rounded half up."""
        return _seconds(self._schema_modified)

    @property
    def schema_modified(self) -> datetime | None:
        return _moment(self._schema_modified)

    @schema_modified.setter
    def schema_modified(self, value: datetime | int | None) -> None:
        self._schema_modified = value

    def stamp_metadata(self, file: File) -> None:
        """Take Chart.yaml's time."""
        self._modified = file._modified

    def stamp_schema(self, file: File) -> None:
        """Take values.schema.json's time."""
        self._schema_modified = file._modified

    @property
    def is_root(self) -> bool:
        return self.parent is None

    @property
    def is_library(self) -> bool:
        return self.metadata.type.lower() == "library"

    def root(self) -> Chart:
        """The outermost chart."""
        chart = self
        while chart.parent is not None:
            chart = chart.parent
        return chart

    def path(self) -> str:
        """The names from the root to this chart, joined by dots (`parent.child`)."""
        return self.name if self.parent is None else f"{self.parent.path()}.{self.name}"

    def full_path(self) -> str:
        """`parent/charts/child`: where its templates say they are."""
        return self.name if self.parent is None else f"{self.parent.full_path()}/charts/{self.name}"

    def add_dependency(self, *charts: Chart) -> None:
        """Append charts below this one."""
        for chart in charts:
            chart.parent = self
            self.dependencies.append(chart)

    def set_dependencies(self, charts: Iterable[Chart]) -> None:
        """Replace the charts below this one."""
        new = list(charts)
        self.dependencies = []
        self.add_dependency(*new)

    def crds(self) -> list[CRD]:
        """The manifests below crds/, this chart's first, then its dependencies' (chart.go CRDObjects)."""
        out = []
        for file in self.files:
            if file.name.startswith("crds/") and _is_manifest(file.name):
                out.append(CRD(file.name, _join(self.full_path(), file.name), file))
        for chart in self.dependencies:
            out += chart.crds()
        return out


def _is_manifest(name: str) -> bool:
    return name[name.rfind("/") + 1 :].lower().endswith((".yaml", ".yml", ".json"))


def _join(*parts: str) -> str:
    """filepath.Join for the relative paths of a chart."""
    import posixpath

    joined = "/".join(part for part in parts if part)
    return posixpath.normpath(joined) if joined else ""
