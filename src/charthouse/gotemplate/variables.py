"""Variables as slots of a frame, and where errors are shown.

Rules: text/template/exec.go of Go 1.27 (``varValue``, ``setVar``, ``s.node``). Go keeps variables on a stack while it
runs; here each declaration gets a slot when its closure is built. A declaration inside parentheses may not run (`and`
and `or` stop early): its slot then is UNSET, and an outer variable of the same name is in sight.

Errors show the node Go last looked at (its ``s.node``), which is mostly known beforehand: see ``last_node``. Only `and`
and `or` decide while running; where it matters they note their last argument in the run (`last`).
"""

from __future__ import annotations

from charthouse.gotemplate import nodes
from charthouse.gotemplate.failure import fail
from charthouse.gotemplate.fields import PLAIN_MAPS, Place, walk

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from charthouse.gotemplate.nodes import Node
    from charthouse.gotemplate.program import Template

    Frame = list[Any]
    Expression = Callable[[object, Frame], object]
    # A command that may be given the value before it in the pipeline as a third argument.
    Command = Callable[..., object]
    # Name, slot, whether a range sets it, whether its declaration may not have run.
    Variable = tuple[str, int, bool, bool]
    # (frame, detail, cause): raises with the position Go last looked at.
    Raiser = Callable[..., object]

__all__ = ["UNSET", "Variables", "is_dynamic", "last_node"]

UNSET = object()
_DYNAMIC: Node = (-1,)
_CHAINS = (nodes.FIELD, nodes.VARIABLE, nodes.CHAIN)


def last_node(node: Node) -> Node:
    """The node Go looked at last when it evaluated `node`; ``_DYNAMIC`` when an `and` or `or` decides, or whether there
    is anything whose method could be given arguments.
    """
    kind = node[0]
    if kind == nodes.PIPE:
        command = node[4][-1]
        if command[0][0] == nodes.IDENTIFIER and command[0][2] in ("and", "or"):
            return _DYNAMIC if len(command) > 1 else command[0]
        if len(command) > 1 and command[0][0] in _CHAINS:
            return _DYNAMIC
        if len(command) > 1 and command[0][0] == nodes.IDENTIFIER:
            return last_node(command[-1])
        return last_node(command[0])
    if kind == nodes.CHAIN:
        return last_node(node[2])
    return node


def is_dynamic(node: Node) -> bool:
    """Whether only running `node` shows what Go looked at last."""
    return last_node(node) is _DYNAMIC


class Variables:
    """Variables and errors of one body; ``Expressions`` adds what is computed with them.

    scope: variables in sight, innermost last: (name, slot, whether a range sets it, whether its declaration may not
    have run). dot_key: None, or the number of the range whose element dot is. resets: slots to unset before the
    statement.
    """

    def __init__(self, template: Template, scope: tuple[Variable, ...], dot_key: int | None) -> None:
        self.template = template
        self.scope = scope
        self.dot_key = dot_key
        self.resets: list[int] = []
        self.base = 0
        self.tracking = 0
        self.depth = 0

    # Errors.

    def place(self, node: Node) -> Place:
        return Place(self.template, self.base + node[1], node)

    def raising(self, node: Node, detail: str) -> Command:
        """A closure for what Go finds wrong only when it gets there."""
        template, position = self.template, self.base + node[1]

        def raise_it(*_: object) -> object:
            fail(template, position, node, detail)

        return raise_it

    def failing(self, node: Node) -> Raiser:
        """A function that raises with the position Go last looked at when it evaluated `node`."""
        template, base = self.template, self.base

        def raise_at(frame: Frame, detail: str, cause: Exception | None = None) -> object:
            found = last_node(node)
            if found is _DYNAMIC:
                found = frame[0].last or node
            fail(template, base + found[1], found, detail, cause)

        return raise_at

    # Variables.

    def declare(self, name: str, *, ranged: bool, conditional: bool) -> int:
        slot = self.template.next_slot
        self.template.next_slot = slot + 1
        self.scope = (*self.scope, (name, slot, ranged, conditional))
        if conditional:
            self.resets.append(slot)
        return slot

    def candidates(self, name: str) -> list[Variable]:
        """Where a variable's value may be: the innermost certain declaration, and uncertain ones inside it,
        innermost first.
        """
        found: list[Variable] = []
        for variable in reversed(self.scope):
            if variable[0] == name:
                found.append(variable)
                if not variable[3]:
                    break
        return found

    def variable(self, node: Node, shown: Node | None = None) -> Expression:
        """A variable and its fields; `shown` is the node errors show when it is not `node`."""
        name, names = node[2][0], node[2][1:]
        found = self.candidates(name)
        if not found or found[-1][3] or len(found) > 1:
            get = self.uncertain(shown or node, found)
        else:
            slot = found[0][1]
            if names:
                return self.variable_field(node, slot, names, ranged=found[0][2])

            def get(dot: object, frame: Frame) -> object:
                return frame[slot]

        if not names:
            return get
        place = self.place(node)
        return lambda dot, frame: walk(get(dot, frame), names, place, False)

    def uncertain(self, node: Node, found: list[Variable]) -> Expression:
        slots = [variable[1] for variable in found]
        missing = self.raising(node, f"undefined variable: {node[2][0]}")

        def get(dot: object, frame: Frame) -> object:
            for slot in slots:
                value = frame[slot]
                if value is not UNSET:
                    return value
            return missing()

        return get

    def variable_field(self, node: Node, slot: int, names: tuple[str, ...], *, ranged: bool) -> Expression:
        place = self.place(node)

        def slow(frame: Frame) -> object:
            held = frame[0].holds(frame, slot, ranged)
            return walk(frame[slot], names, place, held)

        if self.template.family.missing_key != "zero":
            return lambda dot, frame: slow(frame)

        def get(dot: object, frame: Frame) -> object:
            value = frame[slot]
            for name in names:
                if type(value) is dict:
                    value = value.get(name)
                else:
                    methods = PLAIN_MAPS.get(type(value))
                    if methods is None or name in methods:
                        return slow(frame)
                    value = value.get(name)
            return value

        return get

    def setter(
        self, variable: Node, pipe: Node, *, assign: bool, conditional: bool, ranged: bool = False
    ) -> Callable[[Frame, object], None]:
        name = variable[2][0]
        if not assign:
            slot = self.declare(name, ranged=ranged, conditional=conditional)

            def put(frame: Frame, value: object) -> None:
                frame[slot] = value

            return put
        found = self.candidates(name)
        slots = [candidate[1] for candidate in found]
        raise_at = self.failing(pipe)
        last = slots[-1] if found and not found[-1][3] else -1

        def assign_it(frame: Frame, value: object) -> None:
            for slot in slots:
                if slot == last or frame[slot] is not UNSET:
                    frame[slot] = value
                    frame[0].assigned[id(frame), slot] = ranged, value
                    return
            raise_at(frame, f"undefined variable: {name}")

        return assign_it
