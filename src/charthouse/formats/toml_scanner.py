"""The characters and words of a TOML text, with the complaints of the library Helm reads it with.

Rules: lex.go of github.com/BurntSushi/toml v1.6.0, state by state, its line numbers included (an error at the end of
the text is reported one line up). Texts hold bytes that are no UTF-8 as surrogate escapes.
"""

from __future__ import annotations

from charthouse.golang.kinds import GoError
from charthouse.golang.strconv import quote, quote_rune

__all__ = ["Scanner", "TomlFault"]

_BARE = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-")
_DIGITS = frozenset("0123456789")
_HEX = frozenset("0123456789abcdefABCDEF")
_BLANK = (" ", "\t")
_BREAK = ("\n", "\r")
_FLOAT = _DIGITS | frozenset("_.-+eE")
_DATE = _DIGITS | frozenset("-:Tt .Zz+")
_PREFIXED = {
    "b": ("a binary", frozenset("01")),
    "o": ("an octal", frozenset("01234567")),
    "x": ("a hexadecimal", _HEX),
}
_UNICODE = {"x": (2, "two"), "u": (4, "four"), "U": (8, "eight")}


class TomlFault(GoError):
    """Something wrong in a line; the parser adds the key it was at."""

    def __init__(self, message: str, line: int) -> None:
        super().__init__(message)
        self.message = message
        self.line = line


class Scanner:
    """A place in a text. `start` is where the current item began, `line` counts from 1."""

    __slots__ = ("at_end", "escaped", "line", "pos", "start", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self.pos = self.start = 0
        self.line = 1
        self.at_end = self.escaped = False

    def next(self) -> str:
        """The next character, "" at the end. Raises TomlFault for one no TOML may have."""
        text, pos = self.text, self.pos
        if pos >= len(text):
            self.at_end = True
            return ""
        char = text[pos]
        if char == "\n":
            self.line += 1
        if "\ud800" <= char <= "\udfff":
            raise TomlFault(f"invalid UTF-8 byte: 0x{ord(char) & 0xFF:02x}", self.line)
        if char in ("\r", "\x7f") or (char < " " and char not in "\t\n"):
            alone = char == "\r" and text[pos + 1 : pos + 2] != "\n"
            if alone or char != "\r":
                raise TomlFault(f"TOML files cannot contain control characters: '0x{ord(char):02x}'", self.line)
        self.pos = pos + 1
        return char

    def back(self) -> None:
        """Unread a character, or the end."""
        if self.at_end:
            self.at_end = False
            return
        self.pos -= 1
        if self.text[self.pos] == "\n":
            self.line -= 1

    def peek(self) -> str:
        char = self.next()
        self.back()
        return char

    def accept(self, wanted: str) -> bool:
        if self.next() == wanted:
            return True
        self.back()
        return False

    def skip_blank(self) -> None:
        while self.next() in _BLANK:
            pass
        self.back()
        self.start = self.pos

    def current(self) -> str:
        return self.text[self.start : self.pos]

    def fault(self, message: str) -> TomlFault:
        """An error here."""
        up = self.at_end and self.text[self.pos - 1 : self.pos] == "\n" and self.pos > 0
        return TomlFault(message, self.line - up)

    def fault_above(self, message: str) -> TomlFault:
        """An error that shows in the line before."""
        return TomlFault(message, self.line - 1)

    def comment(self) -> None:
        """What stands behind a `#`."""
        while (char := self.next()) and char not in _BREAK:
            pass
        self.back()

    def shown(self, char: str) -> str:
        """A character as `%q` prints it; the end is the character 0."""
        return quote_rune(ord(char) if char else 0)

    # Keys.

    def name(self) -> tuple[str, str]:
        """A part of a key: ("bare", "string" or "raw", its text)."""
        char = self.peek()
        if char in ('"', "'") and char:
            self.next()
            self.start = self.pos
            return self.string() if char == '"' else self.raw_string()
        self.start = self.pos
        while self.next() in _BARE:
            pass
        self.back()
        return "bare", self.current()

    def key_separator(self) -> bool:
        """Behind a part of a key: whether another follows."""
        self.skip_blank()
        char = self.next()
        if char == ".":
            return True
        if char == "=":
            return False
        if not char:
            raise self.fault("unexpected EOF; expected key separator '='")
        message = f"expected '.' or '=', but got {self.shown(char)} instead"
        raise self.fault_above(message) if char == "\n" else self.fault(message)

    # Texts.

    def string(self) -> tuple[str, str]:
        """A text in double quotes, behind the first of them."""
        while True:
            char = self.next()
            if not char:
                raise self.fault("unexpected EOF; expected '\"'")
            if char in _BREAK:
                raise self.fault_above("strings cannot contain newlines")
            if char == "\\":
                self.escape()
            elif char == '"':
                text = self.text[self.start : self.pos - 1]
                kind, self.escaped = ("escaped" if self.escaped else "raw"), False
                return kind, text

    def raw_string(self) -> tuple[str, str]:
        while True:
            char = self.next()
            if not char:
                raise self.fault('unexpected EOF; expected "\'"')
            if char in _BREAK:
                raise self.fault_above("strings cannot contain newlines")
            if char == "'":
                return "raw", self.text[self.start : self.pos - 1]

    def lines(self, mark: str) -> str:
        """A text in three quotes, behind the first of them."""
        self.start = self.pos
        while True:
            char = self.next()
            if not char:
                wanted = f"'{mark * 3}'" if mark == '"' else f'"{mark * 3}"'
                raise self.fault(f"unexpected EOF; expected {wanted}")
            if char == "\\" and mark == '"':
                if self.next() not in _BREAK:
                    self.back()
                    self.escape()
            elif char == mark and self.accept(mark):
                if not self.accept(mark):
                    self.back()
                    continue
                if self.peek() != mark:
                    self.escaped = False
                    return self.text[self.start : self.pos - 3]
                so_far = self.current()
                if so_far.endswith(mark * 5) and not (mark == '"' and so_far.endswith("\\" + mark * 5)):
                    raise self.fault(f"unexpected '{mark * 6}'" if mark == '"' else f'unexpected "{mark * 6}"')
                self.back()
                self.back()

    def escape(self) -> None:
        """What stands behind a backslash."""
        self.escaped = True
        char = self.next()
        if char in _UNICODE:
            count, word = _UNICODE[char]
            for _ in range(count):
                if self.next() not in _HEX:
                    message = f"expected {word} hexadecimal digits after '\\{char}', but got {quote(self.current())}"
                    raise self.fault(f"{message} instead")
        elif not char or char not in 'ebtnfr" \t\\':
            message = f"invalid escape in string '\\{char or chr(0)}'"
            raise TomlFault(message, self.line - self.at_end)

    # Numbers, dates and words.

    def run(self, allowed: frozenset[str]) -> None:
        while self.next() in allowed:
            pass
        self.back()

    def number_or_date(self) -> tuple[str, str]:
        """(`integer`, `float` or `date`, the text) of what begins with a digit."""
        self.start = self.pos
        if self.next() == "0":
            char = self.next()
            if char in _PREFIXED:
                return self.prefixed(char)
            if char not in _DIGITS:
                return self.decimal_tail(char)
        while (char := self.next()) in _DIGITS:
            pass
        if char in ("-", ":"):
            self.run(_DATE)
            return "date", self.current().strip()
        return self.decimal_tail(char)

    def prefixed(self, char: str) -> tuple[str, str]:
        name, digits = _PREFIXED[char]
        following = self.peek()
        if following not in digits:
            raise self.fault(f"not {name} number: '{self.current()}{following or chr(0)}'")
        self.run(digits | {"_"})
        return "integer", self.current()

    def decimal_tail(self, char: str) -> tuple[str, str]:
        """The rest of a decimal number whose last character read is `char`."""
        while char == "_" or char in _DIGITS:
            char = self.next()
        if char in (".", "e", "E"):
            self.run(_FLOAT)
            return "float", self.current()
        self.back()
        return "integer", self.current()

    def signed(self) -> tuple[str, str]:
        """A number behind its sign."""
        char = self.next()
        if char in ("i", "n"):
            rest = "nf" if char == "i" else "an"
            if not self.accept(rest[0]) or not self.accept(rest[1]):
                raise self.fault(f"invalid float: '{self.current()}'")
            return "float", self.current()
        if char == "0" and (following := self.peek()) in _PREFIXED:
            raise self.fault(f"cannot use sign with non-decimal numbers: '{self.current()}{following}'")
        if char == ".":
            raise self.fault("floats must start with a digit, not '.'")
        if char not in _DIGITS:
            raise self.fault(f"expected a digit but got {self.shown(char)}")
        return self.decimal_tail(self.next())

    def word(self) -> str:
        """`true` or `false`."""
        start = self.pos
        while self.next().isalpha():
            pass
        self.back()
        word = self.text[start : self.pos]
        if word not in ("true", "false"):
            raise self.fault(f"expected value but found {quote(word)} instead")
        return word
