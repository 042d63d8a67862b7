"""Functions whose result is made of less, or of more exactly known parts, than all their arguments.

For every other function the result is made of all arguments. A row says what its result is made of; what is said of
results that are maps or lists is kept in the ``Knowledge``.
"""

from __future__ import annotations

from charthouse.engine.trace.knowledge import CLEAN, Knowledge, both, snapshot
from charthouse.engine.trace.segments import Segment, Text, aligned
from charthouse.golang.fmt import sprintf

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from charthouse.engine.trace.knowledge import Taint

    Given = list[tuple[Any, Taint]]
    # (knowledge, result, arguments with their taints, what `before` returned) → taint of the result
    Rule = Callable[[Knowledge, Any, Given, Any], Taint]

__all__ = ["SPECIAL", "Special"]


class Special:
    """taint: see above; before: called with the arguments before the function runs, for what the rule needs to know."""

    __slots__ = ("before", "taint")

    def __init__(self, taint: Rule, before: Callable[[Given], Any] | None = None) -> None:
        self.taint = taint
        self.before = before


def _all(knowledge: Knowledge, given: Given) -> Taint:
    return both(*[knowledge.whole(value, taint) for value, taint in given])


def _default(knowledge: Knowledge, result: Any, given: Given, before: Any) -> Taint:
    fallback, *values = given
    if values and values[0][0]:
        return values[0][1]
    return both(values[0][1], fallback[1]) if values else fallback[1]


def _coalesce(knowledge: Knowledge, result: Any, given: Given, before: Any) -> Taint:
    taints = []
    for value, taint in given:
        taints.append(taint)
        if value:
            break
    return both(*taints)


def _ternary(knowledge: Knowledge, result: Any, given: Given, before: Any) -> Taint:
    first, second, condition = given
    return both((first if condition[0] else second)[1], condition[1])


def _required(knowledge: Knowledge, result: Any, given: Given, before: Any) -> Taint:
    return given[1][1]


def _dict(knowledge: Knowledge, result: Any, given: Given, before: Any) -> Taint:
    entries = {}
    for at in range(0, len(given) - 1, 2):
        entries[str(given[at][0])] = given[at + 1][1]
    knowledge.make(result, entries)
    return CLEAN


def _list(knowledge: Knowledge, result: Any, given: Given, before: Any) -> Taint:
    knowledge.make(result, {at: taint for at, (_, taint) in enumerate(given)})
    return CLEAN


def _set(knowledge: Knowledge, result: Any, given: Given, before: Any) -> Taint:
    (target, taint), (key, _), (_, entry) = given
    knowledge.make(target, {key: entry})
    return taint


def _step(knowledge: Knowledge, value: Any, taint: Taint, key: Any) -> tuple[Any, Taint]:
    if isinstance(value, dict):
        found = value.get(key)
    elif isinstance(value, list) and isinstance(key, int) and 0 <= key < len(value):
        found = value[key]
    else:
        return None, taint
    return found, knowledge.child(value, taint, key, found)


def _get(knowledge: Knowledge, result: Any, given: Given, before: Any) -> Taint:
    (target, taint), (key, named) = given
    return both(_step(knowledge, target, taint, key)[1], named)


def _index(knowledge: Knowledge, result: Any, given: Given, before: Any) -> Taint:
    (value, taint), *keys = given
    for key, _ in keys:
        value, taint = _step(knowledge, value, taint, key)
    return both(taint, *[named for _, named in keys])


def _dig(knowledge: Knowledge, result: Any, given: Given, before: Any) -> Taint:
    *keys, fallback, (value, taint) = given
    for key, _ in keys:
        value, taint = _step(knowledge, value, taint, key)
    parts = [taint, *[named for _, named in keys]]
    return both(*parts, fallback[1]) if value is None else both(*parts)


def _first(knowledge: Knowledge, result: Any, given: Given, before: Any) -> Taint:
    value, taint = given[0]
    return _step(knowledge, value, taint, 0)[1] if isinstance(value, list) and value else taint


def _last(knowledge: Knowledge, result: Any, given: Given, before: Any) -> Taint:
    value, taint = given[0]
    return _step(knowledge, value, taint, len(value) - 1)[1] if isinstance(value, list) and value else taint


def _before_merge(given: Given) -> Any:
    return snapshot(given[0][0])


def _merge(knowledge: Knowledge, result: Any, given: Given, before: Any) -> Taint:
    target, taint = given[0]
    knowledge.merged(target, taint, before, given[1:])
    return taint if id(target) in knowledge.paths else CLEAN


def _dump(knowledge: Knowledge, result: Any, given: Given, before: Any) -> Taint:
    value, taint = given[0]
    text = knowledge.dumped(result, value, taint) if isinstance(result, str) else None
    return taint if text is None else ((), (text,))


def _parse(knowledge: Knowledge, result: Any, given: Given, before: Any) -> Taint:
    """The text as it was written, if it is one text with nothing added but space."""
    value, taint = given[0]
    if isinstance(result, (dict, list)):
        for text in taint[1]:
            if text.text.strip() == str(value).strip() and knowledge.parsed(result, text):
                return CLEAN
    return taint


def _printf(knowledge: Knowledge, result: Any, given: Given, before: Any) -> Taint:
    """Piece by piece, where each verb takes the next argument and nothing is amiss."""
    layout, *arguments = given
    taint = _all(knowledge, given)
    verbs = list(_verbs(str(layout[0])))
    if (not taint[0] and not taint[1]) or sum(takes for _, takes in verbs) != len(arguments):
        return taint
    segments: list[Segment] = []
    size, rest = 0, iter(arguments)
    for piece, takes in verbs:
        value, made_of = next(rest) if takes else (None, layout[1])
        text = sprintf(piece, [value] if takes else [])
        for part in aligned(text, made_of[1], None, made_of[0]):
            segments.append(Segment(size + part.start, size + part.end, part.frame, part.reads))
        size += len(text)
        if not str(result).startswith(text, size - len(text)):
            return taint
    return ((), (Text(result, segments),)) if size == len(result) else taint


def _verbs(layout: str) -> Iterator[tuple[str, bool]]:
    """The pieces of a layout: text, or one verb, and whether it takes an argument; none where that is not plain."""
    at = 0
    while at < len(layout):
        start = layout.find("%", at)
        if start < 0:
            start = len(layout)
        if start > at:
            yield layout[at:start], False
        end = start + 1
        while end < len(layout) and layout[end] in "+-# 0123456789.":
            end += 1
        if start < len(layout):
            yield layout[start : end + 1], layout[end : end + 1] not in ("%", "[", "*", "")
        at = end + 1


def _nothing(knowledge: Knowledge, result: Any, given: Given, before: Any) -> Taint:
    return CLEAN


SPECIAL: dict[str, Special] = {
    "default": Special(_default),
    "coalesce": Special(_coalesce),
    "ternary": Special(_ternary),
    "required": Special(_required),
    "dict": Special(_dict),
    "list": Special(_list),
    "tuple": Special(_list),
    "set": Special(_set),
    "get": Special(_get),
    "index": Special(_index),
    "dig": Special(_dig),
    "first": Special(_first),
    "mustFirst": Special(_first),
    "last": Special(_last),
    "mustLast": Special(_last),
    "lookup": Special(_nothing),
    "printf": Special(_printf),
    "merge": Special(_merge, _before_merge),
    "mustMerge": Special(_merge, _before_merge),
    "mergeOverwrite": Special(_merge, _before_merge),
    "mustMergeOverwrite": Special(_merge, _before_merge),
    "toYaml": Special(_dump),
    "mustToYaml": Special(_dump),
    "toYamlPretty": Special(_dump),
    "fromYaml": Special(_parse),
    "fromYamlArray": Special(_parse),
}
