"""Runs programs of regular expressions: leftmost match, first alternative first, in time linear in the text.

Rules: Go 1.27 regexp/backtrack.go: depth first search that never enters the same instruction at the same position
twice. A set loop is entered once for each run of characters it takes: what an earlier entrance further left has tried
is not tried again.
"""

from __future__ import annotations

from charthouse.golang.regexp.program import ASSERT, CAPTURE, LITERAL, LOOP, SET, SPLIT
from charthouse.golang.size import TooLarge

TYPE_CHECKING = False
if TYPE_CHECKING:
    from charthouse.golang.regexp.program import CharSet, Program

__all__ = ["search"]

_MAX_PLACES = 2_000_000
"""Places (an instruction at a position) one search may remember, about 200 MB of them. Go needs none: its machine for
large texts keeps only the current position's."""

_WORD = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_")


def _holds(kind: str, text: str, at: int) -> bool:
    """Whether an assertion holds between the characters before and at the position."""
    if kind == "begin text":
        return at == 0
    if kind == "end text":
        return at == len(text)
    if kind == "begin line":
        return at == 0 or text[at - 1] == "\n"
    if kind == "end line":
        return at == len(text) or text[at] == "\n"
    boundary = (at > 0 and text[at - 1] in _WORD) != (at < len(text) and text[at] in _WORD)
    return boundary == (kind == "word")


class _Bounded(set[int]):
    """Places, up to a number."""

    __slots__ = ()

    def add(self, place: int) -> None:
        if len(self) > _MAX_PLACES:
            raise TooLarge("text is too large for this regular expression")
        set.add(self, place)


def _places(program: Program, length: int) -> set[int]:
    return _Bounded() if length * len(program.code) > _MAX_PLACES else set()


def search(program: Program, text: str, begin: int, slots: int) -> list[int] | None:
    """The leftmost match at or after `begin`: [start, end, start of group 1, …], `slots` numbers, -1 for unset groups.

    None when there is none.
    """
    length = len(text)
    if program.anchored:
        return _run(program, text, 0, slots, _places(program, length), {}) if begin == 0 else None
    visited = _places(program, length - begin)
    runs: dict[int, list[int]] = {}
    prefix, first = program.prefix, program.first
    at = begin
    while at <= length:
        if prefix:
            at = text.find(prefix, at)
            if at < 0:
                return None
        elif first is not None:
            at = _skip(first, text, at)
            if at == length:
                return None
        found = _run(program, text, at, slots, visited, runs)
        if found is not None:
            return found
        at += 1
    return None


def _skip(first: CharSet, text: str, at: int) -> int:
    """The first position at or after `at` whose character is in the set; the text's length if there is none."""
    length = len(text)
    while at < length and not first[text[at]]:
        at += 1
    return at


def _loop(runs: dict[int, list[int]], at: int, text: str, position: int, chars: CharSet) -> tuple[int, int]:
    """The end of the run of characters at the position, and the end of the part of it that was not tried before."""
    run = runs.get(at)
    if run is not None and run[0] <= position <= run[1]:
        return run[1], position - 1
    end, length = position, len(text)
    limit = length
    if run is not None and position < run[0]:
        limit = run[0]
    while end < limit and chars[text[end]]:
        end += 1
    if run is not None and end == run[0] and end == limit:
        # The run reaches an earlier one: only what lies before it is new.
        run[0] = position
        return run[1], end - 1
    runs[at] = [position, end]
    return end, end


def _run(
    program: Program, text: str, begin: int, slots: int, visited: set[int], runs: dict[int, list[int]]
) -> list[int] | None:
    """The match that begins exactly there, if any. `visited` and `runs` remember failures across calls."""
    code = program.code
    length = len(text)
    size = len(code)
    captures = [-1] * slots
    stack: list[tuple[int, int, int]] = [(program.start, begin, begin)]
    while stack:
        at, low, position = stack.pop()
        if at < 0:  # a capture to restore
            captures[-1 - at] = position
            continue
        if position > low:  # the rest of a loop's choices
            stack.append((at, low, position - 1))
        while True:
            operation, argument, after, other = code[at]
            if operation == LITERAL:
                if not text.startswith(argument, position):
                    break
                position += len(argument)
            elif operation == SET:
                if position == length or not argument[text[position]]:
                    break
                position += 1
            elif operation == LOOP:
                _, untried = _loop(runs, at, text, position, argument)
                if untried < position:
                    break
                if untried > position:
                    stack.append((after, position, untried - 1))
                    position = untried
            elif operation == SPLIT:
                key = position * size + at
                if key in visited:
                    break
                visited.add(key)
                stack.append((other, position, position))
            elif operation == CAPTURE:
                stack.append((-1 - argument, 0, captures[argument]))
                captures[argument] = position
            elif operation == ASSERT:
                if not _holds(argument, text, position):
                    break
            else:
                captures[0], captures[1] = begin, position
                return captures
            at = after
    return None
