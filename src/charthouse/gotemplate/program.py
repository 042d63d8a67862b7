"""Templates that can run, and sets of them.

Rules: text/template/template.go of Go 1.27 (``Parse``, ``AddParseTree``, ``Clone``, ``Lookup``), exec.go ``Execute``.
"""

from __future__ import annotations

from _thread import _local

from charthouse.golang.size import TooLarge
from charthouse.golang.strconv import quote
from charthouse.gotemplate import nodes
from charthouse.gotemplate.builtins import BUILTINS
from charthouse.gotemplate.deepstack import deep
from charthouse.gotemplate.errors import LimitError, ParseError, TemplateError
from charthouse.gotemplate.limits import CALL, GO_DEPTH, Account, Budget, Limits
from charthouse.gotemplate.novalue import NOVALUE
from charthouse.gotemplate.statements import Bodies

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Any, Protocol

    from charthouse.gotemplate.fields import AnyPlace
    from charthouse.gotemplate.functions import Function
    from charthouse.gotemplate.nodes import Node, Tree
    from charthouse.gotemplate.statements import Statement

    class Table(Protocol):
        """What a template set needs of a table of functions."""

        def get(self, name: str, /) -> Function | None: ...

        def __contains__(self, name: object, /) -> bool: ...

    Functions = Table | Callable[[str], Function | None]

__all__ = ["Template", "TemplateSet"]

_LARGE = "what the templates of a chart keep and print fits into a few megabytes; this one makes far more"
# Go has no such bound; a statement keeps a list of those in sight, so memory is its square.
_MAX_VARIABLES = 5000


class Template:
    """One named template: a body of a parsed text. Its closures are shared by every set that holds it."""

    __slots__ = ("body", "code", "family", "leaves", "name", "next_range", "next_slot", "parse_name", "slots", "text")

    def __init__(
        self,
        family: _Family,
        name: str,
        parse_name: str,
        text: str,
        body: tuple[Node, ...],
        variables: int,
        leaves: bool,
    ) -> None:
        self.family = family
        self.name = name
        self.parse_name = parse_name
        self.text = text
        self.body = body
        self.code: Statement | None = None
        self.next_slot = 2
        self.next_range = 1
        self.slots: list[object] = [None] * variables
        self.leaves = leaves

    def is_empty(self) -> bool:
        return nodes.is_empty(self.text, self.body)

    def run(self, dot: object, here: Run, write: Callable[[str], object]) -> None:
        """Execute with `dot` as `.` and `$`."""
        code = self.code
        if code is None:
            code = self.code = Bodies(self, (("$", 1, False, False),), None).body(self.body)
        frame = [here, dot, *self.slots]
        code(dot, frame, write)
        if here.held or here.assigned:
            here.forget(frame)


class Run:
    """One execution: the set whose templates it sees, the budget it shares with the executions around it, and notes for
    error texts.

    last: see ``variables``; receiver: of the method being called; held: whether what a range gives lies in interfaces,
    where that differs from what the text tells; assigned: the same of what was assigned to a variable.
    """

    __slots__ = ("assigned", "budget", "held", "last", "receiver", "set")

    def __init__(self, template_set: TemplateSet, budget: Budget) -> None:
        self.set = template_set
        self.budget = budget
        self.held: dict[tuple[int, int], bool] = {}
        self.assigned: dict[tuple[int, int], tuple[bool, object]] = {}
        self.last: Any = None
        self.receiver: object = None

    def holds(self, frame: list[Any], slot: int, ranged: bool) -> bool:
        """Whether a variable's value lies in an interface; `ranged`: as its declaration has it."""
        note = self.assigned.get((id(frame), slot))
        if note is not None and note[1] is frame[slot]:
            return note[0]
        return self.held.get((id(frame), slot), ranged)

    def forget(self, frame: list[Any]) -> None:
        """Drop the notes on a frame that ends; its identity may be another's next."""
        mine = id(frame)
        for notes in (self.held, self.assigned):
            for key in [key for key in notes if key[0] == mine]:
                del notes[key]


class _Family:
    """What a set and its clones share: functions, options, and what has been parsed already."""

    __slots__ = (
        "account",
        "active",
        "found",
        "integer_ranges",
        "late",
        "limits",
        "missing_key",
        "offered",
        "parsed",
        "resolve",
    )

    def __init__(self, functions: Functions, missing_key: str, limits: Limits, late: Iterable[str]) -> None:
        self.resolve = functions if callable(functions) else functions.get
        # A table can say that it has a function without making it (which may import a module).
        self.offered = None if callable(functions) else functions
        self.found: dict[str, Function | None] = {}
        self.missing_key = missing_key
        self.limits = limits
        self.late = frozenset(late)
        self.parsed: dict[tuple[str, str], list[Template]] = {}
        self.active = _local()
        self.integer_ranges = True
        self.account = Account()

    def function(self, name: str) -> Function | None:
        found = self.found
        if name not in found:
            found[name] = self.resolve(name) or BUILTINS.get(name)
        return found[name]

    def check(self, name: str, functions: Iterable[tuple[str, int]], text: str = "") -> None:
        """Refuse a text that calls what does not exist. Raises ParseError."""
        offered = self.offered
        for function, line in functions:
            if offered is not None and function in offered:
                continue
            if self.function(function) is None:
                detail = f"function {quote(function)} not defined"
                raise ParseError(f"template: {name}:{line}: {detail}", name=name, line=line, detail=detail, text=text)

    def call_method(self, method: Function, receiver: object, name: str, place: AnyPlace) -> object:
        """A method in the middle of a chain, or at its end without arguments."""
        from charthouse.gotemplate.invocation import CAUGHT

        if method.parameters:
            place.fail(f"wrong number of args for {name}: want {_wanted(method)} got 0")
        try:
            return method.implementation(receiver)
        except CAUGHT as error:
            if isinstance(error, LimitError):
                raise
            return place.fail(f"error calling {name}: {error}", error)


def _wanted(method: Function) -> str:
    return f"at least {len(method.parameters)}" if method.variadic else str(len(method.parameters))


class TemplateSet:
    """Templates that see each other.

    functions: by name, or a function that finds them; a template's text is refused when it calls one that is not there.
    missing_key: what a missing map key is: "zero" (Helm), "error" (Helm's strict mode) or "default" (no value).
    late: names of functions that clones may give other implementations (see ``clone``). limits: of all runs together.
    """

    __slots__ = ("family", "own", "templates")

    def __init__(
        self,
        functions: Functions,
        *,
        missing_key: str = "default",
        limits: Limits | None = None,
        late: Iterable[str] = (),
    ) -> None:
        if missing_key not in ("zero", "error", "default"):
            raise TemplateError(f"unknown missing_key {quote(missing_key)}")
        self.family = _Family(functions, missing_key, limits or Limits(), late)
        self.own: Mapping[str, Function] = {}
        self.templates: dict[str, Template] = {}

    def clone(self, functions: Mapping[str, Function] | None = None) -> TemplateSet:
        """A set with the same templates; what is parsed into it stays in it.

        functions: other implementations of functions named in `late` (same signatures) for whatever runs in this set.
        """
        twin = TemplateSet.__new__(TemplateSet)
        twin.family = self.family
        twin.own = {**self.own, **functions} if functions else self.own
        twin.templates = self.templates.copy()
        return twin

    def bind(self, limits: Limits) -> None:
        """Begin a new account, with these limits."""
        self.family.limits = limits
        self.family.account = Account()

    def function(self, name: str) -> Function | None:
        """The function templates of this set call by `name`."""
        return self.own.get(name) or self.family.function(name)

    def parse(self, name: str, text: str) -> Template:
        """Parse a text and keep its templates; `name` and every `define` and `block` in it.

        A template that is empty but for space does not replace one that exists. Returns the text's own template, which
        is the one just parsed even then. Raises ParseError with Go's text.
        """
        key = (name, text)
        made = self.family.parsed.get(key)
        if made is None:
            from charthouse.gotemplate.scanner import parse_text

            try:
                tree = parse_text(name, text)
            except ParseError as error:
                self.family.check(name, error.functions, text)
                raise
            made = self._made(tree)
            self.family.parsed[key] = made
        self._keep(made)
        return made[-1]

    def add_tree(self, name: str, tree: Tree) -> Template:
        """Keep the templates of a tree ``parse_text`` made before. Raises ParseError as ``parse`` does."""
        if tree[0] != nodes.VERSION or tree[1] != name:
            raise TemplateError(f"tree of {quote(name)} is of another version or name")
        made = self._made(tree)
        self.family.parsed[(name, tree[2])] = made
        self._keep(made)
        return made[-1]

    def _made(self, tree: Tree) -> list[Template]:
        _, parse_name, text, templates, functions = tree
        self.family.check(parse_name, functions, text)
        for name, _, count in templates:
            if count > _MAX_VARIABLES:
                detail = f"{quote(name)} declares more than {_MAX_VARIABLES} variables"
                raise ParseError(
                    f"template: {parse_name}:1: {detail}", name=parse_name, line=1, detail=detail, text=text
                )
        # Whether a body may have to be left early; most texts never say so.
        leaves = "break" in text or "continue" in text
        made = [Template(self.family, name, parse_name, text, body, count, leaves) for name, body, count in templates]
        # The text's own template last, wherever the tree has it.
        made.sort(key=lambda template: template.name == parse_name)
        return made

    def _keep(self, made: list[Template]) -> None:
        templates = self.templates
        for template in made:
            if template.name in templates and template.is_empty():
                continue
            templates[template.name] = template

    def lookup(self, name: str) -> Template | None:
        return self.templates.get(name)

    def names(self) -> list[str]:
        """The names of all templates, in order of their first appearance."""
        return list(self.templates)

    def execute(self, name: str, data: object, *, root: str = "gotpl") -> str:
        """Run a template by name (Go's ``ExecuteTemplate``). `root` is the name the error for a missing one shows.

        Raises ExecError with Go's text; LimitError.
        """
        template = self.templates.get(name)
        if template is None:
            detail = f"no template {quote(name)} associated with template {quote(root)}"
            raise TemplateError(f"template: {detail}")
        return self.run(template, data)

    def run(self, template: Template, data: object) -> str:
        """Run a template that ``parse`` or ``lookup`` returned; nested runs in one thread share one budget."""
        active = self.family.active
        budget: Budget | None = getattr(active, "budget", None)
        if budget is None:
            return self._outermost(template, data)
        if budget.depth >= budget.limits.depth:
            # Go would run out of stack here and die; Helm stops `include` long before, but not `tpl`.
            raise LimitError(
                f"rendering template failed: exceeded maximum template depth ({GO_DEPTH})",
                limit="depth",
                hint=f"template {quote(template.name)} runs itself without end",
            )
        budget.left -= CALL
        if budget.left < 0:
            budget.refill()
        out: list[str] = []
        budget.depth += 1
        depth = budget.depth
        try:
            template.run(NOVALUE if data is None else data, Run(self, budget), out.append)
        finally:
            budget.depth = depth - 1
        if len(out) > 8:  # a few are no danger, and many may be one long text again and again
            budget.check_output(sum(map(len, out)))
        text = "".join(out)
        budget.check_output(len(text))
        return text

    def _outermost(self, template: Template, data: object) -> str:
        limits = self.family.limits
        return deep(lambda: self._budgeted(template, data, limits), limits)

    def _budgeted(self, template: Template, data: object, limits: Limits) -> str:
        active = self.family.active
        account = self.family.account
        budget = Budget(limits, account)
        active.budget = budget
        try:
            text = self.run(template, data)
            budget.settle(account, len(text))
            return text
        except RecursionError as error:
            raise LimitError("values or templates are nested too deeply", limit="depth") from error
        except TooLarge as error:
            raise LimitError(str(error), limit="size") from error
        except MemoryError as error:
            raise LimitError("template needs more memory than it may have", limit="memory", hint=_LARGE) from error
        finally:
            active.budget = None
