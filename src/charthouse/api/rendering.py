"""Charts without a cluster: ``load_chart`` and ``render``.

What `helm template` does, as functions: nothing here reads the environment, the clock or the network.
"""

from __future__ import annotations

import os

from charthouse.actions.preparation import prepared_chart
from charthouse.actions.render import render_release
from charthouse.charts.capabilities import default_capabilities, parse_kube_version
from charthouse.charts.dependencies import check
from charthouse.charts.loader import load
from charthouse.charts.metadata import ChartError
from charthouse.engine.programs import Programs
from charthouse.gotemplate.deepstack import deep
from charthouse.gotemplate.limits import Limits
from charthouse.logs import silent
from charthouse.profile import HELM4, profile_named

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from charthouse.actions.exactness import ExactDifference
    from charthouse.actions.render import Rendered
    from charthouse.charts.chart import Chart
    from charthouse.logs import Log
    from charthouse.profile import Profile

__all__ = ["exact_differences", "load_chart", "render", "user_values"]

_programs = Programs()


def load_chart(path: str | os.PathLike[str], *, log: Log = silent, compat: str = "", exact: bool = False) -> Chart:
    """The chart in a directory or a .tgz.

    compat, exact: as for ``render``, which must be given the same.

    Raises ChartError when it is no chart, or when a dependency Chart.yaml names is not below charts/.
    """
    try:
        profile = profile_named(compat, exact_numbers=exact)
        chart = deep(lambda: load(os.fspath(path), log=log, profile=profile), Limits())
        check(chart)
    except ChartError as error:
        raise _explained(error, os.fspath(path)) from error.__cause__
    return chart


def _explained(error: ChartError, path: str) -> ChartError:
    """`error`, with a hint when it is asked for."""

    def explain() -> str:
        from charthouse.advice.charts import chart_hint, no_chart_hint

        return no_chart_hint(path) or chart_hint(error, path)

    error.explain = explain
    return error


def as_chart(chart: Chart | str | os.PathLike[str], log: Log, profile: Profile = HELM4) -> Chart:
    """A chart as given, or loaded from the path given."""
    if not isinstance(chart, (str, os.PathLike)):
        return chart
    return load_chart(chart, log=log, compat=profile.name, exact=profile.exact_numbers)


def user_values(values: Mapping[str, Any] | None) -> dict[str, Any]:
    """A deep copy of a caller's values with the kinds templates know. Raises TypeError for anything else."""
    return {_key(key): _value(value) for key, value in (values or {}).items()}


def _key(key: object) -> str:
    if not isinstance(key, str):
        raise TypeError(f"keys of values are text, not {type(key).__name__}")
    return key


def _value(value: Any) -> Any:
    from collections.abc import Mapping

    if value is None or isinstance(value, (str, bool, int, float)):
        return value
    if isinstance(value, Mapping):
        return user_values(value)
    if isinstance(value, (list, tuple)):
        return [_value(entry) for entry in value]
    raise TypeError(f"values hold maps, lists, text, numbers, booleans and None, not {type(value).__name__}")


def render(
    chart: Chart | str | os.PathLike[str],
    values: Mapping[str, Any] | None = None,
    *,
    name: str = "release-name",
    namespace: str = "default",
    revision: int = 1,
    is_upgrade: bool = False,
    kube_version: str = "",
    api_versions: tuple[str, ...] = (),
    include_crds: bool = False,
    sub_notes: bool = False,
    skip_schema_validation: bool = False,
    post_renderer: Callable[[str], str] | None = None,
    limits: Limits | None = None,
    log: Log = silent,
    compat: str = "",
    exact: bool = False,
) -> Rendered:
    """What a chart renders to with these values: `manifest`, `hooks`, `notes`, `documents`.

    chart: loaded, or a path; it is not changed. values: over the chart's own. kube_version, api_versions: what
    `.Capabilities` says, Helm's defaults otherwise; `lookup` finds nothing. limits: what the chart may use up
    and reach, ``charthouse.Limits()`` when not given. compat: "helm3" renders as Helm 3.17.3; exact: integers of
    values files stay integers. A chart given loaded must have been loaded with the same two.

    Raises UnknownProfile, ChartError, engine's RenderError and manifests' ManifestError, with Helm's texts.

    >>> render("examples/bookshop", {"replicas": 2}).manifest  # doctest: +SKIP
    """
    bounds = limits or Limits()
    profile = profile_named(compat, exact_numbers=exact)

    def work() -> Rendered:
        given = user_values(values)
        ready = prepared_chart(as_chart(chart, log, profile), given, log=log, profile=profile)
        kube = parse_kube_version(kube_version, profile) if kube_version else None
        return render_release(
            ready,
            given,
            name=name,
            namespace=namespace,
            capabilities=default_capabilities(profile).copy(kube_version=kube, more=api_versions),
            log=log,
            revision=revision,
            is_upgrade=is_upgrade,
            include_crds=include_crds,
            sub_notes=sub_notes,
            skip_schema=skip_schema_validation,
            post_renderer=post_renderer,
            limits=bounds,
            programs=_programs,
            profile=profile,
        )

    made = deep(work, bounds)
    if made.error is not None:
        raise made.error
    return made


def exact_differences(
    chart: str | os.PathLike[str],
    values: Mapping[str, Any] | None = None,
    *,
    name: str = "release-name",
    namespace: str = "default",
    compat: str = "",
    kube_version: str = "",
    api_versions: tuple[str, ...] = (),
    is_upgrade: bool = False,
    limits: Limits | None = None,
) -> tuple[ExactDifference, ...]:
    """Where ``render(…, exact=True)`` differs from Helm's output: file, line, both texts, and what printed them.

    chart: a path, since it is loaded both ways; the other arguments are those of ``render``. Raises what it raises.
    """
    from charthouse.actions.exactness import exact_differences as compare

    asked = profile_named(compat)
    given = user_values(values)

    def load_anew(profile: Profile) -> tuple[Chart, dict[str, Any]]:
        return prepared_chart(as_chart(chart, silent, profile), given, log=silent, profile=profile), given

    kube = parse_kube_version(kube_version, asked) if kube_version else None
    return compare(
        load_anew,
        profile=asked,
        name=name,
        namespace=namespace,
        capabilities=default_capabilities(asked).copy(kube_version=kube, more=api_versions),
        is_upgrade=is_upgrade,
        limits=limits,
    )
