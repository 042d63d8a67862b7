"""The fast way to read YAML: line by line, for the plain block style nearly all charts and manifests are written in.

It reads a subset and must be exactly right about it: whatever it is not sure of raises ``Unusual`` and the whole
document is read again by the complete reader (``scanner``, ``nodes``, ``decode``), which also words every error. Not
in the subset: anchors, aliases, tags, directives, merge keys, complex keys, tabs outside block scalars, carriage
returns, and the odder forms of what is in it. ``inline`` reads what stands on a line, ``blocks`` block scalars.

Rules: go.yaml.in/yaml/v2 v2.4.4 (scannerc.go, parserc.go, decode.go) and sigs.k8s.io/yaml v1.6.0 for keys.
"""

from __future__ import annotations

from charthouse.formats.yaml.blocks import block_scalar
from charthouse.formats.yaml.inline import (
    KEYS,
    MAX_KEY,
    SPECIAL,
    Unusual,
    closing,
    flow_node,
    key_text,
    nesting,
    nothing_follows,
    unescaped_end,
    unquoted,
)
from charthouse.formats.yaml.resolve import HINTS, WORDS, resolve_number

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["BlockReader"]

_MAX_DEPTH = 150
_MISSING = object()


class BlockReader:
    """Reads one document from its lines. scalars: the memo of plain scalars, shared by all readers that turn numbers
    into values by the same function `number`. strict: a key that comes twice in a map is not in the subset."""

    __slots__ = ("at", "end", "lines", "number", "scalars", "size", "strict")

    def __init__(self, lines: list[str], scalars: dict[str, Any], number: Any, strict: bool = False) -> None:
        self.lines = lines
        self.size = len(lines)
        self.at = 0
        self.end = False
        self.scalars = scalars
        self.number = number
        self.strict = strict

    # --- lines ---------------------------------------------------------------------------------------------------

    def next_line(self) -> int:
        """Goes to the next line with content; its indentation, -1 at the end of the document."""
        lines = self.lines
        at = self.at
        size = self.size
        while at < size:
            line = lines[at]
            body = line.lstrip(" ")
            if body and body[0] != "#":
                self.at = at
                indent = len(line) - len(body)
                if indent == 0 and body[0] in "-.%" and (body[0] == "%" or body[:3] in ("---", "...")):
                    return self.marker(body)
                return indent
            at += 1
        self.at = at
        return -1

    def marker(self, body: str) -> int:
        """A line that may be a document marker: -1 ends the document."""
        if body[0] == "%" or (len(body) > 3 and body[3] not in " "):
            if body[0] != "%" and body[3] != "\t":
                return 0
            raise Unusual
        self.end = True
        return -1

    def document(self) -> Any:
        """The value of the first document. Raises Unusual for all that is not plain."""
        lines = self.lines
        while self.at < self.size and (not lines[self.at].strip(" ") or lines[self.at].lstrip(" ")[0] == "#"):
            self.at += 1
        marked = self.at < self.size and lines[self.at].rstrip(" ") == "---"
        if marked:
            self.at += 1
        indent = self.next_line()
        if indent < 0:
            if self.end and not marked:
                raise Unusual
            return None
        value = self.node(indent, -1, 0)
        if self.next_line() >= 0:
            raise Unusual
        return value

    # --- nodes ---------------------------------------------------------------------------------------------------

    def node(self, indent: int, parent: int, depth: int) -> Any:
        """The node that begins on the current line, which is indented deeper than its parent's `parent` columns."""
        body = self.lines[self.at][indent:]
        if body[0] == "-" and (len(body) == 1 or body[1] == " "):
            return self.sequence(indent, depth + 1, body)
        found = self.split_key(body)
        if found is not None:
            return self.mapping(indent, depth + 1, found)
        if parent < 0 and body[0] in "|>":
            raise Unusual
        start = self.at = self.at + 1
        value = self.scalar(body, parent)
        if self.next_line() > parent >= 0:
            self.at = start
            value = self.continued(body, parent)
        return value

    def sequence(self, indent: int, depth: int, body: str) -> list[Any]:
        """The entries at a column. body: the first line from there on."""
        if depth > _MAX_DEPTH:
            raise Unusual
        out: list[Any] = []
        add = out.append
        lines = self.lines
        while True:
            rest = body[1:].lstrip(" ")
            if not rest or rest[0] == "#":
                self.at += 1
                below = self.next_line()
                add(self.node(below, indent, depth) if below > indent else None)
            elif rest[0] == "-" and (len(rest) == 1 or rest[1] == " "):
                add(self.sequence(indent + len(body) - len(rest), depth + 1, rest))
            else:
                found = self.split_key(rest)
                if found is None:
                    start = self.at = self.at + 1
                    value = self.scalar(rest, indent)
                    below = self.next_line()
                    if below > indent:
                        self.at = start
                        value = self.continued(rest, indent)
                    add(value)
                else:
                    add(self.mapping(indent + len(body) - len(rest), depth + 1, found))
            below = self.next_line()
            if below != indent:
                if below > indent:
                    raise Unusual
                return out
            body = lines[self.at][indent:]
            if body[0] != "-" or (len(body) > 1 and body[1] != " "):
                return out  # a key at this column: only right behind an indentless sequence, the mapping checks it

    def mapping(self, indent: int, depth: int, found: tuple[str, str]) -> dict[str, Any]:
        """The entries at a column. found: the first entry's key and the text behind its colon."""
        if depth > _MAX_DEPTH:
            raise Unusual
        out: dict[str, Any] = {}
        lines = self.lines
        scalars = self.scalars
        while True:
            key, rest = found
            if key in out and self.strict:
                raise Unusual
            self.at += 1
            if not rest or rest[0] == "#":
                below = self.next_line()
                if below > indent:
                    out[key] = self.node(below, indent, depth)
                    below = self.next_line()
                elif below == indent and self.dash(indent):
                    out[key] = self.sequence(indent, depth + 1, lines[self.at][indent:])
                    below = self.next_line()
                else:
                    out[key] = None
            else:
                start = self.at
                value = scalars.get(rest, _MISSING)
                out[key] = self.scalar(rest, indent) if value is _MISSING else value
                below = self.next_line()
                if below > indent:
                    self.at = start
                    out[key] = self.continued(rest, indent)
                    below = self.next_line()
            if below != indent:
                if below > indent:
                    raise Unusual
                return out
            again = self.split_key(lines[self.at][indent:])
            if again is None:
                raise Unusual
            found = again

    def dash(self, indent: int) -> bool:
        line = self.lines[self.at]
        return line[indent] == "-" and (len(line) == indent + 1 or line[indent + 1] == " ")

    # --- pieces of a line ----------------------------------------------------------------------------------------

    def split_key(self, body: str) -> tuple[str, str] | None:
        """(key, text behind the colon) when the text is a mapping's entry; None for a scalar or flow collection."""
        first = body[0]
        if first in SPECIAL:
            if first == '"' or first == "'":
                return self.split_quoted_key(body, first)
            if first in "[{":
                if ": " in body and ("]:" in body or "}:" in body):
                    raise Unusual
                return None
            if first in "|>":
                return None
            if first not in "-:?" or len(body) == 1 or body[1] == " ":
                raise Unusual
        at = body.find(": ")
        if at < 0:
            trimmed = body.rstrip(" ")
            if trimmed[-1] != ":":
                if " #" in body:
                    raw = body[: body.index(" #")].rstrip(" ")
                    if raw[-1:] == ":":
                        raise Unusual
                return None
            raw, rest = trimmed[:-1], ""
        else:
            raw, rest = body[:at], body[at + 2 :].lstrip(" ")
        if "#" in raw and " #" in raw:
            if at < 0:
                raise Unusual
            return None
        key = KEYS.get(raw)
        if key is None:
            key = key_text(raw)
        return key, rest

    def split_quoted_key(self, body: str, quote: str) -> tuple[str, str] | None:
        close = closing(body, quote)
        if close < 0:
            return None
        behind = body[close + 1 :].lstrip(" ")
        if behind[:1] != ":":
            return None
        if behind == ":" or behind[1] == " ":
            if close > MAX_KEY:
                raise Unusual
            return unquoted(body[1:close], quote), behind[2:].lstrip(" ")
        raise Unusual

    def scalar(self, rest: str, indent: int) -> Any:
        """A value that begins on the line before `at`: a scalar, a flow collection, or a block scalar's header."""
        first = rest[0]
        if first in SPECIAL:
            if first == '"' or first == "'":
                close = closing(rest, first)
                if close < 0:
                    return self.quoted_lines(rest, first)
                if not nothing_follows(rest, close + 1):
                    raise Unusual
                return unquoted(rest[1:close], first)
            if first == "{" or first == "[":
                return self.flow(rest)
            if first == "|" or first == ">":
                text, self.at = block_scalar(self.lines, self.at, rest, indent)
                return text
            if first not in "-:?" or len(rest) == 1 or rest[1] == " ":
                raise Unusual
        text = rest
        if " #" in text:
            text = text[: text.index(" #")]
        text = text.rstrip(" ")
        if "\t" in rest or ": " in text or text[-1] == ":":
            raise Unusual
        value = self.plain(text)
        if text is rest:
            if len(self.scalars) > 30000:
                self.scalars.clear()
            if len(text) < 100:
                self.scalars[text] = value
        return value

    def continued(self, rest: str, indent: int) -> Any:
        """A plain scalar that goes on below its first line, which stands before `at`."""
        if rest[0] in SPECIAL and rest[0] not in "-:?":
            raise Unusual
        lines = self.lines
        out = [rest.rstrip(" ")]
        empty = 0
        while self.at < self.size:
            line = lines[self.at]
            body = line.strip(" ")
            if not body:
                empty += 1
            elif len(line) - len(line.lstrip(" ")) <= indent or body[0] == "#" or " #" in out[-1]:
                break
            elif "\t" in body or ": " in body or body[-1] == ":":
                raise Unusual
            else:
                out.append("\n" * empty or " ")
                out.append(body)
                empty = 0
            self.at += 1
        if " #" in out[-1]:
            out[-1] = out[-1][: out[-1].index(" #")].rstrip(" ")
        return self.plain("".join(out))

    def quoted_lines(self, rest: str, quote: str) -> str:
        """A quoted scalar that is not closed on its first line, which stands before `at`."""
        lines = self.lines
        out = [unescaped_end(rest[1:].rstrip(" \t"))]
        empty = 0
        while self.at < self.size:
            line = lines[self.at]
            self.at += 1
            if line.startswith(("---", "...")):
                raise Unusual
            body = line.lstrip(" \t")
            if not body:
                empty += 1
                continue
            out.append("\n" * empty or " ")
            empty = 0
            close = closing(body, quote, -1)
            if close < 0:
                out.append(unescaped_end(body.rstrip(" \t")))
                continue
            if not nothing_follows(body, close + 1):
                raise Unusual
            out.append(body[:close])
            return "".join([piece if piece.isspace() else unquoted(piece, quote) for piece in out])
        raise Unusual

    def plain(self, text: str) -> Any:
        """The value of a plain scalar that is not empty."""
        if text[0] in HINTS:
            if text in WORDS:
                value = WORDS[text]
                if type(value) is float:
                    raise Unusual  # NaN and infinities end in an error
                return value
            number = resolve_number(text)
            if number is not None:
                return self.number(number)
        return text

    def flow(self, rest: str) -> Any:
        """A flow collection that ends on its line."""
        if rest == "{}":
            return {}
        if rest == "[]":
            return []
        text = rest.rstrip(" ")
        if text[-1] not in "]}" and " #" not in text:
            text = self.flow_lines(text)
        value, at = flow_node(text, 0, 0, self.plain)
        if not nothing_follows(text, at):
            raise Unusual
        return value

    def flow_lines(self, text: str) -> str:
        """A flow collection over several lines, which begins on the line before `at`, as one line."""
        lines = self.lines
        out = [text]
        level = nesting(text)
        while level > 0 and self.at < self.size:
            line = lines[self.at]
            self.at += 1
            body = line.strip(" ")
            if not body or body[0] == "#":
                continue
            if (out[-1][-1] not in ",[{" and body[0] not in "]}") or line.startswith(("---", "...")) or " #" in body:
                raise Unusual
            out.append(body)
            level += nesting(body)
        return " ".join(out)
