"""The `get` verb: what is recorded of a revision.

Whose rules: helm v4.3.1 pkg/action/{get,get_values,get_metadata}.go.
"""

from __future__ import annotations

from charthouse.actions.reading import read
from charthouse.records import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from charthouse.actions.environment import Environment
    from charthouse.actions.options import GetOptions
    from charthouse.charts.chart import Dependency
    from charthouse.golang.moment import Moment
    from charthouse.releases.release import Release

__all__ = ["ReleaseMetadata", "metadata", "metadata_of", "run", "values"]


class ReleaseMetadata(Record):
    """`get metadata`. deployed_at: printed as RFC 3339 to the second; dependencies: as the chart names them."""

    name: str
    chart: str
    version: str
    app_version: str
    annotations: Mapping[str, str] | None
    labels: Mapping[str, str]
    dependencies: tuple[Dependency, ...]
    namespace: str
    revision: int
    status: str
    deployed_at: Moment | None
    apply_method: str


def run(env: Environment, options: GetOptions) -> Release:
    """The revision. Raises ActionError, NotFound, StorageError."""
    return read(env, options.name, options.revision)


def values(env: Environment, options: GetOptions) -> dict[str, Any]:
    """The user's values of the revision, or with `all_values` the computed ones. Raises as ``run``, and ChartError."""
    release = read(env, options.name, options.revision)
    if not options.all_values:
        return release.config
    from charthouse.charts.values import coalesce

    return coalesce(release.chart, release.config, log=env.log)


def metadata(env: Environment, options: GetOptions) -> ReleaseMetadata:
    """The revision without its contents. Raises as ``run``."""
    return metadata_of(read(env, options.name, options.revision))


def metadata_of(release: Release) -> ReleaseMetadata:
    """What is told of a revision without its contents."""
    chart = release.chart.metadata
    return ReleaseMetadata(
        name=release.name,
        chart=chart.name,
        version=chart.version,
        app_version=chart.app_version,
        annotations=chart.annotations,
        labels=release.labels,
        dependencies=tuple(entry for entry in chart.dependencies or () if entry is not None),
        namespace=release.namespace,
        revision=release.version,
        status=release.info.status,
        deployed_at=release.info.last_deployed,
        apply_method=release.apply_method,
    )
