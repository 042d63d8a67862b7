"""Rendered text that is no YAML: the line of the template that wrote it, through which helpers, and what is wrong.

The chart is rendered once more with origins (``engine.trace``), within the same limits; the line YAML stumbles over is
looked up there. go-yaml often names the line before or after the mistake, so the lines around it are shown.
"""

from __future__ import annotations

from charthouse.advice.calls import line_and_column, place_name
from charthouse.advice.secrecy import makes_secret, veiled_line
from charthouse.advice.yaml_mistakes import mistake
from charthouse.formats.excerpt import excerpt, numbered_line
from charthouse.manifests.split import split

TYPE_CHECKING = False
if TYPE_CHECKING:
    from charthouse.advice.inputs import Inputs
    from charthouse.engine.trace import Frame, Segment, Text
    from charthouse.manifests.sort import ManifestError

__all__ = ["manifest_hint"]

_MAX_CALLS = 5
_MAX_VALUES = 4


def manifest_hint(error: ManifestError, inputs: Inputs) -> str:
    """The hint for a rendered file that is no YAML, or no object."""
    document, line = error.document, error.line
    found = mistake(document, line, error.reason)
    lines = _rendered_lines(error, found.line)
    lines += _written_by(error, inputs, found.line)
    sure = any(" were joined here: " in line or "writes several lines" in line for line in lines)
    return "\n".join(lines if sure else [*lines, found.said + found.template])


def _rendered_lines(error: ManifestError, line: int) -> list[str]:
    """The rendered line with those around it."""
    every = error.document.split("\n")
    if not 0 < line <= len(every):
        return []
    secret = makes_secret(error.document)
    shown = [f"rendered text of {error.path}, line {line} of the document:"]
    for number in range(max(1, line - 2), min(len(every), line + 1) + 1):
        text = numbered_line(number, veiled_line(every[number - 1].rstrip("\r"), all_of_it=secret))
        shown.append((">" if number == line else " ") + text[1:])
    while shown and shown[-1].endswith("| "):
        shown.pop()
    return shown


def _written_by(error: ManifestError, inputs: Inputs, line: int) -> list[str]:
    """The statement that wrote the line, who called it, and the values in it."""
    traced = inputs.traced(error.path)
    if traced is None:
        return []
    segment = _segment(traced, error.document, line)
    if segment is None or segment.frame is None:
        return []
    frames = segment.frame.chain()
    first = frames[0]
    text = first.template.text
    at = first.position
    row, column = line_and_column(text, min(at, len(text)))
    rows = text.split("\n")
    rows[row - 1] = veiled_line(rows[row - 1])
    width = len(rows[row - 1]) if first.kind == "text" else max(2, text.find("}}", at) + 2 - at)
    lines = ["written by " + excerpt(place_name(first.file), "\n".join(rows), row, column, width=width)]
    lines += [
        f"called at {place_name(frame.file)}:{frame.line}:{frame.byte_column}: {frame.excerpt[:90]}"
        for frame in frames[1 : 1 + _MAX_CALLS]
    ]
    lines += _joined(traced, error.document, line) or _unindented(frames, error.document.split("\n")[line - 1].strip())
    return [*lines, *_values(segment, inputs, makes_secret(error.document))]


def _unindented(frames: list[Frame], written: str) -> list[str]:
    """A call that writes several lines without saying how far they are indented."""
    for frame in frames:
        if frame.kind == "action" and frame.text.startswith("toYaml ") and written == "null":
            guard = frame.text.removeprefix("toYaml ").partition(" |")[0]
            return [
                "toYaml writes several lines, which need an indentation, or null for what is not set, as here: put "
                f"{{{{- with {guard} }}}} … {{{{- end }}}} around it"
            ]
        if frame.kind == "action" and frame.text.startswith("toYaml ") and "indent" not in frame.text:
            row = frame.template.text.split("\n")[frame.line - 1]
            inside = len(row) - len(row.lstrip()) + 2
            return [
                f"toYaml writes several lines, which need an indentation: {{{{- {frame.text} | nindent {inside} }}}}"
            ]
    return []


def _joined(traced: Text, document: str, line: int) -> list[str]:
    """A line several lines of one template have a part in: a trim mark ate the line break between them."""
    start, end = traced.line_span(traced.line_of(_offset(traced.text, document)) + line - 1)
    rows: dict[str, list[int]] = {}
    for segment in traced.between(start, end):
        frame = segment.frame
        if frame is not None and traced.text[max(segment.start, start) : min(segment.end, end)].strip():
            rows.setdefault(frame.file, []).append(frame.line)
    for file, found in rows.items():
        if max(found) > min(found):
            return [
                f"lines {min(found)} and {max(found)} of {place_name(file)} were joined here: a {{{{- or -}}}} between "
                "them eats the line break"
            ]
    return []


def _segment(traced: Text, document: str, line: int) -> Segment | None:
    """What wrote a line of a document: an action rather than the plain text around it."""
    offset = _offset(traced.text, document)
    if offset < 0:
        return None
    number = traced.line_of(offset) + line - 1
    segments = traced.line(number)
    actions = [segment for segment in segments if segment.frame is not None and segment.frame.kind != "text"]
    chosen = actions or segments
    return chosen[0] if chosen else None


def _offset(text: str, document: str) -> int:
    """Where a document stands in the rendered file; -1 when this render gave another text."""
    at = text.find(document)
    if at >= 0:
        return at
    same = [found for found in split(text) if found.count("\n") == document.count("\n")]
    return text.find(same[0]) if len(same) == 1 else -1


def _values(segment: Segment, inputs: Inputs, veiled: bool) -> list[str]:
    lines = []
    for read in segment.reads[:_MAX_VALUES]:
        if read[:1] != ("Values",) or len(read) < 2:
            continue
        path = read[1:]
        found, value = inputs.value_at(path)
        if found:
            lines.append(f"{inputs.named(path)} is {inputs.described(value, path, veiled=veiled)}")
    return lines
