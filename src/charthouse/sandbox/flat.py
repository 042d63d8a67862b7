"""Values and charts as `marshal` can carry them from the parent to a worker, Go's kinds kept.

Only in that direction: what a worker sends back is JSON (``answers``), since reading `marshal` of a stranger is not
safe. What is no plain value becomes a tuple of its kind's name and its content; objects that occur twice stay one.
"""

from __future__ import annotations

from charthouse.charts.chart import Chart, File
from charthouse.charts.metadata import Dependency, Lock, Maintainer, Metadata
from charthouse.golang import kinds
from charthouse.golang.kinds import Float32, SizedInt, TypedMap, TypedSlice

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["Flattening", "Restoring"]

_PLAIN = frozenset((str, int, float, bool, type(None), bytes))
_KINDS: dict[str, type] = {
    name: found
    for name in kinds.__all__
    if isinstance(found := getattr(kinds, name), type) and issubclass(found, (SizedInt, Float32, TypedMap, TypedSlice))
}
_RECORDS: dict[str, type[Any]] = {kind.__name__: kind for kind in (Metadata, Dependency, Maintainer, Lock)}
_CHART = "Chart"
_SIMPLE = ("has_values", "refused", "schema")  # of a chart, beside what needs more


class _Copying:
    """Copies dicts and lists, each once; `_other` says what becomes of the rest."""

    def __init__(self) -> None:
        self._known: dict[int, Any] = {}

    def value(self, value: Any) -> Any:
        """The copy. Raises TypeError for what no chart can hold, RecursionError for what is nested too deeply."""
        kind = type(value)
        if kind in _PLAIN:
            return value
        known = self._known.get(id(value))
        if known is not None:
            return known
        if kind is dict:
            out: Any = {}
            self._known[id(value)] = out
            for key, item in value.items():
                out[key] = item if type(item) in _PLAIN else self.value(item)
            return out
        if kind is list:
            out = []
            self._known[id(value)] = out
            out += [item if type(item) in _PLAIN else self.value(item) for item in value]
            return out
        out = self._other(value)
        self._known[id(value)] = out
        return out

    def _other(self, value: Any) -> Any:
        raise TypeError(f"a {type(value).__name__} cannot be handed to a worker")


class Flattening(_Copying):
    """One message's worth of values: what is no plain value becomes a tuple."""

    def _other(self, value: Any) -> Any:
        kind: type[Any] = type(value)
        name = kind.__name__
        if _KINDS.get(name) is kind:
            if issubclass(kind, SizedInt):
                return name, int(value)
            if issubclass(kind, Float32):
                return name, float(value)
            if issubclass(kind, TypedMap):
                return name, {key: self.value(item) for key, item in value.items()}
            return name, [self.value(item) for item in value]
        if _RECORDS.get(name) is kind:
            return name, {slot: self.value(getattr(value, slot)) for slot in kind.__slots__}
        if kind is kinds.NilBytes:
            return name, b""
        return super()._other(value)

    def chart(self, chart: Chart) -> Any:
        """A chart and those inside it."""
        known = self._known.get(id(chart))
        if known is not None:
            return known
        out: dict[str, Any] = {name: getattr(chart, name) for name in _SIMPLE}
        self._known[id(chart)] = out
        out["metadata"], out["lock"] = self.value(chart.metadata), self.value(chart.lock)
        out["values"] = self.value(chart.values)
        for group in ("templates", "files", "raw"):
            out[group] = [(file.name, file.data) for file in getattr(chart, group)]
        out["dependencies"] = [self.chart(inner) for inner in chart.dependencies]
        return out


class Restoring(_Copying):
    """The way back, in the worker: a tuple becomes what it names."""

    def _other(self, value: Any) -> Any:
        name, content = value
        record = _RECORDS.get(name)
        if record is not None:
            made: Any = object.__new__(record)
            for slot, item in content.items():
                setattr(made, slot, self.value(item))
            return made
        if name == "NilBytes":
            return kinds.NilBytes()
        kind = _KINDS[name]
        if isinstance(content, dict):
            made = kind()
            for key, item in content.items():
                dict.__setitem__(made, key, self.value(item))
            return made
        return kind([self.value(item) for item in content] if isinstance(content, list) else content)

    def chart(self, flat: dict[str, Any]) -> Chart:
        """The chart as it was, times of its files apart."""
        known: Chart | None = self._known.get(id(flat))
        if known is not None:
            return known
        chart = Chart(self.value(flat["metadata"]))
        self._known[id(flat)] = chart
        for name in _SIMPLE:
            setattr(chart, name, flat[name])
        chart.values, chart.lock = self.value(flat["values"]), self.value(flat["lock"])
        for group in ("templates", "files", "raw"):
            setattr(chart, group, [File(name, data) for name, data in flat[group]])
        for inner in flat["dependencies"]:
            found = self.chart(inner)
            parent = found.parent
            chart.add_dependency(found)
            if parent is not None:  # one chart below two (Helm 3's aliases): the first one's path counts
                found.parent = parent
        return chart
