"""From the chart and the values a request brought to a new revision.

Whose rules: helm v2.17.0 pkg/tiller/release_install.go (prepareRelease), release_update.go (prepareUpdate). The client
has processed the requirements already: nothing is taken away or imported here.
"""

from __future__ import annotations

from charthouse.actions.errors import ActionError
from charthouse.actions.helm2.revision import with_values
from charthouse.actions.helm2.values import read_values
from charthouse.actions.preparation import cluster_capabilities
from charthouse.actions.render import render_release
from charthouse.golang.moment import now
from charthouse.records import Record
from charthouse.releases.helm2.charts import chart_from_message
from charthouse.releases.release import Info, Release

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from charthouse.actions.environment import Environment
    from charthouse.actions.render import Rendered
    from charthouse.charts.chart import Chart
    from charthouse.golang.moment import Moment
    from charthouse.hapi import messages

__all__ = ["BadManifest", "Wanted", "revision"]


class BadManifest(ActionError):
    """What was rendered does not parse. manifest: all that was rendered, to look for the mistake in."""

    def __init__(self, message: str, manifest: str, *, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.manifest = manifest


class Wanted(Record):
    """A revision to be made. version: its number; rendered_as: what templates are told it is; first_deployed: None for
    now."""

    name: str
    namespace: str
    version: int
    rendered_as: int
    is_upgrade: bool
    sub_notes: bool
    status: str
    description: str
    first_deployed: Moment | None = None


def revision(env: Environment, chart: messages.Chart, config: messages.Config | None, wanted: Wanted) -> Release:
    """A new revision, rendered and not stored. Raises BadManifest, RenderError, ChartError, ApiError."""
    ours = chart_from_message(chart)
    values = read_values(config)
    moment = now(env.clock.now())
    made = _rendered(env, ours, values, wanted, moment)
    release = Release(
        name=wanted.name,
        namespace=wanted.namespace,
        version=wanted.version,
        info=Info(
            first_deployed=wanted.first_deployed or moment,
            last_deployed=moment,
            status=wanted.status,
            description=wanted.description,
            notes=made.notes,
        ),
        chart=ours,
        config=values,
        manifest=made.manifest,
        hooks=made.hooks,
    )
    return with_values(release, chart, config, env.profile)


def _rendered(env: Environment, chart: Chart, values: dict[str, Any], wanted: Wanted, moment: Moment) -> Rendered:
    render = env.renderer or render_release
    made = render(
        chart,
        values,
        name=wanted.name,
        namespace=wanted.namespace,
        capabilities=cluster_capabilities(env),
        log=env.log,
        revision=wanted.rendered_as,
        is_upgrade=wanted.is_upgrade,
        sub_notes=wanted.sub_notes,
        cache=env.trees,
        limits=env.limits,
        profile=env.profile,
        time=moment,
    )
    if made.error is not None:
        if made.manifest and made.error.message.startswith("YAML parse error"):
            raise BadManifest(made.error.message, made.manifest, hint=made.error.hint) from made.error
        raise made.error
    return made
