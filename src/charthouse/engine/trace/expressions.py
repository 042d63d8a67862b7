"""Pipelines evaluated with their taints: value and what it was made of, side by side.

Rules: text/template/exec.go of Go 1.27, as in ``gotemplate.expressions``, but walked node by node: traced rendering is
asked for by people, one template at a time, and shares no closure with the renders that must be fast.
"""

from __future__ import annotations

from abc import ABC, abstractmethod

from charthouse.engine.trace.knowledge import CLEAN, Knowledge, both
from charthouse.engine.trace.special import SPECIAL
from charthouse.gotemplate import nodes
from charthouse.gotemplate.arguments import WrongType, ideal, literal, validated
from charthouse.gotemplate.errors import LimitError
from charthouse.gotemplate.failure import fail
from charthouse.gotemplate.fields import Place, method_of, step
from charthouse.gotemplate.invocation import CAUGHT, wrong_count
from charthouse.gotemplate.nodes import node_text
from charthouse.gotemplate.novalue import NOVALUE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NoReturn

    from charthouse.engine.trace.activation import Activation
    from charthouse.engine.trace.knowledge import Taint
    from charthouse.gotemplate.functions import Function
    from charthouse.gotemplate.nodes import Node

    # A value and its taint.
    Result = tuple[Any, Taint]

__all__ = ["Expressions"]

_LITERALS = frozenset([nodes.BOOL, nodes.NIL, nodes.NUMBER, nodes.STRING])


class Expressions(ABC):
    """Evaluates what stands inside actions. `include` and `tpl` are the subclass's."""

    def __init__(self, knowledge: Knowledge) -> None:
        self.knowledge = knowledge

    @abstractmethod
    def call_include(self, run: Activation, name: str, data: Any, taint: Taint) -> Result:
        """What `include` gives."""

    @abstractmethod
    def call_tpl(self, run: Activation, text: Result, data: Result) -> Result:
        """What `tpl` gives."""

    # Pipelines.

    def pipe(self, node: Node, run: Activation) -> Result:
        """A pipeline's value, NOVALUE for nil; variables are declared or set."""
        value, taint = self.bare_pipe(node, run)
        for variable in node[3]:
            run.put(variable[2][0], value, taint, assign=node[2])
        return value, taint

    def bare_pipe(self, node: Node, run: Activation) -> Result:
        """As ``pipe``, without its variables."""
        given: Result | None = None
        for command in node[4]:
            value, taint = self.command(command, run, given)
            given = (NOVALUE if value is None else value), taint
        assert given is not None  # the parser refuses an empty pipeline
        return given

    def command(self, arguments: tuple[Node, ...], run: Activation, final: Result | None) -> Result:
        head = arguments[0]
        kind = head[0]
        if kind == nodes.IDENTIFIER:
            return self.call(head, arguments[1:], run, final)
        invoked = len(arguments) > 1 or final is not None
        if invoked and (kind in (nodes.FIELD, nodes.CHAIN) or (kind == nodes.VARIABLE and len(head[2]) > 1)):
            return self.method(head, arguments[1:], run, final)
        if invoked:
            self.fail(run, head, f"can't give argument to non-function {node_text(head)}")
        if kind == nodes.NIL:
            self.fail(run, head, "nil is not a command")
        return self.value(head, run)

    def value(self, node: Node, run: Activation) -> Result:
        """An argument where no type is asked for."""
        kind = node[0]
        if kind == nodes.FIELD:
            return self.fields(run.dot, run.taint, node[2], node, run)
        if kind == nodes.VARIABLE:
            value, taint = run.get(node[2][0])
            return self.fields(value, taint, node[2][1:], node, run)
        if kind == nodes.PIPE:
            return self.pipe(node, run)
        if kind == nodes.CHAIN:
            value, taint = self.value(node[2], run)
            return self.fields(value, taint, node[3], node, run)
        if kind == nodes.IDENTIFIER:
            return self.call(node, (), run, None)
        if kind in _LITERALS:
            return self.constant(node, "any", run), CLEAN
        return run.dot, run.taint

    def constant(self, node: Node, type_name: str, run: Activation) -> Any:
        try:
            return ideal(node) if node[0] == nodes.NUMBER and type_name == "any" else literal(node, type_name)
        except WrongType as error:
            self.fail(run, node, str(error))

    # Fields and methods.

    def fields(self, value: Any, taint: Taint, names: tuple[str, ...], node: Node, run: Activation) -> Result:
        place = Place(run.template, run.base + node[1], node)
        for name in names:
            found, _ = step(value, name, place, True)
            taint = taint if value is NOVALUE else self.knowledge.child(value, taint, name, found)
            value = found
        return value, taint

    def method(self, head: Node, arguments: tuple[Node, ...], run: Activation, final: Result | None) -> Result:
        names = head[3] if head[0] == nodes.CHAIN else head[2]
        if head[0] == nodes.CHAIN:
            value, taint = self.value(head[2], run)
        elif head[0] == nodes.VARIABLE:
            (value, taint), names = run.get(names[0]), names[1:]
        else:
            value, taint = run.dot, run.taint
        value, taint = self.fields(value, taint, names[:-1], head, run)
        name = names[-1]
        method = method_of(value, name)
        if method is None:
            if value is NOVALUE:
                return NOVALUE, taint
            if isinstance(value, dict):
                self.fail(run, head, f"{name} is not a method but has arguments")
            self.fail(run, head, f"{name} has arguments but cannot be invoked as function")
        given = self.arguments(method, name, head, arguments, run, final)
        result = self.invoke(method, name, head, [(value, taint), *given], run)
        path = self.knowledge.paths.get(id(value))
        if path and len(given) == 1 and isinstance(given[0][0], str):
            return result, both((((*path, given[0][0]),), ()), given[0][1])
        return result, both(taint, *[self.knowledge.whole(*each) for each in given])

    # Calls.

    def call(self, head: Node, arguments: tuple[Node, ...], run: Activation, final: Result | None) -> Result:
        name = head[2]
        function = run.set.function(name)
        if function is None:
            self.fail(run, head, f'"{name}" is not a defined function')
        if name in ("and", "or"):
            return self.logic(arguments, run, final, stop=name == "or")
        given = self.arguments(function, name, head, arguments, run, final)
        shown = (nodes.COMMAND, head[1], (head, *arguments))
        if name in ("include", "tpl"):
            run.calling = run.base + head[1]
            try:
                if name == "tpl":
                    return self.call_tpl(run, given[0], given[1])
                return self.call_include(run, given[0][0], *given[1])
            except CAUGHT as error:
                self.report(run, shown, name, error)
        special = SPECIAL.get(name)
        before = special.before(given) if special is not None and special.before is not None else None
        result = self.invoke(function, name, shown, given, run)
        if special is not None:
            return result, special.taint(self.knowledge, result, given, before)
        return result, both(*[self.knowledge.whole(*each) for each in given])

    def arguments(
        self,
        function: Function,
        name: str,
        head: Node,
        arguments: tuple[Node, ...],
        run: Activation,
        final: Result | None,
    ) -> list[Result]:
        """The arguments as the function's types want them, the pipeline's value last."""
        wrong = wrong_count(function, name, len(arguments), final is not None)
        if wrong:
            self.fail(run, head, wrong)
        fixed = function.parameters
        given: list[Result] = []
        for number, argument in enumerate(arguments):
            given.append(self.argument(argument, fixed[number] if number < len(fixed) else function.variadic, run))
        if final is not None:
            name = fixed[len(arguments)] if len(arguments) < len(fixed) else function.variadic
            given.append((self.checked(final[0], name, arguments[-1] if arguments else head, run), final[1]))
        return given

    def argument(self, node: Node, type_name: str, run: Activation) -> Result:
        if node[0] in _LITERALS:
            return self.constant(node, type_name, run), CLEAN
        value, taint = self.value(node, run)
        return self.checked(value, type_name, node, run), taint

    def checked(self, value: Any, type_name: str, node: Node, run: Activation) -> Any:
        try:
            return validated(value, type_name)
        except WrongType as error:
            self.fail(run, node, str(error))

    def invoke(self, function: Function, name: str, shown: Node, given: list[Result], run: Activation) -> Any:
        try:
            return function.implementation(*[value for value, _ in given])
        except CAUGHT as error:
            self.report(run, shown, name, error)

    def logic(self, arguments: tuple[Node, ...], run: Activation, final: Result | None, *, stop: bool) -> Result:
        """`and`, `or`: what was looked at decides, so all of it counts."""
        taints = []
        result: Any = NOVALUE
        for argument in arguments:
            result, taint = self.argument(argument, "value", run)
            taints.append(taint)
            if (not result) is not stop:
                return result, both(*taints)
        if final is not None:
            result = final[0]
            taints.append(final[1])
        return result, both(*taints)

    # Errors.

    def fail(self, run: Activation, node: Node, detail: str, cause: Exception | None = None) -> NoReturn:
        fail(run.template, run.base + node[1], node, detail, cause)

    def report(self, run: Activation, shown: Node, name: str, error: Exception) -> NoReturn:
        if isinstance(error, LimitError):
            raise error
        self.fail(run, shown, f"error calling {name}: {error}", error)
