"""Counters, gauges and histograms, and their text for Prometheus.

Our own instead of prometheus_client: that library keeps its metrics in globals of the process, which two servers in one
process (tests, embedding programs) would share, and what is needed of it is this file. No label ever holds what a
caller chose: names of methods, verbs, codes and outcomes come from tables, so the number of series is bounded.

Format: prometheus.io/docs/instrumenting/exposition_formats ("Text-based format", version 0.0.4).
"""

from __future__ import annotations

import threading

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    Labels = tuple[str, ...]
    Sample = tuple[str, Mapping[str, str], float]  # name, labels, value

__all__ = ["CONTENT_TYPE", "SECONDS", "Counter", "Gauge", "Histogram", "Registry"]

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0)
"""Bounds of a histogram of times."""


class Counter:
    """Only ever grows. labels: their names."""

    kind = "counter"

    def __init__(self, name: str, help: str, labels: Sequence[str] = ()) -> None:
        self.name = name
        self.help = help
        self.labels = tuple(labels)
        self._mutex = threading.Lock()
        self._values: dict[Labels, float] = {} if labels else {(): 0.0}

    def add(self, *values: str, amount: float = 1.0) -> None:
        """Count one more (or `amount`) for these values of the labels."""
        if len(values) != len(self.labels):
            raise ValueError(f"{self.name} has the labels {', '.join(self.labels)}")
        with self._mutex:
            self._values[values] = self._values.get(values, 0.0) + amount

    def value(self, *values: str) -> float:
        """What was counted so far."""
        with self._mutex:
            return self._values.get(values, 0.0)

    def samples(self) -> Iterable[Sample]:
        """What there is to tell."""
        with self._mutex:
            found = sorted(self._values.items())
        return [(self.name, dict(zip(self.labels, values, strict=True)), value) for values, value in found]


class Gauge:
    """Goes up and down: asked for when it is wanted. read: the value, or values by those of one label."""

    kind = "gauge"

    def __init__(
        self, name: str, help: str, read: Callable[[], float | Mapping[str, float]], *, label: str = "",
        kind: str = "gauge",
    ) -> None:  # fmt: skip
        self.name = name
        self.help = help
        self.kind = kind
        self._label = label
        self._read = read

    def samples(self) -> Iterable[Sample]:
        """What it is now."""
        found = self._read()
        if isinstance(found, (int, float)):
            return [(self.name, {}, float(found))]
        return [(self.name, {self._label: key}, value) for key, value in sorted(found.items())]


class Histogram:
    """How often values up to each bound were seen."""

    kind = "histogram"

    def __init__(self, name: str, help: str, labels: Sequence[str] = (), bounds: Sequence[float] = SECONDS) -> None:
        self.name = name
        self.help = help
        self.labels = tuple(labels)
        self._bounds = tuple(bounds)
        self._mutex = threading.Lock()
        self._counts: dict[Labels, list[int]] = {}
        self._sums: dict[Labels, float] = {}

    def observe(self, amount: float, *values: str) -> None:
        """One more value, for these values of the labels."""
        if len(values) != len(self.labels):
            raise ValueError(f"{self.name} has the labels {', '.join(self.labels)}")
        place = sum(amount > bound for bound in self._bounds)
        with self._mutex:
            counts = self._counts.setdefault(values, [0] * (len(self._bounds) + 1))
            counts[place] += 1
            self._sums[values] = self._sums.get(values, 0.0) + amount

    def samples(self) -> Iterable[Sample]:
        """Buckets, sum and count of each set of labels."""
        with self._mutex:
            found = sorted((values, list(counts), self._sums[values]) for values, counts in self._counts.items())
        out: list[Sample] = []
        for values, counts, total in found:
            labels = dict(zip(self.labels, values, strict=True))
            below = 0
            for bound, count in zip((*map(_number, self._bounds), "+Inf"), counts, strict=True):
                below += count
                out.append((f"{self.name}_bucket", {**labels, "le": bound}, float(below)))
            out += [(f"{self.name}_sum", labels, total), (f"{self.name}_count", labels, float(below))]
        return out


class Registry:
    """The metrics of one server, in the order in which they were added."""

    def __init__(self) -> None:
        self._metrics: dict[str, Counter | Gauge | Histogram] = {}

    def add(self, metric: Counter | Gauge | Histogram) -> None:
        """Raises ValueError when there is one of that name."""
        if metric.name in self._metrics:
            raise ValueError(f"two metrics are called {metric.name}")
        self._metrics[metric.name] = metric

    def counter(self, name: str, help: str, *labels: str) -> Counter:
        """A new one."""
        made = Counter(name, help, labels)
        self.add(made)
        return made

    def histogram(self, name: str, help: str, *labels: str) -> Histogram:
        """A new one, of seconds."""
        made = Histogram(name, help, labels)
        self.add(made)
        return made

    def gauge(self, name: str, help: str, read: Callable[[], float | Mapping[str, float]], label: str = "") -> None:
        """A new one, asked for each time."""
        self.add(Gauge(name, help, read, label=label))

    def text(self) -> str:
        """All of them, for a scrape."""
        out: list[str] = []
        for metric in self._metrics.values():
            out.append(f"# HELP {metric.name} {_help(metric.help)}\n# TYPE {metric.name} {metric.kind}\n")
            for name, labels, value in metric.samples():
                inside = ",".join(f'{key}="{_label(text)}"' for key, text in labels.items())
                out.append(f"{name}{{{inside}}} {_number(value)}\n" if inside else f"{name} {_number(value)}\n")
        return "".join(out)


def _help(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\n", "\\n")


def _label(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\n", "\\n").replace('"', '\\"')


def _number(value: float) -> str:
    if value != value or value in (float("inf"), float("-inf")):
        return {"inf": "+Inf", "-inf": "-Inf"}.get(str(value), "NaN")
    return str(int(value)) if value == int(value) and abs(value) < 1e15 else repr(value)
