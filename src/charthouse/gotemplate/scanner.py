"""Template text to a tree, fast.

Charts repeat themselves: of the twenty thousand actions of a big one, three quarters have been seen before. So actions
are found with ``str.find``, looked up by their text, and only new ones are taken apart; positions inside them are
relative, which lets all equal actions share one tuple. Whatever is not plain (an error, a rare literal, a name beyond
ASCII) is left to ``parser``, which reads the whole text again and has the last word; both make the same trees.
"""

from __future__ import annotations

import re

from charthouse.golang.kinds import GoError
from charthouse.golang.strconv import unquote
from charthouse.gotemplate import nodes
from charthouse.gotemplate.literals import number
from charthouse.gotemplate.nodes import (
    ACTION,
    BOOL,
    BREAK,
    CHAIN,
    CONTINUE,
    DOT,
    FIELD,
    IDENTIFIER,
    IF,
    NIL,
    NUMBER,
    PIPE,
    RANGE,
    STRING,
    TEMPLATE,
    TEXT,
    VARIABLE,
    WITH,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NoReturn

    from charthouse.gotemplate.nodes import Node, Tree

    # (kind, pipe or None, variables used, variables declared, functions with positions, name, position of the name)
    Action = tuple[Any, ...]
    # (kind, start, text, whether space stands before it)
    Token = tuple[int, int, str, bool]

__all__ = ["parse_text"]

# Kinds of actions beside those of nodes.
END, ELSE, ELSE_IF, ELSE_WITH, DEFINE, BLOCK = range(-6, 0)

# Groups of the pattern, in order.
T_SPACE, T_FIELD, T_VARIABLE, T_WORD, T_STRING, T_RAW, T_NUMBER, T_SIGN = range(1, 9)
_TOKEN = re.compile(
    r"([ \t\r\n]+)"
    # Names end where Go's lexer lets them end; what else follows is an error.
    r"|((?:\.[A-Za-z_][A-Za-z0-9_]*)+)(?![^ \t\r\n.,|:()])"
    r"|(\$[A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*)(?![^ \t\r\n.,|:()])"
    r"|([A-Za-z_][A-Za-z0-9_]*)(?![^ \t\r\n.,|:()])"
    r'|("(?:[^"\\\n]|\\[^\n])*")'
    r"|(`[^`]*`)"
    r"|([+-]?[0-9]+(?:\.[0-9]+)?)"
    r"|(:=|[=|(),.])"
)
_STRING = re.compile(r'"(?:[^"\\\n]|\\[^\n])*"')
_BRANCHES = {"if": IF, "with": WITH, "range": RANGE}
_RESERVED = frozenset(["block", "break", "continue", "define", "else", "end", "if", "range", "template", "with"])
_LITERALS = frozenset([BOOL, DOT, NIL, NUMBER, STRING])
_SPACES = " \t\r\n"
_MAX_MEMO = 50_000
_MAX_PARENTHESES = 40

_memo: dict[str, Action] = {}


class _NotPlain(Exception):
    """The text needs the exact parser."""


class _OpenString(_NotPlain):
    """A string goes on behind what looked like the action's end; `at` is where it begins."""

    def __init__(self, at: int) -> None:
        super().__init__()
        self.at = at


def parse_text(name: str, text: str) -> Tree:
    """The tree of a template text, for ``TemplateSet.add_tree`` and caches. Raises ParseError with Go's text."""
    try:
        return _Scan(name, text).tree()
    except _NotPlain:
        from charthouse.gotemplate.parser import parse_exactly

    try:
        return parse_exactly(name, text)
    except RecursionError:
        # Ten thousand parentheses are allowed.
        from charthouse.gotemplate.deepstack import deep

        return deep(lambda: parse_exactly(name, text))


class _Frame:
    """An open if, with, range, define or block."""

    __slots__ = ("base", "body", "chained", "kind", "mark", "outer", "pipe", "position", "saved", "then")

    def __init__(self, kind: int, base: int, pipe: Node | None, outer: list[Node], mark: int, chained: bool) -> None:
        self.kind = kind
        self.base = base
        self.pipe = pipe
        self.outer = outer
        self.mark = mark
        self.chained = chained
        self.then: tuple[Node, ...] | None = None
        self.saved: tuple[str, list[str], int, int] = ("", [], 0, 0)
        self.position = 0


class _Scan:
    """One text being scanned."""

    def __init__(self, name: str, text: str) -> None:
        self.name = name
        self.text = text
        self.variables = ["$"]
        self.declared = 0
        self.ranges = 0
        self.frames: list[_Frame] = []
        self.current: list[Node] = []
        self.templates: dict[str, tuple[tuple[Node, ...], int]] = {}
        self.functions: dict[str, int] = {}
        # Actions whose functions are noted, by identity; held so that an identity stays theirs.
        self.seen: set[int] = set()
        self.kept: list[Action] = []

    def tree(self) -> Tree:
        text = self.text
        find = text.find
        memo = _memo
        pos = 0
        while True:
            start = find("{{", pos)
            if start < 0:
                break
            after = start + 2
            trimmed = text.startswith("-", after) and text[after + 1 : after + 2] in (" ", "\n", "\t", "\r")
            if start > pos:
                stop = pos + len(text[pos:start].rstrip(_SPACES)) if trimmed else start
                if stop > pos:
                    self.current.append((TEXT, pos, stop))
            body = after + 2 if trimmed else after
            if text.startswith("/*", body):
                pos = self.comment(body)
                continue
            end = find("}}", body)
            if end < 0:
                raise _NotPlain
            action = memo.get(text[after:end])
            if action is None:
                action, end = self.action(after, end)
            pos = end + 2
            if text[end - 1] == "-":
                while pos < len(text) and text[pos] in _SPACES:
                    pos += 1
            if action[0] == ACTION and not action[3] and not action[2] and (not action[4] or id(action) in self.seen):
                self.current.append((ACTION, start, action[1]))
            else:
                self.place(action, start)
        if pos < len(text):
            self.current.append((TEXT, pos, len(text)))
        if self.frames:
            raise _NotPlain
        self.add(self.name, self.current, self.declared)
        templates = tuple((key, body, count) for key, (body, count) in self.templates.items())
        return (nodes.VERSION, self.name, text, templates, tuple(self.functions.items()))

    def comment(self, body: int) -> int:
        """Skip a comment: where text goes on."""
        text = self.text
        close = text.find("*/", body + 2)
        if close < 0:
            raise _NotPlain
        close += 2
        if text.startswith("}}", close):
            return close + 2
        if text[close : close + 1] in (" ", "\n", "\t", "\r") and text.startswith("-}}", close + 1):
            pos = close + 4
            while pos < len(text) and text[pos] in _SPACES:
                pos += 1
            return pos
        raise _NotPlain

    def action(self, after: int, end: int) -> tuple[Action, int]:
        """Take a new action apart; its end may lie further when `}}` stood in a string."""
        while True:
            inner = self.text[after:end]
            try:
                action = _parsed(inner)
            except _OpenString as open_string:
                end = self.behind_string(after + open_string.at)
                known = _memo.get(self.text[after:end])
                if known is not None:
                    return known, end
                continue
            if len(_memo) >= _MAX_MEMO:
                _memo.clear()
            _memo[inner] = action
            return action, end

    def behind_string(self, at: int) -> int:
        """The next right delimiter behind a string that begins at `at`."""
        text = self.text
        if text[at] == "`":
            close = text.find("`", at + 1)
        else:
            match = _STRING.match(text, at)
            close = match.end() if match else -1
        end = text.find("}}", close) if close >= 0 else -1
        if end < 0:
            raise _NotPlain from None
        return end

    def add(self, name: str, body: list[Node], declared: int) -> None:
        """Keep a finished template; two that hold anything under one name are an error, left to the parser."""
        old = self.templates.get(name)
        made = tuple(body)
        if old is None or nodes.is_empty(self.text, old[0]):
            self.templates.pop(name, None)
            self.templates[name] = (made, declared)
        elif not nodes.is_empty(self.text, made):
            raise _NotPlain

    # Putting actions into place.

    def place(self, action: Action, start: int) -> None:
        kind, pipe, used, declared, functions, name, position = action
        if functions and id(action) not in self.seen:
            self.note(action, start)
        mark = len(self.variables)
        if used:
            for variable in used:
                if variable not in self.variables:
                    raise _NotPlain
        if declared:
            self.variables.extend(declared)
            self.declared += len(declared)
        if kind == END:
            self.end()
        elif kind in (IF, WITH, RANGE):
            self.open(kind, start, pipe, mark, chained=False)
        elif kind in (ELSE, ELSE_IF, ELSE_WITH):
            self.otherwise(kind, start, pipe, mark)
        elif kind == TEMPLATE:
            self.current.append((TEMPLATE, start, position, name, pipe))
        elif kind in (BREAK, CONTINUE):
            if not self.ranges:
                raise _NotPlain
            self.current.append((kind, start + position))
        elif kind == ACTION:
            self.current.append((ACTION, start, pipe))
        else:
            self.open_template(kind, start, pipe, name, position)

    def note(self, action: Action, start: int) -> None:
        """Remember the functions an action calls, with the line of the first call; equal actions add nothing."""
        self.seen.add(id(action))
        self.kept.append(action)
        known = self.functions
        for function, at in action[4]:
            if function not in known:
                known[function] = self.text.count("\n", 0, start + at) + 1

    def open(self, kind: int, start: int, pipe: Node | None, mark: int, *, chained: bool) -> None:
        self.frames.append(_Frame(kind, start, pipe, self.current, mark, chained))
        self.current = []
        if kind == RANGE:
            self.ranges += 1

    def open_template(self, kind: int, start: int, pipe: Node | None, name: str, position: int) -> None:
        if kind == DEFINE and self.frames:
            raise _NotPlain
        frame = _Frame(kind, start, pipe, self.current, 0, False)
        frame.saved = (name, self.variables, self.declared, self.ranges)
        frame.position = position
        self.frames.append(frame)
        self.current = []
        self.variables, self.declared, self.ranges = ["$"], 0, 0

    def otherwise(self, kind: int, start: int, pipe: Node | None, mark: int) -> None:
        frame = self.frames[-1] if self.frames else None
        if frame is None or frame.kind not in (IF, WITH, RANGE) or frame.then is not None:
            raise _NotPlain
        if frame.kind == RANGE:
            self.ranges -= 1
        frame.then = tuple(self.current)
        if kind == ELSE:
            self.current = []
            return
        wanted = IF if kind == ELSE_IF else WITH
        if frame.kind != wanted:
            raise _NotPlain
        self.open(wanted, start, pipe, mark, chained=True)

    def end(self) -> None:
        if not self.frames:
            raise _NotPlain
        frame = self.frames.pop()
        if frame.kind in (DEFINE, BLOCK):
            name, variables, declared, ranges = frame.saved
            self.add(name, self.current, self.declared)
            self.variables, self.declared, self.ranges = variables, declared, ranges
            self.current = frame.outer
            if frame.kind == BLOCK:
                self.current.append((TEMPLATE, frame.base, frame.position, name, frame.pipe))
            return
        node = self.closed(frame, tuple(self.current))
        while frame.chained:
            frame = self.frames.pop()
            node = (frame.kind, frame.base, frame.pipe, frame.then, (node,))
        del self.variables[frame.mark :]
        self.current = frame.outer
        self.current.append(node)

    def closed(self, frame: _Frame, last: tuple[Node, ...]) -> Node:
        if frame.then is None:
            if frame.kind == RANGE:
                self.ranges -= 1
            return (frame.kind, frame.base, frame.pipe, last, None)
        return (frame.kind, frame.base, frame.pipe, frame.then, last)


def _refuse() -> NoReturn:
    raise _NotPlain


def _tokens(inner: str) -> list[Token]:
    """The tokens of an action; the trim markers are no part of it."""
    at, stop = 0, len(inner)
    if inner[:1] == "-" and inner[1:2] in (" ", "\n", "\t", "\r"):
        at = 2
    if inner[-1:] == "-" and stop - at >= 2 and inner[-2] in _SPACES:
        stop -= 2
    found: list[Token] = []
    spaced = True
    match_at = _TOKEN.match
    while at < stop:
        match = match_at(inner, at, stop)
        if match is None:
            if inner[at] in '"`':
                raise _OpenString(at)
            _refuse()
        kind = match.lastindex or 0
        if kind == T_SPACE:
            spaced = True
        else:
            found.append((kind, at, match.group(), spaced))
            spaced = False
        at = match.end()
    return found


def _parsed(inner: str) -> Action:
    """One action from its text between the delimiters."""
    tokens = _tokens(inner)
    if not tokens:
        _refuse()
    first = tokens[0]
    word = first[2] if first[0] == T_WORD else ""
    if word not in _RESERVED:
        return _with_pipe(ACTION, tokens, 0, "command")
    if word in _BRANCHES:
        return _with_pipe(_BRANCHES[word], tokens, 1, word)
    if word == "end":
        return (END, None, (), (), (), "", 0) if len(tokens) == 1 else _refuse()
    if word == "else":
        return _else(tokens)
    if word in ("break", "continue"):
        kind = BREAK if word == "break" else CONTINUE
        return (kind, None, (), (), (), "", first[1] + 2) if len(tokens) == 1 else _refuse()
    if len(tokens) < 2 or tokens[1][0] not in (T_STRING, T_RAW) or not tokens[1][3]:
        _refuse()
    name = _unquoted(tokens[1][2])
    at = tokens[1][1] + 2
    if word == "define":
        return (DEFINE, None, (), (), (), name, at) if len(tokens) == 2 else _refuse()
    kind = TEMPLATE if word == "template" else BLOCK
    if len(tokens) == 2:
        return (TEMPLATE, None, (), (), (), name, at) if kind == TEMPLATE else _refuse()
    if not tokens[2][3]:
        _refuse()
    action = _with_pipe(kind, tokens, 2, word)
    return (*action[:5], name, at)


def _else(tokens: list[Token]) -> Action:
    if len(tokens) == 1:
        return (ELSE, None, (), (), (), "", 0)
    kind, _, word, _ = tokens[1]
    if kind != T_WORD or word not in ("if", "with"):
        _refuse()
    return _with_pipe(ELSE_IF if word == "if" else ELSE_WITH, tokens, 2, word)


def _with_pipe(kind: int, tokens: list[Token], at: int, context: str) -> Action:
    reader = _Reader(tokens, at)
    pipe = reader.pipe(context, closing=False, depth=0)
    return (kind, pipe, tuple(reader.used), tuple(reader.declared), tuple(reader.functions), "", 0)


def _unquoted(literal: str) -> str:
    if literal[0] == "`":
        return literal[1:-1].replace("\r", "")
    if "\\" not in literal and literal.isascii():
        return literal[1:-1]
    try:
        return unquote(literal)
    except GoError:
        _refuse()


class _Reader:
    """Reads the pipeline of one action. Positions count from the left delimiter, tokens' from behind it."""

    __slots__ = ("at", "declared", "functions", "tokens", "used")

    def __init__(self, tokens: list[Token], at: int) -> None:
        self.tokens = tokens
        self.at = at
        self.used: list[str] = []
        self.declared: list[str] = []
        self.functions: list[tuple[str, int]] = []

    def pipe(self, context: str, *, closing: bool, depth: int) -> Node:
        """A pipeline up to the end, or to the right parenthesis when `closing`."""
        tokens = self.tokens
        if self.at >= len(tokens) or depth > _MAX_PARENTHESES:
            _refuse()
        position = tokens[self.at][1] + 2
        variables, assign = self.declarations(context)
        commands: list[tuple[Node, ...]] = []
        while True:
            commands.append(self.command(depth))
            if self.at >= len(tokens):
                if closing:
                    _refuse()
                break
            token = tokens[self.at]
            self.at += 1
            if token[2] == "|":
                continue
            # The command stopped at a right parenthesis.
            if not closing:
                _refuse()
            break
        for command in commands[1:]:
            if command[0][0] in _LITERALS:
                _refuse()
        return (PIPE, position, assign, variables, tuple(commands))

    def declarations(self, context: str) -> tuple[tuple[Node, ...], bool]:
        tokens, at = self.tokens, self.at
        variables: list[Node] = []
        while at + 1 < len(tokens) and tokens[at][0] == T_VARIABLE:
            sign = tokens[at + 1][2] if tokens[at + 1][0] == T_SIGN else ""
            if sign not in (":=", "=", ","):
                break
            name = tokens[at][2]
            if "." in name or (sign == "=" and not tokens[at + 1][3]):
                _refuse()
            variables.append((VARIABLE, tokens[at][1] + 2, (name,)))
            self.declared.append(name)
            at += 2
            if sign == ",":
                if context != "range" or len(variables) > 1:
                    _refuse()
                continue
            self.at = at
            return tuple(variables), sign == "="
        if variables:
            _refuse()
        return (), False

    def command(self, depth: int) -> tuple[Node, ...]:
        tokens = self.tokens
        arguments: list[Node] = []
        while self.at < len(tokens):
            token = tokens[self.at]
            if token[0] == T_SIGN and token[2] in "|)":
                break
            if arguments and not token[3]:
                _refuse()
            arguments.append(self.operand(token, depth))
        return tuple(arguments) if arguments else _refuse()

    def operand(self, token: Token, depth: int) -> Node:
        kind, start, text, _ = token
        start += 2
        self.at += 1
        if kind == T_FIELD:
            names = tuple(text[1:].split("."))
            return (FIELD, start if len(names) == 1 else start + 1 + len(names[0]), names)
        if kind == T_WORD:
            return self.word(start, text)
        if kind in (T_STRING, T_RAW):
            return (STRING, start, text, _unquoted(text))
        if kind == T_VARIABLE:
            names = tuple(text.split("."))
            if names[0] not in self.declared:
                self.used.append(names[0])
            return (VARIABLE, start if len(names) == 1 else start + len(names[0]), names)
        if kind == T_NUMBER:
            try:
                return (NUMBER, start, text, *number(text))
            except GoError:
                _refuse()
        if text == ".":
            return (DOT, start)
        if text != "(":
            _refuse()
        pipe = self.pipe("parenthesized pipeline", closing=True, depth=depth + 1)
        if self.at < len(self.tokens):
            follow = self.tokens[self.at]
            if follow[0] == T_FIELD and not follow[3]:
                self.at += 1
                return (CHAIN, follow[1] + 2, pipe, tuple(follow[2][1:].split(".")))
        return pipe

    def word(self, start: int, text: str) -> Node:
        if text == "true" or text == "false":
            return (BOOL, start, text == "true")
        if text == "nil":
            return (NIL, start)
        if text in _RESERVED:
            _refuse()
        self.functions.append((text, start))
        return (IDENTIFIER, start, text)
