"""From chart and values to a release's text, for `install` and `upgrade`: what comes before rendering, and rendering.

Whose rules: helm v4.3.1 pkg/action/install.go (RunWithContext), upgrade.go (prepareUpgrade), action.go
(getCapabilities). Dependency processing rewrites a chart in place, so a verb works on a copy: an embedding program
may install one chart many times at once.
"""

from __future__ import annotations

from charthouse.actions.render import render_release
from charthouse.charts.capabilities import default_capabilities
from charthouse.charts.chart import Chart
from charthouse.charts.dependencies import process
from charthouse.profile import HELM4

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from charthouse.actions.environment import Environment
    from charthouse.actions.options import InstallOptions, UpgradeOptions
    from charthouse.actions.render import Rendered
    from charthouse.charts.capabilities import Capabilities
    from charthouse.logs import Log
    from charthouse.profile import Profile

__all__ = ["cluster_capabilities", "prepared", "prepared_chart", "rendered"]


def rendered(
    env: Environment,
    chart: Chart,
    values: dict[str, Any],
    options: InstallOptions | UpgradeOptions,
    *,
    namespace: str,
    revision: int,
    is_upgrade: bool,
    capabilities: Capabilities,
) -> Rendered:
    """What a prepared chart renders to; `lookup` asks the cluster unless the dry run is the client's own.

    Raises ChartError; what goes wrong in templates is in `Rendered.error`.
    """
    from charthouse.actions.lookup import Lookup

    render = env.renderer or render_release
    return render(
        chart,
        values,
        name=options.name,
        namespace=namespace,
        capabilities=capabilities,
        log=env.log,
        revision=revision,
        is_upgrade=is_upgrade,
        lookup=Lookup(env) if options.dry_run != "client" else None,
        include_crds=getattr(options, "include_crds", False),
        sub_notes=options.sub_notes,
        post_renderer=options.post_renderer,
        hide_secret=options.hide_secret,
        enable_dns=options.enable_dns,
        skip_schema=options.skip_schema_validation,
        cache=env.trees,
        limits=env.limits,
        profile=env.profile,
    )


def prepared(env: Environment, chart: Chart, values: dict[str, Any]) -> Chart:
    """A copy of the chart with its dependencies processed. Raises ChartError."""
    return prepared_chart(chart, values, log=env.log, profile=env.profile)


def prepared_chart(chart: Chart, values: dict[str, Any], *, log: Log, profile: Profile = HELM4) -> Chart:
    """As ``prepared``, without an environment."""
    copy = _copy(chart)
    process(copy, values, log=log, profile=profile)
    return copy


def _copy(chart: Chart) -> Chart:
    metadata = _copy_metadata(chart)
    copy = Chart(
        metadata,
        templates=list(chart.templates),
        values=chart.values if chart.has_values else None,
        schema=chart.schema,
        files=list(chart.files),
        raw=chart.raw,
        lock=chart.lock,
        modified=chart.modified,
        schema_modified=chart.schema_modified,
    )
    copy.values = chart.values
    copy.set_dependencies(_copy(inner) for inner in chart.dependencies)
    return copy


def _copy_metadata(chart: Chart) -> Any:
    import copy

    metadata = copy.copy(chart.metadata)
    if metadata.dependencies is not None:
        metadata.dependencies = [entry and entry.copy() for entry in metadata.dependencies]
    return metadata


def cluster_capabilities(env: Environment) -> Capabilities:
    """What the cluster can do, asked anew. Raises ApiError, kube's Unreachable."""
    client = env.cluster.client
    version = client.server_version()
    known = default_capabilities(env.profile)
    kube = type(known.kube_version)(version.git_version, "", version.major, version.minor)
    return type(known)(kube, client.api_versions(), known.helm_version)
