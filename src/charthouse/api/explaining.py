"""Where a field of a rendered object comes from: ``explain``, what `charthouse explain` tells, as data."""

from __future__ import annotations

import os

from charthouse.actions.explain import explain as explain_object
from charthouse.actions.preparation import prepared_chart
from charthouse.api.rendering import as_chart, user_values
from charthouse.charts.capabilities import default_capabilities, parse_kube_version
from charthouse.charts.loader import load_values
from charthouse.charts.origin import ValuesSource
from charthouse.charts.values import merge_maps
from charthouse.logs import silent
from charthouse.profile import profile_named

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from charthouse.actions.explanation import Explanation
    from charthouse.charts.chart import Chart
    from charthouse.gotemplate.limits import Limits
    from charthouse.logs import Log

__all__ = ["explain"]


def explain(
    chart: Chart | str | os.PathLike[str],
    wanted: str,
    path: str = "",
    values: Mapping[str, Any] | None = None,
    *,
    values_files: Sequence[str | os.PathLike[str]] = (),
    name: str = "release-name",
    namespace: str = "default",
    is_upgrade: bool = False,
    kube_version: str = "",
    api_versions: tuple[str, ...] = (),
    skip_schema_validation: bool = False,
    limits: Limits | None = None,
    log: Log = silent,
    compat: str = "",
) -> Explanation:
    """Which template line wrote a field of the object `wanted` ("Deployment/web"), from which values, and what set
    those.

    path: of the field, as in "spec.template.spec.containers[name=web].image"; "" for all fields. values: over those of
    values_files, which come over the chart's own; the other arguments are those of ``render``. Secrets are not hidden.

    Raises ObjectNotFound, FieldNotFound, WrongPath (all CharthouseError); what ``render`` raises; OSError for a values
    file that cannot be read.

    >>> explain("examples/bookshop", "Service/shop-cache", "spec.type", name="shop").fields[0].lines  # doctest: +SKIP
    """
    profile = profile_named(compat)
    sources: list[ValuesSource] = []
    given: dict[str, Any] = {}
    for file in values_files:
        with open(file, "rb") as stream:
            data = stream.read()
        sources.append(ValuesSource("file", os.fspath(file), data.decode("utf-8", "surrogateescape")))
        given = merge_maps(given, load_values(data, profile))
    if values is not None:
        own = user_values(values)
        sources.append(ValuesSource("values", "values", "", own))
        given = merge_maps(given, own)
    kube = parse_kube_version(kube_version, profile) if kube_version else None
    return explain_object(
        prepared_chart(as_chart(chart, log, profile), given, log=log, profile=profile),
        given,
        wanted,
        path,
        sources=sources,
        name=name,
        namespace=namespace,
        capabilities=default_capabilities(profile).copy(kube_version=kube, more=api_versions),
        log=log,
        is_upgrade=is_upgrade,
        skip_schema=skip_schema_validation,
        limits=limits,
        profile=profile,
    )
