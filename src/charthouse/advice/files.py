"""YAML files that cannot be read: values files, Chart.yaml, a chart's values.yaml."""

from __future__ import annotations

from charthouse.advice.secrecy import veiled_line
from charthouse.advice.yaml_mistakes import mistake
from charthouse.formats.excerpt import numbered_line

TYPE_CHECKING = False

__all__ = ["file_hint", "line_of"]


def file_hint(path: str, text: str, error: BaseException) -> str:
    """The place in a YAML file an error is about, the lines around it, and what is wrong there."""
    line = line_of(error)
    found = mistake(text, line, str(error))
    if not found.line:
        return ""
    lines = text.split("\n")
    shown = [f"{path}:{found.line}"]
    for number in range(max(1, found.line - 1), min(len(lines), found.line + 1) + 1):
        text = numbered_line(number, veiled_line(lines[number - 1].rstrip("\r")))
        if text.endswith("| ") and number != found.line:
            continue
        shown.append((">" if number == found.line else " ") + text[1:])
    return "\n".join([*shown, found.said])


def line_of(error: BaseException) -> int:
    """The line a YAML error in a chain of causes names; 0 for none."""
    link: BaseException | None = error
    while link is not None:
        line = link.__dict__.get("line")
        if isinstance(line, int) and line:
            return line
        link = link.__cause__ or link.__context__
    return 0
