"""A chart and values as Helm 2's client puts them into a request.

Whose rules: helm v2.17.0 pkg/helm/client.go (InstallReleaseFromChart, UpdateReleaseFromChart): requirements are
processed here, the server gets what is enabled; pkg/chartutil/load.go says what a chart is. A chart loaded by later
Helms' rules is therefore read once more, from the files it was made of.
"""

from __future__ import annotations

from charthouse.actions.preparation import prepared_chart
from charthouse.charts.loader import load_files
from charthouse.charts.metadata import ChartError
from charthouse.hapi import messages
from charthouse.profile import profile_named
from charthouse.releases.helm2.charts import chart_to_message, values_text
from charthouse.tiller.client.errors import NotCarried

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from charthouse.charts.chart import Chart
    from charthouse.logs import Log

__all__ = ["chart_message", "config_message"]

_HINT = "Helm 2's Tiller takes charts of apiVersion v1 only; charthouse's own (`charthouse init`) takes all"


def chart_message(chart: Chart, values: dict[str, Any], *, log: Log) -> messages.Chart:
    """The chart with its requirements processed. Raises ChartError: it is none of Helm 2's."""
    profile = profile_named("helm2")
    try:
        loaded = load_files(chart.raw, log=log, profile=profile) if chart.raw else chart
    except ChartError as error:
        raise ChartError(error.message, hint=error.hint or _HINT) from error
    if loaded.metadata.api_version not in ("", "v1"):
        wrong = loaded.metadata.api_version
        raise ChartError(f"apiVersion '{wrong}' is not valid. The value must be \"v1\"", hint=_HINT)
    return chart_to_message(prepared_chart(loaded, values, log=log, profile=profile))


def config_message(values: dict[str, Any]) -> messages.Config:
    """The user's values. Raises NotCarried: text that is not UTF-8."""
    try:
        return messages.Config(raw=values_text(values))
    except UnicodeEncodeError as error:
        raise NotCarried("the values hold text that is not UTF-8, which Helm 2's Tiller refuses") from error
