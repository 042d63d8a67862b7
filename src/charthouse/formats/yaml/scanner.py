"""Tokens of YAML 1.1, exactly as go-yaml v2's scanner finds them, with its error texts and its marks.

Whose rules: go.yaml.in/yaml/v2 v2.4.4 `scannerc.go` (a port of libyaml's). A token is a tuple
``(kind, line, value, style)``; lines count from 0 as in go-yaml's marks. Simple keys ("a key without `?`") are the
subtle part: a token that might be a key is remembered with its place, and a later ``:`` inserts KEY (and, where the
indentation grows, BLOCK-MAPPING-START) before it.

Scalars are read by ``charthouse.formats.yaml.scanning``, directives and tags by ``charthouse.formats.yaml.tags``.
"""

from __future__ import annotations

from charthouse.formats.yaml import scanning, tags

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Token = tuple[str, int, Any, str]

__all__ = ["BLANKZ", "BREAKZ", "ScanProblem", "Scanner"]

BREAKZ = "\n\r\x85\u2028\u2029\0"
BLANKZ = " \t" + BREAKZ
MAX_DEPTH = 10000
_PLAIN_REFUSED = frozenset("-?:,[]{}#&*!|>'\"%@`")
_PUNCTUATION = {
    "[": "FLOW-SEQUENCE-START",
    "{": "FLOW-MAPPING-START",
    "]": "FLOW-SEQUENCE-END",
    "}": "FLOW-MAPPING-END",
}


class ScanProblem(Exception):
    """go-yaml's error state: `problem` text, `line` of the problem mark and `context` line (from 0), who found it.

    at: where, -1 when unknown; ahead: how many characters from there on it had to look at.
    """

    def __init__(self, problem: str, line: int, context: int = 0, *, scanner: bool = True, at: int = -1) -> None:
        super().__init__(problem)
        self.problem = problem
        self.line = line
        self.context = context
        self.scanner = scanner
        self.at = at
        self.ahead = 4


class SimpleKey:
    """A place where a key without `?` may have begun."""

    __slots__ = ("at", "column", "line", "number", "possible", "required")

    def __init__(self) -> None:
        self.possible = False
        self.required = False
        self.number = self.at = self.line = self.column = 0


class Scanner:
    """A stream of tokens over a text: `peek` shows the next one, `skip` drops it.

    `text` ends in NUL; `at`, `line`, `column` are the place being read; `begun` is where the token at hand begins.
    """

    def __init__(self, text: str) -> None:
        self.text = text + "\0"
        self.at = self.line = self.column = self.begun = 0
        self.tokens: list[Token] = [("STREAM-START", 0, None, "")]
        self.parsed = 0
        self.available = True
        self.indent = -1
        self.indents: list[int] = []
        self.flow = 0
        self.key_allowed = True
        self.keys = [SimpleKey()]
        self.by_token: dict[int, SimpleKey] = {}

    # --- the queue -----------------------------------------------------------------------------------------------

    def peek(self) -> Token:
        if not self.available:
            self.fetch_more()
        return self.tokens[0]

    def skip(self) -> None:
        self.available = False
        self.parsed += 1
        del self.tokens[0]

    def fetch_more(self) -> None:
        while True:
            if self.tokens:
                key = self.by_token.get(self.parsed)
                if key is None or not self.still_key(key):
                    break
            self.fetch_next()
        self.available = True

    def error(self, problem: str, context: int) -> ScanProblem:
        found = ScanProblem(problem, self.line, context, at=self.at)
        if "document indicator" not in problem:
            found.ahead = max(2 if "escape" in problem else 1, self.begun + 4 - self.at)
        return found

    def put(self, kind: str, line: int, value: object = None, style: str = "") -> None:
        self.tokens.append((kind, line, value, style))

    # --- simple keys and indentation -----------------------------------------------------------------------------

    def still_key(self, key: SimpleKey) -> bool:
        """As `key_valid`, right behind a token: what ended it has been looked at, no more."""
        try:
            return self.key_valid(key)
        except ScanProblem as problem:
            problem.ahead = 2
            raise

    def key_valid(self, key: SimpleKey) -> bool:
        if not key.possible:
            return False
        if key.line < self.line or key.at + 1024 < self.at:
            if key.required:
                raise self.error("could not find expected ':'", key.line)
            key.possible = False
            return False
        return True

    def save_key(self) -> None:
        if not self.key_allowed:
            return
        self.remove_key()
        key = SimpleKey()
        key.possible = True
        key.required = self.flow == 0 and self.indent == self.column
        key.number = self.parsed + len(self.tokens)
        key.at, key.line, key.column = self.at, self.line, self.column
        self.keys[-1] = key
        self.by_token[key.number] = key

    def remove_key(self) -> None:
        key = self.keys[-1]
        if key.possible:
            if key.required:
                raise self.error("could not find expected ':'", key.line)
            key.possible = False
            self.by_token.pop(key.number, None)

    def roll(self, column: int, number: int, kind: str, line: int) -> None:
        """Opens a block collection when the column grows. number: the token it goes before, -1 for the end."""
        if self.flow or self.indent >= column:
            return
        self.indents.append(self.indent)
        self.indent = column
        if len(self.indents) > MAX_DEPTH:
            raise self.error(f"exceeded max depth of {MAX_DEPTH}", self.keys[-1].line)
        self.insert(number - self.parsed if number >= 0 else -1, (kind, line, None, ""))

    def insert(self, place: int, token: Token) -> None:
        """Puts a token before the one at a place of the queue; behind all when the place has already been passed."""
        if place < 0:
            self.tokens.append(token)
        else:
            self.tokens.insert(place, token)

    def unroll(self, column: int) -> None:
        if self.flow:
            return
        while self.indent > column:
            self.put("BLOCK-END", self.line)
            self.indent = self.indents.pop()

    # --- fetching ------------------------------------------------------------------------------------------------

    def fetch_next(self) -> None:
        self.to_next_token()
        self.unroll(self.column)
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
        elif char in "[{":
            self.fetch_flow_start(char)
        elif char in "]}":
            self.remove_key()
            if self.flow:
                self.flow -= 1
                self.by_token.pop(self.keys.pop().number, None)
            self.key_allowed = False
            self.put(_PUNCTUATION[char], self.line)
            self.advance(1)
        elif char == ",":
            self.remove_key()
            self.key_allowed = True
            self.put("FLOW-ENTRY", self.line)
            self.advance(1)
        else:
            self.fetch_node(char, text[at + 1] if at + 1 < len(text) else "\0")

    def fetch_node(self, char: str, follows: str) -> None:
        blank = follows in BLANKZ
        if char == "-" and blank:
            self.fetch_entry()
        elif char == "?" and (self.flow or blank):
            self.fetch_key()
        elif char == ":" and (self.flow or blank):
            self.fetch_value()
        elif char in "*&":
            self.begin_scalar()
            tags.anchor(self)
        elif char == "!":
            self.begin_scalar()
            tags.tag(self)
        elif char in "|>" and not self.flow:
            self.remove_key()
            self.key_allowed = True
            scanning.block_scalar(self, char == "|")
        elif char in "'\"":
            self.begin_scalar()
            scanning.flow_scalar(self, char)
        elif self.starts_plain(char, follows):
            self.begin_scalar()
            scanning.plain_scalar(self)
        else:
            raise self.error("found character that cannot start any token", self.line)

    def starts_plain(self, char: str, follows: str) -> bool:
        if char not in BLANKZ and char not in _PLAIN_REFUSED:
            return True
        if char == "-":
            return follows not in " \t"
        return not self.flow and char in "?:" and follows not in BLANKZ

    def begin_scalar(self) -> None:
        self.save_key()
        self.key_allowed = False

    def reset(self, column: int) -> None:
        self.unroll(column)
        self.remove_key()
        self.key_allowed = False

    def fetch_stream_end(self) -> None:
        if self.column:
            self.column = 0
            self.line += 1
        self.reset(-1)
        self.put("STREAM-END", self.line)

    def fetch_flow_start(self, char: str) -> None:
        self.save_key()
        key = SimpleKey()
        key.number = self.parsed + len(self.tokens)
        key.line = self.line
        self.keys.append(key)
        self.flow += 1
        if self.flow > MAX_DEPTH:
            raise self.error(f"exceeded max depth of {MAX_DEPTH}", self.line)
        self.key_allowed = True
        self.put(_PUNCTUATION[char], self.line)
        self.advance(1)

    def fetch_entry(self) -> None:
        if not self.flow:
            if not self.key_allowed:
                raise self.error("block sequence entries are not allowed in this context", self.line)
            self.roll(self.column, -1, "BLOCK-SEQUENCE-START", self.line)
        self.remove_key()
        self.key_allowed = True
        self.put("BLOCK-ENTRY", self.line)
        self.advance(1)

    def fetch_key(self) -> None:
        if not self.flow:
            if not self.key_allowed:
                raise self.error("mapping keys are not allowed in this context", self.line)
            self.roll(self.column, -1, "BLOCK-MAPPING-START", self.line)
        self.remove_key()
        self.key_allowed = not self.flow
        self.put("KEY", self.line)
        self.advance(1)

    def fetch_value(self) -> None:
        key = self.keys[-1]
        if self.key_valid(key):
            self.insert(key.number - self.parsed, ("KEY", key.line, None, ""))
            self.roll(key.column, key.number, "BLOCK-MAPPING-START", key.line)
            key.possible = False
            self.by_token.pop(key.number, None)
            self.key_allowed = False
        else:
            if not self.flow:
                if not self.key_allowed:
                    raise self.error("mapping values are not allowed in this context", self.line)
                self.roll(self.column, -1, "BLOCK-MAPPING-START", self.line)
            self.key_allowed = not self.flow
        self.put("VALUE", self.line)
        self.advance(1)

    # --- moving --------------------------------------------------------------------------------------------------

    def advance(self, count: int) -> None:
        self.at += count
        self.column += count

    def break_line(self) -> str:
        """Goes over the line break at the place being read; the break as it counts inside a scalar."""
        text, at = self.text, self.at
        char = text[at]
        self.at = at + (2 if char == "\r" and text[at + 1] == "\n" else 1)
        self.column = 0
        self.line += 1
        return char if char in "\u2028\u2029" else "\n"

    def to_next_token(self) -> None:
        text = self.text
        while True:
            at = self.at
            tabs = self.flow > 0 or not self.key_allowed
            while text[at] == " " or (tabs and text[at] == "\t"):
                at += 1
            if text[at] == "#":
                while text[at] not in BREAKZ:
                    at += 1
            self.column += at - self.at
            self.at = at
            if text[at] == "\0" or text[at] not in BREAKZ:
                return
            self.break_line()
            if not self.flow:
                self.key_allowed = True
