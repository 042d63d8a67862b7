"""What templates see of Helm 3 that Helm 4 shows otherwise: `.Chart` as a struct, maps under other type names.

Whose rules: Helm 3.17.3 pkg/engine/engine.go recAllTpls (an unnamed struct that embeds chart.Metadata), pkg/chart
(JSON names of the fields; empty ones are left out).
"""

from __future__ import annotations

from charthouse.engine.scope import Values
from charthouse.golang.kinds import NilSlice, NilStringMap, NilStringSlice, StringMap, StringSlice, Struct, TypedSlice
from charthouse.gotemplate.functions import Function

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any, ClassVar

    from charthouse.charts.chart import Dependency, Maintainer, Metadata

__all__ = ["ChartStruct", "MetadataStruct", "Values3", "chart_struct"]


class Values3(Values):
    """map[string]interface {} under the name chartutil.Values."""

    __slots__ = ()
    go_type = "chartutil.Values"


Values3.go_methods = {
    **Values.go_methods,
    "Table": Function(
        "Table",
        "string->chartutil.Values",
        lambda values, path: Values3(Values.go_methods["Table"].implementation(values, path)),
    ),
}


class _Record(Struct):
    """A struct whose attributes are given by name; its JSON leaves empty fields out."""

    __slots__ = ()
    json_names: ClassVar[Mapping[str, str]] = {}
    json_always: ClassVar[tuple[str, ...]] = ()

    def __init__(self, **fields: Any) -> None:
        for name, value in fields.items():
            setattr(self, name, value)

    def go_json(self) -> list[tuple[str, Any]]:
        """The JSON form."""
        found = [(shown, getattr(self, name)) for name, shown in self.json_names.items()]
        return [(name, value) for name, value in found if value or name in self.json_always]


class MaintainerStruct(_Record):
    """*chart.Maintainer."""

    __slots__ = ("email", "name", "url")
    go_type = "*chart.Maintainer"
    go_fields: ClassVar[Mapping[str, str]] = {"Name": "name", "Email": "email", "URL": "url"}
    json_names: ClassVar[Mapping[str, str]] = {"name": "name", "email": "email", "url": "url"}


class DependencyStruct(_Record):
    """*chart.Dependency."""

    __slots__ = ("alias", "condition", "enabled", "import_values", "name", "repository", "tags", "version")
    go_type = "*chart.Dependency"
    go_fields: ClassVar[Mapping[str, str]] = {
        "Name": "name",
        "Version": "version",
        "Repository": "repository",
        "Condition": "condition",
        "Tags": "tags",
        "Enabled": "enabled",
        "ImportValues": "import_values",
        "Alias": "alias",
    }
    json_names: ClassVar[Mapping[str, str]] = {
        "name": "name",
        "version": "version",
        "repository": "repository",
        "condition": "condition",
        "tags": "tags",
        "enabled": "enabled",
        "import_values": "import-values",
        "alias": "alias",
    }
    json_always = ("name", "repository")


class MaintainerSlice(TypedSlice):
    __slots__ = ()
    go_type = "[]*chart.Maintainer"
    element = "*chart.Maintainer"


class DependencySlice(TypedSlice):
    __slots__ = ()
    go_type = "[]*chart.Dependency"
    element = "*chart.Dependency"


_FIELDS: dict[str, str] = {
    "Name": "name",
    "Home": "home",
    "Sources": "sources",
    "Version": "version",
    "Description": "description",
    "Keywords": "keywords",
    "Maintainers": "maintainers",
    "Icon": "icon",
    "APIVersion": "api_version",
    "Condition": "condition",
    "Tags": "tags",
    "AppVersion": "app_version",
    "Deprecated": "deprecated",
    "Annotations": "annotations",
    "KubeVersion": "kube_version",
    "Dependencies": "dependencies",
    "Type": "type",
}
_JSON = {attribute: name[0].lower() + name[1:] for name, attribute in _FIELDS.items()}
_JSON["api_version"] = "apiVersion"


class MetadataStruct(_Record):
    """chart.Metadata."""

    __slots__ = tuple(_FIELDS.values())
    go_type = "chart.Metadata"
    go_fields: ClassVar[Mapping[str, str]] = _FIELDS
    json_names: ClassVar[Mapping[str, str]] = _JSON


class ChartStruct(Struct):
    """`.Chart`: the metadata's fields, promoted, and IsRoot."""

    __slots__ = ("is_root", "metadata")
    go_type = "struct { chart.Metadata; IsRoot bool }"
    go_fields: ClassVar[Mapping[str, str]] = {"Metadata": "metadata", "IsRoot": "is_root"}
    go_promoted: ClassVar[Mapping[str, str]] = _FIELDS

    def __init__(self, metadata: MetadataStruct, is_root: bool) -> None:
        self.metadata = metadata
        self.is_root = is_root

    def __getattr__(self, name: str) -> Any:
        if name in ("metadata", "is_root"):
            raise AttributeError(name)
        return getattr(self.metadata, name)

    def go_json(self) -> list[tuple[str, Any]]:
        """The JSON form: the embedded fields, then IsRoot."""
        return [*self.metadata.go_json(), ("IsRoot", self.is_root)]


def _strings(values: list[str] | None) -> StringSlice:
    return NilStringSlice() if values is None else StringSlice(values)


def _maintainer(maintainer: Maintainer) -> MaintainerStruct:
    return MaintainerStruct(name=maintainer.name, email=maintainer.email, url=maintainer.url)


def _dependency(dependency: Dependency) -> DependencyStruct:
    values = dependency.import_values
    return DependencyStruct(
        name=dependency.name,
        version=dependency.version,
        repository=dependency.repository,
        condition=dependency.condition,
        tags=_strings(dependency.tags),
        enabled=dependency.enabled,
        import_values=NilSlice() if values is None else list(values),
        alias=dependency.alias,
    )


def chart_struct(metadata: Metadata, is_root: bool) -> ChartStruct:
    """Chart.yaml as templates of Helm 3 see it."""
    annotations = metadata.annotations
    fields = {attribute: getattr(metadata, attribute) for attribute in _FIELDS.values()}
    fields["sources"] = _strings(metadata.sources)
    fields["keywords"] = _strings(metadata.keywords)
    fields["annotations"] = NilStringMap() if annotations is None else StringMap(annotations)
    fields["maintainers"] = MaintainerSlice(_maintainer(m) for m in metadata.maintainers or () if m is not None)
    fields["dependencies"] = DependencySlice(_dependency(d) for d in metadata.dependencies or () if d is not None)
    return ChartStruct(MetadataStruct(**fields), is_root)
