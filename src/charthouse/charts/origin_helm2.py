"""What only Helm 2 reads in Chart.yaml: `engine`, `tillerVersion`, and apiVersion as it was written.

Whose rules: helm v2.17.0 pkg/proto/hapi/chart/metadata.proto. Later Helms pass these fields over, and so does our
model of a chart: they are read in the file the chart came from, or, for a chart that came in a message, in what the
conversion put in its place (`written`).
"""

from __future__ import annotations

from charthouse.charts.chart import File
from charthouse.errors import CharthouseError
from charthouse.golang.kinds import go_string

TYPE_CHECKING = False
if TYPE_CHECKING:
    from charthouse.charts.chart import Chart

__all__ = ["helm2_fields", "written"]

_CHART = "Chart.yaml"
_FIELDS = ("engine", "tillerVersion", "apiVersion")


def helm2_fields(chart: Chart) -> tuple[str, str, str]:
    """engine, tillerVersion, apiVersion; "" for what is not there."""
    for file in chart.raw:
        if file.name == _CHART:
            from charthouse.formats.yaml import load_map

            try:
                found = load_map(go_string(file.data))
            except CharthouseError:
                break
            engine, tiller, version = (_text(found.get(name)) for name in _FIELDS)
            return engine, tiller, version
    return "", "", chart.metadata.api_version


def _text(value: object) -> str:
    if isinstance(value, (bool, float)):
        from charthouse.charts.scalars import scalar_text

        return scalar_text(value)
    return value if isinstance(value, str) else ""


def written(engine: str, tiller: str, version: str) -> File:
    """A stand-in for the Chart.yaml of a chart that came in a message."""
    from charthouse.formats.yaml import dump

    fields = {name: value for name, value in zip(_FIELDS, (engine, tiller, version), strict=True) if value}
    return File(_CHART, dump(fields).encode())
