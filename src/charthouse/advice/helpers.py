"""Which values a helper looks at: what to set when `include` of it gives nothing, or the wrong thing."""

from __future__ import annotations

import re

from charthouse.advice.mentions import commands_of
from charthouse.advice.nearness import listed
from charthouse.gotemplate import nodes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from charthouse.advice.execution import Case
    from charthouse.gotemplate.nodes import Node

__all__ = ["looks_at"]

_VALUE = re.compile(r"\.Values((?:\.[A-Za-z_][A-Za-z0-9_]*)+)")
_CALL = re.compile(r'(?:include|template) "([^"]+)"')
_MAX_DEPTH = 3
_MAX_SHOWN = 6


def looks_at(case: Case, expression: Node | None) -> list[str]:
    """A line for each helper an expression includes: the values in the text of its definition and of those it calls."""
    if expression is None or case.evidence is None:
        return []
    whole = expression if expression[0] == nodes.PIPE else (nodes.PIPE, 0, False, (), ((expression,),))
    lines: list[str] = []
    for command in commands_of(whole):
        if len(command) > 1 and command[0][0] == nodes.IDENTIFIER and command[0][2] == "include":
            if command[1][0] != nodes.STRING:
                continue
            name = command[1][3]
            values = list(dict.fromkeys(_values(case, name, set(), 0)))
            if values:
                lines.append(f'"{name}" looks at {listed(values, _MAX_SHOWN)}')
    return lines


def _values(case: Case, name: str, seen: set[str], depth: int) -> list[str]:
    if name in seen or depth > _MAX_DEPTH:
        return []
    seen.add(name)
    text = _definition(case, name)
    found = [f".Values{path[1]}" for path in _VALUE.finditer(text)]
    for call in _CALL.finditer(text):
        found += _values(case, call[1], seen, depth + 1)
    return found


def _definition(case: Case, name: str) -> str:
    """The text from a helper's define to the next one."""
    assert case.evidence is not None
    template = case.evidence.templates.lookup(name)
    if template is None:
        return ""
    start = re.search(rf'(?:define|block) "{re.escape(name)}"', template.text)
    if start is None:
        return ""
    end = template.text.find('define "', start.end())
    return template.text[start.start() : end if end > 0 else len(template.text)]
