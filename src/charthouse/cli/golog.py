"""Log lines as Helm 3 writes them: Go's log package with file and line, and `WARNING: ` for those of its commands.

Rules: Helm 3.17.3 ``cmd/helm/helm.go`` (``log.Lshortfile``, ``warning``); the places are those of its sources. A record
of Helm 4 that Helm 3 has no words for is not shown. ``--debug`` lines carry the time in Helm 3; ours leave it out.
"""

from __future__ import annotations

from charthouse.logs import DEBUG

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from charthouse.logs import Log, LogRecord

__all__ = ["line", "logger"]

# What a message begins with, and the place that prints it.
_PLACES = (
    ("warning: skipping globals because destination", "coalesce.go:138"),
    ("warning: skipping globals because source", "coalesce.go:145"),
    ("Conflict: cannot merge map", "coalesce.go:161"),
    ("key ", "coalesce.go:175"),
    ("warning: skipped value for", "coalesce.go:237"),
    ("warning: cannot overwrite table", "coalesce.go:298"),
    ("warning: destination for", "coalesce.go:301"),
    ("Warning: Dependencies are handled", "load.go:120"),
    ("Warning: Dependency locking", "load.go:138"),
)


def _condition(attributes: dict[str, Any]) -> str:
    if "path" in attributes:
        what, place = f"Condition path '{attributes['path']}'", "dependencies.go:63"
    else:
        what, place = f"Tag '{attributes['tag']}'", "dependencies.go:94"
    return f"{place}: Warning: {what} for chart {attributes['chart']} returned non-bool value"


def _unknown_hook(attributes: dict[str, Any]) -> str:
    from charthouse.cli.flag_kinds import quote

    return f"manifest_sorter.go:190: info: skipping unknown hook: {quote(attributes['hookTypes'])}"


_WORDS: dict[str, Callable[[dict[str, Any]], str]] = {
    "this chart is deprecated": lambda attributes: "WARNING: This chart is deprecated",
    "returned non-bool value": _condition,
    "skipping unknown hooks": _unknown_hook,
    "ImportValues missing table from chart": lambda attributes: (
        f"dependencies.go:269: Warning: ImportValues missing table from chart {attributes['chart']}: "
        f"{attributes['error']}"
    ),
    "ImportValues missing table": lambda attributes: (
        f"dependencies.go:286: Warning: ImportValues missing table: {attributes['error']}"
    ),
    "missing required value": lambda attributes: (
        f"engine.go:206: [INFO] Missing required value: {attributes['message']}"
    ),
    "missing required values": lambda attributes: (
        f"engine.go:214: [INFO] Missing required value: {attributes['message']}"
    ),
    "funcMap fail": lambda attributes: f"engine.go:227: [INFO] Fail: {attributes['message']}",
    "found symbolic link in path. Contents of linked file included and used": lambda attributes: (
        f"walk.go:75: found symbolic link in path: {attributes['path']} resolves to {attributes['resolved']}. "
        "Contents of linked file included and used"
    ),
}


def line(record: LogRecord) -> str:
    """One record as one line, without the line end; "" for what Helm 3 does not say."""
    words = _WORDS.get(record.message)
    if words is not None:
        return words(record.attributes)
    for beginning, place in _PLACES:
        if record.message.startswith(beginning):
            return f"{place}: {record.message}"
    return ""


def logger(write: Callable[[str], object], *, debug: bool) -> Log:
    """A Log that writes lines."""

    def log(record: LogRecord, /) -> None:
        if record.level != DEBUG:
            text = line(record)
        else:
            text = f"[debug] {record.message}" if debug else ""
        if text:
            write(text if text.endswith("\n") else text + "\n")

    return log
