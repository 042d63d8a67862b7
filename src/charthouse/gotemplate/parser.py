"""Template text to a tree, exactly as Go's parser does it, with Go's errors.

Rules: text/template/parse/parse.go of Go 1.27, function by function, three tokens of lookahead included, because the
line an error shows is that of the last token read. ``scanner`` is the fast way to the same trees; this parser decides
whatever the scanner does not take, and it alone words the errors.
"""

from __future__ import annotations

from charthouse.golang.kinds import GoError
from charthouse.golang.strconv import quote, unquote
from charthouse.gotemplate import lexer as lex
from charthouse.gotemplate import nodes
from charthouse.gotemplate.errors import ParseError
from charthouse.gotemplate.literals import character, complex_number, number

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn

    from charthouse.gotemplate.lexer import Token
    from charthouse.gotemplate.nodes import Node, Tree

__all__ = ["Parser", "parse_exactly"]

MAX_PARENTHESES = 10000

_OPERANDS = frozenset(
    [
        lex.BOOL,
        lex.CHAR_CONSTANT,
        lex.COMPLEX,
        lex.DOT,
        lex.FIELD,
        lex.IDENTIFIER,
        lex.NUMBER,
        lex.NIL,
        lex.RAW_STRING,
        lex.STRING,
        lex.VARIABLE,
        lex.LEFT_PAREN,
    ]
)
_LITERALS = frozenset([nodes.BOOL, nodes.DOT, nodes.NIL, nodes.NUMBER, nodes.STRING])
_END, _ELSE = -1, -2


def parse_exactly(name: str, text: str) -> Tree:
    """The tree of a template text. Raises ParseError with Go's text."""
    parser = Parser(name, text)
    parser.parse()
    templates = tuple((key, body, count) for key, (body, count) in parser.templates.items())
    return (nodes.VERSION, name, text, templates, tuple(parser.functions.items()))


class _Scope:
    """What Go keeps per tree: the variables in sight, counters, and the line of the action being read."""

    __slots__ = ("action_line", "declared", "name", "parentheses", "ranges", "variables")

    def __init__(self, name: str) -> None:
        self.name = name
        self.variables = ["$"]
        self.declared = 0
        self.ranges = 0
        self.parentheses = 0
        self.action_line = 0


class Parser:
    """One text being parsed."""

    def __init__(self, name: str, text: str) -> None:
        self.name = name
        self.text = text
        self.lexer = lex.Lexer(text)
        # The lookahead belongs to a tree in Go; definitions begin with an empty one.
        self.tokens: list[Token] = [(lex.EOF, 0, "", 0)] * 3
        self.pending = 0
        self.base = 0
        self.scope = _Scope(name)
        self.templates: dict[str, tuple[tuple[Node, ...], int]] = {}
        self.functions: dict[str, int] = {}

    # Tokens.

    def next(self) -> Token:
        if self.pending > 0:
            self.pending -= 1
        else:
            self.tokens[0] = self.lexer.next()
        return self.tokens[self.pending]

    def peek(self) -> Token:
        if self.pending > 0:
            return self.tokens[self.pending - 1]
        self.pending = 1
        self.tokens[0] = self.lexer.next()
        return self.tokens[0]

    def next_word(self) -> Token:
        token = self.next()
        while token[0] == lex.SPACE:
            token = self.next()
        return token

    def peek_word(self) -> Token:
        token = self.next_word()
        self.pending += 1
        return token

    # Errors.

    def fail(self, detail: str, token: Token | None = None) -> NoReturn:
        """Raise ParseError; `token` is what it is about, for the column, where that is not the last one read."""
        line = self.tokens[0][3]
        raise ParseError(
            f"template: {self.name}:{line}: {detail}",
            name=self.name,
            line=line,
            detail=detail,
            position=(token or self.tokens[0])[1],
            text=self.text,
            functions=tuple(self.functions.items()),
        )

    def unexpected(self, token: Token, context: str) -> NoReturn:
        if token[0] == lex.ERROR:
            extra = ""
            start = self.scope.action_line
            if start not in (0, token[3]):
                extra = f" in action started at {self.name}:{start}"
                if token[2].endswith(" action"):
                    extra = extra[len(" in action") :]
            self.fail(f"{token[2]}{extra}", token)
        self.fail(f"unexpected {lex.token_text(token)} in {context}", token)

    def expect(self, kind: int, context: str) -> Token:
        token = self.next_word()
        if token[0] != kind:
            self.unexpected(token, context)
        return token

    # Statements.

    def parse(self) -> None:
        body: list[Node] = []
        while self.peek()[0] != lex.EOF:
            if self.peek()[0] == lex.LEFT_DELIM:
                delim = self.next()
                if self.next_word()[0] == lex.DEFINE:
                    self.definition()
                    continue
                self.tokens[1] = delim
                self.pending = 2
            node = self.statement()
            if node[0] < 0:
                self.fail(f"unexpected {_closing(node)}")
            body.append(node)
        self.add(self.scope, body)

    def add(self, scope: _Scope, body: list[Node]) -> None:
        """Keep a finished body; of two with one name, at most one may hold anything."""
        old = self.templates.get(scope.name)
        if old is None or nodes.is_empty(self.text, old[0]):
            self.templates.pop(scope.name, None)
            self.templates[scope.name] = (tuple(body), scope.declared)
        elif not nodes.is_empty(self.text, tuple(body)):
            self.fail(f"template: multiple definition of template {quote(scope.name)}")

    def definition(self) -> None:
        # A new tree in Go: nothing looked ahead, and errors of the lookahead's line count from there.
        outer, self.scope = self.scope, _Scope("definition")
        self.tokens = [(lex.EOF, 0, "", 0)] * 3
        self.pending = 0
        context = "define clause"
        token = self.next_word()
        if token[0] not in (lex.STRING, lex.RAW_STRING):
            self.unexpected(token, context)
        self.scope.name = self.unquoted(token[2])
        self.expect(lex.RIGHT_DELIM, context)
        body, end = self.items()
        if end[0] != _END:
            self.fail(f"unexpected {_closing(end)} in {context}")
        self.add(self.scope, body)
        self.scope = outer
        self.tokens = [(lex.EOF, 0, "", 0)] * 3
        self.pending = 0

    def unquoted(self, literal: str) -> str:
        try:
            return unquote(literal)
        except GoError as error:
            self.fail(str(error))

    def items(self) -> tuple[list[Node], Node]:
        body: list[Node] = []
        while True:
            if self.peek_word()[0] == lex.EOF:
                self.fail("unexpected EOF")
            node = self.statement()
            if node[0] < 0:
                return body, node
            body.append(node)

    def statement(self) -> Node:
        token = self.next_word()
        if token[0] == lex.TEXT:
            return (nodes.TEXT, token[1], token[1] + len(token[2]))
        if token[0] != lex.LEFT_DELIM:
            self.unexpected(token, "input")
        self.scope.action_line = token[3]
        scope = self.scope
        base, self.base = self.base, token[1]
        node = self.action()
        self.base = base
        scope.action_line = 0
        return node

    def action(self) -> Node:
        token = self.next_word()
        kind = token[0]
        if kind == lex.BLOCK:
            return self.block()
        if kind == lex.BREAK:
            return self.jump(nodes.BREAK, "{{break}}", token)
        if kind == lex.CONTINUE:
            return self.jump(nodes.CONTINUE, "{{continue}}", token)
        if kind == lex.ELSE:
            word = self.peek_word()
            if word[0] not in (lex.IF, lex.WITH):
                self.expect(lex.RIGHT_DELIM, "else")
            return (_ELSE, self.base)
        if kind == lex.END:
            self.expect(lex.RIGHT_DELIM, "end")
            return (_END, 0)
        if kind == lex.IF:
            return self.branch(nodes.IF, "if")
        if kind == lex.RANGE:
            return self.branch(nodes.RANGE, "range")
        if kind == lex.TEMPLATE:
            return self.template()
        if kind == lex.WITH:
            return self.branch(nodes.WITH, "with")
        self.pending += 1
        self.peek()
        return (nodes.ACTION, self.base, self.pipeline("command", lex.RIGHT_DELIM))

    def jump(self, kind: int, text: str, start: Token) -> Node:
        token = self.next_word()
        if token[0] != lex.RIGHT_DELIM:
            self.unexpected(token, text)
        if self.scope.ranges == 0:
            self.fail(f"{text} outside {{{{range}}}}")
        return (kind, start[1])

    def branch(self, kind: int, context: str) -> Node:
        base = self.base
        scope = self.scope
        mark = len(scope.variables)
        pipe = self.pipeline(context, lex.RIGHT_DELIM)
        ranges = 1 if kind == nodes.RANGE else 0
        scope.ranges += ranges
        body, end = self.items()
        scope.ranges -= ranges
        otherwise: tuple[Node, ...] | None = None
        if end[0] == _ELSE:
            self.base = end[1]
            if (kind == nodes.IF and self.peek()[0] == lex.IF) or (kind == nodes.WITH and self.peek()[0] == lex.WITH):
                self.next()
                otherwise = (self.branch(kind, context),)
            else:
                rest, end = self.items()
                if end[0] != _END:
                    self.fail(f"expected end; found {_closing(end)}")
                otherwise = tuple(rest)
        del scope.variables[mark:]
        return (kind, base, pipe, tuple(body), otherwise)

    def template_name(self, token: Token, context: str) -> str:
        if token[0] not in (lex.STRING, lex.RAW_STRING):
            self.unexpected(token, context)
        return self.unquoted(token[2])

    def block(self) -> Node:
        context = "block clause"
        base = self.base
        token = self.next_word()
        name = self.template_name(token, context)
        pipe = self.pipeline(context, lex.RIGHT_DELIM)
        outer, self.scope = self.scope, _Scope(name)
        tokens, pending, self.pending = self.tokens, self.pending, 0
        self.tokens = [(lex.EOF, 0, "", 0)] * 3
        body, end = self.items()
        if end[0] != _END:
            # The outer tree words this one, so its last token gives the line.
            self.tokens = tokens
            self.fail(f"unexpected {_closing(end)} in {context}")
        self.add(self.scope, body)
        self.scope = outer
        self.tokens, self.pending = tokens, pending
        return (nodes.TEMPLATE, base, token[1] - base, name, pipe)

    def template(self) -> Node:
        context = "template clause"
        token = self.next_word()
        name = self.template_name(token, context)
        pipe: Node | None = None
        if self.next_word()[0] != lex.RIGHT_DELIM:
            self.pending += 1
            pipe = self.pipeline(context, lex.RIGHT_DELIM)
        return (nodes.TEMPLATE, self.base, token[1] - self.base, name, pipe)

    # Pipelines.

    def pipeline(self, context: str, end: int) -> Node:
        position = self.peek_word()[1] - self.base
        variables: list[Node] = []
        assign = self.declarations(context, variables)
        commands: list[tuple[Node, ...]] = []
        while True:
            token = self.next_word()
            if token[0] == end:
                self.check(commands, context)
                return (nodes.PIPE, position, assign, tuple(variables), tuple(commands))
            if token[0] not in _OPERANDS:
                self.unexpected(token, context)
            self.pending += 1
            commands.append(self.command())

    def declarations(self, context: str, variables: list[Node]) -> bool:
        """`$x :=`, `$x =`, and in a range `$i, $x :=`; returns whether it is an assignment."""
        while True:
            variable = self.peek_word()
            if variable[0] != lex.VARIABLE:
                return False
            self.next()
            after = self.peek()
            follow = self.peek_word()
            comma = follow[0] == lex.CHAR and follow[2] == ","
            if follow[0] not in (lex.ASSIGN, lex.DECLARE) and not comma:
                if after[0] == lex.SPACE:
                    self.tokens[1], self.tokens[2] = after, variable
                    self.pending = 3
                else:
                    self.tokens[1] = variable
                    self.pending = 2
                return False
            self.next_word()
            variables.append((nodes.VARIABLE, variable[1] - self.base, tuple(variable[2].split("."))))
            self.scope.variables.append(variable[2])
            self.scope.declared += 1
            if not comma:
                return follow[0] == lex.ASSIGN
            if context == "range" and len(variables) < 2:
                if self.peek_word()[0] in (lex.VARIABLE, lex.RIGHT_DELIM, lex.RIGHT_PAREN):
                    continue
                self.fail("range can only initialize variables")
            self.fail(f"too many declarations in {context}")

    def check(self, commands: list[tuple[Node, ...]], context: str) -> None:
        if not commands:
            self.fail(f"missing value for {context}")
        for index, command in enumerate(commands[1:]):
            if command[0][0] in _LITERALS:
                self.fail(f"non executable command in pipeline stage {index + 2}")

    def command(self) -> tuple[Node, ...]:
        arguments: list[Node] = []
        while True:
            self.peek_word()
            operand = self.operand()
            if operand is not None:
                arguments.append(operand)
            token = self.next()
            if token[0] == lex.SPACE:
                continue
            if token[0] in (lex.RIGHT_DELIM, lex.RIGHT_PAREN):
                self.pending += 1
            elif token[0] != lex.PIPE:
                self.unexpected(token, "operand")
            break
        if not arguments:
            self.fail("empty command")
        return tuple(arguments)

    def operand(self) -> Node | None:
        node = self.term()
        if node is None or self.peek()[0] != lex.FIELD:
            return node
        position = self.peek()[1] - self.base
        names: list[str] = []
        while self.peek()[0] == lex.FIELD:
            names.append(self.next()[2][1:])
        kind = node[0]
        if kind in (nodes.FIELD, nodes.VARIABLE):
            return (kind, position, (*node[2], *names))
        if kind in _LITERALS:
            self.fail(f"unexpected . after term {quote(nodes.node_text(node))}")
        return (nodes.CHAIN, position, node, tuple(names))

    def term(self) -> Node | None:
        token = self.next_word()
        kind, at, value, _ = token
        at -= self.base
        if kind == lex.IDENTIFIER:
            self.functions.setdefault(value, self.tokens[0][3])
            return (nodes.IDENTIFIER, at, value)
        if kind == lex.DOT:
            return (nodes.DOT, at)
        if kind == lex.NIL:
            return (nodes.NIL, at)
        if kind == lex.VARIABLE:
            if value not in self.scope.variables:
                self.fail(f"undefined variable {quote(value)}")
            return (nodes.VARIABLE, at, (value,))
        if kind == lex.FIELD:
            return (nodes.FIELD, at, (value[1:],))
        if kind == lex.BOOL:
            return (nodes.BOOL, at, value == "true")
        if kind in (lex.CHAR_CONSTANT, lex.COMPLEX, lex.NUMBER):
            return self.number(kind, at, value)
        if kind == lex.LEFT_PAREN:
            if self.scope.parentheses >= MAX_PARENTHESES:
                self.fail("max expression depth exceeded")
            self.scope.parentheses += 1
            pipe = self.pipeline("parenthesized pipeline", lex.RIGHT_PAREN)
            self.scope.parentheses -= 1
            return pipe
        if kind in (lex.STRING, lex.RAW_STRING):
            return (nodes.STRING, at, value, self.unquoted(value))
        self.pending += 1
        return None

    def number(self, kind: int, at: int, text: str) -> Node:
        read = number if kind == lex.NUMBER else complex_number if kind == lex.COMPLEX else character
        try:
            return (nodes.NUMBER, at, text, *read(text))
        except GoError as error:
            self.fail(str(error))


def _closing(node: Node) -> str:
    return "{{end}}" if node[0] == _END else "{{else}}"
