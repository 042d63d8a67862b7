"""Tokens with the comments around them, as go-yaml v3 keeps them: before a token, behind it, below it.

Whose rules: go.yaml.in/yaml/v3 v3.0.5 `scannerc.go`: `yaml_parser_scan_line_comment`, `yaml_parser_scan_comments`,
`yaml_parser_unroll_indent` (where a block ends among comments). What tokens there are is v2's affair (`scanner`), whose
scanner this one extends; its tokens have a fifth field, the index of their first character.
"""

from __future__ import annotations

from charthouse.formats.yaml import scanning, tags
from charthouse.formats.yaml.scanner import BLANKZ, BREAKZ, Scanner

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Mark = tuple[int, int, int]

__all__ = ["Comment", "CommentScanner"]

_AHEAD = 512
_NOWHERE = (0, 0, 0)


class Comment:
    """One comment: where the scan for it began, the index of the token it goes with, where it begins and ends, and its
    text as head, line or foot. Marks are (index, line, column); columns of heads and feet count from 1."""

    __slots__ = ("end", "foot", "head", "line", "scan", "start", "token")

    def __init__(
        self, token: int, start: Mark, *, scan: Mark = _NOWHERE, end: Mark = _NOWHERE, head: str = "", line: str = "",
        foot: str = "",
    ) -> None:  # fmt: skip
        self.token, self.start, self.scan, self.end = token, start, scan, end
        self.head, self.line, self.foot = head, line, foot


class CommentScanner(Scanner):
    """comments: in the order of the text; `first` is the first one that has not been given out."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.comments: list[Comment] = []
        self.first = 0
        self.history: list[Any] = []
        self.tokens = [("STREAM-START", 0, None, "", 0)]  # type: ignore[list-item]  # one field more than Scanner's
        self.history.append(self.tokens[0])

    # --- the queue -----------------------------------------------------------------------------------------------

    def fetch_more(self) -> None:
        while True:
            if len(self.tokens) > 2:  # feet are known only two tokens on
                key = self.by_token.get(self.parsed)
                if key is None or not self.still_key(key):
                    break
            self.fetch_next()
        self.available = True

    def put(self, kind: str, line: int, value: object = None, style: str = "") -> None:
        if style == "block":
            style = "literal" if self.text[self.begun] == "|" else "folded"
        self._append((kind, line, value, style, self.begun))

    def insert(self, place: int, token: Any) -> None:
        if place < 0:
            self._append((*token, self.begun))
            return
        behind = len(self.tokens) - place
        marked: Any = (*token, self.keys[-1].at)
        self.tokens.insert(place, marked)
        self.history.insert(len(self.history) - behind, marked)

    def _append(self, token: Any) -> None:
        self.tokens.append(token)
        self.history.append(token)

    # --- marks ---------------------------------------------------------------------------------------------------

    def mark(self) -> Mark:
        return self.at, self.line, self.column

    def newlines(self) -> int:
        """Line breaks since the last character that is no blank."""
        text, at, count = self.text, self.at - 1, 0
        while at >= 0 and text[at] in BLANKZ and text[at] != "\0":
            if text[at] in BREAKZ and not (text[at] == "\r" and text[at + 1] == "\n"):
                count += 1
            at -= 1
        return count

    def unroll(self, column: int, scan: int = -1) -> None:
        if self.flow:
            return
        end = (scan if scan >= 0 else self.at) - 1
        while self.indent > column:
            stop = end
            for comment in reversed(self.comments):
                if comment.end[0] < stop:
                    break
                if comment.start[2] == self.indent + 1:
                    end = comment.start[0]
                stop = comment.scan[0]
            self._append(("BLOCK-END", self.line, None, "", end))
            self.indent = self.indents.pop()

    # --- fetching ------------------------------------------------------------------------------------------------

    def fetch_next(self) -> None:
        scan = self.at
        self.to_next_token()
        self.unroll(self.column, scan)
        text, at = self.text, self.at
        self.begun = at
        char = text[at]
        if char == "\0" and at == len(text) - 1:
            self.fetch_stream_end()
        elif self.column == 0 and char == "%":
            self.reset(-1)
            tags.directive(self)
        elif self.column == 0 and char in "-." and text[at : at + 3] == char * 3 and text[at + 3] in BLANKZ:
            self.reset(-1)
            self.put("DOCUMENT-START" if char == "-" else "DOCUMENT-END", self.line)
            self.advance(3)
        else:
            with_token = at
            if (char == ":" and not self.flow) or (char == "," and self.flow):
                with_token = self.history[-1][4]
            self._fetch_token(char)
            if self.history[-1][0] != "BLOCK-ENTRY":  # what stands behind a dash alone is a head of what follows
                self.line_comment(with_token)

    def _fetch_token(self, char: str) -> None:
        if char in "[{":
            self.fetch_flow_start(char)
        elif char in "]}":
            self.remove_key()
            if self.flow:
                self.flow -= 1
                self.by_token.pop(self.keys.pop().number, None)
            self.key_allowed = False
            self.put("FLOW-SEQUENCE-END" if char == "]" else "FLOW-MAPPING-END", self.line)
            self.advance(1)
        elif char == ",":
            self.remove_key()
            self.key_allowed = True
            self.put("FLOW-ENTRY", self.line)
            self.advance(1)
        elif char in "|>" and not self.flow:
            self.remove_key()
            self.key_allowed = True
            self._header_comment()
            scanning.block_scalar(self, char == "|")
        else:
            follows = self.text[self.at + 1] if self.at + 1 < len(self.text) else "\0"
            self.fetch_node(char, follows)

    def _header_comment(self) -> None:
        """The comment behind ``|`` or ``>``."""
        text, at = self.text, self.at + 1
        while text[at] in "+-0123456789":
            at += 1
        start = at
        while text[at] in " \t":
            at += 1
        if text[at] == "#" and at > start:
            end = at
            while text[end] not in BREAKZ:
                end += 1
            column = self.column + at - self.at
            self.comments.append(Comment(self.begun, (at, self.line, column), line=text[at:end]))

    def line_comment(self, token: int) -> None:
        """Take the comment behind the token that was just read."""
        if self.newlines():
            return
        text, at = self.text, self.at
        while text[at] in " \t":
            at += 1
        if text[at] != "#" or at - self.at >= _AHEAD:
            return
        end = at
        while text[end] not in BREAKZ:
            end += 1
        column = self.column + at - self.at
        self.comments.append(Comment(token, (at, self.line, column), line=text[at:end]))
        self.advance(end - self.at)

    # --- comments on lines of their own --------------------------------------------------------------------------

    def to_next_token(self) -> None:
        text = self.text
        scan = self.mark()
        while True:
            at = self.at
            tabs = self.flow > 0 or not self.key_allowed
            while text[at] == " " or (tabs and text[at] == "\t"):
                at += 1
            self.advance(at - self.at)
            self._header_of_entry()
            if text[self.at] == "#":
                _Lines(self, scan).take()
            if text[self.at] == "\0" or text[self.at] not in BREAKZ:
                return
            self.break_line()
            if not self.flow:
                self.key_allowed = True

    def _header_of_entry(self) -> None:
        """``- # text`` above an entry of its own is that entry's head."""
        if not self.comments or len(self.history) < 2 or not self.comments[-1].line:
            return
        kinds = self.history[-2][0], self.history[-1][0]
        here = self.text[self.at]
        if kinds != ("BLOCK-SEQUENCE-START", "BLOCK-ENTRY") or (here in BREAKZ and here != "\0"):
            return
        comment = self.comments[-1]
        comment.head, comment.line = comment.line, ""
        if comment.start[1] == self.line - 1:
            comment.token = self.at


class _Lines:
    """Comment lines one below the other, told apart into feet of what is before and heads of what follows."""

    def __init__(self, scanner: CommentScanner, scan: Mark) -> None:
        self.scanner, self.scan = scanner, scan
        last = scanner.history[-1]
        if last[0] == "FLOW-ENTRY" and len(scanner.history) > 1:
            last = scanner.history[-2]
        self.kind, self.token = last[0], last[4]
        self.indent = max(scanner.indent, 0)
        newlines = scanner.newlines()
        self.first_empty = newlines <= 1
        self.recent_empty = False
        self.line, self.column = scanner.line, scanner.column
        self.text = ""
        self.start: Mark = _NOWHERE
        self.foot_line = -1
        if scan[1] > 0:
            self.foot_line = scanner.line - newlines + 1 + (newlines == 0 and scanner.column > 1)

    def take(self) -> None:
        scanner = self.scanner
        peek = 0
        while peek < _AHEAD:
            at = scanner.at + peek
            if at >= len(scanner.text):
                break
            self.column += 1
            char = scanner.text[at]
            closes = scanner.flow > 0 and char in "]}"
            if char in " \t":
                peek += 1
                continue
            if closes or char in BREAKZ:
                if closes or not self.recent_empty:
                    self._at_break(at, char, closes)
                if char not in BREAKZ or char == "\0":
                    break
                self.first_empty, self.recent_empty = False, True
                self.column = 0
                self.line += 1
                peek += 1
                continue
            if self.text and self.column - 1 < self.indent and self.column != self.start[2]:
                self._foot(at)
            if char != "#":
                break
            self._read(at)
            peek = 1  # the loop of `scannerc.go` counts on from 0
        if self.text:
            end = scanner.at + peek - 1, self.line, self.column
            scanner.comments.append(Comment(self.start[0], self.start, scan=self.scan, end=end, head=self.text))

    def _at_break(self, at: int, char: str, closes: bool) -> None:
        """An empty line, or the end of a flow collection."""
        near = self.start[1] == self.foot_line and self.kind != "VALUE"
        if closes or (self.first_empty and (near or self.start[2] - 1 < self.indent)):
            if self.text:
                if self.start[2] - 1 < self.indent:
                    self.token = self.start[0]  # dedented: it has nothing to do with the token before
                self._foot(at)
        elif self.text and char != "\0":
            self.text += "\n"

    def _foot(self, at: int) -> None:
        end = at, self.line, self.column
        comment = Comment(self.token, self.start, scan=self.scan, end=end, foot=self.text)
        self.scanner.comments.append(comment)
        self.scan = end
        self.token = at
        self.text = ""

    def _read(self, at: int) -> None:
        """One comment, to the end of its line."""
        scanner = self.scanner
        if self.text:
            self.text += "\n"
        else:
            self.start = at, self.line, self.column
        self.recent_empty = False
        while scanner.at < at:
            if scanner.text[scanner.at] in BREAKZ:
                scanner.break_line()
            else:
                scanner.advance(1)
        end = at
        while scanner.text[end] not in BREAKZ:
            end += 1
        self.text += scanner.text[at:end]
        scanner.advance(end - at)
        self.column = 0
        self.line = scanner.line
        self.indent = max(scanner.indent, 0)
