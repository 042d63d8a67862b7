"""Pipelines and their parts as closures.

Rules: text/template/exec.go of Go 1.27 (``evalPipeline``, ``evalCommand``, ``evalCall``, ``evalArg``). A closure takes
`(dot, frame)` and returns a value of ``golang.kinds``; a frame is a list: the run, `$`, then a slot for each variable
declared in the template. `None` is a nil interface, NOVALUE no value at all; a finished pipeline never gives the
former.
"""

from __future__ import annotations

from charthouse.golang.kinds import GoError, go_type
from charthouse.golang.strconv import quote
from charthouse.gotemplate import nodes
from charthouse.gotemplate.arguments import WrongType, exact_type, ideal, literal, validated
from charthouse.gotemplate.builtins import BUILTINS, call
from charthouse.gotemplate.errors import LimitError
from charthouse.gotemplate.failure import fail
from charthouse.gotemplate.fields import PLAIN_MAPS, LatePlace, walk
from charthouse.gotemplate.invocation import CAUGHT, checked_final, invocation, wrong_count
from charthouse.gotemplate.nodes import node_text
from charthouse.gotemplate.novalue import NOVALUE
from charthouse.gotemplate.variables import Variables, is_dynamic, last_node

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from charthouse.gotemplate.functions import Function
    from charthouse.gotemplate.nodes import Node
    from charthouse.gotemplate.variables import Command, Expression, Frame, Raiser

__all__ = ["Expressions"]

_LITERALS = frozenset([nodes.BOOL, nodes.NIL, nodes.NUMBER, nodes.STRING])
_DECLARED = frozenset(["string", "bool", "int", "int64", "float64"])


class Expressions(Variables):
    """Turns the expressions of one body into closures, in the order Go evaluates them."""

    # Fields.

    def field(self, node: Node, absent: object = NOVALUE) -> Expression:
        """A field of dot; `absent` is given where there is no value at all."""
        names = node[2]
        place = self.place(node)
        key = self.dot_key

        def slow(dot: object, frame: Frame) -> object:
            held = key is not None and frame[0].held.get((id(frame), key), True)
            found = walk(dot, names, place, held)
            return absent if found is NOVALUE else found

        if self.template.family.missing_key != "zero":
            return slow
        plain_of = PLAIN_MAPS.get
        if len(names) == 1:
            only = names[0]

            def one(dot: object, frame: Frame) -> object:
                if type(dot) is dict:
                    return dot.get(only)
                methods = plain_of(type(dot))
                if methods is None or only in methods:
                    return slow(dot, frame)
                return dot.get(only)  # type: ignore[attr-defined]  # a map

            return one

        def many(dot: object, frame: Frame) -> object:
            value = dot
            for name in names:
                if type(value) is dict:
                    value = value.get(name)
                else:
                    methods = plain_of(type(value))
                    if methods is None or name in methods:
                        return slow(dot, frame)
                    value = value.get(name)  # type: ignore[attr-defined]  # a map
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
                    methods = PLAIN_MAPS.get(type(found))
                    if methods is None or name in methods:
                        break
                    found = found.get(name)  # type: ignore[attr-defined]  # a map
                else:
                    return found
            return walk(value, names, LatePlace(template, frame, raise_at), held)

        return get

    def receiver(self, inner: Node) -> tuple[Expression, Raiser]:
        """What a chain begins with, and how errors of its fields are raised."""
        dynamic = is_dynamic(inner)
        self.tracking += dynamic
        expression = self.pipe(inner) if inner[0] == nodes.PIPE else self.value(inner)
        self.tracking -= dynamic
        return expression, self.failing(inner)

    def result_type(self, identifier: Node) -> str:
        function = self.template.family.function(identifier[2])
        return function.result if function is not None else ""

    # Pipelines.

    def pipe(self, node: Node, shown: Node | None = None) -> Expression:
        """A pipeline whose nil is NOVALUE; `shown` is what errors show when it is not `node`."""
        raw = self.raw_pipe(node, shown=shown)

        def normal(dot: object, frame: Frame) -> object:
            value = raw(dot, frame)
            return NOVALUE if value is None else value

        return normal

    def raw_pipe(self, node: Node, *, conditional: bool = True, shown: Node | None = None) -> Expression:
        """A pipeline; nil may come as None or NOVALUE. Variables are declared or set on the way."""
        _, _, assign, variables, commands = node
        watched = assign and is_dynamic(node)
        self.tracking += watched
        value = self.commands(shown or node, commands)
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
                from charthouse.gotemplate.methods import method_call

                return method_call(self, head, arguments[1:], has_final=has_final)
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
        dynamic = type_name not in ("any", "value") and is_dynamic(node)
        tracking = self.tracking
        self.tracking = tracking or int(dynamic)
        self.depth += 1
        if type_name == "any":
            value = self.any_value(node)
        else:
            # What a pipe's nil becomes matters only where it has not the type that is wanted.
            raw = type_name != "value" and node[0] == nodes.PIPE
            value = self.raw_pipe(node) if raw else self.value(node)
            if type_name != "value":
                value = self.checked(value, type_name, self.failing(node), piped=raw)
        self.depth -= 1
        self.tracking = tracking
        return value

    def any_value(self, node: Node) -> Expression:
        """An argument where any type will do: no value at all is a nil interface."""
        kind = node[0]
        if kind == nodes.FIELD:
            return self.field(node, None)
        if kind == nodes.DOT:
            return _dot_or_nil
        if kind != nodes.PIPE:
            return _without_novalue(self.value(node))
        value = self.raw_pipe(node)
        last = node[4][-1][0]
        # Functions that declare what they return always return it.
        return value if last[0] == nodes.IDENTIFIER and self.result_type(last) in _DECLARED else _without_novalue(value)

    def checked(self, value: Expression, name: str, raise_at: Raiser, *, piped: bool) -> Expression:
        exact = exact_type(name)

        def check(dot: object, frame: Frame) -> object:
            result = value(dot, frame)
            if type(result) is exact:
                return result
            if piped and result is None:
                result = NOVALUE
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
        wrong = wrong_count(function, name, len(arguments), has_final)
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
        return invocation(function.implementation, values, final, raise_at, self.reporter(name, shown))

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
        if len(values) == 2 and not final:
            first, second = values

            def run_two(dot: object, frame: Frame) -> object:
                a = first(dot, frame)
                b = second(dot, frame)
                implementation = frame[0].set.function(name).implementation
                try:
                    return implementation(a, b)
                except CAUGHT as error:
                    return report(error)

            return run_two

        def run(dot: object, frame: Frame, *before: object) -> object:
            arguments = [value(dot, frame) for value in values]
            if final:
                arguments.append(checked_final(before[0], final, frame, raise_at))
            implementation = frame[0].set.function(name).implementation
            try:
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
        lasts = [None if is_dynamic(argument) else last_node(argument) for argument in arguments]

        def run(dot: object, frame: Frame, *final: object) -> object:
            result: object = NOVALUE
            for value, last in zip(values, lasts, strict=True):
                result = value(dot, frame)
                if last is not None:
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

    def copy(self) -> Expressions:
        twin = Expressions(self.template, self.scope, self.dot_key)
        twin.base, twin.tracking, twin.depth = self.base, self.tracking, self.depth
        return twin


def _reflected(value: object) -> str:
    """reflect.Value's String: a string itself, of anything else only its type."""
    if type(value) is str:
        return value
    return "<invalid Value>" if value is NOVALUE else f"<{go_type(value)} Value>"


def _dot_or_nil(dot: object, frame: Frame) -> object:
    return None if dot is NOVALUE else dot


def _without_novalue(value: Expression) -> Expression:
    def get(dot: object, frame: Frame) -> object:
        result = value(dot, frame)
        return None if result is NOVALUE else result

    return get
