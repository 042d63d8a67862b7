"""Which values a new revision gets, and from which defaults.

Whose rules: helm v4.3.1 pkg/action/upgrade.go (reuseValues): `--reset-values` takes what is given; `--reuse-values`
puts it over the old values and makes the old computed ones the chart's defaults (so a null given then takes nothing
away, as in Helm); `--reset-then-reuse-values` puts it over the old values and keeps the new chart's defaults; none of
them keeps the old values when nothing is given. Where values are put over the old ones, a null given is put into the
old revision's own values too, and stored with it when it is superseded: `CoalesceTables` writes into both its maps.
"""

from __future__ import annotations

from charthouse.actions.errors import wrapped
from charthouse.charts.values import coalesce, coalesce_tables, copy_values
from charthouse.errors import CharthouseError
from charthouse.records import replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from charthouse.actions.environment import Environment
    from charthouse.actions.options import UpgradeOptions
    from charthouse.charts.chart import Chart
    from charthouse.releases.release import Release

__all__ = ["reused"]


def reused(
    env: Environment, chart: Chart, base: Release, values: dict[str, Any], options: UpgradeOptions
) -> tuple[Chart, dict[str, Any], Release]:
    """The chart, with other defaults where that is asked for, the values, and `base` as it will be stored again.

    base: the revision the upgrade starts from. No argument is changed. Raises ActionError (`failed to rebuild old
    values: …`).
    """
    if options.reset_values:
        return chart, values, base
    if options.reuse_values:
        try:
            old = coalesce(base.chart, base.config, log=env.log, profile=env.profile)
        except CharthouseError as error:
            raise wrapped("failed to rebuild old values: ", error) from error
        return _with_defaults(chart, old), *_over(values, base, env)
    if options.reset_then_reuse_values:
        return chart, *_over(values, base, env)
    return chart, values or base.config, base


def _over(values: dict[str, Any], base: Release, env: Environment) -> tuple[dict[str, Any], Release]:
    old = copy_values(base.config)
    merged = coalesce_tables(copy_values(values), old, log=env.log, profile=env.profile)
    return merged, replace(base, config=old)


def _with_defaults(chart: Chart, values: dict[str, Any]) -> Chart:
    import copy

    changed = copy.copy(chart)
    changed.values = values
    changed.has_values = True
    return changed
