"""``pull``: not built yet. Flags: Helm 4.3.1 ``pkg/cmd/pull.go``."""

from __future__ import annotations

from charthouse.cli.command import Command
from charthouse.cli.flags import Flag
from charthouse.cli.shared_flags import chart_source_flags
from charthouse.cli.unbuilt import not_built

__all__ = ["COMMAND"]


def _flags() -> list[Flag]:
    return [
        Flag("devel", "bool", "consider pre-releases too (version '>0.0.0-0'); ignored with --version"),
        Flag("untar", "bool", "unpack the chart"),
        Flag("prov", "bool", "fetch the provenance file, without checking it"),
        Flag("untardir", "string", "where to unpack", default="."),
        Flag("destination", "string", "where to write the chart", default=".", short="d"),
        *chart_source_flags(),
    ]


COMMAND = Command(
    "pull [chart URL | repo/chartname] [...]",
    "download a chart",
    long="Download charts from repositories, addresses or registries. Not built yet.\n",
    aliases=("fetch",),
    args="min 1",
    flags=_flags,
    run=not_built("pull"),
)
