"""What only Helm 2 reads in Chart.yaml.

Whose rules: helm v2.17.0 pkg/proto/hapi/chart/metadata.proto. Later Helms pass these fields over, and so does our
model of a chart: they are read in the file the chart came from, or, for a chart that came in a message, in what the
conversion put there in its place.
"""

from __future__ import annotations

from charthouse.errors import CharthouseError
from charthouse.golang.kinds import go_string

TYPE_CHECKING = False
if TYPE_CHECKING:
    from charthouse.charts.chart import Chart

__all__ = ["helm2_fields"]


def helm2_fields(chart: Chart) -> tuple[str, str]:
    """`engine` and `tillerVersion` of Chart.yaml, which later Helms pass over: from the file as read."""
    for file in chart.raw:
        if file.name == "Chart.yaml":
            from charthouse.formats.yaml import load_map

            try:
                found = load_map(go_string(file.data))
            except CharthouseError:
                return "", ""
            values = (found.get("engine"), found.get("tillerVersion"))
            engine, tiller = (value if isinstance(value, str) else "" for value in values)
            return engine, tiller
    return "", ""
