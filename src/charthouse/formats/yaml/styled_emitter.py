"""Trees with comments and styles back to text, as go-yaml v3's encoder writes a ``Node``: indentation 2, sequences
level with their key (kyaml's settings), lines never folded.

Whose rules: go.yaml.in/yaml/v3 v3.0.5 `encode.go` (`node`), `emitterc.go`: the state machine, where a comment goes.
sigs.k8s.io/kustomize/kyaml v0.21.2 `yaml/alias.go` (`NewEncoder`).
"""

from __future__ import annotations

from charthouse.formats.yaml.commented_nodes import ALIAS, MAP, SCALAR, SEQUENCE, StyledNode
from charthouse.formats.yaml.styled_scalars import analyse
from charthouse.formats.yaml.styled_writer import Writer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

__all__ = ["write_styled"]

_LONGEST_KEY = 128


class _Event:
    """What the emitter is told. kind: "document start", "document end", a node's kind (of a collection: its start), or
    "sequence end", "map end". node: the node, of ends too."""

    __slots__ = ("empty", "foot", "head", "kind", "line", "node", "tail")

    def __init__(self, kind: str, node: StyledNode, tail: str = "") -> None:
        self.kind, self.node, self.tail = kind, node, tail
        self.head = self.line = self.foot = ""
        self.empty = not node.children


def write_styled(documents: Iterable[StyledNode]) -> str:
    """The documents, `---` between them."""
    emitter = _Emitter()
    for document in documents:
        for event in _document(document):
            emitter.emit(event)
    return "".join(emitter.out)


def _document(node: StyledNode) -> Iterator[_Event]:
    inside = node.children if node.kind == "document" else [node]
    start = _Event("document start", node)
    end = _Event("document end", node)
    if node.kind == "document":
        start.head, end.foot = node.head, node.foot
    yield start
    for child in inside:
        yield from _events(child, "")
    yield end


def _events(node: StyledNode, tail: str) -> Iterator[_Event]:
    event = _Event(node.kind, node, tail)
    event.head = node.head
    if node.kind in (SCALAR, ALIAS):
        event.line, event.foot = node.line, node.foot
        if node.kind == ALIAS:
            event.tail = ""
        yield event
        return
    end = _Event(f"{node.kind} end", node)
    end.line, end.foot = node.line, node.foot
    if node.kind == SEQUENCE:
        event.tail = ""
        yield event
        for child in node.children:
            yield from _events(child, "")
    else:
        yield event
        waiting = ""
        for at in range(0, len(node.children), 2):
            key, value = node.children[at], node.children[at + 1]
            foot, key.foot = key.foot, ""
            yield from _events(key, waiting)
            key.foot = waiting = foot
            yield from _events(value, "")
        end.tail = waiting
    yield end


class _Emitter(Writer):
    """`yaml_emitter_t`: one event after the other through a stack of states."""

    def __init__(self) -> None:
        super().__init__()
        self.state = "first document"
        self.key_line = ""
        self.in_mapping = False
        self.steps: dict[str, Callable[[_Event], None]] = {
            "first document": lambda event: self.document_start(event, first=True),
            "document": lambda event: self.document_start(event, first=False),
            "content": self.content,
            "document end": self.document_end,
            "flow sequence first": lambda event: self.flow_item(event, first=True, trail=False),
            "flow sequence trail": lambda event: self.flow_item(event, first=False, trail=True),
            "flow sequence": lambda event: self.flow_item(event, first=False, trail=False),
            "flow map first": lambda event: self.flow_key(event, first=True, trail=False),
            "flow map trail": lambda event: self.flow_key(event, first=False, trail=True),
            "flow map": lambda event: self.flow_key(event, first=False, trail=False),
            "flow simple value": lambda event: self.flow_value(event, simple=True),
            "flow value": lambda event: self.flow_value(event, simple=False),
            "sequence first": lambda event: self.item(event, first=True),
            "sequence": lambda event: self.item(event, first=False),
            "map first": lambda event: self.key(event, first=True),
            "map": lambda event: self.key(event, first=False),
            "simple value": lambda event: self.value(event, simple=True),
            "value": lambda event: self.value(event, simple=False),
        }

    def emit(self, event: _Event) -> None:
        self.head = event.head or self.head
        self.line = event.line or self.line
        self.foot = event.foot or self.foot
        self.tail = event.tail or self.tail
        self.steps[self.state](event)

    # --- documents -----------------------------------------------------------------------------------------------

    def document_start(self, event: _Event, *, first: bool) -> None:
        if not first:
            self.write_indent()
            self.indicator("---", space=True)
            self.write_indent()
        if self.head:
            self.head_comment()
            self.put_break()
        self.state = "content"

    def content(self, event: _Event) -> None:
        self.states.append("document end")
        self.head_comment()
        self.node(event)
        self.line_comment()
        self.foot_comment()

    def document_end(self, event: _Event) -> None:
        self.foot_indent = 0
        self.foot_comment()
        self.foot_indent = -1
        self.write_indent()
        self.state = "document"

    # --- flow collections ----------------------------------------------------------------------------------------

    def flow_item(self, event: _Event, *, first: bool, trail: bool) -> None:
        if first:
            self.indicator("[", space=True, whitespace=True)
            self.increase(flow=True)
            self.flow += 1
        if event.kind == "sequence end":
            self.flow -= 1
            self.indent = self.indents.pop()
            if self.column == 0:
                self.write_indent()
            self.indicator("]")
            self.line_comment()
            self.foot_comment()
            self.state = self.states.pop()
            return
        if not first and not trail:
            self.indicator(",")
        self.head_comment()
        if self.column == 0:
            self.write_indent()
        commented = bool(self.line or self.foot or self.tail)
        self.states.append("flow sequence trail" if commented else "flow sequence")
        self.node(event)
        self.flow_comments()

    def flow_comments(self) -> None:
        if self.line or self.foot or self.tail:
            self.indicator(",")
        self.line_comment()
        self.foot_comment()

    def flow_key(self, event: _Event, *, first: bool, trail: bool) -> None:
        if first:
            self.indicator("{", space=True, whitespace=True)
            self.increase(flow=True)
            self.flow += 1
        if event.kind == "map end":
            if (self.head or self.foot or self.tail) and not first and not trail:
                self.indicator(",")
            self.head_comment()
            self.flow -= 1
            self.indent = self.indents.pop()
            self.indicator("}")
            self.line_comment()
            self.foot_comment()
            self.state = self.states.pop()
            return
        if not first and not trail:
            self.indicator(",")
        self.head_comment()
        if self.column == 0:
            self.write_indent()
        if self.is_simple_key(event):
            self.states.append("flow simple value")
            self.node(event, mapping=True, simple=True)
            return
        self.indicator("?", space=True)
        self.states.append("flow value")
        self.node(event, mapping=True)

    def flow_value(self, event: _Event, *, simple: bool) -> None:
        self.indicator(":", space=not simple)
        commented = bool(self.line or self.foot or self.tail)
        self.states.append("flow map trail" if commented else "flow map")
        self.node(event, mapping=True)
        self.flow_comments()

    # --- block collections ---------------------------------------------------------------------------------------

    def item(self, event: _Event, *, first: bool) -> None:
        if first:
            self.increase(level=self.in_mapping and (self.column == 0 or not self.indention))
        if event.kind == "sequence end":
            self.indent = self.indents.pop()
            self.state = self.states.pop()
            return
        self.head_comment()
        self.write_indent()
        self.indicator("-", space=True, indention=True)
        self.states.append("sequence")
        self.node(event)
        self.line_comment()
        self.foot_comment()

    def key(self, event: _Event, *, first: bool) -> None:
        if first:
            self.increase()
        self.head_comment()
        if event.kind == "map end":
            self.indent = self.indents.pop()
            self.state = self.states.pop()
            return
        self.write_indent()
        if self.line:
            self.key_line, self.line = self.line, ""
        if self.is_simple_key(event):
            self.states.append("simple value")
            self.node(event, mapping=True, simple=True)
            return
        self.indicator("?", space=True, indention=True)
        self.states.append("value")
        self.node(event, mapping=True)

    def value(self, event: _Event, *, simple: bool) -> None:
        if simple:
            self.indicator(":")
        else:
            self.write_indent()
            self.indicator(":", space=True, indention=True)
        if self.key_line:
            if event.kind == SCALAR:
                if not self.line:
                    self.line, self.key_line = self.key_line, ""
            elif event.node.style != "flow" and event.kind in (MAP, SEQUENCE):
                self.line, self.key_line = self.key_line, self.line
                self.line_comment()
                self.line, self.key_line = self.key_line, self.line
        self.states.append("map")
        self.node(event, mapping=True)
        self.line_comment()
        self.foot_comment()

    # --- nodes ---------------------------------------------------------------------------------------------------

    def is_simple_key(self, event: _Event) -> bool:
        node = event.node
        if event.kind in (MAP, SEQUENCE):
            return event.empty and len(node.anchor) + len(node.tag) <= _LONGEST_KEY
        if event.kind == SCALAR and analyse(node.value).multiline:
            return False
        size = len(node.value.encode("utf-8", "surrogateescape"))
        return size + len(node.anchor) + len(node.tag) <= _LONGEST_KEY

    def node(self, event: _Event, *, mapping: bool = False, simple: bool = False) -> None:
        self.in_mapping, self.simple_key = mapping, simple
        node = event.node
        if event.kind == ALIAS:
            self.indicator("*", space=True)
            self.text(node.value)
            self.state = self.states.pop()
            return
        if node.anchor:
            self.indicator("&", space=True)
            self.text(node.anchor)
        if event.kind == SCALAR:
            self.scalar(node)
            self.state = self.states.pop()
            return
        self.write_tag(node.tag)
        flow = self.flow > 0 or node.style == "flow" or event.empty
        self.state = f"{'flow ' if flow else ''}{event.kind} first"
