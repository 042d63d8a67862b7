"""Syntax errors of encoding/json in the words it had before Go 1.25's second version (Helm 3 is built with Go 1.23).

Whose rules: encoding/json scanner.go of Go 1.23: a state machine over bytes. It names a byte, not a character, and at
the end of the text it tries a blank first, so that an unfinished literal is told about that blank.
"""

from __future__ import annotations

__all__ = ["syntax_error"]

_SPACE = frozenset(b" \t\r\n")
_DIGITS = frozenset(b"0123456789")
_HEX = frozenset(b"0123456789abcdefABCDEF")
_MAX_DEPTH = 10_000


class _Wrong(Exception):
    """What is wrong with the text."""


def syntax_error(text: str) -> str:
    """Why a text is no JSON, "" when it is."""
    try:
        _Scanner(text.encode("utf-8", "surrogateescape")).document()
    except _Wrong as wrong:
        return str(wrong)
    return ""


def _shown(byte: int) -> str:
    if byte == 0x27:
        return r"'\''"
    if byte == 0x22:
        return "'\"'"
    from charthouse.golang.strconv import quote

    return f"'{quote(chr(byte))[1:-1]}'"


class _Scanner:
    __slots__ = ("at", "data")

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0

    def wrong(self, context: str) -> _Wrong:
        byte = self.data[self.at] if self.at < len(self.data) else 0x20
        return _Wrong(f"invalid character {_shown(byte)} {context}")

    def peek(self) -> int:
        """The next byte that is no space. Raises _Wrong at the end."""
        data, at = self.data, self.at
        while at < len(data) and data[at] in _SPACE:
            at += 1
        self.at = at
        if at == len(data):
            raise _Wrong("unexpected end of JSON input")
        return data[at]

    def take(self, allowed: frozenset[int], context: str) -> None:
        """One byte of a token, which must be allowed."""
        if self.at >= len(self.data) or self.data[self.at] not in allowed:
            raise self.wrong(context)
        self.at += 1

    def document(self) -> None:
        self.value()
        data = self.data
        while self.at < len(data):
            if data[self.at] not in _SPACE:
                raise self.wrong("after top-level value")
            self.at += 1

    def value(self) -> None:
        """A value and all in it, without recursion: `open` holds the brackets it is inside of."""
        open_brackets: list[int] = []
        while True:
            byte = self.peek()
            if byte == 0x5B:  # [
                self.at += 1
                self._deeper(open_brackets, byte)
                if self.peek() != 0x5D:
                    continue
                self.at += 1
                open_brackets.pop()
            elif byte == 0x7B:  # {
                self.at += 1
                self._deeper(open_brackets, byte)
                if self.peek() != 0x7D:
                    self._key()
                    continue
                self.at += 1
                open_brackets.pop()
            else:
                self._plain(byte)
            if self._close(open_brackets):
                return

    def _deeper(self, open_brackets: list[int], byte: int) -> None:
        open_brackets.append(byte)
        if len(open_brackets) > _MAX_DEPTH:
            raise _Wrong("exceeded max depth")

    def _close(self, open_brackets: list[int]) -> bool:
        """Behind a value: close what ends here. Whether nothing is open any more."""
        while open_brackets:
            byte = self.peek()
            in_array = open_brackets[-1] == 0x5B
            if byte == 0x2C:
                self.at += 1
                if not in_array:
                    self._key()
                return False
            if byte != (0x5D if in_array else 0x7D):
                raise self.wrong("after array element" if in_array else "after object key:value pair")
            self.at += 1
            open_brackets.pop()
        return True

    def _key(self) -> None:
        if self.peek() != 0x22:
            raise self.wrong("looking for beginning of object key string")
        self._string()
        if self.peek() != 0x3A:
            raise self.wrong("after object key")
        self.at += 1

    def _plain(self, byte: int) -> None:
        if byte == 0x22:
            self._string()
        elif byte == 0x2D or byte in _DIGITS:
            self._number()
        elif byte in b"tfn":
            self._literal({0x74: b"true", 0x66: b"false", 0x6E: b"null"}[byte])
        else:
            raise self.wrong("looking for beginning of value")

    def _literal(self, word: bytes) -> None:
        for index, byte in enumerate(word):
            if index:
                self.take(frozenset((byte,)), f"in literal {word.decode()} (expecting '{chr(byte)}')")
            else:
                self.at += 1

    def _string(self) -> None:
        self.at += 1
        data = self.data
        while self.at < len(data):
            byte = data[self.at]
            if byte == 0x22:
                self.at += 1
                return
            if byte < 0x20:
                raise self.wrong("in string literal")
            self.at += 1
            if byte == 0x5C:
                escaped = data[self.at] if self.at < len(data) else 0x20
                if escaped not in b'bfnrt\\/"u':
                    raise self.wrong("in string escape code")
                self.at += 1
                if escaped == 0x75:
                    for _ in range(4):
                        self.take(_HEX, "in \\u hexadecimal character escape")
        raise _Wrong("unexpected end of JSON input")

    def _number(self) -> None:
        data = self.data
        if data[self.at] == 0x2D:
            self.at += 1
            if self.at >= len(data) or data[self.at] not in _DIGITS:
                raise self.wrong("in numeric literal")
        if data[self.at] == 0x30:
            self.at += 1
        else:
            self._digits()
        if data[self.at : self.at + 1] == b".":
            self.at += 1
            self.take(_DIGITS, "after decimal point in numeric literal")
            self._digits()
        if data[self.at : self.at + 1] in (b"e", b"E"):
            self.at += 1
            if data[self.at : self.at + 1] in (b"+", b"-"):
                self.at += 1
            self.take(_DIGITS, "in exponent of numeric literal")
            self._digits()

    def _digits(self) -> None:
        data = self.data
        while self.at < len(data) and data[self.at] in _DIGITS:
            self.at += 1
