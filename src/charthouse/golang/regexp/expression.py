"""Compiled regular expressions with the methods of Go's Regexp.

Rules: Go 1.27 regexp/regexp.go (``allMatches``, ``ReplaceAllString``, ``expand``, ``Split``). Positions are those of
Python characters. Where Go returns nil for no match, these return None.
"""

from __future__ import annotations

from charthouse.golang.regexp.machine import search
from charthouse.golang.regexp.program import build
from charthouse.golang.regexp.syntax import parse
from charthouse.golang.size import LARGEST, check_size

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from charthouse.golang.regexp.program import Program

__all__ = ["Regexp", "compile", "quote_meta"]

_CACHED = 256
_SPECIAL = frozenset("\\.+*?()|[]{}^$")
_cache: dict[str, Regexp] = {}


class Regexp:
    """A compiled expression; its text, and the names of its groups ("" for group 0 and for those without one)."""

    __slots__ = ("_captures", "_program", "_tree", "names", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self._tree, self.names = parse(text)
        self._program = build(self._tree, text, captures=False)
        self._captures: Program | None = self._program if len(self.names) == 1 else None

    def __repr__(self) -> str:
        return f"Regexp({self.text!r})"

    def _span(self, text: str, begin: int) -> list[int] | None:
        return search(self._program, text, begin, 2)

    def _groups(self, text: str, begin: int) -> list[int] | None:
        if self._captures is None:
            self._captures = build(self._tree, self.text, captures=True)
        return search(self._captures, text, begin, 2 * len(self.names))

    def match(self, text: str) -> bool:
        """Whether the expression matches somewhere."""
        return self._span(text, 0) is not None

    def find(self, text: str) -> str:
        """The leftmost match, "" if there is none."""
        span = self._span(text, 0)
        return text[span[0] : span[1]] if span else ""

    def find_submatch_index(self, text: str) -> list[int] | None:
        """Start and end of the leftmost match and of its groups (-1: took no part); None without a match."""
        return self._groups(text, 0)

    def _all(self, text: str, count: int, *, groups: bool = False) -> Iterator[list[int]]:
        """The matches one after the other; an empty one right behind another does not count."""
        find = self._groups if groups else self._span
        position, previous, length = 0, -1, len(text)
        while count and position <= length:
            found = find(text, position)
            if found is None:
                return
            if found[1] == position:  # nothing was taken: go on by one character
                accept = found[0] != previous
                position += 1
            else:
                accept = True
                position = found[1]
            previous = found[1]
            if accept:
                count -= 1
                yield found

    def find_all(self, text: str, count: int = -1) -> list[str] | None:
        """At most `count` matches, all when it is negative; None if there is none."""
        found = [text[span[0] : span[1]] for span in self._all(text, count)]
        return found or None

    def _replace(self, text: str, replacements: Iterator[tuple[int, int, str]]) -> str:
        pieces: list[str] = []
        last = size = 0
        for start, end, replacement in replacements:
            pieces += (text[last:start], replacement)
            last = end
            size += len(replacement)
            if size > LARGEST:
                check_size(size)
        return "".join(pieces) + text[last:] if pieces else text

    def _replaceable(self, text: str, *, groups: bool) -> Iterator[list[int]]:
        """The matches ``replaceAll`` replaces: an empty one is skipped where the previous match ended."""
        find = self._groups if groups else self._span
        position, last, length = 0, 0, len(text)
        while position <= length:
            found = find(text, position)
            if found is None:
                return
            if found[1] > last or found[0] == 0:
                yield found
            last = found[1]
            position = found[1] if position < found[1] else position + 1

    def replace_all(self, text: str, template: str) -> str:
        """Every match replaced by the template, in which ``$1``, ``$name`` and ``${name}`` stand for groups."""
        if "$" not in template:
            return self.replace_all_literal(text, template)
        parts = list(_template(template, self.names))

        def expanded(found: list[int]) -> str:
            return "".join(
                [
                    part
                    if isinstance(part, str)
                    else "".join([text[found[2 * g] : found[2 * g + 1]] for g in part if found[2 * g] >= 0][:1])
                    for part in parts
                ]
            )

        return self._replace(text, ((m[0], m[1], expanded(m)) for m in self._replaceable(text, groups=True)))

    def replace_all_literal(self, text: str, replacement: str) -> str:
        """Every match replaced by the text as it is."""
        return self._replace(text, ((m[0], m[1], replacement) for m in self._replaceable(text, groups=False)))

    def split(self, text: str, count: int = -1) -> list[str] | None:
        """The text between the matches, at most `count` pieces (all when negative); None when `count` is 0."""
        if count == 0:
            return None
        if self.text and not text:
            return [""]
        pieces: list[str] = []
        begin = end = 0
        for found in self._all(text, count):
            if 0 < count == len(pieces) + 1:
                break
            end = found[0]
            if found[1]:
                pieces.append(text[begin:end])
            begin = found[1]
        if end != len(text):
            pieces.append(text[begin:])
        return pieces


def _template(template: str, names: tuple[str, ...]) -> Iterator[str | tuple[int, ...]]:
    """The template's texts and, for each reference, the groups it may mean (the first that took part is taken)."""
    while True:
        before, dollar, rest = template.partition("$")
        if before:
            yield before
        if not dollar:
            return
        if rest.startswith("$"):
            yield "$"
            template = rest[1:]
            continue
        name, number, left = _reference(rest)
        if not name:
            yield "$"
            template = rest
            continue
        template = left
        if number >= 0:
            yield (number,) if number < len(names) else ()
        else:
            yield tuple([group for group, known in enumerate(names) if known == name])


def _reference(rest: str) -> tuple[str, int, str]:
    """A name behind ``$``, its number or -1, and what follows; "" when there is no name."""
    brace = rest.startswith("{")
    body = rest[1:] if brace else rest
    end = 0
    while end < len(body) and (body[end] == "_" or body[end].isalpha() or _is_digit(body[end])):
        end += 1
    if end == 0 or (brace and not body.startswith("}", end)):
        return "", -1, rest
    name = body[:end]
    number = -1
    if name.isascii() and name.isdigit() and not (name[0] == "0" and len(name) > 1):
        number = int(name[:10])
        if number >= 10**8:
            number = -1
    return name, number, body[end + 1 :] if brace else body[end:]


def _is_digit(char: str) -> bool:
    return char.isdecimal()


def compile(text: str) -> Regexp:
    """The compiled expression, from a bounded cache. Raises SyntaxFault (a GoError) with Go's text."""
    found = _cache.get(text)
    if found is None:
        found = Regexp(text)
        if len(_cache) >= _CACHED:
            _cache.clear()
        _cache[text] = found
    return found


def quote_meta(text: str) -> str:
    """The text with a backslash before every character that means something in an expression."""
    if _SPECIAL.isdisjoint(text):
        return text
    return "".join(["\\" + char if char in _SPECIAL else char for char in text])
