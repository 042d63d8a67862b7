"""Bodies of templates, run statement by statement, printing text that knows where it came from.

Rules: text/template/exec.go of Go 1.27 (``walk…``), Helm 4.3.1 pkg/engine/engine.go includeFun, tplFun.
"""

from __future__ import annotations

from bisect import bisect_left

from charthouse.engine.trace.activation import Activation
from charthouse.engine.trace.expressions import Expressions
from charthouse.engine.trace.knowledge import CLEAN, Knowledge
from charthouse.engine.trace.segments import Condition, Frame, Segment, Text, aligned, united
from charthouse.golang.fmt import sorted_items
from charthouse.golang.kinds import GoError, SizedInt, Uint8
from charthouse.gotemplate import nodes
from charthouse.gotemplate.builtins import printed
from charthouse.gotemplate.errors import LimitError, ParseError, TemplateError
from charthouse.gotemplate.limits import GO_DEPTH
from charthouse.gotemplate.nodes import node_text
from charthouse.gotemplate.novalue import NOVALUE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any

    from charthouse.engine.trace.expressions import Result
    from charthouse.engine.trace.knowledge import Taint
    from charthouse.engine.trace.segments import Reads
    from charthouse.gotemplate.limits import Budget
    from charthouse.gotemplate.nodes import Node
    from charthouse.gotemplate.program import Template

__all__ = ["Statements"]

_BREAK, _CONTINUE = 1, 2
_WORDS = {nodes.IF: "if", nodes.WITH: "with", nodes.RANGE: "range"}
_MAX_NESTED = 1000
_NO_VALUE = "<no value>"
_ROOT = "gotpl"


class _Output:
    """Text as it is printed."""

    __slots__ = ("parts", "segments", "size")

    def __init__(self) -> None:
        self.parts: list[str] = []
        self.segments: list[Segment] = []
        self.size = 0

    def put(self, text: str, frame: Frame, reads: Reads) -> None:
        if text or reads:
            self.parts.append(text)
            self.segments.append(Segment(self.size, self.size + len(text), frame, reads))
            self.size += len(text)

    def put_made(self, text: str, segments: list[Segment]) -> None:
        self.parts.append(text)
        move = self.size
        for segment in segments:
            self.segments.append(Segment(segment.start + move, segment.end + move, segment.frame, segment.reads))
        self.size += len(text)

    def text(self) -> Text:
        return Text("".join(self.parts), self.segments)


class Statements(Expressions):
    """Runs templates. budget: what they may use up; current: the statement that ran last, for errors."""

    def __init__(self, knowledge: Knowledge, budget: Budget) -> None:
        super().__init__(knowledge)
        self.budget = budget
        self.current: Frame | None = None
        self.nested: dict[str, int] = {}

    def run(self, run: Activation) -> Text:
        """What a template prints."""
        limits = self.budget.limits
        if run.depth >= limits.depth:
            raise LimitError(f"rendering template failed: exceeded maximum template depth ({GO_DEPTH})", limit="depth")
        out = _Output()
        self.body(run.template.body, run, out)
        self.budget.check_output(out.size)
        return out.text()

    def body(self, body: tuple[Node, ...], run: Activation, out: _Output) -> int:
        for node in body:
            way_out = self.statement(node, run, out)
            if way_out:
                return way_out
        return 0

    def inner(self, body: tuple[Node, ...] | None, run: Activation, out: _Output, condition: Condition) -> int:
        """A branch: variables declared in it end with it."""
        if body is None:
            return 0
        mark, outer = len(run.variables), run.condition
        run.condition = condition
        way_out = self.body(body, run, out)
        run.condition = outer
        del run.variables[mark:]
        return way_out

    def statement(self, node: Node, run: Activation, out: _Output) -> int:
        kind = node[0]
        if kind == nodes.TEXT:
            self.print_text(node, run, out)
            return 0
        if kind in (nodes.BREAK, nodes.CONTINUE):
            return _BREAK if kind == nodes.BREAK else _CONTINUE
        self.budget.left -= 1
        if self.budget.left < 0:
            self.budget.refill()
        run.base = node[1]
        if kind == nodes.TEMPLATE:
            self.template(node, run, out)
            return 0
        frame = Frame(run.template, node[1] + node[2][1], "action", run.caller, run.condition, node_text(node[2]))
        self.current = frame
        if kind == nodes.ACTION:
            value, taint = self.pipe(node[2], run)
            if not node[2][3]:
                self.print(value, taint, frame, run, out)
            return 0
        mark, before = len(run.variables), out.size
        way_out, reads = self.range(node, run, out) if kind == nodes.RANGE else self.choice(node, run, out)
        del run.variables[mark:]
        if out.size == before:
            frame.kind = "branch"
            frame.text = f"{_WORDS[kind]} {frame.text}"
            out.put("", frame, reads)
        return way_out

    # Printing.

    def print_text(self, node: Node, run: Activation, out: _Output) -> None:
        """Plain text, a segment for each line."""
        text = run.template.text
        at, end = node[1], node[2]
        while at < end:
            stop = text.find("\n", at, end)
            stop = end if stop < 0 else stop + 1
            line = text[at:stop]
            frame = Frame(run.template, at + len(line) - len(line.lstrip()), "text", run.caller, run.condition)
            out.put(line, frame, self.template_reads(run, at, stop))
            at = stop

    def template_reads(self, run: Activation, start: int, end: int) -> Reads:
        """The values a text given to `tpl` itself came from."""
        source = run.source
        return () if source is None else united(*[segment.reads for segment in source.between(start, end)])

    def print(self, value: Any, taint: Taint, frame: Frame, run: Activation, out: _Output) -> None:
        text = value
        if type(value) is not str:
            text, taint = printed(value), self.knowledge.whole(value, taint)
        reads = united(taint[0], self.template_reads(run, frame.position, frame.position + 1))
        if taint[1] and text:
            out.put_made(text, aligned(text, taint[1], frame, reads))
        else:
            out.put(text, frame, united(reads, *[source.reads() for source in taint[1]]))

    # Branches.

    def choice(self, node: Node, run: Activation, out: _Output) -> tuple[int, Reads]:
        """`if` and `with`: the way out, and what decided."""
        value, taint = self.pipe(node[2], run)
        reads = _reads(self.knowledge.whole(value, taint))
        shown = f"{_WORDS[node[0]]} {node_text(node[2])}"
        condition = Condition(run.template, node[1], shown, reads, bool(value), run.condition)
        if not value:
            return self.inner(node[4], run, out, condition), reads
        if node[0] == nodes.IF:
            return self.inner(node[3], run, out, condition), reads
        dot, around = run.dot, run.taint
        run.dot, run.taint = value, taint
        way_out = self.inner(node[3], run, out, condition)
        run.dot, run.taint = dot, around
        return way_out, reads

    def range(self, node: Node, run: Activation, out: _Output) -> tuple[int, Reads]:
        pipe = node[2]
        value, taint = self.bare_pipe(pipe, run)
        names = [variable[2][0] for variable in pipe[3]]
        for name in names:
            run.put(name, value, taint, assign=pipe[2])
        shown = f"range {node_text(pipe)}"
        reads = _reads(self.knowledge.whole(value, taint))
        condition = Condition(run.template, node[1], shown, reads, bool(value), run.condition)
        items = self.items(value, taint, len(names), node, run)
        if not items:
            return (_CONTINUE if self.inner(node[4], run, out, condition) == _CONTINUE else 0), reads
        dot, around = run.dot, run.taint
        key_of = self.knowledge.key_of
        for key, element, inside in items:
            self.budget.left -= 1
            if self.budget.left < 0:
                self.budget.refill()
            if names:
                if len(names) > 1:
                    run.put(names[0], key, key_of(value, taint, key, inside), assign=True)
                run.put(names[-1], element, inside, assign=True)
            run.dot, run.taint = element, inside
            if self.inner(node[3], run, out, condition) == _BREAK:
                break
        run.dot, run.taint = dot, around
        return 0, reads

    def items(
        self, value: Any, taint: Taint, variables: int, node: Node, run: Activation
    ) -> Iterable[tuple[Any, Any, Taint]]:
        """(key, element, taint of both), as Go ranges over a value."""
        child = self.knowledge.child
        if isinstance(value, list):
            return [(at, entry, child(value, taint, at, entry)) for at, entry in enumerate(value)]
        if isinstance(value, dict):
            return [(key, entry, child(value, taint, key, entry)) for key, entry in sorted_items(value)]
        if value is NOVALUE:
            return []
        if isinstance(value, bytes):
            return [(at, Uint8(byte), taint) for at, byte in enumerate(value)]
        if isinstance(value, int) and type(value) is not bool:
            if variables > 1:
                text = f"can't use {printed(value)} to iterate over more than one variable"
                self.fail(run, node[2], text)
            made = type(value) if isinstance(value, SizedInt) else int
            return ((NOVALUE, made(number), taint) for number in range(value)) if value > 0 else ()
        return self.fail(run, node[2], f"range can't iterate over {printed(value)}")

    # Templates within templates.

    def template(self, node: Node, run: Activation, out: _Output) -> None:
        _, base, position, name, pipe = node
        frame = Frame(run.template, base + position, "template", run.caller, run.condition, node_text(node)[2:-2])
        self.current = frame
        target = run.set.lookup(name)
        if target is None:
            self.fail(run, (nodes.TEMPLATE, position, *node[2:]), f'template "{name}" not defined')
        value, taint = (NOVALUE, CLEAN) if pipe is None else self.pipe(pipe, run)
        text = self.run(self.entered(target, run, value, taint, frame))
        self.current = frame
        out.put_made(text.text, text.segments)

    def entered(self, target: Template, run: Activation, value: Any, taint: Taint, frame: Frame) -> Activation:
        source = run.source if target.text is run.template.text else None
        return Activation(target, run.set, value, taint, caller=frame, source=source, depth=run.depth + 1)

    def call_include(self, run: Activation, name: str, data: Any, taint: Taint) -> Result:
        count = self.nested.get(name, 0)
        if count > _MAX_NESTED:
            raise GoError(f"rendering template has a nested reference name: {name}: unable to execute template")
        target = run.set.lookup(name)
        if target is None:
            raise TemplateError(f'template: no template "{name}" associated with template "{_ROOT}"')
        frame = self.call_frame(run)
        self.nested[name] = count + 1
        try:
            text = self.run(self.entered(target, run, NOVALUE if data is None else data, taint, frame))
        finally:
            self.nested[name] -= 1
        self.current = frame
        return text.text, ((), (text,))

    def call_tpl(self, run: Activation, text: Result, data: Result) -> Result:
        given, taint = text
        if "{{" not in given:
            return given.replace(_NO_VALUE, ""), taint
        inner = run.set.clone()
        try:
            template = inner.parse(_ROOT, given)
        except ParseError as error:
            raise GoError(f"cannot parse template: {error}") from error
        frame = self.call_frame(run)
        source = Text(given, aligned(given, taint[1], None, taint[0]))
        dot = NOVALUE if data[0] is None else data[0]
        made = self.run(Activation(template, inner, dot, data[1], caller=frame, source=source, depth=run.depth + 1))
        self.current = frame
        made = without_no_value(made)
        return made.text, ((), (made,))

    def call_frame(self, run: Activation) -> Frame:
        """The action that is calling, at the function's name."""
        current = self.current
        shown = current.text if current is not None else ""
        frame = Frame(run.template, run.calling, "action", run.caller, run.condition, shown)
        self.current = frame
        return frame


def _reads(taint: Taint) -> Reads:
    return united(taint[0], *[text.reads() for text in taint[1]])


def without_no_value(text: Text) -> Text:
    """Helm takes `<no value>` out of what templates print; the segments that printed it stay, empty."""
    if _NO_VALUE not in text.text:
        return text
    size = len(_NO_VALUE)
    gone = list(_places(text.text, _NO_VALUE))

    def moved(offset: int) -> int:
        before = bisect_left(gone, offset)
        return offset - ((before - 1) * size + min(offset - gone[before - 1], size) if before else 0)

    segments = [
        Segment(moved(segment.start), moved(segment.end), segment.frame, segment.reads) for segment in text.segments
    ]
    return Text(text.text.replace(_NO_VALUE, ""), segments)


def _places(text: str, part: str) -> Iterator[int]:
    at = text.find(part)
    while at >= 0:
        yield at
        at = text.find(part, at + len(part))
