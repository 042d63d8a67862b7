"""A field that cannot be had: the value is absent, of another type, or `.` is not what the author thought it was."""

from __future__ import annotations

import re

from charthouse.advice.calls import enclosing, line_and_column, place_name
from charthouse.advice.mentions import ROOT_FIELDS, chain_around, is_root, mention_of, pipe_of
from charthouse.advice.nearness import meant
from charthouse.gotemplate import nodes
from charthouse.gotemplate.errors import ExecError
from charthouse.gotemplate.novalue import NOVALUE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from charthouse.advice.execution import Case
    from charthouse.advice.inputs import Path
    from charthouse.advice.mentions import Mention

__all__ = ["absent", "no_such_field", "value_lines"]

_MAX_LINES = 6


def absent(case: Case, found: re.Match[str]) -> list[str]:
    """Something on the way to a field is nil."""
    mention = _mention(case)
    looked_up = _looked_up(case)
    if looked_up:
        return [looked_up]
    if mention is None:
        return ["the value this field is taken from is not there: test it first with {{ with … }} or {{ if … }}"]
    wrong_dot = _wrong_dot(case, mention)
    if wrong_dot:
        return wrong_dot
    gone = _gone(mention)
    if gone:
        return [gone]
    count = max(mention.broken_at, 0)
    field = mention.names[count] if count < len(mention.names) else ""
    written = mention.written(count)
    path = mention.path(case.inputs, count)
    lines = [_absence(case, written, path, mention, count)]
    near = _near(case, mention, count)
    if near:
        lines.append(near)
    return [*lines, _remedy(case, mention, written, field, path)]


def _looked_up(case: Case) -> str:
    """Whether the value came from `lookup`, which finds nothing without a cluster; what to do then."""
    error = case.link.error
    if not isinstance(error, ExecError) or error.node is None:
        return ""
    name = error.node[2][0] if error.node[0] == nodes.VARIABLE else ""
    pipe = pipe_of(case.link.steps[0]) if case.link.steps else None
    chain = error.node if error.node[0] == nodes.CHAIN else None if pipe is None else chain_around(error.node, pipe)
    direct = chain is not None and nodes.node_text(chain[2]).startswith("lookup ")
    declared = name and re.search(rf"{re.escape(name)}\s*:?=\s*\(?lookup ", error.text)
    if not direct and not declared:
        return ""
    what = f"{name} comes from `lookup`, which" if name else "`lookup`"
    return (
        f"{what} finds nothing without a cluster (template, --dry-run=client), or when the object is not there: "
        "test it first, as in {{ with (lookup …) }}"
    )


_GONE = {
    ("Release", "Time"): ".Release.Time is of Helm 2: `now` gives the time, and {{ now | unixEpoch }} its seconds",
    (
        "Capabilities",
        "TillerVersion",
    ): ".Capabilities.TillerVersion is of Helm 2: this is .Capabilities.HelmVersion now",
    ("Release", "IsDeleted"): ".Release.IsDeleted is of Helm 2: hooks tell a deletion",
}


def _gone(mention: Mention) -> str:
    """What of Helm 2 is asked for; "" for anything else."""
    said = [text for names, text in _GONE.items() if mention.names[:2] == names]
    return said[0] if said and is_root(mention.start) else ""


def _mention(case: Case) -> Mention | None:
    error = case.link.error
    if not isinstance(error, ExecError) or error.node is None or not case.link.steps:
        return None
    return mention_of(error.node, case.link.steps[0])


def _absence(case: Case, written: str, path: Path | None, mention: Mention, count: int) -> str:
    if path is None:
        return f"{written} is nil"
    removed = case.inputs.removed(path)
    if removed:
        return f"{written} was {removed}"
    own = written == f".Values.{case.inputs.named(path)}"
    said = "" if own else f" ({case.inputs.named(path)} in the values of {case.inputs.chart.name})"
    return f"{written} is not set{said}, neither by the chart's values.yaml nor by -f or --set"


def _near(case: Case, mention: Mention, count: int) -> str:
    """Keys beside the absent one that are like it, or the same key elsewhere."""
    if not count:
        return ""
    holder, key = mention.held[count - 1], mention.names[count - 1]
    head = mention.written(count - 1)
    near = case.inputs.near_keys(holder, key)
    if near:
        return f"did you mean {' or '.join(f'{head}.{name}' for name in near)}?"
    path = mention.path(case.inputs, count)
    others = [other for other in case.inputs.elsewhere(key) if other != path]
    if not others or not path:
        return ""
    named = " and ".join(map(case.inputs.named, others))
    if [str(key) for key in others[0] if isinstance(key, str)] == [str(key) for key in path if isinstance(key, str)]:
        return f"{named} is there: this item of the list lacks what others have"
    return f"there is {named}: is the key under the wrong parent?"


def _remedy(case: Case, mention: Mention, written: str, field: str, path: Path | None) -> str:
    rest = mention.names[max(mention.broken_at, 0) :]
    guard = ".".join([f"({written})", *rest]) if field else written
    if path is None:
        return f"let the template allow for it: {{{{ {guard} }}}}, or test it first with {{{{ with {written} }}}}"
    flag = case.inputs.flag_for((*path, *rest))
    return f"give it, as with {flag}, or let the template allow for its absence: {{{{ {guard} }}}}"


def no_such_field(case: Case, found: re.Match[str]) -> list[str]:
    """A field of something that has none, or not this one."""
    mention = _mention(case)
    if mention is None:
        return [f"the value before .{found[1]} is no map ({found[2]})"]
    wrong_dot = _wrong_dot(case, mention)
    if wrong_dot:
        return wrong_dot
    count = next((at for at, held in enumerate(mention.held) if not isinstance(held, dict)), len(mention.held) - 1)
    count = min(count, len(mention.held) - 1)
    value = mention.held[count]
    written = mention.written(count)
    path = mention.path(case.inputs, count) or (element_path(case, value) if not count else None)
    from charthouse.golang.kinds import Struct

    gone = _gone(mention)
    if gone:
        return [gone]
    if isinstance(value, Struct):
        near = meant(found[1], value.go_fields, shown=f"{written}.{{}}")
        return [near or f"{written} has the fields {', '.join(value.go_fields)}"]
    lines = [f"{written} is {_described(case, value, path, mention)}"]
    lines.append(
        f"the template looks for the key `{found[1]}` in it, so it must be a map: {_as_map(path, found[1], case)}"
    )
    if isinstance(value, list):
        lines[-1] = f"go through a list with `range`, or take an item: {{{{ (index {written} 0).{found[1]} }}}}"
    return lines


def _described(case: Case, value: object, path: Path | None, mention: Mention) -> str:
    names = tuple(mention.text.replace("(", ".").replace(")", ".").split("."))
    return case.inputs.described(value, path, names=names, veiled=case.veiled)


def _as_map(path: Path | None, key: str, case: Case) -> str:
    return case.inputs.flag_for((*path, key)) if path else f"{key}: …"


# `.` that is no longer the root.


def _wrong_dot(case: Case, mention: Mention) -> list[str]:
    """`.Values` where `.` is an element, a block's value or what an include was given; empty when that is not it."""
    if not mention.names or mention.names[0] not in ROOT_FIELDS or is_root(mention.start):
        return []
    if isinstance(mention.start, dict) and mention.start.get(mention.names[0]) is not None:
        return []
    step = case.link.steps[0]
    field = mention.names[0]
    rest = ".".join(mention.names)
    if mention.node[0] == nodes.FIELD and mention.start is not step.frame[1]:
        around = next((s for s in enclosing(case.link) if s.node[0] in (nodes.RANGE, nodes.WITH)), None)
        where = f" of {_shown_block(around)}" if around is not None else ""
        what = "an element" if around is not None and around.node[0] == nodes.RANGE else "the value"
        if is_root(step.frame[1]):
            return [f"here `.` is {what}{where}, so it has no .{field}; the root is `$`: write $.{rest}"]
    return _wrong_argument(case, field)


def _shown_block(step: object) -> str:
    from charthouse.gotemplate.trail import Step

    assert isinstance(step, Step)
    line, _ = line_and_column(step.template.text, step.position)
    word = "range" if step.node[0] == nodes.RANGE else "with"
    return f"`{word} {nodes.node_text(step.node[2])}` ({place_name(step.template.parse_name)}:{line})"


def _wrong_argument(case: Case, field: str) -> list[str]:
    """The template was called with something else than the root."""
    name = case.link.error.template if isinstance(case.link.error, ExecError) else ""
    given = _given(case)
    if given is None:
        return []
    shown, value = given
    lines = [f'the template "{name}" was given {shown} as its `.`, which has no .{field}']
    if shown == "nothing":
        lines = [f'the template "{name}" was given no value, so its `.` is nil']
    if isinstance(value, dict):
        held = next((key for key, entry in value.items() if is_root(entry)), "")
        if held:
            return [*lines, f"the root is in it as .{held}: write .{held}.{field}"]
    remedy = f'pass the root where it is called: include "{name}" $'
    return [*lines, f'{remedy}, or both: include "{name}" (dict "root" $ "item" .) and .root.{field} inside']


def _given(case: Case) -> tuple[str, object] | None:
    """What the failing template was called with, as written, and its value."""
    links, link = case.links, case.link
    for number, step in enumerate(link.steps):
        if number and step.node[0] == nodes.TEMPLATE:
            pipe = step.node[4]
            return ("nothing" if pipe is None else f"`{nodes.node_text(pipe)}`"), link.steps[0].frame[1]
    at = links.index(link)
    outer = links[at - 1].error if at else None
    if isinstance(outer, ExecError) and outer.node is not None and outer.node[0] == nodes.COMMAND:
        arguments = outer.node[2]
        if len(arguments) > 2:
            text = nodes.node_text(arguments[2])
            return f"`{text}`", link.steps[0].frame[1]
    return None


# Values, described.


def element_path(case: Case, value: object) -> Path | None:
    """Where an element of a range lies that is no map or list, by what the range goes over."""
    for step in enclosing(case.link):
        if step.node[0] != nodes.RANGE:
            continue
        mention = mention_of((nodes.PIPE, 0, False, (), step.node[2][4]), step)
        whole = mention.value if mention is not None else None
        path = case.inputs.path_of(whole) if isinstance(whole, (dict, list)) else None
        if path is None:
            continue
        entries = whole.items() if isinstance(whole, dict) else enumerate(whole)  # type: ignore[arg-type]  # path says it is one
        return next(((*path, key) for key, entry in entries if entry is value), None)
    return None


def value_lines(case: Case, seen: list[Mention], *, all_of_them: bool = False) -> list[str]:
    """`NAME is VALUE, set by …` for each value an expression names."""
    lines: list[str] = []
    for mention in seen:
        misled = _wrong_dot(case, mention) if mention.value is None else []
        if misled:
            lines += misled
            continue
        if mention.value is None and mention.names and mention.broken_at < 0:
            lines.append(_unset(case, mention))
            continue
        if is_root(mention.value) or mention.value is NOVALUE:
            continue
        if not all_of_them and isinstance(mention.value, dict) and not mention.names:
            continue
        path = mention.path(case.inputs) or (None if mention.names else element_path(case, mention.value))
        lines.append(f"{mention.text} is {_described(case, mention.value, path, mention)}")
    return list(dict.fromkeys(lines))[:_MAX_LINES]


def _unset(case: Case, mention: Mention) -> str:
    path = mention.path(case.inputs)
    removed = case.inputs.removed(path) if path else ""
    near = _near(case, mention, len(mention.names))
    return f"{mention.text} is {removed or 'not set'}{'; ' + near if near else ''}"
