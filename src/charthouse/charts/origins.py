"""Which values file, flag or chart default set a value, and what it overrode.

Whose rules: none of its own. The values of every source are read again with each scalar and list replaced by a mark
that says where it stands, and then Helm's own merging (`values`, `dependencies`) runs over the marks: whatever it does
to values, globals, imported values and aliases among them, it does to their origins. Nothing of this runs unless asked.

A *source* is what the user gave, in order: values files, then ``--set-json``, ``--set``, ``--set-string``,
``--set-file``, ``--set-literal`` (``pkg/cli/values/options.go`` merges in that order wherever the flags stood). The
charts' own values.yaml are read from the chart. Paths are tuples of keys and list indexes in the root chart's
coordinates: `.Values.image` of the sub-chart `db` is ``("db", "image")``.
"""

from __future__ import annotations

from charthouse.charts.chart import Chart
from charthouse.charts.marks import MARK, Leaf, Marks
from charthouse.charts.origin import Origin, ValuesSource, path_text
from charthouse.charts.values import coalesce, merge_maps
from charthouse.logs import silent
from charthouse.profile import HELM4

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any

    from charthouse.charts.metadata import Metadata
    from charthouse.charts.origin import Path
    from charthouse.profile import Profile

__all__ = ["Origin", "Origins", "ValuesSource", "path_text", "value_origin"]

_MAX_HISTORY = 20
_ORDER = ("file", "values", "set-json", "set", "set-string", "set-file", "set-literal")


def value_origin(chart: Chart, sources: Sequence[ValuesSource], path: Path) -> Origin | None:
    """What set the value at `path`; None when nothing did (see ``Origins``, which answers many questions at once)."""
    return Origins(chart, sources).of(path)


class Origins:
    """The origins of all values of a chart.

    chart: as it is rendered, its dependencies processed (conditions, tags and aliases applied); it is not changed.
    sources: the user's, files in their order; flags are put into Helm's order here. A source that cannot be read is as
    if it were not there: whoever renders has said so already.
    """

    def __init__(self, chart: Chart, sources: Sequence[ValuesSource], *, profile: Profile = HELM4) -> None:
        self.chart = chart
        self.profile = profile
        self.sources = sorted(sources, key=lambda source: _ORDER.index(source.kind))
        self.marks = Marks(profile)
        self.prefixes: dict[int, tuple[str, ...]] = {}
        self.defaults: dict[int, ValuesSource] = {}
        for prefix, inner in _charts(chart, ()):
            self.defaults[id(inner)] = source = _default_source(inner)
            self.prefixes[id(source)] = prefix
        self._layers: list[dict[str, Any]] = []
        self._hidden: set[tuple[int, Path]] = set()

    def of(self, path: Path) -> Origin | None:
        """What set the value at `path`, or what took it away with null; None when nothing names it.

        Of a map: the source of highest precedence that names it.
        """
        return next(iter(self.history(path, 1)), None)

    def history(self, path: Path, most: int = _MAX_HISTORY) -> list[Origin]:
        """Everything that sets the value at `path`: what holds first, then what it overrode, the nearest first."""
        found: list[Origin] = []
        told: set[tuple[int, Path]] = set()
        layer = 0
        while len(found) < most and layer < _MAX_HISTORY:
            tree = self._layer(layer)
            layer += 1
            leaf, rest = self._leaf(tree, path)
            if leaf is None and layer == 1:
                leaf = self._null(path)
            if leaf is None:
                break
            if (id(leaf.source), leaf.path) not in told:
                told.add((id(leaf.source), leaf.path))
                found.append(self._origin(leaf, rest, path))
        return found

    def null(self, path: Path) -> Origin | None:
        """The source that set the value at `path`, or a map it would lie in, to null; None when none did."""
        leaf = self._null(path)
        return None if leaf is None else self._origin(leaf, (), path)

    def _origin(self, leaf: Leaf, rest: Path, path: Path) -> Origin:
        source = leaf.source
        inside = (*leaf.path, *rest)
        line, column, text = self.marks.place(source, inside)
        return Origin(
            kind=self._kind(source, inside, path),
            name=source.name,
            line=line,
            column=column,
            excerpt=text,
            path=inside,
            value=_plain(_inside(leaf.value, rest)),
        )

    def _kind(self, source: ValuesSource, inside: Path, path: Path) -> str:
        """The word for how a source came to set a path; see ``Origin``."""
        prefix = self.prefixes.get(id(source))
        if prefix is None:
            return source.kind if source.kind in ("file", "values") else "flag"
        if (*prefix, *inside) == path:
            return "default" if prefix == self.owner(path) else "parent default"
        return "global" if "global" in inside[:1] else "import"

    def owner(self, path: Path) -> tuple[str, ...]:
        """The names of the charts from the root (left out) to the one whose `.Values` hold `path`."""
        chart = self.chart
        prefix: tuple[str, ...] = ()
        for name in path:
            below = [inner for inner in chart.dependencies if inner.name == name]
            if not below:
                break
            chart, prefix = below[0], (*prefix, str(name))
        return prefix

    # The marked trees.

    def _leaf(self, tree: dict[str, Any], path: Path) -> tuple[Leaf | None, Path]:
        """The mark at a path, and what of the path lies inside it."""
        node: Any = tree
        for at, step in enumerate(path):
            if isinstance(node, Leaf):
                return self.marks.inner(node, path[at:])
            node = node.get(step) if isinstance(node, dict) else None
            if node is None:
                return None, ()
        return (node if isinstance(node, Leaf) else node.get(MARK)), ()

    def _layer(self, number: int) -> dict[str, Any]:
        """The merged marks: all of them, those that are left when the winners of all are hidden, and so on."""
        while len(self._layers) <= number:
            if self._layers:
                self._hidden |= self.marks.winners(self._layers[-1])
                if len(self._layers) == 1:
                    self._hidden |= {(id(source), path) for source, path in self._nulls()}
            self._layers.append(self._coalesced(self._hidden))
        return self._layers[number]

    def _nulls(self) -> Iterator[tuple[ValuesSource, Path]]:
        for source in (*self.sources, *self.defaults.values()):
            for path in self.marks.nulls(source):
                yield source, path

    def _coalesced(self, hidden: set[tuple[int, Path]]) -> dict[str, Any]:
        """Helm's merge of all marks but the hidden ones."""
        from charthouse.charts.dependencies import process

        twin = self._twin(self.chart, hidden)
        given = self._given(hidden)
        # No mark is a boolean, so this disables nothing; it imports values.
        process(twin, given, log=silent, profile=self.profile)
        return coalesce(twin, given, log=silent, profile=self.profile)

    def _twin(self, chart: Chart, hidden: set[tuple[int, Path]]) -> Chart:
        twin = Chart(_metadata(chart.metadata))
        source = self.defaults[id(chart)]
        twin.values = self.marks.sealed(self.marks.visible(source, hidden))
        twin.has_values = chart.has_values
        twin.set_dependencies(self._twin(inner, hidden) for inner in chart.dependencies)
        return twin

    def _given(self, hidden: set[tuple[int, Path]]) -> dict[str, Any]:
        """The user's values as marks, lists sealed."""
        merged: dict[str, Any] = {}
        for source in self.sources:
            if source.kind in ("file", "values"):
                merged = merge_maps(merged, self.marks.visible(source, hidden))
            else:
                merged = self.marks.with_flag(merged, source, hidden)
        return self.marks.sealed(merged)

    # Nulls, which leave no mark.

    def _null(self, path: Path) -> Leaf | None:
        for prefix, source in self._by_precedence():
            for wanted in _with_globals(path):
                if wanted[: len(prefix)] != prefix:
                    continue
                for size in range(len(prefix) + 1, len(wanted) + 1):
                    inside = wanted[len(prefix) : size]
                    if inside in self.marks.nulls(source):
                        return Leaf.at(source, inside, None)
        return None

    def _by_precedence(self) -> Iterator[tuple[tuple[str, ...], ValuesSource]]:
        for source in reversed(self.sources):
            yield (), source
        for prefix, chart in _charts(self.chart, ()):
            yield prefix, self.defaults[id(chart)]


def _charts(chart: Chart, prefix: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Chart]]:
    yield prefix, chart
    for inner in chart.dependencies:
        yield from _charts(inner, (*prefix, inner.name))


def _with_globals(path: Path) -> Iterator[Path]:
    """A path, and for one into `global` the same in the charts above, outwards: theirs are handed down."""
    yield path
    if "global" in path:
        at = path.index("global")
        for size in range(at - 1, -1, -1):
            yield (*path[:size], *path[at:])


def _default_source(chart: Chart) -> ValuesSource:
    name = f"{chart.full_path()}/values.yaml"
    for file in chart.raw:
        if file.name == "values.yaml":
            return ValuesSource("default", name, file.data.decode("utf-8", "surrogateescape"))
    # Of a chart made by a program there are only its values; of one without a values.yaml, processing has left some.
    return ValuesSource("default", name, "", {} if chart.raw else chart.values)


def _metadata(metadata: Metadata) -> Metadata:
    """A copy whose imports can be run again: processing leaves them as a type it does not take itself."""
    twin = type(metadata).__new__(type(metadata))
    for slot in type(metadata).__slots__:
        setattr(twin, slot, getattr(metadata, slot))
    if metadata.dependencies is not None:
        twin.dependencies = [entry and entry.copy() for entry in metadata.dependencies]
        for entry in twin.dependencies:
            if entry is not None and entry.import_values:
                entry.import_values = [dict(item) if isinstance(item, dict) else item for item in entry.import_values]
    return twin


def _inside(value: Any, path: Path) -> Any:
    """What lies at a path inside what a mark stands for."""
    for step in path:
        if isinstance(value, Leaf):
            value = value.value
        value = value[step]
    return value


def _plain(value: Any) -> Any:
    """A value without its marks."""
    if isinstance(value, Leaf):
        return _plain(value.value)
    if isinstance(value, dict):
        return {key: _plain(entry) for key, entry in value.items() if key != MARK}
    if isinstance(value, list):
        return [_plain(entry) for entry in value]
    return value
