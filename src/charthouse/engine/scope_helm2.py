"""What templates of Helm 2 see: `.Chart` is a message, `.Values` of type chartutil.Values, there are no `.Subcharts`.

Whose rules: helm v2.17.0 pkg/engine/engine.go recAllTpls (a chart's place in the tree is the names above it),
pkg/chartutil/files.go, hapi/chart/metadata.pb.go.
"""

from __future__ import annotations

from charthouse.charts.origin_helm2 import helm2_fields
from charthouse.charts.protostruct import ProtoStruct, message_methods
from charthouse.engine.files import Files
from charthouse.engine.scope import Scope, Source, join_path
from charthouse.engine.scope_helm3 import Values3
from charthouse.golang.kinds import GoError, NilStringMap, NilStringSlice, StringMap, StringSlice, TypedSlice, go_string
from charthouse.gotemplate.functions import Function

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any, ClassVar

    from charthouse.charts.chart import Chart, Metadata

__all__ = ["Files2", "MetadataMessage", "Values2", "collect_helm2"]


class Values2(Values3):
    """map[string]interface {} under the name chartutil.Values."""

    __slots__ = ()


def _path_value(values: Values2, path: str) -> Any:
    """Values.PathValue, in Helm 2's words."""
    from charthouse.charts.values import NoTable, lookup_table

    if not path:
        raise GoError("YAML path string cannot be zero length")
    above, dot, key = path.rpartition(".")
    table: dict[str, Any] = values
    if dot:
        try:
            table = lookup_table(values, above)
        except NoTable:
            raise GoError(f"{key} is not a value") from None
    if key not in table or type(table[key]) is dict:
        raise GoError(f"key not found: {key}" if dot else f"{key} is not a value")
    return table[key]


def _table(values: Values2, path: str) -> Values2:
    """Values.Table, in Helm 2's words."""
    from charthouse.golang.fmt import sprintf

    found: Any = values
    for name in path.split("."):
        if name not in found:
            raise GoError(sprintf("no table named %q (%v)", [name, found]))
        found = found[name]
        if type(found) is not dict and not isinstance(found, Values2):
            raise GoError(sprintf("no table named %q", [name]))
    return Values2(found)


Values2.go_methods = {
    **Values3.go_methods,
    "PathValue": Function("PathValue", "string->any", _path_value),
    "Table": Function("Table", "string->chartutil.Values", _table),
}


class MaintainerMessage(ProtoStruct):
    """*chart.Maintainer."""

    __slots__ = ("email", "name", "url")
    go_type = "*chart.Maintainer"
    go_fields: ClassVar[Mapping[str, str]] = {"Name": "name", "Email": "email", "Url": "url"}
    proto_names: ClassVar[Mapping[str, str]] = {name: name for name in ("name", "email", "url")}


MaintainerMessage.go_methods = message_methods(MaintainerMessage, {})


class MaintainerMessages(TypedSlice):
    __slots__ = ()
    go_type = "[]*chart.Maintainer"
    element = "*chart.Maintainer"


_FIELDS = {
    "Name": ("name", "name"),
    "Home": ("home", "home"),
    "Sources": ("sources", "sources"),
    "Version": ("version", "version"),
    "Description": ("description", "description"),
    "Keywords": ("keywords", "keywords"),
    "Maintainers": ("maintainers", "maintainers"),
    "Engine": ("engine", "engine"),
    "Icon": ("icon", "icon"),
    "ApiVersion": ("api_version", "apiVersion"),
    "Condition": ("condition", "condition"),
    "Tags": ("tags", "tags"),
    "AppVersion": ("app_version", "appVersion"),
    "Deprecated": ("deprecated", "deprecated"),
    "TillerVersion": ("tiller_version", "tillerVersion"),
    "Annotations": ("annotations", "annotations"),
    "KubeVersion": ("kube_version", "kubeVersion"),
}


class MetadataMessage(ProtoStruct):
    """*chart.Metadata."""

    __slots__ = tuple(attribute for attribute, _ in _FIELDS.values())
    go_type = "*chart.Metadata"
    go_fields: ClassVar[Mapping[str, str]] = {shown: attribute for shown, (attribute, _) in _FIELDS.items()}
    proto_names: ClassVar[Mapping[str, str]] = dict(_FIELDS.values())


MetadataMessage.go_methods = message_methods(
    MetadataMessage,
    {
        "sources": "[]string",
        "keywords": "[]string",
        "maintainers": "[]*chart.Maintainer",
        "deprecated": "bool",
        "annotations": "map[string]string",
    },
)


def _strings(values: list[str] | None) -> StringSlice:
    return StringSlice(values) if values else NilStringSlice()


def _chart(chart: Chart) -> MetadataMessage:
    """Chart.yaml as templates of Helm 2 see it."""
    metadata: Metadata = chart.metadata
    fields: dict[str, Any] = {attribute: getattr(metadata, attribute, "") for attribute, _ in _FIELDS.values()}
    fields["engine"], fields["tiller_version"], fields["api_version"] = helm2_fields(chart)
    fields["sources"] = _strings(metadata.sources)
    fields["keywords"] = _strings(metadata.keywords)
    fields["annotations"] = StringMap(metadata.annotations) if metadata.annotations else NilStringMap()
    fields["maintainers"] = MaintainerMessages(
        MaintainerMessage(name=m.name, email=m.email, url=m.url) for m in metadata.maintainers or () if m is not None
    )
    return MetadataMessage(**fields)


class Files2(Files):
    """chartutil.Files."""

    __slots__ = ()
    go_type = "chartutil.Files"


def _glob(files: Files2, pattern: str) -> Files2:
    return Files2(Files.go_methods["Glob"].implementation(files, pattern))


def _with_line_end(name: str) -> Any:
    """toYaml of Helm 2 leaves the last line end."""

    def written(files: Files2) -> str:
        text = Files.go_methods[name].implementation(files)
        return f"{text}\n"

    return written


def _lines(files: Files2, path: str) -> StringSlice:
    data = files.get(path)
    return StringSlice() if data is None else StringSlice(go_string(data).split("\n"))


Files2.go_methods = {
    **Files.go_methods,
    "Glob": Function("Glob", "string->chartutil.Files", _glob),
    "AsConfig": Function("AsConfig", "->string", _with_line_end("AsConfig")),
    "AsSecrets": Function("AsSecrets", "->string", _with_line_end("AsSecrets")),
    "Lines": Function("Lines", "string->[]string", _lines),
}


class Scope2(Scope):
    """`.Template` is a plain map."""

    __slots__ = ()

    def name_template(self, path: str, base: str) -> None:
        """Set `.Template`."""
        self.data["Template"] = self.shared["Template"] = {"Name": path, "BasePath": base}


def collect_helm2(chart: Chart, values: dict[str, Any]) -> dict[str, Source]:
    """Every template of a chart and the charts below it, by path. values: of `charts.values_helm2.to_render_values`."""
    sources: dict[str, Source] = {}
    _collect(chart, values, values["Values"], None, "", sources)
    return sources


def _collect(
    chart: Chart,
    top: dict[str, Any],
    table: dict[str, Any],
    block: dict[str, Any] | None,
    above: str,
    sources: dict[str, Source],
) -> None:
    values = Values2(table)
    shared = {
        "Chart": _chart(chart),
        "Files": Files2({file.name: file.data for file in chart.files}),
        "Release": top["Release"],
        "Capabilities": top["Capabilities"],
        "Values": values,
    }
    scope = Scope2(shared, values, block)
    path = join_path(above, f"charts/{chart.name}") if above else chart.name
    for child in chart.dependencies:
        held = values.get(child.name)
        below = held if type(held) is dict else None
        _collect(child, top, below if below is not None else {}, below, path, sources)
    base = join_path(path, "templates")
    for file in chart.templates:
        sources[join_path(path, file.name)] = Source(file.data, scope, base)
