"""Tables of the API server as text, as `kubectl get` prints them.

Rules: kubectl's TablePrinter and HumanReadablePrinter (k8s.io/cli-runtime v0.37.1 and k8s.io/kubernetes v1.16.15
``pkg/printers/tableprinter.go``): the server's own columns without those of a priority, three spaces between. Each
Table is aligned for itself; a header is not repeated while the columns stay the same. What came without columns is
shown by name and age.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

__all__ = ["TablePrinter", "human_duration"]


class TablePrinter:
    """Prints Tables one after the other."""

    def __init__(self) -> None:
        self._columns: Any = None

    def text(self, item: Mapping[str, Any]) -> str:
        """A Table, or an object or a list that came as it is."""
        if item.get("kind") != "Table":
            return self._plain(item)
        columns = item.get("columnDefinitions") or []
        shown = [index for index, column in enumerate(columns) if not column.get("priority")]
        rows = [[_cell(row["cells"][index]) for index in shown] for row in item.get("rows") or ()]
        if not rows:
            return ""
        if columns != self._columns:
            rows.insert(0, [str(columns[index].get("name", "")).upper() for index in shown])
        self._columns = columns
        return _aligned(rows)

    def _plain(self, item: Mapping[str, Any]) -> str:
        rows = [[_name(one), _age(one)] for one in item.get("items", [item])]
        if self._columns != "plain":
            rows.insert(0, ["NAME", "AGE"])
        self._columns = "plain"
        return _aligned(rows)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    text = str(value)
    line = text.partition("\n")[0].partition("\r")[0].partition("\f")[0]
    return line if line == text else line + "..."


def _aligned(rows: Sequence[Sequence[str]]) -> str:
    """Columns at least six wide, three spaces apart; the last one as it is (text/tabwriter as kubectl sets it up)."""
    if not rows:
        return ""
    widths = [max(6, *(len(row[index]) + 3 for row in rows)) for index in range(len(rows[0]))]
    lines = []
    for row in rows:
        cells = [f"{cell:<{width}}" for cell, width in zip(row[:-1], widths, strict=False)]
        lines.append("".join(cells) + row[-1] + "\n")
    return "".join(lines)


def _name(item: Mapping[str, Any]) -> str:
    return str((item.get("metadata") or {}).get("name", ""))


def _age(item: Mapping[str, Any]) -> str:
    from datetime import UTC, datetime

    created = (item.get("metadata") or {}).get("creationTimestamp")
    if not created:
        return "<unknown>"
    try:
        since = datetime.now(UTC) - datetime.fromisoformat(str(created).replace("Z", "+00:00"))
    except ValueError:
        return "<unknown>"
    return human_duration(max(0, int(since.total_seconds())))


def human_duration(seconds: int) -> str:
    """`5m13s`, `3h`, `12d`: apimachinery's duration.HumanDuration."""
    minutes, hours, days = seconds // 60, seconds // 3600, seconds // 86400
    if seconds < 120:
        return f"{seconds}s"
    if minutes < 10:
        return f"{minutes}m{seconds % 60}s" if seconds % 60 else f"{minutes}m"
    if minutes < 180:
        return f"{minutes}m"
    if hours < 8:
        return f"{hours}h{minutes % 60}m" if minutes % 60 else f"{hours}h"
    if hours < 48:
        return f"{hours}h"
    if hours < 192:
        return f"{days}d{hours % 24}h" if hours % 24 else f"{days}d"
    if days < 365 * 2:
        return f"{days}d"
    years = days // 365
    if days < 365 * 8:
        return f"{years}y{days % 365}d" if days % 365 else f"{years}y"
    return f"{years}y"
