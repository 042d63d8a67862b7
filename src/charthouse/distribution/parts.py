"""The charts inside a chart, and what tells whether they are the same: a digest over their files.

Ours. A chart inside an archive is no archive of its own, so the sha256 of its files is pinned, each by name: the lines
``HEX  NAME``, sorted by name, as sha256sum prints them, digested once more. The charts inside it count.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from charthouse.charts.chart import Chart
    from charthouse.charts.metadata import Dependency

__all__ = ["content_digest", "declared", "inside"]


def content_digest(chart: Chart) -> str:
    """``sha256:HEX`` of a chart's files, as read."""
    from hashlib import sha256

    lines = sorted((file.name, sha256(file.data).hexdigest()) for file in chart.raw)
    text = "".join(f"{digest}  {name}\n" for name, digest in lines)
    return "sha256:" + sha256(text.encode("utf-8", "surrogateescape")).hexdigest()


def inside(chart: Chart, path: str = "") -> Iterator[tuple[str, Chart]]:
    """Every chart inside `chart` at any depth, with its path: ``charts/redis/charts/common``."""
    for inner in chart.dependencies:
        below = f"{path}charts/{inner.name}"
        yield below, inner
        yield from inside(inner, f"{below}/")


def declared(inner: Chart) -> Dependency | None:
    """The entry of the parent's Chart.yaml a chart stands for, None when it is in none."""
    parent = inner.parent
    entries = parent.metadata.dependencies if parent is not None else None
    return next((entry for entry in entries or () if entry is not None and entry.name == inner.name), None)
