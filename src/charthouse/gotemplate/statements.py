"""Bodies of templates as closures: text, actions, if, with, range, template.

Rules: text/template/exec.go of Go 1.27 (``walk…``). A statement takes `(dot, frame, write)`; it returns None, or BREAK
or CONTINUE on its way out of a range. Branches are built when they first run: most of a chart never does.
"""

from __future__ import annotations

from charthouse.golang.fmt import sorted_items
from charthouse.golang.kinds import SizedInt, TypedMap, TypedSlice, Uint8
from charthouse.golang.strconv import quote
from charthouse.gotemplate import nodes
from charthouse.gotemplate.builtins import printed
from charthouse.gotemplate.expressions import Expressions
from charthouse.gotemplate.failure import fail
from charthouse.gotemplate.limits import CALL, GO_DEPTH
from charthouse.gotemplate.novalue import NOVALUE
from charthouse.gotemplate.trail import NOTED, note
from charthouse.gotemplate.variables import UNSET, is_dynamic

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    from charthouse.gotemplate.nodes import Node
    from charthouse.gotemplate.program import Template
    from charthouse.gotemplate.variables import Expression, Frame, Variable

    Write = Callable[[str], object]
    Statement = Callable[[object, Frame, Write], int | None]

__all__ = ["Bodies"]

BREAK, CONTINUE = 1, 2
ANY = "interface {}"


class Bodies:
    """Builds the closures of one body; `scope` and `dot_key` as in ``Expressions``."""

    def __init__(self, template: Template, scope: tuple[Variable, ...], dot_key: int | None) -> None:
        self.template = template
        self.scope = scope
        self.dot_key = dot_key

    def body(self, body: tuple[Node, ...]) -> Statement:
        """A whole body as one closure; variables declared in it are in sight until its end."""
        statements = [self.statement(node) for node in body]
        if not statements:
            return _nothing
        if len(statements) == 1:
            return statements[0]
        if self.template.leaves and any(map(_may_leave, body)):

            def run_leaving(dot: object, frame: Frame, write: Write) -> int | None:
                for statement in statements:
                    way_out = statement(dot, frame, write)
                    if way_out:
                        return way_out
                return None

            return run_leaving

        def run(dot: object, frame: Frame, write: Write) -> None:
            for statement in statements:
                statement(dot, frame, write)

        return run

    def branch(self, body: tuple[Node, ...] | None, scope: tuple[Variable, ...], dot_key: int | None) -> Statement:
        return _nothing if body is None else Bodies(self.template, scope, dot_key).body(body)

    def statement(self, node: Node) -> Statement:
        kind = node[0]
        if kind == nodes.TEXT:
            text = self.template.text[node[1] : node[2]]

            def put_text(dot: object, frame: Frame, write: Write) -> None:
                write(text)

            return put_text
        if kind == nodes.ACTION:
            return self.action(node)
        if kind == nodes.IF:
            return self.condition(node)
        if kind == nodes.WITH:
            return self.with_(node)
        if kind == nodes.RANGE:
            return self.range(node)
        if kind == nodes.TEMPLATE:
            return self.invocation(node)
        way_out = BREAK if kind == nodes.BREAK else CONTINUE
        return lambda dot, frame, write: way_out

    def expressions(self, base: int) -> Expressions:
        expressions = Expressions(self.template, self.scope, self.dot_key)
        expressions.base = base
        return expressions

    def action(self, node: Node) -> Statement:
        expressions = self.expressions(node[1])
        pipe = node[2]
        value = _with_resets(expressions.raw_pipe(pipe), expressions.resets)
        template, scope = self.template, self.scope
        self.scope = expressions.scope
        if pipe[3]:

            def declare(dot: object, frame: Frame, write: Write) -> None:
                try:
                    value(dot, frame)
                except NOTED as error:
                    note(error, template, node, dot, frame, scope)
                    raise

            return declare

        def put(dot: object, frame: Frame, write: Write) -> None:
            try:
                result = value(dot, frame)
                write(result if type(result) is str else printed(result))
            except NOTED as error:
                note(error, template, node, dot, frame, scope)
                raise

        return put

    def condition(self, node: Node) -> Statement:
        expressions = self.expressions(node[1])
        test = _with_resets(expressions.raw_pipe(node[2]), expressions.resets)
        scope = expressions.scope
        then: Statement | None = None
        otherwise: Statement | None = None if node[4] is not None else _nothing

        def run(dot: object, frame: Frame, write: Write) -> int | None:
            nonlocal then, otherwise
            try:
                if test(dot, frame):
                    if then is None:
                        then = self.branch(node[3], scope, self.dot_key)
                    return then(dot, frame, write)
                if otherwise is None:
                    otherwise = self.branch(node[4], scope, self.dot_key)
                return otherwise(dot, frame, write)
            except NOTED as error:
                note(error, self.template, node, dot, frame, scope)
                raise

        return run

    def with_(self, node: Node) -> Statement:
        expressions = self.expressions(node[1])
        value = _with_resets(expressions.raw_pipe(node[2]), expressions.resets)
        scope = expressions.scope
        then: Statement | None = None
        otherwise: Statement | None = None if node[4] is not None else _nothing

        def run(dot: object, frame: Frame, write: Write) -> int | None:
            nonlocal then, otherwise
            try:
                result = value(dot, frame)
                if result:
                    if then is None:
                        then = self.branch(node[3], scope, None)
                    return then(result, frame, write)
                if otherwise is None:
                    otherwise = self.branch(node[4], scope, self.dot_key)
                return otherwise(dot, frame, write)
            except NOTED as error:
                note(error, self.template, node, dot, frame, scope)
                raise

        return run

    # Range.

    def range(self, node: Node) -> Statement:
        expressions = self.expressions(node[1])
        pipe = node[2]
        variables = pipe[3]
        bare = (nodes.PIPE, pipe[1], False, (), pipe[4])
        expressions.tracking = int(is_dynamic(pipe))
        value = _with_resets(expressions.pipe(bare, pipe), expressions.resets)
        expressions.tracking = 0
        raise_at = expressions.failing(pipe)
        iteration = _iteration if self.template.family.integer_ranges else _iteration_of_collections
        put_index, put_element, put_plain, start = self.range_variables(expressions, pipe)
        scope = expressions.scope
        key = -self.template.next_range
        self.template.next_range += 1
        body: Statement | None = None
        otherwise: Statement | None = None if node[4] is not None else _nothing
        noted = False

        def run(dot: object, frame: Frame, write: Write) -> int | None:
            nonlocal body, noted, otherwise
            try:
                found = value(dot, frame)
                for put in start:
                    put(frame, found)
                items = iteration(found, len(variables), lambda detail: raise_at(frame, detail))
                if items is None:
                    if slots:
                        noted = True
                        _note_concrete(frame, slots)
                    if otherwise is None:
                        otherwise = self.branch(node[4], scope, self.dot_key)
                    # A break in the else branch leaves this range too, a continue the one around it.
                    return CONTINUE if otherwise(dot, frame, write) == CONTINUE else None
                if body is None:
                    body = self.branch(node[3], scope, key)
                set_element = put_element
                if type(found) not in (list, dict) and _is_concrete(found):
                    noted = True
                    _note_concrete(frame, (key, *slots))
                    set_element = put_plain
                elif noted:
                    _forget_concrete(frame, (key, *slots))
                budget = frame[0].budget
                for index, element in items:
                    budget.left -= 1
                    if budget.left < 0:
                        budget.refill()
                    if put_index is not None:
                        put_index(frame, index)
                    if set_element is not None:
                        set_element(frame, element)
                    if body(element, frame, write) == BREAK:
                        break
                return None
            except NOTED as error:
                note(error, self.template, node, dot, frame, scope)
                raise

        slots = [variable[1] for variable in scope[len(scope) - len(variables) :]] if not pipe[2] else []
        return run

    def range_variables(self, expressions: Expressions, pipe: Node) -> tuple[Any, Any, Any, list[Any]]:
        """How to set index, element and an element in no interface (None where there is no such variable); and
        those that get the whole value first.
        """
        variables, assign = pipe[3], pipe[2]
        # An index or key is a plain int or string; only elements lie in interfaces.
        last = len(variables) - 1
        setters = [
            expressions.setter(variable, pipe, assign=assign, conditional=False, ranged=number == last)
            for number, variable in enumerate(variables)
        ]
        if not setters:
            return None, None, None, []
        plain = setters[-1]
        start = setters
        if assign:
            plain = expressions.setter(variables[-1], pipe, assign=True, conditional=False)
            start = [*setters[:-1], plain]
        return setters[0] if last else None, setters[-1], plain, start

    # Templates.

    def invocation(self, node: Node) -> Statement:
        _, base, position, name, pipe = node
        expressions = self.expressions(base)
        value: Expression | None = None
        if pipe is not None:
            value = _with_resets(expressions.pipe(pipe), expressions.resets)
            self.scope = expressions.scope
        template, scope = self.template, self.scope

        def run(dot: object, frame: Frame, write: Write) -> None:
            here = frame[0]
            try:
                target = here.set.lookup(name)
                if target is None:
                    fail(template, base + position, node, f"template {quote(name)} not defined")
                budget = here.budget
                if budget.depth >= budget.limits.depth:
                    fail(template, base + position, node, f"exceeded maximum template depth ({GO_DEPTH})")
                given = NOVALUE if value is None else value(dot, frame)
                budget.left -= CALL
                if budget.left < 0:
                    budget.refill()
                budget.depth += 1
                target.run(given, here, write)
                budget.depth -= 1
            except NOTED as error:
                note(error, template, node, dot, frame, scope)
                raise

        return run


def _nothing(dot: object, frame: Frame, write: Write) -> None:
    return None


def _with_resets(value: Expression, slots: list[int]) -> Expression:
    """Variables declared inside parentheses may not get their value each time: forget the last one first."""
    if not slots:
        return value
    fixed = tuple(slots)

    def run(dot: object, frame: Frame) -> object:
        for slot in fixed:
            frame[slot] = UNSET
        return value(dot, frame)

    return run


def _may_leave(node: Node) -> bool:
    kind = node[0]
    if kind in (nodes.BREAK, nodes.CONTINUE):
        return True
    if kind in (nodes.IF, nodes.WITH):
        return any(map(_may_leave, node[3])) or (node[4] is not None and any(map(_may_leave, node[4])))
    return kind == nodes.RANGE and node[4] is not None and any(map(_may_leave, node[4]))


def _is_concrete(found: object) -> bool:
    """Whether the elements do not lie in interfaces, which error texts show."""
    return not (isinstance(found, (TypedMap, TypedSlice)) and found.element == ANY)


def _note_concrete(frame: Frame, keys: Iterable[int]) -> None:
    held = frame[0].held
    for key in keys:
        held[id(frame), key] = False


def _forget_concrete(frame: Frame, keys: Iterable[int]) -> None:
    held = frame[0].held
    for key in keys:
        held.pop((id(frame), key), None)


def _iteration_of_collections(
    found: object, variables: int, raise_it: Callable[[str], object]
) -> Iterable[tuple[object, object]] | None:
    """As `_iteration`, where integers cannot be counted through (Go before 1.24)."""
    if isinstance(found, int) and type(found) is not bool:
        raise_it(f"range can't iterate over {printed(found)}")
    return _iteration(found, variables, raise_it)


def _iteration(
    found: object, variables: int, raise_it: Callable[[str], object]
) -> Iterable[tuple[object, object]] | None:
    """Pairs of index and element; None for nothing to iterate over."""
    if isinstance(found, list):
        return enumerate(found) if found else None
    if isinstance(found, dict):
        return sorted_items(found) if found else None
    if found is NOVALUE:
        return None
    if isinstance(found, int) and type(found) is not bool:
        if variables > 1:
            raise_it(f"can't use {printed(found)} to iterate over more than one variable")
        if found <= 0:
            return None
        if isinstance(found, SizedInt):
            cls = type(found)
            return ((NOVALUE, cls(number)) for number in range(found))
        return ((NOVALUE, number) for number in range(found))
    if isinstance(found, bytes):
        return enumerate(map(Uint8, found)) if found else None
    raise_it(f"range can't iterate over {printed(found)}")
    return None
