"""The fast way to read YAML: line by line, for the plain block style nearly all charts and manifests are written in.

It reads a subset and must be exactly right about it: whatever it is not sure of raises ``Unusual`` and the whole
document is read again by the complete reader (``scanner``, ``nodes``, ``decode``), which also words every error. Not
in the subset: anchors, aliases, tags, directives, merge keys, complex keys, scalars over several lines other than
block scalars, flow collections over several lines, tabs outside block scalars, carriage returns.

Rules: go.yaml.in/yaml/v2 v2.4.4 (scannerc.go, parserc.go, decode.go) and sigs.k8s.io/yaml v1.6.0 for keys.
"""

from __future__ import annotations

from charthouse.formats.yaml.resolve import HINTS, WORDS, resolve_number

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["BlockReader", "Unusual", "plain_text"]

_SPECIAL = frozenset("-?:,[]{}#&*!|>'\"%@`")
_MAX_DEPTH = 150
_MAX_KEY = 1000
_MISSING = object()


class Unusual(Exception):
    """The text may well be right, but it is not in the subset read here."""


def plain_text(text: str) -> bool:
    """Whether every character is one the line reader may meet (and none is a line break it does not know)."""
    if text.replace("\n", "").replace("\t", "").isprintable():
        return True
    return all(
        c in "\n\t"
        or " " <= c <= "~"
        or ("\xa0" <= c < "\ud800" and c not in "\u2028\u2029")
        or ("\ue000" <= c <= "\ufffd" and c != "\ufeff")
        or c >= "\U00010000"
        for c in set(text)
    )


class BlockReader:
    """Reads one document. exact: integers stay int (see ``decode.exact_number``), else every number is a float.

    ``resolve`` and ``key`` are the memos of plain scalars and of keys; they are shared by all readers of one kind.
    """

    __slots__ = ("at", "end", "lines", "number", "scalars", "size")

    def __init__(self, lines: list[str], scalars: dict[str, Any], number: Any) -> None:
        self.lines = lines
        self.size = len(lines)
        self.at = 0
        self.end = False
        self.scalars = scalars
        self.number = number

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
        if first in _SPECIAL:
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
        key = _KEYS.get(raw)
        if key is None:
            key = _key(raw)
        return key, rest

    def split_quoted_key(self, body: str, quote: str) -> tuple[str, str] | None:
        close = _closing(body, quote)
        if close < 0:
            return None
        behind = body[close + 1 :].lstrip(" ")
        if behind[:1] != ":":
            return None
        if behind == ":" or behind[1] == " ":
            if close > _MAX_KEY:
                raise Unusual
            return _unquoted(body[1:close], quote), behind[2:].lstrip(" ")
        raise Unusual

    def scalar(self, rest: str, indent: int) -> Any:
        """A value that begins on the line before `at`: a scalar, a flow collection, or a block scalar's header."""
        first = rest[0]
        if first in _SPECIAL:
            if first == '"' or first == "'":
                close = _closing(rest, first)
                if close < 0:
                    return self.quoted_lines(rest, first)
                if not _nothing(rest, close + 1):
                    raise Unusual
                return _unquoted(rest[1:close], first)
            if first == "{" or first == "[":
                return self.flow(rest)
            if first == "|" or first == ">":
                return self.block(rest, indent)
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
        if rest[0] in _SPECIAL and rest[0] not in "-:?":
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
        out = [_trimmed(rest[1:].rstrip(" \t"))]
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
            close = _closing(body, quote, -1)
            if close < 0:
                out.append(_trimmed(body.rstrip(" \t")))
                continue
            if not _nothing(body, close + 1):
                raise Unusual
            out.append(body[:close])
            return "".join([piece if piece.isspace() else _unquoted(piece, quote) for piece in out])
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
        value, at = self.flow_node(text, 0, 0)
        if not _nothing(text, at):
            raise Unusual
        return value

    def flow_lines(self, text: str) -> str:
        """A flow collection over several lines, which begins on the line before `at`, as one line."""
        lines = self.lines
        out = [text]
        level = _level(text)
        while level > 0 and self.at < self.size:
            line = lines[self.at]
            self.at += 1
            body = line.strip(" ")
            if not body or body[0] == "#":
                continue
            if (out[-1][-1] not in ",[{" and body[0] not in "]}") or line.startswith(("---", "...")) or " #" in body:
                raise Unusual
            out.append(body)
            level += _level(body)
        return " ".join(out)

    def flow_node(self, text: str, at: int, depth: int) -> tuple[Any, int]:
        """The value at a place inside a flow collection, and the place behind it."""
        if depth > 20 or at >= len(text):
            raise Unusual
        first = text[at]
        if first == "[":
            return self.flow_sequence(text, at + 1, depth + 1)
        if first == "{":
            return self.flow_mapping(text, at + 1, depth + 1)
        if first == '"' or first == "'":
            close = _closing(text, first, at)
            if close < 0:
                raise Unusual
            return _unquoted(text[at + 1 : close], first), close + 1
        raw, at = _flow_plain(text, at)
        return self.plain(raw), at

    def flow_sequence(self, text: str, at: int, depth: int) -> tuple[list[Any], int]:
        out: list[Any] = []
        at = _skip(text, at)
        while text[at] != "]":
            value, at = self.flow_node(text, at, depth)
            out.append(value)
            at = _skip(text, at)
            if text[at] == ",":
                at = _skip(text, at + 1)
            elif text[at] != "]":
                raise Unusual
        return out, at + 1

    def flow_mapping(self, text: str, at: int, depth: int) -> tuple[dict[str, Any], int]:
        out: dict[str, Any] = {}
        at = _skip(text, at)
        while text[at] != "}":
            quoted = text[at] in "\"'"
            if quoted:
                close = _closing(text, text[at], at)
                if close < 0:
                    raise Unusual
                key, at = _unquoted(text[at + 1 : close], text[at]), close + 1
            else:
                raw, at = _flow_plain(text, at)
                key = _key(raw)
            at = _skip(text, at)
            if text[at] != ":" or (text[at + 1 : at + 2] != " " and not quoted):
                raise Unusual
            at = _skip(text, at + 1)
            out[key], at = self.flow_node(text, at, depth)
            at = _skip(text, at)
            if text[at] == ",":
                at = _skip(text, at + 1)
            elif text[at] != "}":
                raise Unusual
        return out, at + 1

    # --- block scalars -------------------------------------------------------------------------------------------

    def block(self, header: str, parent: int) -> str:
        """A literal or folded block whose header is the rest of the line before `at`."""
        chomp, given = "", 0
        at = 1
        while at < len(header) and header[at] in "+-123456789":
            if header[at] in "+-":
                if chomp:
                    raise Unusual
                chomp = header[at]
            elif given:
                raise Unusual
            else:
                given = int(header[at])
            at += 1
        if not _nothing(header, at):
            raise Unusual
        indent = max(parent, 0) + given if given else self.content_indent(parent)
        content, tail = self.content(indent)
        if not content:
            return "\n" * tail if chomp == "+" else ""
        text = "\n".join(content) if header[0] == "|" else _fold(content)
        if chomp == "-" or (not self.broken() and tail == 0):
            return text
        return text + "\n" + ("\n" * tail if chomp == "+" else "")

    def broken(self) -> bool:
        """Whether the block's last line ended in a line break (it does unless it is the very end of the text)."""
        return self.at < self.size

    def content_indent(self, parent: int) -> int:
        """The column of a block's content, found from its first line that is not empty."""
        lines = self.lines
        widest = 0
        for at in range(self.at, self.size):
            line = lines[at]
            body = line.lstrip(" ")
            indent = len(line) - len(body)
            if body:
                if body[0] == "\t":
                    raise Unusual
                return max(widest, indent, parent + 1, 1)
            widest = max(widest, indent)
        return max(widest, parent + 1, 1)

    def content(self, indent: int) -> tuple[list[str], int]:
        """The lines of a block without their indentation, and how many empty ones stand behind the last."""
        lines = self.lines
        at = self.at
        size = self.size
        pad = " " * indent
        out: list[str] = []
        keep = 0
        while at < size:
            line = lines[at]
            if line.startswith(pad):
                text = line[indent:]
                out.append(text)
                if text:
                    keep = len(out)
                elif at == size - 1:
                    raise Unusual
            elif not line.strip(" "):
                if at == size - 1:
                    if line:
                        raise Unusual
                    break  # the end of the text, not a line
                out.append("")
            elif line.lstrip(" ")[0] == "\t":
                raise Unusual
            else:
                break
            at += 1
        self.at = at
        tail = len(out) - keep
        del out[keep:]
        return out, tail


_KEYS: dict[str, str] = {}


def _key(raw: str) -> str:
    """A plain key as sigs.k8s.io/yaml names it: booleans and numbers become their text; null and `<<` are unusual."""
    text = raw.rstrip(" ")
    if not text or "\t" in text or len(text) > _MAX_KEY or text == "<<":
        raise Unusual
    if text[0] in HINTS:
        if text in WORDS:
            word = WORDS[text]
            if word is None or type(word) is float:
                raise Unusual
            text = "true" if word else "false"
        else:
            number = resolve_number(text)
            if type(number) is float:
                raise Unusual
            if number is not None:
                if number >= 1 << 63:
                    raise Unusual
                text = str(number)
    if len(_KEYS) > 30000:
        _KEYS.clear()
    _KEYS[raw] = text
    return text


def _closing(text: str, quote: str, at: int = 0) -> int:
    """The place of the quote that closes the one at `at`, -1 when it is not on this line."""
    end = text.find(quote, at + 1)
    if quote == "'":
        while end >= 0 and text[end + 1 : end + 2] == "'":
            end = text.find("'", end + 2)
        return end
    while end >= 0:
        slashes = end
        while slashes > 0 and text[slashes - 1] == "\\":
            slashes -= 1
        if (end - slashes) % 2 == 0:
            return end
        end = text.find('"', end + 1)
    return -1


_HEX = frozenset("0123456789abcdefABCDEF")
_SIMPLE = {"n": "\n", "t": "\t", '"': '"', "\\": "\\", "'": "'", " ": " ", "r": "\r", "0": "\0", "b": "\b"}


def _unquoted(body: str, quote: str) -> str:
    if quote == "'":
        return body.replace("''", "'") if "'" in body else body
    if "\\" not in body:
        return body
    out: list[str] = []
    parts = iter(body.split("\\"))
    out.append(next(parts))
    for part in parts:
        if part:
            simple = _SIMPLE.get(part[0])
            out.append(simple + part[1:] if simple is not None else _code(part))
        else:
            out.append("\\")
            out.append(next(parts))
    return "".join(out)


def _code(part: str) -> str:
    """A character written as \\xXX, \\uXXXX or \\UXXXXXXXX, and the text behind it."""
    size = {"x": 2, "u": 4, "U": 8}.get(part[0], 0)
    digits = part[1 : 1 + size]
    if not size or len(digits) < size or not _HEX.issuperset(digits):
        raise Unusual
    code = int(digits, 16)
    if 0xD800 <= code <= 0xDFFF or code > 0x10FFFF:
        raise Unusual
    return chr(code) + part[1 + size :]


def _trimmed(piece: str) -> str:
    """A line of a quoted scalar that must not end in an escape, whose blank or break would count."""
    if piece[-1:] == "\\":
        raise Unusual
    return piece


def _level(text: str) -> int:
    return text.count("[") + text.count("{") - text.count("]") - text.count("}")


def _nothing(text: str, at: int) -> bool:
    """Whether only blanks and a comment follow."""
    rest = text[at:]
    body = rest.lstrip(" ")
    return not body or (body[0] == "#" and body is not rest and len(body) < len(rest))


def _skip(text: str, at: int) -> int:
    size = len(text)
    while at < size and text[at] == " ":
        at += 1
    if at >= size:
        raise Unusual
    return at


def _flow_plain(text: str, at: int) -> tuple[str, int]:
    """A plain scalar inside a flow collection, and the place behind it."""
    if text[at] in _SPECIAL and (text[at] != "-" or text[at + 1 : at + 2] in ("", " ", ",", "]", "}", "[", "{")):
        raise Unusual
    end = at
    size = len(text)
    while end < size:
        char = text[end]
        if char in ",[]{}?#\t" or (char == ":" and (end + 1 == size or text[end + 1] in " ,[]{}")):
            break
        end += 1
    if end >= size or text[end] in "?#\t[{":
        raise Unusual
    return text[at:end].rstrip(" "), end


def _fold(lines: list[str]) -> str:
    """Folded lines joined: one break between two plain lines is a space, those around blanks and indented ones stay."""
    out = [lines[0]] if lines[0] else []
    pending = 0 if lines[0] else 1
    previous_blank = lines[0][:1] in (" ", "\t") if lines[0] else False
    seen = bool(lines[0])
    for line in lines[1:]:
        if not line:
            pending += 1
            continue
        blank = line[0] in " \t"
        if seen:
            if previous_blank or blank:
                out.append("\n" + "\n" * pending)
            else:
                out.append("\n" * pending if pending else " ")
        else:
            out.append("\n" * pending)
        pending = 0
        out.append(line)
        previous_blank = blank
        seen = True
    return "".join(out)
