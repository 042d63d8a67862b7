"""Where symbolic links in a chart directory may lead.

Helm follows them anywhere, so that a chart somebody else wrote can carry any file of the machine into what it renders,
installs or packs. Charts that share files with their neighbours use links too, and go on working: a link may lead into
the chart, into the directory the chart stands in, and into the repository (the nearest directory with a `.git`) it
belongs to; not from there into hidden files and directories, where keys and passwords lie.
"""

from __future__ import annotations

import os

from charthouse.charts.metadata import ChartError

__all__ = ["check_link"]

_HINT = "Helm would include it; copy what the chart needs into it, or put it beside the chart"


def check_link(top: str, path: str, name: str) -> None:
    """Refuse the link `path` (`name` in the chart) when it leads out. top: the chart's directory. Raises ChartError."""
    target = os.path.realpath(path)
    chart = os.path.realpath(top)
    if _below(chart, target) is not None:
        return
    places = [os.path.dirname(chart)]
    repository = _repository(chart)
    if repository:
        places.append(repository)
    for place in places:
        rest = _below(place, target)
        if place != os.path.dirname(place) and rest is not None and not _hidden(rest):
            return
    raise ChartError(f"symbolic link {name} leads out of the chart to {target}", hint=_HINT)


def _below(place: str, target: str) -> str | None:
    """The path from a directory to what lies in it, None for what does not."""
    if target == place:
        return ""
    prefix = place.rstrip(os.sep) + os.sep
    return target[len(prefix) :] if target.startswith(prefix) else None


def _hidden(path: str) -> bool:
    return any(part.startswith(".") for part in path.split(os.sep))


def _repository(directory: str) -> str:
    """The nearest directory above that a version control system keeps, "" when there is none."""
    at = directory
    while at != os.path.dirname(at):
        if os.path.exists(os.path.join(at, ".git")):
            return at
        at = os.path.dirname(at)
    return ""
