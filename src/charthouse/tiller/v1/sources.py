"""Charts and values as they come with a request: bounded, then loaded.

Charts come as archives, read by the loader's own bounds; there is no reference for the server to follow, so it can be
made to fetch nothing.
"""

from __future__ import annotations

from charthouse.charts.metadata import ChartError
from charthouse.profile import profile_named
from charthouse.records import Record
from charthouse.rpc.status import Code, RpcError
from charthouse.tiller.v1 import exact
from charthouse.tiller.v1.structs import from_struct

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from charthouse.charts.chart import Chart
    from charthouse.logs import Log
    from charthouse.profile import Profile
    from charthouse.tiller.v1 import messages

    LoadChart = Callable[[bytes, Profile, Log], Chart]

__all__ = ["SourceLimits", "TooLarge", "installable", "load_chart", "profile_of", "values_of", "wanted_chart"]

_KINDS = ("", "application")


class TooLarge(RpcError):
    """More bytes than the server takes."""

    def __init__(self, text: str) -> None:
        super().__init__(Code.RESOURCE_EXHAUSTED, text)


class SourceLimits(Record):
    """chart, values: the most bytes of an archive, and of values in any of their forms."""

    chart: int = 16 << 20
    values: int = 4 << 20


def wanted_chart(source: messages.Source, limits: SourceLimits) -> bytes:
    """The archive of a request. Raises RpcError INVALID_ARGUMENT, RESOURCE_EXHAUSTED."""
    if not source.chart:
        raise RpcError(
            Code.INVALID_ARGUMENT,
            "field source.chart: no chart given",
            hint="send the bytes of a chart archive (.tgz); `charthouse package` makes one",
        )
    _bounded("source.chart", len(source.chart), limits.chart)
    return source.chart


def profile_of(source: messages.Source) -> Profile:
    """The Helm a chart is to be rendered as. Raises RpcError INVALID_ARGUMENT."""
    if source.compat not in ("", "helm3", "helm4"):
        raise RpcError(Code.INVALID_ARGUMENT, f"field source.compat: {source.compat[:40]!r} is not one of helm3, helm4")
    return profile_named(source.compat, exact_numbers=source.exact)


def values_of(source: messages.Source, profile: Profile, limits: SourceLimits) -> dict[str, Any]:
    """The user's values. Raises RpcError, BadValues, ChartError (a values file that is none)."""
    given = [
        name
        for name, there in (
            ("values", source.HasField("values")),
            ("values_yaml", bool(source.values_yaml)),
            ("exact_values", bool(source.exact_values)),
        )
        if there
    ]
    if len(given) > 1:
        raise RpcError(Code.INVALID_ARGUMENT, f"fields source.{', source.'.join(given)}: give one of them")
    if not given:
        return {}
    if given == ["values"]:
        _bounded("source.values", source.values.ByteSize(), limits.values)
        return from_struct(source.values)
    if given == ["values_yaml"]:
        data = source.values_yaml.encode("utf-8")
        _bounded("source.values_yaml", len(data), limits.values)
        return _file(data, profile)
    _bounded("source.exact_values", len(source.exact_values), limits.values)
    values = exact.decode(source.exact_values)
    if not isinstance(values, dict):
        raise exact.BadValues("values are not a map")
    return values


def load_chart(data: bytes, profile: Profile, log: Log) -> Chart:
    """The chart in an archive, with all it depends on. Raises ChartError."""
    from charthouse.charts.dependencies import check
    from charthouse.charts.loader import load_archive
    from charthouse.gotemplate.deepstack import deep
    from charthouse.gotemplate.limits import Limits

    chart = deep(lambda: load_archive(data, log=log, profile=profile), Limits())
    check(chart)
    return chart


def installable(chart: Chart) -> Chart:
    """Raises ChartError for a chart that is no application (installs only; Helm's text)."""
    if chart.metadata.type not in _KINDS:
        raise ChartError(f"{chart.metadata.type} charts are not installable")
    return chart


def _file(data: bytes, profile: Profile) -> dict[str, Any]:
    from charthouse.charts.loader import load_values
    from charthouse.gotemplate.deepstack import deep
    from charthouse.gotemplate.limits import Limits

    return deep(lambda: load_values(data, profile) or {}, Limits())


def _bounded(field: str, size: int, most: int) -> None:
    if size > most:
        raise TooLarge(f"field {field}: {size} bytes are more than the {most} this server takes")
