"""What was being rendered, for explanations: the chart, the merged values, and where each value came from.

Everything here is made when an error is explained, never before.
"""

from __future__ import annotations

from charthouse.advice.nearness import nearest
from charthouse.advice.secrecy import shown
from charthouse.charts.origin import path_text
from charthouse.errors import CharthouseError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import Any

    from charthouse.charts.chart import Chart
    from charthouse.charts.origin import Origin, ValuesSource
    from charthouse.charts.origins import Origins
    from charthouse.engine.trace import Text

    Path = tuple[str | int, ...]

__all__ = ["Inputs"]

_MAX_NODES = 200_000
_MAX_DEPTH = 60


class Inputs:
    """One render's inputs.

    chart: with its dependencies processed; top: what templates start from (`charts.values.to_render_values`), of which
    `tree` is the merged values; given: the user's values; options: of ``engine.render``, for rendering once more.
    sources: makes the list of what the user gave (files and flags), None when only `given` is known; may be set later,
    as long as nothing was asked.
    """

    def __init__(
        self,
        chart: Chart,
        top: dict[str, Any],
        given: dict[str, Any],
        *,
        options: dict[str, Any] | None = None,
        sources: Callable[[], Sequence[ValuesSource]] | None = None,
    ) -> None:
        self.chart = chart
        self.top = top
        self.tree: dict[str, Any] = top["Values"]
        self.given = given
        self.options = options or {}
        self.sources = sources
        self._origins: Origins | None = None
        self._paths: dict[int, Path] | None = None

    # Where a value came from.

    @property
    def origins(self) -> Origins:
        if self._origins is None:
            from charthouse.charts.origin import ValuesSource
            from charthouse.charts.origins import Origins

            sources = (
                self.sources()
                if self.sources is not None
                else [ValuesSource("values", "the values given", values=self.given)]
            )
            self._origins = Origins(self.chart, sources)
        return self._origins

    def origin(self, path: Path) -> str:
        """`set by FILE:LINE:COLUMN` or `set by --set a=1`, of what lies at `path`; "" when nobody says."""
        found = self.origins.of(path)
        return f"set by {_place(found)}" if found is not None else ""

    def removed(self, path: Path) -> str:
        """`set to null by …` for a value that was taken away, else ""."""
        found = self.origins.null(path)
        return f"set to null by {_place(found)}" if found is not None else ""

    def described(self, value: object, path: Path | None, *, names: tuple[str, ...] = (), veiled: bool = False) -> str:
        """A value, and what set it. names: what a template calls it, for values that lie at no path."""
        text = shown(value, (*(path or ()), *names), veiled=veiled)
        said = self.origin(path) if path else ""
        return f"{text}, {said}" if said else text

    def traced(self, path: str) -> Text | None:
        """The rendered text of a template, each part knowing what wrote it; None when it cannot be had."""
        from charthouse.engine.trace import trace

        mutable = any(b"set " in file.data or b"merge" in file.data for file in self.chart.raw)
        try:
            traced = trace(self.chart, self.top, only=() if mutable else (path,), **self.options)
        except CharthouseError:
            return None
        return traced.files.get(path)

    # Where a value is.

    def value_at(self, path: Path) -> tuple[bool, Any]:
        """Whether there is a value at a path, and the value."""
        found: Any = self.tree
        for key in path:
            inside = isinstance(found, list) and isinstance(key, int) and 0 <= key < len(found)
            if not inside and not (isinstance(found, dict) and key in found):
                return False, None
            found = found[key]
        return True, found

    def path_of(self, container: object) -> Path | None:
        """The path of a map or list of the values, by identity; None for one made on the way."""
        return self.paths.get(id(container))

    @property
    def paths(self) -> dict[int, Path]:
        if self._paths is None:
            self._paths = {id(node): path for path, node in self._containers()}
        return self._paths

    def _containers(self) -> Iterator[tuple[Path, Any]]:
        waiting: list[tuple[Path, Any]] = [((), self.tree)]
        left = _MAX_NODES
        while waiting and left:
            left -= 1
            path, node = waiting.pop()
            yield path, node
            if len(path) >= _MAX_DEPTH:
                continue
            entries = node.items() if isinstance(node, dict) else enumerate(node)
            waiting += [((*path, key), entry) for key, entry in entries if isinstance(entry, (dict, list))]

    def path_of_text(self, text: str) -> Path | None:
        """The path of the first value that is this text (what a `tpl` was given)."""
        for path, node in self._containers():
            entries = node.items() if isinstance(node, dict) else enumerate(node)
            for key, entry in entries:
                if type(entry) is str and entry == text:
                    return (*path, key)
        return None

    def elsewhere(self, key: str) -> list[Path]:
        """Paths of maps' entries with this very key, the shallowest first; at most three."""
        found = [(*path, key) for path, node in self._containers() if isinstance(node, dict) and key in node]
        return sorted(found, key=len)[:3]

    def near_keys(self, container: object, key: str) -> list[str]:
        """Keys of a map that are like `key`."""
        return nearest(key, map(str, container)) if isinstance(container, dict) else []

    def prefix_of(self, template: str) -> Path:
        """The path of the values of the chart a template belongs to ("web/charts/db/templates/x.yaml" → ("db",))."""
        chart, _, _ = template.partition("/templates/")
        return tuple(chart.split("/charts/")[1:])

    def flag_for(self, path: Path, value: str = "…") -> str:
        """How to give a value: `--set a.b=…`."""
        keys = [str(key).replace("\\", "\\\\").replace(".", "\\.") if isinstance(key, str) else key for key in path]
        text = ""
        for key in keys:
            text += f"[{key}]" if isinstance(key, int) else f".{key}" if text else key
        return f"--set {text}={value}" if "[" not in text else f"--set '{text}={value}'"

    def named(self, path: Path) -> str:
        """A path of the merged values, as one writes it."""
        return path_text(path) or "the values"


def _place(origin: Origin) -> str:
    from charthouse.advice.secrecy import veiled_text

    if origin.line:
        return origin.place
    name = veiled_text(origin.name)
    return name if len(name) <= 100 else name[:100] + "…"
