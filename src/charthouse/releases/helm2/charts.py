"""Charts as hapi messages and as ours.

Whose rules: helm v2.17.0 pkg/chartutil/load.go (what goes where), pkg/chartutil/requirements.go; a chart of Helm 2 is a
chart of API version v1: its dependencies come from requirements.yaml, which stays among the files. Field by field:

    metadata          the same names; engine and tillerVersion as a stand-in for Chart.yaml among the raw files
    templates         templates, path and bytes
    dependencies      the charts inside, in order
    values.raw        values.yaml, kept as written in `raw`, and parsed in `values`
    files             type_url is the path, value the bytes
"""

from __future__ import annotations

from charthouse.charts.chart import Chart, File
from charthouse.charts.metadata import Lock, Maintainer, Metadata
from charthouse.charts.origin_helm2 import helm2_fields, written
from charthouse.errors import CharthouseError
from charthouse.golang.kinds import GoError
from charthouse.hapi import messages

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["chart_from_message", "chart_to_message", "values_text"]

_TEXTS = (
    ("name", "name"),
    ("home", "home"),
    ("version", "version"),
    ("description", "description"),
    ("icon", "icon"),
    ("apiVersion", "api_version"),
    ("condition", "condition"),
    ("tags", "tags"),
    ("appVersion", "app_version"),
    ("kubeVersion", "kube_version"),
)
_VALUES = "values.yaml"
_SCHEMA = "values.schema.json"


def chart_from_message(message: messages.Chart) -> Chart:
    """Our chart. Values that are no YAML are left as text: the chart then has none."""
    chart = Chart(
        _metadata(message.metadata),
        templates=[File(template.name, template.data) for template in message.templates],
        files=[File(file.type_url, file.value) for file in message.files],
    )
    metadata = message.metadata
    if metadata.engine or metadata.tillerVersion:
        chart.raw = [written(metadata.engine, metadata.tillerVersion, metadata.apiVersion)]
    if message.HasField("values"):
        raw = message.values.raw
        chart.raw.append(File(_VALUES, raw.encode()))
        chart.has_values = True
        chart.values = _parsed(raw) or {}
    for file in chart.files:
        if file.name == "requirements.yaml":
            chart.metadata.dependencies = _requirements(file.data)
        elif file.name == "requirements.lock":
            chart.lock = _lock(file.data)
    chart.add_dependency(*(chart_from_message(inner) for inner in message.dependencies))
    return chart


def _metadata(message: messages.Metadata) -> Metadata:
    metadata = Metadata()
    for theirs, ours in _TEXTS:
        setattr(metadata, ours, getattr(message, theirs))
    metadata.deprecated = message.deprecated
    metadata.sources = list(message.sources) or None
    metadata.keywords = list(message.keywords) or None
    metadata.maintainers = [Maintainer(m.name, m.email, m.url) for m in message.maintainers] or None
    metadata.annotations = dict(message.annotations) or None
    return metadata


def _requirements(data: bytes) -> list[Any] | None:
    """The dependencies of requirements.yaml; None when it cannot be read (Helm 2 took the chart all the same)."""
    try:
        return Metadata.from_yaml(data).dependencies
    except (CharthouseError, GoError):
        return None


def _lock(data: bytes) -> Lock | None:
    try:
        return Lock.from_yaml(data)
    except (CharthouseError, GoError):
        return None


def _parsed(text: str) -> dict[str, Any] | None:
    from charthouse.formats.yaml import load_map

    try:
        return load_map(text)
    except CharthouseError:
        return None


def chart_to_message(chart: Chart) -> messages.Chart:
    """The hapi message of a chart with all charts inside it."""
    message = messages.Chart(
        metadata=_metadata_message(chart),
        templates=[messages.Template(name=file.name, data=file.data) for file in chart.templates],
        files=[messages.Any(type_url=file.name, value=file.data) for file in chart.files],
        dependencies=[chart_to_message(inner) for inner in chart.dependencies],
    )
    if chart.schema is not None and not any(file.name == _SCHEMA for file in chart.files):
        message.files.add(type_url=_SCHEMA, value=chart.schema)
    if chart.has_values or chart.values:
        message.values.CopyFrom(messages.Config(raw=_values_text(chart)))
    return message


def _metadata_message(chart: Chart) -> messages.Metadata:
    metadata = chart.metadata
    engine, tiller, _ = helm2_fields(chart)
    message = messages.Metadata(
        sources=metadata.sources or (),
        keywords=metadata.keywords or (),
        maintainers=[
            messages.Maintainer(name=m.name, email=m.email, url=m.url)
            for m in metadata.maintainers or ()
            if m is not None
        ],
        deprecated=metadata.deprecated,
        engine=engine,
        tillerVersion=tiller,
        annotations=metadata.annotations or {},
    )
    for theirs, ours in _TEXTS:
        setattr(message, theirs, getattr(metadata, ours))
    return message


def _values_text(chart: Chart) -> str:
    """values.yaml as it was written, as long as it still says what `values` hold."""
    for file in chart.raw:
        if file.name == _VALUES:
            text = file.data.decode("utf-8", "surrogateescape")
            if (_parsed(text) or {}) == chart.values:
                return text
    return values_text(chart.values)


def values_text(values: dict[str, Any]) -> str:
    """Values as Helm 2's client writes them: keys sorted, `{}` and a line end for none."""
    from charthouse.formats.yaml import dump

    return dump(values)
