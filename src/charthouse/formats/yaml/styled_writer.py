"""The text of styled YAML as it grows: indentation, indicators, comments and scalars.

Whose rules: go.yaml.in/yaml/v3 v3.0.5 `emitterc.go`: the functions that write, whatever state the emitter is in.
"""

from __future__ import annotations

from charthouse.formats.yaml.styled_scalars import analyse, double_quoted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from charthouse.formats.yaml.commented_nodes import StyledNode
    from charthouse.formats.yaml.styled_scalars import Analysis

__all__ = ["Writer"]

_BREAKS = "\n\r\x85\u2028\u2029"
_INDENT = 2


class Writer:
    """out: the pieces. head, line, foot, tail: comments that wait for their place; flow: depth of brackets;
    simple_key: a key is being written."""

    def __init__(self) -> None:
        self.out: list[str] = []
        self.column = 0
        self.indent = -1
        self.indents: list[int] = []
        self.states: list[str] = []
        self.whitespace = self.indention = True
        self.foot_indent = -1
        self.flow = 0
        self.head = self.line = self.foot = self.tail = ""
        self.simple_key = False

    def write_tag(self, tag: str) -> None:
        if not tag:
            return
        if not self.whitespace:
            self.text(" ")
        self.text(tag if tag.startswith("!") else f"!<{tag}>")

    def scalar(self, node: StyledNode) -> None:
        found = analyse(node.value)
        style = self.style_of(node, found)
        self.write_tag(node.tag)
        self.increase(flow=True)
        if style in ("literal", "folded"):
            self.block(node.value, folded=style == "folded")
        elif style == "double":
            self.quoted(double_quoted(node.value))
        elif style == "single":
            self.broken("'" + node.value.replace("'", "''") + "'")
        elif node.value:
            self.broken(node.value)
        else:
            self.indention = False
        self.indent = self.indents.pop()

    def style_of(self, node: StyledNode, found: Analysis) -> str:
        style = node.style or "plain"
        if style == "plain" and "\n" in node.value:
            style = "literal"
        if self.simple_key and found.multiline:
            style = "double"
        if style == "plain":
            allowed = found.flow_plain if self.flow else found.block_plain
            if not allowed or (not node.value and (self.flow or self.simple_key)):
                style = "single"
        if style == "single" and not found.single:
            style = "double"
        if style in ("literal", "folded") and (not found.block or self.flow or self.simple_key):
            style = "double"
        return style

    def quoted(self, text: str) -> None:
        if not self.whitespace:
            self.text(" ")
        self.text(text)

    def broken(self, text: str) -> None:
        """Plain or in single quotes; a line break inside becomes two, the next line is indented."""
        if not self.whitespace:
            self.text(" ")
        if text.isascii() and "\n" not in text and "\r" not in text:
            self.text(text)
            self.whitespace = False
            return
        breaks = False
        for char in text:
            if char in _BREAKS:
                if not breaks and char == "\n":
                    self.put_break()
                self.write_break(char)
                breaks = True
                continue
            if breaks and char != " ":
                self.write_indent()
                breaks = False
            self.out.append(char)
            self.column += 1
            self.indention = self.indention and char == " "
        self.whitespace = self.indention = False

    def block(self, text: str, *, folded: bool) -> None:
        """``|`` or ``>``, its hints, its comment, its lines."""
        self.indicator(">" if folded else "|", space=True)
        if text[:1] == " " or (text and text[0] in _BREAKS):
            self.indicator(str(_INDENT))
        if not text or text[-1] not in _BREAKS:
            self.indicator("-")
        elif len(text) == 1 or text[-2] in _BREAKS:
            self.indicator("+")
        if self.line:
            self.line_comment()
        else:
            self.put_break()
        self.whitespace = True
        breaks = leading = True
        # go-yaml looks for what follows line breaks from the text's beginning, not from here
        skipped = text.lstrip(_BREAKS)
        folds = folded and bool(skipped) and skipped[0] not in " \t\0"
        for char in text:
            if char in _BREAKS:
                if folds and not breaks and not leading and char == "\n":
                    self.put_break()
                self.write_break(char)
                breaks = True
                continue
            if breaks:
                self.write_indent()
                leading = char in " \t"
            self.out.append(char)
            self.column += 1
            self.indention = breaks = False

    # --- comments ------------------------------------------------------------------------------------------------

    def head_comment(self) -> None:
        if self.tail:
            self.write_indent()
            self.comment(self.tail)
            self.tail = ""
            self.foot_indent = max(self.indent, 0)
        if self.head:
            self.write_indent()
            self.comment(self.head)
            self.head = ""

    def line_comment(self) -> None:
        if not self.line:
            return
        if not self.whitespace:
            self.out.append(" ")
            self.column += 1
        self.comment(self.line)
        self.line = ""

    def foot_comment(self) -> None:
        if not self.foot:
            return
        self.write_indent()
        self.comment(self.foot)
        self.foot = ""
        self.foot_indent = max(self.indent, 0)

    def comment(self, text: str) -> None:
        breaks = pound = False
        for char in text:
            if char in _BREAKS:
                self.write_break(char)
                breaks, pound = True, False
                continue
            if breaks:
                self.write_indent()
            if not pound:
                if char != "#":
                    self.out.append("# ")
                    self.column += 2
                pound = True
            self.out.append(char)
            self.column += 1
            self.indention = breaks = False
        if not breaks:
            self.put_break()
        self.whitespace = True

    # --- characters ----------------------------------------------------------------------------------------------

    def increase(self, *, flow: bool = False, level: bool = False) -> None:
        """level: a sequence stands level with its key."""
        self.indents.append(self.indent)
        if self.indent < 0:
            self.indent = _INDENT if flow else 0
        elif self.states and self.states[-1] == "sequence":
            self.indent += 2
        else:
            self.indent = _INDENT * ((self.indent + _INDENT) // _INDENT) - (2 if level else 0)

    def write_indent(self) -> None:
        indent = max(self.indent, 0)
        if not self.indention or self.column > indent or (self.column == indent and not self.whitespace):
            self.put_break()
        if self.foot_indent == indent:
            self.put_break()
        if self.column < indent:
            self.out.append(" " * (indent - self.column))
            self.column = indent
        self.whitespace = True
        self.foot_indent = -1

    def indicator(self, text: str, *, space: bool = False, whitespace: bool = False, indention: bool = False) -> None:
        if space and not self.whitespace:
            self.out.append(" ")
            self.column += 1
        self.out.append(text)
        self.column += len(text)
        self.whitespace = whitespace
        self.indention = self.indention and indention

    def text(self, text: str) -> None:
        self.out.append(text)
        self.column += len(text)
        self.whitespace = text == " "
        self.indention = False

    def put_break(self) -> None:
        self.out.append("\n")
        self.column = 0
        self.indention = True

    def write_break(self, char: str) -> None:
        if char == "\n":
            self.put_break()
            return
        self.out.append(char)
        self.column = 0
        self.indention = True
