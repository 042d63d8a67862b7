"""The patterns of `.Files.Glob`: github.com/gobwas/glob v0.2.3 with `/` as separator.

Grammar::

    pattern  = { term }
    term     = '*' (any run without '/') | '**' (any run) | '?' (one character but '/') | class
             | '{' pattern { ',' pattern } '}' | '\\' character | character
    class    = '[' ['!'] ( low '-' high | characters ) ']'

A malformed pattern is one that matches everything (pkg/engine/files.go). An open `{` at the end is closed silently, as
the library's parser does. This is the parser; `glob_compile` makes a matcher of its tree.
"""

from __future__ import annotations

from charthouse.engine.glob_compile import CHOICE, CLASS, ONE, STAR, SUPER, TEXT, compile_tree
from charthouse.golang.kinds import GoError
from charthouse.golang.size import TooLarge

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["compile_glob"]

_LONGEST = 1 << 16
# A node: (kind, detail): text; (negated, low, high) or (negated, characters); alternatives as lists of nodes.
_Node = tuple[int, object]


def compile_glob(pattern: str) -> Callable[[str], bool]:
    """A function telling whether a whole path matches. Raises TooLarge for a pattern no file name needs; the function
    GoError where the library panics."""
    if len(pattern) > _LONGEST:
        raise TooLarge(f"pattern is too large: {len(pattern)} characters (limit {_LONGEST})")
    try:
        nodes = _Parser(pattern).parse()
    except GoError:
        nodes = [(SUPER, None)]
    matcher = compile_tree(nodes)

    def matches(path: str) -> bool:
        return matcher.match(path.encode("utf-8", "surrogateescape"))

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
                nodes.append((SUPER if doubled else STAR, None))
            elif c == "?":
                self.at += 1
                nodes.append((ONE, None))
            elif c == "[":
                self.at += 1
                nodes.append((CLASS, self.character_class()))
            elif c == "{":
                nodes.append((CHOICE, self.choice(depth)))
            else:
                text = self.literal(stops)
                if text:
                    nodes.append((TEXT, text))
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
