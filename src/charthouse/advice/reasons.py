"""What single mistakes of running templates mean, and what to do about them: a table from Go's wording to advice.

The wording is a contract (it is Helm's output), so it may be matched; places and values come from the error's fields
and trail. ``fields`` explains what is absent or of another type, ``arguments`` what functions refuse; here stand the
chart's own refusals, calls of templates, and limits.
"""

from __future__ import annotations

import re

from charthouse.advice.arguments import (
    bad_index,
    comparison,
    literal_type,
    nil_argument,
    not_iterable,
    said_with,
    wrong_count,
    wrong_type,
)
from charthouse.advice.calls import TPL_NAME, enclosing, line_and_column, place_name
from charthouse.advice.fields import absent, no_such_field, value_lines
from charthouse.advice.helpers import looks_at
from charthouse.advice.mentions import mention_of, mentions, pipe_of, piped_into
from charthouse.advice.nearness import listed, meant
from charthouse.engine.functions import WARN_START
from charthouse.gotemplate import nodes
from charthouse.gotemplate.errors import ExecError, LimitError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from charthouse.advice.execution import Case
    from charthouse.advice.mentions import Mention
    from charthouse.gotemplate.trail import Step

    Rule = Callable[[Case, re.Match[str]], list[str]]

__all__ = ["reasons"]


def reasons(case: Case) -> list[str]:
    """What is known about the cause of a failure, and what to do."""
    final = case.links[-1].error
    if isinstance(final, LimitError):
        return _limit(case, final)
    error = case.link.error
    detail = error.detail if isinstance(error, ExecError) else error.message
    for pattern, rule in _RULES:
        found = re.search(pattern, detail, re.S)
        if found is not None:
            return rule(case, found)
    return said_with(case)


# `required` and `fail`: the chart's own words.


def _required(case: Case, found: re.Match[str]) -> list[str]:
    wanted = _wanted(case)
    if wanted is None:
        error = case.link.error
        node = error.node if isinstance(error, ExecError) else None
        given = node[2][2] if node is not None and node[0] == nodes.COMMAND and len(node[2]) > 2 else None
        shown = (
            f"`{nodes.node_text(given)}` gives nothing here" if given is not None else "what is given to it is empty"
        )
        return [*said_with(case, shown), *looks_at(case, given)]
    path = wanted.path(case.inputs)
    if path is None:
        return [f"{wanted.text} must have a value"]
    said = case.inputs.removed(path) if wanted.value is None else case.inputs.origin(path)
    state = "is not set" if wanted.value is None else "is empty"
    near = _near_of(case, wanted) if wanted.value is None else ""
    said = f" ({said})" if said else ""
    lines = [f"{wanted.text} {state}{said}: give it in a -f file or with {case.inputs.flag_for(path)}"]
    return [*lines, near] if near else lines


def _near_of(case: Case, wanted: Mention) -> str:
    holder = wanted.held[-2] if len(wanted.held) > 1 else None
    near = case.inputs.near_keys(holder, wanted.names[-1]) if wanted.names else []
    head = wanted.written(len(wanted.names) - 1)
    return f"did you mean {' or '.join(f'{head}.{name}' for name in near)}?" if near else ""


def _wanted(case: Case) -> Mention | None:
    """What `required` was asked to check: its second argument, or what was piped into it."""
    error = case.link.error
    if not isinstance(error, ExecError) or error.node is None or not case.link.steps:
        return None
    node, step = error.node, case.link.steps[0]
    if node[0] == nodes.COMMAND and len(node[2]) > 2:
        return mention_of(node[2][2], step)
    pipe = pipe_of(step)
    for command in piped_into(node, pipe)[:1] if pipe is not None else ():
        if len(command) == 1:
            return mention_of(command[0], step)
    return None


def _failed(case: Case, found: re.Match[str]) -> list[str]:
    """`fail`: the conditions that led to it, with the values they look at."""
    lines: list[str] = []
    asked: list[str] = []
    seen: list[Mention] = []
    for step, taken in _conditions(case)[:2]:
        text = step.template.text
        line, _ = line_and_column(text, step.position)
        end = text.find("}}", step.position)
        condition = " ".join(text[step.position : end + 2].split())
        place = f"{place_name(step.template.parse_name)}:{line}"
        lines.append(f"the chart refuses these values: {condition}{'' if taken else ' is not so'} ({place})")
        seen += mentions(step.node[2], step)
        asked += looks_at(case, step.node[2])
    if not lines:
        lines.append("the chart itself stops here, with its own words above")
    return [*lines, *value_lines(case, seen, all_of_them=True), *dict.fromkeys(asked)]


def _conditions(case: Case) -> list[tuple[Step, bool]]:
    """The if and with blocks around the place, or around the nearest call that has some; whether their body ran, or
    their else part."""
    for link in reversed(case.links[: case.links.index(case.link) + 1]):
        found = []
        for number, step in enumerate(link.steps[1:], 1):
            if step.node[0] in (nodes.IF, nodes.WITH):
                inner = link.steps[number - 1].node
                found.append((step, all(node is not inner for node in step.node[4] or ())))
        if found:
            return found
    return []


# Functions.


def _by_zero(case: Case, found: re.Match[str]) -> list[str]:
    return said_with(case, "a text that is no number counts as 0 here")


def _semver(case: Case, found: re.Match[str]) -> list[str]:
    return said_with(
        case,
        'a constraint is written like ">= 1.2.0-0", "~1.2" or "^1.2", a version like 1.2.3 or v1.2.3 '
        "(of Kubernetes: .Capabilities.KubeVersion.Version)",
    )


def _regex(case: Case, found: re.Match[str]) -> list[str]:
    return said_with(
        case,
        "regular expressions are RE2's: no look-around, no back-references; between ` ` every \\ stays as it is",
    )


def _values_of(case: Case, found: re.Match[str]) -> list[str]:
    return said_with(case)


# Templates.


def _no_template(case: Case, found: re.Match[str]) -> list[str]:
    name = found[1]
    known = _defined(case)
    near = meant(name, known, shown='"{}"')
    if near:
        return [f"{near}{_defined_in(case, near.split(chr(34))[1])}"]
    head, dot, _ = name.partition(".")
    family = [other for other in known if dot and other.startswith(head + ".")]
    if family:
        return [f"no template of that name is defined; of `{head}` there are {listed(sorted(family))}"]
    lines = [
        f'no chart here defines it: {{{{ define "{name}" }}}} belongs into a file below templates/ (mind .helmignore)'
    ]
    if dot:
        lines.append(
            f"if it comes from a library chart `{head}`: is that listed under dependencies and present in charts/? "
            "`charthouse dependency build` fetches what Chart.lock names"
        )
    return lines


def _defined(case: Case) -> list[str]:
    if case.evidence is None:
        return []
    return [name for name in case.evidence.templates.names() if name not in case.evidence.sources]


def _defined_in(case: Case, name: str) -> str:
    template = case.evidence.templates.lookup(name) if case.evidence is not None else None
    if template is None or template.parse_name == TPL_NAME:
        return ""
    at = re.search(rf'(?:define|block)\s+"{re.escape(name)}"', template.text)
    return f" (defined in {template.parse_name}:{line_and_column(template.text, at.start())[0]})" if at else ""


def _cycle(case: Case, found: re.Match[str]) -> list[str]:
    names = [link.error.template for link in case.links[:-1] if isinstance(link.error, ExecError)]
    round_trip = list(dict.fromkeys(names[-50:]))
    if len(round_trip) > 1:
        shown = " → ".join(f'"{name}"' for name in [*round_trip[:6], round_trip[0]])
        return [f"the templates include each other without end: {shown}"]
    return [f'the template "{found[1]}" includes itself without end: a condition must stop it']


def _depth(case: Case, found: re.Match[str]) -> list[str]:
    return ["templates call each other without end: a condition must stop them"]


def _limit(case: Case, error: LimitError) -> list[str]:
    if error.limit == "depth":
        return [error.hint or "templates call each other, or values are nested, without end: a condition must stop it"]
    loops = [step for step in enclosing(case.link) if step.node[0] == nodes.RANGE]
    first = case.link.steps[0] if case.link.steps else None
    if first is not None and first.node[0] == nodes.RANGE:
        loops.insert(0, first)
    lines = []
    for step in loops[:2]:
        line, _ = line_and_column(step.template.text, step.position)
        lines.append(f"inside `range {nodes.node_text(step.node[2])}` ({place_name(step.template.parse_name)}:{line})")
        lines += value_lines(case, mentions(step.node[2], step), all_of_them=True)
    return [*lines, error.hint or "a chart that needs this much is mistaken or hostile: look at what its loops go over"]


# Other.


def _no_argument(case: Case, found: re.Match[str]) -> list[str]:
    error = case.link.error
    if isinstance(error, ExecError):
        later = re.match(r".*? (and|or|eq|ne|lt|gt|not) ", error.context)
        if later is not None and not error.context.startswith(later[1]):
            return [f"the function comes first: {{{{ if {later[1]} (…) (…) }}}}"]
        if error.text[: error.position].endswith("(") or error.context.startswith("("):
            return ["the ( before it makes a call of it: `and ((A) (B))` is written `and (A) (B)`"]
    return [f"{found[1]} is a value, no function: separate it from what follows, or call a function with both"]


def _no_method(case: Case, found: re.Match[str]) -> list[str]:
    return ['a value takes no arguments: call a function with it, as in {{ printf "%s-%s" .a .b }}']


def _lookup(case: Case, found: re.Match[str]) -> list[str]:
    return ["`lookup` asks the cluster: does this user have the right to get it, and is its apiVersion served?"]


_RULES: tuple[tuple[str, Rule], ...] = (
    (r"^error calling required: " + WARN_START, _required),
    (r"^error calling fail: ", _failed),
    (r"^nil pointer evaluating (.+)\.(\S+)$", absent),
    (r"^can't evaluate field (\S+) in type (.+)$", no_such_field),
    (r'^map has no entry for key "(.*)"$', absent),
    (r'^nil data; no entry for key "(.*)"$', absent),
    (r"^range can't iterate over (.*)$", not_iterable),
    (r"^wrong type for value; expected (.+); got (.+)$", wrong_type),
    (r"^invalid value; expected (.+)$", nil_argument),
    (r"^cannot assign nil to (.+)$", nil_argument),
    (r"^expected (\w+(?: \w+)?); found (.+)$", literal_type),
    (r"^wrong number of args for (\w+): want (?:at least )?(\d+) got (\d+)", wrong_count),
    (r"^error calling (eq|ne|lt|le|gt|ge): .*(?:incompatible|comparison|nil)", comparison),
    (r"^error calling (?:index|slice): .*", bad_index),
    (r'^error calling include: template: no template "(.*?)" associated', _no_template),
    (r'^template "(.*)" not defined$', _no_template),
    (r"nested reference name: (.*): unable to execute template$", _cycle),
    (r"^exceeded maximum template depth", _depth),
    (r"divide by zero|division by zero", _by_zero),
    (r"^error calling (?:semver|semverCompare): ", _semver),
    (r"error parsing regexp", _regex),
    (r"^error calling lookup: ", _lookup),
    (r"^can't give argument to non-function (.*)$", _no_argument),
    (r"is not a method but has arguments$", _no_method),
    (r"^error calling ", _values_of),
)
