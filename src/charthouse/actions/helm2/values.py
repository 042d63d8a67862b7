"""Which values a revision made by `upgrade` gets.

Whose rules: helm v2.17.0 pkg/tiller/release_server.go (reuseValues), pkg/chartutil/values.go (MergeInto):
`reset_values` takes what is given; `reuse_values` makes the old computed values the chart's own, so that whatever the
new chart's defaults add is lost, and puts what is given over the user's old values; neither keeps the user's old values
when nothing is given. Differs: `reuse_values` without any values in the request takes them for none (Tiller dies).
"""

from __future__ import annotations

from charthouse.actions.errors import wrapped
from charthouse.actions.helm2.revision import without_values
from charthouse.charts.values import merge_maps
from charthouse.charts.values_helm2 import coalesce, travelled
from charthouse.errors import CharthouseError
from charthouse.hapi import messages
from charthouse.releases.helm2.charts import values_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from charthouse.actions.environment import Environment
    from charthouse.actions.helm2.options import UpgradeOptions
    from charthouse.releases.release import Release

__all__ = ["read_values", "reused"]

_NONE = ("", "{}\n")


def read_values(config: messages.Config | None) -> dict[str, Any]:
    """The user's values. Raises YamlError."""
    from charthouse.formats.yaml import load_map

    return load_map(config.raw) or {} if config is not None else {}


def reused(
    env: Environment,
    chart: messages.Chart,
    config: messages.Config | None,
    current: Release,
    options: UpgradeOptions,
) -> tuple[messages.Chart, messages.Config | None]:
    """The chart, with other values of its own where that is asked for, and the user's values.

    current: the revision that is deployed. No argument is changed. Raises ActionError (`failed to rebuild old values:
    …`), YamlError.
    """
    if options.reset_values:
        return chart, config
    old = without_values(current)[1]
    if options.reuse_values:
        try:
            computed = coalesce(current.chart, travelled(current.config), log=env.log)
        except CharthouseError as error:
            raise wrapped("failed to rebuild old values: ", error) from error
        changed = messages.Chart()
        changed.CopyFrom(chart)
        changed.values.CopyFrom(messages.Config(raw=values_text(computed)))
        kept = read_values(old) if old is not None and old.raw not in _NONE else {}
        return changed, messages.Config(raw=values_text(merge_maps(kept, read_values(config))))
    if (config is None or config.raw in _NONE) and old is not None and old.raw not in _NONE:
        return chart, old
    return chart, config
