"""Template text to tokens, exactly as Go's lexer does it.

Rules: text/template/parse/lex.go of Go 1.27. This is the exact lexer, used when the fast scanner (``scanner``) meets
anything out of the ordinary: its tokens carry the lines that Go's error texts show. Positions are indexes into the text
(characters, not bytes); only errors turn them into Go's byte columns.

A token is a tuple (type, position, value, line).
"""

from __future__ import annotations

from charthouse.golang.strconv import quote

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    Token = tuple[int, int, str, int]

__all__ = ["KEYWORDS", "Lexer", "is_alphanumeric", "token_text", "unicode_name"]

ERROR, BOOL, CHAR, CHAR_CONSTANT, COMPLEX, ASSIGN, DECLARE, EOF = range(8)
FIELD, IDENTIFIER, LEFT_DELIM, LEFT_PAREN, NUMBER, PIPE, RAW_STRING, RIGHT_DELIM = range(8, 16)
RIGHT_PAREN, SPACE, STRING, TEXT, VARIABLE = range(16, 21)
KEYWORD, BLOCK, BREAK, CONTINUE, DOT, DEFINE, ELSE, END, IF, NIL, RANGE, TEMPLATE, WITH = range(21, 34)

KEYWORDS = {
    ".": DOT,
    "block": BLOCK,
    "break": BREAK,
    "continue": CONTINUE,
    "define": DEFINE,
    "else": ELSE,
    "end": END,
    "if": IF,
    "range": RANGE,
    "nil": NIL,
    "template": TEMPLATE,
    "with": WITH,
}

SPACES = " \t\r\n"


def is_alphanumeric(char: str) -> bool:
    """Letters, decimal digits and the underscore; "" (the end of the text) is none."""
    return char == "_" or char.isalpha() or char.isdecimal()


def unicode_name(char: str) -> str:
    """A character as Go's `%#U` prints it: `U+0040 '@'`; the end of the text is rune -1."""
    if not char:
        return "U+FFFFFFFFFFFFFFFF"
    if "\ud800" <= char <= "\udfff":
        char = "\ufffd"
    text = f"U+{ord(char):04X}"
    return f"{text} '{char}'" if char.isprintable() else text


def token_text(token: Token) -> str:
    """A token as error texts show it."""
    kind, _, value, _ = token
    if kind == EOF:
        return "EOF"
    if kind == ERROR:
        return value
    if kind > KEYWORD:
        return f"<{value}>"
    if len(value.encode("utf-8", "surrogateescape")) > 10:
        return quote(value[:10]) + "..."
    return quote(value)


class Lexer:
    """The scanner's state; ``next`` gives one token after another."""

    __slots__ = ("depth", "ended", "inside", "line", "pos", "start", "start_line", "text", "token")

    def __init__(self, text: str) -> None:
        self.text = text
        self.pos = 0
        self.start = 0
        self.line = 1
        self.start_line = 1
        self.depth = 0
        self.inside = False
        self.ended = False
        self.token: Token | None = None

    def next(self) -> Token:
        """The next token; after an error token, whatever comes is of no meaning."""
        state: Callable[[], Callable[..., object] | None] | None = (
            self.inside_action if self.inside else self.plain_text
        )
        while state is not None:
            state = state()  # type: ignore[assignment]  # a state returns the next state
        token: Token | None = self.token
        assert token is not None
        return token

    def emit(self, kind: int) -> None:
        self.token = (kind, self.start, self.text[self.start : self.pos], self.start_line)
        self.start = self.pos
        self.start_line = self.line

    def fail(self, message: str) -> None:
        self.token = (ERROR, self.start, message, self.start_line)
        self.text = ""
        self.start = self.pos = 0

    def ignore(self) -> None:
        self.line += self.text.count("\n", self.start, self.pos)
        self.start = self.pos
        self.start_line = self.line

    def take(self) -> str:
        """Consume one character; "" at the end."""
        if self.pos >= len(self.text):
            self.ended = True
            return ""
        char = self.text[self.pos]
        self.pos += 1
        if char == "\n":
            self.line += 1
        return char

    def back(self) -> None:
        if not self.ended and self.pos > 0:
            self.pos -= 1
            if self.text[self.pos] == "\n":
                self.line -= 1

    def peek(self) -> str:
        if self.pos >= len(self.text):
            self.ended = True
            return ""
        return self.text[self.pos]

    def accept(self, valid: str) -> bool:
        char = self.take()
        if char and char in valid:
            return True
        self.back()
        return False

    def accept_run(self, valid: str) -> None:
        while self.accept(valid):
            pass

    # The states.

    def plain_text(self) -> Callable[[], object] | None:
        text = self.text
        at = text.find("{{", self.pos)
        if at < 0:
            self.pos = len(text)
            if self.pos > self.start:
                self.line += text.count("\n", self.start, self.pos)
                self.emit(TEXT)
            else:
                self.emit(EOF)
            return None
        if at > self.pos:
            trimmed = at
            if text.startswith("-", at + 2) and text[at + 3 : at + 4] in tuple(SPACES):
                trimmed = self.start + len(text[self.start : at].rstrip(SPACES))
            self.pos = trimmed
            self.line += text.count("\n", self.start, trimmed)
            self.emit(TEXT)
            token = self.token
            self.pos = at
            self.ignore()
            if token is not None and token[2]:
                return None
        return self.left_delim

    def left_delim(self) -> Callable[[], object] | None:
        text = self.text
        self.pos += 2
        skip = 2 if text.startswith("-", self.pos) and text[self.pos + 1 : self.pos + 2] in tuple(SPACES) else 0
        if text.startswith("/*", self.pos + skip):
            self.pos += skip
            self.ignore()
            return self.comment
        self.emit(LEFT_DELIM)
        self.inside = True
        self.pos += skip
        token = self.token
        self.ignore()
        self.token = token
        self.depth = 0
        return None

    def at_right_delim(self) -> tuple[bool, bool]:
        text, pos = self.text, self.pos
        if text[pos : pos + 1] in tuple(SPACES) and text.startswith("-}}", pos + 1):
            return True, True
        return text.startswith("}}", pos), False

    def comment(self) -> Callable[[], object] | None:
        end = self.text.find("*/", self.pos + 2)
        if end < 0:
            self.fail("unclosed comment")
            return None
        self.pos = end + 2
        delim, trim = self.at_right_delim()
        if not delim:
            self.fail("comment ends before closing delimiter")
            return None
        self.line += self.text.count("\n", self.start, self.pos)
        self.start = self.pos
        self.start_line = self.line
        self.pos += 4 if trim else 2
        if trim:
            self.skip_spaces()
        self.ignore()
        return self.plain_text

    def skip_spaces(self) -> None:
        text, pos = self.text, self.pos
        while pos < len(text) and text[pos] in SPACES:
            pos += 1
        self.pos = pos

    def right_delim(self) -> None:
        _, trim = self.at_right_delim()
        if trim:
            self.pos += 2
            self.ignore()
        self.pos += 2
        self.emit(RIGHT_DELIM)
        token = self.token
        if trim:
            self.skip_spaces()
            self.ignore()
        self.inside = False
        self.token = token

    def inside_action(self) -> Callable[[], object] | None:
        delim, _ = self.at_right_delim()
        if delim:
            if self.depth == 0:
                self.right_delim()
            else:
                self.fail("unclosed left paren")
            return None
        char = self.take()
        if not char:
            self.fail("unclosed action")
        elif char in SPACES:
            self.back()
            return self.space
        elif char in "=|()":
            self.punctuation(char)
        elif char == ":":
            if self.take() != "=":
                self.fail("expected :=")
            else:
                self.emit(DECLARE)
        elif char == '"':
            self.quoted('"', STRING, "unterminated quoted string")
        elif char == "`":
            self.raw_quoted()
        elif char == "$":
            self.field_or_variable(VARIABLE)
        elif char == "'":
            self.quoted("'", CHAR_CONSTANT, "unterminated character constant")
        elif char == "." and self.pos < len(self.text) and not "0" <= self.text[self.pos] <= "9":
            self.field_or_variable(FIELD)
        elif char in ".+-" or "0" <= char <= "9":
            self.back()
            self.number()
        elif is_alphanumeric(char):
            self.back()
            self.identifier()
        elif " " <= char <= "~":
            self.emit(CHAR)
        else:
            self.fail(f"unrecognized character in action: {unicode_name(char)}")
        return None

    def punctuation(self, char: str) -> None:
        if char == "(":
            self.depth += 1
            self.emit(LEFT_PAREN)
        elif char == ")":
            self.depth -= 1
            if self.depth < 0:
                self.fail("unexpected right paren")
            else:
                self.emit(RIGHT_PAREN)
        else:
            self.emit(ASSIGN if char == "=" else PIPE)

    def space(self) -> Callable[[], object] | None:
        count = 0
        while True:
            char = self.peek()
            if not char or char not in SPACES:
                break
            self.take()
            count += 1
        if self.text.startswith("-}}", self.pos):
            self.back()
            if count == 1:
                self.right_delim()
                return None
        self.emit(SPACE)
        return None

    def at_terminator(self) -> bool:
        char = self.peek()
        return not char or char in " \t\r\n.,|:)(" or self.text.startswith("}}", self.pos)

    def bad_character(self, char: str) -> None:
        self.fail(f"bad character {unicode_name(char)}")

    def identifier(self) -> None:
        while is_alphanumeric(char := self.take()):
            pass
        self.back()
        word = self.text[self.start : self.pos]
        if not self.at_terminator():
            self.bad_character(char)
        elif word in KEYWORDS:
            self.emit(KEYWORDS[word])
        elif word in ("true", "false"):
            self.emit(BOOL)
        else:
            self.emit(IDENTIFIER)

    def field_or_variable(self, kind: int) -> None:
        if self.at_terminator():
            self.emit(VARIABLE if kind == VARIABLE else DOT)
            return
        while is_alphanumeric(char := self.take()):
            pass
        self.back()
        if self.at_terminator():
            self.emit(kind)
        else:
            self.bad_character(char)

    def quoted(self, end: str, kind: int, message: str) -> None:
        while True:
            char = self.take()
            if char == "\\":
                char = self.take()
                if char and char != "\n":
                    continue
                self.fail(message)
                return
            if not char or char == "\n":
                self.fail(message)
                return
            if char == end:
                self.emit(kind)
                return

    def raw_quoted(self) -> None:
        while True:
            char = self.take()
            if not char:
                self.fail("unterminated raw quoted string")
                return
            if char == "`":
                self.emit(RAW_STRING)
                return

    def number(self) -> None:
        good = self.scan_number()
        kind = NUMBER
        if good and self.peek() in ("+", "-"):
            good = self.scan_number() and self.text[self.pos - 1] == "i"
            kind = COMPLEX
        if good:
            self.emit(kind)
        else:
            self.fail(f"bad number syntax: {quote(self.text[self.start : self.pos])}")

    def scan_number(self) -> bool:
        self.accept("+-")
        digits = "0123456789_"
        if self.accept("0"):
            if self.accept("xX"):
                digits = "0123456789abcdefABCDEF_"
            elif self.accept("oO"):
                digits = "01234567_"
            elif self.accept("bB"):
                digits = "01_"
        self.accept_run(digits)
        if self.accept("."):
            self.accept_run(digits)
        if (len(digits) == 11 and self.accept("eE")) or (len(digits) == 23 and self.accept("pP")):
            self.accept("+-")
            self.accept_run("0123456789_")
        self.accept("i")
        if is_alphanumeric(self.peek()):
            self.take()
            return False
        return True
