"""What templates see: one scope per chart, and the templates of the whole tree with their scopes.

Whose rules: Helm 4.3.1 pkg/engine/engine.go recAllTpls, pkg/chart/common.go MetadataAsMap.

In Helm `.Values` of a sub-chart and its block in the parent's `.Values` are one map under two type names. Python cannot
share a dict between two classes, so the block is a plain dict, the sub-chart's `.Values` a `Values` with the same
entries, and `Scope.pull`/`push` carry top-level changes (`set .Values …`) over when the running template changes.
"""

from __future__ import annotations

from charthouse.engine.files import files_of
from charthouse.golang.kinds import GoError, NilStringMap, StringMap, TypedMap, go_string
from charthouse.golang.map_view import as_plain_map
from charthouse.gotemplate.functions import Function
from charthouse.profile import HELM4

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any, ClassVar

    from charthouse.charts.chart import Chart, Metadata
    from charthouse.profile import Profile

    # The class of `.Values`; what makes `.Chart`.
    Forms = tuple[type["Values"], Callable[[Metadata, bool], object]]

__all__ = ["Scope", "Source", "Values", "collect", "join_path"]


class Values(TypedMap):
    """map[string]interface {} under the name common.Values."""

    __slots__ = ()
    go_type = "common.Values"
    go_methods: ClassVar[Mapping[str, Any]] = {}


def _yaml(values: Values) -> str:
    from charthouse.formats.yaml import dump

    return dump(values)


def _table(values: Values, path: str) -> Values:
    from charthouse.charts.values import NoTable, lookup_table

    try:
        return Values(lookup_table(values, path))
    except NoTable as error:
        raise GoError(str(error)) from None


def _path_value(values: Values, path: str) -> Any:
    from charthouse.charts.metadata import ChartError
    from charthouse.charts.values import lookup_value

    try:
        return lookup_value(values, path)
    except ChartError as error:
        raise GoError(str(error)) from None


Values.go_methods = {
    "AsMap": Function("AsMap", "->map", as_plain_map),
    "YAML": Function("YAML", "->string", _yaml),
    "Table": Function("Table", "string->common.Values", _table),
    "PathValue": Function("PathValue", "string->any", _path_value),
}


class Scope:
    """The root data of one chart's templates.

    data: what `.` is; shared: the same map as `.Subcharts` of the parent shows it; values: this chart's `.Values`;
    block: its block in the parent's values (None for the root).
    """

    __slots__ = ("block", "data", "shared", "values")

    def __init__(self, shared: dict[str, Any], values: Values, block: dict[str, Any] | None) -> None:
        self.shared = shared
        self.data = type(values)(shared)
        self.values = values
        self.block = block

    def pull(self) -> None:
        """Take over what other charts' templates changed in this chart's block."""
        if self.block is not None and not _same(self.values, self.block):
            self.values.clear()
            self.values.update(self.block)

    def push(self) -> None:
        """Put this chart's changes into its block."""
        if self.block is not None and not _same(self.values, self.block):
            self.block.clear()
            self.block.update(self.values)

    def name_template(self, path: str, base: str) -> None:
        """Set `.Template`."""
        template = type(self.values)({"Name": path, "BasePath": base})
        self.data["Template"] = self.shared["Template"] = template


def _same(first: dict[str, Any], second: dict[str, Any]) -> bool:
    """Whether both hold the same objects under the same keys."""
    if len(first) != len(second):
        return False
    missing = _Missing
    return all(second.get(key, missing) is value for key, value in first.items())


class _Missing:
    """No value."""


class Source:
    """One template: its text, the scope it runs in, and `.Template.BasePath`."""

    __slots__ = ("base", "data", "scope")

    def __init__(self, data: bytes, scope: Scope, base: str) -> None:
        self.data = data
        self.scope = scope
        self.base = base

    @property
    def text(self) -> str:
        return go_string(self.data)


def collect(chart: Chart, values: dict[str, Any], profile: Profile = HELM4) -> dict[str, Source]:
    """Every template of a chart and the charts below it, by path.

    values: what `charts.values.to_render_values` returned.
    """
    if profile.helm2:
        from charthouse.engine.scope_helm2 import collect_helm2

        return collect_helm2(chart, values)
    sources: dict[str, Source] = {}
    _collect(chart, values, values["Values"], None, sources, _forms(profile))
    return sources


def _forms(profile: Profile) -> Forms:
    """The class of `.Values`, and what makes `.Chart`."""
    if not profile.chart_struct:
        return Values, _metadata
    from charthouse.engine.scope_helm3 import Values3, chart_struct

    return Values3, chart_struct


def _collect(
    chart: Chart,
    top: dict[str, Any],
    table: dict[str, Any],
    block: dict[str, Any] | None,
    sources: dict[str, Source],
    forms: Forms,
) -> dict[str, Any]:
    inner: dict[str, Any] = {}
    values = table if type(table) is forms[0] else forms[0](table)
    shared = {
        "Chart": forms[1](chart.metadata, chart.is_root),
        "Files": files_of(chart.files),
        "Release": top["Release"],
        "Capabilities": top["Capabilities"],
        "Values": values,
        "Subcharts": inner,
    }
    scope = Scope(shared, values, block)
    for child in chart.dependencies:
        held = values.get(child.name)
        below = held if type(held) is dict else None
        inner[child.name] = _collect(child, top, below if below is not None else {}, below, sources, forms)
    path = chart.full_path()
    base = join_path(path, "templates")
    library = chart.is_library
    for file in chart.templates:
        if library and not file.name[file.name.rfind("/") + 1 :].startswith("_"):
            continue
        sources[join_path(path, file.name)] = Source(file.data, scope, base)
    return shared


def join_path(parent: str, name: str) -> str:
    """path.Join."""
    joined = f"{parent}/{name}"
    if "//" in joined or "/." in joined or joined.endswith("/") or joined.startswith("."):
        import posixpath

        return posixpath.normpath(joined)
    return joined


def _metadata(metadata: Metadata, is_root: bool) -> dict[str, Any]:
    """Chart.yaml with Go's field names, nothing left out; nil lists become empty ones, a nil map stays nil."""
    annotations = metadata.annotations
    return {
        "Name": metadata.name,
        "Home": metadata.home,
        "Sources": list(metadata.sources or ()),
        "Version": metadata.version,
        "Description": metadata.description,
        "Keywords": list(metadata.keywords or ()),
        "Maintainers": [
            {"Name": m.name, "Email": m.email, "URL": m.url} for m in metadata.maintainers or () if m is not None
        ],
        "Icon": metadata.icon,
        "APIVersion": metadata.api_version,
        "Condition": metadata.condition,
        "Tags": metadata.tags,
        "AppVersion": metadata.app_version,
        "Deprecated": metadata.deprecated,
        "Annotations": NilStringMap() if annotations is None else StringMap(annotations),
        "KubeVersion": metadata.kube_version,
        "Dependencies": [
            {
                "Name": d.name,
                "Version": d.version,
                "Repository": d.repository,
                "Condition": d.condition,
                "Tags": list(d.tags or ()),
                "Enabled": d.enabled,
                "ImportValues": list(d.import_values or ()),
                "Alias": d.alias,
            }
            for d in metadata.dependencies or ()
            if d is not None
        ],
        "Type": metadata.type,
        "IsRoot": is_root,
    }
