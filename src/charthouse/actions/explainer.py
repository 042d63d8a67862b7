"""From a traced render to explanations: which segments printed a field, of which values, and what set those."""

from __future__ import annotations

from charthouse.actions.explanation import Branch, Explanation, Field, Line, ValueRead
from charthouse.charts.origins import Origin, Origins, path_text
from charthouse.engine.trace import Key
from charthouse.errors import CharthouseError
from charthouse.formats.yaml import load_object
from charthouse.golang.kinds import GoError
from charthouse.manifests.fieldpath import FieldNotFound, FieldSpans, leaves, resolve
from charthouse.manifests.head import read_head
from charthouse.manifests.split import split

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from charthouse.charts.chart import Chart
    from charthouse.engine.trace import Frame, Segment, Text, Trace
    from charthouse.manifests.fieldpath import Path

__all__ = ["Explainer", "ObjectNotFound", "is_object", "template_text"]

_SHOWN = 30
_CHART_KEYS = {"APIVersion": "apiVersion"}


class ObjectNotFound(CharthouseError):
    """The chart renders no such object. names: those it renders, as KIND/NAME."""

    def __init__(self, wanted: str, names: list[str], crds: list[str] | None = None) -> None:
        from difflib import get_close_matches

        folded = {name.lower(): name for name in names}
        near = get_close_matches(wanted.lower(), list(folded), 1, 0.5)
        hint = f"did you mean {folded[near[0]]}?\n" if near else ""
        listed = ", ".join(names[:_SHOWN]) + (f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else "")
        if crds:
            hint = f"files below crds/ are no templates: it stands in {', '.join(crds)}\n"
        hint += f"the chart renders {listed}" if names else "with these values the chart renders no objects"
        super().__init__(f"the chart renders no {wanted}", hint=hint)
        self.names = names


def is_object(kind: str, name: str, wanted: str) -> bool:
    """Whether KIND/NAME means an object; case of the kind is ignored."""
    wanted_kind, _, wanted_name = wanted.partition("/")
    return name == wanted_name and kind.lower() == wanted_kind.lower()


class Explainer:
    """Makes explanations from a traced render."""

    def __init__(self, chart: Chart, traced: Trace, origins: Origins, release: dict[str, Any]) -> None:
        self.chart = chart
        self.release = release
        self.traced = traced
        self.origins = origins
        self.reads: dict[tuple[str | int, ...], ValueRead] = {}

    def explanation(self, file: str, wanted: str, path: str) -> Explanation:
        if file not in self.traced.files:
            failure = self.traced.failure
            raise CharthouseError(f"cannot trace {file}: {failure.error if failure else 'it was not rendered'}")
        text = self.traced.files[file]
        offset, document = _document(text.text, wanted)
        value = load_object(document)
        try:
            at = resolve(value, path) if path else ()
        except FieldNotFound as error:
            error.hint = self.unwritten(file, error) + error.hint
            raise
        inside = value
        for step in at:
            inside = inside[step]
        spans = FieldSpans(document)
        fields = [self.field(text, offset, spans, where, leaf) for where, leaf in leaves(inside, at)]
        head = read_head(document)
        metadata = value.get("metadata") if isinstance(value, dict) else None
        namespace = str(metadata.get("namespace") or "") if isinstance(metadata, dict) else ""
        whole = len(fields) == 1 and fields[0].path == path_text(at) and bool(at)
        return Explanation(head.kind, head.name, namespace, file, path_text(at), whole, tuple(fields))

    def unwritten(self, file: str, error: FieldNotFound) -> str:
        """The lines of the template that write a key of the missing field's name, as lines of a hint."""
        if error.near or not isinstance(error.missing, str):
            return ""
        text = template_text(self.chart, file)
        found = [number for number, line in enumerate(text.split("\n"), 1) if _writes(line, error.missing)]
        shown = ", ".join(f"{file}:{number}" for number in found[:3])
        return f"`{error.missing}:` stands at {shown}, which wrote nothing here with these values\n" if found else ""

    def field(self, text: Text, offset: int, spans: FieldSpans, path: Path, value: Any) -> Field:
        start, end = spans.value(path)
        segments = _telling(text, offset + start, offset + end)
        silent = text.silent(offset + start, offset + end)
        if _is_empty(value):
            segments = [segment for segment in silent if _kind(segment) == "action"] or segments
        frames: list[Frame] = []
        reads: dict[tuple[str | int, ...], None] = {}
        for segment in segments:
            if segment.frame is not None and not any(_same(segment.frame, frame) for frame in frames):
                frames.append(segment.frame)
            reads.update(dict.fromkeys(self.narrowed(read, path, value) for read in segment.reads))
        for segment in silent:
            if _kind(segment) == "action":
                reads.update(dict.fromkeys(segment.reads))
        lines = tuple(_line(frame) for frame in frames[0].chain()) if frames else ()
        return Field(
            path=path_text(path),
            value=value,
            line=text.line_of(offset + start),
            lines=lines,
            others=tuple(_line(frame) for frame in frames[1:]),
            branches=_branches(frames),
            values=tuple(self.value_read(read) for read in reads),
            omitted=_omitted(silent),
        )

    def narrowed(self, read: tuple[str | int, ...], path: Path, value: Any) -> tuple[str | int, ...]:
        """Of a map or list that was printed whole, the entry that became this field."""
        if isinstance(read[-1], Key) or not isinstance(_at(self.traced.values, read), (dict, list)):
            return read
        for size in range(len(path)):
            inside = (*read, *path[size:])
            held = _at(self.traced.values, inside)
            if held is not None and not isinstance(held, (dict, list)) and _alike(held, value):
                return inside
        return read

    def value_read(self, read: tuple[str | int, ...]) -> ValueRead:
        key = isinstance(read[-1], Key)
        found = self.reads.get((key, *read))
        if found is None:
            origins = self.origins.history(read[1:]) if read[0] == "Values" else self.elsewhere(read)
            value = _at(self.traced.values, read) if read[0] == "Values" else next((o.value for o in origins), None)
            value = str(read[-1]) if key else value
            found = self.reads[(key, *read)] = ValueRead("." + path_text(read), value, tuple(origins), key)
        return found

    def elsewhere(self, read: tuple[str | int, ...]) -> list[Origin]:
        """Of what is no value: Chart.yaml, the release, the cluster, the chart's files."""
        chart = self.chart
        while len(read) > 2 and read[0] == "Subcharts":
            below = [inner for inner in chart.dependencies if inner.name == read[1]]
            if not below:
                return []
            chart, read = below[0], read[2:]
        if read[0] == "Release":
            return [Origin("release", "the release", path=read[1:], value=_at(self.release, read))]
        if read[0] == "Capabilities":
            return [Origin("capabilities", "what the cluster is said to be")]
        if read[0] == "Files" and len(read) > 1:
            return [Origin("chart file", f"{chart.full_path()}/{read[1]}", 1 if len(read) == 2 else 0, 1)]
        return _chart_origin(chart, read) if read[0] == "Chart" else []


def _chart_origin(chart: Chart, read: tuple[str | int, ...]) -> list[Origin]:
    """Where Chart.yaml says what `.Chart…` is."""
    from charthouse.charts.marks import Marks
    from charthouse.charts.origins import ValuesSource

    path = tuple(
        step if isinstance(step, int) else _CHART_KEYS.get(step, step[:1].lower() + step[1:]) for step in read[1:]
    )
    for file in chart.raw:
        if file.name == "Chart.yaml" and path:
            source = ValuesSource("default", f"{chart.full_path()}/Chart.yaml", file.data.decode("utf-8", "replace"))
            line, column, excerpt = Marks().place(source, path)
            value = _at(load_object(source.text), ("Chart", *path))
            return [Origin("chart", source.name, line, column, excerpt, path, value)]
    return []


def _document(text: str, wanted: str) -> tuple[int, str]:
    """The document of an object in a file's text, and where it begins. Raises ObjectNotFound."""
    at = 0
    names = []
    for document in split(text):
        at = max(text.find(document.rstrip("\n"), at), at)
        if wanted.partition("/")[2] not in document:
            continue
        try:
            head = read_head(document)
        except (CharthouseError, GoError):
            continue
        if is_object(head.kind, head.name, wanted):
            return at, document
        names.append(f"{head.kind}/{head.name}")
        at += len(document.rstrip("\n"))
    raise ObjectNotFound(wanted, names)


def _telling(text: Text, start: int, end: int) -> list[Segment]:
    """The segments that printed a value: actions, or plain text where there are none."""
    shown = [
        segment
        for segment in text.between(start, end)
        if text.text[max(segment.start, start) : min(segment.end, end)].strip(" \t\n\"'")
    ] or text.between(start, end)
    actions = [segment for segment in shown if _kind(segment) not in ("", "text")]
    return actions or shown


def _kind(segment: Segment) -> str:
    return "" if segment.frame is None else segment.frame.kind


def _is_empty(value: Any) -> bool:
    return value is None or value == ""


def _omitted(silent: list[Segment]) -> tuple[Branch, ...]:
    found = {}
    for segment in silent:
        frame = segment.frame
        if frame is not None and frame.kind == "branch":
            read = tuple("." + path_text(read) for read in segment.reads)
            found[frame.template, frame.position] = Branch(frame.file, frame.line, frame.text, False, read)
    return tuple(found.values())


def _same(one: Frame, other: Frame) -> bool:
    return one.template is other.template and one.line == other.line and one.caller is other.caller


def _line(frame: Frame) -> Line:
    return Line(frame.name, frame.file, frame.line, frame.column, frame.excerpt)


def template_text(chart: Chart, path: str) -> str:
    """The text of a template by its full path; "" when there is none."""
    for file in chart.templates:
        if f"{chart.full_path()}/{file.name}" == path:
            return file.data.decode("utf-8", "replace")
    for inner in chart.dependencies:
        if path.startswith(f"{inner.full_path()}/"):
            return template_text(inner, path)
    return ""


def _writes(line: str, key: str) -> bool:
    """Whether a template's line begins with a key."""
    return line.lstrip(" -").startswith((f"{key}:", f'"{key}":', f"'{key}':"))


def _branches(frames: list[Frame]) -> tuple[Branch, ...]:
    """The conditions around statements and around those that called their templates."""
    found: dict[tuple[str, int, str], Branch] = {}
    for frame in frames:
        for link in frame.chain():
            condition = link.condition
            while condition is not None:
                read = tuple("." + path_text(read) for read in condition.reads)
                branch = Branch(condition.file, condition.line, condition.node, condition.taken, read)
                found.setdefault((branch.file, branch.line, branch.text), branch)
                condition = condition.outer
    return tuple(found.values())


def _at(values: Any, read: tuple[str | int, ...]) -> Any:
    """The value at a path whose first step names the tree itself."""
    for step in read[1:]:
        if isinstance(values, dict):
            values = values.get(step)
        elif isinstance(values, list) and isinstance(step, int) and 0 <= step < len(values):
            values = values[step]
        else:
            return None
    return values


def _alike(held: Any, value: Any) -> bool:
    """Whether a value of the values can have become a field's: numbers and booleans may have been quoted."""
    from charthouse.charts.scalars import scalar_text

    if isinstance(value, (dict, list)) or value is None:
        return False
    if type(held) is type(value) or (isinstance(held, float) and type(value) is int):
        return bool(held == value)
    texts = [part if isinstance(part, str) else scalar_text(part) for part in (held, value)]
    return texts[0] == texts[1]
