"""The patterns of `.Files.Glob`: github.com/gobwas/glob v0.2.3 with `/` as separator.

Grammar::

    pattern  = { term }
    term     = '*' (any run without '/') | '**' (any run) | '?' (one character but '/') | class
             | '{' pattern { ',' pattern } '}' | '\\' character | character
    class    = '[' ['!'] ( low '-' high | characters ) ']'

A malformed pattern is one that matches everything (pkg/engine/files.go). An open `{` at the end is closed silently, as
the library's parser does.
"""

from __future__ import annotations

from charthouse.golang.kinds import GoError
from charthouse.golang.size import TooLarge

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["compile_glob"]

_LONGEST = 1 << 16
_STAR, _SUPER, _ONE, _TEXT, _CLASS, _CHOICE = range(6)
# A node: (kind, detail): text; (negated, low, high) or (negated, characters); alternatives as lists of nodes.
_Node = tuple[int, object]


def compile_glob(pattern: str) -> Callable[[str], bool]:
    """A function telling whether a whole path matches. Raises TooLarge for a pattern no file name needs."""
    if len(pattern) > _LONGEST:
        raise TooLarge(f"pattern is too large: {len(pattern)} characters (limit {_LONGEST})")
    try:
        nodes = _Parser(pattern).parse()
    except GoError:
        nodes = [(_SUPER, None)]

    def matches(path: str) -> bool:
        return len(path) in _ends(nodes, path, {0})

    return matches


class _Parser:
    """Recursive descent over one pattern. Raises GoError for a malformed one."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def parse(self) -> list[_Node]:
        return self.pattern(0)

    def pattern(self, depth: int) -> list[_Node]:
        """Terms up to the end, or inside braces up to `,` or `}` (left unread)."""
        if depth > 100:
            raise GoError("pattern is nested too deeply")
        nodes: list[_Node] = []
        stops = "?*[{},"[: 6 if depth else 4]
        while self.at < len(self.text):
            c = self.text[self.at]
            if depth and c in ",}":
                break
            if c == "*":
                doubled = self.text.startswith("**", self.at)
                self.at += 2 if doubled else 1
                nodes.append((_SUPER if doubled else _STAR, None))
            elif c == "?":
                self.at += 1
                nodes.append((_ONE, None))
            elif c == "[":
                self.at += 1
                nodes.append((_CLASS, self.character_class()))
            elif c == "{":
                nodes.append((_CHOICE, self.choice(depth)))
            else:
                text = self.literal(stops)
                if text:
                    nodes.append((_TEXT, text))
        return nodes

    def choice(self, depth: int) -> list[list[_Node]]:
        alternatives = []
        while True:
            self.at += 1
            alternatives.append(self.pattern(depth + 1))
            if not self.text.startswith(",", self.at):
                self.at += 1
                return alternatives

    def literal(self, stops: str) -> str:
        out = []
        while self.at < len(self.text):
            c = self.text[self.at]
            if c == "\\":
                self.at += 1
                out.append(self.text[self.at : self.at + 1])
            elif c in stops:
                break
            else:
                out.append(c)
            self.at += 1
        return "".join(out)

    def character_class(self) -> tuple[object, ...]:
        negated = self.text.startswith("!", self.at)
        if negated:
            self.at += 1
        if self.text[self.at + 1 : self.at + 2] == "-":
            low, high = self.text[self.at], self.text[self.at + 2 : self.at + 3]
            self.at += 3
            if not high or high < low:
                raise GoError("could not parse range")
            detail: tuple[object, ...] = (negated, low, high)
        else:
            detail = (negated, self.literal("]"))
            if not detail[1]:
                raise GoError("could not parse range")
        if not self.text.startswith("]", self.at):
            raise GoError("expected close range character")
        self.at += 1
        return detail


def _ends(nodes: list[_Node], path: str, starts: set[int]) -> set[int]:
    """Where matches of `nodes` that begin at one of `starts` may end; polynomial in pattern and path."""
    for kind, detail in nodes:
        if not starts:
            break
        if kind == _TEXT:
            assert isinstance(detail, str)
            starts = {at + len(detail) for at in starts if path.startswith(detail, at)}
        elif kind == _ONE:
            starts = {at + 1 for at in starts if at < len(path) and path[at] != "/"}
        elif kind == _SUPER:
            starts = set(range(min(starts), len(path) + 1))
        elif kind == _STAR:
            starts = _runs(path, starts)
        elif kind == _CLASS:
            assert isinstance(detail, tuple)
            starts = {at + 1 for at in starts if at < len(path) and _in_class(detail, path[at])}
        else:
            assert isinstance(detail, list)
            starts = set().union(*(_ends(alternative, path, starts) for alternative in detail))
    return starts


def _runs(path: str, starts: set[int]) -> set[int]:
    out: set[int] = set()
    for at in sorted(starts):
        if at in out:
            continue
        end = path.find("/", at)
        out.update(range(at, (len(path) if end < 0 else end) + 1))
    return out


def _in_class(detail: tuple[object, ...], c: str) -> bool:
    if len(detail) == 3:
        negated, low, high = detail
        return (str(low) <= c <= str(high)) != negated
    negated, characters = detail
    return (c in str(characters)) != negated
