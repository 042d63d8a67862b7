"""Methods called with arguments: `.Files.Get "name"`.

Rules: text/template/exec.go ``evalField`` of Go 1.27: only the last name of a chain can be given arguments, and it
must be a method of what stands before it, which is known when it runs.
"""

from __future__ import annotations

from charthouse.golang.kinds import Struct
from charthouse.gotemplate import nodes
from charthouse.gotemplate.fields import LatePlace, method_of, step, walk_to
from charthouse.gotemplate.invocation import invocation, wrong_count
from charthouse.gotemplate.novalue import NOVALUE
from charthouse.gotemplate.variables import is_dynamic, last_node

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from charthouse.gotemplate.expressions import Expressions
    from charthouse.gotemplate.fields import AnyPlace
    from charthouse.gotemplate.functions import Function
    from charthouse.gotemplate.nodes import Node
    from charthouse.gotemplate.variables import Command, Frame

    # (dot, frame) → (the value of all but the chain's last name, whether it lies in an interface, where errors go)
    Target = Callable[[object, Frame], tuple[object, bool, AnyPlace]]

__all__ = ["method_call"]


def method_call(expressions: Expressions, head: Node, arguments: tuple[Node, ...], *, has_final: bool) -> Command:
    """A closure for a chain with arguments, or with a value handed to it by the pipeline."""
    target = _target(expressions, head)
    name = (head[3] if head[0] == nodes.CHAIN else head[2])[-1]
    cache: dict[int, Command] = {}
    twin = expressions.copy()
    # What Go looked at last, when there was no method to give arguments to, and when there was; None: others note it.
    ahead = _noted(head[2] if head[0] == nodes.CHAIN else head)
    behind = _noted(arguments[-1]) if arguments else ahead

    def run(dot: object, frame: Frame, *final: object) -> object:
        value, held, place = target(dot, frame)
        method = method_of(value, name)
        if method is None:
            if ahead is not None:
                frame[0].last = ahead
            return _refused(value, name, place, held)
        wrong = wrong_count(method, name, len(arguments), has_final)
        if wrong:
            return place.fail(wrong)
        invoke = cache.get(id(method))
        if invoke is None:
            invoke = cache[id(method)] = _bound(twin, method, head, name, arguments, has_final=has_final)
        frame[0].receiver = value
        result = invoke(dot, frame, *final)
        if behind is not None:
            frame[0].last = behind
        return result

    return run


def _noted(node: Node) -> Node | None:
    return None if is_dynamic(node) else last_node(node)


def _target(expressions: Expressions, head: Node) -> Target:
    place = expressions.place(head)
    kind = head[0]
    if kind == nodes.CHAIN:
        names = head[3]
        above = names[:-1]
        receiver, raise_at = expressions.receiver(head[2])
        template = expressions.template

        def from_chain(dot: object, frame: Frame) -> tuple[object, bool, AnyPlace]:
            spot = LatePlace(template, frame, raise_at)
            return *walk_to(receiver(dot, frame), above, spot, False), spot

        return from_chain
    if kind == nodes.VARIABLE:
        names = head[2][1:]
        get = expressions.variable((nodes.VARIABLE, head[1], head[2][:1]), head)
        found = expressions.candidates(head[2][0])[:1]
        slot, ranged = (found[0][1], found[0][2]) if found else (-1, False)

        def from_variable(dot: object, frame: Frame) -> tuple[object, bool, AnyPlace]:
            held = frame[0].holds(frame, slot, ranged)
            return *walk_to(get(dot, frame), names[:-1], place, held), place

        return from_variable
    names = head[2]
    key = expressions.dot_key

    def from_dot(dot: object, frame: Frame) -> tuple[object, bool, AnyPlace]:
        held = key is not None and frame[0].held.get((id(frame), key), True)
        return *walk_to(dot, names[:-1], place, held), place

    return from_dot


def _bound(
    expressions: Expressions,
    method: Function,
    head: Node,
    name: str,
    arguments: tuple[Node, ...],
    *,
    has_final: bool,
) -> Command:
    values = expressions.typed(method, arguments)
    final = expressions.final_type(method, len(arguments)) if has_final else ""
    before = head[2] if head[0] == nodes.CHAIN else head
    raise_at = expressions.failing(arguments[-1] if arguments else before)
    report = expressions.reporter(name, head)
    return invocation(method.implementation, [_receiver, *values], final, raise_at, report)


def _receiver(dot: object, frame: Frame) -> object:
    return frame[0].receiver


def _refused(value: object, name: str, place: AnyPlace, held: bool) -> object:
    """The error of arguments given to what is no method; anything else wrong comes first."""
    if isinstance(value, dict):
        return place.fail(f"{name} is not a method but has arguments")
    if isinstance(value, Struct) and (name in value.go_fields or name in value.go_promoted):
        return place.fail(f"{name} has arguments but cannot be invoked as function")
    return NOVALUE if value is NOVALUE else step(value, name, place, held)[0]
