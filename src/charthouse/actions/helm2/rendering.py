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
from charthouse.releases.helm2.charts import chart_from_message
from charthouse.releases.release import Info, Release

TYPE_CHECKING = False
if TYPE_CHECKING:
    from charthouse.actions.environment import Environment
    from charthouse.golang.moment import Moment
    from charthouse.hapi import messages

__all__ = ["BadManifest", "revision"]


class BadManifest(ActionError):
    """What was rendered does not parse. manifest: all that was rendered, to look for the mistake in."""

    def __init__(self, message: str, manifest: str, *, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.manifest = manifest


def revision(
    env: Environment,
    chart: messages.Chart,
    config: messages.Config | None,
    *,
    name: str,
    namespace: str,
    version: int,
    rendered_as: int,
    is_upgrade: bool,
    sub_notes: bool,
    status: str,
    description: str,
    first_deployed: Moment | None = None,
) -> Release:
    """A new revision, rendered and not stored.

    version: its number; rendered_as: what templates are told it is. first_deployed: None for now. Raises BadManifest,
    RenderError, ChartError, ApiError.
    """
    ours = chart_from_message(chart)
    values = read_values(config)
    capabilities = cluster_capabilities(env)
    moment = now(env.clock.now())
    made = (env.renderer or render_release)(
        ours,
        values,
        name=name,
        namespace=namespace,
        capabilities=capabilities,
        log=env.log,
        revision=rendered_as,
        is_upgrade=is_upgrade,
        sub_notes=sub_notes,
        cache=env.trees,
        limits=env.limits,
        profile=env.profile,
        time=moment,
    )
    if made.error is not None:
        if made.manifest and made.error.message.startswith("YAML parse error"):
            raise BadManifest(made.error.message, made.manifest, hint=made.error.hint) from made.error
        raise made.error
    release = Release(
        name=name,
        namespace=namespace,
        version=version,
        info=Info(
            first_deployed=first_deployed or moment,
            last_deployed=moment,
            status=status,
            description=description,
            notes=made.notes,
        ),
        chart=ours,
        config=values,
        manifest=made.manifest,
        hooks=made.hooks,
    )
    return with_values(release, chart, config, env.profile)
