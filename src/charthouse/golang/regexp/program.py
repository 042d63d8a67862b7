"""Trees of regular expressions as programs of a small machine.

Rules: Go 1.27 regexp/syntax simplify.go and compile.go (which alternative comes first, and that a loop around something
that can be empty is ``(x+)?``). Two shortcuts of ours: a run of literal characters is one instruction, and so is a
greedy loop over one set of characters.

An instruction is a tuple (operation, argument, next, other): ``LITERAL`` text; ``SET`` CharSet; ``LOOP`` CharSet, as
often as possible, then next; ``SPLIT`` next, or else other; ``CAPTURE`` slot; ``ASSERT`` kind; ``MATCH``.
"""

from __future__ import annotations

from bisect import bisect_right

from charthouse.golang.regexp.classes import MAX_RUNE
from charthouse.golang.regexp.syntax import LARGE, NESTING, SyntaxFault

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from charthouse.golang.regexp.classes import Ranges
    from charthouse.golang.regexp.syntax import Node

    Instruction = tuple[int, Any, int, int]

__all__ = ["ASSERT", "CAPTURE", "LITERAL", "LOOP", "MATCH", "SET", "SPLIT", "CharSet", "Program", "build"]

LITERAL, SET, LOOP, SPLIT, CAPTURE, ASSERT, MATCH = range(7)

_MAX_INSTRUCTIONS = 200_000
_REPLACEMENT = 0xFFFD


class CharSet(dict[str, bool]):
    """Whether a character is in a class, remembered for each character that was asked about."""

    __slots__ = ("ranges",)

    def __init__(self, ranges: Ranges) -> None:
        self.ranges = ranges

    def __missing__(self, char: str) -> bool:
        # A byte that is no UTF-8 looks like U+FFFD to an expression.
        code = _REPLACEMENT if "\udc80" <= char <= "\udcff" else ord(char)
        index = bisect_right(self.ranges, (code, MAX_RUNE + 1)) - 1
        known = index >= 0 and code <= self.ranges[index][1]
        if len(self) < 4096:
            self[char] = known
        return known


class Program:
    """Instructions; where they start; `anchored` to the beginning of the text; `prefix`: text every match begins with;
    `first`: the set every match's first character is in, or None (then the match may be empty)."""

    __slots__ = ("anchored", "code", "first", "prefix", "start")

    def __init__(self, code: list[Instruction], start: int) -> None:
        self.code = code
        self.start = start
        at = start
        while code[at][0] == CAPTURE:
            at = code[at][2]
        operation, argument = code[at][:2]
        self.anchored = operation == ASSERT and argument == "begin text"
        self.prefix: str = argument if operation == LITERAL else ""
        self.first: CharSet | None = _first(code, start)


def _first(code: list[Instruction], start: int) -> CharSet | None:
    """The union of the sets a match can begin with; None when it can be empty or the sets are many."""
    pending, seen = [start], set()
    ranges: list[tuple[int, int]] = []
    while pending:
        at = pending.pop()
        if at in seen:
            continue
        seen.add(at)
        operation, argument, after, other = code[at]
        if operation == MATCH or len(seen) > 64:
            return None
        if operation == LITERAL:
            ranges.append((ord(argument[0]), ord(argument[0])))
            continue
        if operation in (SET, LOOP):
            ranges += argument.ranges
        if operation != SET:
            pending.append(after)
            if operation == SPLIT:
                pending.append(other)
    from charthouse.golang.regexp.classes import clean

    return CharSet(clean(ranges))


class _Builder:
    """Writes the program from its end: what comes next is known when an instruction is written."""

    __slots__ = ("captures", "code", "sets")

    def __init__(self, *, captures: bool) -> None:
        self.code: list[Instruction] = [(MATCH, None, 0, 0)]
        self.captures = captures
        self.sets: dict[Ranges, CharSet] = {}

    def _add(self, operation: int, argument: Any, after: int, other: int = 0) -> int:
        code = self.code
        code.append((operation, argument, after, other))
        if len(code) > _MAX_INSTRUCTIONS:
            raise SyntaxFault(LARGE, "")
        return len(code) - 1

    def _set(self, ranges: Ranges) -> CharSet:
        found = self.sets.get(ranges)
        if found is None:
            found = self.sets[ranges] = CharSet(ranges)
        return found

    def _split(self, first: int, second: int, *, greedy: bool) -> int:
        return self._add(SPLIT, None, first, second) if greedy else self._add(SPLIT, None, second, first)

    def _plus(self, node: Node, after: int, *, greedy: bool) -> tuple[int, int]:
        """The loop's first instruction and its split."""
        split = self._add(SPLIT, None, 0, 0)
        body = self.emit(node, split)
        self.code[split] = (SPLIT, None, body, after) if greedy else (SPLIT, None, after, body)
        return body, split

    def _star(self, node: Node, after: int, *, greedy: bool) -> int:
        if greedy and node[0] == "class":
            return self._add(LOOP, self._set(node[1]), after)
        if nullable(node):
            return self._split(self._plus(node, after, greedy=greedy)[0], after, greedy=greedy)
        return self._plus(node, after, greedy=greedy)[1]

    def _repeat(self, node: Node, after: int) -> int:
        _, low, high, greedy, sub = node
        if high == -1:
            if low == 0:
                return self._star(sub, after, greedy=greedy)
            entry = self.emit(("plus", greedy, sub), after)
            low -= 1
        else:
            entry = after
            for _ in range(high - low):
                entry = self._split(self.emit(sub, entry), after, greedy=greedy)
        for _ in range(low):
            entry = self.emit(sub, entry)
        return entry

    def _concat(self, subs: tuple[Node, ...], after: int) -> int:
        run: list[str] = []
        for sub in reversed(subs):
            char = _single(sub)
            if char:
                run.append(char)
                continue
            if run:
                after = self._add(LITERAL, "".join(reversed(run)), after)
                run = []
            after = self.emit(sub, after)
        return self._add(LITERAL, "".join(reversed(run)), after) if run else after

    def emit(self, node: Node, after: int) -> int:
        """Write the node so that it goes on at `after`; where it begins."""
        kind = node[0]
        if kind == "class":
            char = _single(node)
            return self._add(LITERAL, char, after) if char else self._add(SET, self._set(node[1]), after)
        if kind == "concat":
            return self._concat(node[1], after)
        if kind == "alternate":
            entries = [self.emit(sub, after) for sub in node[1]]
            entry = entries.pop()
            while entries:
                entry = self._add(SPLIT, None, entries.pop(), entry)
            return entry
        if kind == "capture":
            if not self.captures:
                return self.emit(node[3], after)
            close = self._add(CAPTURE, 2 * node[1] + 1, after)
            return self._add(CAPTURE, 2 * node[1], self.emit(node[3], close))
        if kind == "empty":
            return after
        if len(node) == 1:
            return self._add(ASSERT, kind, after)
        greedy, sub = node[1], node[-1]
        if kind == "star":
            return self._star(sub, after, greedy=greedy)
        if kind == "plus":
            if greedy and sub[0] == "class":
                return self.emit(sub, self._add(LOOP, self._set(sub[1]), after))
            return self._plus(sub, after, greedy=greedy)[0]
        if kind == "quest":
            return self._split(self.emit(sub, after), after, greedy=greedy)
        return self._repeat(node, after)


def _single(node: Node) -> str:
    """The only character of a class, "" if there are more (or bytes that are no UTF-8 would match too)."""
    if node[0] == "class" and len(node[1]) == 1:
        low, high = node[1][0]
        if low == high and low != _REPLACEMENT and not 0xD800 <= low <= 0xDFFF:
            return chr(low)
    return ""


def nullable(node: Node) -> bool:
    """Whether the node can match nothing."""
    kind = node[0]
    if kind == "class":
        return False
    if kind == "concat":
        return all(map(nullable, node[1]))
    if kind == "alternate":
        return any(map(nullable, node[1]))
    if kind in ("capture", "plus"):
        return nullable(node[-1])
    if kind == "repeat":
        return node[1] == 0 or nullable(node[-1])
    return True


def build(node: Node, expression: str, *, captures: bool) -> Program:
    """The program of a tree. Raises SyntaxFault when it is too large or too deep."""
    builder = _Builder(captures=captures)
    try:
        start = builder.emit(node, 0)
    except RecursionError:
        raise SyntaxFault(NESTING, expression) from None
    except SyntaxFault as fault:
        raise SyntaxFault(fault.code, expression) from None
    return Program(builder.code, start)
