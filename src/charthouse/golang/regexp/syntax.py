"""Regular expressions as Go's regexp/syntax reads them: text to tree, with Go's error texts.

Rules: Go 1.27 regexp/syntax parse.go ``parse`` with the flags of regexp.Compile (Perl). The tree is of tuples whose
first item is the kind:

    ("class", ranges)                   one character of a set (literals too; folded letters are sets)
    ("empty",)                          nothing
    ("begin line",) ("end line",) ("begin text",) ("end text",) ("word",) ("no word",)
    ("capture", number, name, sub)
    ("star", greedy, sub) ("plus", greedy, sub) ("quest", greedy, sub) ("repeat", low, high or -1, greedy, sub)
    ("concat", subs) ("alternate", subs)

Go's factoring of common prefixes only makes programs smaller and is left out. Where it differs: an expression whose
program would exceed our size limit is "too large" earlier than Go's 3.3 million instructions (program.py).
"""

from __future__ import annotations

from charthouse.golang.kinds import GoError
from charthouse.golang.regexp.classes import ANY, NAMED, PERL, clean, fold, negate, orbit, unicode_class

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from charthouse.golang.regexp.classes import Ranges

    Node = tuple[Any, ...]

__all__ = ["LARGE", "NESTING", "SyntaxFault", "parse"]

FOLD, DOT_NL, ONE_LINE, NON_GREEDY = 1, 8, 16, 32
NOT_NL: Ranges = negate(((10, 10),))

BAD_RANGE = "invalid character class range"
BAD_ESCAPE = "invalid escape sequence"
BAD_NAME = "invalid named capture"
BAD_PERL = "invalid or unsupported Perl syntax"
BAD_NEST = "invalid nested repetition operator"
BAD_COUNT = "invalid repeat count"
BAD_UTF8 = "invalid UTF-8"
NO_BRACKET = "missing closing ]"
NO_PAREN = "missing closing )"
NO_ARGUMENT = "missing argument to repetition operator"
TRAILING = "trailing backslash at end of expression"
EXTRA_PAREN = "unexpected )"
NESTING = "expression nests too deeply"
LARGE = "expression too large"

_MAX_HEIGHT = 1000
_CONTROL = {"a": 7, "f": 12, "n": 10, "r": 13, "t": 9, "v": 11}
_SIMPLE = {"A": "begin text", "b": "word", "B": "no word", "z": "end text"}
_HEX = "0123456789abcdefABCDEF"


class SyntaxFault(GoError):
    """An expression Go refuses; the text is syntax.Error's."""

    def __init__(self, code: str, expression: str) -> None:
        super().__init__(f"error parsing regexp: {code}: `{expression}`")
        self.code = code


def _is_alnum(char: str) -> bool:
    return char.isascii() and char.isalnum()


class _Frame:
    """An open group: the alternatives so far, the parts of the current one, and the flags to restore."""

    __slots__ = ("alternatives", "capture", "flags", "name", "parts")

    def __init__(self, flags: int, capture: int, name: str) -> None:
        self.flags = flags
        self.capture = capture
        self.name = name
        self.alternatives: list[Node] = []
        self.parts: list[Node] = []


class _Parser:
    __slots__ = ("captures", "flags", "names", "position", "stack", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self.position = 0
        self.flags = ONE_LINE
        self.captures = 0
        self.names: list[str] = [""]
        self.stack = [_Frame(self.flags, 0, "")]

    # Reading.

    def _rune(self) -> str:
        """The character at the position, which moves behind it. Raises SyntaxFault for a byte that is no UTF-8."""
        char = self.text[self.position]
        if "\udc80" <= char <= "\udcff":
            raise SyntaxFault(BAD_UTF8, self.text[self.position :])
        self.position += 1
        return char

    def _check_utf8(self, text: str) -> None:
        for index, char in enumerate(text):
            if "\udc80" <= char <= "\udcff":
                raise SyntaxFault(BAD_UTF8, text[index:])

    def _push(self, node: Node) -> None:
        self.stack[-1].parts.append(node)

    def _literal(self, code: int) -> None:
        if self.flags & FOLD:
            self._push(("class", clean([(other, other) for other in orbit(code)])))
        else:
            self._push(("class", ((code, code),)))

    # Groups.

    def _open(self, *, capture: bool, name: str = "") -> None:
        number = 0
        if capture:
            self.captures += 1
            self.names.append(name)
            number = self.captures
        self.stack.append(_Frame(self.flags, number, name))

    def _alternative(self) -> None:
        frame = self.stack[-1]
        parts = frame.parts
        frame.alternatives.append(parts[0] if len(parts) == 1 else ("concat", tuple(parts)) if parts else ("empty",))
        frame.parts = []

    def _group(self) -> Node:
        """The tree of the innermost open group."""
        self._alternative()
        found = self.stack[-1].alternatives
        return found[0] if len(found) == 1 else ("alternate", tuple(found))

    def _close(self) -> None:
        if len(self.stack) == 1:
            raise SyntaxFault(EXTRA_PAREN, self.text)
        node = self._group()
        frame = self.stack.pop()
        self.flags = frame.flags
        self._push(("capture", frame.capture, frame.name, node) if frame.capture else node)

    def _flags_or_group(self) -> None:
        """``(?…``: a named group, a group with flags, or flags for the rest of this group."""
        start, text = self.position, self.text
        named = text.startswith("(?P<", start) and len(text) - start > 4
        if named or (text.startswith("(?<", start) and len(text) - start > 3):
            self._named(start, start + (4 if named else 3))
            return
        self.position = start + 2
        flags, sign, saw = self.flags, 1, False
        while self.position < len(text):
            char = self._rune()
            bit = {"i": FOLD, "m": ONE_LINE, "s": DOT_NL, "U": NON_GREEDY}.get(char)
            if bit is not None:
                # (?m) is the absence of ONE_LINE.
                flags = flags | bit if (sign > 0) != (char == "m") else flags & ~bit
                saw = True
            elif char == "-" and sign > 0:
                sign, saw = -1, False
            elif char in ":)" and (sign > 0 or saw):
                if char == ":":
                    self._open(capture=False)
                self.flags = flags
                return
            else:
                break
        raise SyntaxFault(BAD_PERL, text[start : self.position])

    def _named(self, start: int, begin: int) -> None:
        end = self.text.find(">", start)
        if end < 0:
            self._check_utf8(self.text[start:])
            raise SyntaxFault(BAD_NAME, self.text[start:])
        name = self.text[begin:end]
        self._check_utf8(name)
        if not name or not all(char == "_" or _is_alnum(char) for char in name):
            raise SyntaxFault(BAD_NAME, self.text[start : end + 1])
        self._open(capture=True, name=name)
        self.position = end + 1

    # Repetition.

    def _counts(self) -> tuple[int, int, int] | None:
        """`low`, `high` (-1: no limit) and the end of ``{low,high}`` at the position; None when it is no such thing."""
        text = self.text
        end = text.find("}", self.position)
        if end < 0:
            return None
        low, comma, high = text[self.position + 1 : end].partition(",")
        for digits in (low, high) if high else (low,):
            if not (digits.isascii() and digits.isdigit()) or (len(digits) > 1 and digits[0] == "0"):
                return None
        least = min(int(low[:12]), 1 << 20)
        most = (min(int(high[:12]), 1 << 20) if high else -1) if comma else least
        return least, most, end + 1

    def _repeat(self, kind: str, low: int, high: int, *, before: int, last: int) -> None:
        """Repeat the last part. `before`: where the operator begins; `last`: where the previous one began, or -1."""
        text = self.text
        greedy = not self.flags & NON_GREEDY
        if text.startswith("?", self.position):
            self.position += 1
            greedy = not greedy
        if last >= 0:
            raise SyntaxFault(BAD_NEST, text[last : self.position])
        parts = self.stack[-1].parts
        if not parts:
            raise SyntaxFault(NO_ARGUMENT, text[before : self.position])
        sub = parts[-1]
        node: Node = ("repeat", low, high, greedy, sub) if kind == "repeat" else (kind, greedy, sub)
        parts[-1] = node
        if kind == "repeat" and (low >= 2 or high >= 2) and not _repeat_is_valid(node, 1000):
            raise SyntaxFault(BAD_COUNT, text[before : self.position])

    # Escapes and classes.

    def _escape(self) -> int:
        """The character an escape at the position stands for."""
        text, start = self.text, self.position
        self.position += 1
        if self.position == len(text):
            raise SyntaxFault(TRAILING, "")
        char = self._rune()
        following = text[self.position : self.position + 1]
        if ("1" <= char <= "7" and "0" <= (following or "x") <= "7") or char == "0":
            digits = char
            while len(digits) < 3 and "0" <= text[self.position : self.position + 1] <= "7":
                digits += text[self.position]
                self.position += 1
            return int(digits, 8)
        if char == "x" and following:
            code = self._hexadecimal()
            if code is not None:
                return code
        elif char in _CONTROL:
            return _CONTROL[char]
        elif char.isascii() and not char.isalnum():
            return ord(char)
        raise SyntaxFault(BAD_ESCAPE, text[start : self.position])

    def _hexadecimal(self) -> int | None:
        """What follows ``\\x``; None when it is no number of a character."""
        char = self._rune()
        if char != "{":
            if self.position == len(self.text):
                return None
            second = self._rune()
            return int(char + second, 16) if char in _HEX and second in _HEX else None
        code, digits = 0, 0
        while self.position < len(self.text):
            char = self._rune()
            if char == "}":
                return code if digits else None
            if char not in _HEX:
                return None
            code = code * 16 + int(char, 16)
            if code > 0x10FFFF:
                return None
            digits += 1
        return None

    def _unicode(self) -> Ranges:
        """A class ``\\pX`` or ``\\p{Name}`` at the position."""
        text, start = self.text, self.position
        positive = text[start + 1] == "p"
        self.position = start + 2
        name = self._rune() if self.position < len(text) else ""
        if name == "{":
            end = text.find("}", start)
            if end < 0:
                self._check_utf8(text[start:])
                raise SyntaxFault(BAD_RANGE, text[start:])
            name = text[start + 3 : end]
            self.position = end + 1
            self._check_utf8(name)
        if name.startswith("^"):
            positive = not positive
            name = name[1:]
        ranges = unicode_class(name, folded=bool(self.flags & FOLD))
        if ranges is None:
            raise SyntaxFault(BAD_RANGE, text[start : self.position])
        return ranges if positive else negate(ranges)

    def _shorthand(self) -> Ranges | None:
        """A class ``\\pX``, ``\\d``, ``\\S`` … at the position; None when there is none (the position stays)."""
        follows = self.text[self.position + 1 : self.position + 2]
        if follows in ("p", "P"):
            return self._unicode()
        ranges = PERL.get(follows.lower()) if follows else None
        if ranges is None:
            return None
        self.position += 2
        return self._grouped(ranges, positive=follows.islower())

    def _grouped(self, ranges: Ranges, *, positive: bool) -> Ranges:
        if self.flags & FOLD:
            ranges = fold(ranges)
        return ranges if positive else negate(ranges)

    def _bracket(self) -> Ranges:
        """A class in brackets at the position."""
        text, start = self.text, self.position
        self.position += 1
        negative = text.startswith("^", self.position)
        if negative:
            self.position += 1
        found: list[tuple[int, int]] = []
        first = True
        while first or not text.startswith("]", self.position):
            first = False
            if text.startswith("[:", self.position) and len(text) - self.position > 2:
                end = text.find(":]", self.position + 2)
                if end >= 0:
                    found += self._named_class(end + 2)
                    continue
            if text.startswith("\\", self.position):
                ranges = self._shorthand()
                if ranges is not None:
                    found += ranges
                    continue
            found += self._range(start)
        self.position += 1
        ranges = clean(found)
        return negate(ranges) if negative else ranges

    def _named_class(self, end: int) -> Ranges:
        word = self.text[self.position + 2 : end - 2]
        negative = word.startswith("^")
        ranges = NAMED.get(word[1:] if negative else word)
        if ranges is None:
            raise SyntaxFault(BAD_RANGE, self.text[self.position : end])
        self.position = end
        return self._grouped(ranges, positive=not negative)

    def _class_char(self, start: int) -> int:
        if self.position == len(self.text):
            raise SyntaxFault(NO_BRACKET, self.text[start:])
        if self.text[self.position] == "\\":
            return self._escape()
        return ord(self._rune())

    def _range(self, start: int) -> Ranges:
        text, begin = self.text, self.position
        low = high = self._class_char(start)
        if text.startswith("-", self.position) and text[self.position + 1 : self.position + 2] not in ("", "]"):
            self.position += 1
            high = self._class_char(start)
            if high < low:
                raise SyntaxFault(BAD_RANGE, text[begin : self.position])
        ranges = ((low, high),)
        return fold(ranges) if self.flags & FOLD else ranges

    def _backslash(self) -> None:
        """An escape outside brackets."""
        text = self.text
        follows = text[self.position + 1 : self.position + 2]
        if follows in _SIMPLE:
            self._push((_SIMPLE[follows],))
            self.position += 2
        elif follows == "C":
            raise SyntaxFault(BAD_ESCAPE, text[self.position : self.position + 2])
        elif follows == "Q":
            end = text.find("\\E", self.position + 2)
            stop = len(text) if end < 0 else end
            self.position += 2
            while self.position < stop:
                char = text[self.position]
                if "\udc80" <= char <= "\udcff":
                    raise SyntaxFault(BAD_UTF8, text[self.position : stop])
                self.position += 1
                self._literal(ord(char))
            self.position = stop if end < 0 else end + 2
        else:
            ranges = self._shorthand()
            if ranges is not None:
                self._push(("class", ranges))
            else:
                self._literal(self._escape())

    def _operator(self, char: str, last: int) -> bool:
        """``*``, ``+``, ``?`` or ``{`` at the position; False when the brace is only a brace."""
        before = self.position
        if char != "{":
            self.position += 1
            self._repeat({"*": "star", "+": "plus", "?": "quest"}[char], 0, 0, before=before, last=last)
            return True
        counts = self._counts()
        if counts is None:
            self.position += 1
            self._literal(ord("{"))
            return False
        low, high, self.position = counts
        if low > 1000 or high > 1000 or 0 <= high < low:
            raise SyntaxFault(BAD_COUNT, self.text[before : self.position])
        self._repeat("repeat", low, high, before=before, last=last)
        return True

    def _simple(self, char: str) -> bool:
        """An anchor or the dot at the position; False when it is something else."""
        if char == "^":
            self._push(("begin text",) if self.flags & ONE_LINE else ("begin line",))
        elif char == "$":
            self._push(("end text",) if self.flags & ONE_LINE else ("end line",))
        elif char == ".":
            self._push(("class", ANY if self.flags & DOT_NL else NOT_NL))
        else:
            return False
        self.position += 1
        return True

    def parse(self) -> Node:
        text = self.text
        last = -1
        while self.position < len(text):
            char = text[self.position]
            operator = -1
            if char in "*+?{":
                before = self.position
                if self._operator(char, last):
                    operator = before
            elif char == "(":
                if text.startswith("?", self.position + 1):
                    self._flags_or_group()
                else:
                    self._open(capture=True)
                    self.position += 1
            elif char == "|":
                self._alternative()
                self.position += 1
            elif char == ")":
                self._close()
                self.position += 1
            elif char == "[":
                self._push(("class", self._bracket()))
            elif char == "\\":
                self._backslash()
            elif not self._simple(char):
                self._literal(ord(self._rune()))
            last = operator
        if len(self.stack) > 1:
            raise SyntaxFault(NO_PAREN, text)
        return self._group()


def _repeat_is_valid(node: Node, limit: int) -> bool:
    """Whether the repetition and those inside it make no more than `limit` copies of anything."""
    pending = [(node, limit)]
    while pending:
        node, limit = pending.pop()
        kind = node[0]
        if kind == "repeat":
            count = node[2]
            if count == 0:
                continue
            if count < 0:
                count = node[1]
            if count > limit:
                return False
            if count > 0:
                limit //= count
        if kind in ("concat", "alternate"):
            pending += [(sub, limit) for sub in node[1]]
        elif kind in ("capture", "star", "plus", "quest", "repeat"):
            pending.append((node[-1], limit))
    return True


def height(node: Node) -> int:
    """The height of a tree, found without recursion."""
    deepest, pending = 0, [(node, 1)]
    while pending:
        node, depth = pending.pop()
        deepest = max(deepest, depth)
        kind = node[0]
        if kind in ("concat", "alternate"):
            pending += [(sub, depth + 1) for sub in node[1]]
        elif kind in ("capture", "star", "plus", "quest", "repeat"):
            pending.append((node[-1], depth + 1))
    return deepest


def parse(text: str) -> tuple[Node, tuple[str, ...]]:
    """The tree of an expression and the names of its groups ("" for those without). Raises SyntaxFault."""
    parser = _Parser(text)
    node = parser.parse()
    if height(node) > _MAX_HEIGHT:
        raise SyntaxFault(NESTING, text)
    return node, tuple(parser.names)
