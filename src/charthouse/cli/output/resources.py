"""Live objects of a release as tables, for `status`.

Rules: Helm 4.3.1 ``pkg/cmd/status.go`` over kubectl's TablePrinter: the server's own columns, padded with three spaces
between. Objects that came without columns are shown by name and age. Differs: Helm prints the kinds in random order (a
Go map), here they are sorted.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

__all__ = ["resource_tables"]


def resource_tables(resources: Mapping[str, Sequence[Mapping[str, Any]]]) -> str:
    """One table for each kind, each behind `==> VERSION/KIND`."""
    return "".join(f"==> {kind}\n{_kind(resources[kind])}\n" for kind in sorted(resources))


def _kind(objects: Sequence[Mapping[str, Any]]) -> str:
    text = ""
    plain: list[Mapping[str, Any]] = []
    columns: list[str] = []
    rows: list[list[str]] = []
    for item in objects:
        if item.get("kind") == "Table":
            heads = [c for c in item.get("columnDefinitions") or () if c.get("priority", 0) == 0]
            wanted = [i for i, c in enumerate(item.get("columnDefinitions") or ()) if c.get("priority", 0) == 0]
            names = [str(c.get("name", "")).upper() for c in heads]
            if names != columns:
                text += _aligned([columns, *rows]) if columns else ""
                columns, rows = names, []
            rows += [[_cell(row["cells"][i]) for i in wanted] for row in item.get("rows") or ()]
        else:
            plain.append(item)
    if columns:
        text += _aligned([columns, *rows])
    if plain:
        text += _aligned([["NAME", "AGE"], *([_name(item), _age(item)] for item in plain)])
    return text


def _cell(value: Any) -> str:
    if value is None:
        return "<none>"
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _aligned(rows: Sequence[Sequence[str]]) -> str:
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    lines = []
    for row in rows:
        cells = [f"{cell:<{width + 3}}" for cell, width in zip(row[:-1], widths, strict=False)]
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
