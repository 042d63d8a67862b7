"""Pipelines and their parts as closures.

Rules: text/template/exec.go of Go 1.27 (``evalPipeline``, ``evalCommand``, ``evalCall``, ``evalArg``). A closure takes
`(dot, frame)` and returns a value of ``golang.kinds``; a frame is a list: the run, `$`, then a slot for each variable
declared in the template. `None` is a nil interface, NOVALUE no value at all; a finished pipeline never gives the former.

Errors show the node Go last looked at (its ``s.node``), which is mostly known beforehand: see ``last_node``. Only `and`
and `or` may stop early; where their last argument matters, they note it in the run's budget (`last`).
"""

from __future__ import annotations

from charthouse.errors import CharthouseError
from charthouse.golang.kinds import GoError, go_type
from charthouse.golang.strconv import quote
from charthouse.gotemplate import nodes
from charthouse.gotemplate.arguments import WrongType, exact_type, ideal, literal, validated
from charthouse.gotemplate.builtins import BUILTINS, call
from charthouse.gotemplate.errors import LimitError
from charthouse.gotemplate.failure import fail
from charthouse.gotemplate.fields import Place, method_of, walk
from charthouse.gotemplate.nodes import node_text
from charthouse.gotemplate.novalue import NOVALUE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from charthouse.gotemplate.functions import Function
    from charthouse.gotemplate.nodes import Node
    from charthouse.gotemplate.program import Template

    Frame = list[Any]
    Expression = Callable[[object, Frame], object]
    # A command that is given the value before it in the pipeline as a third argument.
    Command = Callable[..., object]
    Variable = tuple[str, int, bool, bool]
    # (frame, detail, cause): raises with the position Go last looked at.
    Raiser = Callable[..., object]

__all__ = ["CAUGHT", "UNSET", "Expressions", "last_node"]

UNSET = object()
_DYNAMIC: Node = (-1,)
CAUGHT = (GoError, CharthouseError)
_LITERALS = frozenset([nodes.BOOL, nodes.NIL, nodes.NUMBER, nodes.STRING])


def last_node(node: Node) -> Node:
    """The node Go looked at last when it evaluated `node`; ``_DYNAMIC`` when an `and` or `or` decides."""
    kind = node[0]
    if kind == nodes.PIPE:
        command = node[4][-1]
        if command[0][0] == nodes.IDENTIFIER and command[0][2] in ("and", "or"):
            return _DYNAMIC if len(command) > 1 else command[0]
        if command[0][0] in (nodes.IDENTIFIER, nodes.FIELD, nodes.VARIABLE, nodes.CHAIN) and len(command) > 1:
            return last_node(command[-1])
        return last_node(command[0])
    if kind == nodes.CHAIN:
        return last_node(node[2])
    return node


def is_dynamic(node: Node) -> bool:
    """Whether only running `node` shows what Go looked at last."""
    return last_node(node) is _DYNAMIC


class Expressions:
    """Turns the expressions of one body into closures, in the order Go evaluates them.

    scope: variables in sight, innermost last: (name, slot, whether a range sets it, whether its declaration may not
    have run). dot_key: None, or the number of the range whose element dot is. resets: slots to unset before the statement.
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
        known = last_node(node)

        def raise_at(frame: Frame, detail: str, cause: Exception | None = None) -> object:
            found = known
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
        """Where a variable's value may be: the innermost certain declaration, and uncertain ones inside it, innermost first."""
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
        if not found or found[-1][3]:
            get = self.uncertain(shown or node, found)
        elif len(found) > 1:
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
            held = frame[0].held.get((id(frame), slot), ranged)
            return walk(frame[slot], names, place, held)

        if self.template.family.missing_key != "zero":
            return lambda dot, frame: slow(frame)

        def get(dot: object, frame: Frame) -> object:
            value = frame[slot]
            for name in names:
                if type(value) is dict:
                    value = value.get(name)
                else:
                    return slow(frame)
            return value

        return get

    # Fields.

    def field(self, node: Node) -> Expression:
        names = node[2]
        place = self.place(node)
        key = self.dot_key

        def slow(dot: object, frame: Frame) -> object:
            held = key is not None and frame[0].held.get((id(frame), key), True)
            return walk(dot, names, place, held)

        if self.template.family.missing_key != "zero":
            return slow
        first = names[0]
        if len(names) == 1:

            def one(dot: object, frame: Frame) -> object:
                if type(dot) is dict:
                    return dot.get(first)
                return slow(dot, frame)

            return one
        rest = names[1:]
        if len(rest) == 1:
            second = rest[0]

            def two(dot: object, frame: Frame) -> object:
                if type(dot) is dict:
                    value = dot.get(first)
                    if type(value) is dict:
                        return value.get(second)
                return slow(dot, frame)

            return two

        def many(dot: object, frame: Frame) -> object:
            value = dot
            for name in names:
                if type(value) is dict:
                    value = value.get(name)
                else:
                    return slow(dot, frame)
            return value

        return many

    def chain(self, node: Node) -> Expression:
        inner, names = node[2], node[3]
        receiver, raise_at = self.receiver(inner)
        held = inner[0] == nodes.IDENTIFIER and self.result_type(inner) == "any"
        template = self.template
        fast = template.family.missing_key == "zero"

        def get(dot: object, frame: Frame) -> object:
            value = receiver(dot, frame)
            found = value
            if fast:
                for name in names:
                    if type(found) is not dict:
                        break
                    found = found.get(name)
                else:
                    return found
            return walk(value, names, _LatePlace(template, frame, raise_at), held)

        return get

    def receiver(self, inner: Node) -> tuple[Expression, Raiser]:
        """What a chain begins with, and how errors of its fields are raised."""
        dynamic = last_node(inner) is _DYNAMIC
        self.tracking += dynamic
        expression = self.pipe(inner) if inner[0] == nodes.PIPE else self.value(inner)
        self.tracking -= dynamic
        return expression, self.failing(inner)

    def result_type(self, identifier: Node) -> str:
        function = self.template.family.function(identifier[2])
        return function.result if function is not None else ""

    # Pipelines.

    def pipe(self, node: Node) -> Expression:
        """A pipeline whose nil is NOVALUE."""
        raw = self.raw_pipe(node)

        def normal(dot: object, frame: Frame) -> object:
            value = raw(dot, frame)
            return NOVALUE if value is None else value

        return normal

    def raw_pipe(self, node: Node, *, conditional: bool = True) -> Expression:
        """A pipeline; nil may come as None or NOVALUE. Variables are declared or set on the way."""
        _, _, assign, variables, commands = node
        watched = assign and is_dynamic(node)
        self.tracking += watched
        value = self.commands(node, commands)
        self.tracking -= watched
        if not variables:
            return value
        conditional = conditional and self.depth > 0
        setters = [self.setter(variable, node, assign=assign, conditional=conditional) for variable in variables]
        if len(setters) == 1:
            put = setters[0]

            def declare(dot: object, frame: Frame) -> object:
                result = value(dot, frame)
                if result is None:
                    result = NOVALUE
                put(frame, result)
                return result

            return declare

        def declare_all(dot: object, frame: Frame) -> object:
            result = value(dot, frame)
            if result is None:
                result = NOVALUE
            for put in setters:
                put(frame, result)
            return result

        return declare_all

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
                    frame[0].held[id(frame), slot] = ranged
                    return
            raise_at(frame, f"undefined variable: {name}")

        return assign_it

    def commands(self, pipe: Node, commands: tuple[tuple[Node, ...], ...]) -> Expression:
        self.depth += 1
        made: list[Command] = []
        before = pipe
        for number, command in enumerate(commands):
            # An error of a parenthesis that is given a value shows where the command before it ended.
            ahead = commands[number + 1 : number + 2]
            watched = bool(ahead) and ahead[0][0][0] == nodes.PIPE
            self.tracking += watched
            made.append(self.command(command, before, has_final=number > 0))
            self.tracking -= watched
            before = (nodes.PIPE, command[0][1], False, (), (command,))
        self.depth -= 1
        first, rest = made[0], made[1:]
        if not rest:
            return first
        if len(rest) == 1:
            second = rest[0]

            def two(dot: object, frame: Frame) -> object:
                value = first(dot, frame)
                return second(dot, frame, NOVALUE if value is None else value)

            return two

        def many(dot: object, frame: Frame) -> object:
            value = first(dot, frame)
            for command in rest:
                value = command(dot, frame, NOVALUE if value is None else value)
            return value

        return many

    def command(self, arguments: tuple[Node, ...], before: Node, *, has_final: bool) -> Command:
        """One command; `before` is what Go last looked at when the command is a pipe in parentheses."""
        head = arguments[0]
        kind = head[0]
        invoked = len(arguments) > 1 or has_final
        if kind == nodes.IDENTIFIER:
            whole = (nodes.COMMAND, head[1], arguments)
            return self.call(head, arguments[1:], has_final=has_final, shown=whole)
        if kind in (nodes.FIELD, nodes.CHAIN) or (kind == nodes.VARIABLE and len(head[2]) > 1):
            if invoked:
                return self.method_call(head, arguments[1:], has_final=has_final)
            return self.value(head)
        if invoked:
            detail = f"can't give argument to non-function {node_text(head)}"
            if kind == nodes.VARIABLE:
                return self.misused_variable(head, detail)
            if kind != nodes.PIPE or not has_final:
                return self.raising(before if kind == nodes.PIPE else head, detail)
            raise_at = self.failing(before)
            return lambda dot, frame, final: raise_at(frame, detail)
        if kind == nodes.PIPE:
            return self.pipe(head)
        if kind == nodes.NIL:
            return self.raising(head, "nil is not a command")
        if kind in _LITERALS:
            return self.constant(head, "any")
        return self.value(head)

    def misused_variable(self, head: Node, detail: str) -> Command:
        get, complain = self.variable(head), self.raising(head, detail)

        def run(dot: object, frame: Frame, *final: object) -> object:
            get(dot, frame)
            return complain()

        return run

    def value(self, node: Node) -> Expression:
        """An argument that is no literal, where no type is asked for."""
        kind = node[0]
        if kind == nodes.FIELD:
            return self.field(node)
        if kind == nodes.VARIABLE:
            return self.variable(node)
        if kind == nodes.PIPE:
            return self.pipe(node)
        if kind == nodes.CHAIN:
            return self.chain(node)
        if kind == nodes.IDENTIFIER:
            return self.call(node, (), has_final=False, shown=node)
        return lambda dot, frame: dot

    def constant(self, node: Node, type_name: str) -> Expression:
        try:
            value = ideal(node) if node[0] == nodes.NUMBER and type_name == "any" else literal(node, type_name)
        except WrongType as error:
            return self.raising(node, str(error))
        return lambda dot, frame: value

    # Arguments.

    def argument(self, node: Node, type_name: str) -> Expression:
        """An argument as the parameter's type wants it."""
        if node[0] in _LITERALS:
            return self.constant(node, type_name)
        dynamic = type_name not in ("any", "value") and last_node(node) is _DYNAMIC
        tracking = self.tracking
        self.tracking = tracking or int(dynamic)
        self.depth += 1
        value = self.value(node)
        self.depth -= 1
        self.tracking = tracking
        if type_name == "value":
            return value
        if type_name == "any":
            return _without_novalue(value)
        return self.checked(value, type_name, self.failing(node))

    def checked(self, value: Expression, name: str, raise_at: Raiser) -> Expression:
        exact = exact_type(name)

        def check(dot: object, frame: Frame) -> object:
            result = value(dot, frame)
            if type(result) is exact:
                return result
            try:
                return validated(result, name)
            except WrongType as error:
                return raise_at(frame, str(error))

        return check

    # Calls.

    def call(self, head: Node, arguments: tuple[Node, ...], *, has_final: bool, shown: Node) -> Command:
        name = head[2]
        function = self.template.family.function(name)
        if function is None:
            return self.raising(head, f"{quote(name)} is not a defined function")
        wrong = _wrong_count(function, name, len(arguments), has_final)
        if wrong:
            return self.raising(head, wrong)
        if BUILTINS.get(name) is function:
            if name in ("and", "or"):
                return self.logic(arguments, has_final=has_final, stop=name == "or")
            if name == "call":
                return self.call_value(head, arguments, has_final=has_final, shown=shown)
        last = arguments[-1] if arguments else head
        final = self.final_type(function, len(arguments)) if has_final else ""
        watched = final not in ("", "any", "value") and is_dynamic(last)
        self.tracking += watched
        values = self.typed(function, arguments)
        self.tracking -= watched
        raise_at = self.failing(last)
        if name in self.template.family.late:
            return self.late_call(name, values, final, raise_at, shown)
        return _invocation(function.implementation, values, final, raise_at, self.reporter(name, shown))

    def typed(self, function: Function, arguments: tuple[Node, ...]) -> list[Expression]:
        fixed = function.parameters
        values = []
        for number, argument in enumerate(arguments):
            values.append(self.argument(argument, fixed[number] if number < len(fixed) else function.variadic))
        return values

    def final_type(self, function: Function, given: int) -> str:
        return function.parameters[given] if given < len(function.parameters) else function.variadic

    def reporter(self, name: str, shown: Node) -> Callable[[Exception], object]:
        template, position = self.template, self.base + shown[1]

        def report(error: Exception) -> object:
            if isinstance(error, LimitError):
                raise error
            fail(template, position, shown, f"error calling {name}: {error}", error)

        return report

    def late_call(
        self,
        name: str,
        values: list[Expression],
        final: str,
        raise_at: Raiser,
        shown: Node,
    ) -> Command:
        """A call of a function that differs between clones of the template set: looked up each time."""
        report = self.reporter(name, shown)

        def run(dot: object, frame: Frame, *before: object) -> object:
            arguments = [value(dot, frame) for value in values]
            if final:
                arguments.append(_final(before[0], final, frame, raise_at))
            implementation = frame[0].set.function(name).implementation
            try:
                if len(arguments) == 2:
                    return implementation(arguments[0], arguments[1])
                return implementation(*arguments)
            except CAUGHT as error:
                return report(error)

        return run

    def logic(self, arguments: tuple[Node, ...], *, has_final: bool, stop: bool) -> Command:
        values = [self.argument(argument, "value") for argument in arguments]
        if self.tracking:
            return self.tracked_logic(arguments, values, has_final=has_final, stop=stop)
        if has_final:

            def with_final(dot: object, frame: Frame, final: object) -> object:
                for value in values:
                    result = value(dot, frame)
                    if (not result) is not stop:
                        return result
                return final

            return with_final
        if len(values) == 2:
            first, second = values
            if stop:
                return lambda dot, frame: first(dot, frame) or second(dot, frame)
            return lambda dot, frame: first(dot, frame) and second(dot, frame)

        def many(dot: object, frame: Frame) -> object:
            result: object = None
            for value in values:
                result = value(dot, frame)
                if (not result) is not stop:
                    return result
            return result

        return many

    def tracked_logic(
        self, arguments: tuple[Node, ...], values: list[Expression], *, has_final: bool, stop: bool
    ) -> Command:
        lasts = [last_node(argument) for argument in arguments]

        def run(dot: object, frame: Frame, *final: object) -> object:
            result: object = NOVALUE
            for value, last in zip(values, lasts, strict=True):
                result = value(dot, frame)
                if last is not _DYNAMIC:
                    frame[0].last = last
                if (not result) is not stop:
                    return result
            return final[0] if has_final else result

        return run

    def call_value(self, head: Node, arguments: tuple[Node, ...], *, has_final: bool, shown: Node) -> Command:
        values = [self.argument(argument, "value") for argument in arguments]
        name = node_text(arguments[0]) if arguments else ""
        report = self.reporter("call", shown)

        def run(dot: object, frame: Frame, *final: object) -> object:
            given = [value(dot, frame) for value in values] + list(final)
            try:
                return call(name if arguments else _reflected(given[0]), given[0])
            except GoError as error:
                return report(error)

        return run

    # Methods with arguments.

    def method_call(self, head: Node, arguments: tuple[Node, ...], *, has_final: bool) -> Command:
        """`.Files.Get "name"`: the chain's last name must be a method."""
        target, names, place = self.split(head)
        last = names[-1]
        cache: dict[int, Command] = {}
        expressions = self.copy()

        def run(dot: object, frame: Frame, *final: object) -> object:
            value, held, spot = target(dot, frame)
            method = method_of(value, last)
            if method is None:
                return _not_a_method(value, last, spot, held)
            invoke = cache.get(id(method))
            if invoke is None:
                invoke = expressions.method(method, head, last, arguments, has_final=has_final)
                cache[id(method)] = invoke
            frame[0].receiver = value
            return invoke(dot, frame, *final)

        return run

    def copy(self) -> Expressions:
        twin = Expressions(self.template, self.scope, self.dot_key)
        twin.base, twin.tracking, twin.depth = self.base, self.tracking, self.depth
        return twin

    def split(self, head: Node) -> tuple[Callable[[object, Frame], tuple[object, bool, Any]], tuple[str, ...], Place]:
        """All but the last name of a chain: what it is taken from, whether held, and where errors go."""
        place = self.place(head)
        kind = head[0]
        if kind == nodes.CHAIN:
            names = head[3]
            receiver, raise_at = self.receiver(head[2])
            template = self.template

            def from_chain(dot: object, frame: Frame) -> tuple[object, bool, Any]:
                spot = _LatePlace(template, frame, raise_at)
                value = walk(receiver(dot, frame), names[:-1], spot, False)
                return value, len(names) > 1, spot

            return from_chain, names, place
        if kind == nodes.VARIABLE:
            names = head[2][1:]
            get = self.variable((nodes.VARIABLE, head[1], head[2][:1]), head)
            ranged = any(variable[2] for variable in self.candidates(head[2][0])[:1])
            held = ranged or len(names) > 1
            return lambda dot, frame: (walk(get(dot, frame), names[:-1], place, ranged), held, place), names, place
        names = head[2]
        ranged = self.dot_key is not None
        held = ranged or len(names) > 1
        return lambda dot, frame: (walk(dot, names[:-1], place, ranged), held, place), names, place

    def method(
        self, method: Function, head: Node, name: str, arguments: tuple[Node, ...], *, has_final: bool
    ) -> Command:
        wrong = _wrong_count(method, name, len(arguments), has_final)
        if wrong:
            return self.raising(head, wrong)
        values = self.typed(method, arguments)
        final = self.final_type(method, len(arguments)) if has_final else ""
        implementation = method.implementation

        def bound(*given: object) -> object:
            return implementation(*given)

        receiver: Expression = lambda dot, frame: frame[0].receiver  # noqa: E731
        raise_at = self.failing(arguments[-1] if arguments else head)
        return _invocation(bound, [receiver, *values], final, raise_at, self.reporter(name, head))


class _LatePlace:
    """Where errors of a chain behind a pipeline go: known when the chain runs."""

    __slots__ = ("frame", "raise_at", "template")

    def __init__(self, template: Template, frame: Frame, raise_at: Raiser) -> None:
        self.template = template
        self.frame = frame
        self.raise_at = raise_at

    def fail(self, detail: str, cause: Exception | None = None) -> object:
        return self.raise_at(self.frame, detail, cause)


def _not_a_method(value: object, name: str, place: Any, held: bool) -> object:
    """The error of arguments given to what is no method; anything else wrong comes first."""
    from charthouse.golang.kinds import Struct
    from charthouse.gotemplate.fields import step

    if value is NOVALUE:
        return step(value, name, place, held)[0]
    if isinstance(value, dict):
        return place.fail(f"{name} is not a method but has arguments")
    if isinstance(value, Struct) and name in value.go_fields:
        return place.fail(f"{name} has arguments but cannot be invoked as function")
    return step(value, name, place, held)[0]


def _reflected(value: object) -> str:
    """reflect.Value's String: a string itself, of anything else only its type."""
    if type(value) is str:
        return value
    return "<invalid Value>" if value is NOVALUE else f"<{go_type(value)} Value>"


def _without_novalue(value: Expression) -> Expression:
    def get(dot: object, frame: Frame) -> object:
        result = value(dot, frame)
        return None if result is NOVALUE else result

    return get


def _wrong_count(function: Function, name: str, given: int, has_final: bool) -> str:
    fixed = len(function.parameters)
    total = given + has_final
    if function.variadic:
        return f"wrong number of args for {name}: want at least {fixed} got {given}" if total < fixed else ""
    return f"wrong number of args for {name}: want {fixed} got {total}" if total != fixed else ""


def _final(value: object, type_name: str, frame: Frame, raise_at: Raiser) -> object:
    try:
        return validated(value, type_name)
    except WrongType as error:
        return raise_at(frame, str(error))


def _invocation(
    implementation: Callable[..., object],
    values: list[Expression],
    final: str,
    raise_at: Raiser,
    report: Callable[[Exception], object],
) -> Command:
    """The call itself, by number of arguments; arguments are evaluated outside the net that catches the function's errors."""
    count = len(values)
    if final:
        return _piped_invocation(implementation, values, final, raise_at, report)
    if count == 0:

        def call0(dot: object, frame: Frame) -> object:
            try:
                return implementation()
            except CAUGHT as error:
                return report(error)

        return call0
    first = values[0]
    if count == 1:

        def call1(dot: object, frame: Frame) -> object:
            a = first(dot, frame)
            try:
                return implementation(a)
            except CAUGHT as error:
                return report(error)

        return call1
    second = values[1]
    if count == 2:

        def call2(dot: object, frame: Frame) -> object:
            a = first(dot, frame)
            b = second(dot, frame)
            try:
                return implementation(a, b)
            except CAUGHT as error:
                return report(error)

        return call2

    def call_many(dot: object, frame: Frame) -> object:
        arguments = [value(dot, frame) for value in values]
        try:
            return implementation(*arguments)
        except CAUGHT as error:
            return report(error)

    return call_many


def _piped_invocation(
    implementation: Callable[..., object],
    values: list[Expression],
    final: str,
    raise_at: Raiser,
    report: Callable[[Exception], object],
) -> Command:
    exact = exact_type(final)
    count = len(values)
    if count == 0:

        def piped0(dot: object, frame: Frame, z: object) -> object:
            if type(z) is not exact:
                z = _final(z, final, frame, raise_at)
            try:
                return implementation(z)
            except CAUGHT as error:
                return report(error)

        return piped0
    first = values[0]
    if count == 1:

        def piped1(dot: object, frame: Frame, z: object) -> object:
            a = first(dot, frame)
            if type(z) is not exact:
                z = _final(z, final, frame, raise_at)
            try:
                return implementation(a, z)
            except CAUGHT as error:
                return report(error)

        return piped1

    def piped_many(dot: object, frame: Frame, z: object) -> object:
        arguments = [value(dot, frame) for value in values]
        arguments.append(_final(z, final, frame, raise_at))
        try:
            return implementation(*arguments)
        except CAUGHT as error:
            return report(error)

    return piped_many
