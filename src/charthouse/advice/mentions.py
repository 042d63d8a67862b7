"""What an expression of a template says: its fields and variables, followed as the template followed them.

The trail of an error (``gotemplate.trail``) keeps dot and variables of the statement that failed, so that fields can be
looked up once more without running anything.
"""

from __future__ import annotations

from charthouse.golang.kinds import Struct
from charthouse.gotemplate import nodes
from charthouse.gotemplate.novalue import NOVALUE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from charthouse.advice.inputs import Inputs
    from charthouse.gotemplate.nodes import Node
    from charthouse.gotemplate.trail import Step

    Path = tuple[str | int, ...]

__all__ = [
    "ROOT_FIELDS",
    "Mention",
    "chain_around",
    "commands_of",
    "expression_start",
    "follow",
    "is_root",
    "mention_of",
    "mentions",
    "pipe_of",
    "piped_into",
]

ROOT_FIELDS = ("Values", "Chart", "Release", "Capabilities", "Template", "Files", "Subcharts")
_UNKNOWN: Any = object()
_MAX_MENTIONS = 12


class Mention:
    """One chain of fields.

    text: as written; start: what it begins with; names: the fields; held: what each name was taken from, and the
    result at the end (as far as it could be followed). node: of the tree.
    """

    __slots__ = ("held", "names", "node", "start", "text")

    def __init__(self, text: str, start: object, names: tuple[str, ...], node: Node) -> None:
        self.text = text
        self.start = start
        self.names = names
        self.node = node
        self.held = follow(start, names)

    @property
    def known(self) -> bool:
        return len(self.held) == len(self.names) + 1

    @property
    def value(self) -> object:
        found = self.held[-1]
        return None if found is NOVALUE else found

    @property
    def broken_at(self) -> int:
        """The number of the first name that is taken from nothing, or from what has no such field; -1 for none."""
        for number, held in enumerate(self.held[: len(self.names)]):
            if held is None or held is NOVALUE or not isinstance(held, (dict, Struct)):
                return number
        return -1

    def path(self, inputs: Inputs, count: int | None = None) -> Path | None:
        """Where in the merged values the first `count` names lead, None when not there."""
        names = self.names if count is None else self.names[:count]
        for number in range(min(len(names), len(self.held) - 1), -1, -1):
            found = inputs.path_of(self.held[number])
            if found is not None:
                return (*found, *names[number:])
        if is_root(self.start) and names[:1] == ("Values",):
            return (*_prefix(self.start, inputs), *names[1:])
        return None

    def written(self, count: int) -> str:
        """The chain up to its `count`-th name."""
        dropped = len(self.names) - count
        return ".".join(self.text.split(".")[:-dropped]) or "." if dropped else self.text


def is_root(value: object) -> bool:
    """Whether a value is what a template starts with: `.` with Values, Chart, Release …"""
    return isinstance(value, dict) and "Values" in value and "Release" in value and "Chart" in value


def _prefix(root: object, inputs: Inputs) -> Path:
    template = root.get("Template") if isinstance(root, dict) else None
    return inputs.prefix_of(str(template.get("BasePath", "")) + "/templates/") if isinstance(template, dict) else ()


def follow(start: object, names: tuple[str, ...]) -> list[object]:
    """The values on the way; shorter than the names where only running the template would tell."""
    held = [start]
    for name in names:
        found = _field(held[-1], name)
        if found is _UNKNOWN:
            break
        held.append(found)
    return held


def _field(value: object, name: str) -> object:
    if value is None or value is NOVALUE:
        return None
    if isinstance(value, Struct):
        attribute = value.go_fields.get(name)
        return getattr(value, attribute) if attribute is not None else _UNKNOWN
    if isinstance(value, dict) and name not in getattr(type(value), "go_methods", ()):
        return value.get(name)
    return _UNKNOWN


def expression_start(node: Node, position: int) -> int:
    """Where a node's text begins; chains of fields are placed at their second part."""
    kind = node[0]
    if kind == nodes.FIELD and len(node[2]) > 1:
        return position - len(node[2][0]) - 1
    if kind == nodes.VARIABLE and len(node[2]) > 1:
        return position - len(node[2][0])
    return position


def mention_of(node: Node, step: Step) -> Mention | None:
    """The chain of fields a node is; None for anything else."""
    kind = node[0]
    if kind == nodes.DOT:
        return Mention(".", step.dot, (), node)
    if kind == nodes.FIELD:
        return Mention(nodes.node_text(node), step.dot, node[2], node)
    if kind == nodes.VARIABLE:
        found, value = _variable(node[2][0], step)
        return Mention(nodes.node_text(node), value, node[2][1:], node) if found else None
    if kind == nodes.PIPE and len(node[4]) == 1 and len(node[4][0]) == 1:
        return mention_of(node[4][0][0], step)
    if kind == nodes.CHAIN:
        inner = mention_of(node[2], step)
        if inner is not None and inner.known:
            return Mention(nodes.node_text(node), inner.value, node[3], node)
    return None


def _variable(name: str, step: Step) -> tuple[bool, object]:
    if name == "$":
        return True, step.frame[1]
    for known, slot, _, _ in reversed(step.scope):
        if known == name and slot < len(step.frame):
            return True, step.frame[slot]
    return False, None


def piped_into(node: Node, pipe: Node) -> list[tuple[Node, ...]]:
    """The commands of a pipeline that give `node`, or the command it stands in, their value; empty for the first."""
    for number, command in enumerate(pipe[4]):
        for argument in command:
            if argument is node or (node[0] == nodes.COMMAND and node[2] is command):
                return list(pipe[4][:number])
            if argument[0] == nodes.PIPE:
                found = piped_into(node, argument)
                if found or any(part is node for part in _inner(argument)):
                    return found
    return []


def pipe_of(step: Step) -> Node | None:
    """The pipeline of a statement."""
    pipe: Node | None = step.node[4] if step.node[0] == nodes.TEMPLATE else step.node[2]
    return pipe


def chain_around(node: Node, pipe: Node) -> Node | None:
    """The chain `(pipeline).field` whose pipeline ends in `node`: errors of its fields are placed there."""
    for command in commands_of(pipe):
        for argument in command:
            if argument[0] == nodes.CHAIN and argument[2][0] == nodes.PIPE:
                inside = [part for inner in commands_of(argument[2]) for part in inner]
                if any(part is node for part in inside):
                    return argument
    return None


def commands_of(pipe: Node) -> Iterator[tuple[Node, ...]]:
    """Every command of a pipeline and of those inside it."""
    for command in pipe[4]:
        yield command
        for argument in command:
            if argument[0] == nodes.PIPE:
                yield from commands_of(argument)


def mentions(node: Node, step: Step) -> list[Mention]:
    """Every chain of fields and variable in an expression, each once, in order."""
    found: dict[str, Mention] = {}
    for inner in _inner(node):
        mention = mention_of(inner, step)
        if mention is not None and mention.known and mention.text != "$":
            found.setdefault(mention.text, mention)
        if len(found) >= _MAX_MENTIONS:
            break
    return list(found.values())


def _inner(node: Node) -> Iterator[Node]:
    kind = node[0]
    if kind == nodes.PIPE:
        for command in node[4]:
            for argument in command:
                yield from _inner(argument)
    elif kind == nodes.COMMAND:
        for argument in node[2]:
            yield from _inner(argument)
    elif kind in (nodes.CHAIN, nodes.FIELD, nodes.VARIABLE, nodes.DOT):
        yield node
