"""Rendered text that knows where each part of it came from.

``Text`` is a text cut into segments; a segment names the statement of a template that wrote it (``Frame``, with the
statements that called that template) and the values it was made of. When a function has changed a text on its way
(`include … | nindent 4`), ``aligned`` finds the parts again: the whole in the result or the result in the whole, else
line by line, whatever the indentation.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from functools import lru_cache

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from charthouse.gotemplate.program import Template

    # What templates call it, from the root chart's `.`: ("Values", "image", "tag"), ("Release", "Name").
    Read = tuple[str | int, ...]
    Reads = tuple[Read, ...]

__all__ = ["Condition", "Frame", "Segment", "Text", "aligned", "line_starts", "united"]

_MAX_READS = 40


@lru_cache(maxsize=64)
def line_starts(text: str) -> list[int]:
    """Where the lines of a text begin."""
    out = [0]
    at = text.find("\n")
    while at >= 0:
        out.append(at + 1)
        at = text.find("\n", at + 1)
    return out


class Condition:
    """An `if`, `with` or `range` around a statement, in the same template. outer: the one around it; taken: whether
    its body runs rather than its else part; text: the action as written; reads: what it looked at."""

    __slots__ = ("node", "outer", "position", "reads", "taken", "template")

    def __init__(
        self, template: Template, position: int, node: str, reads: Reads, taken: bool, outer: Condition | None
    ) -> None:
        self.template = template
        self.position = position
        self.node = node
        self.reads = reads
        self.taken = taken
        self.outer = outer

    @property
    def file(self) -> str:
        return self.template.parse_name

    @property
    def line(self) -> int:
        return bisect_right(line_starts(self.template.text), self.position)


class Frame:
    """A statement that ran: text or an action of a template, and the statement that called the template.

    kind: "text", "action", "template" or "branch"; position: index into the template's text; caller: of `include`,
    `template` or `tpl`, None in the file that was rendered; condition: the innermost one around it; text: the pipeline
    as Go prints it, "" for plain text.
    """

    __slots__ = ("caller", "condition", "kind", "position", "template", "text")

    def __init__(
        self,
        template: Template,
        position: int,
        kind: str,
        caller: Frame | None,
        condition: Condition | None,
        text: str = "",
    ) -> None:
        self.template = template
        self.position = position
        self.kind = kind
        self.caller = caller
        self.condition = condition
        self.text = text

    def __repr__(self) -> str:
        return f"Frame({self.file}:{self.line}:{self.column} {self.kind})"

    @property
    def name(self) -> str:
        """The running template's name: the file's, or that of a `define`."""
        return self.template.name

    @property
    def file(self) -> str:
        """The file, as `mychart/templates/x.yaml`; "gotpl" for a text that was given to `tpl`."""
        return self.template.parse_name

    @property
    def line(self) -> int:
        """From 1."""
        return bisect_right(line_starts(self.template.text), self.position)

    @property
    def column(self) -> int:
        """In characters, from 1, as editors count; `byte_column` is Go's."""
        return self.position - self.template.text.rfind("\n", 0, self.position)

    @property
    def byte_column(self) -> int:
        """In bytes, from 0, as text/template's errors have it."""
        from charthouse.golang.kinds import go_bytes

        start = self.template.text.rfind("\n", 0, self.position) + 1
        return len(go_bytes(self.template.text[start : self.position]))

    @property
    def excerpt(self) -> str:
        """The template's line, without the space around it."""
        text = self.template.text
        start = text.rfind("\n", 0, self.position) + 1
        end = text.find("\n", start)
        return text[start : len(text) if end < 0 else end].strip()

    def chain(self) -> list[Frame]:
        """This statement, the one that called its template, and so on outwards."""
        out = []
        frame: Frame | None = self
        while frame is not None:
            out.append(frame)
            frame = frame.caller
        return out


class Segment:
    """Characters `start` to `end` of a text: written by `frame` (None: not printed yet) from the values `reads`.

    Empty ones stand where an action, or an `if`, `with` or `range` (kind "branch"), had nothing to print.
    """

    __slots__ = ("end", "frame", "reads", "start")

    def __init__(self, start: int, end: int, frame: Frame | None, reads: Reads) -> None:
        self.start = start
        self.end = end
        self.frame = frame
        self.reads = reads

    def __repr__(self) -> str:
        return f"Segment({self.start}, {self.end}, {self.frame!r}, {self.reads!r})"


class Text:
    """A text and its segments, in order and without gaps (empty ones between them)."""

    __slots__ = ("_starts", "segments", "text")

    def __init__(self, text: str, segments: list[Segment]) -> None:
        self.text = text
        self.segments = segments
        self._starts: list[int] | None = None

    def at(self, offset: int) -> Segment | None:
        """The segment a character lies in."""
        found = self.between(offset, offset + 1)
        return found[0] if found else None

    def between(self, start: int, end: int) -> list[Segment]:
        """The segments with characters between two offsets."""
        if self._starts is None:
            self._starts = [segment.start for segment in self.segments]
        first = max(bisect_right(self._starts, start) - 1, 0)
        last = bisect_left(self._starts, end)
        return [segment for segment in self.segments[first:last] if segment.end > start]

    def silent(self, start: int, end: int) -> list[Segment]:
        """The empty segments between two offsets, those at both ends included."""
        if self._starts is None:
            self._starts = [segment.start for segment in self.segments]
        first, last = bisect_left(self._starts, start), bisect_right(self._starts, end)
        return [segment for segment in self.segments[first:last] if segment.end == segment.start]

    def line_span(self, line: int) -> tuple[int, int]:
        """Start and end of a line (from 1), its line break left out."""
        lines = line_starts(self.text)
        if not 0 < line <= len(lines):
            return 0, 0
        end = lines[line] - 1 if line < len(lines) else len(self.text)
        return lines[line - 1], end

    def line(self, line: int) -> list[Segment]:
        """The segments that wrote what is to be seen of a line (from 1), from left to right."""
        start, end = self.line_span(line)
        text = self.text
        return [
            segment
            for segment in self.between(start, end)
            if text[max(segment.start, start) : min(segment.end, end)].strip()
        ]

    def line_of(self, offset: int) -> int:
        """The line (from 1) a character stands on."""
        return bisect_right(line_starts(self.text), offset)

    def reads(self) -> Reads:
        """All values the text was made of."""
        return united(*[segment.reads for segment in self.segments])


def united(*parts: Reads) -> Reads:
    """All reads once, in order of appearance; at most forty."""
    filled = [part for part in parts if part]
    if len(filled) <= 1:
        return filled[0] if filled else ()
    out: dict[Read, None] = {}
    for part in filled:
        if len(out) > _MAX_READS:
            break
        out.update(dict.fromkeys(part))
    return tuple(out)[:_MAX_READS]


def aligned(result: str, sources: Sequence[Text], frame: Frame | None, reads: Reads) -> list[Segment]:
    """The segments of `result`, which functions made of `sources` and `reads`; what is not the sources' was written by
    `frame`."""
    if not result:
        return []
    copies: list[tuple[int, int, int, Text]] = []
    taken: list[tuple[int, int]] = []
    for source in sources:
        for start, end, at in _matches(result, source.text, taken):
            copies.append((start, end, at, source))
            taken.append((start, end))
    if not copies:
        if sources:
            reads = united(reads, *[source.reads() for source in sources])
        return [Segment(0, len(result), frame, reads)]
    copies.sort(key=lambda copy: copy[0])
    out: list[Segment] = []
    done = 0
    for start, end, at, source in copies:
        if start > done:
            out.append(Segment(done, start, frame, reads))
        out += _copied(source, at, start, end, frame, reads)
        done = end
    if done < len(result):
        out.append(Segment(done, len(result), frame, reads))
    return out


def _copied(source: Text, at: int, start: int, end: int, frame: Frame | None, reads: Reads) -> Iterator[Segment]:
    """The segments of `source` from `at` on, moved to `start` to `end`; `reads` decided that they are there."""
    move = start - at
    stop = at + end - start
    inside = source.between(at, stop)
    silent = source.silent(at, stop)
    if silent:
        inside = sorted(inside + silent, key=lambda segment: (max(segment.start, at), segment.end))
    for segment in inside:
        owner = segment.frame if segment.frame is not None else frame
        yield Segment(
            max(segment.start + move, start), min(segment.end + move, end), owner, united(segment.reads, reads)
        )


def _matches(result: str, source: str, taken: list[tuple[int, int]]) -> Iterator[tuple[int, int, int]]:
    """(start, end in the result, start in the source) of the parts found again."""
    if not source:
        return
    at = _free(result, source, taken)
    if at >= 0:
        yield at, at + len(source), 0
        return
    inside = source.find(result) if not taken else -1
    if inside >= 0:
        yield 0, len(result), inside
        return
    yield from _line_matches(result, source, taken)


def _free(result: str, part: str, taken: list[tuple[int, int]]) -> int:
    at = result.find(part)
    while at >= 0 and any(start < at + len(part) and at < end for start, end in taken):
        at = result.find(part, at + 1)
    return at


def _line_matches(result: str, source: str, taken: list[tuple[int, int]]) -> Iterator[tuple[int, int, int]]:
    """Equal lines whatever their indentation, each the next one in the source if there is one."""
    places: dict[str, list[int]] = {}
    offset = 0
    for line in source.split("\n"):
        word = line.strip()
        if word:
            places.setdefault(word, []).append(offset + line.index(word))
        offset += len(line) + 1
    reached = offset = 0
    for line in result.split("\n"):
        word = line.strip()
        found = places.get(word) if word else None
        start = offset + len(line) - len(line.lstrip())
        offset += len(line) + 1
        if not found or (taken and any(low < start + len(word) and start < high for low, high in taken)):
            continue
        at = bisect_left(found, reached)
        place = found[at] if at < len(found) else found[0]
        reached = place + len(word) if at < len(found) else reached
        yield start, start + len(word), place
