"""Plans of every verb, as the messages callers get."""

from __future__ import annotations

from charthouse.actions import plan as plan_verb
from charthouse.actions import planned
from charthouse.actions.environment import no_hints
from charthouse.logs import silent
from charthouse.records import replace
from charthouse.tiller.v1.digests import content, digest
from charthouse.tiller.v1.plans import plan_to_message

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from charthouse.actions.environment import Environment
    from charthouse.actions.plan import ReleasePlan
    from charthouse.charts.chart import Chart
    from charthouse.tiller.v1 import messages

__all__ = ["planner", "with_digest"]


def planner(
    env: Environment, verb: str, options: Any, chart: Chart | None = None, values: dict[str, Any] | None = None
) -> Callable[[], ReleasePlan]:
    """Makes the plan of a verb each time it is called, without a word to those who listen to the verb."""
    quiet = replace(env, log=silent, hint=no_hints)
    if verb == "rollback":
        return lambda: planned.rollback(quiet, options)
    if verb == "uninstall":
        return lambda: planned.uninstall(quiet, options)
    if verb == "test":
        return lambda: planned.test(quiet, options)
    assert chart is not None
    given = values or {}
    if verb == "install":
        return lambda: planned.install(quiet, chart, given, options)
    return lambda: plan_verb.run(quiet, chart, given, options)


def with_digest(plan: Callable[[], ReleasePlan], verb: str, *, view: int, show_secrets: bool) -> messages.Plan:
    """A plan with its digest; what renders a chart is planned twice, to know what varies."""
    made = plan()
    first = content(made, verb)
    second = content(plan(), verb) if verb in ("install", "upgrade") else first
    out = plan_to_message(made, verb, view=view, show_secrets=show_secrets)
    out.digest, out.varying = digest(first, second)
    return out
